"""The time axes of results: milliseconds for charts, an index for frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from bifrost_kernel.domain.bars import BarSpec, Dates, Floats, Ints


def to_milliseconds(spec: BarSpec, end: Ints, session_date: Dates) -> Floats:
    """Return chart positions: session dates for daily bars and longer, bar ends below.

    Parameters
    ----------
    spec
        The bars' length.
    end
        shape (T,), int64 ns UTC.
    session_date
        shape (T,), datetime64[D].

    Returns
    -------
    Floats
        shape (T,), milliseconds since 1970 UTC.
    """
    if spec.is_intraday:
        return end / 1e6
    return session_date.astype("datetime64[ms]").astype(np.float64)


def to_index(spec: BarSpec, end: Ints, session_date: Dates) -> pd.DatetimeIndex:
    """Return a frame's index: naive session dates for daily bars, UTC bar ends below."""
    import pandas as pd

    if spec.is_intraday:
        return pd.DatetimeIndex(pd.to_datetime(end, unit="ns", utc=True), name="end")
    return pd.DatetimeIndex(session_date.astype("datetime64[s]"), name="session_date")
