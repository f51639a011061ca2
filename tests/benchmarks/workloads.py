"""What every engine is asked to do: W1 to W4, on the same bars.

All start with a million, pay 0.1 % of what they trade, decide at a close and trade at the next
open. W1 holds 100 shares while the 10-bar average of closes is above the 30-bar one. W2 does so for
every pair of a fast window 5..50 and a slow one 20..200, both in steps of 3, and wants the last
value and the largest drawdown of each. W3 restores equal weights of 100 instruments each month. W4
enters as W1 does, with a stop 0.5 % below the signal's close, a target 1 % above it and a stop that
trails the closes by 0.7 %, whichever comes first. What is timed begins with bars in memory and ends
with the account's value at each close and the trades (W2: two numbers a combination).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.backtest_samples import minute_series, sample_series
from tests.benchmarks.engines import (
    BACKTESTING,
    BACKTRADER,
    BIFROST,
    RAPTORBT,
    VECTORBT_NUMBA,
    VECTORBT_RUST,
)

NAMES = ("open", "high", "low", "close", "volume")
PAIRS = [(fast, slow) for fast in range(5, 51, 3) for slow in range(20, 201, 3) if fast < slow]
ALL_PAIRS = [(fast, slow) for fast in range(5, 51) for slow in range(20, 201) if fast < slow]
GRIDS = {
    "days": {"grid": PAIRS, "grid_31": PAIRS[::30], "grid_of_all": ALL_PAIRS},
    "minutes_100k": {"long_grid": PAIRS, "long_grid_31": PAIRS[::30]},
}
VECTORBT = (VECTORBT_NUMBA, VECTORBT_RUST)

MEMORY_GOAL = 200.0
IMPORT_GOAL = 0.3
FIRST_GOAL = 0.5
DESK_GOAL = 0.03


@dataclass(frozen=True)
class Turn:
    """One engine's part of a workload.

    Parameters
    ----------
    engine, work, bars
        Who, the name of what it does, and on which bars.
    laps
        How often it is timed, at most as often as the others.
    terms
        What it is told besides, as (name, value) pairs.
    why
        What it does otherwise, if its result cannot be the same.
    """

    engine: object
    work: str
    bars: str
    laps: int = 5
    terms: tuple[tuple[str, object], ...] = ()
    why: str = ""


@dataclass(frozen=True)
class Workload:
    """One row of the table.

    Parameters
    ----------
    name, unit
        Its name, and what is counted a second.
    turns
        Who takes part; Bifrost first.
    goal
        Bifrost's, of that unit; None = none.
    ratios
        How many times another engine's rate Bifrost's should be, by engine.
    on
        Which bars, in words.
    """

    name: str
    unit: str
    turns: tuple[Turn, ...]
    goal: float | None = None
    ratios: tuple[tuple[object, float], ...] = ()
    on: str = ""


def turns(work, bars, *others, laps=7):
    """Return Bifrost's turn and the others'."""
    return (Turn(BIFROST, work, bars, laps), *others)


ALL_IN = "each entry takes all its cash"
TWO_LEGS = "a stop and a target from the fill, none that trails"
OTHER_LEGS = "its legs are live on the bar of the entry, and stop and trailing stop are one order"


WORKLOADS = (
    Workload(
        "W1, a million bars",
        "bars/s",
        turns(
            "cross",
            "minutes",
            Turn(BACKTRADER, "cross", "minutes_20k", 2),
            Turn(BACKTESTING, "cross", "minutes_100k", 2),
            *(Turn(one, "cross", "minutes") for one in VECTORBT),
            Turn(RAPTORBT, "cross", "minutes", why=ALL_IN),
        ),
        266e6,
        ((RAPTORBT, 25),),
        "seeded minutes; Backtrader 20,000, backtesting.py 100,000 of them",
    ),
    Workload(
        "W1, 3,270 bars and statistics",
        "bars/s",
        turns(
            "statistics",
            "days",
            Turn(BACKTRADER, "statistics", "days", 3),
            Turn(BACKTESTING, "statistics", "days"),
            *(Turn(one, "statistics", "days") for one in VECTORBT),
            Turn(RAPTORBT, "statistics", "days", why=ALL_IN),
        ),
        30e6,
        on="AAPL's days",
    ),
    Workload(
        "W1, 3,270 bars as a person asks",
        "bars/s",
        (
            Turn(BIFROST, "desk", "days", 7),
            Turn(BACKTRADER, "statistics", "days", 3),
            Turn(BACKTESTING, "statistics", "days"),
            *(Turn(one, "portfolio", "days", 2) for one in VECTORBT),
            Turn(RAPTORBT, "statistics", "days", why=ALL_IN),
        ),
        3_270 / DESK_GOAL,
        on="AAPL's days; desk.backtest with loading, all figures and the record of the run, "
        "vectorbt's Portfolio with its stats()",
    ),
    Workload(
        "W1, Python at each bar",
        "bars/s",
        turns(
            "python",
            "minutes_100k",
            Turn(BACKTRADER, "python", "minutes_20k", 2),
            Turn(BACKTESTING, "python", "minutes_100k", 2),
            Turn(RAPTORBT, "python", "minutes_100k", why=ALL_IN),
        ),
        1e6,
        on="100,000 seeded minutes; Backtrader 20,000",
    ),
    Workload(
        "W1, compiled at each bar",
        "bars/s",
        turns(
            "compiled",
            "minutes",
            Turn(VECTORBT_NUMBA, "compiled", "minutes_100k"),
        ),
        on="seeded minutes; vectorbt 100,000 of them",
    ),
    Workload(
        "W2, 910 combinations of 3,270 bars",
        "combos/s",
        turns(
            "sweep",
            "grid",
            Turn(BACKTRADER, "sweep", "grid_31", 1),
            Turn(BACKTESTING, "sweep", "grid_31", 2),
            *(Turn(one, "sweep", "grid", 3) for one in VECTORBT),
            Turn(RAPTORBT, "sweep", "grid", why=ALL_IN),
        ),
        190e3,
        ((RAPTORBT, 25),),
        "AAPL's days; Backtrader and backtesting.py 31 combinations, on all cores",
    ),
    Workload(
        "W2, vectorbt's own Portfolio",
        "combos/s",
        turns("sweep", "grid", *(Turn(one, "face", "grid", 2) for one in VECTORBT)),
        None,
        (*((one, 200) for one in VECTORBT),),
        "the same, through Portfolio.from_signals",
    ),
    Workload(
        "W2, 910 combinations of 100,000 bars",
        "combos/s",
        turns(
            "sweep",
            "long_grid",
            *(Turn(one, "sweep", "long_grid_31", 1, (("part", 31),)) for one in VECTORBT),
            Turn(RAPTORBT, "sweep", "long_grid", 1, (("part", 91),), ALL_IN),
        ),
        3.5e3,
        on="seeded minutes; vectorbt 31 combinations, raptorbt 91 at a time",
    ),
    Workload(
        "W3, 100 instruments x 2,500 bars",
        "bars/s",
        turns(
            "rebalance",
            "panel",
            Turn(BACKTRADER, "rebalance", "panel_500", 1),
            *(Turn(one, "rebalance", "panel") for one in VECTORBT),
            Turn(RAPTORBT, "rebalance", "panel", why="it trades at closes, with costs of its own"),
        ),
        800e6,
        on="seeded days; Backtrader 500; raptorbt at closes, with costs of its own",
    ),
    Workload(
        "W4, 100,000 bars",
        "bars/s",
        turns(
            "bracket",
            "minutes_100k",
            Turn(BACKTRADER, "bracket", "minutes_20k", 2),
            Turn(BACKTESTING, "bracket", "minutes_100k", 1, why=OTHER_LEGS),
            *(Turn(one, "bracket", "minutes_100k", why=TWO_LEGS) for one in VECTORBT),
            Turn(RAPTORBT, "bracket", "minutes_100k", why=f"{ALL_IN}, {TWO_LEGS}"),
        ),
        60e6,
        on="seeded minutes; Backtrader 20,000; vectorbt and raptorbt two legs only",
    ),
)


MEMORY = (
    Turn(BIFROST, "sweep", "grid"),
    Turn(BIFROST, "sweep", "grid_of_all"),
    Turn(BACKTRADER, "sweep", "grid_31"),
    Turn(BACKTESTING, "sweep", "grid_31"),
    *(Turn(one, "sweep", "grid") for one in VECTORBT),
    *(Turn(one, "face", "grid") for one in VECTORBT),
    Turn(RAPTORBT, "sweep", "grid"),
)


def save_bars(folder):
    """Write the bars of all workloads into a folder, one .npz file each."""
    days, minutes = sample_series(has_splits=True), minute_series(1_000_000)
    for name, series, count in (
        ("days", days, None),
        ("minutes", minutes, None),
        ("minutes_100k", minutes, 100_000),
        ("minutes_20k", minutes, 20_000),
    ):
        arrays = {one: getattr(series, one)[:count] for one in NAMES}
        arrays["end"] = series.end[:count]
        arrays["session"] = series.session_date[:count].astype(np.int64)
        np.savez(folder / f"{name}.npz", **arrays)
        for grid, pairs in GRIDS.get(name, {}).items():
            fast, slow = np.array(pairs).T
            np.savez(folder / f"{grid}.npz", fast=fast, slow=slow, **arrays)
    panel = make_panel()
    np.savez(folder / "panel.npz", **panel)
    short = {name: one[:500] for name, one in panel.items()}
    np.savez(folder / "panel_500.npz", **short)


def make_panel(n_bars=2500, n_instruments=100):
    """Return seeded days of many instruments, shape (T, K) each, and where months open."""
    random = np.random.default_rng(5)
    shape = n_bars, n_instruments
    close = 100 * np.exp(random.normal(0.0003, 0.015, shape).cumsum(axis=0))
    opened = np.vstack((np.full((1, n_instruments), 100.0), close[:-1]))
    opened *= np.exp(random.normal(0, 0.004, shape))
    days = np.arange(np.datetime64("2010-01-04"), np.datetime64("2024-01-01"))
    days = days[np.is_busday(days)][:n_bars]
    months = days.astype("datetime64[M]")
    return {
        "open": opened,
        "high": np.maximum(opened, close) * 1.003,
        "low": np.minimum(opened, close) * 0.997,
        "close": close,
        "volume": np.full(shape, 1e6),
        "end": days.astype("datetime64[ns]").astype(np.int64) + 21 * 3600 * 10**9,
        "session": days.astype(np.int64),
        "opens_month": np.concatenate(([True], months[1:] != months[:-1])),
    }
