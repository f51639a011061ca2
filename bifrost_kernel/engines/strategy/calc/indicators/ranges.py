"""Ranges and bands: true range, Bollinger, Donchian."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_kernel.engines.strategy.calc.indicators.arithmetic import arithmetic_for
from bifrost_kernel.engines.strategy.calc.indicators.windows import (
    as_aligned,
    as_series,
    require_period,
    rolling_max,
    rolling_min,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from bifrost_kernel.domain.bars import Floats


def true_range(high: ArrayLike, low: ArrayLike, close: ArrayLike) -> Floats:
    """Return Wilder's true range: the bar's range, stretched to the close before.

    Parameters
    ----------
    high, low, close
        shape (T,), currency per unit.

    Returns
    -------
    Floats
        shape (T,), currency per unit, NaN at the first bar.

    Notes
    -----
    Equals Backtrader's TrueRange.

    References
    ----------
    Wilder, J. W., New Concepts in Technical Trading Systems, 1978.
    """
    highs, lows, closes = as_aligned(high=high, low=low, close=close)
    return arithmetic_for(len(closes)).true_ranges(highs, lows, closes)


def atr(high: ArrayLike, low: ArrayLike, close: ArrayLike, period: int = 14) -> Floats:
    """Return the average true range, by Wilder's smoothed average.

    Parameters
    ----------
    high, low, close
        shape (T,), currency per unit.
    period
        Bars of the average.

    Returns
    -------
    Floats
        shape (T,), currency per unit, NaN before bar `period`.

    Notes
    -----
    Equals Backtrader's ATR.
    """
    highs, lows, closes = as_aligned(high=high, low=low, close=close)
    bars, arithmetic = require_period(period), arithmetic_for(len(closes))
    return arithmetic.smoothed(arithmetic.true_ranges(highs, lows, closes), bars, 1.0 / bars)


def bollinger(
    close: ArrayLike, period: int = 20, width: float = 2.0
) -> tuple[Floats, Floats, Floats]:
    """Return Bollinger's bands.

    Parameters
    ----------
    close
        shape (T,), currency per unit.
    period
        Bars of the average and of the standard deviation (ddof = 0).
    width
        Distance of a band from the middle, in standard deviations.

    Returns
    -------
    tuple of Floats
        Middle, top and bottom; shape (T,), currency per unit, NaN before bar period - 1.

    Notes
    -----
    Equals Backtrader's BollingerBands. NaN where `rolling_std` is.
    """
    series, bars = as_series(close), require_period(period)
    middle, deviation = arithmetic_for(len(series)).deviations(series, bars)
    distance = width * deviation
    return middle, middle + distance, middle - distance


def donchian(high: ArrayLike, low: ArrayLike, period: int = 20) -> tuple[Floats, Floats]:
    """Return Donchian's channel: the highest high and the lowest low.

    Parameters
    ----------
    high, low
        shape (T,), currency per unit.
    period
        Window length in bars, the present bar included; `lag` leaves it out.

    Returns
    -------
    tuple of Floats
        Top and bottom; shape (T,), currency per unit, NaN before bar period - 1.

    Notes
    -----
    Backtrader has no Donchian channel; equals its Highest of highs and Lowest of lows.
    """
    return rolling_max(high, period), rolling_min(low, period)
