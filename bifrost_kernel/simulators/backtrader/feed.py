"""Bars as Backtrader data feeds, filled from numpy without a loop over bars.

Imports backtrader: load it on first use only.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

import backtrader as bt
import numpy as np

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarPanel, BarSeries, BarSpec, Floats, Ints

_EPOCH_ORDINAL = 719_163
_TIMEFRAMES = {
    "s": bt.TimeFrame.Seconds,
    "m": bt.TimeFrame.Minutes,
    "h": bt.TimeFrame.Minutes,
    "d": bt.TimeFrame.Days,
    "w": bt.TimeFrame.Weeks,
}


class ArrayFeed(bt.feed.DataBase):  # type: ignore[misc]  # backtrader is untyped
    """A feed whose lines are given whole, by name, as float64 arrays of one length."""

    params = (("columns", None),)

    def preload(self) -> None:
        """Fill every line at once and stand before the first bar."""
        for name in self.getlinealiases():
            line = getattr(self.lines, name)
            line.array = array("d", self.p.columns[name].tobytes())
        self.home()


def make_feeds(series: tuple[BarSeries, ...], panel: BarPanel, rows: tuple[Ints, ...]) -> list[Any]:
    """Build one feed for each series.

    Parameters
    ----------
    series, panel
        The bars, and their timeline.
    rows
        For each series the index of its bars in the timeline.

    Returns
    -------
    list
        Feeds in column order.
    """
    times = _times(panel)
    timeframe, compression = _length(panel.spec)
    feeds = []
    for one, own in zip(series, rows, strict=True):
        columns = {
            "datetime": times[own],
            "openinterest": np.full(len(one), np.nan),
            **{name: _column(one, name) for name in ("open", "high", "low", "close", "volume")},
        }
        feeds.append(ArrayFeed(columns=columns, timeframe=timeframe, compression=compression))
    return feeds


def feed_names(series: tuple[BarSeries, ...]) -> list[str]:
    """Return each instrument's symbol, or SYMBOL.MIC where two share a symbol."""
    symbols = [one.instrument_id.symbol for one in series]
    return [
        one.instrument_id.symbol
        if symbols.count(one.instrument_id.symbol) == 1
        else str(one.instrument_id)
        for one in series
    ]


def _column(series: BarSeries, name: str) -> Floats:
    return np.ascontiguousarray(getattr(series, name), dtype=np.float64)


def _times(panel: BarPanel) -> Floats:
    """Return Backtrader's number of days for each bar of the timeline.

    A session may end at several instants on different exchanges; then the ends tell the
    bars apart, not the dates.
    """
    days = panel.session_date.astype("datetime64[D]").astype(np.int64)
    if not panel.spec.is_intraday and bool((np.diff(days) > 0).all()):
        return (days + _EPOCH_ORDINAL).astype(np.float64)
    instants = panel.end.astype("datetime64[ns]").astype("datetime64[us]").tolist()
    return np.fromiter((bt.date2num(one) for one in instants), np.float64, len(instants))


def _length(spec: BarSpec) -> tuple[int, int]:
    return _TIMEFRAMES[spec.unit], spec.count * (60 if spec.unit == "h" else 1)
