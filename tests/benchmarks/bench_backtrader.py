"""Bars per second of the Backtrader simulator; run it by hand from the project's folder.

``python -m tests.benchmarks.bench_backtrader``
"""

import time

import backtrader as bt
import numpy as np

from bifrost_kernel.domain.backtest import Commission, CommissionKind, Sizing, SizingKind
from bifrost_kernel.domain.strategies import Signals
from bifrost_kernel.simulators.backtrader import BacktraderSimulator
from tests.simulation_samples import Steps, make_bars, make_job, make_series

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


def measure(name, job, repeats):
    """Print the best of some runs."""
    best = min(_seconds(job) for _ in range(repeats))
    n_bars = len(job.panel) * len(job.panel.instrument_ids)
    print(f"{name:44s} {n_bars:>9,} bars {best:8.3f} s {n_bars / best:>10,.0f} bars/s")  # noqa: T201  # its purpose


def _seconds(job):
    started = time.perf_counter()
    BacktraderSimulator().run(job, Steps())
    return time.perf_counter() - started


def main():
    """Measure arrays and a class, on few and many bars, on one and many instruments."""
    for n_bars, spec, repeats in ((3_270, "1d", 5), (100_000, "1m", 2)):
        bars = make_walk(n_bars, spec)
        measure(
            "arrays, sma 10/30", make_job(bars, signals=make_signals(bars), **SETTINGS), repeats
        )
        measure("class, sma 10/30", make_job(bars, native=Crossing, **SETTINGS), repeats)
    many = make_walk(2_500, "1d", n_series=20)
    measure(
        "arrays, 20 instruments, monthly weights", make_job(many, signals=make_weights(many)), 2
    )


if __name__ == "__main__":
    main()
