"""The indicators' arithmetic in numpy and plain Python, for where numba is not loaded.

`swift` has the same functions, compiled, with the same values to the last bit. Series are
float64 of shape (T,), periods at least 1; both are checked by the callers.
"""

from __future__ import annotations

import math
from operator import mul
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bifrost_kernel.domain.bars import Bools, Floats

_MANTISSA_BITS = 53
_SAFE_EXPONENT = 900
_DENORMAL_BITS = 1074
# The square of anything larger is infinite.
LARGEST_TO_SQUARE = 1.3407807929942596e154


def total(numbers: Iterable[float]) -> float:
    """Return the correctly rounded sum: NaN if a number is not finite, infinite beyond floats."""
    numbers = list(numbers)
    try:
        quick = math.fsum(numbers)
    except (OverflowError, ValueError):
        quick = math.nan
    if math.isfinite(quick):
        return quick
    return _rounded(sum(map(_whole, numbers))) if all(map(math.isfinite, numbers)) else math.nan


def first_known(series: Floats) -> int:
    """Return where the leading NaN of a series end, its length if there is nothing else."""
    if len(series) and not math.isnan(series[0]):
        return 0
    known = np.flatnonzero(~np.isnan(series))
    return int(known[0]) if len(known) else len(series)


def window_means(series: Floats, period: int, divisor: float) -> Floats:
    """Divide the correctly rounded sum of each window; NaN before bar period - 1.

    Notes
    -----
    Each value is split into two whole numbers on one binary grid. Their cumulative sums are
    exact, so a window's sum is the difference of two exact numbers and is rounded once. Where
    sizes differ by more than some 2^30 whole numbers of any length slide along instead.
    """
    out = np.full(len(series), np.nan)
    if len(series) < period:
        return out
    is_number = np.isfinite(series)
    numbers = np.where(is_number, series, 0.0)
    out[period - 1 :] = _exact_sums(numbers, period) / divisor
    _spoil(is_number, period, out)
    return out


def slid_sums(numbers: Floats, period: int) -> Floats:
    """Return the correctly rounded sums of windows over finite numbers of any size.

    Parameters
    ----------
    numbers
        shape (T,).

    Returns
    -------
    Floats
        shape (T - period + 1,).
    """
    whole = [_whole(one) for one in numbers.tolist()]
    inside = sum(whole[: period - 1])
    sums = []
    for entering, leaving in zip(whole[period - 1 :], [0, *whole], strict=False):
        inside += entering - leaving
        sums.append(_rounded(inside))
    return np.array(sums, dtype=np.float64)


def weighted_means(series: Floats, period: int, scale: float) -> Floats:
    """Scale the correctly rounded sum of each window's products with 1 .. period."""
    out = np.full(len(series), np.nan)
    if len(series) < period:
        return out
    weights = [float(one) for one in range(1, period + 1)]
    plain = series.tolist()
    for end in range(period, len(plain) + 1):
        out[end - 1] = scale * total(map(mul, plain[end - period : end], weights))
    return out


def smoothed(series: Floats, period: int, weight: float) -> Floats:
    """Smooth exponentially from the average of the first `period` values on."""
    out = np.full(len(series), np.nan)
    start = first_known(series)
    if len(series) - start < period:
        return out
    keep = 1.0 - weight
    plain = np.where(np.isfinite(series), series, np.nan)[start:].tolist()
    value = total(plain[:period]) / period
    values = [value]
    for one in plain[period:]:
        value = value * keep + one * weight
        values.append(value)
    out[start + period - 1 :] = values
    return out


def relative_strength(series: Floats, period: int) -> Floats:
    """Return Wilder's relative strength index, 0 to 100."""
    with np.errstate(invalid="ignore", over="ignore"):
        change = np.diff(series, prepend=np.nan)
    rise = smoothed(np.maximum(change, 0.0), period, 1.0 / period)
    fall = smoothed(np.maximum(-change, 0.0), period, 1.0 / period)
    with np.errstate(divide="ignore", invalid="ignore"):
        strength = np.where((rise == 0.0) & (fall == 0.0), 1.0, rise / fall)
    return 100.0 - 100.0 / (1.0 + strength)


def true_ranges(high: Floats, low: Floats, close: Floats) -> Floats:
    """Return the range of each bar, stretched to the close before; NaN at the first."""
    before = np.concatenate(([np.nan], close[:-1]))[: len(close)]
    with np.errstate(invalid="ignore", over="ignore"):
        return np.maximum(high, before) - np.minimum(low, before)


def extremes(series: Floats, period: int, sign: float) -> Floats:
    """Return each window's highest value (`sign` 1) or lowest (-1).

    Notes
    -----
    Running extremes from both ends of blocks of one period (van Herk 1992): a window spans at
    most two blocks, so two look-ups settle it whatever the period.
    """
    out = np.full(len(series), np.nan)
    if len(series) < period:
        return out
    known = np.where(np.isfinite(series), series, np.nan)
    blocks = np.pad(known, (0, -len(known) % period), mode="edge").reshape(-1, period)
    pick = np.maximum if sign > 0 else np.minimum
    forward = pick.accumulate(blocks, axis=1).ravel()
    backward = pick.accumulate(blocks[:, ::-1], axis=1)[:, ::-1].ravel()
    last = np.arange(period - 1, len(known))
    out[period - 1 :] = pick(forward[last], backward[last - period + 1])
    return out


def deviations(series: Floats, period: int) -> tuple[Floats, Floats]:
    """Return each window's average and its standard deviation (ddof = 0)."""
    means = window_means(series, period, float(period))
    square_means = window_means(_power(series, 2), period, float(period))
    return means, _power(np.abs(square_means - _power(means, 2)), 0.5)


def crossings(line: Floats, other: Floats) -> Floats:
    """Return where `line` crosses `other`; shapes (T,) and (T,), or (1,) for one level."""
    out = np.full(len(line), np.nan)
    known = np.flatnonzero(~np.isnan(line) & ~np.isnan(other))
    if not len(known):
        return out
    with np.errstate(invalid="ignore"):
        gap = (line - other)[known[0] :]
    last = np.maximum.accumulate(np.where(gap != 0, np.arange(len(gap)), 0))
    before, now = gap[last][:-1], gap[1:]
    out[known[0] + 1 :] = ((before < 0) & (now > 0)) * 1.0 - ((before > 0) & (now < 0))
    return out


def _power(values: Floats, exponent: float) -> Floats:
    # The C library's pow differs from numpy's square and sqrt in the last bit at times. Python
    # raises where a square is infinite.
    small = np.where(np.abs(values) < LARGEST_TO_SQUARE, values, np.nan if exponent > 1 else values)
    return np.array([one**exponent for one in small.tolist()], dtype=np.float64)


def _exact_sums(numbers: Floats, period: int) -> Floats:
    sizes = np.abs(numbers[numbers != 0])
    if not len(sizes):
        return np.zeros(len(numbers) - period + 1)
    top, bottom = math.frexp(sizes.max())[1], math.frexp(sizes.min())[1]
    bits = top - bottom + _MANTISSA_BITS
    low_bits = bits // 2
    fits = int(period).bit_length() + (bits - low_bits) <= _MANTISSA_BITS
    if not fits or max(abs(top), abs(bottom)) > _SAFE_EXPONENT:
        return slid_sums(numbers, period)
    grid = bottom - _MANTISSA_BITS
    high = np.floor(np.ldexp(numbers, -(grid + low_bits)))
    low = np.ldexp(numbers - np.ldexp(high, grid + low_bits), -grid)
    return np.ldexp(_window_sums(high, period), grid + low_bits) + np.ldexp(
        _window_sums(low, period), grid
    )


def _window_sums(whole: Floats, period: int) -> Floats:
    # Wrapping around 2^64 does no harm: the difference is small and exact all the same.
    cumulative = np.concatenate(([0], np.cumsum(whole.astype(np.int64))))
    return (cumulative[period:] - cumulative[:-period]).astype(np.float64)


def _whole(number: float) -> int:
    # How many of the smallest denormal.
    numerator, denominator = number.as_integer_ratio()
    return numerator << (_DENORMAL_BITS + 1 - denominator.bit_length())


def _rounded(whole: int) -> float:
    try:
        return whole / (1 << _DENORMAL_BITS)
    except OverflowError:
        return math.inf if whole > 0 else -math.inf


def _spoil(is_number: Bools, period: int, out: Floats) -> None:
    if not is_number.all():
        holes = np.concatenate(([0], np.cumsum(~is_number)))
        out[period - 1 :][holes[period:] > holes[:-period]] = np.nan
