"""Round trips: how often they win, how much, in what rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Bools, Floats


def hit_rate(pnl: Floats) -> float:
    """Return the share of round trips that made money.

    Parameters
    ----------
    pnl
        shape (R,), currency, net of commission.

    Returns
    -------
    float
        Fraction: count(pnl > 0) / R; one that came out even is no hit. NaN without any.
    """
    return float(np.mean(pnl > 0.0)) if _is_usable(pnl) else float("nan")


def profit_factor(pnl: Floats) -> float:
    """Return what the winners made over what the losers lost.

    Parameters
    ----------
    pnl
        shape (R,), currency, net of commission.

    Returns
    -------
    float
        sum(pnl > 0) / |sum(pnl < 0)|; NaN where nothing was lost (not infinite).
    """
    lost = -_total(pnl, pnl < 0.0)
    return _total(pnl, pnl > 0.0) / lost if lost > 0.0 else float("nan")


def payoff_ratio(pnl: Floats) -> float:
    """Return the average win over the average loss, unsigned; NaN unless there are both."""
    return average_win(pnl) / -average_loss(pnl)


def average_win(pnl: Floats) -> float:
    """Return the mean of the pnl above zero, currency; NaN where there is none."""
    return _mean(pnl[pnl > 0.0]) if _is_usable(pnl) else float("nan")


def average_loss(pnl: Floats) -> float:
    """Return the mean of the pnl below zero, NEGATIVE, currency; NaN where there is none."""
    return _mean(pnl[pnl < 0.0]) if _is_usable(pnl) else float("nan")


def expectancy(pnl: Floats) -> float:
    """Return the mean pnl of a round trip, currency, net of commission; NaN without any."""
    return _mean(pnl)


def longest_streaks(pnl: Floats) -> tuple[float, float]:
    """Return the most winners and the most losers in a row.

    Parameters
    ----------
    pnl
        shape (R,), currency, in order of exit; one that came out even ends both rows.

    Returns
    -------
    tuple of float
        Counts; 0 where there is none.
    """
    return float(_longest_run(pnl > 0.0)), float(_longest_run(pnl < 0.0))


def average_bars_held(bars: Floats) -> float:
    """Return the mean of bars from entry to exit; NaN without any."""
    return _mean(bars)


def _is_usable(pnl: Floats) -> bool:
    return bool(len(pnl)) and not bool(np.isnan(pnl).any())


def _total(pnl: Floats, chosen: Bools) -> float:
    return float(np.sum(pnl[chosen])) if _is_usable(pnl) else float("nan")


def _mean(values: Floats) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def _longest_run(flags: Bools) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return int(np.max(edges[1::2] - edges[::2])) if len(edges) else 0
