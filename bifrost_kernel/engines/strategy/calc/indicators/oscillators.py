"""Oscillators: relative strength, stochastic, MACD, momentum, rate of change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.engines.strategy.calc.indicators.arithmetic import arithmetic_for
from bifrost_kernel.engines.strategy.calc.indicators.averages import ema, sma
from bifrost_kernel.engines.strategy.calc.indicators.windows import (
    as_aligned,
    as_series,
    lag,
    require_period,
    rolling_max,
    rolling_min,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from bifrost_kernel.domain.bars import Floats


def rsi(close: ArrayLike, period: int = 14) -> Floats:
    """Return Wilder's relative strength index.

    Parameters
    ----------
    close
        shape (T,), currency per unit.
    period
        Bars of the smoothed average of rises and of falls.

    Returns
    -------
    Floats
        shape (T,), 0 to 100, NaN before bar `period`.

    Notes
    -----
    Equals Backtrader's RSI_Safe: without a single fall in the average it is 100, and 50 where
    nothing moved at all. Its plain RSI stops there with a division by zero, and is equal elsewhere.

    References
    ----------
    Wilder, J. W., New Concepts in Technical Trading Systems, 1978, section VI.
    """
    series, bars = as_series(close), require_period(period)
    return arithmetic_for(len(series)).relative_strength(series, bars)


def stochastic(
    high: ArrayLike,
    low: ArrayLike,
    close: ArrayLike,
    period: int = 14,
    *,
    smooth: int = 3,
    signal: int = 3,
) -> tuple[Floats, Floats]:
    """Return Lane's slow stochastic: where the close lies in the recent range.

    Parameters
    ----------
    high, low, close
        shape (T,), currency per unit.
    period, smooth, signal
        Bars of the range, of the average that makes %K, and of the average that makes %D.

    Returns
    -------
    tuple of Floats
        %K and %D, shape (T,), 0 to 100. %K is NaN before bar period + smooth - 2, %D for
        another signal - 1 bars.

    Notes
    -----
    Equals Backtrader's Stochastic with ``safediv``: where the range is empty the raw value is 0.
    """
    highs, lows, closes = as_aligned(high=high, low=low, close=close)
    lowest = rolling_min(lows, period)
    height = rolling_max(highs, period) - lowest
    with np.errstate(divide="ignore", invalid="ignore"):
        raw = np.where(height == 0.0, 0.0, (closes - lowest) / height)
    percent_k = sma(100.0 * raw, smooth)
    return percent_k, sma(percent_k, signal)


def macd(
    close: ArrayLike, fast: int = 12, slow: int = 26, signal: int = 9
) -> tuple[Floats, Floats, Floats]:
    """Return Appel's moving average convergence divergence.

    Parameters
    ----------
    close
        shape (T,), currency per unit.
    fast, slow, signal
        Bars of the two exponential averages, and of the average of their difference.

    Returns
    -------
    tuple of Floats
        Difference, its signal line, and difference minus signal; shape (T,), currency per
        unit. The first is NaN before bar max(fast, slow) - 1, the others for another
        signal - 1 bars.

    Notes
    -----
    Equals Backtrader's MACDHisto.
    """
    difference = ema(close, fast) - ema(close, slow)
    smoothed = ema(difference, signal)
    return difference, smoothed, difference - smoothed


def momentum(close: ArrayLike, period: int = 12) -> Floats:
    """Return the change over `period` bars.

    Parameters
    ----------
    close
        shape (T,), currency per unit.
    period
        How many bars back the comparison lies.

    Returns
    -------
    Floats
        shape (T,), currency per unit, NaN before bar `period`.

    Notes
    -----
    Equals Backtrader's Momentum.
    """
    series, bars = as_series(close), require_period(period)
    return series - lag(series, bars)


def roc(close: ArrayLike, period: int = 12) -> Floats:
    """Return the rate of change over `period` bars.

    Parameters
    ----------
    close
        shape (T,), currency per unit.
    period
        How many bars back the comparison lies.

    Returns
    -------
    Floats
        shape (T,), a fraction (0.1 = 10 % up), NaN before bar `period` and where the earlier
        value is 0.

    Notes
    -----
    Equals Backtrader's RateOfChange, which stops with a division by zero where the earlier value
    is 0.
    """
    series, bars = as_series(close), require_period(period)
    before = lag(series, bars)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(before == 0.0, np.nan, (series - before) / before)
