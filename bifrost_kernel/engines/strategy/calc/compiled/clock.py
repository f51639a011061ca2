"""Which bar each instrument is at, and what time that is on Backtrader's clock.

Backtrader keeps time as a float number of days, in which instants less than some ten microseconds
apart may be one; a comparison falls back to that number where it could matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from bifrost_kernel.engines.strategy.calc.compiled import (
    bundle_type,  # noqa: F401  # makes books known to numba
)
from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats
    from bifrost_kernel.engines.strategy.calc.compiled.books import Books
    from bifrost_kernel.engines.strategy.calc.compiled.rows import Holding

DAY_US: Final = 86_400_000_000
SESSION_END_US: Final = 86_399_999_990
DAY_ORDER_END_US: Final = 86_399_009_999
_EPOCH_ORDINAL: Final = 719_163
_FAR_APART_US: Final = 50
_NOISE_US: Final = 10


@compiled
def advance_bars(books: Books, bar: int) -> None:
    """Move the instruments that have a bar at `bar` of the timeline on to it."""
    holdings, place = books.holdings, books.place
    for column in range(len(holdings)):
        holding = holdings[column]
        following = holding.index + 1
        if holding.is_dense:
            holding.index = bar
            holding.bar = bar
        elif following < holding.length and place[holding.offset + following] == bar:
            holding.index = following
            holding.bar = bar


@compiled
def time_of(books: Books, bar: int) -> int:
    """Return the time of a bar of the timeline, microseconds since 1970."""
    if books.settings[0].by_session:
        return int(books.session[bar]) * DAY_US
    return int(books.end[bar]) // 1000


@compiled
def instant_of(books: Books, holding: Holding) -> int:
    """Return the time of an instrument's bar, microseconds since 1970."""
    return time_of(books, holding.bar)


@compiled
def shown_instant_of(books: Books, holding: Holding) -> int:
    """Return the same instant after Backtrader's way to a float and back.

    Notes
    -----
    Whole seconds come back as they were.
    """
    instant = instant_of(books, holding)
    if instant % 1_000_000 == 0:
        return instant
    number = day_number(instant)
    days = int(number)
    hours = 24.0 * (number - days)
    minutes = 60.0 * (hours % 1.0)
    seconds = 60.0 * (minutes % 1.0)
    micros = int(1e6 * (seconds % 1.0))
    if micros < _NOISE_US:
        micros = 0
    elif micros > 1_000_000 - _NOISE_US:
        micros = 1_000_000
    clock = int(hours // 1.0) * 3600 + int(minutes // 1.0) * 60 + int(seconds // 1.0)
    return (days - _EPOCH_ORDINAL) * DAY_US + clock * 1_000_000 + micros


@compiled
def day_of(books: Books, holding: Holding) -> int:
    """Return the date of an instrument's bar, days since 1970."""
    return shown_instant_of(books, holding) // DAY_US


@compiled
def is_later(instant: int, other: int) -> bool:
    """Return whether Backtrader's number for an instant is above that for another."""
    if instant <= other:
        return False
    return instant > other + _FAR_APART_US or day_number(instant) > day_number(other)


@compiled
def day_number(instant: int) -> float:
    """Return Backtrader's number of days for an instant in microseconds since 1970.

    Notes
    -----
    The correctly rounded sum of day, hours, minutes, seconds and microseconds as fractions of a
    day, each rounded by itself.

    References
    ----------
    J. R. Shewchuk, Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric
    Predicates, 1997, theorem 10.
    """
    days = instant // DAY_US
    rest = instant - days * DAY_US
    terms = (
        float(days + _EPOCH_ORDINAL),
        (rest // 3_600_000_000) / 24.0,
        (rest // 60_000_000 % 60) / 1440.0,
        (rest // 1_000_000 % 60) / 86_400.0,
        (rest % 1_000_000) / 86_400_000_000.0,
    )
    partials = np.zeros(5)
    n = 0
    for term in terms:
        x = term
        kept = 0
        for one in range(n):
            y = partials[one]
            larger, smaller = (x, y) if abs(x) >= abs(y) else (y, x)
            x = larger + smaller
            low = smaller - (x - larger)
            if low != 0.0:
                partials[kept] = low
                kept += 1
        partials[kept] = x
        n = kept + 1
    return _rounded(partials, n)


@compiled
def _rounded(partials: Floats, n: int) -> float:
    n -= 1
    total = partials[n]
    low = 0.0
    while n > 0 and low == 0.0:
        n -= 1
        larger = total
        total = larger + partials[n]
        low = partials[n] - (total - larger)
    # a tie is decided by what stands below it
    if n > 0 and low * partials[n - 1] > 0.0:
        doubled = 2.0 * low
        candidate = total + doubled
        if doubled == candidate - total:
            total = candidate
    return float(total)
