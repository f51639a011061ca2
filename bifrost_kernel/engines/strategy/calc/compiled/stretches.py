"""Runs of bars on which nothing can happen but that a holding changes its value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from bifrost_kernel.engines.strategy.calc.compiled.books import FAULTS, NEVER
from bifrost_kernel.engines.strategy.calc.compiled.clock import is_later, time_of
from bifrost_kernel.engines.strategy.calc.compiled.matching import (
    CLOSE,
    LIMIT,
    TRAILING_STOP,
    trail,
)
from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.engines.strategy.calc.compiled.books import Books

_VALUE_FAULT: Final = FAULTS.index("value")
_CANNOT_PASS: Final = -1


@compiled
def pass_quiet_bars(books: Books, stop_bar: int) -> None:
    """Run on while no order can fill, at most until `stop_bar` bars are done.

    Parameters
    ----------
    books
        The run.
    stop_bar
        1 to T.

    Notes
    -----
    For one instrument of stock that is not charged interest; otherwise it does nothing. What it
    does not pass over is worked through by `work_bar`, with the same result.
    """
    account, settings, holding = books.account[0], books.settings[0], books.holdings[0]
    if len(books.holdings) > 1 or account.n_submitted or not settings.is_stock:
        return
    if holding.size != 0.0 and settings.interest_per_day != 0.0:
        return
    if holding.size < 0.0 and not settings.short_cash:
        return
    first = account.bar + 1
    stop_bar = _first_due(books, first, stop_bar)
    if first < stop_bar and account.n_kept:
        stop_bar = _first_touched(books, first, stop_bar)
    if first < stop_bar:
        _value(books, first, stop_bar)


@compiled
def _first_due(books: Books, first: int, stop_bar: int) -> int:
    """Return the first bar at which a dividend is paid or an order expires, or `stop_bar`."""
    account, orders = books.account[0], books.orders
    if account.n_paid < len(books.payments):
        stop_bar = min(stop_bar, books.payments[account.n_paid].bar)
    if not account.n_expiring:
        return stop_bar
    for at in range(account.n_kept):
        valid_us = orders[books.queue[at]].valid_us
        low = first
        while valid_us != NEVER and low < stop_bar:
            middle = (low + stop_bar) // 2
            if is_later(time_of(books, middle), valid_us):
                stop_bar = middle
            else:
                low = middle + 1
    return stop_bar


@compiled
def _first_touched(books: Books, first: int, stop_bar: int) -> int:
    """Return the first bar on which an order may fill, or `stop_bar`; a trailing stop follows."""
    floor, ceiling, trailing = _levels(books, first)
    if trailing == _CANNOT_PASS:
        return first
    opens, highs, lows, closes = books.open, books.high, books.low, books.close
    for bar in range(first, stop_bar):
        opened = opens[bar]
        if opened <= floor or lows[bar] <= floor or opened >= ceiling or highs[bar] >= ceiling:
            return bar
        if trailing:
            order = books.orders[trailing]
            trail(order, closes[bar])
            if order.size > 0.0:
                ceiling = min(ceiling, order.price)
            else:
                floor = max(floor, order.price)
    return stop_bar


@compiled
def _levels(books: Books, first: int) -> tuple[float, float, int]:
    """Return below and above which prices an order may fill, and the trailing stop's ref."""
    floor, ceiling = -np.inf, np.inf
    trailing = 0
    for at in range(books.account[0].n_kept):
        ref = books.queue[at]
        order = books.orders[ref]
        if order.active_from > first:
            continue
        if order.kind <= CLOSE:
            return floor, ceiling, _CANNOT_PASS
        if order.kind >= TRAILING_STOP and not order.is_triggered:
            trailing = _CANNOT_PASS if trailing else ref
        is_limit = order.kind == LIMIT or order.is_triggered
        level = order.limit_price if order.is_triggered else order.price
        if is_limit == (order.size > 0.0):
            floor = max(floor, level)
        else:
            ceiling = min(ceiling, level)
    return floor, ceiling, trailing


@compiled
def _value(books: Books, first: int, stop_bar: int) -> None:
    account, holding, settings = books.account[0], books.holdings[0], books.settings[0]
    closes, navs, cashes = books.close, books.nav, books.cash
    cash, size, entry = account.cash, holding.size, holding.price
    multiplier, leverage = settings.multiplier, settings.leverage
    is_wrong = False
    if size == 0.0:
        navs[first:stop_bar] = cash
        cashes[first:stop_bar] = cash
    else:
        for bar in range(first, stop_bar):
            worth = size * closes[bar]
            gain = size * (closes[bar] - entry) * multiplier
            total = (worth - gain) / leverage + gain if worth > 0.0 else worth
            nav = cash + total
            navs[bar] = nav
            cashes[bar] = cash
            is_wrong |= nav - nav != 0.0
    last = stop_bar - 1
    if is_wrong:
        last = first
        while np.isfinite(navs[last]):
            last += 1
        account.fault = _VALUE_FAULT
    account.bar = holding.index = holding.bar = last
    account.told_bar = last + 1
    account.nav = navs[last]
