"""Runs on real prices, equal to a plain Cerebro script with pandas feeds, bit for bit."""

import functools
import math
from dataclasses import replace

import backtrader as bt
import numpy as np
import pytest

from bifrost_kernel.domain.backtest import ORDER_STATUSES
from bifrost_kernel.domain.strategies import Signals
from bifrost_kernel.domain.trading import (
    Commission,
    CommissionKind,
    Filler,
    FillerKind,
    Sizing,
    SizingKind,
    Slippage,
    SlippageKind,
)
from bifrost_kernel.simulators.backtrader import BacktraderSimulator
from tests.simulation_samples import (
    Steps,
    assert_same,
    assert_sound,
    make_bars,
    make_job,
    make_series,
    run_by_hand,
)

HUNDRED = Sizing(SizingKind.UNITS, 100.0)
TENTH_PERCENT = Commission(CommissionKind.PERCENT, 0.001)


@functools.cache
def sample_series(symbol):
    """Return all sample bars of a symbol, unadjusted."""
    from bokeh.sampledata import stocks

    table = getattr(stocks, symbol)
    names = ("open", "high", "low", "close", "volume")
    dates = np.array(table["date"], dtype="datetime64[D]")
    days = (dates - np.datetime64("2020-01-06", "D")).astype(np.int64)
    return make_series(symbol, list(zip(*(table[one] for one in names), strict=True)), days=days)


def crossings(close, fast, slow):
    """Return where the fast average of closes crosses above, and below, the slow one."""
    averages = [
        [math.nan] * (period - 1)
        + [math.fsum(close[end - period : end]) / period for end in range(period, len(close) + 1)]
        for period in (fast, slow)
    ]
    above = np.zeros((len(close), 1), dtype=bool)
    below = above.copy()
    last = 0.0
    for bar in range(slow - 1, len(close)):
        difference = averages[0][bar] - averages[1][bar]
        above[bar], below[bar] = last < 0 < difference, last > 0 > difference
        last = difference or last
    return above, below


class Crossing(bt.Strategy):
    """Long above the crossing, flat below it."""

    params = (("fast", 10), ("slow", 30))

    def __init__(self):
        averages = [bt.ind.SMA(period=period) for period in (self.p.fast, self.p.slow)]
        self.cross = bt.ind.CrossOver(*averages)

    def next(self):
        """Enter and leave."""
        if not self.position and self.cross > 0:
            self.buy()
        elif self.position and self.cross < 0:
            self.close()


class Brackets(bt.Strategy):
    """A bracket when the close rises; the stop follows it."""

    params = (("trail", False),)

    def __init__(self):
        self.rising = self.data.close > self.data.close(-1)

    def next(self):
        """Enter when flat and nothing waits."""
        if self.position or self.broker.get_orders_open() or not self.rising[0]:
            return
        price = self.data.close[0]
        stop = {"stopexec": bt.Order.StopTrail, "stopargs": {"trailamount": price * 0.02}}
        self.buy_bracket(
            price=price * 0.995, stopprice=price * 0.97, limitprice=price * 1.02,
            **(stop if self.p.trail else {}),
        )  # fmt: skip


class EveryKind(bt.Strategy):
    """Sends every kind of order in turn, with expiry, OCO and cancels."""

    def __init__(self):
        self.sent = []

    def next(self):
        """Send the next kind."""
        bar, price = len(self), self.data.close[0]
        if bar % 3:
            return
        if bar % 21 == 0:
            for order in self.sent[-3:]:
                self.cancel(order)
        kind = (bar // 3) % 7
        side = self.buy if (bar // 21) % 2 == 0 else self.sell
        sign = 1 if side == self.buy else -1
        terms = [
            {},
            {"exectype": bt.Order.Close},
            {"exectype": bt.Order.Limit, "price": price * (1 - 0.01 * sign), "valid": self.valid()},
            {"exectype": bt.Order.Stop, "price": price * (1 + 0.01 * sign), "valid": bt.Order.DAY},
            {
                "exectype": bt.Order.StopLimit,
                "price": price * (1 + 0.005 * sign),
                "plimit": price * (1 + 0.002 * sign),
            },
            {"exectype": bt.Order.StopTrail, "trailpercent": 0.02},
            {
                "exectype": bt.Order.StopTrailLimit,
                "price": price,
                "plimit": price * (1 + 0.01 * sign),
                "trailamount": price * 0.015,
            },
        ][kind]
        partner = self.sent[-1] if self.sent and kind in {3, 4} else None
        self.sent.append(side(size=10 + kind, oco=partner, **terms))

    def valid(self):
        """Return a day five days on."""
        return self.data.datetime.datetime(0) + bt.datetime.timedelta(days=5)


class Rotation(bt.Strategy):
    """Every month the stock that rose most, found by name; sized by its own sizer."""

    def __init__(self):
        self.rises = {one._name: bt.ind.ROC(one, period=60) for one in self.datas}
        self.sizer = bt.sizers.PercentSizerInt(percents=70)

    def next(self):
        """Rotate on the first bar of a month."""
        if self.data.datetime.date(0).month == self.data.datetime.date(-1).month:
            return
        best = max(self.rises, key=lambda name: self.rises[name][0])
        for name in self.rises:
            data = self.getdatabyname(name)
            if name != best and self.getposition(data).size:
                self.close(data)
        if not self.getpositionbyname(best).size:
            self.buy(self.getdatabyname(best))


class Observing(bt.Strategy):
    """Reads what a plain Cerebro offers: observers, trades and the smoothed candles."""

    def __init__(self):
        self.candles = bt.ind.HeikinAshi()
        self.trades = 0

    def notify_trade(self, trade):
        """Count closed trades."""
        self.trades += trade.isclosed

    def next(self):
        """Trade less after each loss seen by the observer."""
        value = self.stats.broker.value[-1] if len(self) > 31 else 1_000_000.0
        size = 50 + self.trades + (value > 1_000_000.0)
        if not self.position and self.candles.ha_close[0] > self.candles.ha_open[0]:
            self.buy(size=size)
        elif self.position and self.candles.ha_close[0] < self.candles.ha_open[0]:
            self.close()


def test_the_documented_example_ends_with_its_documented_cash():
    """All 3,270 raw bars of AAPL, 10/30, 100 shares, 0.1 %: cash 1041956.6720400003, 116 fills."""
    series = sample_series("AAPL")
    assert len(series) == 3_270
    above, below = crossings(series.close.tolist(), 10, 30)
    job = make_job(
        make_bars(series), signals=Signals(entries=above, exits=below),
        cash=1_000_000.0, commission=TENTH_PERCENT, sizing=HUNDRED,
    )  # fmt: skip
    result = BacktraderSimulator().run(job, Steps())
    assert result.final_cash == result.final_nav == 1041956.6720400003
    assert len(result.fills) == 116
    assert len(result.round_trips) == 58
    assert result.simulator == "backtrader 1.9.78.123"
    assert_same(result, run_by_hand(Crossing, job.bars, job.spec.trading))
    assert_sound(result, job)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"commission": TENTH_PERCENT, "sizing": HUNDRED},
        {"commission": Commission(CommissionKind.PER_SHARE, 0.01)},
        {"commission": Commission(CommissionKind.PER_ORDER, 7.0), "is_cheat_on_close": True},
        {
            "commission": Commission(CommissionKind.FUTURES, 2.0, margin=500.0, multiplier=10.0),
            "sizing": HUNDRED,
        },
        {"slippage": Slippage(SlippageKind.PERCENT, 0.002, on_open=True)},
        {"slippage": Slippage(SlippageKind.FIXED, 0.5, on_open=True, is_capped=False)},
        {"leverage": 3.0, "interest_per_year": 0.05, "charges_long": True},
        {"sizing": HUNDRED, "interest_per_year": 0.05, "short_cash": False},
        {"sizing": HUNDRED, "filler": Filler(FillerKind.FIXED_SIZE, 30.0)},
        {"filler": Filler(FillerKind.BAR_PERCENT, 0.01)},
        {"filler": Filler(FillerKind.BAR_POINT_PERCENT, 1.0, 0.05)},
    ],
    ids=lambda one: "-".join(one) or "default",
)
@pytest.mark.parametrize("native", [Crossing, Brackets, EveryKind])
def test_strategy_classes_run_as_by_hand_under_every_setting(native, settings):
    """An unmodified class gives the orders, fills, cash and nav of a plain script."""
    bars = make_bars(sample_series("AAPL").take(slice(500, 1_100)))
    job = make_job(bars, native=native, cash=1_000_000.0, **settings)
    result = BacktraderSimulator().run(job, Steps())
    assert len(result.fills) > 4
    assert_same(result, run_by_hand(native, bars, job.spec.trading))


def test_parameters_reach_the_class():
    """Keywords of the run are the class's parameters."""
    bars = make_bars(sample_series("MSFT").take(slice(0, 600)))
    for native, parameters in ((Crossing, {"fast": 5, "slow": 12}), (Brackets, {"trail": True})):
        job = make_job(bars, native=native, parameters=parameters, sizing=HUNDRED)
        result = BacktraderSimulator().run(job, Steps())
        hand = run_by_hand(native, bars, job.spec.trading, parameters=parameters)
        assert_same(result, hand)
        assert len(result.fills) > 4


def test_a_class_with_its_own_sizer_and_several_named_feeds_runs_as_by_hand():
    """Feeds are found by symbol, of unequal length, and its own sizer stays in place."""
    bars = make_bars(*(sample_series(one) for one in ("IBM", "GOOG", "FB", "AAPL")))
    job = make_job(bars, native=Rotation, commission=TENTH_PERCENT)
    result = BacktraderSimulator().run(job, Steps())
    assert_same(result, run_by_hand(Rotation, bars, job.spec.trading, sizer=False))
    assert len(set(result.fills.instrument.tolist())) > 1


def test_a_class_that_reads_observers_runs_as_by_hand():
    """Observers are there, and an indicator that switches the vector mode off may do so."""
    bars = make_bars(sample_series("IBM").take(slice(0, 800)))
    job = make_job(bars, native=Observing, commission=TENTH_PERCENT)
    result = BacktraderSimulator().run(job, Steps())
    assert_same(result, run_by_hand(Observing, bars, job.spec.trading))
    assert len(result.fills) > 20


def test_every_kind_of_order_is_recorded_with_its_prices_and_end():
    """All seven kinds, and expiry, cancel and rejection, are told apart."""
    bars = make_bars(sample_series("AAPL").take(slice(0, 900)))
    job = make_job(bars, native=EveryKind, cash=1_000.0)
    result = BacktraderSimulator().run(job, Steps())
    orders = result.orders
    assert set(orders.type.tolist()) == set(range(7))
    ends = {ORDER_STATUSES[one].value for one in orders.status}
    assert {"FILLED", "CANCELED", "EXPIRED", "MARGIN"} <= ends
    two_priced = np.isin(orders.type, (4, 6))
    assert np.isfinite(orders.limit_price[two_priced]).all()
    assert np.isnan(orders.limit_price[~two_priced]).all()


def test_minute_bars_run_as_by_hand():
    """Intraday feeds carry the bars' ends."""
    rng = np.random.default_rng(7)
    close = 100 + rng.normal(0, 0.1, 900).cumsum()
    rows = [(one, one + 0.2, one - 0.2, one + 0.05, 500.0) for one in close]
    for spec in ("1m", "1h", "30s"):
        bars = make_bars(make_series("A", rows, spec=spec))
        for native in (Crossing, EveryKind):
            job = make_job(bars, native=native, sizing=HUNDRED)
            result = BacktraderSimulator().run(job, Steps())
            assert_same(result, run_by_hand(native, bars, job.spec.trading))


class Dated(bt.Strategy):
    """Notes the time of every bar."""

    params = (("seen", None),)

    def next(self):
        """Note it."""
        self.p.seen.append(str(self.data.datetime.datetime(0)))


def test_feeds_carry_session_dates_for_days_and_ends_for_minutes():
    """Days at midnight; minutes by their end in UTC; unequal ends of one day by their ends."""
    row = (10.0, 11.0, 9.0, 10.0)
    early, late = (
        make_series(one, [row] * 2, mic=mic) for one, mic in (("A", "XLON"), ("B", "XNYS"))
    )
    early = replace(early, end=early.end - 4 * 3600 * 10**9)
    for bars, times in (
        (make_bars(late), ["2020-01-06 00:00:00", "2020-01-07 00:00:00"]),
        (
            make_bars(make_series("A", [row] * 2, spec="5m")),
            ["2020-01-06 14:35:00", "2020-01-06 14:40:00"],
        ),
        (
            make_bars(early, late),
            ["2020-01-06 17:00:00", "2020-01-07 17:00:00", "2020-01-07 17:00:00"],
        ),
    ):
        seen = []
        result = BacktraderSimulator().run(
            make_job(bars, native=Dated, parameters={"seen": seen}), Steps()
        )
        assert seen == times
        assert len(result.nav) == len(result.end)
