"""Backtrader by hand, at its quickest: bars preloaded whole, run once, no standard observers.

Runs in the project's own environment. Its optimiser loads the bars once and uses all cores.
"""

import serving

# isort: split

import math
import os
import warnings
from array import array

import backtrader as bt
import numpy as np
from serving import CASH, COMMISSION, EXPOSURE, SHARES, STOP, TARGET, TRAIL

warnings.simplefilter("ignore", DeprecationWarning)


class Account(bt.Analyzer):
    """The account at each close, and at which bars it was filled."""

    def start(self):
        """Begin with nothing."""
        self.nav, self.fills = [], []

    def notify_cashvalue(self, cash, value):  # noqa: ARG002 - their signature
        """Keep the account's worth."""
        self.nav.append(value)

    def notify_order(self, order):
        """Keep a fill's bar."""
        if order.status == order.Completed:
            self.fills.append((len(self.nav), order.executed.size))


class Crossing(bt.Strategy):
    """W1."""

    params = (("fast", 10), ("slow", 30))

    def __init__(self):
        close = self.data.close
        means = (bt.ind.SMA(close, period=one) for one in (self.p.fast, self.p.slow))
        self.cross = bt.ind.CrossOver(*means)

    def next(self):
        """Enter and leave."""
        if self.cross[0] > 0:
            if not self.position:
                self.buy()
        elif self.cross[0] < 0 and self.position:
            self.close()


class Bracket(Crossing):
    """W4: stop, trailing stop and target, the first to fill cancelling the others."""

    entry = None

    def next(self):
        """Enter with three children."""
        if self.cross[0] <= 0 or self.position or (self.entry and self.entry.alive()):
            return
        close = self.data.close[0]
        self.entry = self.buy(transmit=False)
        bound = {"parent": self.entry, "transmit": False}
        self.sell(exectype=bt.Order.Stop, price=close - STOP * close, **bound)
        self.sell(exectype=bt.Order.StopTrail, price=close, trailamount=TRAIL * close, **bound)
        bound["transmit"] = True
        self.sell(exectype=bt.Order.Limit, price=close + TARGET * close, **bound)


class Rebalance(bt.Strategy):
    """W3: equal weights at the close of a month's first bar, reductions first."""

    params = (("opens_month", None),)

    def start(self):
        """Fix the order in which holdings are added up."""
        for data in self.datas:
            self.broker.getposition(data)

    def next(self):
        """Order the differences."""
        if not self.p.opens_month[len(self) - 1]:
            return
        wanted = EXPOSURE / len(self.datas) * self.broker.getvalue()
        changes = [(data, wanted - self.broker.getvalue([data])) for data in self.datas]
        for is_adding in (False, True):
            for data, missing in changes:
                size = math.copysign(abs(missing) // data.close[0], missing)
                reduces = size * self.getposition(data).size < 0
                if size and reduces != is_adding:
                    (self.buy if size > 0 else self.sell)(data, size=abs(size))


class Feed(bt.feed.DataBase):
    """Bars from whole arrays: ``PandasData`` takes longer to load than a run."""

    params = (("columns", None),)

    def preload(self):
        """Fill every line at once."""
        for name in self.getlinealiases():
            getattr(self.lines, name).array = array("d", self.p.columns[name].tobytes())
        self.home()


def make(bars):
    """Return a Cerebro with these bars and the account of all workloads."""
    cerebro = bt.Cerebro(stdstats=False, preload=True, runonce=True)
    end = bars["end"]
    is_daily = np.diff(end).min() > 12 * 3600 * 10**9
    frame = bt.TimeFrame.Days if is_daily else bt.TimeFrame.Minutes
    shared = {"datetime": 719_163 + end / 86_400e9, "openinterest": np.zeros(len(end))}
    wide = {
        name: bars[name].reshape(len(end), -1)
        for name in ("open", "high", "low", "close", "volume")
    }
    for place in range(wide["close"].shape[1]):
        columns = shared | {name: table[:, place] for name, table in wide.items()}
        cerebro.adddata(Feed(columns=columns, timeframe=frame))
    cerebro.broker.setcash(CASH)
    cerebro.broker.setcommission(COMMISSION)
    cerebro.addsizer(bt.sizers.FixedSize, stake=SHARES)
    return cerebro


def run_of(bars, strategy, *analyzers, **terms):
    """Return a run of a strategy, and how to read it."""

    def run():
        cerebro = make(bars)
        cerebro.addstrategy(strategy, **terms)
        for one in (Account, *analyzers):
            cerebro.addanalyzer(one, _name=one.__name__)
        return cerebro.run()[0].analyzers.Account

    def read(account):
        return {
            "nav": account.nav,
            "n_fills": len(account.fills),
            "entries": [bar for bar, size in account.fills if size > 0],
            "exits": [bar for bar, size in account.fills if size < 0],
        }

    return run, read


def cross(bars):
    """W1."""
    return run_of(bars, Crossing)


def statistics(bars):
    """W1 with its analyzers."""
    kinds = bt.analyzers
    return run_of(bars, Crossing, kinds.SharpeRatio, kinds.DrawDown, kinds.TradeAnalyzer,
                  kinds.Returns, kinds.SQN)  # fmt: skip


def bracket(bars):
    """W4."""
    return run_of(bars, Bracket)


def rebalance(bars):
    """W3."""
    return run_of(bars, Rebalance, opens_month=bars["opens_month"].tolist())


class Paired(Crossing):
    """W2: the windows as one parameter, so that the optimiser takes pairs and no grid."""

    params = (("pair", (10, 30)),)

    def __init__(self):
        self.p.fast, self.p.slow = self.p.pair
        super().__init__()


class Ends(bt.analyzers.DrawDown):
    """The drawdown, and what the account is worth at the end."""

    def stop(self):
        """Take the last value."""
        super().stop()
        self.rets.final = self.strategy.broker.getvalue()


def sweep(bars):
    """W2."""
    pairs = serving.combinations(bars)

    def run():
        cerebro = make(bars)
        cerebro.optstrategy(Paired, pair=pairs)
        cerebro.addanalyzer(Ends, _name="ends")
        ran = cerebro.run(maxcpus=os.cpu_count())
        return [one[0].analyzers.ends.get_analysis() for one in ran]

    def read(found):
        falls = [-one.max.drawdown / 100 for one in found]
        return {"final": [one.final for one in found], "drawdown": falls}

    return run, read


WORKS = {
    "cross": cross, "statistics": statistics, "python": cross, "sweep": sweep,
    "rebalance": rebalance, "bracket": bracket,
}  # fmt: skip

if __name__ == "__main__":
    serving.serve(f"backtrader {bt.__version__} ({os.cpu_count()} workers)", WORKS)
