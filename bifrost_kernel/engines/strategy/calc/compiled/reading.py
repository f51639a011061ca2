"""What a strategy may look at: cash, nav, holdings, and its orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_kernel.engines.strategy.calc.compiled import (
    bundle_type,  # noqa: F401  # makes books known to numba
)
from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.engines.strategy.calc.compiled.books import Books

# an order that can still be filled: PENDING_NEW, NEW, PARTIALLY_FILLED
_LAST_ALIVE = 2


@compiled
def cash_of(books: Books) -> float:
    """Return the account's cash, currency."""
    return books.account[0].cash


@compiled
def nav_of(books: Books) -> float:
    """Return the account's nav at the last close (opening cash before the first), currency."""
    return books.account[0].nav


@compiled
def position_of(books: Books, column: int) -> float:
    """Return the signed units held of an instrument."""
    return books.holdings[column].size


@compiled
def entry_price_of(books: Books, column: int) -> float:
    """Return the average price of a holding, currency per unit; 0 when flat."""
    return books.holdings[column].price


@compiled
def status_of(books: Books, ref: int) -> int:
    """Return an order's state now: an index into ORDER_STATUSES."""
    return books.orders[ref].status


@compiled
def filled_of(books: Books, ref: int) -> float:
    """Return the signed units of an order that are filled so far."""
    return books.orders[ref].filled


@compiled
def is_alive(books: Books, ref: int) -> bool:
    """Return whether an order can still be filled."""
    return books.orders[ref].status <= _LAST_ALIVE
