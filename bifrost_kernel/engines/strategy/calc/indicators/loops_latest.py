"""Compiled: the indicators' value at the last bar, for a compiled function called at each bar.

Imports numba: load it on first use only.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.domain.errors import InvalidInputError
from bifrost_kernel.engines.strategy.calc.indicators.loops_exact import exact_sum
from bifrost_kernel.engines.strategy.calc.indicators.loops_recursions import (
    strength_of,
    true_range_of,
)
from bifrost_kernel.engines.strategy.calc.indicators.loops_sums import splitter
from bifrost_kernel.engines.strategy.calc.indicators.loops_windows import power
from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats


@compiled
def whole_period(period: int) -> int:
    """Return the period, or raise `InvalidInputError`."""
    if period < 1:
        raise InvalidInputError("period: expected an int of at least 1, was " + str(period))
    return period


@compiled
def sum_of(numbers: Floats) -> float:
    """Return the correctly rounded sum, NaN where a number is not finite; see `loops_sums`."""
    for number in numbers:
        if not math.isfinite(number):
            return math.nan
    split = splitter(numbers, len(numbers), 1)
    if split == 0.0:
        return exact_sum(numbers)
    highs = lows = 0.0
    for number in numbers:
        high = (number + split) - split
        highs += high
        lows += number - high
    return highs + lows


@compiled
def rolling_sum_now(values: Floats, period: int) -> float:
    """Return the last of `rolling_sum`."""
    if len(values) < whole_period(period):
        return math.nan
    return sum_of(values[len(values) - period :])


@compiled
def wma_now(values: Floats, period: int) -> float:
    """Return the last of `wma`."""
    if len(values) < whole_period(period):
        return math.nan
    first = len(values) - period
    products = np.empty(period)
    for row in range(period):
        products[row] = values[first + row] * (row + 1.0)
    return 2.0 / (period * (period + 1.0)) * sum_of(products)


@compiled
def rolling_std_now(values: Floats, period: int) -> float:
    """Return the last of `rolling_std`."""
    if len(values) < whole_period(period):
        return math.nan
    first = len(values) - period
    squares = np.empty(period)
    for row in range(period):
        squares[row] = power(values[first + row], 2.0)
    mean = sum_of(values[first:]) / period
    return power(abs(sum_of(squares) / period - power(mean, 2.0)), 0.5)


@compiled
def extreme_now(values: Floats, period: int, sign: float) -> float:
    """Return the last of `rolling_max` (`sign` 1) or of `rolling_min` (-1)."""
    if len(values) < whole_period(period):
        return math.nan
    best = -math.inf
    for row in range(len(values) - period, len(values)):
        value = sign * values[row]
        if not math.isfinite(value):
            return math.nan
        best = max(best, value)
    return sign * best


@compiled
def smoothed_now(values: Floats, period: int, weight: float) -> float:
    """Return the last of `ema` or `smma`."""
    start = 0
    while start < len(values) and math.isnan(values[start]):
        start += 1
    first = start + whole_period(period)
    if len(values) < first:
        return math.nan
    value = sum_of(values[start:first]) / period
    keep = 1.0 - weight
    for row in range(first, len(values)):
        new = values[row] if math.isfinite(values[row]) else math.nan
        value = value * keep + new * weight
    return value


@compiled
def rsi_now(close: Floats, period: int) -> float:
    """Return the last of `rsi`."""
    bars = len(close) - 1
    if bars < whole_period(period):
        return math.nan
    rises, falls = np.empty(bars), np.empty(bars)
    for row in range(bars):
        change = close[row + 1] - close[row]
        rises[row] = math.nan if math.isnan(change) else max(change, 0.0)
        falls[row] = math.nan if math.isnan(change) else max(-change, 0.0)
    weight = 1.0 / period
    rise, fall = smoothed_now(rises, period, weight), smoothed_now(falls, period, weight)
    return strength_of(rise, fall)


@compiled
def atr_now(high: Floats, low: Floats, close: Floats, period: int) -> float:
    """Return the last of `atr`."""
    bars = len(close) - 1
    if bars < whole_period(period):
        return math.nan
    ranges = np.empty(bars)
    for row in range(bars):
        ranges[row] = true_range_of(high[row + 1], low[row + 1], close[row])
    return smoothed_now(ranges, period, 1.0 / period)
