"""From the sample file's lines to bars (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.domain.bars import BarSpec
from bifrost_kernel.engines.marketdata.engine import series_from_columns

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarSeries, Floats
    from bifrost_kernel.domain.instruments import InstrumentId

DAILY = BarSpec(1, "d")
_DATE, _OPEN, _HIGH, _LOW, _CLOSE, _VOLUME, _ADJUSTED = range(1, 8)


def to_series(instrument_id: InstrumentId, rows: bytes) -> tuple[BarSeries, Floats]:
    """Read the file's lines of one symbol.

    Parameters
    ----------
    instrument_id
        Whose.
    rows
        Lines ``ticker,date,open,high,low,close,volume,adj_close``, oldest first.

    Returns
    -------
    The unadjusted series, and the adjusted closes, shape (T,), USD.
    """
    cells = np.array([line.split(b",") for line in rows.splitlines()])
    numbers = cells[:, _OPEN:].astype(np.float64)
    open_, high, low, close, volume, adjusted = numbers.T
    series = series_from_columns(
        instrument_id,
        DAILY,
        session_date=cells[:, _DATE].astype("U10").astype("datetime64[D]"),
        open=open_,
        high=high,
        low=low,
        close=close,
        volume=volume,
    )
    return series, adjusted
