"""A trial of a person's compiled function in a fresh process, where none can be forked.

The process is given the job, runs it, says how far it is, and keeps nothing. Run as
``python -m bifrost_kernel.simulators.compiled.spawned``.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from bifrost_kernel.engines.strategy.model import SimulationJob

_READY, _DONE = b"ready", b"done"
_TELL_SECONDS: Final = 0.05


class Trial:
    """The process as its parent sees it.

    Parameters
    ----------
    job
        What it is to run.
    """

    def __init__(self, job: SimulationJob) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "bifrost_kernel.simulators.compiled.spawned"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(one for one in sys.path if one)},
        )  # fmt: skip
        self._job = job
        self._lock = threading.Lock()
        self._bar = -1
        self._is_ready = self._is_whole = False
        self._talk = threading.Thread(target=self._listen, daemon=True)
        self._talk.start()

    @property
    def bar(self) -> int:
        """The bar that it is at, -1 before the first."""
        with self._lock:
            return self._bar

    @property
    def is_ready(self) -> bool:
        """Whether it has compiled the function and begun."""
        with self._lock:
            return self._is_ready

    @property
    def is_whole(self) -> bool:
        """Whether the function came back from every bar, or raised."""
        with self._lock:
            return self._is_whole

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
        return code

    def _listen(self) -> None:
        talk: Any = self._child
        try:
            talk.stdin.write(_packed(self._job))
            talk.stdin.close()
        except OSError:  # it is gone; what it was told stands in its exit code
            return
        for line in talk.stdout:
            word = line.strip()
            with self._lock:
                self._is_ready = True
                if word == _DONE:
                    self._is_whole = True
                elif word != _READY:
                    self._bar = int(word)


def _packed(job: SimulationJob) -> bytes:
    from numba import cloudpickle

    # What is worked out beforehand is in the job; its makers need not come along.
    bare = replace(job.strategy, prepare=None, warmup=None, build=None, native=None)
    packed: bytes = cloudpickle.dumps(replace(job, strategy=bare))
    return packed


def main(given: IO[bytes], answers: IO[bytes]) -> None:
    """Run the job that is given, and say how far it is.

    Parameters
    ----------
    given
        A pickled job.
    answers
        A line ``ready``, then the bar twenty times a second, ``done`` at the end.
    """
    from bifrost_kernel.engines.strategy.calc.compiled.books import make_books
    from bifrost_kernel.simulators.compiled.run_state import CompiledRun

    job: SimulationJob = pickle.loads(given.read())  # noqa: S301  # from our parent
    run = CompiledRun(job, make_books(job.bars, job.panel, job.spec.trading, job.dividends), None)
    _say(answers, _READY)
    is_over = threading.Event()
    teller = threading.Thread(target=_tell, args=(run, answers, is_over), daemon=True)
    teller.start()
    try:
        while not run.is_over:
            run.go_on(run.advance(run.n_bars))
    except Exception:  # noqa: BLE001, S110  # the parent meets it again, where it is told
        pass
    is_over.set()
    teller.join()
    _say(answers, _DONE)


def _tell(run: Any, answers: IO[bytes], is_over: threading.Event) -> None:
    while not is_over.wait(_TELL_SECONDS):
        _say(answers, str(run.bar).encode())


def _say(answers: IO[bytes], word: bytes) -> None:
    answers.write(word + b"\n")
    answers.flush()


if __name__ == "__main__":
    own = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the function prints is printed by the parent
    main(sys.stdin.buffer, own)
