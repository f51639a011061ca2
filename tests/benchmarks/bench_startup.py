"""What loading Bifrost costs beyond IPython's own start.

``python -m tests.benchmarks.bench_startup``
"""

from __future__ import annotations

import tempfile

import pytest

from tests.benchmarks.measuring import Figure, numbers_of, show

LAPS = 7
LOAD = """
import time
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
start, busy = time.perf_counter(), time.process_time()
import bifrost_kernel
imported = time.perf_counter()
bifrost_kernel.load_ipython_extension(shell)
loaded, worked = time.perf_counter(), time.process_time()
print((imported - start) * 1e3, (loaded - start) * 1e3, (worked - busy) * 1e3)
"""
FIRST = """
import builtins, time

spent = {"load": 0, "signals": 0, "run": 0, "metrics": 0, "record": 0, "imports": 0}
inside = set()


def timed(call, part):
    def measured(*words, **options):
        if part in inside:
            return call(*words, **options)
        inside.add(part)
        began = time.perf_counter()
        try:
            return call(*words, **options)
        finally:
            spent[part] += time.perf_counter() - began
            inside.remove(part)

    return measured


start = time.perf_counter()
import bifrost_kernel
desk = bifrost_kernel.open_desk()
opened = time.perf_counter()
from bifrost_kernel.simulators.compiled.adapter import CompiledSimulator
from bifrost_kernel.storage.runs import SqlRunStore
from bifrost_kernel.workflows import desk as backend, strategy as workflow
for part, owner, name in (
    ("load", backend.marketdata, "fetch_bars"),
    ("signals", workflow.engine, "signals_for"),
    ("run", CompiledSimulator, "run"),
    ("metrics", workflow, "_performance"),
    ("record", SqlRunStore, "save"),
    ("imports", builtins, "__import__"),
):
    setattr(owner, name, timed(getattr(owner, name), part))
began = time.perf_counter()
desk.backtest("sma_cross", "AAPL", params={"fast": 10, "slow": 30})
ended = time.perf_counter()
print((opened - start) * 1e3, (ended - began) * 1e3, *(one * 1e3 for one in spent.values()))
"""
PARTS = ("load", "signals", "run", "metrics", "record")


def figures():
    """Yield the import, the extension, and the first verb of a process."""
    with tempfile.TemporaryDirectory() as home, pytest.MonkeyPatch.context() as patch:
        # As a person's interpreter does it: what was compiled once is kept.
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        numbers_of(LOAD, home)
        imported, loaded, worked = zip(*(numbers_of(LOAD, home) for _ in range(LAPS)), strict=True)
        yield Figure("import bifrost_kernel", "ms", imported)
        yield Figure("... and %load_ext", "ms", loaded, goal=300)
        yield Figure("... of processor time", "ms", worked, goal=300)
        numbers_of(FIRST, home)
        opened, whole, *parts, imports = zip(
            *(numbers_of(FIRST, home) for _ in range(5)), strict=True
        )
        yield Figure("open a desk in a new process", "ms", opened)
        yield Figure("first desk.backtest of that process, bars stored", "ms", whole)
        for part, laps in zip(PARTS, parts, strict=True):
            yield Figure(f"    {part}, with what it imports", "ms", laps)
        yield Figure("... of it imports", "ms", imports)


if __name__ == "__main__":
    show(figures)
