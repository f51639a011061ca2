"""The indicators' arithmetic, compiled: the functions of `plain`, and its values to the last bit.

Imports numba: load it on first use only.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.engines.strategy.calc.indicators import (
    loops_recursions,
    loops_sums,
    loops_weighted,
    loops_windows,
    plain,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bifrost_kernel.domain.bars import Floats, Ints


def window_means(series: Floats, period: int, divisor: float) -> Floats:
    """Divide the correctly rounded sum of each window; NaN before bar period - 1."""
    if period > len(series):
        return np.full(len(series), np.nan)
    out, missed = loops_sums.window_means(_one_kind(series), period, divisor)
    for where, part in _missed(series, period, missed):
        out[where] = plain.window_means(part, period, divisor)[period - 1 :]
    return out


def weighted_means(series: Floats, period: int, scale: float) -> Floats:
    """Scale the correctly rounded sum of each window's products with 1 .. period."""
    if period > len(series):
        return np.full(len(series), np.nan)
    out, missed = loops_weighted.weighted_means(_one_kind(series), period, scale)
    for where, part in _missed(series, period, missed):
        out[where] = plain.weighted_means(part, period, scale)[period - 1 :]
    return out


def smoothed(series: Floats, period: int, weight: float) -> Floats:
    """Smooth exponentially from the average of the first `period` values on."""
    start = plain.first_known(series)
    if len(series) - start < period:
        return np.full(len(series), np.nan)
    seed = plain.total(series[start : start + period].tolist()) / period
    return loops_recursions.smoothed(_one_kind(series), start + period - 1, seed, weight)


def relative_strength(series: Floats, period: int) -> Floats:
    """Return Wilder's relative strength index, 0 to 100."""
    start = _first_change(series)
    if len(series) - start <= period:
        return np.full(len(series), np.nan)
    closes = series[start : start + period + 1].tolist()
    changes = [new - old for old, new in pairwise(closes)]
    rise = plain.total(max(one, 0.0) for one in changes) / period
    fall = plain.total(max(-one, 0.0) for one in changes) / period
    return loops_recursions.relative_strength(
        _one_kind(series), start + period, rise, fall, 1.0 / period
    )


def true_ranges(high: Floats, low: Floats, close: Floats) -> Floats:
    """Return the range of each bar, stretched to the close before; NaN at the first."""
    return loops_recursions.true_ranges(_one_kind(high), _one_kind(low), _one_kind(close))


def extremes(series: Floats, period: int, sign: float) -> Floats:
    """Return each window's highest value (`sign` 1) or lowest (-1)."""
    if period > len(series):
        return np.full(len(series), np.nan)
    return loops_windows.extremes(_one_kind(series), period, sign)


def deviations(series: Floats, period: int) -> tuple[Floats, Floats]:
    """Return each window's average and its standard deviation (ddof = 0)."""
    means = window_means(series, period, float(period))
    squares = loops_windows.squares(_one_kind(series))
    square_means = window_means(squares, period, float(period))
    return means, loops_windows.deviations(means, square_means)


def crossings(line: Floats, other: Floats) -> Floats:
    """Return where `line` crosses `other`; shapes (T,) and (T,), or (1,) for one level."""
    return loops_recursions.crossings(_one_kind(line), _one_kind(other))


def _first_change(series: Floats) -> int:
    if len(series) > 1 and not math.isnan(float(series[1]) - float(series[0])):
        return 0
    with np.errstate(invalid="ignore", over="ignore"):
        return plain.first_known(np.diff(series))


def _one_kind(series: Floats) -> Floats:
    # Contiguous and read-only, whatever came in: each kind would be compiled apart.
    view = np.ascontiguousarray(series).view()
    view.setflags(write=False)
    return view


def _missed(series: Floats, period: int, starts: Ints) -> Iterator[tuple[slice, Floats]]:
    # The blocks that the loop could not sum: where their windows end, and the bars they span.
    for start in starts.tolist():
        stop = start + max(loops_sums.BLOCK, 4 * period)
        yield slice(start, stop), series[start - period + 1 : stop]
