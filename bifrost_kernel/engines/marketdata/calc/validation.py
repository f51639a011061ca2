"""What must not enter the store: one pass over a series, the first offence by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.domain.bars import PRICE_FIELDS

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarSeries, Bools


def offences(series: BarSeries) -> dict[str, Bools]:
    """Mark the bars that no market can have made.

    Parameters
    ----------
    series
        T bars in any order.

    Returns
    -------
    dict
        By rule, shape (T,), bool: ``non_finite``, ``non_positive``, ``high_below_low``,
        ``outside_range`` (open or close above high or below low), ``negative_volume``,
        ``unsorted`` (ends before the bar in front of it), ``duplicate`` (ends with it).

    Notes
    -----
    NaN and infinity count as non-finite only; every other rule is silent about them.
    """
    prices = [getattr(series, name) for name in PRICE_FIELDS]
    everything = [*prices, series.volume]
    non_finite = np.zeros(len(series), dtype=np.bool_)
    for column in everything:
        non_finite |= ~np.isfinite(column)
    non_positive = np.zeros(len(series), dtype=np.bool_)
    for column in prices:
        non_positive |= column <= 0
    top, bottom = np.maximum(series.open, series.close), np.minimum(series.open, series.close)
    high_below_low = series.high < series.low
    step = np.diff(series.end, prepend=series.end[:1] - 1)
    return {
        "non_finite": non_finite,
        "non_positive": non_positive,
        "high_below_low": high_below_low,
        "outside_range": ((top > series.high) | (bottom < series.low)) & ~high_below_low,
        "negative_volume": series.volume < 0,
        "unsorted": step < 0,
        "duplicate": step == 0,
    }


def describe_bar(series: BarSeries, row: int) -> str:
    """Return one bar's values as one line, for messages."""
    values = " ".join(
        f"{name}={getattr(series, name)[row]:g}" for name in (*PRICE_FIELDS, "volume")
    )
    return f"{stamp_of(series, row)} {values}"


def stamp_of(series: BarSeries, row: int) -> str:
    """Return the ISO session date of a bar, or of an intraday bar the instant of its end."""
    if series.spec.is_intraday:
        return f"{np.datetime64(int(series.end[row]), 'ns').astype('datetime64[s]')}Z"
    return str(series.session_date[row])
