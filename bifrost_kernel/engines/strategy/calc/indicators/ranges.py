"""Ranges and bands: true range, Bollinger, Donchian."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.engines.strategy.calc.indicators.averages import sma, smma
from bifrost_kernel.engines.strategy.calc.indicators.windows import (
    as_series,
    lag,
    rolling_max,
    rolling_min,
    rolling_std,
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

    References
    ----------
    Wilder, J. W., New Concepts in Technical Trading Systems, 1978.
    """
    before = lag(close)
    return np.maximum(as_series(high), before) - np.minimum(as_series(low), before)


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
    """
    return smma(true_range(high, low, close), period)


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
    """
    middle = sma(close, period)
    distance = width * rolling_std(close, period)
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
    """
    return rolling_max(high, period), rolling_min(low, period)
