"""Several series on one timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.domain.bars import BarPanel

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarSet, Floats


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
    every_end = np.concatenate([one.end for one in bars.series])
    every_session = np.concatenate([one.session_date for one in bars.series])
    end, first = np.unique(every_end, return_index=True)
    shape = (len(end), len(bars.series))
    grids: dict[str, Floats] = {
        name: np.full(shape, np.nan) for name in ("open", "high", "low", "close", "volume")
    }
    has_bar = np.zeros(shape, dtype=np.bool_)
    for column, series in enumerate(bars.series):
        rows = np.searchsorted(end, series.end)
        has_bar[rows, column] = True
        for name, grid in grids.items():
            grid[rows, column] = getattr(series, name)
    session_date = every_session[first]
    for array in (end, session_date, has_bar, *grids.values()):
        array.setflags(write=False)
    return BarPanel(bars.instrument_ids, bars.spec, end, session_date, has_bar=has_bar, **grids)
