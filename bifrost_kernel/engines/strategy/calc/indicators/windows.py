"""Sums, extremes and deviations over a sliding window, and lags."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.domain.errors import require

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from bifrost_kernel.domain.bars import Floats

_MANTISSA_BITS = 53
_SAFE_EXPONENT = 900


def as_series(values: ArrayLike) -> Floats:
    """Return `values` as a float64 array of shape (T,), or raise `InvalidInputError`."""
    series = np.asarray(values, dtype=np.float64)
    require(series.ndim == 1, "indicator input", series.shape, "an array of shape (T,)")
    return series


def require_period(period: int, low: int = 1) -> None:
    """Raise `InvalidInputError` unless `period` is a whole number of at least `low` bars."""
    is_whole = isinstance(period, (int, np.integer)) and not isinstance(period, bool)
    require(is_whole and period >= low, "period", period, f"an int of at least {low}")


def lag(values: ArrayLike, bars: int = 1) -> Floats:
    """Return the value `bars` bars ago.

    Parameters
    ----------
    values
        shape (T,).
    bars
        How far back, 0 or more.

    Returns
    -------
    Floats
        shape (T,); NaN in the first `bars` places.
    """
    series = as_series(values)
    require_period(bars, 0)
    if bars == 0:
        return series.copy()
    out = np.full(len(series), np.nan)
    out[bars:] = series[:-bars]
    return out


def rolling_sum(values: ArrayLike, period: int) -> Floats:
    """Sum each window, correctly rounded: equal to ``math.fsum`` of it.

    Parameters
    ----------
    values
        shape (T,).
    period
        Window length in bars.

    Returns
    -------
    Floats
        shape (T,), NaN before bar period - 1.

    Notes
    -----
    Each value is split into two whole numbers on one binary grid. Their cumulative sums are
    exact, so a window's sum is the difference of two exact numbers and is rounded once. The
    cost does not grow with the window. Series whose values differ by more than some 2^30 in
    size are summed window by window.
    """
    series = as_series(values)
    require_period(period)
    out = np.full(len(series), np.nan)
    if len(series) < period:
        return out
    is_number = np.isfinite(series)
    numbers = np.where(is_number, series, 0.0)
    sums = _exact_sums(numbers, period)
    if not is_number.all():
        bad = np.concatenate(([0], np.cumsum(~is_number)))
        sums[bad[period:] > bad[:-period]] = np.nan
    out[period - 1 :] = sums
    return out


def rolling_max(values: ArrayLike, period: int) -> Floats:
    """Return the highest of the last `period` values.

    Parameters
    ----------
    values
        shape (T,).
    period
        Window length in bars, the present one included.

    Returns
    -------
    Floats
        shape (T,), NaN before bar period - 1.
    """
    return _rolling_extreme(values, period, np.maximum)


def rolling_min(values: ArrayLike, period: int) -> Floats:
    """Return the lowest of the last `period` values.

    Parameters
    ----------
    values
        shape (T,).
    period
        Window length in bars, the present one included.

    Returns
    -------
    Floats
        shape (T,), NaN before bar period - 1.
    """
    return _rolling_extreme(values, period, np.minimum)


def rolling_std(values: ArrayLike, period: int) -> Floats:
    """Return the standard deviation of the last `period` values.

    Parameters
    ----------
    values
        shape (T,).
    period
        Window length in bars.

    Returns
    -------
    Floats
        shape (T,), in the unit of `values`, NaN before bar period - 1.

    Notes
    -----
    Population form (ddof = 0) from the mean square minus the squared mean, its size taken,
    as Backtrader's StdDev. Values that differ only beyond the eighth digit lose all precision.
    """
    series = as_series(values)
    mean = rolling_sum(series, period) / period
    mean_square = rolling_sum(_power(series, 2), period) / period
    return _power(np.abs(mean_square - _power(mean, 2)), 0.5)


def _power(values: Floats, exponent: float) -> Floats:
    # The C library's pow differs from numpy's square and sqrt in the last bit at times.
    return np.array([one**exponent for one in values.tolist()], dtype=np.float64)


def _exact_sums(numbers: Floats, period: int) -> Floats:
    sizes = np.abs(numbers[numbers != 0])
    if not len(sizes):
        return np.zeros(len(numbers) - period + 1)
    top, bottom = math.frexp(sizes.max())[1], math.frexp(sizes.min())[1]
    bits = top - bottom + _MANTISSA_BITS
    low_bits = bits // 2
    fits = int(period).bit_length() + (bits - low_bits) <= _MANTISSA_BITS
    if not fits or max(abs(top), abs(bottom)) > _SAFE_EXPONENT:
        return _summed_one_by_one(numbers, period)
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


def _summed_one_by_one(numbers: Floats, period: int) -> Floats:
    plain = numbers.tolist()
    windows = (plain[end - period : end] for end in range(period, len(plain) + 1))
    return np.array([math.fsum(window) for window in windows])


def _rolling_extreme(values: ArrayLike, period: int, pick: Callable[..., Floats]) -> Floats:
    # Running extremes from both ends of blocks of one period (van Herk 1992): a window spans
    # at most two blocks, so two look-ups settle it whatever the period.
    series = as_series(values)
    require_period(period)
    out = np.full(len(series), np.nan)
    if len(series) < period:
        return out
    series = np.where(np.isfinite(series), series, np.nan)
    blocks = np.pad(series, (0, -len(series) % period), mode="edge").reshape(-1, period)
    accumulate = pick.accumulate  # type: ignore[attr-defined]  # a ufunc, typed as a callable
    forward = accumulate(blocks, axis=1).ravel()
    backward = accumulate(blocks[:, ::-1], axis=1)[:, ::-1].ravel()
    last = np.arange(period - 1, len(series))
    out[period - 1 :] = pick(forward[last], backward[last - period + 1])
    return out
