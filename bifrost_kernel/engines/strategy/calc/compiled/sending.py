"""What a strategy calls: orders, targets, cancel. Backtrader's strategy methods, compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from bifrost_kernel.domain.trading import SizingKind
from bifrost_kernel.engines.strategy.calc.compiled.books import FAULTS, NEVER
from bifrost_kernel.engines.strategy.calc.compiled.clock import (
    DAY_ORDER_END_US,
    DAY_US,
    SESSION_END_US,
    shown_instant_of,
)
from bifrost_kernel.engines.strategy.calc.compiled.matching import (
    CLOSE,
    MARKET,
    TRAILING_STOP,
    trail,
)
from bifrost_kernel.engines.strategy.calc.compiled.money import units_for, worth_of
from bifrost_kernel.engines.strategy.calc.compiled.orders import (
    REJECTED,
    cancel_bracket,
    cancel_waiting,
    notify,
    transmit,
)
from bifrost_kernel.engines.strategy.calc.compiled.settings import SIZINGS
from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.engines.strategy.calc.compiled.books import Books
    from bifrost_kernel.engines.strategy.calc.compiled.rows import OrderRow

_SIZE_FAULT: Final = FAULTS.index("size")
_PRICE_FAULT: Final = FAULTS.index("price")
_LIMIT_FAULT: Final = FAULTS.index("plimit")
_AMOUNT_FAULT: Final = FAULTS.index("trailamount")
_FRACTION_FAULT: Final = FAULTS.index("trailpercent")
_DIVISION_FAULT: Final = FAULTS.index("division")
_WHOLE_FAULT: Final = FAULTS.index("whole")
_ROOM_FAULT: Final = FAULTS.index("room")
_UNITS: Final = SIZINGS.index(SizingKind.UNITS)
_PERCENT_WHOLE: Final = SIZINGS.index(SizingKind.PERCENT_WHOLE)
_NAN: Final = np.nan


@compiled
def send(
    books: Books,
    column: int,
    kind: int,
    size: float,
    price: float,
    limit_price: float,
    trail_amount: float,
    trail_fraction: float,
    valid_us: int,
    oco: int,
    parent: int,
    transmits: bool,
) -> int:
    """Send an order and return its ref; 0 = nothing was ordered (size 0, or a fault).

    Parameters
    ----------
    books
        The run.
    column
        The instrument; it has had a bar.
    kind
        Index into ORDER_TYPES.
    size
        Signed units.
    price
        Limit of a limit order, trigger of a stop, reference of a trailing stop; NaN = not given.
    limit_price
        Limit of a stop-limit and of a trailing stop-limit; NaN = not given.
    trail_amount, trail_fraction
        Distance of a trailing stop: currency per unit, or a fraction of the price; NaN = not
        given.
    valid_us
        Microseconds since 1970 after which it expires; NEVER = good till cancelled.
    oco, parent
        Refs; 0 = none.
    transmits
        False = hold it back until an order of the same bracket is transmitted.

    Notes
    -----
    Nothing is judged here but what cannot be recorded: terms that are not finite set
    `account.fault`; without room the fault is "room".
    """
    if size == 0.0:
        return 0
    account, orders, holding = books.account[0], books.orders, books.holdings[column]
    ref = account.n_orders + 1
    if not _has_place(books, ref, parent):
        account.fault = _ROOM_FAULT
        return 0
    order = orders[ref]
    order.column = column
    order.kind = kind
    order.size = order.remaining = size
    order.valid_us = valid_us
    order.parent = parent
    order.active_from = NEVER if parent else 0
    order.sent_bar = order.final_bar = account.bar
    order.sent_index = holding.index
    order.sent_close = books.close[holding.offset + holding.index]
    if kind == CLOSE:
        order.session_end_us = _session_end(books, column)
    _set_prices(order, _given(price), _given(limit_price))
    if kind >= TRAILING_STOP:
        order.trail_amount = _given(trail_amount)
        order.trail_fraction = _given(trail_fraction)
        order.limit_offset = order.price - order.limit_price
        reference = order.price
        order.price = np.inf if size > 0.0 else -np.inf
        trail(order, reference)
    order.first_price = order.price
    order.first_limit = order.limit_price
    if not _is_finite(books, order):
        return 0
    account.n_orders = ref
    account.n_expiring += valid_us != NEVER
    _join_group(books, ref, oco)
    _submit(books, ref, transmits)
    return ref


@compiled
def cancel(books: Books, ref: int) -> bool:
    """Cancel an order and its bracket; False when it was not waiting to be matched."""
    if not cancel_waiting(books, ref):
        return False
    cancel_bracket(books, ref)
    return True


@compiled
def size_by_sizing(books: Books, column: int) -> float:
    """Return the units that the run's sizing orders, as Backtrader's sizer gives them.

    Parameters
    ----------
    books
        The run.
    column
        The instrument.

    Notes
    -----
    Percent sizing returns a holding's own size, negative for a short; the order takes its
    magnitude.
    """
    settings, holding = books.settings[0], books.holdings[column]
    if settings.sizing == _UNITS:
        return settings.units
    size = holding.size
    if size == 0.0:
        price = price_now(books, column)
        if price == 0.0:
            books.account[0].fault = _DIVISION_FAULT
            return 0.0
        size = books.account[0].cash / price * settings.units
    if settings.sizing == _PERCENT_WHOLE:
        if not np.isfinite(size):
            books.account[0].fault = _WHOLE_FAULT
            return 0.0
        size = float(np.trunc(size))
    return size


@compiled
def price_now(books: Books, column: int) -> float:
    """Return the price that a strategy goes by: the close of an instrument's bar, or its open."""
    holding = books.holdings[column]
    at = holding.offset + holding.index
    return float(books.open[at] if books.settings[0].acts_at_open else books.close[at])


@compiled
def value_now(books: Books, column: int) -> float:
    """Return what a holding is worth at `price_now`, below 0 for a short; margin for futures."""
    holding = books.holdings[column]
    price = price_now(books, column)
    return worth_of(books.settings[0], holding.size, holding.price, price)


@compiled
def whole_units(books: Books, column: int, cash: float) -> float:
    """Return the whole units that an amount of cash binds at `price_now`."""
    units = units_for(books.settings[0], cash, price_now(books, column))
    if not np.isfinite(units):
        books.account[0].fault = _DIVISION_FAULT if np.isnan(units) else _WHOLE_FAULT
        return 0.0
    return units


@compiled
def send_market(books: Books, column: int, size: float) -> int:
    """Order signed units at market; return the ref or 0."""
    return send(books, column, MARKET, size, _NAN, _NAN, _NAN, _NAN, NEVER, 0, 0, True)


@compiled
def send_target_size(books: Books, column: int, size: float) -> int:
    """Order what is missing to a holding of `size` signed units; return the ref or 0."""
    return send_market(books, column, size - books.holdings[column].size)


@compiled
def send_target_value(books: Books, column: int, value: float) -> int:
    """Order what is missing to a holding worth `value` at this close; return the ref or 0."""
    held = books.holdings[column].size
    if value == 0.0 and held != 0.0:
        return send_market(books, column, -held)
    missing = value - value_now(books, column)
    units = whole_units(books, column, abs(missing)) if missing != 0.0 else 0.0
    return send_market(books, column, units if missing > 0.0 else -units)


@compiled
def send_target_weight(books: Books, column: int, weight: float) -> int:
    """Order what is missing to a holding worth `weight` x nav; return the ref or 0."""
    return send_target_value(books, column, weight * books.account[0].nav)


@compiled
def valid_until(books: Books, column: int, days: float) -> int:
    """Return the `valid_us` of an order good for `days` from the instrument's bar.

    Parameters
    ----------
    books
        The run.
    column
        The instrument.
    days
        NaN = good till cancelled; 0 = to the end of that bar's day; else days, fractions
        allowed, rounded to whole microseconds as ``datetime.timedelta`` does.
    """
    if np.isnan(days):
        return NEVER
    now = shown_instant_of(books, books.holdings[column])
    whole = np.trunc(days)
    rest = (days - whole) * DAY_US
    length = int(whole) * DAY_US + int(np.trunc(rest))
    rest -= np.trunc(rest)
    if abs(rest) > 0.5 or (abs(rest) == 0.5 and length % 2):
        length += 1 if rest > 0.0 else -1
    if length == 0:
        return now - now % DAY_US + DAY_ORDER_END_US
    return now + length


@compiled
def _given(number: float) -> float:
    return 0.0 if np.isnan(number) else number


@compiled
def _set_prices(order: OrderRow, price: float, limit_price: float) -> None:
    if price == 0.0:
        price = limit_price if limit_price != 0.0 else order.sent_close
    order.price = price
    order.limit_price = limit_price if limit_price != 0.0 else price


@compiled
def _is_finite(books: Books, order: OrderRow) -> bool:
    terms = (
        (_SIZE_FAULT, order.size),
        (_PRICE_FAULT, order.price),
        (_LIMIT_FAULT, order.limit_price),
        (_AMOUNT_FAULT, order.trail_amount),
        (_FRACTION_FAULT, order.trail_fraction),
    )
    for fault, value in terms:
        if not np.isfinite(value):
            books.account[0].fault = fault
            books.account[0].fault_value = value
            return False
    return True


@compiled
def _session_end(books: Books, column: int) -> int:
    now = shown_instant_of(books, books.holdings[column])
    end = now - now % DAY_US + SESSION_END_US
    return end + DAY_US if end < now else end


@compiled
def _has_place(books: Books, ref: int, parent: int) -> bool:
    account, orders = books.account[0], books.orders
    n_sent = 1
    member = orders[parent].group_head if parent else 0
    while member:
        n_sent += 1
        member = orders[member].group_next
    return (
        ref < len(orders)
        and account.n_submitted + n_sent <= len(books.submitted)
        and account.n_events + n_sent <= len(books.events)
    )


@compiled
def _join_group(books: Books, ref: int, oco: int) -> None:
    orders = books.orders
    leader = orders[oco].oco if oco else ref
    orders[ref].oco = leader
    orders[ref].oco_joined = orders[leader].oco_round
    orders[leader].oco_count += 1


@compiled
def _submit(books: Books, ref: int, transmits: bool) -> None:
    orders = books.orders
    parent = orders[ref].parent
    if parent and not orders[parent].has_group:
        notify(books, ref, REJECTED)
        return
    leader = orders[parent or ref]
    leader.has_group = 1
    if leader.group_head:
        orders[leader.group_tail].group_next = ref
    else:
        leader.group_head = ref
    leader.group_tail = ref
    member = leader.group_head
    while transmits and member:
        transmit(books, member)
        member = orders[member].group_next
