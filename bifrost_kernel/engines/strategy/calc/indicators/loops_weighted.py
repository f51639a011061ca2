"""Compiled: linearly weighted window sums, correctly rounded.

Imports numba: load it on first use only.

Notes
-----
Each product of a number and its weight is rounded before it is added, as Backtrader does, and in
the next window the number has another weight: what one window's roundings came to tells nothing
of the next, so the cost grows with the window. The products are added exactly as in `loops_sums`,
many windows side by side. Weights are whole, so products lie on the numbers' own grid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.engines.strategy.calc.indicators.loops_sums import (
    BLOCK,
    finite,
    splitter,
    spoil,
)
from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats, Ints

_SIDE_BY_SIDE = 256


@compiled
def _weigh(numbers: Floats, period: int, scale: float, split: float, out: Floats) -> None:
    highs, lows = np.empty(_SIDE_BY_SIDE), np.empty(_SIDE_BY_SIDE)
    for first in range(0, len(out), _SIDE_BY_SIDE):
        windows = min(_SIDE_BY_SIDE, len(out) - first)
        highs[:] = 0.0
        lows[:] = 0.0
        for place in range(period):
            weight = place + 1.0
            shifted = numbers[first + place : first + place + windows]
            for row in range(windows):
                product = shifted[row] * weight
                high = (product + split) - split
                highs[row] += high
                lows[row] += product - high
        for row in range(windows):
            out[first + row] = scale * (highs[row] + lows[row])


@compiled
def weighted_means(series: Floats, period: int, scale: float) -> tuple[Floats, Ints]:
    """Scale the sum of each window weighted by 1 .. period; shape (T,), NaN before period - 1.

    Returns
    -------
    tuple of Floats and Ints
        The averages, and at which bar blocks begin that could not be summed so.
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
        split = splitter(numbers, period, period)
        if split == 0.0:
            missed[n_missed] = start
            n_missed += 1
            continue
        _weigh(numbers, period, scale, split, out[start:stop])
        if n_holes > 0:
            spoil(part, period, out[start:stop])
    return out, missed[:n_missed]
