"""Averages of sliding windows, exact to the last bit, and fast.

A window's average is its correctly rounded sum (``math.fsum``) divided by its length. Each
value is split into two whole numbers on one binary grid; running sums of whole numbers below
2^53 are exact in float64, so a window's sum is exact until it is put together, which rounds
once. Values too far apart in size for that are summed window by window.

Imports numba: load it on first use only.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats

_MANTISSA_BITS = 53
_SAFE_EXPONENT = 900
_MOST_PARTS = 64
LARGEST = 1e150


class Grid(NamedTuple):
    """How values are split into a high and a low whole number.

    Parameters
    ----------
    is_fitting
        False where two halves cannot be summed exactly.
    to_high, high
        Factors from a value to its high half and back; powers of two.
    to_low, low
        Factors from the rest to the low half and back.
    """

    is_fitting: bool
    to_high: float
    high: float
    to_low: float
    low: float


@compiled
def is_sound(values: Floats) -> bool:
    """Tell whether all values are numbers whose sums stay finite; shape (T,)."""
    bad = 0
    for i in range(len(values)):
        bad |= not (abs(values[i]) < LARGEST)
    return bad == 0


@compiled
def find_grid(values: Floats, count: int) -> Grid:
    """Return how to split the values so that sums of up to `count` of them are exact.

    Parameters
    ----------
    values
        shape (T,), finite.
    count
        Most values that are summed up at once.
    """
    most = 0.0
    least = math.inf
    for i in range(len(values)):
        size = abs(values[i])
        most = max(most, size)
        if 0.0 < size < least:
            least = size
    if most == 0.0:
        return Grid(True, 1.0, 1.0, 1.0, 1.0)
    top = math.frexp(most)[1]
    bottom = math.frexp(least)[1]
    bits = top - bottom + _MANTISSA_BITS
    low_bits = bits // 2
    count_bits = math.frexp(float(count))[1]
    is_safe = max(abs(top), abs(bottom)) <= _SAFE_EXPONENT
    if not is_safe or count_bits + bits - low_bits > _MANTISSA_BITS:
        return Grid(False, 0.0, 0.0, 0.0, 0.0)
    low = math.ldexp(1.0, bottom - _MANTISSA_BITS)
    high = math.ldexp(low, low_bits)
    return Grid(True, 1.0 / high, high, 1.0 / low, low)


@compiled
def sum_halves(values: Floats, grid: Grid, highs: Floats, lows: Floats) -> None:
    """Write the running sums of both halves; place i holds the sum of the first i values.

    Parameters
    ----------
    values
        shape (m,).
    grid
        As `find_grid` gives it for these values; fitting.
    highs, lows
        shape (m + 1 or more,), written to: whole numbers.
    """
    sum_high = 0.0
    sum_low = 0.0
    highs[0] = 0.0
    lows[0] = 0.0
    for i in range(len(values)):
        high = np.floor(values[i] * grid.to_high)
        sum_high += high
        sum_low += (values[i] - high * grid.high) * grid.to_low
        highs[i + 1] = sum_high
        lows[i + 1] = sum_low


@compiled
def average_halves(
    highs: Floats, lows: Floats, grid: Grid, first: int, period: int, out: Floats
) -> None:
    """Write the averages of the windows that end after `first`, `first` + 1 ... values.

    Parameters
    ----------
    highs, lows, grid
        As `sum_halves` wrote them.
    first
        How many values the first window ends after; at least `period`.
    period
        Window length in bars.
    out
        shape (m,), written to.
    """
    count = len(out)
    high = highs[first : first + count]
    high_before = highs[first - period : first - period + count]
    low = lows[first : first + count]
    low_before = lows[first - period : first - period + count]
    for i in range(count):
        total = (high[i] - high_before[i]) * grid.high + (low[i] - low_before[i]) * grid.low
        out[i] = total / period


@compiled
def average_plainly(values: Floats, first: int, period: int, out: Floats) -> None:
    """Write the same averages window by window, for values of any size."""
    parts = np.empty(_MOST_PARTS)
    for i in range(len(out)):
        out[i] = sum_exactly(values[first + i - period : first + i], parts) / period


@compiled
def sum_exactly(values: Floats, parts: Floats) -> float:
    """Return the correctly rounded sum of finite values, as ``math.fsum`` does.

    Parameters
    ----------
    values
        shape (n,).
    parts
        shape (64,), written to.

    References
    ----------
    Shewchuk, J. R., Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric
    Predicates, Discrete & Computational Geometry 18, 1997: sums that do not overlap.
    """
    count = 0
    for i in range(len(values)):
        rest = values[i]
        kept = 0
        for j in range(count):
            larger, smaller = rest, parts[j]
            if abs(larger) < abs(smaller):
                larger, smaller = smaller, larger
            rest = larger + smaller
            lost = smaller - (rest - larger)
            if lost != 0.0:
                parts[kept] = lost
                kept += 1
        parts[kept] = rest
        count = kept + 1
    return _round_parts(parts, count)


@compiled
def _round_parts(parts: Floats, count: int) -> float:
    # Parts grow in size and do not overlap: add from the largest until something is lost.
    if count == 0:
        return 0.0
    at = count - 1
    total = float(parts[at])
    lost = 0.0
    while at > 0 and lost == 0.0:
        at -= 1
        before = total
        total = before + parts[at]
        lost = parts[at] - (total - before)
    # Exactly half way, the sign of what lies below decides instead of the even digit.
    if at > 0 and lost != 0.0 and (lost < 0.0) == (parts[at - 1] < 0.0):
        doubled = lost * 2.0
        nudged = total + doubled
        if nudged - total == doubled:
            total = nudged
    return total
