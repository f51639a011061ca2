"""Drawdown and moments of returns, out of nav at session closes.

The conventions are those of the analytics engine; drawdowns are equal to its own, sums of
returns differ from numpy's pairwise sums in the last digits.

Imports numba: load it on first use only.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats

# Deviations below this are rounding: nav carries 16 digits.
ROUNDING = 1e-14
_A_LITTLE_MORE = 1.0 + 2.0**-50


@compiled
def follow_drawdown(nav: Floats, peak: float, worst: float) -> tuple[float, float]:
    """Return the highest nav so far, and the lowest ratio of nav to the highest before it.

    Parameters
    ----------
    nav
        shape (D,), currency.
    peak, worst
        Both before the first of these; the opening cash and 1 at the very start.

    Notes
    -----
    Divides only where the ratio may be the lowest.
    """
    limit = worst * _A_LITTLE_MORE
    for i in range(len(nav)):
        now = nav[i]
        peak = max(peak, now)
        if now <= limit * peak:
            ratio = now / peak
            if ratio < worst:
                worst = ratio
                limit = worst * _A_LITTLE_MORE if worst > 0.0 else worst / _A_LITTLE_MORE
    return peak, worst


@compiled
def write_returns(nav: Floats, before: float, returns: Floats) -> None:
    """Write nav over the nav before it, less one; NaN after a nav of zero or less.

    Parameters
    ----------
    nav
        shape (D,), currency; D at least 1.
    before
        Nav before the first.
    returns
        shape (D,), written to.
    """
    returns[0] = nav[0] / before - 1.0 if before > 0.0 else math.nan
    earlier = nav[:-1]
    later = nav[1:]
    out = returns[1 : len(nav)]
    for i in range(len(out)):
        out[i] = later[i] / earlier[i] - 1.0 if earlier[i] > 0.0 else math.nan


@compiled
def sum_powers(values: Floats, centre: float) -> tuple[float, float]:
    """Return the sums of value - centre and of its square; shape (D,)."""
    # Four sums side by side: each addition waits for the one before it in its own sum only.
    sum0 = sum1 = sum2 = sum3 = 0.0
    square0 = square1 = square2 = square3 = 0.0
    whole = len(values) // 4 * 4
    for i in range(0, whole, 4):
        one0 = values[i] - centre
        one1 = values[i + 1] - centre
        one2 = values[i + 2] - centre
        one3 = values[i + 3] - centre
        sum0 += one0
        sum1 += one1
        sum2 += one2
        sum3 += one3
        square0 += one0 * one0
        square1 += one1 * one1
        square2 += one2 * one2
        square3 += one3 * one3
    for i in range(whole, len(values)):
        one0 = values[i] - centre
        sum0 += one0
        square0 += one0 * one0
    total = (sum0 + sum1) + (sum2 + sum3)
    return total, (square0 + square1) + (square2 + square3)


@compiled
def deviation_of(squares: float, count: int) -> float:
    """Return the sample standard deviation out of the sum of squared deviations.

    Notes
    -----
    NaN below two values; exactly 0 where all that varies is rounding.
    """
    if count < 2 or math.isnan(squares):
        return math.nan
    deviation = math.sqrt(max(squares, 0.0) / (count - 1))
    return 0.0 if deviation <= ROUNDING else deviation


@compiled
def ratio_of(top: float, bottom: float) -> float:
    """Return top / bottom, or NaN where `bottom` is no more than rounding."""
    return top / bottom if bottom > ROUNDING else math.nan
