"""How fast the indicators are, and how exact: beside pandas, numpy, plain Python and Backtrader.

``python -m tests.benchmarks.bench_indicators``
"""

from __future__ import annotations

import math
from functools import partial

import backtrader as bt
import numpy as np
import pandas as pd

from bifrost_kernel.engines.strategy.calc import indicators as ta
from tests.benchmarks.measuring import Figure, milliseconds, show
from tests.indicator_samples import worked_out

BARS, OF_BACKTRADER, DAILY = 1_000_000, 50_000, 3_270
LAPS = 7
WINDOWS = (10, 30, 200)
OTHERS = {
    "ema 20": (lambda x: ta.ema(x[2], 20), lambda data: bt.ind.EMA(data, period=20)),
    "wma 30": (lambda x: ta.wma(x[2], 30), lambda data: bt.ind.WMA(data, period=30)),
    "rsi 14": (lambda x: ta.rsi(x[2]), bt.ind.RSI_Safe),
    "atr 14": (lambda x: ta.atr(*x), bt.ind.ATR),
    "macd": (lambda x: ta.macd(x[2])[2], lambda data: bt.ind.MACDHisto(data).histo),
    "rolling_max 20": (
        lambda x: ta.rolling_max(x[0], 20),
        lambda data: bt.ind.Highest(data.high, period=20),
    ),
    "rolling_std 20": (lambda x: ta.rolling_std(x[2], 20), bt.ind.StdDev),
    "bollinger 20": (lambda x: ta.bollinger(x[2])[1], lambda data: bt.ind.BollingerBands(data).top),
    "stochastic 14": (
        lambda x: ta.stochastic(*x)[1],
        lambda data: bt.ind.Stochastic(data, safediv=True).percD,
    ),
    "sma 10/30 crossover": (
        lambda x: ta.crossover(ta.sma(x[2], 10), ta.sma(x[2], 30)),
        lambda data: bt.ind.CrossOver(bt.ind.SMA(data, period=10), bt.ind.SMA(data, period=30)),
    ),
}


class _WorkedOutError(Exception):
    """The indicator is worked out: the rest of the run is not what is measured."""


def prices(bars):
    """Return highs, lows and closes of one walk, in cents."""
    rng = np.random.default_rng(11)
    close = np.round(100 * np.exp(rng.normal(0, 0.001, bars).cumsum()), 2)
    return np.round(close * 1.001, 2), np.round(close * 0.999, 2), close


def by_pandas(series, period):
    """Return the averages as pandas gives them."""
    return series.rolling(period).mean().to_numpy()


def by_cumulative_sums(values, period):
    """Return the averages as numpy's running total gives them."""
    total = np.concatenate(([0.0], np.cumsum(values)))
    return (total[period:] - total[:-period]) / period


def exact_averages(values, period):
    """Return the averages as math.fsum gives them, which is Backtrader's way."""
    plain = values.tolist()
    ends = range(period, len(plain) + 1)
    return np.array([math.fsum(plain[end - period : end]) / period for end in ends])


def by_backtrader(bars, make):
    """Return how long Backtrader takes for an indicator alone, in milliseconds, and its values."""
    frame = pd.DataFrame(dict(zip(("high", "low", "close"), bars, strict=True)))
    frame = frame.assign(open=frame.close, volume=1.0)
    frame.index = pd.date_range("2000-01-01", periods=len(frame), freq="min")
    found = {}

    class Watch(bt.Strategy):
        def __init__(self):
            found["line"] = make(self.data)

        def _once(self):
            found["taken"] = milliseconds(super()._once, 1, warm_up=0)[0][0]
            raise _WorkedOutError

    cerebro = bt.Cerebro(stdstats=False)
    cerebro.adddata(bt.feeds.PandasData(dataname=frame))
    cerebro.addstrategy(Watch)
    try:
        cerebro.run()
    except _WorkedOutError:
        line = found["line"]
        return found["taken"], np.array(getattr(line, "lines", [line])[0].array)


def _speed(what, laps, bars):
    return Figure(what, "bars/s", tuple(bars / one * 1e3 for one in laps))


def _averages():
    close = prices(BARS)[2]
    series = pd.Series(close)
    for period in WINDOWS:
        exact = exact_averages(close, period)
        ways = {
            "Bifrost": partial(ta.sma, close, period),
            "pandas rolling": partial(by_pandas, series, period),
            "numpy cumsum": partial(by_cumulative_sums, close, period),
        }
        for name, work in ways.items():
            laps, found = milliseconds(work, LAPS)
            unlike = float((found[-len(exact) :] != exact).sum())
            yield _speed(f"sma {period}, {BARS:,} bars: {name}", laps, BARS)
            goal = 0 if name == "Bifrost" else None
            yield Figure("... values unlike math.fsum", "values", (unlike,), goal)


def _others():
    many, few, day = prices(BARS), prices(OF_BACKTRADER), prices(DAILY)
    for name, (ours, theirs) in OTHERS.items():
        laps, _ = milliseconds(partial(ours, many), LAPS)
        yield _speed(f"{name}, {BARS:,} bars", laps, BARS)
        laps, _ = milliseconds(partial(ours, day), 50)
        yield Figure(f"... {DAILY:,} bars", "us", tuple(one * 1e3 for one in laps))
        with worked_out("plain"):
            laps, _ = milliseconds(partial(ours, few), 2)
        yield _speed(f"... numpy and plain Python, {OF_BACKTRADER:,} bars", laps, OF_BACKTRADER)
        taken, line = by_backtrader(few, theirs)
        yield _speed(f"... Backtrader's own, {OF_BACKTRADER:,} bars", (taken,), OF_BACKTRADER)
        found = ours(few)
        unlike = float((~((found == line) | (np.isnan(found) & np.isnan(line)))).sum())
        yield Figure("... values unlike Backtrader's", "values", (unlike,), 0)


def figures():
    """Yield bars per second of compiled indicators, and how many values are not exact."""
    with worked_out("compiled"):
        yield from _averages()
        yield from _others()


if __name__ == "__main__":
    show(figures)
