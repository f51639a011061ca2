"""Compiled: sums of sliding windows, correctly rounded, at a cost that does not grow with them.

Imports numba: load it on first use only.

Notes
-----
The series is worked off in blocks, each begun anew. In a block that holds numbers below 2^e a
window of less than 2^c is summed so, with s = e + c - 53 and c at least 2:

1. Each number x is split into h, the nearest multiple of 2^s, and l = x - h, both exact
   (adding and subtracting 1.5 * 2^(52 + s), as in the reference).
2. Every l must be a multiple of 2^g, g = s + c - 54. It is looked at, not assumed; a block
   with one that is not is left to whole-number arithmetic (`plain.window_means`).
3. The sum H of a window's h is a multiple of 2^s of at most 2^c 2^e = 2^53 2^s, and the sum L of
   its l is a multiple of 2^g of at most 2^c 2^(s - 1) = 2^53 2^g. Both are floats, and so is
   every difference on the way: not one addition rounds, however long the window slides.
4. H + L rounds once. That is the float nearest to the exact sum, which ``math.fsum`` gives.

So numbers may differ in size by 107 - 2 c bits: 2^44 for windows of 30 even when each uses all of
its 53 bits, and more where they lie on a grid, as differences of prices do.

References
----------
Rump, S. M., Ogita, T., Oishi, S., Accurate floating-point summation part I, SIAM Journal on
Scientific Computing 31(1), 2008, algorithm 3.2 (extraction).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats, Ints

BLOCK = 4096
_EXPONENT_BIAS = 1022
_LARGEST_EXPONENT = 900
_NO_SIGN = 0x7FFFFFFFFFFFFFFF


@compiled
def splitter(numbers: Floats, numbers_per_sum: int, factor: int) -> float:
    """Return 1.5 * 2^(52 + s), which splits the numbers of a block for exact sums.

    Parameters
    ----------
    numbers
        shape (B,), finite.
    numbers_per_sum
        How many are added up.
    factor
        By how much each is multiplied at most, and rounded, before it is added: a whole number.

    Returns
    -------
    float
        0 where sizes differ too much for it.
    """
    words = numbers.view(np.int64)
    largest = np.int64(0)
    for row in range(len(numbers)):
        largest = max(largest, words[row] & _NO_SIGN)
    count = max(2, math.frexp(float(numbers_per_sum))[1])
    exponent = int(largest >> 52) - _EXPONENT_BIAS + math.frexp(float(factor))[1]
    if abs(exponent) > _LARGEST_EXPONENT:
        return 0.0 if largest > 0 else 1.0
    split = math.ldexp(1.5, exponent + count - 1)
    grid = math.ldexp(split, count - 54)
    n_off = 0
    for row in range(len(numbers)):
        low = numbers[row] - ((numbers[row] + split) - split)
        n_off += (low + grid) - grid != low
    return 0.0 if n_off > 0 else split


@compiled
def _slide(numbers: Floats, period: int, divisor: float, split: float, out: Floats) -> None:
    highs = lows = 0.0
    for row in range(period):
        high = (numbers[row] + split) - split
        highs += high
        lows += numbers[row] - high
    out[0] = (highs + lows) / divisor
    entering, rest = numbers[period:], out[1:]
    for row in range(len(rest)):
        new_high = (entering[row] + split) - split
        old_high = (numbers[row] + split) - split
        highs += new_high - old_high
        lows += (entering[row] - new_high) - (numbers[row] - old_high)
        rest[row] = (highs + lows) / divisor


@compiled
def finite(numbers: Floats, kept: Floats) -> int:
    """Copy numbers, 0 for NaN and infinite ones, and count those; both of shape (B,)."""
    n_holes = 0
    for row in range(len(numbers)):
        is_hole = numbers[row] - numbers[row] != 0.0
        kept[row] = 0.0 if is_hole else numbers[row]
        n_holes += is_hole
    return n_holes


@compiled
def spoil(numbers: Floats, period: int, out: Floats) -> None:
    """Make NaN in `out` (B - period + 1,) what comes of a window that is not all finite."""
    good = 0
    for row in range(len(numbers)):
        good = good + 1 if numbers[row] - numbers[row] == 0.0 else 0
        if row >= period - 1 and good < period:
            out[row - period + 1] = np.nan


@compiled
def window_means(series: Floats, period: int, divisor: float) -> tuple[Floats, Ints]:
    """Divide the correctly rounded sum of each window; shape (T,), NaN before bar period - 1.

    Returns
    -------
    tuple of Floats and Ints
        The quotients, and at which bar blocks begin that could not be summed so.
    """
    bars = len(series)
    out = np.empty(bars)
    out[: period - 1] = np.nan
    block = max(BLOCK, 4 * period)
    room = np.empty(min(bars, block + period - 1))
    missed = np.empty(bars // block + 1, np.int64)
    n_missed = 0
    for start in range(period - 1, bars, block):
        stop = min(start + block, bars)
        part = series[start - period + 1 : stop]
        numbers = room[: len(part)]
        n_holes = finite(part, numbers)
        split = splitter(numbers, period, 1)
        if split == 0.0:
            missed[n_missed] = start
            n_missed += 1
            continue
        _slide(numbers, period, divisor, split, out[start:stop])
        if n_holes > 0:
            spoil(part, period, out[start:stop])
    return out, missed[:n_missed]
