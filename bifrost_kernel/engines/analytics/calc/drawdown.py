"""Falls from a peak, measured from the opening cash on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.engines.analytics.model import Drawdown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bifrost_kernel.domain.bars import Dates, Floats, Ints


def drawdown_series(nav: Floats, opening_cash: float) -> Floats:
    """Return how far nav stands below its highest value so far.

    Parameters
    ----------
    nav
        shape (D,), currency.
    opening_cash
        Currency, positive; the first peak.

    Returns
    -------
    Floats
        shape (D,), 0 or a negative fraction of the running peak; below -1 where nav is
        negative. NaN from the first NaN on.
    """
    peak = np.maximum.accumulate(np.maximum(nav, opening_cash))
    return nav / peak - 1.0


def max_drawdown(drawdown: Floats) -> float:
    """Return the deepest drawdown: 0 or a negative fraction; NaN if any is NaN."""
    return float(np.min(drawdown))


def find_drawdowns(
    drawdown: Floats, session_date: Dates, limit: int | None = None
) -> tuple[Drawdown, ...]:
    """Return every fall from a peak, deepest first.

    Parameters
    ----------
    drawdown
        shape (D,), as `drawdown_series` returns it.
    session_date
        shape (D,).
    limit
        Return at most so many; None = all.

    Returns
    -------
    tuple of Drawdown
        Equally deep ones in order of time; none where any drawdown is NaN.
    """
    starts, stops = _stretches(drawdown)
    if not len(starts) or np.isnan(drawdown).any():
        return ()
    depths = np.minimum.reduceat(drawdown, np.stack((starts, stops), axis=1).ravel()[:-1])[::2]
    order = np.argsort(depths, kind="stable")[:limit]
    return tuple(_describe(drawdown, session_date, int(starts[i]), int(stops[i])) for i in order)


def deepest_drawdown_sessions(drawdowns: Sequence[Drawdown], deepest: float) -> float:
    """Return how long the deepest drawdown took, in sessions.

    Parameters
    ----------
    drawdowns
        As `find_drawdowns` returns them.
    deepest
        As `max_drawdown` returns it: NaN makes the length NaN, 0 makes it 0.
    """
    return deepest * 0.0 + (drawdowns[0].sessions if drawdowns else 0.0)


def longest_drawdown_sessions(drawdown: Floats) -> float:
    """Return the longest time under a peak, in sessions; 0 without any, NaN if any is NaN."""
    if np.isnan(drawdown).any():
        return float("nan")
    starts, stops = _stretches(drawdown)
    # One that is not over yet ends with the last session, not with its recovery.
    return float(np.max(stops - starts + (stops < len(drawdown)), initial=0))


def current_drawdown_sessions(drawdown: Floats) -> float:
    """Return how many sessions ago the last peak was; 0 at a peak, NaN if any value is NaN."""
    if np.isnan(drawdown).any():
        return float("nan")
    at_peak = np.flatnonzero(drawdown >= 0.0)
    return float(len(drawdown) - 1 - (at_peak[-1] if len(at_peak) else -1))


def _stretches(drawdown: Floats) -> tuple[Ints, Ints]:
    # First row of each fall, and the row after its last one.
    is_under = np.concatenate(([False], drawdown < 0.0, [False]))
    turns = np.flatnonzero(is_under[1:] != is_under[:-1])
    return turns[::2], turns[1::2]


def _describe(drawdown: Floats, session_date: Dates, start: int, stop: int) -> Drawdown:
    trough = start + int(np.argmin(drawdown[start:stop]))
    is_open = stop == len(drawdown)
    last = stop - 1 if is_open else stop
    return Drawdown(
        peak=str(session_date[max(start - 1, 0)]),
        trough=str(session_date[trough]),
        recovery=None if is_open else str(session_date[stop]),
        depth=float(drawdown[trough]),
        sessions=last - (start - 1),
    )
