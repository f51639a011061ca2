"""A progress bar that shows only when a person would wonder, and leaves nothing behind."""

from __future__ import annotations

import io
import sys
from html import escape
from typing import Any

PATIENCE_SECONDS = 0.5
_REDRAW_SECONDS = 0.25


class NotebookProgress:
    """A bar for the place it runs in: a notebook's output, or a terminal's line.

    Parameters
    ----------
    is_interactive
        Whether somebody watches; None = find out. Nothing is shown where nobody does.
    patience_seconds
        Work that takes less shows nothing.
    """

    def __init__(
        self, *, is_interactive: bool | None = None, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._is_interactive = is_interactive
        self._patience_seconds = patience_seconds
        self._bar: Any = None

    def start(self, total: int, what: str) -> None:
        """Begin: `total` steps of `what`."""
        self.close()
        is_notebook = _is_notebook()
        is_watched = is_notebook or (sys.stderr is not None and sys.stderr.isatty())
        if not (is_watched if self._is_interactive is None else self._is_interactive):
            return
        make = _notebook_bar() if is_notebook else _terminal_bar()
        # tqdm ends with a carriage return on its file; a notebook's bar has none to write on.
        stream = io.StringIO() if is_notebook else sys.stderr
        self._bar = make(
            total=total,
            file=stream,
            desc=what,
            delay=self._patience_seconds,
            leave=False,
            mininterval=_REDRAW_SECONDS,
            unit=" steps",
        )

    def step(self, count: int = 1) -> None:
        """Note that `count` more steps are done."""
        if self._bar is not None:
            self._bar.update(count)

    def close(self) -> None:
        """Take the bar away, however the work ended."""
        if self._bar is not None:
            bar, self._bar = self._bar, None
            bar.close()


def _is_notebook() -> bool:
    if "IPython" not in sys.modules:
        return False
    from IPython.core.getipython import get_ipython

    return type(get_ipython()).__name__ == "ZMQInteractiveShell"


def _terminal_bar() -> Any:
    from tqdm import tqdm

    return tqdm


def _notebook_bar() -> Any:
    from IPython.display import DisplayHandle
    from tqdm import tqdm

    class Bar(tqdm):  # type: ignore[type-arg]  # generic in the stubs only
        """tqdm's figures in one output that is emptied at the end.

        A widget would be left in a saved notebook as a line that nobody can draw, and text
        with carriage returns as half a bar.
        """

        handle: DisplayHandle | None = None

        def display(self, msg: str | None = None, pos: int | None = None) -> None:
            del pos
            text = str(self) if msg is None else msg
            if not text and self.handle is None:
                return
            bundle = {"text/plain": text, "text/html": f"<pre>{escape(text)}</pre>" if text else ""}
            if self.handle is None:
                self.handle = DisplayHandle()  # type: ignore[no-untyped-call]  # IPython's
                self.handle.display(bundle, raw=True)  # type: ignore[no-untyped-call]  # IPython's
            else:
                self.handle.update(bundle, raw=True)  # type: ignore[no-untyped-call]  # IPython's

        def clear(self, *_args: Any, **_kwargs: Any) -> None:
            """Nothing to wipe: the output is replaced, not written over."""

    return Bar
