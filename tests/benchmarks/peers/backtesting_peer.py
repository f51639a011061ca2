"""backtesting.py: its ``Backtest`` with 100 shares, and its grid search over all cores.

Its statistics are always part of a run. What it cannot do: more than one instrument (W3).
"""

import serving

# isort: split

import os
import warnings

import backtesting
import numpy as np
import pandas as pd
from serving import CASH, COMMISSION, SHARES, STOP, TARGET, TRAIL

# Its progress bars are for people.
backtesting.backtesting._tqdm = lambda steps, **_: steps
warnings.simplefilter("ignore")


class Crossing(backtesting.Strategy):
    """W1: wishes worked out beforehand by pandas and numpy, acted on bar by bar in Python."""

    fast, slow = 10, 30

    def init(self):
        """Work the wishes out; plain lists are quicker than its indicators."""
        close = pd.Series(self.data.Close)
        means = (close.rolling(one).mean().to_numpy() for one in (self.fast, self.slow))
        entries, exits = serving.crossings(*means, self.slow)
        self.entries, self.exits = entries.tolist(), exits.tolist()

    def next(self):
        """Enter and leave."""
        bar = len(self.data) - 1
        if self.entries[bar]:
            if not self.position:
                self.buy(size=SHARES)
        elif self.exits[bar] and self.position:
            self.position.close()


class Bracket(Crossing):
    """W4: a stop and a target with the entry, and a stop that follows the closes."""

    def next(self):
        """Follow the close with the stop, or enter."""
        bar = len(self.data) - 1
        for trade in self.trades:
            trade.sl = max(trade.sl, self.data.Close[-1] - self.distance)
        if self.entries[bar] and not self.position and not self.orders:
            close = self.data.Close[-1]
            self.distance = TRAIL * close
            self.buy(size=SHARES, sl=close - STOP * close, tp=close + TARGET * close)


def make(bars, strategy):
    """Return its backtest of these bars."""
    index = pd.DatetimeIndex(bars["end"].astype("datetime64[ns]"))
    names = ("Open", "High", "Low", "Close", "Volume")
    table = pd.DataFrame({name: bars[name.lower()] for name in names}, index=index)
    return backtesting.Backtest(table, strategy, cash=CASH, commission=COMMISSION)


def cross(bars):
    """W1."""
    return run_of(bars, Crossing)


def bracket(bars):
    """W4."""
    return run_of(bars, Bracket)


def run_of(bars, strategy):
    """Return a run of a strategy, and how to read it."""

    def run():
        return make(bars, strategy).run()

    def read(found):
        closed, still = found["_trades"], found["_strategy"].trades
        return {
            "nav": found["_equity_curve"].Equity.to_numpy(),
            "entries": [*closed.EntryBar, *(one.entry_bar for one in still)],
            "exits": closed.ExitBar.to_numpy(),
        }

    return run, read


def sweep(bars):
    """W2: its grid search; the same statistics for each combination."""
    pairs = serving.combinations(bars)
    fast, slow = (sorted(set(one)) for one in zip(*pairs, strict=True))
    wanted = set(pairs)

    def run():
        _, ends = make(bars, Crossing).optimize(
            fast=fast, slow=slow, maximize="Equity Final [$]", return_heatmap=True,
            constraint=lambda one: (one.fast, one.slow) in wanted,
        )  # fmt: skip
        return ends

    return run, lambda ends: {"final": np.array([ends[pair] for pair in pairs])}


WORKS = {
    "cross": cross, "statistics": cross, "python": cross, "sweep": sweep, "bracket": bracket,
}  # fmt: skip

if __name__ == "__main__":
    serving.serve(f"backtesting {backtesting.__version__} ({os.cpu_count()} workers)", WORKS)
