"""Functions called at each bar against ``bt.Strategy`` scripts that say the same."""

from datetime import timedelta

import backtrader as bt
import numpy as np
import pytest

from bifrost_kernel.domain.trading import (
    Commission,
    CommissionKind,
    Slippage,
    SlippageKind,
    Trading,
)
from bifrost_kernel.simulators.backtrader import BacktraderSimulator
from bifrost_kernel.simulators.compiled import CompiledSimulator
from tests.on_bar_samples import call
from tests.simulation_samples import TEN, assert_same, make_bars, make_series, run_by_hand

TRADING = {
    "cash": 10_000.0,
    "sizing": TEN,
    "commission": Commission(CommissionKind.PERCENT, 0.001),
    "slippage": Slippage(SlippageKind.PERCENT, 0.0005, on_open=True),
}


@pytest.fixture(params=[BacktraderSimulator, CompiledSimulator], ids=["backtrader", "compiled"])
def simulator(request):
    """Every simulator there is."""
    return request.param()


def wander(symbol, seed, count=300, *, days=None, spec="1d"):
    """Return bars of a random walk around 50, with two decimals."""
    rng = np.random.default_rng(seed)
    close = np.round(50 * np.exp(np.cumsum(rng.normal(0, 0.015, count))), 2)
    opens = np.round(close * np.exp(rng.normal(0, 0.006, count)), 2)
    high = np.round(np.maximum(opens, close) * (1 + rng.random(count) * 0.01), 2)
    low = np.round(np.minimum(opens, close) * (1 - rng.random(count) * 0.01), 2)
    return make_series(symbol, np.column_stack([opens, high, low, close]), days=days, spec=spec)


class Script(bt.Strategy):
    """A plain script, which counts its bars."""

    params = (("signals", None),)

    def __init__(self):
        self.bar = -1
        self.sent = []

    def next(self):
        """Count, then act."""
        self.bar += 1
        self.act()

    def prenext(self):
        """Act from the first bar on."""
        self.next()


class Brackets(Script):
    """A limit entry every seventh bar with a stop and a target, when flat and without orders."""

    def act(self):
        """Act at the close."""
        close = self.data.close[0]
        if self.bar % 7 == 0 and not self.position:
            for order in self.sent:
                self.cancel(order)
            send = self.buy_bracket if self.bar % 2 else self.sell_bracket
            sign = 1 if self.bar % 2 else -1
            self.sent = send(
                price=close * (1 - sign * 0.002), stopprice=close * (1 - sign * 0.02),
                limitprice=close * (1 + sign * 0.03),
            )  # fmt: skip


def brackets(now):
    """Say the same; children are cancelled by their parent or one by one."""
    if now.bar % 7 == 0 and now.position == 0:
        first = int(now.state[0])
        for ref in range(first, first + 3 if first else 0):
            now.cancel(ref)
        close, sign = now.close, 1 if now.bar % 2 else -1
        send = now.buy_bracket if now.bar % 2 else now.sell_bracket
        now.state[0] = send(
            limit=close * (1 - sign * 0.002), stop_loss=close * (1 - sign * 0.02),
            take_profit=close * (1 + sign * 0.03),
        )  # fmt: skip


class Breakouts(Script):
    """A stop above, a limit below, one cancels the other; out by either of two trailing stops."""

    def act(self):
        """Act at the close."""
        close = self.data.close[0]
        if self.bar % 11 == 0 and not self.position:
            above = self.buy(exectype=bt.Order.Stop, price=close * 1.01)
            self.buy(exectype=bt.Order.Limit, price=close * 0.98, oco=above)
        if self.bar % 11 == 5 and self.position:
            first = self.sell(exectype=bt.Order.StopTrail, trailamount=0.8)
            self.sell(
                exectype=bt.Order.StopTrail, trailpercent=0.02, price=close * 1.001, oco=first
            )


def breakouts(now):
    """Say the same."""
    if now.bar % 11 == 0 and now.position == 0:
        above = now.buy(stop=now.close * 1.01)
        now.buy(limit=now.close * 0.98, oco=above)
    if now.bar % 11 == 5 and now.position != 0:
        first = now.sell(trail=0.8)
        now.sell(trail_fraction=0.02, stop=now.close * 1.001, oco=first)


class Lifetimes(Script):
    """Stop-limits and trailing stop-limits that end with the day, after some days, or never."""

    def act(self):
        """Act at the close."""
        close = self.data.close[0]
        valid = [bt.Order.DAY, timedelta(days=2), timedelta(days=0.75), None][self.bar % 4]
        if self.bar % 3 == 0:
            self.buy(
                size=2, exectype=bt.Order.StopLimit, price=close * 1.004, plimit=close * 1.006,
                valid=valid,
            )  # fmt: skip
        if self.bar % 5 == 0:
            self.sell(
                size=3, exectype=bt.Order.StopTrailLimit, price=close, plimit=close * 0.999,
                trailamount=0.5, valid=valid,
            )  # fmt: skip


def lifetimes(now):
    """Say the same."""
    days = (0.0, 2.0, 0.75)
    if now.bar % 3 == 0:
        stop, limit = now.close * 1.004, now.close * 1.006
        if now.bar % 4 == 3:
            now.buy(2, stop=stop, limit=limit)
        else:
            now.buy(2, stop=stop, limit=limit, days=days[now.bar % 4])
    if now.bar % 5 == 0:
        if now.bar % 4 == 3:
            now.sell(3, limit=now.close * 0.999, trail=0.5)
        else:
            now.sell(3, limit=now.close * 0.999, trail=0.5, days=days[now.bar % 4])


class AtTheClose(Script):
    """In and out by orders for the session's close."""

    def act(self):
        """Act at the close."""
        if self.bar % 9 == 0:
            self.buy(exectype=bt.Order.Close)
        if self.bar % 9 == 6:
            self.close(exectype=bt.Order.Close)


def at_the_close(now):
    """Say the same."""
    if now.bar % 9 == 0:
        now.buy(at_close=True)
    if now.bar % 9 == 6:
        now.close_position(at_close=True)


class Targets(Script):
    """Sizes, values and weights of three instruments in turn, those that trade today."""

    def start(self):
        """Let the broker add up in the order of the columns."""
        for data in self.datas:
            self.getposition(data)

    def act(self):
        """Act at the close."""
        for column, data in enumerate(self.datas):
            if not len(data) or data.datetime[0] != self.datetime[0]:
                continue
            which = (self.bar + column) % 8
            if which == 0:
                self.order_target_size(data, 12 - column)
            elif which == 2:
                self.order_target_value(data, 900.0 + column)
            elif which == 4:
                self.order_target_percent(data, 0.3 - 0.25 * column)
            elif which == 6:
                self.order_target_percent(data, 0.0)


def targets(now):
    """Say the same."""
    which = (now.bar + now.column) % 8
    if which == 0:
        now.target_size(12 - now.column)
    elif which == 2:
        now.target_value(900.0 + now.column)
    elif which == 4:
        now.target_weight(0.3 - 0.25 * now.column)
    elif which == 6:
        now.target_weight(0.0)


def targets_together(now):
    """Say the same, once a bar."""
    for k in range(now.count):
        if now.on(k).has_bar:
            targets(now.on(k))


SINGLE = make_bars(wander("A", 1))
INTRADAY = make_bars(wander("A", 2, 400, spec="5m"))
SOME = np.flatnonzero(np.random.default_rng(9).random(300) < 0.8)
THREE = make_bars(
    wander("A", 3), wander("B", 4, len(SOME), days=SOME),
    wander("C", 5, 250, days=np.arange(20, 270)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("script", "function", "bars", "options"),
    [
        (Brackets, brackets, SINGLE, {"state": 1}),
        (Brackets, brackets, INTRADAY, {"state": 1}),
        (Breakouts, breakouts, SINGLE, {}),
        (Breakouts, breakouts, INTRADAY, {}),
        (Lifetimes, lifetimes, SINGLE, {}),
        (Lifetimes, lifetimes, INTRADAY, {}),
        (AtTheClose, at_the_close, SINGLE, {}),
        (AtTheClose, at_the_close, INTRADAY, {}),
        (Targets, targets, THREE, {}),
        (Targets, targets_together, THREE, {"scope": "together"}),
    ],
    ids=lambda one: getattr(one, "__name__", "") if callable(one) else "",
)
def test_every_event_fill_cash_and_nav_is_that_of_the_script(
    simulator, script, function, bars, options
):
    """Bit for bit, on bars of a day and of five minutes, one and three instruments."""
    result = call(simulator, function, bars, **options, **TRADING)
    hand = run_by_hand(script, bars, Trading(**TRADING))
    assert len(result.fills) > 10
    assert_same(result, hand)
