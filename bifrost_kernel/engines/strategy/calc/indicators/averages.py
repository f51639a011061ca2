"""Moving averages: simple, exponential, Wilder's smoothed, and linearly weighted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_kernel.engines.strategy.calc.indicators.arithmetic import arithmetic_for
from bifrost_kernel.engines.strategy.calc.indicators.windows import as_series, require_period

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
    Equals Backtrader's SMA: the correctly rounded sum of the window, divided by the period. The
    cost does not grow with the window.

    Examples
    --------
    >>> sma([1.0, 2.0, 6.0], 2).tolist()
    [nan, 1.5, 4.0]
    """
    series, bars = as_series(values), require_period(period)
    return arithmetic_for(len(series)).window_means(series, bars, float(bars))


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
    Equals Backtrader's EMA. The first value is the simple average of the first `period` values.
    """
    series, bars = as_series(values), require_period(period)
    return arithmetic_for(len(series)).smoothed(series, bars, 2.0 / (1.0 + bars))


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
    Equals Backtrader's SMMA. The first value is the simple average of the first `period` values.

    References
    ----------
    Wilder, J. W., New Concepts in Technical Trading Systems, 1978.
    """
    series, bars = as_series(values), require_period(period)
    return arithmetic_for(len(series)).smoothed(series, bars, 1.0 / bars)


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

    Notes
    -----
    Equals Backtrader's WMA: each value times its weight is rounded, their sum correctly rounded,
    and divided by the sum of the weights as a product with 2 / (period (period + 1)). The cost
    grows with the window. NaN where such a product is infinite.
    """
    series, bars = as_series(values), require_period(period)
    scale = 2.0 / (bars * (bars + 1.0))
    return arithmetic_for(len(series)).weighted_means(series, bars, scale)
