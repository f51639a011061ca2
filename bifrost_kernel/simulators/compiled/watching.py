"""A person's compiled function in a child process that can be killed.

Machine code hears no Control-C, and an endless loop in it would take the whole notebook along.

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
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NoReturn

from numba.core.compiler_lock import global_compiler_lock

from bifrost_kernel.domain.errors import SimulationError

if TYPE_CHECKING:
    from bifrost_kernel.simulators.compiled.run_state import CompiledRun

_GLANCE_SECONDS: Final = 0.05
_PIECE: Final = 65_536


def finish_in_child(run: CompiledRun, bar_seconds: float) -> None:
    """Run to the end, or to where the tables are full, in a forked child.

    Parameters
    ----------
    run
        The run; its arrays are moved into memory that parent and child share.
    bar_seconds
        How long one bar may take.

    Raises
    ------
    SimulationError
        The function raised, took longer for one bar, or killed the child.

    Notes
    -----
    The child runs compiled code and leaves at once: no thread of the parent lives in it, nothing
    is collected, flushed or closed. However this function is left, the child is gone.
    """
    run.share()
    reading, writing = os.pipe()
    with global_compiler_lock, warnings.catch_warnings():
        # Python 3.12 warns of threads; those may hold locks, and the child takes none.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _be_the_child(run, writing)
    os.close(writing)
    try:
        answer = _wait(run, reading, bar_seconds)
    except BaseException:
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        os.close(reading)
        status = os.waitpid(child, 0)[1]
    if not answer:
        raise _death_of(run, status)
    code, error, printed = pickle.loads(answer)  # noqa: S301  # from our own child
    if printed:
        sys.stdout.write(printed)
    if error is None:
        run.go_on(code)
    else:
        run.settle(error)


def _wait(run: CompiledRun, reading: int, bar_seconds: float) -> bytes:
    """Return what the child says at its end; nothing when it died."""
    pieces: list[bytes] = []
    last_bar, last_change = run.bar, _now()
    while True:
        if select.select([reading], [], [], _GLANCE_SECONDS)[0]:
            piece = os.read(reading, _PIECE)
            if not piece:
                return b"".join(pieces)
            pieces.append(piece)
            continue
        run.tell()
        if run.bar != last_bar:
            last_bar, last_change = run.bar, _now()
        elif _now() - last_change > bar_seconds:
            raise SimulationError(
                f"strategy {run.name} did not finish {run.place} within {bar_seconds:g} s; does "
                "it loop for ever? compiled=False lets you step through it",
                context={"strategy": run.name, "bar": run.bar, "seconds": bar_seconds},
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


def _death_of(run: CompiledRun, status: int) -> SimulationError:
    number = os.waitstatus_to_exitcode(status)
    how = signal.Signals(-number).name if number < 0 else f"exit code {number}"
    return SimulationError(
        f"strategy {run.name} crashed as machine code at {run.place}: {how}; does a function call "
        "itself without end? compiled=False shows where",
        context={"strategy": run.name, "bar": run.bar, "how": how},
    )
