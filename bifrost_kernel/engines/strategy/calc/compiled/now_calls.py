"""What a compiled function's calls of `now` do: judge the terms, then send.

Imports numba: load it on first use only.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from bifrost_kernel.engines.strategy.calc.compiled.books import FAULTS, NEVER
from bifrost_kernel.engines.strategy.calc.compiled.broker import has_room
from bifrost_kernel.engines.strategy.calc.compiled.now_type import (
    asked_in,
    books_of,
    column_of,
    refusal_in,
)
from bifrost_kernel.engines.strategy.calc.compiled.reading import is_alive
from bifrost_kernel.engines.strategy.calc.compiled.scene import (
    CALLS,
    EXPECTED,
    IS_GIVEN,
    KIND,
    KINDS,
    TERMS,
    VALUE,
)
from bifrost_kernel.engines.strategy.calc.compiled.sending import (
    cancel,
    send,
    send_target_size,
    send_target_value,
    send_target_weight,
    size_by_sizing,
    valid_until,
)
from bifrost_kernel.engines.strategy.calc.jit import compiled
from bifrost_kernel.engines.strategy.calc.terms import (
    A_DISTANCE,
    A_LIFETIME,
    A_NUMBER,
    A_PRICE,
    A_SIZE,
    CLOSE,
    LIMIT,
    MARKET,
    MICROSECONDS_PER_DAY,
    MOST_DAYS,
    STOP,
    STOP_LIMIT,
    TRAILING_STOP,
    TRAILING_STOP_LIMIT,
)

BUY: Final = CALLS.index("now.buy")
CLOSE_POSITION: Final = CALLS.index("now.close_position")
BUY_BRACKET: Final = CALLS.index("now.buy_bracket")
TARGET_SIZE: Final = CALLS.index("now.target_size")
TARGET_VALUE: Final = CALLS.index("now.target_value")
CANCEL: Final = CALLS.index("now.cancel")
IS_ALIVE: Final = CALLS.index("now.is_alive")
STATUS: Final = CALLS.index("now.status")

SIZE_TERM: Final = TERMS.index("size")
LIMIT_TERM: Final = TERMS.index("limit")
STOP_TERM: Final = TERMS.index("stop")
TRAIL_TERM: Final = TERMS.index("trail")
FRACTION_TERM: Final = TERMS.index("trail_fraction")
DAYS_TERM: Final = TERMS.index("days")
OCO_TERM: Final = TERMS.index("oco")
PARENT_TERM: Final = TERMS.index("parent")
STOP_LOSS_TERM: Final = TERMS.index("stop_loss")
PROFIT_TERM: Final = TERMS.index("take_profit")
UNITS_TERM: Final = TERMS.index("units")
REF_TERM: Final = TERMS.index("ref")
INSTRUMENT_TERM: Final = TERMS.index("instrument")
AT_CLOSE_TERM: Final = TERMS.index("at_close")
TRANSMIT_TERM: Final = TERMS.index("transmit")

PRICE: Final = EXPECTED.index(A_PRICE)
DISTANCE: Final = EXPECTED.index(A_DISTANCE)
SIZE: Final = EXPECTED.index(A_SIZE)
NUMBER: Final = EXPECTED.index(A_NUMBER)
LIFETIME: Final = EXPECTED.index(A_LIFETIME)
NOT_BESIDE_TRAIL: Final = EXPECTED.index("none beside trail")
NOT_AT_CLOSE: Final = EXPECTED.index("none with at_close")
BEGUN: Final = EXPECTED.index("one that has had its first bar")
REF: Final = EXPECTED.index("ref")
FLAG: Final = KINDS.index(bool)
ROOM_FAULT: Final = FAULTS.index("room")
NAN: Final = float("nan")


class RefusedTermError(Exception):
    """A term that cannot be used; which one stands in `Scene.refusal`."""


class StoppedRunError(Exception):
    """The tables are full, or the broker met a fault; which one stands in `account.fault`."""


@compiled
def refuse(now: Any, call: int, term: int, expected: int) -> None:
    """Write down which term is refused, and raise."""
    refusal = refusal_in(now)[0]
    refusal.call = call
    refusal.term = term
    refusal.expected = expected
    refusal.column = column_of(now)
    raise RefusedTermError


@compiled
def read_number(now: Any, call: int, term: int, expected: int) -> float:
    """Return a term that is a finite number; NaN when it was not given."""
    asked = asked_in(now)
    if asked[IS_GIVEN, term] == 0.0:
        return NAN
    if asked[KIND, term] == FLAG or not np.isfinite(asked[VALUE, term]):
        refuse(now, call, term, expected)
    return float(asked[VALUE, term])


@compiled
def read_above_zero(now: Any, call: int, term: int, expected: int) -> float:
    """Return a term that is a finite number above zero; NaN when it was not given."""
    number = read_number(now, call, term, expected)
    if number <= 0.0:
        refuse(now, call, term, expected)
    return number


@compiled
def read_ref(now: Any, call: int, term: int) -> int:
    """Return a term that is the ref of an order."""
    number = read_number(now, call, term, REF)
    if number != np.floor(number) or not 1.0 <= number <= books_of(now).account[0].n_orders:
        refuse(now, call, term, REF)
    return int(number)


@compiled
def read_optional_ref(now: Any, call: int, term: int) -> int:
    """Return a term that is the ref of an order, or 0."""
    return 0 if asked_in(now)[VALUE, term] == 0.0 else read_ref(now, call, term)


@compiled
def read_valid(now: Any, call: int) -> int:
    """Return until when an order is good, microseconds since 1970."""
    days = read_number(now, call, DAYS_TERM, LIFETIME)
    if np.isnan(days):
        return NEVER
    is_long_enough = 0.0 < days <= MOST_DAYS and np.rint(days * MICROSECONDS_PER_DAY) > 0.0
    if days != 0.0 and not is_long_enough:
        refuse(now, call, DAYS_TERM, LIFETIME)
    return valid_until(books_of(now), column_of(now), days)


@compiled
def read_kind(now: Any, call: int) -> int:
    """Return the kind of order that the terms make, an index into ORDER_TYPES."""
    asked = asked_in(now)
    has_limit, has_stop = asked[IS_GIVEN, LIMIT_TERM] > 0, asked[IS_GIVEN, STOP_TERM] > 0
    has_trail, has_fraction = asked[IS_GIVEN, TRAIL_TERM] > 0, asked[IS_GIVEN, FRACTION_TERM] > 0
    if has_trail and has_fraction:
        refuse(now, call, FRACTION_TERM, NOT_BESIDE_TRAIL)
    if asked[VALUE, AT_CLOSE_TERM] != 0.0:
        for term in (LIMIT_TERM, STOP_TERM, TRAIL_TERM, FRACTION_TERM):
            if asked[IS_GIVEN, term] > 0:
                refuse(now, call, term, NOT_AT_CLOSE)
        return CLOSE
    if has_trail or has_fraction:
        return TRAILING_STOP_LIMIT if has_limit else TRAILING_STOP
    if has_stop:
        return STOP_LIMIT if has_limit else STOP
    return LIMIT if has_limit else MARKET


@compiled
def read_close(now: Any) -> float:
    """Return the close of the instrument's last bar."""
    books = books_of(now)
    holding = books.holdings[column_of(now)]
    return float(books.close[holding.offset + holding.index])


@compiled
def require_begun(now: Any, call: int) -> None:
    """Refuse to send an order for an instrument that has had no bar."""
    if books_of(now).holdings[column_of(now)].index < 0:
        refuse(now, call, INSTRUMENT_TERM, BEGUN)


@compiled
def read_units(now: Any, call: int) -> float:
    """Return how many units to order, 0 or more."""
    number = read_number(now, call, SIZE_TERM, SIZE)
    if np.isnan(number):
        books = books_of(now)
        units = abs(size_by_sizing(books, column_of(now)))
        if books.account[0].fault:
            raise StoppedRunError
        return units
    if number < 0.0:
        refuse(now, call, SIZE_TERM, SIZE)
    return number


@compiled
def dispatch(  # compiled code takes positions
    now: Any,
    kind: int,
    size: float,
    price: float,
    limit_price: float,
    trail: float,
    fraction: float,
    valid_us: int,
    oco: int,
    parent: int,
    transmit: bool,  # likewise
) -> int:
    """Send an order; raise where the broker cannot take it."""
    books = books_of(now)
    column = column_of(now)
    ref = send(
        books, column, kind, size, price, limit_price, trail, fraction, valid_us, oco, parent,
        transmit,
    )  # fmt: skip
    if books.account[0].fault:
        raise StoppedRunError
    return ref


@compiled
def order(now: Any, call: int) -> int:
    """Judge the terms of an order, send it and return its ref; 0 = nothing was ordered.

    Parameters
    ----------
    now
        The instrument; its scene holds the terms.
    call
        Index into CALLS: buy, sell or close_position.
    """
    require_begun(now, call)
    valid_us = read_valid(now, call)
    limit = read_above_zero(now, call, LIMIT_TERM, PRICE)
    stop = read_above_zero(now, call, STOP_TERM, PRICE)
    kind = read_kind(now, call)
    trail = read_above_zero(now, call, TRAIL_TERM, DISTANCE)
    fraction = read_above_zero(now, call, FRACTION_TERM, DISTANCE)
    oco = read_optional_ref(now, call, OCO_TERM)
    parent = read_optional_ref(now, call, PARENT_TERM)
    transmit = asked_in(now)[VALUE, TRANSMIT_TERM] != 0.0
    price, limit_price = stop, limit
    if kind == LIMIT:
        price, limit_price = limit, NAN
    elif kind in (TRAILING_STOP, TRAILING_STOP_LIMIT) and np.isnan(stop):
        price = read_close(now)
    if call == CLOSE_POSITION:
        size = -books_of(now).holdings[column_of(now)].size
    else:
        size = read_units(now, call)
        if call != BUY:
            size = -size
    if size == 0.0:
        return 0
    return dispatch(
        now, kind, size, price, limit_price, trail, fraction, valid_us, oco, parent, transmit
    )


@compiled
def bracket(now: Any, call: int) -> int:
    """Judge the terms of an entry and what protects it, send them, return the entry's ref.

    Parameters
    ----------
    now
        The instrument; its scene holds the terms.
    call
        Index into CALLS: buy_bracket or sell_bracket.
    """
    require_begun(now, call)
    limit = read_above_zero(now, call, LIMIT_TERM, PRICE)
    stop = read_above_zero(now, call, STOP_TERM, PRICE)
    kind = read_kind_of_entry(limit, stop)
    stop_loss = read_above_zero(now, call, STOP_LOSS_TERM, PRICE)
    trail = read_above_zero(now, call, TRAIL_TERM, DISTANCE)
    profit = read_above_zero(now, call, PROFIT_TERM, PRICE)
    size = read_units(now, call)
    if size == 0.0:
        return 0
    if call != BUY_BRACKET:
        size = -size
    has_loss, has_trail, has_profit = stop_loss > 0.0, trail > 0.0, profit > 0.0
    price, limit_price = (limit, NAN) if kind == LIMIT else (stop, limit)
    reference = read_close(now)
    if stop > 0.0:
        reference = stop
    if limit > 0.0:
        reference = limit
    is_alone = not (has_loss or has_trail or has_profit)
    entry = dispatch(now, kind, size, price, limit_price, NAN, NAN, NEVER, 0, 0, is_alone)
    if has_loss:
        is_last = not (has_trail or has_profit)
        dispatch(now, STOP, -size, stop_loss, NAN, NAN, NAN, NEVER, 0, entry, is_last)
    if has_trail:
        dispatch(
            now, TRAILING_STOP, -size, reference, NAN, trail, NAN, NEVER, 0, entry, not has_profit
        )
    if has_profit:
        dispatch(now, LIMIT, -size, profit, NAN, NAN, NAN, NEVER, 0, entry, True)
    return entry


@compiled
def read_kind_of_entry(limit: float, stop: float) -> int:
    """Return the kind of order that a bracket begins with."""
    if stop > 0.0:
        return STOP_LIMIT if limit > 0.0 else STOP
    return LIMIT if limit > 0.0 else MARKET


@compiled
def target(now: Any, call: int) -> int:
    """Order what is missing to a holding, and return the ref; 0 = nothing is missing.

    Parameters
    ----------
    now
        The instrument; its scene holds the term.
    call
        Index into CALLS: target_size, target_value or target_weight.
    """
    require_begun(now, call)
    amount = read_number(now, call, UNITS_TERM + (call - TARGET_SIZE), NUMBER)
    books, column = books_of(now), column_of(now)
    if call == TARGET_SIZE:
        ref = send_target_size(books, column, amount)
    elif call == TARGET_VALUE:
        ref = send_target_value(books, column, amount)
    else:
        ref = send_target_weight(books, column, amount)
    if books.account[0].fault:
        raise StoppedRunError
    return ref


@compiled
def ask(now: Any, call: int) -> float:
    """Answer a question about an order, or cancel it.

    Parameters
    ----------
    now
        Any instrument; its scene holds the order's ref.
    call
        Index into CALLS: cancel, is_alive, status or filled.
    """
    books = books_of(now)
    if call != STATUS and asked_in(now)[VALUE, REF_TERM] == 0.0:
        return 0.0
    ref = read_ref(now, call, REF_TERM)
    if call == CANCEL:
        if not has_room(books, 1):
            books.account[0].fault = ROOM_FAULT
            raise StoppedRunError
        return 1.0 if cancel(books, ref) else 0.0
    if call == IS_ALIVE:
        return 1.0 if is_alive(books, ref) else 0.0
    if call == STATUS:
        return float(books.orders[ref].status)
    return float(books.orders[ref].filled)
