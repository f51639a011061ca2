"""Splits and dividends read off a provider's adjusted close."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np

from bifrost_kernel.domain.bars import ActionKind, CorporateAction
from bifrost_kernel.domain.errors import DataError

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarSeries, Floats

DividendBase = Literal["auto", "close_before", "close_of_ex_date"]

_FLOAT_NOISE = 1e-12
_SMALLEST_SPLIT = 0.15
_SPLIT_TOLERANCE = 2e-3
_LARGEST_TERM = 100
_LARGEST_GLITCH = 1e-3
_MOST_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class _Level:
    """A stretch of bars [first, last] whose adjustment factor lies in [low, high]."""

    first: int
    last: int
    low: float
    high: float

    @property
    def factor(self) -> float:
        return 0.5 * (self.low + self.high)

    @property
    def noise(self) -> float:
        return max((self.high - self.low) / self.factor, _FLOAT_NOISE)


def actions_from_adjusted_close(
    series: BarSeries, adjusted_close: Floats, *, dividend_base: DividendBase = "auto"
) -> tuple[CorporateAction, ...]:
    """Read the splits and dividends inside a series off its adjusted close.

    Parameters
    ----------
    series
        Unadjusted daily bars, sorted.
    adjusted_close
        shape (T,), currency per unit; later actions than the series' end may be in it.
    dividend_base
        Which close C the provider's dividend factor was made with: ``close_before`` the
        ex-date, factor 1 - D / C; ``close_of_ex_date``, factor C / (C + D); ``auto`` takes the
        one whose dividends are the rounder numbers.

    Returns
    -------
    tuple
        In ex-date order. A jump of 15 % or more near a simple ratio is a split; everything else
        is a dividend, rounded to as few decimals as the adjusted close's own precision allows.

    Raises
    ------
    DataError
        Lengths differ, values are not positive, or a factor falls in a way that is neither.

    Notes
    -----
    adjusted / close is constant between actions but for the rounding of the adjusted close;
    levels are found by intersecting the intervals that this rounding leaves. A dividend below
    that rounding cannot be seen, and a stock dividend below 15 % reads as cash.
    """
    if len(adjusted_close) != len(series):
        raise DataError(
            f"{series.instrument_id} adjusted close: expected {len(series)} rows like the bars, "
            f"was {len(adjusted_close)}"
        )
    if len(series) == 0:
        return ()
    adjusted = np.asarray(adjusted_close, dtype=np.float64)
    if not (np.isfinite(adjusted).all() and (adjusted > 0).all() and (series.close > 0).all()):
        raise DataError(f"{series.instrument_id} adjusted close: expected positive numbers only")
    levels = _find_levels(series.close, adjusted)
    pairs = list(pairwise(levels))
    splits = {after.first: ratio for before, after in pairs if (ratio := _split(before, after))}
    payers = [pair for pair in pairs if pair[1].first not in splits]
    base = _rounder_base(series.close, payers) if dividend_base == "auto" else dividend_base
    dividends = {
        after.first: _round(*_dividend(series.close, before, after, base))
        for before, after in payers
    }
    found = {row: (ActionKind.SPLIT, value) for row, value in splits.items()}
    found |= {row: (ActionKind.DIVIDEND, value) for row, value in dividends.items() if value}
    return tuple(
        CorporateAction(series.instrument_id, str(series.session_date[row]), kind, value)
        for row, (kind, value) in sorted(found.items())
    )


def simple_ratio(ratio: float, tolerance: float, largest_denominator: int = 4) -> Fraction | None:
    """Return the fraction of small terms nearest to a ratio, if one is near enough.

    Parameters
    ----------
    ratio
        Positive.
    tolerance
        Relative distance allowed.
    largest_denominator
        Of the ratios to try.

    Returns
    -------
    Fraction or None
        n for one (n to 100), n/m with n to 9, or the inverse: what splits are made of.
    """
    if not (math.isfinite(ratio) and ratio > 0):
        return None
    inverted = ratio < 1
    wanted = 1 / ratio if inverted else ratio
    best: Fraction | None = None
    for denominator in range(1, largest_denominator + 1):
        numerator = round(wanted * denominator)
        if numerator <= denominator or numerator > (_LARGEST_TERM if denominator == 1 else 9):
            continue
        near = Fraction(numerator, denominator)
        if abs(wanted / float(near) - 1) <= tolerance:
            best = near
            break
    if best is None:
        return None
    return 1 / best if inverted else best


def _find_levels(close: Floats, adjusted: Floats) -> list[_Level]:
    slack = _rounding(adjusted) + _FLOAT_NOISE * adjusted
    lows, highs = ((adjusted - slack) / close).tolist(), ((adjusted + slack) / close).tolist()
    levels = []
    first, low, high = 0, lows[0], highs[0]
    for row in range(1, len(lows)):
        narrowed = max(low, lows[row]), min(high, highs[row])
        if narrowed[0] <= narrowed[1]:
            low, high = narrowed
            continue
        levels.append(_Level(first, row - 1, low, high))
        first, low, high = row, lows[row], highs[row]
    levels.append(_Level(first, len(lows) - 1, low, high))
    return levels


def _rounding(adjusted: Floats) -> Floats:
    for decimals in range(2, 13):
        if np.array_equal(np.round(adjusted, decimals), adjusted):
            return np.full(len(adjusted), 0.5 * 10.0**-decimals)
    single = adjusted.astype(np.float32)
    if np.array_equal(single.astype(np.float64), adjusted):
        return np.asarray(np.spacing(single), dtype=np.float64)
    return np.zeros(len(adjusted))


def _split(before: _Level, after: _Level) -> float | None:
    ratio = after.factor / before.factor
    if abs(math.log(ratio)) >= math.log1p(_SMALLEST_SPLIT):
        near = simple_ratio(ratio, max(_SPLIT_TOLERANCE, before.noise + after.noise))
        if near is not None:
            return float(near)
    # a factor that falls cannot be a payment: units were joined, at whatever ratio
    return ratio if ratio < 1 - _LARGEST_GLITCH else None


def _dividend(close: Floats, before: _Level, after: _Level, base: str) -> tuple[float, float]:
    step = before.factor / after.factor
    noise = before.noise + after.noise
    if base == "close_before":
        price = float(close[after.first - 1])
        return (1 - step) * price, noise * price
    price = float(close[after.first])
    return (1 / step - 1) * price, noise * price / step


def _rounder_base(close: Floats, pairs: list[tuple[_Level, _Level]]) -> str:
    def decimals(base: str) -> int:
        return sum(_decimals(*_dividend(close, before, after, base)) for before, after in pairs)

    return min(("close_before", "close_of_ex_date"), key=decimals)


def _decimals(value: float, error: float) -> int:
    for count in range(_MOST_DECIMALS + 1):
        if abs(round(value, count) - value) <= 4 * error:
            return count
    return _MOST_DECIMALS + 1


def _round(value: float, error: float) -> float:
    if value <= error:
        return 0.0
    return round(value, _decimals(value, error)) or value
