"""The indicators' value at the last bar of a series: what a function called at each bar asks for.

``sma_now(values, 10)`` is ``sma(values, 10)[-1]``, for less. The same call works in plain Python
and in a compiled ``on_bar``, where each of these has a compiled twin with the same bits.

Three ways to have an indicator in ``on_bar``, the cheapest first:

==================================  ==============================================================
``prepare``, then ``now.study(i)``  worked out for all bars before the run
``ema_step(now.state, 0, ...)``     one multiplication at each bar (`steps`)
``sma_now(now.closes, n)``          the window at each bar; for what remembers (``ema_now``,
                                    ``smma_now``, ``rsi_now``, ``atr_now``) all bars up to now, at
                                    each bar: for long series take one of the other ways
==================================  ==============================================================
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bifrost_kernel.engines.strategy.calc.indicators import plain
from bifrost_kernel.engines.strategy.calc.indicators.averages import ema, smma, wma
from bifrost_kernel.engines.strategy.calc.indicators.oscillators import rsi
from bifrost_kernel.engines.strategy.calc.indicators.ranges import atr
from bifrost_kernel.engines.strategy.calc.indicators.windows import (
    as_aligned,
    as_series,
    require_period,
    rolling_max,
    rolling_min,
    rolling_std,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from bifrost_kernel.domain.bars import Floats


def rolling_sum_now(values: ArrayLike, period: int) -> float:
    """Return the correctly rounded sum of the last `period` values.

    Parameters
    ----------
    values
        shape (T,), up to now.
    period
        Window length in bars.

    Returns
    -------
    float
        ``rolling_sum(values, period)[-1]``: NaN with fewer values, or where one is not finite.
    """
    series, bars = as_series(values), require_period(period)
    return plain.total(series[-bars:].tolist()) if len(series) >= bars else math.nan


def sma_now(values: ArrayLike, period: int) -> float:
    """Return the simple moving average at the last value.

    Parameters
    ----------
    values
        shape (T,), up to now.
    period
        Window length in bars.

    Returns
    -------
    float
        ``sma(values, period)[-1]``, in the unit of `values`; NaN with fewer values.

    Examples
    --------
    >>> sma_now([1.0, 2.0, 6.0], 2)
    4.0
    """
    return rolling_sum_now(values, period) / period


def wma_now(values: ArrayLike, period: int) -> float:
    """Return the linearly weighted moving average at the last value.

    Parameters
    ----------
    values
        shape (T,), up to now.
    period
        Window length in bars.

    Returns
    -------
    float
        ``wma(values, period)[-1]``, in the unit of `values`; NaN with fewer values.
    """
    return _at_end(wma, values, period)


def rolling_max_now(values: ArrayLike, period: int) -> float:
    """Return the highest of the last `period` values.

    Parameters
    ----------
    values
        shape (T,), up to now.
    period
        Window length in bars, the last value included.

    Returns
    -------
    float
        ``rolling_max(values, period)[-1]``: NaN with fewer values, or where one is not finite.
    """
    return _at_end(rolling_max, values, period)


def rolling_min_now(values: ArrayLike, period: int) -> float:
    """Return the lowest of the last `period` values.

    Parameters
    ----------
    values
        shape (T,), up to now.
    period
        Window length in bars, the last value included.

    Returns
    -------
    float
        ``rolling_min(values, period)[-1]``: NaN with fewer values, or where one is not finite.
    """
    return _at_end(rolling_min, values, period)


def rolling_std_now(values: ArrayLike, period: int) -> float:
    """Return the standard deviation (ddof = 0) of the last `period` values.

    Parameters
    ----------
    values
        shape (T,), up to now.
    period
        Window length in bars.

    Returns
    -------
    float
        ``rolling_std(values, period)[-1]``, in the unit of `values`; NaN with fewer values.
    """
    return _at_end(rolling_std, values, period)


def ema_now(values: ArrayLike, period: int) -> float:
    """Return the exponential moving average at the last value.

    Parameters
    ----------
    values
        shape (T,), from the first bar up to now: the average remembers all of it.
    period
        Bars that seed it, and that set its weight.

    Returns
    -------
    float
        ``ema(values, period)[-1]``, in the unit of `values`; NaN with fewer values.
    """
    return _last(ema(values, period))


def smma_now(values: ArrayLike, period: int) -> float:
    """Return Wilder's smoothed average at the last value.

    Parameters
    ----------
    values
        shape (T,), from the first bar up to now: the average remembers all of it.
    period
        Bars that seed it, and that set its weight.

    Returns
    -------
    float
        ``smma(values, period)[-1]``, in the unit of `values`; NaN with fewer values.
    """
    return _last(smma(values, period))


def rsi_now(close: ArrayLike, period: int = 14) -> float:
    """Return Wilder's relative strength index at the last close.

    Parameters
    ----------
    close
        shape (T,), from the first bar up to now, currency per unit.
    period
        Bars of the smoothed average of rises and of falls.

    Returns
    -------
    float
        ``rsi(close, period)[-1]``, 0 to 100; NaN with no more than `period` values.
    """
    return _last(rsi(close, period))


def atr_now(high: ArrayLike, low: ArrayLike, close: ArrayLike, period: int = 14) -> float:
    """Return the average true range at the last bar.

    Parameters
    ----------
    high, low, close
        shape (T,), from the first bar up to now, currency per unit.
    period
        Bars of the average.

    Returns
    -------
    float
        ``atr(high, low, close, period)[-1]``, currency per unit; NaN with no more than `period`
        bars.
    """
    return _last(atr(high, low, close, period))


def crossover_now(line: ArrayLike, other: ArrayLike) -> float:
    """Return 1 if `line` crosses above `other` at the last bar, -1 if below, else 0.

    Parameters
    ----------
    line, other
        shape (T,), up to now: ``now.studies(0)``.

    Returns
    -------
    float
        ``crossover(line, other)[-1]``: NaN up to and with the first bar at which both are known.

    Notes
    -----
    Looks back no further than to the last bar at which the two differed.
    """
    first, second = as_aligned(line=line, other=other)
    return crossing_at_end(first, second)


def crossing_at_end(line: Floats, other: Floats) -> float:
    """Return where `line` crosses `other` at the last bar; both float64 of shape (T,)."""
    bars = len(line)
    for row in range(bars - 2, -1, -1):
        held = gap_at(line, other, row)
        if held == 0.0:
            continue
        if math.isnan(held) and row == bars - 2 and not were_known(line, other, row):
            return math.nan
        return turn(held, gap_at(line, other, bars - 1))
    return 0.0 if bars > 1 else math.nan


def gap_at(line: Floats, other: Floats, row: int) -> float:
    """Return how far `line` is above `other` at a bar."""
    return float(line[row]) - float(other[row])


def turn(held: float, gap: float) -> float:
    """Return 1 where a gap that was below 0 is above it now, -1 the other way round, else 0."""
    if held < 0.0 < gap:
        return 1.0
    return -1.0 if held > 0.0 > gap else 0.0


def were_known(line: Floats, other: Floats, last: int) -> bool:
    """Say whether both lines have a number at any bar up to `last`."""
    row = last
    while row >= 0 and (math.isnan(line[row]) or math.isnan(other[row])):
        row -= 1
    return row >= 0


def _at_end(indicator: Callable[[Floats, int], Floats], values: ArrayLike, period: int) -> float:
    series = as_series(values)
    return _last(indicator(series[-require_period(period) :], period))


def _last(values: Floats) -> float:
    return float(values[-1]) if len(values) else math.nan
