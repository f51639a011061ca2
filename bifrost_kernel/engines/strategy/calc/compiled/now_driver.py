"""The loop over bars that calls a person's compiled function at each close.

Imports numba: load it on first use only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bifrost_kernel.engines.strategy.calc.compiled.books import DONE, FAILED, NEEDS_ROOM
from bifrost_kernel.engines.strategy.calc.compiled.broker import has_room, step_broker
from bifrost_kernel.engines.strategy.calc.compiled.now_type import (
    begin,
    books_of,
    call_at,
    note_pulse,
    turned_to,
)
from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats, Ints

ORDERS_PER_CALL: Final = 16
"""Room that is kept free for what one call may send; more than that grows the tables again."""


@compiled
def advance_on_bar(
    table: Ints, address: int, parameters: Floats, is_together: int, stop_bar: int
) -> int:
    """Run on until `stop_bar` bars are done; return DONE, NEEDS_ROOM or FAILED.

    Parameters
    ----------
    table
        The scene's.
    address
        Where the machine code of ``f(now, parameters)`` lies.
    parameters
        The function's parameters.
    is_together
        1 = it is called once at each bar; 0 = for each instrument that has a bar there.
    stop_bar
        1 to T.
    """
    now = begin(table)
    books = books_of(now)
    account, holdings = books.account[0], books.holdings
    n_columns = len(holdings)
    while not account.fault:
        if account.bar + 1 >= stop_bar:
            return DONE
        if not has_room(books, ORDERS_PER_CALL * n_columns):
            return NEEDS_ROOM
        step_broker(books)
        if account.fault:
            return FAILED
        note_pulse(now, account.bar)
        if is_together:
            call_at(address, now, parameters)
            continue
        for column in range(n_columns):
            if holdings[column].bar == account.bar:
                call_at(address, turned_to(now, column), parameters)
    return FAILED
