"""One bar of the broker, step by step as Backtrader takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.engines.strategy.calc.compiled.books import Books


@compiled
def open_bar(books: Books) -> None:
    """Go on to the next bar of the timeline, before anything is matched on it."""
    raise NotImplementedError


@compiled
def work_bar(books: Books) -> None:
    """Work through the bar that is open: dividends, checks, interest, matching, value, record."""
    raise NotImplementedError


@compiled
def step_broker(books: Books) -> None:
    """Open the next bar and work through it."""
    open_bar(books)
    work_bar(books)


@compiled
def has_room(books: Books, n_orders: int) -> bool:
    """Return whether the tables hold one more bar's events and `n_orders` more orders."""
    raise NotImplementedError
