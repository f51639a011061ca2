"""Where the time of a backtest goes: load, run, metrics, record, show.

``python -m tests.benchmarks.bench_backtest``
"""

from __future__ import annotations

import tempfile
import time
from functools import wraps

import pytest

from bifrost_kernel.desk import open_desk
from bifrost_kernel.engines.analytics import engine as analytics
from bifrost_kernel.simulators.backtrader.adapter import BacktraderSimulator
from bifrost_kernel.storage.runs import SqlRunStore
from bifrost_kernel.workflows import desk as backend
from bifrost_kernel.workflows import strategy as workflow
from tests.benchmarks.measuring import Figure, milliseconds, show

LAPS = 15
PARTS = (
    ("load", backend.marketdata, "fetch_bars"),
    ("run", BacktraderSimulator, "run"),
    ("metrics", workflow, "_performance"),
    ("record", SqlRunStore, "save"),
)


def figures():
    """Yield a backtest of 3,270 days with its parts, and the calls it is made of."""
    with tempfile.TemporaryDirectory() as home, pytest.MonkeyPatch.context() as patch:
        desk = open_desk(home)
        taken = {part: [] for part, *_ in PARTS} | {"show": []}
        asked = []
        for part, owner, name in PARTS:
            patch.setattr(owner, name, timed(getattr(owner, name), taken[part]))
        patch.setattr(analytics, "summarise", noting(analytics.summarise, asked))

        def run():
            return desk.backtest("sma_cross", "AAPL", params={"fast": 10, "slow": 30})

        whole, view = milliseconds(run, LAPS, warm_up=2)
        taken["show"], _ = milliseconds(view._repr_html_, LAPS, warm_up=2)
        yield Figure(f"desk.backtest, warm, {len(view.nav):,} bars", "ms", whole)
        for part, laps in taken.items():
            yield Figure(f"    {part}", "ms", tuple(laps[-LAPS:]))
        beside = zip(whole, taken["run"][-LAPS:], strict=True)
        yield Figure("    all but run and show", "ms", tuple(one - run for one, run in beside))
        (_, words), *_ = asked
        patch.undo()
        laps, _ = milliseconds(lambda: analytics.summarise(**words), 50, warm_up=2)
        yield Figure("analytics.summarise of those bars", "ms", laps)


def timed(call, laps):
    """Return `call`, noting how many milliseconds it takes."""

    @wraps(call)
    def measured(*words, **options):
        began = time.perf_counter()
        try:
            return call(*words, **options)
        finally:
            laps.append((time.perf_counter() - began) * 1e3)

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
