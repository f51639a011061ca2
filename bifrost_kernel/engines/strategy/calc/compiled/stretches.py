"""Runs of bars on which nothing can happen but that a holding changes its value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.engines.strategy.calc.compiled.books import Books


@compiled
def pass_quiet_bars(books: Books, stop_bar: int) -> None:
    """Run on while no order can fill, and no later than until `stop_bar` bars are done.

    Parameters
    ----------
    books
        The run.
    stop_bar
        1 to T.

    Notes
    -----
    For one instrument of stock without interest; in all other cases it does nothing.
    """
    if books.account[0].bar >= stop_bar:
        return
