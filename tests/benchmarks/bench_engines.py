"""Bifrost beside Backtrader, backtesting.py, vectorbt and raptorbt on the same work.

``python -m tests.benchmarks.bench_engines [W1 W2 memory start ...]``; ``make bench`` makes the
environment of the others.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.benchmarks import engine_table
from tests.benchmarks.agreement import compare
from tests.benchmarks.engines import BIFROST, Answering, ask_once, engines_here
from tests.benchmarks.measuring import Figure, show
from tests.benchmarks.workloads import (
    FIRST_GOAL,
    IMPORT_GOAL,
    MEMORY,
    MEMORY_GOAL,
    WORKLOADS,
    save_bars,
)


class Comparison:
    """One run of all engines: figures as they are measured, then the table and the agreement.

    Parameters
    ----------
    wanted
        Beginnings of what to run: workloads, ``memory``, ``start``; none = everything.
    """

    def __init__(self, wanted=()):
        self.wanted = tuple(wanted)
        self.rates, self.memory, self.starts, self.words = [], {}, {}, []
        self.versions, self.n_laps, self.n_quiet = {}, 0, 0
        self._answering = {}

    def figures(self):
        """Yield each engine's figures, and how many times theirs Bifrost's are."""
        with tempfile.TemporaryDirectory() as made, ExitStack() as stack:
            self._folder, self._stack = Path(made), stack
            save_bars(self._folder)
            for workload in WORKLOADS:
                if self._wants(workload.name):
                    yield from self._rates_of(workload)
            stack.pop_all().close()
            if self._wants("memory"):
                yield from self._memory_of_sweeps()
            if self._wants("start"):
                yield from self._first_results()

    def tell(self):
        """Print the table, the agreement and how quiet it was."""
        engine_table.print_all(self)

    def _wants(self, name):
        return not self.wanted or name.startswith(self.wanted)

    def _ask(self, turn, **question):
        engine = turn.engine
        if engine not in self._answering:
            process = Answering(engine, self._folder / engine.name)
            self._stack.callback(process.close)
            self._answering[engine] = process
        return self._answering[engine].ask(
            turn.work, self._bars(turn), **question, **dict(turn.terms)
        )

    def _bars(self, turn):
        return self._folder / f"{turn.bars}.npz"

    def _rates_of(self, workload):
        here = engines_here()
        turns = [one for one in workload.turns if one.engine in here]
        for one in turns:
            self._compare(workload, one)
        found = {one.engine: [] for one in turns}
        for lap in range(max(one.laps for one in turns)):
            for one in turns:
                if lap < one.laps:
                    found[one.engine].append(self._count(one) / self._lap(one))
        self.rates.append((workload, {one: statistics.median(laps) for one, laps in found.items()}))
        yield from rate_figures(workload, found)

    def _lap(self, turn):
        answer = self._ask(turn, laps=1)
        self.n_laps += 1
        self.n_quiet += sum(answer["quiet"])
        return answer["seconds"][0]

    def _count(self, turn):
        bars = load(self._bars(turn))
        return len(bars["fast"]) if "fast" in bars else bars["close"].size

    def _compare(self, workload, turn):
        path = self._folder / "theirs.npz"
        self.versions[turn.engine] = self._ask(turn, found=path)["versions"]
        if turn.engine is BIFROST:
            return
        ours = self._folder / "ours.npz"
        self._ask(replace(workload.turns[0], bars=turn.bars), found=ours)
        told = compare(load(ours), load(path), load(self._bars(turn)))
        why = f" ({turn.why})" if turn.why else ""
        self.words.append((workload, turn.engine, told + why))

    def _memory_of_sweeps(self):
        here = engines_here()
        for turn in MEMORY:
            if turn.engine not in here:
                continue
            bars, terms = self._bars(turn), dict(turn.terms)
            folder = self._folder / turn.engine.name  # where its machine code is kept by now
            answer = ask_once(turn.engine, folder, turn.work, bars, **terms)
            peak, worker = answer["peak"], answer["peak_of_a_worker"]
            self.memory.setdefault(turn.engine, (peak, worker))
            what = f"W2 peak memory: {turn.engine.name}, {turn.work} of {self._count(turn):,}"
            goal = MEMORY_GOAL if turn.engine is BIFROST else None
            yield Figure(what, "MB", (peak,), goal)
            if worker:
                yield Figure("    and each worker", "MB", (worker,))

    def _first_results(self):
        for engine in engines_here():
            yield from self._first_result(engine)

    def _first_result(self, engine):
        folder = self._folder / "start" / engine.name
        bars = self._folder / "days.npz"
        answers = [ask_once(engine, folder, "cross", bars) for _ in range(4)]
        cold, warm = answers[0], answers[1:]
        imported = tuple(one["imported"] for one in warm)
        first = tuple(one["first"] for one in warm)
        whole = tuple(sum(pair) for pair in zip(imported, first, strict=True))
        self.starts[engine] = tuple(
            statistics.median(one) for one in (imported, whole, (cold["imported"] + cold["first"],))
        )
        is_ours = engine is BIFROST
        yield Figure(f"import: {engine.name}", "s", imported, IMPORT_GOAL if is_ours else None)
        yield Figure("    first result of a new process", "s", whole)
        if "numba" in answers[-1]:
            after = tuple(one["first"] - one["numba"] for one in warm)
            yield Figure("    ... after numba's import", "s", after, FIRST_GOAL)
        yield Figure("    first result of all, nothing kept", "s", (sum(cold_of(cold)),))


def cold_of(answer):
    """Return the import and the first run of an answer, in seconds."""
    return answer["imported"], answer["first"]


def rate_figures(workload, found):
    """Yield the rates of a workload, and Bifrost's to each of the others."""
    ratios = dict(workload.ratios)
    ours = statistics.median(found[BIFROST])
    for engine, laps in found.items():
        if engine is BIFROST:
            what = f"{workload.name}: Bifrost"
            yield Figure(what, workload.unit, tuple(laps), workload.goal, is_more_better=True)
            continue
        yield Figure(f"    {engine.name}", workload.unit, tuple(laps))
        times = tuple(ours / one for one in laps)
        what = f"        Bifrost / {engine.name}"
        yield Figure(what, "times", times, ratios.get(engine), is_more_better=True)


def load(path):
    """Return the arrays of a file."""
    with np.load(path) as kept:
        return {name: kept[name] for name in kept.files}


def main():
    """Measure what the command line names, and print all of it."""
    comparison = Comparison(sys.argv[1:])
    show(comparison.figures)
    comparison.tell()


if __name__ == "__main__":
    main()
