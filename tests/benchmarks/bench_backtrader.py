"""Bars per second of the Backtrader simulator, beside plain Backtrader on the same bars.

``python -m tests.benchmarks.bench_backtrader``
"""

import time
import warnings

import backtrader as bt
import numpy as np

from bifrost_kernel.domain.strategies import Signals
from bifrost_kernel.domain.trading import Commission, CommissionKind, Sizing, SizingKind, Trading
from bifrost_kernel.simulators.backtrader import BacktraderSimulator
from tests.benchmarks.measuring import Figure, milliseconds, show
from tests.simulation_samples import Steps, _pandas_feed, make_bars, make_job, make_series

SETTINGS = {
    "commission": Commission(CommissionKind.PERCENT, 0.001),
    "sizing": Sizing(SizingKind.UNITS, 100.0),
}


class Crossing(bt.Strategy):
    """The 10/30 crossing as a class, for comparison."""

    def __init__(self):
        self.cross = bt.ind.CrossOver(bt.ind.SMA(period=10), bt.ind.SMA(period=30))

    def next(self):
        """Enter and leave."""
        if not self.position and self.cross > 0:
            self.buy()
        elif self.position and self.cross < 0:
            self.close()


def make_walk(n_bars, spec, n_series=1):
    """Return random walks from one seed."""
    rng = np.random.default_rng(11)
    series = []
    for number in range(n_series):
        close = 100 * np.exp(rng.normal(0, 0.001, n_bars).cumsum())
        volume = np.full(n_bars, 1e6)
        table = np.column_stack([close, close * 1.001, close * 0.999, close, volume])
        series.append(make_series(f"S{number}", table, spec=spec))
    return make_bars(*series)


def make_signals(bars):
    """Return crossings of the 10- and 30-bar averages."""
    close = bars.series[0].close
    fast, slow = (np.convolve(close, np.ones(n) / n)[: len(close)] for n in (10, 30))
    above = (fast > slow)[:, None]
    turned = np.zeros_like(above)
    turned[31:] = above[31:] != above[30:-1]
    return Signals(entries=turned & above, exits=turned & ~above)


def make_weights(bars, every=21):
    """Return equal weights, ordered anew every so many bars."""
    shape = (len(bars.series[0]), len(bars.series))
    weights = np.full(shape, np.nan)
    weights[::every] = 0.95 / shape[1]
    return Signals(target_weight=weights)


def run_plainly(bars):
    """Run the crossing in a Cerebro as its manual shows it; return its broker's last value."""
    cerebro = bt.Cerebro()
    for series in bars.series:
        cerebro.adddata(_pandas_feed(series))
    cerebro.broker.setcash(Trading().cash)
    cerebro.broker.setcommission(0.001)
    cerebro.addsizer(bt.sizers.FixedSize, stake=100)
    cerebro.addstrategy(Crossing)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        cerebro.run()
    return cerebro.broker.getvalue()


def figures():
    """Yield bars per second by hand and through the simulator, turn by turn, and their ratio."""
    for n_bars, spec, laps in ((3_270, "1d", 7), (20_000, "1m", 3)):
        bars = make_walk(n_bars, spec)
        arrays = make_job(bars, signals=make_signals(bars), **SETTINGS)
        native = make_job(bars, native=Crossing, **SETTINGS)
        ways = {
            "plain Backtrader by hand": lambda one=bars: run_plainly(one),
            "simulator, the same class": lambda one=native: _final_nav(one),
            "simulator, arrays": lambda one=arrays: _final_nav(one),
        }
        speeds, ends = {way: [] for way in ways}, {}
        for _ in range(laps):
            for way, run in ways.items():
                began = time.perf_counter()
                ends[way] = run()
                speeds[way].append(n_bars / (time.perf_counter() - began))
        if len(set(ends.values())) > 1:
            raise AssertionError(f"the ways differ: {ends}")
        for way, found in speeds.items():
            yield Figure(f"{way}, {n_bars:,} bars", "bars/s", tuple(found))
        plain, *ours = speeds.values()
        for way, found in zip(list(ways)[1:], ours, strict=True):
            ratio = tuple(one / beside for one, beside in zip(found, plain, strict=True))
            yield Figure(f"    {way} / by hand", "times", ratio, goal=1.0, is_more_better=True)
    bars = make_walk(1_000, "1d", n_series=20)
    job = make_job(bars, signals=make_weights(bars))
    laps, _ = milliseconds(lambda: _final_nav(job), 2, warm_up=0)
    speed = tuple(20_000 / one * 1e3 for one in laps)
    yield Figure("simulator, 20 instruments, monthly weights", "bars/s", speed)


def _final_nav(job):
    return BacktraderSimulator().run(job, Steps()).nav[-1]


if __name__ == "__main__":
    show(figures)
