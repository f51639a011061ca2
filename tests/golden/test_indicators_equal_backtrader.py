"""Every indicator equals Backtrader's own, bit for bit, on real prices and on awkward ones."""

import backtrader as bt
import numpy as np
import pandas as pd
import pytest
from bokeh.sampledata import stocks

from bifrost_kernel.engines.strategy.calc import indicators as ta
from tests.indicator_samples import ARITHMETICS, same, worked_out


def _sample(symbol):
    columns = getattr(stocks, symbol)
    return {name: np.array(columns[name], dtype=float) for name in ("open", "high", "low", "close")}


def _random_walk(seed, bars=600, step=0.01):
    rng = np.random.default_rng(seed)
    close = np.round(50 * np.exp(np.cumsum(rng.normal(0, step, bars))), 2)
    high = np.round(close + rng.integers(0, 3, bars) * 0.5, 2)
    low = np.round(close - rng.integers(0, 3, bars) * 0.5, 2)
    return {"open": close, "high": high, "low": low, "close": close}


def _ties(seed, bars=400):
    rng = np.random.default_rng(seed)
    close = rng.integers(9, 12, bars).astype(float)
    return {"open": close, "high": close + 1, "low": close - 1, "close": close}


PRICES = {
    "AAPL": _sample("AAPL"),
    "MSFT": _sample("MSFT"),
    "IBM": _sample("IBM"),
    "cents": _random_walk(1),
    "wild": _random_walk(2, step=0.2),
    "ties": _ties(3),
    "flat": {name: np.full(200, 20.1) for name in ("open", "high", "low", "close")},
}


def _lines(prices, **made_by):
    """Return Backtrader's arrays: one tuple of lines for each named indicator."""

    class Watch(bt.Strategy):
        def __init__(self):
            self.made = {name: make(self.data) for name, make in made_by.items()}

    frame = pd.DataFrame(prices).assign(volume=1.0)
    frame.index = pd.date_range("2000-01-01", periods=len(frame), freq="D")
    cerebro = bt.Cerebro(stdstats=False)
    cerebro.adddata(bt.feeds.PandasData(dataname=frame))
    cerebro.addstrategy(Watch)
    watch = cerebro.run()[0]
    return {
        name: tuple(np.array(line.array) for line in made.lines)
        for name, made in watch.made.items()
    }


def _assert_same(work_out, theirs):
    for how in ARITHMETICS:
        with worked_out(how):
            ours = work_out()
        assert len(ours) <= len(theirs)
        for one, other in zip(ours, theirs, strict=False):
            assert same(one, other)


@pytest.fixture(params=PRICES, scope="module")
def prices(request):
    """Open, high, low and close of one series."""
    return PRICES[request.param]


@pytest.mark.parametrize("period", [1, 2, 7, 30, 113])
def test_averages_equal_backtrader(prices, period):
    """Simple, exponential, smoothed and weighted averages have Backtrader's bits."""
    theirs = _lines(
        prices,
        sma=lambda data: bt.ind.SMA(data, period=period),
        ema=lambda data: bt.ind.EMA(data, period=period),
        smma=lambda data: bt.ind.SMMA(data, period=period),
        wma=lambda data: bt.ind.WMA(data, period=period),
    )
    for name, lines in theirs.items():
        _assert_same(lambda name=name: (getattr(ta, name)(prices["close"], period),), lines)


@pytest.mark.parametrize("period", [2, 5, 20, 60])
def test_windows_equal_backtrader(prices, period):
    """Sums, deviations, extremes, momentum and rate of change have Backtrader's bits."""
    close = prices["close"]
    theirs = _lines(
        prices,
        sum=lambda data: bt.ind.SumN(data, period=period),
        std=lambda data: bt.ind.StdDev(data, period=period),
        high=lambda data: bt.ind.Highest(data.high, period=period),
        low=lambda data: bt.ind.Lowest(data.low, period=period),
        momentum=lambda data: bt.ind.Momentum(data, period=period),
        roc=lambda data: bt.ind.ROC(data, period=period),
        bollinger=lambda data: bt.ind.BollingerBands(data, period=period, devfactor=1.7),
    )
    _assert_same(lambda: (ta.rolling_sum(close, period),), theirs["sum"])
    _assert_same(lambda: (ta.rolling_std(close, period),), theirs["std"])
    _assert_same(lambda: (ta.rolling_max(prices["high"], period),), theirs["high"])
    _assert_same(lambda: (ta.rolling_min(prices["low"], period),), theirs["low"])
    _assert_same(lambda: (ta.momentum(close, period),), theirs["momentum"])
    _assert_same(lambda: (ta.roc(close, period),), theirs["roc"])
    _assert_same(lambda: ta.bollinger(close, period, 1.7), theirs["bollinger"])
    _assert_same(
        lambda: ta.donchian(prices["high"], prices["low"], period),
        (theirs["high"][0], theirs["low"][0]),
    )


@pytest.mark.parametrize("period", [1, 2, 14, 40])
def test_wilder_and_oscillators_equal_backtrader(prices, period):
    """True range, its average, relative strength, stochastic and MACD have Backtrader's bits."""
    high, low, close = prices["high"], prices["low"], prices["close"]
    theirs = _lines(
        prices,
        true_range=bt.ind.TrueRange,
        atr=lambda data: bt.ind.ATR(data, period=period),
        rsi=lambda data: bt.ind.RSI_Safe(data, period=period),
        stochastic=lambda data: bt.ind.Stochastic(data, period=period, safediv=True),
        macd=lambda data: bt.ind.MACDHisto(data, period_me1=period, period_me2=2 * period + 1),
    )
    _assert_same(lambda: (ta.true_range(high, low, close),), theirs["true_range"])
    _assert_same(lambda: (ta.atr(high, low, close, period),), theirs["atr"])
    _assert_same(lambda: (ta.rsi(close, period),), theirs["rsi"])
    _assert_same(lambda: ta.stochastic(high, low, close, period), theirs["stochastic"])
    _assert_same(lambda: ta.macd(close, period, 2 * period + 1), theirs["macd"])


def test_plain_rsi_equals_backtrader_where_it_does_not_divide_by_zero():
    """On real closes the plain RSI and ours are the same."""
    close = PRICES["AAPL"]["close"]
    theirs = _lines(PRICES["AAPL"], rsi=bt.ind.RSI)
    _assert_same(lambda: (ta.rsi(close),), theirs["rsi"])


@pytest.mark.parametrize(("fast", "slow"), [(1, 2), (2, 4), (5, 50), (10, 30)])
def test_crossings_equal_backtrader(prices, fast, slow):
    """Crossings agree, ties and their memory included."""
    close = prices["close"]
    theirs = _lines(
        prices,
        lines=lambda data: bt.ind.CrossOver(
            bt.ind.SMA(data, period=fast), bt.ind.SMA(data, period=slow)
        ),
    )
    _assert_same(lambda: (ta.crossover(ta.sma(close, fast), ta.sma(close, slow)),), theirs["lines"])


def test_a_near_tie_is_decided_exactly():
    """At AAPL's bar 737 the averages differ by -1.8e-15, and the sign is right."""
    close = PRICES["AAPL"]["close"]
    for how in ARITHMETICS:
        with worked_out(how):
            gap = ta.sma(close, 10)[737] - ta.sma(close, 30)[737]
        assert -2e-15 < gap < -1e-15


def test_relative_strength_of_prices_that_never_fall_or_never_move():
    """100 without a fall, 50 without a move, instead of a division by zero."""
    for how in ARITHMETICS:
        with worked_out(how):
            assert ta.rsi(np.arange(1.0, 30.0), 5)[5:].tolist() == [100.0] * 24
            assert ta.rsi(np.full(10, 3.0), 5)[5:].tolist() == [50.0] * 5
