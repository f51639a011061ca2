"""Sums, extremes and deviations over a sliding window, and lags."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.domain.errors import require
from bifrost_kernel.engines.strategy.calc.indicators.arithmetic import arithmetic_for

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from bifrost_kernel.domain.bars import Floats


def as_series(values: ArrayLike) -> Floats:
    """Return `values` as a float64 array of shape (T,), or raise `InvalidInputError`."""
    series = np.asarray(values, dtype=np.float64)
    require(series.ndim == 1, "indicator input", series.shape, "an array of shape (T,)")
    return series


def as_aligned(**values: ArrayLike) -> tuple[Floats, ...]:
    """Return series of one length, or raise `InvalidInputError` naming the odd one."""
    series = tuple(map(as_series, values.values()))
    for name, one in zip(values, series, strict=True):
        require(len(one) == len(series[0]), f"bars of {name}", len(one), str(len(series[0])))
    return series


def require_period(period: int, low: int = 1) -> int:
    """Return `period` as int, or raise `InvalidInputError` unless it is one of at least `low`."""
    is_whole = isinstance(period, (int, np.integer)) and not isinstance(period, bool)
    require(is_whole and period >= low, "period", period, f"an int of at least {low}")
    return int(period)


def lag(values: ArrayLike, bars: int = 1) -> Floats:
    """Return the value `bars` bars ago.

    Parameters
    ----------
    values
        shape (T,).
    bars
        How far back, 0 or more.

    Returns
    -------
    Floats
        shape (T,); NaN in the first `bars` places.

    Notes
    -----
    Equals Backtrader's ``data(-bars)``.
    """
    series = as_series(values)
    back = require_period(bars, 0)
    if back == 0:
        return series.copy()
    out = np.full(len(series), np.nan)
    out[back:] = series[:-back]
    return out


def rolling_sum(values: ArrayLike, period: int) -> Floats:
    """Sum each window, correctly rounded.

    Parameters
    ----------
    values
        shape (T,).
    period
        Window length in bars.

    Returns
    -------
    Floats
        shape (T,), NaN before bar period - 1.

    Notes
    -----
    Equals Backtrader's SumN, which is ``math.fsum`` of the window; where the sum is beyond the
    largest float it is infinite, and Backtrader stops. The cost does not grow with the window.
    """
    series = as_series(values)
    return arithmetic_for(len(series)).window_means(series, require_period(period), 1.0)


def rolling_max(values: ArrayLike, period: int) -> Floats:
    """Return the highest of the last `period` values.

    Parameters
    ----------
    values
        shape (T,).
    period
        Window length in bars, the present one included.

    Returns
    -------
    Floats
        shape (T,), NaN before bar period - 1.

    Notes
    -----
    Equals Backtrader's Highest. The cost does not grow with the window.
    """
    series = as_series(values)
    return arithmetic_for(len(series)).extremes(series, require_period(period), 1.0)


def rolling_min(values: ArrayLike, period: int) -> Floats:
    """Return the lowest of the last `period` values.

    Parameters
    ----------
    values
        shape (T,).
    period
        Window length in bars, the present one included.

    Returns
    -------
    Floats
        shape (T,), NaN before bar period - 1.

    Notes
    -----
    Equals Backtrader's Lowest. The cost does not grow with the window.
    """
    series = as_series(values)
    return arithmetic_for(len(series)).extremes(series, require_period(period), -1.0)


def rolling_std(values: ArrayLike, period: int) -> Floats:
    """Return the standard deviation of the last `period` values.

    Parameters
    ----------
    values
        shape (T,).
    period
        Window length in bars.

    Returns
    -------
    Floats
        shape (T,), in the unit of `values`, NaN before bar period - 1.

    Notes
    -----
    Equals Backtrader's StdDev: population form (ddof = 0) from the mean square minus the squared
    mean, its size taken, squares and root by the C library's pow. Values that differ only beyond
    the eighth digit lose all precision. NaN where a square is infinite, and Backtrader stops.
    """
    series = as_series(values)
    return arithmetic_for(len(series)).deviations(series, require_period(period))[1]
