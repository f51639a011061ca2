"""Where the time of a backtest goes: load, signals, run, metrics, record, show.

``python -m tests.benchmarks.bench_backtest``
"""

from __future__ import annotations

import tempfile
import time
from functools import wraps

import pytest

from bifrost_kernel.desk import open_desk
from bifrost_kernel.engines.analytics import engine as analytics
from bifrost_kernel.simulators.compiled.adapter import CompiledSimulator
from bifrost_kernel.storage.runs import SqlRunStore
from bifrost_kernel.workflows import desk as backend
from bifrost_kernel.workflows import strategy as workflow
from tests.benchmarks.measuring import Figure, milliseconds, show

LAPS = 50
PARTS = (
    ("load", backend.marketdata, "fetch_bars"),
    ("signals", workflow.engine, "signals_for"),
    ("run", CompiledSimulator, "run"),
    ("metrics", workflow, "_performance"),
    ("record", SqlRunStore, "save"),
)


def figures():
    """Yield a backtest of 3,270 days with its parts, and the calls it is made of."""
    with tempfile.TemporaryDirectory() as home, pytest.MonkeyPatch.context() as patch:
        desk = open_desk(home)
        taken = {part: [] for part, *_ in PARTS}
        asked, busy = [], []
        for part, owner, name in PARTS:
            patch.setattr(owner, name, timed(getattr(owner, name), taken[part]))
        patch.setattr(analytics, "summarise", noting(analytics.summarise, asked))

        def run():
            return desk.backtest("sma_cross", "AAPL", params={"fast": 10, "slow": 30})

        whole, view = milliseconds(timed(run, busy, time.thread_time), LAPS, warm_up=3)
        yield Figure(f"desk.backtest, warm, {len(view.nav):,} bars", "ms", whole, goal=30)
        laps = [tuple(taken[part][-LAPS:]) for part, *_ in PARTS]
        for (part, *_), one in zip(PARTS, laps, strict=True):
            yield Figure(f"    {part}", "ms", one)
        rest = [lap - sum(parts) for lap, *parts in zip(whole, *laps, strict=True)]
        yield Figure("    the rest", "ms", tuple(rest))
        yield Figure("... of processor time", "ms", tuple(busy[-LAPS:]))
        (_, words), *_ = asked
        patch.undo()
        laps, _ = milliseconds(lambda: analytics.summarise(**words), 50, warm_up=2)
        yield Figure("analytics.summarise of those bars", "ms", laps)
        laps, _ = milliseconds(view._repr_html_, 15, warm_up=2)
        yield Figure("the report as HTML", "ms", laps)


def timed(call, laps, clock=time.perf_counter):
    """Return `call`, noting how many milliseconds it takes."""

    @wraps(call)
    def measured(*words, **options):
        began = clock()
        try:
            return call(*words, **options)
        finally:
            laps.append((clock() - began) * 1e3)

    return measured


def noting(call, asked):
    """Return `call`, noting what it is given."""

    @wraps(call)
    def noted(*words, **options):
        asked.append((words, options))
        return call(*words, **options)

    return noted


if __name__ == "__main__":
    show(figures)
