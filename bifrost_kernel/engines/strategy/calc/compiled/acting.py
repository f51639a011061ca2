"""Wishes turned into orders, by the rules written at `Signals`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from bifrost_kernel.engines.strategy.calc.compiled.books import NEVER
from bifrost_kernel.engines.strategy.calc.compiled.matching import (
    LIMIT,
    MARKET,
    STOP,
    STOP_LIMIT,
    TRAILING_STOP,
)
from bifrost_kernel.engines.strategy.calc.compiled.reading import is_alive
from bifrost_kernel.engines.strategy.calc.compiled.sending import (
    cancel,
    price_now,
    send,
    send_market,
    size_by_sizing,
    value_now,
    whole_units,
)
from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Bools, Floats
    from bifrost_kernel.engines.strategy.calc.compiled.books import Books
    from bifrost_kernel.engines.strategy.calc.plan import Wishes

_NAN: Final = np.nan


@compiled
def act(books: Books, wishes: Wishes, first: int, last: int) -> None:
    """Act on the wishes `first` up to `last` - 1, which belong to one bar.

    Parameters
    ----------
    books, wishes
        The run, and what is wished.
    first, last
        Range of wishes.
    """
    has_targets = False
    for one in range(first, last):
        if _has_target(wishes, wishes.place[one]):
            has_targets = True
        else:
            _follow_flags(books, wishes, wishes.place[one], wishes.column[one])
    if has_targets:
        _follow_targets(books, wishes, first, last)


@compiled
def _follow_flags(books: Books, wishes: Wishes, place: int, column: int) -> None:
    held = books.holdings[column].size
    leaves = (held > 0.0 and _flag(wishes.exits, place)) or (
        held < 0.0 and _flag(wishes.short_exits, place)
    )
    if leaves:
        _cancel_all(books, column)
        send_market(books, column, -held)
    direction = int(_flag(wishes.entries, place)) - int(_flag(wishes.short_entries, place))
    if direction == 0 or held * direction > 0.0 or _has_entry(books, column, direction):
        return
    if not leaves:
        _cancel_all(books, column)
        if held != 0.0:
            send_market(books, column, -held)
    _enter(books, wishes, place, column, direction)


@compiled
def _enter(books: Books, wishes: Wishes, place: int, column: int, direction: int) -> None:
    size = direction * abs(size_by_sizing(books, column))
    if size == 0.0:
        return
    limit, stop = _number(wishes.limit_price, place), _number(wishes.stop_price, place)
    reference = limit
    if np.isnan(limit):
        reference = price_now(books, column) if np.isnan(stop) else stop
    stop_at = reference - direction * _number(wishes.stop_distance, place)
    trail = _number(wishes.trail_distance, place)
    target = reference + direction * _number(wishes.profit_distance, place)
    # a price of 0 would mean "not given" to Backtrader; NaN is not above 0 either
    n_children = int(stop_at > 0.0) + int(reference > 0.0 and trail > 0.0) + int(target > 0.0)
    kind = MARKET
    if not np.isnan(stop):
        kind = STOP if np.isnan(limit) else STOP_LIMIT
    elif not np.isnan(limit):
        kind = LIMIT
    price = limit if np.isnan(stop) else stop
    limit_price = limit if kind == STOP_LIMIT else _NAN
    entry = send(
        books, column, kind, size, price, limit_price, _NAN, _NAN, NEVER, 0, 0, n_children == 0
    )
    books.holdings[column].entry = entry
    for number in range(3):
        kind, price, distance = STOP, stop_at, _NAN
        if number == 1:
            kind, price, distance = TRAILING_STOP, reference, trail
        elif number == 2:
            kind, price = LIMIT, target
        if price > 0.0 and (number != 1 or trail > 0.0):
            n_children -= 1
            send(
                books, column, kind, -size, price, _NAN, distance, _NAN, NEVER, 0, entry,
                n_children == 0,
            )  # fmt: skip


@compiled
def _follow_targets(books: Books, wishes: Wishes, first: int, last: int) -> None:
    for one in range(first, last):
        place, column = wishes.place[one], wishes.column[one]
        if _has_target(wishes, place):
            _cancel_all(books, column)
            books.change[column] = _missing(books, wishes, place, column)
    for is_adding in (False, True):
        for one in range(first, last):
            column = wishes.column[one]
            change = books.change[column]
            if _has_target(wishes, wishes.place[one]):
                adds = not books.holdings[column].size * change < 0.0
                if adds == is_adding:
                    send_market(books, column, change)


@compiled
def _missing(books: Books, wishes: Wishes, place: int, column: int) -> float:
    held = books.holdings[column].size
    size = _number(wishes.target_size, place)
    if not np.isnan(size):
        return size - held
    weight = _number(wishes.target_weight, place)
    if weight == 0.0:
        return -held
    missing = weight * books.account[0].nav - value_now(books, column)
    units = whole_units(books, column, abs(missing))
    return units if missing >= 0.0 else -units


@compiled
def _has_target(wishes: Wishes, place: int) -> bool:
    size, weight = _number(wishes.target_size, place), _number(wishes.target_weight, place)
    return not (np.isnan(size) and np.isnan(weight))


@compiled
def _has_entry(books: Books, column: int, direction: int) -> bool:
    entry = books.holdings[column].entry
    return entry > 0 and books.orders[entry].size * direction > 0.0 and is_alive(books, entry)


@compiled
def _cancel_all(books: Books, column: int) -> None:
    # what waits of an instrument is cancelled in the order of the queue, the oldest first
    at = 0
    while at < books.account[0].n_kept:
        ref = books.queue[at]
        if books.orders[ref].column == column:
            cancel(books, ref)
        else:
            at += 1


@compiled
def _flag(flags: Bools, place: int) -> bool:
    return len(flags) > 0 and flags[place]


@compiled
def _number(numbers: Floats, place: int) -> float:
    return numbers[place] if len(numbers) > 0 else _NAN
