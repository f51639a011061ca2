"""Who runs the compiled simulator for the first time on a machine is told what takes so long."""

from __future__ import annotations

import importlib
import sys

import numpy as np
import pytest

LIBRARY = """
from bifrost_kernel.engines.strategy.calc.jit import compiled

@compiled
def half(x):
    return x / 2.0

@compiled
def halves(values):
    total = 0.0
    for one in values:
        total += half(one)
    return total
"""
VALUES = np.arange(5.0)


class Told:
    """A progress that writes down what it is told."""

    def __init__(self):
        self.said = []

    def start(self, total, what):
        """Begin."""
        self.said.append(("start", total, what))

    def step(self, count=1):
        """Count."""
        self.said.append(("step", count))

    def close(self):
        """End."""
        self.said.append("close")


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """Imports the library as a new process would."""
    (tmp_path / "announced_library.py").write_text(LIBRARY)
    monkeypatch.syspath_prepend(tmp_path)

    def load():
        sys.modules.pop("announced_library", None)
        importlib.invalidate_caches()
        return importlib.import_module("announced_library").halves

    yield load
    sys.modules.pop("announced_library", None)


def test_the_first_run_says_that_it_compiles_and_the_next_says_nothing(fresh):
    """One line with an estimate, a step for each function, and an end; silence when kept."""
    from bifrost_kernel.simulators.compiled.announcement import AnnouncedCompilation

    told = Told()
    with AnnouncedCompilation(told):
        assert fresh()(VALUES) == 5.0
    begin = ("start", 2, "compiling the simulator, once: about 1 s")
    assert told.said == [begin, ("step", 1), ("step", 1), "close"]
    told = Told()
    with AnnouncedCompilation(told):
        assert fresh()(VALUES) == 5.0
    assert told.said == []


def test_what_was_shown_before_is_shown_again(fresh):
    """A count of bars that the compilation interrupts goes on where it was."""
    from bifrost_kernel.simulators.compiled.announcement import AnnouncedCompilation

    told = Told()
    with AnnouncedCompilation(told) as progress:
        progress.start(100, "bars")
        progress.step(10)
        fresh()(VALUES)
        progress.step(20)
        progress.close()
    before, after = told.said[:2], told.said[-5:]
    assert before == [("start", 100, "bars"), ("step", 10)]
    assert after == ["close", ("start", 100, "bars"), ("step", 10), ("step", 20), "close"]


def test_a_persons_own_function_is_not_announced(fresh):
    """What is compiled for a cell is the cell's own affair."""
    import numba

    from bifrost_kernel.simulators.compiled.announcement import AnnouncedCompilation

    told = Told()
    with AnnouncedCompilation(told):
        numba.njit(lambda x: x + 1)(1)
    assert told.said == []
    halves = fresh()
    with AnnouncedCompilation(told):
        numba.njit(lambda x: halves(x) + 1)(VALUES)
    assert [one[0] for one in told.said] == ["start", "step", "step", "c"]


def test_a_stopped_compilation_takes_its_bar_away(fresh, monkeypatch):
    """Control-C while it compiles leaves no bar behind, and the next run compiles anew."""
    from bifrost_kernel.simulators.compiled.announcement import AnnouncedCompilation

    told, halves = Told(), fresh()

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(halves._compiler), "_compile_cached", stop)
        with pytest.raises(KeyboardInterrupt), AnnouncedCompilation(told):
            halves(VALUES)
    assert told.said[0][0] == "start"
    assert told.said[-1] == "close"
    with AnnouncedCompilation(Told()):
        assert halves(VALUES) == 5.0
