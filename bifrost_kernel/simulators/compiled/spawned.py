"""A trial of a person's compiled function in a fresh process, where none can be forked.

The process is given the job, runs it, notes how far it is in a file, and keeps nothing. Run as
``python -m bifrost_kernel.simulators.compiled.spawned FILE``.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
import threading
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Ints
    from bifrost_kernel.engines.strategy.model import SimulationJob

_READY, _DONE = b"ready\n", b"done\n"


class Trial:
    """The process as its parent sees it.

    Parameters
    ----------
    job
        What it is to run.
    """

    def __init__(self, job: SimulationJob) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="bifrost-")
        path = os.path.join(self._folder.name, "bar")  # noqa: PTH118  # for the command line
        self._pulse = _pulse_in(path, "w+")
        self._child = subprocess.Popen(  # noqa: S603  # our own module
            [sys.executable, "-m", "bifrost_kernel.simulators.compiled.spawned", path],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(one for one in sys.path if one)},
        )  # fmt: skip
        self._job = job
        self._said: list[bytes] = []
        self._talk = threading.Thread(target=self._listen, daemon=True)
        self._talk.start()

    @property
    def bar(self) -> int:
        """The bar that it is at, -1 before the first."""
        return int(self._pulse[0])

    @property
    def is_ready(self) -> bool:
        """Whether it has compiled the function and begun."""
        return _READY in self._said

    @property
    def is_whole(self) -> bool:
        """Whether the function came back from every bar, or raised."""
        return _DONE in self._said

    def wait(self, seconds: float) -> bool:
        """Wait for its end; return whether it ended."""
        self._talk.join(seconds)
        return not self._talk.is_alive()

    def end(self) -> int:
        """Make sure that it is gone, and return its exit code."""
        if not self.wait(0):
            self._child.kill()
        code = self._child.wait()
        self._talk.join()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()
        self._pulse = np.array(self._pulse)
        self._folder.cleanup()
        return code

    def _listen(self) -> None:
        talk: Any = self._child
        try:
            talk.stdin.write(_packed(self._job))
            talk.stdin.close()
        except OSError:  # it is gone; how stands in its exit code
            return
        for line in talk.stdout:
            self._said.append(line)


def _pulse_in(path: str, mode: Literal["r+", "w+"]) -> Ints:
    pulse = np.memmap(path, np.int64, mode, shape=(1,))
    if mode == "w+":
        pulse[0] = -1
    return pulse


def _packed(job: SimulationJob) -> bytes:
    from numba import cloudpickle

    # What is worked out beforehand is in the job; its makers need not come along.
    bare = replace(job.strategy, prepare=None, warmup=None, build=None, native=None)
    packed: bytes = cloudpickle.dumps(replace(job, strategy=bare))
    return packed


def main(given: IO[bytes], answers: IO[bytes], path: str) -> None:
    """Run the job that is given.

    Parameters
    ----------
    given
        A pickled job.
    answers
        Told ``ready`` once the function is compiled, and ``done`` at the end.
    path
        File in which the bar that is worked on stands as one 64-bit number.
    """
    from bifrost_kernel.engines.strategy.calc.compiled.books import make_books
    from bifrost_kernel.simulators.compiled.run_state import CompiledRun

    job: SimulationJob = pickle.loads(given.read())  # noqa: S301  # from our parent
    books = make_books(job.bars, job.panel, job.spec.trading, job.dividends)
    run = CompiledRun(job, books, pulse=_pulse_in(path, "r+"))
    answers.write(_READY)
    answers.flush()
    try:
        while not run.is_over:
            run.go_on(run.advance(run.n_bars))
    except Exception:  # noqa: BLE001, S110  # the parent meets it again, where it is told
        pass
    answers.write(_DONE)
    answers.flush()


if __name__ == "__main__":
    own = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the function prints is printed by the parent
    main(sys.stdin.buffer, own, sys.argv[1])
