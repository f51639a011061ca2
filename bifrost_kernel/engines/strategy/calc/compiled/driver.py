"""The loops over bars: each goes on from where the books stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.engines.strategy.calc.compiled.books import Books
    from bifrost_kernel.engines.strategy.calc.compiled.laying import Wishes


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
    raise NotImplementedError


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
    raise NotImplementedError


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
    raise NotImplementedError
