"""Bifrost: the strategy engine's array calls, its simulators, and the desk as a person uses it."""

import serving

# isort: split

import importlib.metadata
import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import numpy as np
from serving import CASH, COMMISSION, EXPOSURE, SHARES, STOP, TARGET, TRAIL

import bifrost_kernel as bf
from bifrost_kernel.domain.backtest import BacktestSpec
from bifrost_kernel.domain.bars import Adjustment, BarSeries, BarSet, BarSpec, Lineage
from bifrost_kernel.domain.instruments import InstrumentId
from bifrost_kernel.domain.strategies import Signals
from bifrost_kernel.domain.trading import Commission, CommissionKind, Sizing, SizingKind, Trading

TRADING = Trading(
    cash=CASH,
    commission=Commission(CommissionKind.PERCENT, COMMISSION),
    sizing=Sizing(SizingKind.UNITS, SHARES),
)
CORES = os.cpu_count() or 1


class Silence:
    """A progress that nobody looks at."""

    def start(self, total, what):
        """Begin."""

    def step(self, count=1):
        """Go on."""

    def close(self):
        """End."""


def engine():
    """Return the strategy engine, with numba at hand: what importing it takes is told apart."""
    began = time.perf_counter()
    import numba  # noqa: F401

    serving.TOLD["numba"] = serving.TOLD.get("numba", time.perf_counter() - began)
    from bifrost_kernel.engines.strategy import engine as strategy_engine

    return strategy_engine


def cross(bars):
    """W1."""

    def run():
        return engine().simulate_crossings(bars["open"], bars["close"], 10, 30, TRADING)

    return run, read


def statistics(bars):
    """W1 with 16 figures of the account and the round trips."""
    sessions = bars["session"].astype("datetime64[D]")

    def run():
        ran = engine().simulate_crossings(bars["open"], bars["close"], 10, 30, TRADING)
        return ran, engine().measure_market(ran, sessions)

    return run, lambda result: read(result[0])


def sweep(bars):
    """W2: a part of the combinations on each core."""
    pairs = np.array(serving.combinations(bars)).T
    parts = [np.ascontiguousarray(one) for one in np.array_split(pairs, CORES, axis=1)]
    pool = ThreadPoolExecutor(CORES)

    def run():
        call = engine().simulate_cross_sweep
        return list(pool.map(lambda part: call(bars["open"], bars["close"], *part, TRADING), parts))

    def look(result):
        return {
            "final": np.concatenate([one.final_nav for one in result]),
            "drawdown": np.concatenate([one.max_drawdown for one in result]),
        }

    return run, look


def rebalance(bars):
    """W3."""
    rows = np.flatnonzero(bars["opens_month"])
    n_instruments = bars["close"].shape[1]

    def run():
        weights = np.full((len(rows), n_instruments), EXPOSURE / n_instruments)
        return engine().simulate_weights(bars["open"], bars["close"], weights, TRADING, bars=rows)

    return run, lambda result: {"nav": result.nav, "n_fills": len(result.fills)}


def bracket(bars):
    """W4: wishes with distances, through the simulator, with every order and event."""
    close, known = bars["close"], bar_set(bars)

    def run():
        turns = engine().cross_averages(close, 10, 30)
        up = turns.bar[turns.direction > 0]
        entries = np.zeros((len(close), 1), dtype=bool)
        entries[up] = True
        distances = {}
        for name, share in (("stop", STOP), ("profit", TARGET), ("trail", TRAIL)):
            distances[f"{name}_distance"] = np.full(entries.shape, np.nan)
            distances[f"{name}_distance"][up, 0] = share * close[up]
        return simulate(known, bf.strategy(wishing), Signals(entries=entries, **distances))

    return run, read


def wishing(bars):
    """Stand for the wishes that a job carries."""
    return Signals(entries=bars.close > np.inf)


def crossing(now):
    """W1 at each bar: enter and leave."""
    turn = now.study(0)
    if turn > 0.0:
        if now.position == 0.0:
            now.buy()
    elif turn < 0.0 and now.position > 0.0:
        now.close_position()


def averages(bars):
    """Return where the averages cross."""
    from bifrost_kernel.engines.strategy.calc.indicators import crossover, sma

    return [crossover(sma(bars.close, 10), sma(bars.close, 30))]


def at_each_bar(bars, *, is_compiled):
    """W1 as a function of now."""
    known = bar_set(bars)
    strategy = bf.on_bar(compiled=is_compiled, prepare=averages)(crossing)
    return lambda: simulate(known, strategy, None), read


def simulate(known, strategy, signals):
    """Return what the compiled simulator makes of a strategy on bars already on one timeline."""
    from bifrost_kernel.engines.strategy.model import SimulationJob
    from bifrost_kernel.simulators.compiled import CompiledSimulator

    bars, panel = known
    spec = BacktestSpec(
        strategy.name, (), bars.instrument_ids, spec=bars.spec, adjustment=bars.adjustment,
        trading=TRADING,
    )  # fmt: skip
    studies = () if signals else engine().studies_for(strategy, {}, bars, panel)
    job = SimulationJob(spec, strategy, bars, panel, signals, (), studies)
    return CompiledSimulator().run(job, Silence())


def bar_set(bars):
    """Return one instrument's bars, and the same on a timeline."""
    from bifrost_kernel.engines.marketdata import engine as marketdata

    is_daily = np.diff(bars["end"]).min() > 12 * 3600 * 10**9
    length = BarSpec(1, "d" if is_daily else "m")
    prices = (bars[name] for name in ("open", "high", "low", "close", "volume"))
    series = BarSeries(
        InstrumentId("MADE", "XXXX"), length, bars["end"], bars["session"].astype("datetime64[D]"),
        *prices,
    )  # fmt: skip
    lineage = Lineage("benchmark", "seeded", datetime(2026, 1, 5, tzinfo=UTC), is_synthetic=True)
    made = BarSet((series,), length, Adjustment.NONE, (), (lineage,), "0" * 64)
    return made, marketdata.align(made)


def desk(bars):  # noqa: ARG001  # the desk has the same bars of its own
    """W1 as a person asks: bars loaded, figures worked out, the run kept."""
    held = bf.open_desk()
    settings = {"commission": COMMISSION, "size": SHARES, "adjust": "none"}

    def run():
        return held.backtest("sma_cross", "AAPL", params={"fast": 10, "slow": 30}, **settings)

    return run, lambda view: {"nav": np.asarray(view.nav)}


def read(result):
    """Return what came out of a run."""
    quantity, bar = result.fills.quantity, result.fills.bar
    return {"nav": result.nav, "entries": bar[quantity > 0], "exits": bar[quantity < 0]}


WORKS = {
    "cross": cross,
    "statistics": statistics,
    "desk": desk,
    "python": lambda bars: at_each_bar(bars, is_compiled=False),
    "compiled": lambda bars: at_each_bar(bars, is_compiled=True),
    "sweep": sweep,
    "rebalance": rebalance,
    "bracket": bracket,
}

if __name__ == "__main__":
    version = importlib.metadata.version("bifrost_kernel")
    serving.serve(f"Bifrost {version} ({CORES} threads)", WORKS)
