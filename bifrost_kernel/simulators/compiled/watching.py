"""A person's compiled function in a child process that can be killed.

Machine code hears no Control-C, and an endless loop in it would take the whole notebook along.
On Linux the child is forked and its work is kept; elsewhere a fresh process tries the function,
and what came back there is run here.

Imports numba: load it on first use only.
"""

from __future__ import annotations

import faulthandler
import gc
import io
import os
import pickle
import select
import signal
import sys
import time
import warnings
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, NoReturn

from numba.core.compiler_lock import global_compiler_lock

from bifrost_kernel.domain.errors import SimulationError
from bifrost_kernel.simulators.compiled.spawned import Trial

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bifrost_kernel.simulators.compiled.run_state import CompiledRun

CAN_FORK: Final = sys.platform == "linux"
"""On macOS a forked child may not use what the system's own libraries began before."""

_GLANCE_SECONDS: Final = 0.05
_PIECE: Final = 65_536


def finish_in_child(run: CompiledRun, bar_seconds: float) -> bool:
    """Run on in a child; return whether the function is known to come back from every bar.

    Parameters
    ----------
    run
        The run.
    bar_seconds
        How long one bar may take.

    Returns
    -------
    bool
        False: the run is over, or its tables were full and have grown. True: it stands where
        it stood, and can be run in this process.

    Raises
    ------
    SimulationError
        The function raised, took longer for one bar, or killed the child.

    Notes
    -----
    However this is left, the child is gone.
    """
    if CAN_FORK and _finish_in_fork(run, bar_seconds):
        return False
    _try_elsewhere(run, bar_seconds)
    return True


def _finish_in_fork(run: CompiledRun, bar_seconds: float) -> bool:
    """Run on in a forked child; return whether there could be one."""
    run.share()
    reading, writing = os.pipe()
    child, status, answer = None, 0, b""
    try:
        with _interrupts_held():
            child = _fork(run, writing)
        os.close(writing)
        if child is None:
            return False
        answer = _wait(run, reading, bar_seconds)
    except BaseException:
        if child is not None:
            os.kill(child, signal.SIGKILL)
        raise
    finally:
        os.close(reading)
        if child is not None:
            status = os.waitpid(child, 0)[1]
    if not answer:
        raise _death_of(run, os.waitstatus_to_exitcode(status))
    code, error, printed = pickle.loads(answer)  # noqa: S301  # from our own child
    if printed:
        sys.stdout.write(printed)
    if error is None:
        run.go_on(code)
    else:
        run.settle(error)
    return True


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Let Control-C wait until it is known which process this is."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _fork(run: CompiledRun, writing: int) -> int | None:
    """Return the child's number; None when there can be no child. The child never returns."""
    # The child runs compiled code only: no lock of the compiler may be in another's hands.
    with global_compiler_lock, warnings.catch_warnings():
        # Python 3.12 warns of threads; those may hold locks, and the child takes none.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            child = os.fork()
        except OSError:  # no memory for a second process of this size, or too many processes
            return None
        if child == 0:
            _be_the_child(run, writing)
        return child


def _wait(run: CompiledRun, reading: int, bar_seconds: float) -> bytes:
    """Return what the child says at its end; nothing when it died."""
    pieces: list[bytes] = []
    patience = _Patience(run, bar_seconds)
    while True:
        if select.select([reading], [], [], _GLANCE_SECONDS)[0]:
            piece = os.read(reading, _PIECE)
            if not piece:
                return b"".join(pieces)
            pieces.append(piece)
            continue
        run.tell()
        patience.require(run.bar)


def _try_elsewhere(run: CompiledRun, bar_seconds: float) -> None:
    trial = Trial(run.job)
    patience = _Patience(run, bar_seconds)
    try:
        while not trial.wait(_GLANCE_SECONDS):
            if trial.is_ready:
                patience.require(trial.bar)
            else:
                patience.renew()  # it is starting, or compiling
    finally:
        code = trial.end()
    if not trial.is_whole:
        raise _death_of(run, code, trial.bar)


class _Patience:
    """How long one bar may take."""

    def __init__(self, run: CompiledRun, bar_seconds: float) -> None:
        self._run, self._seconds = run, bar_seconds
        self._bar = run.bar
        self.renew()

    def renew(self) -> None:
        """Begin to count anew."""
        self._since = _now()

    def require(self, bar: int) -> None:
        """Raise when the bar that is worked on has been the same for too long."""
        if bar != self._bar:
            self._bar = bar
            self.renew()
        elif _now() - self._since > self._seconds:
            run = self._run
            raise SimulationError(
                f"strategy {run.name} did not finish {run.place(bar)} within {self._seconds:g} s; "
                "does it loop for ever? compiled=False lets you step through it",
                context={"strategy": run.name, "bar": bar, "seconds": self._seconds},
            )


def _now() -> float:
    return time.monotonic()  # noqa: TID251  # for how long only


def _be_the_child(run: CompiledRun, writing: int) -> NoReturn:
    try:
        gc.disable()
        faulthandler.disable()
        with suppress(ValueError):
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        _leave_an_answer(run, writing)
    finally:
        os._exit(0)


def _leave_an_answer(run: CompiledRun, writing: int) -> None:
    code, error = 0, None
    printed = sys.stdout = io.StringIO()
    try:
        code = run.advance(run.n_bars)
    except BaseException as raised:  # noqa: BLE001  # the parent raises it
        error = raised.with_traceback(None)
    try:
        told = pickle.dumps((code, error, printed.getvalue()))
    except (pickle.PicklingError, AttributeError, TypeError):  # an exception of its own kind
        told = pickle.dumps((code, SimulationError(repr(error)), printed.getvalue()))
    answer: Any = memoryview(told)
    while answer:
        answer = answer[os.write(writing, answer) :]


def _death_of(run: CompiledRun, code: int, bar: int | None = None) -> SimulationError:
    how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    place = run.place(run.bar if bar is None else bar)
    return SimulationError(
        f"strategy {run.name} crashed as machine code at {place}: {how}; does a function call "
        "itself without end? compiled=False shows where",
        context={"strategy": run.name, "bar": run.bar, "how": how},
    )
