"""Compiled: extremes and deviations of sliding windows.

Imports numba: load it on first use only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.engines.strategy.calc.compiled.exact import opaque
from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats


@compiled
def power(value: float, exponent: float) -> float:
    """Raise by the C library's pow, as Python does.

    With an exponent it knows the compiler would take a product or a square root instead, which
    are more exact and now and then differ in the last bit.
    """
    return float(value ** opaque(exponent))


@compiled
def squares(series: Floats) -> Floats:
    """Square each value; shape (T,)."""
    out = np.empty(len(series))
    for row in range(len(series)):
        out[row] = power(series[row], 2.0)
    return out


@compiled
def deviations(means: Floats, square_means: Floats) -> Floats:
    """Return the root of mean square minus squared mean, its size taken; shape (T,)."""
    out = np.empty(len(means))
    for row in range(len(means)):
        variance = square_means[row] - power(means[row], 2.0)
        out[row] = power(abs(variance), 0.5)
    return out


@compiled
def extremes(series: Floats, period: int, sign: float) -> Floats:
    """Return each window's highest value (`sign` 1) or lowest (-1); shape (T,).

    Notes
    -----
    NaN before bar period - 1 and where a window is not all finite. A window spans the end of one
    stretch of `period` bars and the beginning of the next; the best of either part is kept
    while going back and forth, so the cost does not grow with the window.

    References
    ----------
    van Herk, M., A fast algorithm for local minimum and maximum filters on rectangular and
    octagonal kernels, Pattern Recognition Letters 13(7), 1992.
    """
    bars = len(series)
    out = np.empty(bars)
    out[: period - 1] = np.nan
    ends = np.empty(period)
    good = 0
    for row in range(min(period - 1, bars)):
        good = good + 1 if series[row] - series[row] == 0.0 else 0
    for start in range(0, bars - period + 1, period):
        best = -np.inf
        for place in range(period - 1, -1, -1):
            value = sign * series[start + place]
            best = max(best, value)
            ends[place] = best
        best = -np.inf
        last = start + period - 1
        for place in range(min(period, bars - last)):
            value = sign * series[last + place]
            if place > 0 and value > best:
                best = value
            good = good + 1 if value - value == 0.0 else 0
            highest = max(best, ends[place])
            out[last + place] = sign * highest if good >= period else np.nan
    return out
