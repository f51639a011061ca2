"""Built-in strategies against ``bt.Strategy`` classes written by hand with Backtrader's indicators.

Same bars, same account: every fill, its money, and every nav are equal to the last bit.
"""

import backtrader as bt
import numpy as np
import pandas as pd
import pytest
from bokeh.sampledata import stocks

import bifrost_kernel as bf

CASH, COMMISSION = 1_000_000.0, 0.001


class Noted(bt.Strategy):
    """Writes down its fills and the account's value at each bar."""

    params = (("shorts", False),)

    def __init__(self):
        """Begin with empty notes."""
        self.fills, self.navs = [], []
        self.set_up()

    def notify_order(self, order):
        """Note what was executed since the last notice."""
        for bit in order.executed.iterpending():
            day = self.data.datetime.date(0).isoformat()
            self.fills.append((day, bit.size, bit.price, bit.comm, bit.pnl))

    def next(self):
        """Note the value, then decide."""
        self.navs.append(self.broker.getvalue())
        self.decide()

    def turn(self, direction):
        """Hold the sizer's units in that direction."""
        units = abs(self.getsizing(isbuy=direction > 0))
        if self.position.size:
            self.close()
        (self.buy if direction > 0 else self.sell)(size=units)


class Crossing(Noted):
    """Long while the fast average is above the slow one."""

    average, fast, slow = bt.ind.SMA, 10, 30

    def set_up(self):
        """Two averages and their crossing."""
        fast, slow = (self.average(self.data.close, period=n) for n in (self.fast, self.slow))
        self.cross = bt.ind.CrossOver(fast, slow)

    def decide(self):
        """Follow the crossing."""
        if self.cross[0] > 0 and not self.position:
            self.buy()
        elif self.cross[0] < 0 and self.position:
            self.close()


class ExponentialCrossing(Crossing):
    """Likewise with exponential averages."""

    average, fast, slow = bt.ind.EMA, 12, 26


class Strength(Noted):
    """Buy below 30, sell above 70."""

    def set_up(self):
        """Wilder's index."""
        self.index = bt.ind.RSI_Safe(self.data.close, period=14)

    def decide(self):
        """Turn around with shorts, leave without."""
        held = self.position.size
        if self.index[0] < 30 and held <= 0:
            self.turn(1)
        elif self.index[0] > 70 and self.p.shorts and held >= 0:
            self.turn(-1)
        elif self.index[0] > 70 and held > 0:
            self.close()


class Bands(Noted):
    """Enter outside the bands, leave at the average."""

    def set_up(self):
        """Bollinger's bands."""
        self.bands = bt.ind.BollingerBands(self.data.close, period=20, devfactor=2.0)

    def decide(self):
        """Entries before exits."""
        close, held, bands = self.data.close[0], self.position.size, self.bands
        if close < bands.bot[0] and held <= 0:
            self.turn(1)
        elif close > bands.top[0] and self.p.shorts and held >= 0:
            self.turn(-1)
        elif (held > 0 and close >= bands.mid[0]) or (held < 0 and close <= bands.mid[0]):
            self.close()


class Channel(Noted):
    """Enter beyond the last 20 bars' range, leave beyond the last 10 bars' other end."""

    def set_up(self):
        """Both channels, without the present bar."""
        high, low = self.data.high(-1), self.data.low(-1)
        self.top, self.bottom = bt.ind.Highest(high, period=20), bt.ind.Lowest(low, period=20)
        self.near_top = bt.ind.Highest(high, period=10)
        self.near_bottom = bt.ind.Lowest(low, period=10)

    def decide(self):
        """Entries before exits."""
        close, held = self.data.close[0], self.position.size
        if close > self.top[0] and held <= 0:
            self.turn(1)
        elif close < self.bottom[0] and self.p.shorts and held >= 0:
            self.turn(-1)
        elif (held > 0 and close < self.near_bottom[0]) or (held < 0 and close > self.near_top[0]):
            self.close()


class Bracket(Noted):
    """Buy a crossing of the average, inside a bracket of average true ranges."""

    def set_up(self):
        """The crossing and the range."""
        self.cross = bt.ind.CrossOver(self.data.close, bt.ind.SMA(self.data.close, period=50))
        self.reach = bt.ind.ATR(self.data, period=14)

    def decide(self):
        """Two ranges down, four up."""
        if self.cross[0] > 0 and not self.position:
            close, reach = self.data.close[0], self.reach[0]
            self.buy_bracket(
                size=self.getsizing(isbuy=True),
                exectype=bt.Order.Market,
                stopprice=close - 2.0 * reach,
                limitprice=close + 4.0 * reach,
            )


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """Open a desk on an empty home."""
    return bf.open_desk(tmp_path_factory.mktemp("hand_written"))


def run_by_hand(written, symbol, *, shorts):
    """Run a class in a Cerebro of its own."""
    rows = getattr(stocks, symbol)
    names = ("open", "high", "low", "close", "volume")
    columns = {name: np.array(rows[name], dtype=float) for name in names}
    cerebro = bt.Cerebro(stdstats=False)
    frame = pd.DataFrame(columns, index=pd.to_datetime(rows["date"]))
    cerebro.adddata(bt.feeds.PandasData(dataname=frame))
    cerebro.broker.setcash(CASH)
    cerebro.broker.setcommission(COMMISSION)
    cerebro.addsizer(bt.sizers.PercentSizerInt, percents=95)
    cerebro.addstrategy(written, shorts=shorts)
    return cerebro.run()[0], cerebro.broker.getcash()


@pytest.mark.parametrize(
    ("name", "written", "symbol", "shorts"),
    [
        ("sma_cross", Crossing, "AAPL", False),
        ("ema_cross", ExponentialCrossing, "AAPL", False),
        ("rsi_reversion", Strength, "AAPL", False),
        ("rsi_reversion", Strength, "IBM", True),
        ("bollinger_reversion", Bands, "AAPL", False),
        ("bollinger_reversion", Bands, "IBM", True),
        ("donchian_breakout", Channel, "AAPL", False),
        ("donchian_breakout", Channel, "IBM", True),
        ("atr_bracket", Bracket, "AAPL", False),
    ],
)
def test_a_built_in_strategy_trades_as_its_idea_written_by_hand(
    desk, name, written, symbol, shorts
):
    """Fills in order with size, price, commission and pnl; cash; nav from the first decision on."""
    by_hand, cash = run_by_hand(written, symbol, shorts=shorts)
    parameters = {"allows_short": True} if shorts else {}
    run = desk.backtest(name, symbol, adjust="none", commission=COMMISSION, params=parameters)
    fills, dates = run.report.result.fills, run.report.result.session_date
    columns = (dates[fills.bar].astype(str), fills.quantity, fills.price, fills.commission)
    assert list(zip(*(one.tolist() for one in (*columns, fills.pnl)), strict=True)) == by_hand.fills
    assert run.final_cash == cash
    assert len(by_hand.fills) > 10
    assert run.nav.to_numpy()[-len(by_hand.navs) :].tolist() == by_hand.navs
