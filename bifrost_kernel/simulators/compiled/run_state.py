"""A run of a compiled function: where it stands, how it goes on, and what its errors mean.

Imports numba: load it on first use only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bifrost_kernel.domain.errors import InvalidInputError
from bifrost_kernel.domain.strategies import Scope
from bifrost_kernel.engines.strategy.calc.compiled.books import (
    DONE,
    FAULTS,
    NEEDS_ROOM,
    grow_books,
    make_books,
)
from bifrost_kernel.engines.strategy.calc.compiled.now_calls import (
    RefusedTermError,
    StoppedRunError,
)
from bifrost_kernel.engines.strategy.calc.compiled.now_driver import advance_on_bar
from bifrost_kernel.engines.strategy.calc.compiled.scene import (
    Scene,
    make_scene,
    refusal_of,
    with_books,
)
from bifrost_kernel.simulators.compiled.compilation import compile_on_bar, pack_parameters
from bifrost_kernel.simulators.compiled.pipeline import LINE, MARKS
from bifrost_kernel.simulators.compiled.shared_memory import share_scene
from bifrost_kernel.simulators.failures import failure_of, place_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from bifrost_kernel.domain.bars import Ints
    from bifrost_kernel.engines.strategy.calc.compiled.books import Books
    from bifrost_kernel.engines.strategy.model import SimulationJob
    from bifrost_kernel.workflows.ports import Progress


class CompiledRun:
    """A run of a compiled function, wherever it goes on.

    Parameters
    ----------
    job, books, progress
        What to run, on what, and where to say how far it is; None = nowhere.
    pulse
        shape (1,): where the bar that is worked on is noted; None = in this process.

    Attributes
    ----------
    is_over
        Whether nothing more is to be done.
    n_bars
        How many bars the timeline has.
    """

    def __init__(
        self,
        job: SimulationJob,
        books: Books,
        progress: Progress | None = None,
        *,
        pulse: Ints | None = None,
    ) -> None:
        self.job = job
        self._progress = progress
        self._code = compile_on_bar(job.strategy)
        self._parameters = pack_parameters(job.strategy, dict(job.spec.parameters))
        self._is_together = int(job.strategy.scope is Scope.TOGETHER)
        self._told = 0
        self._times_grown = 0
        self._pulse = np.full(1, -1) if pulse is None else pulse
        self._scene = self._scene_of(books)
        self.n_bars = len(books.nav)
        self.is_over = False

    @property
    def name(self) -> str:
        """The strategy's name."""
        return self.job.strategy.name

    @property
    def is_straight(self) -> bool:
        """Whether each call of the function is known to come to an end."""
        return self._code.is_straight

    @property
    def books(self) -> Books:
        """The run's books as they are now."""
        return self._scene.books

    @property
    def bar(self) -> int:
        """The bar that the function was called at last, in this process or in a child."""
        return int(self._scene.pulse[0])

    def place(self, bar: int) -> str:
        """Return a bar in words: ``bar 12 (2005-03-04)``."""
        return place_of(max(bar, 0), self.job.panel.session_date)

    def trial(self) -> tuple[object, ...]:
        """Return what makes two runs the same: code, parameters, bars and settings."""
        job = self.job
        form = (job.strategy.source, job.strategy.scope, job.strategy.n_state)
        bars = (job.bars.fingerprint, self.n_bars, job.spec.trading)
        return (self._code.digest, self._parameters.tobytes(), *form, *bars)

    def share(self) -> None:
        """Let a child that is forked from now on write where this process reads."""
        self._scene = share_scene(self._scene)

    def advance(self, stop_bar: int) -> int:
        """Run on until `stop_bar` bars are done; return DONE, NEEDS_ROOM or FAILED."""
        return int(
            advance_on_bar(
                self._scene.table, self._code.address, self._parameters, self._is_together, stop_bar
            )
        )

    def go_on(self, code: int) -> None:
        """Take note of how far `advance` came."""
        self.tell()
        if code == NEEDS_ROOM:
            self._times_grown += 1
            self._scene = with_books(self._scene, grow_books(self.books))
        else:
            account: Any = self.books.account[0]
            self.is_over = code != DONE or int(account["bar"]) + 1 >= self.n_bars

    def tell(self) -> None:
        """Say how far it is."""
        done = self.bar + 1
        if self._progress is not None and done > self._told:
            self._progress.step(done - self._told)
            self._told = done

    def settle(self, error: BaseException) -> None:
        """Raise what a person is told of an error in the function; begin again for want of room."""
        account: Any = self.books.account[0]
        fault = FAULTS[account["fault"]]
        told: BaseException = error
        if isinstance(error, RefusedTermError):
            names = tuple(str(one) for one in self.job.bars.instrument_ids)
            told = refusal_of(self._scene, self.job.panel.session_date, names)
        elif isinstance(error, StoppedRunError) and fault == "room":
            self._begin_again()
            return
        elif isinstance(error, StoppedRunError):
            told = _fault_of(fault, float(account["fault_value"]))
        elif isinstance(error, ZeroDivisionError):
            told = _in_pythons_words(error)
        filename, line = MARKS[LINE[0]]
        bar = int(account["bar"])
        raise _failure_at(told, filename, line, self.job, bar) from error

    def _begin_again(self) -> None:
        job = self.job
        books = make_books(job.bars, job.panel, job.spec.trading, job.dividends)
        self._times_grown += 1
        for _ in range(self._times_grown):
            books = grow_books(books)
        self._scene = self._scene_of(books)

    def _scene_of(self, books: Books) -> Scene:
        strategy = self.job.strategy
        n_sets = 1 if self._is_together else len(books.holdings)
        self._pulse[0] = -1
        return make_scene(
            books, self.job.studies, n_sets=n_sets, n_state=strategy.n_state, pulse=self._pulse
        )


def _fault_of(fault: str, value: float) -> Exception:
    """Return what plain Python would have raised where the broker stopped."""
    if fault == "division":
        return ZeroDivisionError("float division by zero")
    if fault == "whole":
        return OverflowError("cannot convert float infinity to integer")
    return InvalidInputError(
        f"order {fault}: expected a finite number, was {value}", context={"name": fault}
    )


def _in_pythons_words(error: ZeroDivisionError) -> ZeroDivisionError:
    """Return the error as this Python says it, which numba says in words of its own."""
    attempt = _DIVISIONS.get(str(error))
    if attempt is None:
        return error
    try:
        attempt()
    except ZeroDivisionError as own:
        return own.with_traceback(None)
    return error


_DIVISIONS: dict[str, Callable[[], object]] = {
    "division by zero": lambda: 1.0 / 0.0,
    "integer division by zero": lambda: 1 // 0,
    "integer modulo by zero": lambda: 1 % 0,
}


def _failure_at(
    error: BaseException, filename: str, line: int, job: SimulationJob, bar: int
) -> Exception:
    """Return what is told of an error that machine code raised at a line of a person's text."""
    # A frame of that file and line, as plain Python would have left in the traceback.
    code = compile("\n" * (line - 1) + "raise error", filename or "<bifrost>", "exec")
    try:
        exec(code, {"error": error})  # noqa: S102  # our own text
    except BaseException as placed:  # noqa: BLE001  # just raised
        return failure_of(placed, job.strategy, bar, job.panel.session_date)
    raise AssertionError
