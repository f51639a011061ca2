"""The loops over bars: each goes on from where the books stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bifrost_kernel.engines.strategy.calc.compiled.acting import act
from bifrost_kernel.engines.strategy.calc.compiled.books import DONE, FAILED, NEEDS_ROOM
from bifrost_kernel.engines.strategy.calc.compiled.broker import (
    has_room,
    open_bar,
    step_broker,
    work_bar,
)
from bifrost_kernel.engines.strategy.calc.compiled.stretches import pass_quiet_bars
from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.engines.strategy.calc.compiled.books import Books
    from bifrost_kernel.engines.strategy.calc.plan import Wishes

# an entry that turns a holding around, with three children
_ORDERS_PER_WISH: Final = 5
_ORDERS_PER_CALL: Final = 64


@compiled
def advance_wishes(books: Books, wishes: Wishes, stop_bar: int) -> int:
    """Run on until `stop_bar` bars are done; return DONE, NEEDS_ROOM or FAILED.

    Parameters
    ----------
    books, wishes
        The run, and what is wished at which bar.
    stop_bar
        1 to T.
    """
    account = books.account[0]
    early = books.settings[0].acts_at_open
    while not account.fault:
        first = account.n_acted
        last = _end_of_bar(wishes, first, account.bar + early)
        if not has_room(books, _ORDERS_PER_WISH * (last - first)):
            return NEEDS_ROOM
        if not early and last > first:
            account.n_acted = last
            act(books, wishes, first, last)
            continue
        if account.bar + 1 >= stop_bar:
            return DONE
        if last == first:
            stands_still_at = stop_bar if last == len(wishes.at) else wishes.at[last] + 1 - early
            pass_quiet_bars(books, min(stop_bar, stands_still_at))
            if account.bar + 1 >= min(stop_bar, stands_still_at):
                continue
        open_bar(books)
        if last > first:
            account.n_acted = last
            act(books, wishes, first, last)
        work_bar(books)
    return FAILED


@compiled
def advance_broker(books: Books, stop_bar: int) -> int:
    """Run on until `stop_bar` bars are done while nothing is sent; return likewise.

    Parameters
    ----------
    books
        The run.
    stop_bar
        1 to T; not beyond `account.bar` + 1 does nothing.
    """
    account = books.account[0]
    while not account.fault:
        pass_quiet_bars(books, stop_bar)
        if account.bar + 1 >= stop_bar:
            return FAILED if account.fault else DONE
        if not has_room(books, 0):
            return NEEDS_ROOM
        step_broker(books)
    return FAILED


@compiled
def advance_function(books: Books, on_bar: Any, terms: Any, stop_bar: int) -> int:
    """Run on until `stop_bar` bars are done, calling a compiled function at each close.

    Parameters
    ----------
    books
        The run.
    on_bar
        ``on_bar(books, column, terms)``, compiled; called for each column that has a bar there,
        in column order.
    terms
        What it is given besides.
    stop_bar
        1 to T.

    Notes
    -----
    Orders that found no room set the fault "room": begin again with grown books.
    """
    account, holdings = books.account[0], books.holdings
    while not account.fault:
        if account.bar + 1 >= stop_bar:
            return DONE
        if not has_room(books, _ORDERS_PER_CALL):
            return NEEDS_ROOM
        step_broker(books)
        for column in range(len(holdings)):
            if holdings[column].bar == account.bar and not account.fault:
                on_bar(books, column, terms)
    return FAILED


@compiled
def _end_of_bar(wishes: Wishes, first: int, bar: int) -> int:
    last = first
    while last < len(wishes.at) and wishes.at[last] == bar:
        last += 1
    return last
