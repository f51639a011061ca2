"""Moving averages: simple, exponential, Wilder's smoothed, and linearly weighted."""

from __future__ import annotations

import math
from operator import mul
from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.engines.strategy.calc.indicators.windows import (
    as_series,
    require_period,
    rolling_sum,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from bifrost_kernel.domain.bars import Floats


def sma(values: ArrayLike, period: int) -> Floats:
    """Return the simple moving average.

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
    The correctly rounded sum of the window, divided by the period.

    Examples
    --------
    >>> sma([1.0, 2.0, 6.0], 2).tolist()
    [nan, 1.5, 4.0]
    """
    return rolling_sum(values, period) / period


def ema(values: ArrayLike, period: int) -> Floats:
    """Return the exponential moving average with weight 2 / (1 + period) on the newest value.

    Parameters
    ----------
    values
        shape (T,).
    period
        Bars that seed it, and that set its weight.

    Returns
    -------
    Floats
        shape (T,), in the unit of `values`, NaN before bar period - 1.

    Notes
    -----
    The first value is the simple average of the first `period` values.
    """
    require_period(period)
    return _smoothed(values, period, 2.0 / (1.0 + period))


def smma(values: ArrayLike, period: int) -> Floats:
    """Return Wilder's smoothed average: weight 1 / period on the newest value.

    Parameters
    ----------
    values
        shape (T,).
    period
        Bars that seed it, and that set its weight.

    Returns
    -------
    Floats
        shape (T,), in the unit of `values`, NaN before bar period - 1.

    Notes
    -----
    The first value is the simple average of the first `period` values.

    References
    ----------
    Wilder, J. W., New Concepts in Technical Trading Systems, 1978.
    """
    require_period(period)
    return _smoothed(values, period, 1.0 / period)


def wma(values: ArrayLike, period: int) -> Floats:
    """Return the moving average with weights 1, 2, ... period, the newest value weighing most.

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
    """
    series = as_series(values)
    require_period(period)
    out = np.full(len(series), np.nan)
    weights = [float(one) for one in range(1, period + 1)]
    scale = 2.0 / (period * (period + 1.0))
    plain = np.where(np.isfinite(series), series, np.nan).tolist()
    for end in range(period, len(plain) + 1):
        out[end - 1] = scale * math.fsum(map(mul, plain[end - period : end], weights))
    return out


def _smoothed(values: ArrayLike, period: int, weight: float) -> Floats:
    series = as_series(values)
    out = np.full(len(series), np.nan)
    known = np.flatnonzero(~np.isnan(series))
    start = int(known[0]) if len(known) else len(series)
    if len(series) - start < period:
        return out
    keep = 1.0 - weight
    plain = np.where(np.isfinite(series), series, np.nan)[start:].tolist()
    value = math.fsum(plain[:period]) / period
    smoothed = [value]
    for one in plain[period:]:
        value = value * keep + one * weight
        smoothed.append(value)
    out[start + period - 1 :] = smoothed
    return out
