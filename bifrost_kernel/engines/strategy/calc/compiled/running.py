"""A run of wishes from its first bar to its last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bifrost_kernel.engines.strategy.calc.compiled.books import (
    FAILED,
    NEEDS_ROOM,
    bind,
    grow_books,
)
from bifrost_kernel.engines.strategy.calc.compiled.driver import advance_wishes
from bifrost_kernel.engines.strategy.calc.plan import WISH_FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from bifrost_kernel.engines.strategy.calc.compiled.books import Books
    from bifrost_kernel.engines.strategy.calc.plan import Wishes

_PARTS: Final = 100
_FEWEST_BARS: Final = 50_000


def run_wishes(books: Books, wishes: Wishes, tell: Callable[[int], object]) -> Books:
    """Return the books at the end of a run, or where it failed (`account.fault`).

    Parameters
    ----------
    books
        The run; goes on from where it stands.
    wishes
        What is wished at which bar.
    tell
        Told how many more bars are done, at most a hundred times.
    """
    wishes = bind(wishes, WISH_FIELDS)
    n_bars = len(books.nav)
    stride = max(-(-n_bars // _PARTS), _FEWEST_BARS // len(books.holdings))
    done = 0
    while done < n_bars:
        stop = min(done + stride, n_bars)
        code = advance_wishes(books, wishes, stop)
        while code == NEEDS_ROOM:
            books = grow_books(books)
            code = advance_wishes(books, wishes, stop)
        if code == FAILED:
            break
        tell(stop - done)
        done = stop
    return books
