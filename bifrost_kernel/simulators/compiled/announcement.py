"""The first run on a machine says that the simulator is being compiled; later ones say nothing.

Imports numba: load it on first use only.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Self

from numba.core import event

from bifrost_kernel.engines.strategy.calc.code_cache import CodeCache
from bifrost_kernel.engines.strategy.calc.code_digest import functions_within

if TYPE_CHECKING:
    from types import TracebackType

    from bifrost_kernel.workflows.ports import Progress

_KIND = "numba:compile"
_SECONDS_PER_FUNCTION = 0.3


class AnnouncedCompilation(event.Listener):  # type: ignore[misc]  # numba is untyped
    """A progress that shows the simulator's own compilation while there is one.

    Parameters
    ----------
    progress
        Where a person sees it.

    Notes
    -----
    Used as ``with AnnouncedCompilation(progress) as told:``, and `told` in place of `progress`.
    numba tells of each function that it starts to compile, and of none that it finds on disk.
    What `told` was showing when the compilation began is shown again afterwards. What a
    person's own function takes to compile is not announced.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._thread = threading.get_ident()
        self._depth = 0
        self._shown: tuple[int, str] | None = None
        self._done = 0

    def __enter__(self) -> Self:
        event.register(_KIND, self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        event.unregister(_KIND, self)
        if self._depth:
            self._progress.close()

    def start(self, total: int, what: str) -> None:
        """Begin: `total` steps of `what`."""
        self._shown, self._done = (total, what), 0
        if not self._depth:
            self._progress.start(total, what)

    def step(self, count: int = 1) -> None:
        """Note that `count` more steps are done."""
        self._done += count
        if not self._depth:
            self._progress.step(count)

    def close(self) -> None:
        """End, however it ended."""
        self._shown = None
        self._progress.close()

    def on_start(self, compiling: Any) -> None:
        """Hear from numba that it begins to compile a function."""
        if not self._concerns(compiling):
            return
        if not self._depth:
            count = functions_within(compiling.data["dispatcher"].py_func)
            seconds = max(1, round(count * _SECONDS_PER_FUNCTION))
            self._progress.start(count, f"compiling the simulator, once: about {seconds} s")
        self._depth += 1

    def on_end(self, compiling: Any) -> None:
        """Hear from numba that a function is compiled, or cannot be."""
        if not self._concerns(compiling):
            return
        self._depth -= 1
        self._progress.step()
        if self._depth:
            return
        self._progress.close()
        if self._shown is not None:
            self._progress.start(*self._shown)
            self._progress.step(self._done)

    def _concerns(self, compiling: Any) -> bool:
        cache = compiling.data["dispatcher"]._cache  # noqa: SLF001  # numba has no public way
        return isinstance(cache, CodeCache) and threading.get_ident() == self._thread
