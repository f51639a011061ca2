"""Jobs for the simulator's tests, and Backtrader run by hand to compare them with."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field

import backtrader as bt
import numpy as np
import pandas as pd

from bifrost_kernel.domain.backtest import ORDER_STATUSES, ORDER_TYPES, BacktestSpec
from bifrost_kernel.domain.bars import Adjustment, BarSeries, BarSet, BarSpec
from bifrost_kernel.domain.instruments import InstrumentId
from bifrost_kernel.domain.strategies import Signals, Strategy
from bifrost_kernel.domain.trading import (
    Commission,
    CommissionKind,
    FillerKind,
    Sizing,
    SizingKind,
    SlippageKind,
    Trading,
)
from bifrost_kernel.engines.marketdata import engine as marketdata
from bifrost_kernel.engines.strategy.model import SimulationJob

DAY_NS = 86_400 * 10**9
TEN = Sizing(SizingKind.UNITS, 10.0)
RISING = [(10, 12, 9, 11), (11, 13, 10, 12), (12, 14, 11, 13), (13, 15, 12, 14), (14, 16, 13, 15)]
STATUS_WORDS = {
    "Submitted": "PENDING_NEW",
    "Accepted": "NEW",
    "Partial": "PARTIALLY_FILLED",
    "Completed": "FILLED",
    "Canceled": "CANCELED",
    "Expired": "EXPIRED",
    "Margin": "MARGIN",
    "Rejected": "REJECTED",
}


class Steps:
    """A progress that counts."""

    def __init__(self):
        self.total = self.done = self.calls = 0
        self.is_closed = False

    def start(self, total, _what):
        """Begin."""
        self.total = total

    def step(self, count=1):
        """Count."""
        self.done += count
        self.calls += 1

    def close(self):
        """End."""
        self.is_closed = True


def make_series(symbol, rows, *, days=None, spec="1d", mic="XNAS"):
    """Make bars from (open, high, low, close[, volume]) rows on the given days or minutes."""
    table = np.array([(*row, 1_000.0)[:5] for row in rows], dtype=np.float64)
    spec = BarSpec.parse(spec)
    days = np.arange(len(rows)) if days is None else np.asarray(days)
    if spec.is_intraday:
        end = (
            np.datetime64("2020-01-06T14:30", "ns").astype(np.int64)
            + (days + 1) * spec.seconds * 10**9
        )
        session = end.astype("datetime64[ns]").astype("datetime64[D]")
    else:
        session = np.datetime64("2020-01-06", "D") + days
        end = session.astype("datetime64[ns]").astype(np.int64) + 21 * 3600 * 10**9
    columns = (np.ascontiguousarray(table[:, one]) for one in range(5))
    return BarSeries(InstrumentId(symbol, mic), spec, end, session, *columns)


def make_bars(*series, adjustment=Adjustment.NONE):
    """Make a bar set of these series."""
    return BarSet(series, series[0].spec, adjustment, (), (), "0" * 64)


def make_job(bars, *, signals=None, native=None, parameters=None, dividends=(), **trading):
    """Make a job on these bars; keywords are the account's settings."""
    strategy = Strategy(
        name=native.__name__ if native else "wishes",
        summary="",
        parameters=(),
        build=None if native else lambda _bars: signals,
        native=native,
        native_simulator="backtrader" if native else None,
    )
    spec = BacktestSpec(
        strategy=strategy.name,
        parameters=tuple((parameters or {}).items()),
        instrument_ids=bars.instrument_ids,
        spec=bars.spec,
        adjustment=bars.adjustment,
        trading=Trading(**trading),
    )
    return SimulationJob(spec, strategy, bars, marketdata.align(bars), signals, tuple(dividends))


@dataclass
class ByHand:
    """What a plain Cerebro script saw."""

    nav: list = field(default_factory=list)
    cash: list = field(default_factory=list)
    position: list = field(default_factory=list)
    events: list = field(default_factory=list)
    fills: list = field(default_factory=list)


def run_by_hand(strategy, bars, trading, *, sizer=True, parameters=None, broker=None):
    """Run a ``bt.Strategy`` on pandas feeds in a plain Cerebro and return what it saw.

    The class is given a ``notify_order`` and bar hooks by a subclass that only listens.
    """
    seen = ByHand()

    class Listening(strategy):
        """The class under test, with ears."""

        bars_seen = -1

        def notify_order(self, order):
            """Write the notification down."""
            bar = self.bars_seen + 1
            name = STATUS_WORDS[order.getstatusname()]
            seen.events.append((order.ref, bar, name, order.executed.size, order.executed.price))
            for bit in order.executed.getpending():
                # feeds compare by price, so they are told apart by identity
                column = [id(one) for one in self.datas].index(id(order.data))
                seen.fills.append((order.ref, bar, column, bit.size, bit.price, bit.comm, bit.pnl))
            super().notify_order(order)

        def notify_cashvalue(self, cash, value):
            """Write the account down."""
            self.bars_seen += 1
            seen.nav.append(value)
            seen.cash.append(cash)
            held = self.broker.positions
            seen.position.append([held[d].size if d in held else 0.0 for d in self.datas])
            super().notify_cashvalue(cash, value)

    Listening.__name__ = strategy.__name__
    cerebro = bt.Cerebro(cheat_on_open=trading.is_cheat_on_open)
    if broker is not None:
        cerebro.setbroker(broker)
    for series in bars.series:
        cerebro.adddata(_pandas_feed(series), name=series.instrument_id.symbol)
    _settle(cerebro, trading, with_sizer=sizer)
    cerebro.addstrategy(Listening, **(parameters or {}))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        cerebro.run()
    first = min((one[0] for one in seen.events), default=1)
    seen.events = [(one[0] - first + 1, *one[1:]) for one in seen.events]
    seen.fills = [(one[0] - first + 1, *one[1:]) for one in seen.fills]
    return seen


def _pandas_feed(series):
    if series.spec.is_intraday:
        index = pd.DatetimeIndex(series.end.astype("datetime64[ns]")).as_unit("us")
        frame = bt.TimeFrame.Minutes
    else:
        index = pd.DatetimeIndex(series.session_date.astype("datetime64[s]"))
        frame = bt.TimeFrame.Days
    names = ("open", "high", "low", "close", "volume")
    table = pd.DataFrame({name: getattr(series, name) for name in names}, index=index)
    return bt.feeds.PandasData(dataname=table, timeframe=frame)


def _settle(cerebro, trading, *, with_sizer):
    broker = cerebro.broker
    broker.setcash(trading.cash)
    broker.set_coc(trading.is_cheat_on_close)
    broker.set_shortcash(trading.short_cash)
    fee = trading.commission
    terms = {
        "commission": fee.rate,
        "leverage": trading.leverage,
        "interest": trading.interest_per_year,
        "interest_long": trading.charges_long,
    }
    if fee.kind is CommissionKind.PERCENT:
        broker.setcommission(**terms)
    elif fee.kind is CommissionKind.PER_SHARE:
        broker.setcommission(commtype=bt.CommInfoBase.COMM_FIXED, stocklike=True, **terms)
    elif fee.kind is CommissionKind.FUTURES:
        broker.setcommission(margin=fee.margin, mult=fee.multiplier, **terms)
    else:
        broker.addcommissioninfo(_Flat(**terms))
    slip = trading.slippage
    if slip.kind is not SlippageKind.NONE:
        is_percent = slip.kind is SlippageKind.PERCENT
        put = broker.set_slippage_perc if is_percent else broker.set_slippage_fixed
        put(slip.amount, slip_open=slip.on_open, slip_limit=slip.on_limit,
            slip_match=slip.is_capped, slip_out=slip.allows_outside)  # fmt: skip
    broker.set_filler(_filler(trading.filler))
    if with_sizer:
        size = trading.sizing
        if size.kind is SizingKind.UNITS:
            cerebro.addsizer(bt.sizers.FixedSize, stake=size.value)
        elif size.kind is SizingKind.PERCENT:
            cerebro.addsizer(bt.sizers.PercentSizer, percents=size.value)
        else:
            cerebro.addsizer(bt.sizers.PercentSizerInt, percents=size.value)


def _filler(filler):
    if filler.kind is FillerKind.FIXED_SIZE:
        return bt.fillers.FixedSize(size=filler.value)
    if filler.kind is FillerKind.BAR_PERCENT:
        return bt.fillers.FixedBarPerc(perc=filler.value)
    if filler.kind is FillerKind.BAR_POINT_PERCENT:
        return bt.fillers.BarPointPerc(minmov=filler.min_move, perc=filler.value)
    return None


class _Flat(bt.CommInfoBase):
    """So much for what a fill closes, and for what it opens."""

    params = (("stocklike", True), ("commtype", bt.CommInfoBase.COMM_FIXED))

    def _getcommission(self, _size, _price, pseudoexec):  # noqa: ARG002  # passed by name
        return self.p.commission


def assert_same(result, hand):
    """Assert that a result is bit for bit what the plain script saw."""
    assert result.nav.tolist() == hand.nav
    assert result.cash.tolist() == hand.cash
    assert result.position.tolist() == [[float(one) for one in row] for row in hand.position]
    events = result.order_events
    assert hand.events == list(
        zip(
            events.ref.tolist(),
            events.bar.tolist(),
            [ORDER_STATUSES[one].value for one in events.status],
            events.filled_quantity.tolist(),
            events.average_price.tolist(),
            strict=True,
        )
    )
    fills = result.fills
    columns = (
        fills.order_ref, fills.bar, fills.instrument, fills.quantity, fills.price,
        fills.commission, fills.pnl,
    )  # fmt: skip
    assert hand.fills == list(zip(*(one.tolist() for one in columns), strict=True))


def assert_sound(result, job):
    """Assert what must hold of any run of stocks: the books close, and the parts agree."""
    trading = job.spec.trading
    fills, orders = result.fills, result.orders
    n_bars = len(job.panel)
    assert len(result.nav) == len(result.cash) == len(result.end) == n_bars
    traded = np.zeros(result.position.shape)
    np.add.at(traded, (fills.bar, fills.instrument), fills.quantity)
    np.testing.assert_allclose(np.cumsum(traded, axis=0), result.position, atol=1e-6)
    if trading.leverage == 1.0 and trading.interest_per_year == 0 and trading.short_cash:
        flow = np.zeros(n_bars)
        np.add.at(flow, fills.bar, -fills.quantity * fills.price - fills.commission)
        cash = trading.cash + np.cumsum(flow + result.dividends)
        np.testing.assert_allclose(result.cash, cash, rtol=1e-9, atol=1e-6)
        held = np.nansum(result.position * result.close, axis=1)
        np.testing.assert_allclose(result.nav, result.cash + held, rtol=1e-9, atol=1e-6)
    filled = np.zeros(len(orders) + 1)
    np.add.at(filled, fills.order_ref, fills.quantity)
    np.testing.assert_allclose(filled[1:], orders.filled_quantity, atol=1e-9)
    for row in range(len(orders)):
        _assert_order(result, row)


def _assert_order(result, row):
    orders, events = result.orders, result.order_events
    status = ORDER_STATUSES[orders.status[row]].value
    told = events.status[events.ref == row + 1]
    if status == "FILLED":
        assert orders.filled_quantity[row] == orders.quantity[row]
    if status in {"NEW", "PENDING_NEW", "REJECTED"}:
        assert orders.filled_quantity[row] == 0
    assert math.isnan(orders.average_price[row]) == (orders.filled_quantity[row] == 0)
    is_market = ORDER_TYPES[orders.type[row]].value in {"MARKET", "CLOSE"}
    assert math.isnan(orders.price[row]) == is_market
    assert orders.parent_ref[row] < row + 1
    assert orders.bar[row] <= orders.final_bar[row] < len(result.nav)
    if len(told) and orders.final_bar[row] < len(result.nav) - 1:
        assert told[-1] == orders.status[row]


def marks(n_bars, *where, n_columns=1):
    """Return flags that are up at these bars, or (bar, column) pairs."""
    flags = np.zeros((n_bars, n_columns), dtype=bool)
    for one in where:
        flags[one if isinstance(one, tuple) else (one, 0)] = True
    return flags


def numbers(n_bars, values, n_columns=1):
    """Return an array of "nothing" with these values by bar or (bar, column)."""
    array = np.full((n_bars, n_columns), np.nan)
    for where, value in values.items():
        array[where if isinstance(where, tuple) else (where, 0)] = value
    return array


def run(simulator, bars, *, cash=1_000.0, sizing=TEN, dividends=(), **rest):
    """Run wishes (the keywords that `Signals` knows) with settings (the others)."""
    wishes = {name: rest.pop(name) for name in list(rest) if name in Signals.__slots__}
    job = make_job(
        bars, signals=Signals(**wishes), dividends=dividends, cash=cash, sizing=sizing, **rest
    )
    assert simulator.refusal(job) is None
    result = simulator.run(job, Steps())
    if rest.get("commission", Commission()).kind is not CommissionKind.FUTURES:
        assert_sound(result, job)
    return result


def fills_of(result):
    """Return (bar, column, quantity, price) of each fill."""
    fills = result.fills
    columns = (fills.bar, fills.instrument, fills.quantity, fills.price)
    return list(zip(*(one.tolist() for one in columns), strict=True))


def statuses_of(result):
    """Return the final status of each order."""
    return [ORDER_STATUSES[one].value for one in result.orders.status]


def types_of(result):
    """Return the type of each order."""
    return [ORDER_TYPES[one].value for one in result.orders.type]
