"""Which notebook cell is running, told to whatever runs in it.

The context lives in a context variable: it is right in every task that the cell starts, and
in a thread that is started with ``contextvars.copy_context().run``, even after later cells
have begun. A thread without that copy knows of no cell, rather than of a wrong one.
"""

from __future__ import annotations

import hashlib
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from bifrost_kernel.domain.context import CellContext
from bifrost_kernel.settings import notebook_path

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ATTRIBUTE = "_bifrost_cells"
_RUNNING: ContextVar[tuple[tuple[Any, CellContext], ...]] = ContextVar("bifrost_cells", default=())


class CellWatch:
    """Notes each cell as it begins and ends, and says which one is running.

    Parameters
    ----------
    notebook
        Path of the notebook; None when it is not known.
    on_cell
        Called with each cell's id (or its source's hash) before it runs.
    """

    def __init__(
        self, notebook: str | None = None, on_cell: Sequence[Callable[[str], object]] = ()
    ) -> None:
        self._notebook = notebook
        self._on_cell = tuple(on_cell)

    def __call__(self) -> CellContext:
        """Return the running cell's context; outside a cell, only the notebook is known."""
        running = _RUNNING.get()
        return running[-1][1] if running else CellContext(notebook=self._notebook)

    def begin(self, info: Any) -> None:
        """Note that the cell described by IPython's execution info begins."""
        source_hash = hashlib.sha256(info.raw_cell.encode()).hexdigest()
        cell_id = getattr(info, "cell_id", None)
        context = CellContext(cell_id, source_hash, self._notebook)
        _RUNNING.set((*_RUNNING.get(), (info, context)))
        for call in self._on_cell:
            call(cell_id or source_hash)

    def end(self, result: Any) -> None:
        """Note that the cell of that execution result has ended."""
        info = getattr(result, "info", None)
        if info is not None and not (info.raw_cell or "").strip():
            return  # IPython tells the end of an empty cell, but never its beginning
        running = _RUNNING.get()
        places = [place for place, (one, _) in enumerate(running) if one is info]
        _RUNNING.set(running[: places[0]] if places else running[:-1])


def install(shell: Any, on_cell: Sequence[Callable[[str], object]] = ()) -> CellWatch:
    """Watch the cells of a shell.

    Parameters
    ----------
    shell
        The interactive shell.
    on_cell
        Called with each cell's id (or its source's hash) before it runs.

    Returns
    -------
    CellWatch
        A `ContextSource`: call it to learn which cell is running.
    """
    remove(shell)
    watch = CellWatch(notebook_path(), on_cell)
    shell.events.register("pre_run_cell", watch.begin)
    shell.events.register("post_run_cell", watch.end)
    setattr(shell, _ATTRIBUTE, watch)
    return watch


def remove(shell: Any) -> None:
    """Stop watching the shell's cells."""
    watch = getattr(shell, _ATTRIBUTE, None)
    if watch is None:
        return
    shell.events.unregister("pre_run_cell", watch.begin)
    shell.events.unregister("post_run_cell", watch.end)
    delattr(shell, _ATTRIBUTE)
