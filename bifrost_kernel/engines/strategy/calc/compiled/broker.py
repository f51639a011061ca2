"""One bar of the broker, step by step as Backtrader takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from bifrost_kernel.engines.strategy.calc.compiled.books import FAULTS, NEVER
from bifrost_kernel.engines.strategy.calc.compiled.clock import (
    advance_bars,
    day_of,
    instant_of,
    is_later,
)
from bifrost_kernel.engines.strategy.calc.compiled.execution import cash_after_trying, execute
from bifrost_kernel.engines.strategy.calc.compiled.matching import (
    MARKET,
    TRAILING_STOP,
    TRAILING_STOP_LIMIT,
    price_for,
    trail,
)
from bifrost_kernel.engines.strategy.calc.compiled.money import add_worth, gain_of
from bifrost_kernel.engines.strategy.calc.compiled.orders import (
    EXPIRED,
    FILLED,
    MARGIN,
    PARTIALLY_FILLED,
    REJECTED,
    accept,
    cancel_bracket,
    dissolve_group,
    follow_fill,
    notify,
)
from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.engines.strategy.calc.compiled.books import Books
    from bifrost_kernel.engines.strategy.calc.compiled.rows import OrderRow

_VALUE_FAULT: Final = FAULTS.index("value")


@compiled
def has_room(books: Books, n_new: int) -> bool:
    """Return whether the tables hold what one more bar can bring, with `n_new` more orders."""
    account = books.account[0]
    n_live = account.n_kept + account.n_submitted + n_new
    return (
        account.n_orders + n_new + 1 < len(books.orders)
        and n_live < len(books.queue)
        and n_live < len(books.submitted)
        and account.n_events + 5 * n_live + 16 < len(books.events)
        and account.n_fills + n_live < len(books.fills)
    )


@compiled
def step_broker(books: Books) -> None:
    """Open the next bar and work through it."""
    open_bar(books)
    work_bar(books)


@compiled
def open_bar(books: Books) -> None:
    """Go on to the next bar of the timeline, before anything is matched on it."""
    account = books.account[0]
    account.bar += 1
    advance_bars(books, account.bar)


@compiled
def work_bar(books: Books) -> None:
    """Work through the bar that is open: dividends, checks, interest, matching, value, record."""
    settings, account = books.settings[0], books.account[0]
    if account.n_paid < len(books.payments):
        _pay_dividends(books)
    if account.n_submitted:
        _check_submitted(books)
    if settings.interest_per_day != 0.0:
        _charge_interest(books)
    if account.n_kept:
        _match_queue(books)
    if not settings.is_stock:
        _settle_futures(books)
    total = 0.0
    for column in range(len(books.holdings)):
        holding = books.holdings[column]
        if holding.size != 0.0:
            close = books.close[holding.offset + holding.index]
            total = add_worth(settings, total, holding, close)
    account.nav = account.cash + total
    books.nav[account.bar] = account.nav
    books.cash[account.bar] = account.cash
    account.told_bar = account.bar + 1
    if not np.isfinite(account.nav) and not account.fault:
        account.fault = _VALUE_FAULT


@compiled
def _pay_dividends(books: Books) -> None:
    account, payments = books.account[0], books.payments
    while account.n_paid < len(payments) and payments[account.n_paid].bar == account.bar:
        due = payments[account.n_paid]
        account.n_paid += 1
        held = books.holdings[due.column].size
        if held != 0.0:
            paid = due.amount * held
            account.cash += paid
            books.dividends[account.bar] += paid


@compiled
def _check_submitted(books: Books) -> None:
    account, orders = books.account[0], books.orders
    cash = account.cash
    for at in range(account.n_submitted):
        ref = books.submitted[at]
        order = orders[ref]
        if order.parent and not orders[order.parent].has_group:
            notify(books, ref, REJECTED)
            continue
        cash = cash_after_trying(books, order, cash)
        if cash >= 0.0:
            accept(books, ref)
            continue
        notify(books, ref, MARGIN)
        dissolve_group(books, ref)
        cancel_bracket(books, ref)
    account.n_submitted = 0


@compiled
def _charge_interest(books: Books) -> None:
    settings, account = books.settings[0], books.account[0]
    charged = 0.0
    for column in range(len(books.holdings)):
        holding = books.holdings[column]
        if holding.size == 0.0:
            continue
        day = day_of(books, holding)
        if (holding.size < 0.0 or settings.charges_long) and day > holding.charged_day:
            days = day - holding.charged_day
            interest = days * settings.interest_per_day * abs(holding.size) * holding.price
            holding.interest += interest
            charged += interest
        holding.charged_day = day
    account.cash -= charged


@compiled
def _match_queue(books: Books) -> None:
    account, orders, queue = books.account[0], books.orders, books.queue
    account.n_read, account.n_end, account.n_kept = 0, account.n_kept, 0
    while account.n_read < account.n_end:
        ref = queue[account.n_read]
        account.n_read += 1
        if not ref:
            continue
        order = orders[ref]
        if _is_expired(books, order):
            notify(books, ref, EXPIRED)
            dissolve_group(books, ref)
            cancel_bracket(books, ref)
            continue
        is_active = order.active_from <= account.bar
        if is_active:
            _match(books, ref)
        if not is_active or order.status <= PARTIALLY_FILLED:
            queue[account.n_kept] = ref
            account.n_kept += 1
        elif order.status == FILLED:
            follow_fill(books, ref)
    account.n_read = account.n_end = 0


@compiled
def _match(books: Books, ref: int) -> None:
    order = books.orders[ref]
    was_triggered = order.is_triggered
    price = price_for(books, order)
    if not np.isnan(price):
        execute(books, ref, price)
    if order.kind < TRAILING_STOP or order.status > PARTIALLY_FILLED:
        return
    if order.kind == TRAILING_STOP_LIMIT and was_triggered:
        return
    holding = books.holdings[order.column]
    trail(order, books.close[holding.offset + holding.index])


@compiled
def _is_expired(books: Books, order: OrderRow) -> bool:
    if order.valid_us == NEVER or order.kind == MARKET:
        return False
    return is_later(instant_of(books, books.holdings[order.column]), order.valid_us)


@compiled
def _settle_futures(books: Books) -> None:
    settings, account = books.settings[0], books.account[0]
    for column in range(len(books.holdings)):
        holding = books.holdings[column]
        if holding.size != 0.0:
            close = books.close[holding.offset + holding.index]
            account.cash += gain_of(settings, holding.size, holding.adjusted_from, close)
            holding.adjusted_from = close
