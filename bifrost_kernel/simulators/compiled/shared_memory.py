"""Arrays that a child process writes and its parent reads."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING, Any

import numpy as np

from bifrost_kernel.engines.strategy.calc.compiled.books import BOOK_FIELDS, bind
from bifrost_kernel.engines.strategy.calc.compiled.scene import with_books

if TYPE_CHECKING:
    from bifrost_kernel.engines.strategy.calc.compiled.books import Books
    from bifrost_kernel.engines.strategy.calc.compiled.scene import Scene

_ALWAYS_COPIED = ("account", "holdings", "change")
_EMPTY_AT_FIRST = ("orders", "queue", "submitted", "events", "fills", "nav", "cash", "dividends")


def share(array: Any, *, is_empty: bool = False) -> Any:
    """Return a copy of an array in memory that a child which is forked later shares.

    Parameters
    ----------
    array
        Any contiguous one.
    is_empty
        Nothing stands in it yet: the copy holds zeros.
    """
    memory = mmap.mmap(-1, max(array.nbytes, 1))
    copy: Any = np.frombuffer(memory, array.dtype, array.size).reshape(array.shape)
    if not is_empty:
        copy[...] = array
    return copy


def share_books(books: Books) -> Books:
    """Return the books with all that is written to in shared memory.

    Parameters
    ----------
    books
        A run.
    """
    account: Any = books.account[0]
    is_empty = bool(account["bar"] < 0)
    copies: dict[str, Any] = {name: share(getattr(books, name)) for name in _ALWAYS_COPIED}
    for name in _EMPTY_AT_FIRST:
        copies[name] = share(getattr(books, name), is_empty=is_empty)
    return bind(books._replace(**copies), BOOK_FIELDS)


def share_scene(scene: Scene) -> Scene:
    """Return the scene likewise.

    Parameters
    ----------
    scene
        A run as a compiled function sees it.
    """
    copies = {name: share(getattr(scene, name)) for name in ("state", "asked", "refusal", "pulse")}
    return with_books(scene._replace(**copies), share_books(scene.books))
