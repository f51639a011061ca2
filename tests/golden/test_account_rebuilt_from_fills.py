"""Cash, nav and round trips rebuilt from the fills, the sample's own rows and the dividends."""

import numpy as np
import pandas as pd
import pytest
from bokeh.sampledata import stocks

import bifrost_kernel as bf

CASH = 1_000_000.0
ALL = ["AAPL", "MSFT", "IBM", "GOOG", "FB"]
RUNS = {
    "long": ("sma_cross", ["AAPL"], {"commission": 0.001}),
    "short": ("donchian_breakout", ["IBM", "MSFT"], {"size": 1500, "params": {"allows_short": 1}}),
    "rotating": ("momentum_rotation", ALL, {"commission": 0.0005, "params": {"top": 2}}),
    "pair": ("pairs_reversion", ["MSFT", "IBM"], {"commission": 0.001}),
    "holding": ("buy_and_hold", ALL, {}),
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """Open a desk on an empty home."""
    return bf.open_desk(tmp_path_factory.mktemp("rebuilt"))


def closes_and_dividends(desk, symbol, adjust):
    """Return closes, and dividends per share at their ex-dates, without splits if so asked."""
    rows = getattr(stocks, symbol)
    close = pd.Series(rows["close"], index=pd.to_datetime(rows["date"]))
    paid = pd.Series(0.0, index=close.index)
    if adjust == "none":
        return close, paid
    actions = desk.bars(symbol, adjust="none").bars.actions
    for one in (one for one in actions if one.kind.value == "dividend"):
        paid[one.ex_date] += one.value
    for one in (one for one in actions if one.kind.value == "split"):
        before = close.index < one.ex_date
        close, paid = close.mask(before, close / one.value), paid.mask(before, paid / one.value)
    return close, paid


@pytest.mark.parametrize("adjust", ["none", "splits"])
@pytest.mark.parametrize("name", RUNS)
def test_cash_and_nav_follow_from_fills_prices_and_dividends(desk, name, adjust):
    """Dividends go to whoever held at the close before the ex-date; who was short pays them."""
    strategy, symbols, options = RUNS[name]
    run = desk.backtest(strategy, symbols, adjust=adjust, **options)
    fills, index = run.fills, run.nav.index
    bought = fills["quantity"] * np.where(fills["side"] == "BUY", 1.0, -1.0)
    spent = (bought * fills["price"] + fills["commission"]).groupby(fills["time"]).sum()
    cash = CASH - spent.reindex(index).fillna(0.0).cumsum()
    nav, received = cash.copy(), pd.Series(0.0, index=index)
    for instrument, moves in bought.groupby(fills["instrument"]):
        symbol = instrument.partition(".")[0]
        close, paid = closes_and_dividends(desk, symbol, adjust)
        held = moves.groupby(fills["time"]).sum().reindex(index).fillna(0.0).cumsum()
        np.testing.assert_array_equal(held, run.positions[symbol])
        received += held.shift(1, fill_value=0.0) * paid.reindex(index).fillna(0.0)
        nav += held * close.reindex(index).ffill().fillna(0.0)
    np.testing.assert_allclose(run.report.result.dividends, received, atol=1e-9)
    np.testing.assert_allclose(run.cash, cash + received.cumsum(), rtol=1e-9)
    np.testing.assert_allclose(run.nav, nav + received.cumsum(), rtol=1e-9)
    assert (received < 0).any() == (adjust == "splits" and name in {"short", "pair"})


@pytest.mark.parametrize("name", RUNS)
def test_round_trips_hold_all_money_but_dividends(desk, name):
    """Net pnl of what was closed, and the paper gain of what is open, less its commission."""
    strategy, symbols, options = RUNS[name]
    run = desk.backtest(strategy, symbols, adjust="splits", **options)
    trips, result = run.round_trips, run.report.result
    fills = run.fills
    average = {}
    for one in fills.itertuples():
        size = one.quantity if one.side == "BUY" else -one.quantity
        held, price = average.get(one.instrument, (0.0, 0.0))
        after = held + size
        if held * size >= 0:
            price = (held * price + size * one.price) / after
        elif held * after < 0:
            price = one.price
        average[one.instrument] = (after, price)
    last = dict(zip(map(str, result.instrument_ids), result.close[-1], strict=True))
    paper = sum(held * (last[name] - price) for name, (held, price) in average.items() if held)
    gained = trips["net_pnl"].sum() + paper + result.dividends.sum()
    assert run.final_nav - CASH == pytest.approx(gained, abs=1e-4)
    assert trips["is_open"].sum() == sum(held != 0 for held, _ in average.values())
    closed = trips[~trips["is_open"]]["net_pnl"]
    assert run.metrics["round_trips"] == len(closed)
    won, lost = closed[closed > 0].sum(), -closed[closed < 0].sum()
    expected = won / lost if lost > 0 else np.nan
    assert run.metrics["profit_factor"] == pytest.approx(expected, nan_ok=True)
