"""Several instruments on one timeline: rebalancing dates, own bars, last known values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.domain.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bifrost_kernel.domain.bars import Bools, Dates, Floats

REBALANCING = ("daily", "weekly", "monthly", "quarterly")


def opens_period(session_date: Dates, every: str) -> Bools:
    """Return True at the first bar of each day, week, month or quarter.

    Parameters
    ----------
    session_date
        shape (T,), datetime64[D], ascending.
    every
        One of `REBALANCING`; weeks begin on Monday.

    Returns
    -------
    Bools
        shape (T,). The very first bar counts. The last bar of a period would take knowledge
        of the next bar's date, its first bar takes none.
    """
    if every not in REBALANCING:
        raise UnknownNameError.of("rebalancing period", every, REBALANCING)
    days = session_date.astype("datetime64[D]")
    months = days.astype("datetime64[M]").astype(np.int64)
    # 1970-01-01 was a Thursday, three days into its week.
    keys = {
        "daily": days.astype(np.int64),
        "weekly": (days.astype(np.int64) + 3) // 7,
        "monthly": months,
        "quarterly": months // 3,
    }
    key = keys[every]
    return np.concatenate((np.ones(min(1, len(key)), dtype=bool), key[1:] != key[:-1]))


def carry_forward(values: Floats) -> Floats:
    """Return the last number known at each row.

    Parameters
    ----------
    values
        shape (T, K), NaN where nothing is known.

    Returns
    -------
    Floats
        shape (T, K), NaN before a column's first number.
    """
    rows = np.where(np.isnan(values), 0, np.arange(len(values))[:, None])
    return np.take_along_axis(values, np.maximum.accumulate(rows, axis=0), axis=0)


def on_own_bars(calculate: Callable[[Floats], Floats], values: Floats, has_bar: Bools) -> Floats:
    """Return `calculate` of each column's own bars, the last known value between them.

    Parameters
    ----------
    calculate
        An indicator: shape (n,) in, shape (n,) out.
    values, has_bar
        shape (T, K).

    Returns
    -------
    Floats
        shape (T, K).
    """
    out = np.full(values.shape, np.nan)
    for column in range(values.shape[1]):
        own = has_bar[:, column]
        out[own, column] = calculate(values[own, column])
    return carry_forward(out)


def act_at_next_bar(decisions: Floats, has_bar: Bools) -> Floats:
    """Return the decisions, each moved to its instrument's next bar where it has none.

    Parameters
    ----------
    decisions
        shape (T, K), NaN for none.
    has_bar
        shape (T, K).

    Returns
    -------
    Floats
        shape (T, K), NaN for none. Of two decisions for one bar the later one stands.
    """
    out = np.full(decisions.shape, np.nan)
    for column in range(decisions.shape[1]):
        bars = np.flatnonzero(has_bar[:, column])
        decided = np.flatnonzero(~np.isnan(decisions[:, column]))
        place = np.searchsorted(bars, decided)
        is_ahead = place < len(bars)
        out[bars[place[is_ahead]], column] = decisions[decided[is_ahead], column]
    return out
