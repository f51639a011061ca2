"""Compiled: averages that remember, relative strength, true ranges, and crossings.

Imports numba: load it on first use only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats


@compiled
def smoothed(series: Floats, first: int, seed: float, weight: float) -> Floats:
    """Smooth from the seed at bar `first` on; shape (T,), NaN before it.

    Infinite values count as NaN, after which all is NaN.
    """
    out = np.empty(len(series))
    out[:first] = np.nan
    out[first] = value = seed
    keep = 1.0 - weight
    for row in range(first + 1, len(series)):
        new = series[row]
        value = value * keep + (new if new - new == 0.0 else np.nan) * weight
        out[row] = value
    return out


@compiled
def strength_of(rise: float, fall: float) -> float:
    """Return the relative strength index of an average rise and an average fall, 0 to 100."""
    strength = 1.0 if rise == 0.0 and fall == 0.0 else rise / fall
    return 100.0 - 100.0 / (1.0 + strength)


@compiled
def relative_strength(
    series: Floats, first: int, rise: float, fall: float, weight: float
) -> Floats:
    """Work out Wilder's index from the average rise and fall at bar `first` on; shape (T,)."""
    out = np.empty(len(series))
    out[:first] = np.nan
    out[first] = strength_of(rise, fall)
    keep = 1.0 - weight
    before = series[first]
    for row in range(first + 1, len(series)):
        change = series[row] - before
        before = series[row]
        if change - change != 0.0:
            change = rise = np.nan
        rise = rise * keep + (max(0.0, change)) * weight
        fall = fall * keep + (-change if change < 0.0 else 0.0) * weight
        out[row] = strength_of(rise, fall)
    return out


@compiled
def true_range_of(high: float, low: float, before: float) -> float:
    """Return the range of a bar, stretched to the close before; NaN where one is NaN."""
    if np.isnan(high) or np.isnan(low) or np.isnan(before):
        return np.nan
    return max(high, before) - min(low, before)


@compiled
def true_ranges(high: Floats, low: Floats, close: Floats) -> Floats:
    """Return the true range of each bar; shape (T,), NaN at the first."""
    out = np.empty(len(close))
    out[:1] = np.nan
    for row in range(1, len(close)):
        out[row] = true_range_of(high[row], low[row], close[row - 1])
    return out


@compiled
def turn(held: float, gap: float) -> float:
    """Return 1 where a gap that was below 0 is above it now, -1 the other way round, else 0."""
    if held < 0.0 < gap:
        return 1.0
    return -1.0 if held > 0.0 > gap else 0.0


@compiled
def crossings(line: Floats, other: Floats) -> Floats:
    """Return where `line` crosses `other`; shapes (T,) and (T,), or (1,) for one level."""
    out = np.empty(len(line))
    step = 1 if len(other) == len(line) else 0
    is_begun = False
    held = 0.0
    for row in range(len(line)):
        one, two = line[row], other[row * step]
        gap = one - two
        out[row] = turn(held, gap) if is_begun else np.nan
        is_begun = is_begun or not (np.isnan(one) or np.isnan(two))
        if is_begun and gap != 0.0:
            held = gap
    return out
