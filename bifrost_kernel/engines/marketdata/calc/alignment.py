"""Several series on one timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.domain.bars import PRICE_FIELDS, BarPanel

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarSet, Bools, Dates, Floats, Ints

_NAMES = (*PRICE_FIELDS, "volume")


def align(bars: BarSet) -> BarPanel:
    """Put the series of a bar set on the union of their bar ends.

    Parameters
    ----------
    bars
        K series, each sorted.

    Returns
    -------
    BarPanel
        shape (T, K); NaN where an instrument has no bar at that end. Where venues disagree on
        the session of an instant, the first series that has it decides.
    """
    leader = bars.series[0]
    if all(np.array_equal(one.end, leader.end) for one in bars.series[1:]):
        end, session_date = leader.end.copy(), leader.session_date.copy()
        has_bar = np.ones((len(end), len(bars.series)), dtype=np.bool_)
        grids = {name: np.stack([getattr(one, name) for one in bars.series], 1) for name in _NAMES}
    else:
        end, session_date = _union(bars)
        has_bar, grids = _lay_out(bars, end)
    for array in (end, session_date, has_bar, *grids.values()):
        array.setflags(write=False)
    return BarPanel(bars.instrument_ids, bars.spec, end, session_date, has_bar=has_bar, **grids)


def _lay_out(bars: BarSet, end: Ints) -> tuple[Bools, dict[str, Floats]]:
    shape = (len(end), len(bars.series))
    grids = {name: np.full(shape, np.nan) for name in _NAMES}
    has_bar = np.zeros(shape, dtype=np.bool_)
    for column, series in enumerate(bars.series):
        rows = np.searchsorted(end, series.end)
        has_bar[rows, column] = True
        for name, grid in grids.items():
            grid[rows, column] = getattr(series, name)
    return has_bar, grids


def _union(bars: BarSet) -> tuple[Ints, Dates]:
    every_end = np.concatenate([one.end for one in bars.series])
    every_session = np.concatenate([one.session_date for one in bars.series])
    order = np.argsort(every_end, kind="stable")  # fast on runs that are sorted already
    is_first = np.ones(len(order), dtype=np.bool_)
    is_first[1:] = np.diff(every_end[order]) != 0
    rows = order[is_first]
    return every_end[rows], every_session[rows]
