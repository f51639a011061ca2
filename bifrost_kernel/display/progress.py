"""A progress bar that shows only when a person would wonder."""

from __future__ import annotations

import sys
from typing import Any

PATIENCE_SECONDS = 0.5


class NotebookProgress:
    """tqdm's bar for the place it runs in: a notebook's widget, or a terminal's line.

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
        self._is_interactive = _is_watched() if is_interactive is None else is_interactive
        self._patience_seconds = patience_seconds
        self._bar: Any = None

    def start(self, total: int, what: str) -> None:
        """Begin: `total` steps of `what`."""
        self.close()
        if not self._is_interactive:
            return
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # without ipywidgets tqdm warns and draws text
            from tqdm.auto import tqdm
        self._bar = tqdm(
            total=total,
            desc=what,
            delay=self._patience_seconds,
            leave=False,
            mininterval=0.25,
            unit=" steps",
            dynamic_ncols=True,
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


def _is_watched() -> bool:
    if "IPython" in sys.modules:
        from IPython.core.getipython import get_ipython

        shell = get_ipython()
        if shell is not None and type(shell).__name__ == "ZMQInteractiveShell":
            return True
    return sys.stderr.isatty()
