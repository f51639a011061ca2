"""The benchmark of a run, recomputed with pandas from the sample's own rows."""

import numpy as np
import pandas as pd
import pytest
from bokeh.sampledata import stocks

import bifrost_kernel as bf

CASH = 1_000_000.0


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """Open a desk on an empty home."""
    return bf.open_desk(tmp_path_factory.mktemp("benchmark"))


def raw_close(symbol):
    """Return the closes as they were traded."""
    rows = getattr(stocks, symbol)
    return pd.Series(rows["close"], index=pd.to_datetime(rows["date"]))


def dividends(desk, symbol):
    """Return dividends by ex-date, per share of that day."""
    actions = desk.bars(symbol, adjust="none").bars.actions
    paid = {one.ex_date: one.value for one in actions if one.kind.value == "dividend"}
    return pd.Series(paid.values(), index=pd.to_datetime(list(paid)), dtype=float)


def bought(close, paid):
    """Return the nav of buying at the first close and keeping the dividends as cash."""
    shares = CASH / close.iloc[0]
    entitled = paid[paid.index > close.index[0]]
    return shares * (close + entitled.reindex(close.index).fillna(0.0).cumsum())


@pytest.mark.parametrize("adjust", ["none", "splits"])
def test_a_named_benchmark_is_bought_when_the_run_begins(desk, adjust):
    """Facebook has traded since 2012; what IBM did in the twelve years before is not counted."""
    run = desk.backtest("buy_and_hold", "FB", benchmark="IBM", adjust=adjust)
    close = raw_close("IBM")[lambda one: one.index >= run.nav.index[0]]
    paid = dividends(desk, "IBM") if adjust == "splits" else pd.Series(dtype=float)
    paid.index = pd.DatetimeIndex(paid.index)
    expected = bought(close, paid)
    assert run.benchmark.iloc[0] == CASH
    np.testing.assert_allclose(run.benchmark, expected, rtol=1e-12)
    assert run.metrics["benchmark_total_return"] == pytest.approx(expected.iloc[-1] / CASH - 1)


def test_a_named_benchmark_that_begins_later_is_cash_until_then(desk):
    """IBM from 2000 against Facebook from 2012."""
    run = desk.backtest("buy_and_hold", "IBM", benchmark="FB", adjust="none")
    close = raw_close("FB")
    before = run.benchmark[run.benchmark.index < close.index[0]]
    assert (before == CASH).all()
    after = run.benchmark[run.benchmark.index >= close.index[0]]
    np.testing.assert_allclose(after, CASH * close / close.iloc[0], rtol=1e-12)


def test_several_instruments_are_held_at_equal_weights_with_their_dividends(desk):
    """Each a third of the cash at its first close, Microsoft's split and both's dividends in."""
    symbols = ["MSFT", "IBM", "GOOG"]
    run = desk.backtest("buy_and_hold", symbols, adjust="splits")
    total = pd.Series(0.0, index=run.nav.index)
    for symbol in symbols:
        close, paid = raw_close(symbol), dividends(desk, symbol)
        paid.index = pd.DatetimeIndex(paid.index)
        if symbol == "MSFT":
            close[close.index < "2003-02-18"] /= 2.0
            paid[paid.index < "2003-02-18"] /= 2.0
        total += (bought(close, paid) / 3).reindex(total.index).ffill().fillna(CASH / 3)
    np.testing.assert_allclose(run.benchmark, total, rtol=1e-12)


def test_the_benchmark_shows_corporate_actions_as_the_runs_own_bars_do(desk):
    """Raw bars are compared with raw prices, whatever is asked by default."""
    bars = desk.bars("MSFT", adjust="none").bars
    own = desk.backtest("buy_and_hold", bars=bars, benchmark="MSFT")
    close = raw_close("MSFT")
    np.testing.assert_allclose(own.benchmark, CASH * close / close.iloc[0], rtol=1e-12)


def test_a_made_up_benchmark_is_told(desk):
    """Real prices against synthetic ones."""
    desk.add_symbol("MADE.XSYN", provider="synthetic")
    run = desk.backtest("buy_and_hold", "FB", benchmark="MADE")
    assert any("SYNTHETIC" in one for one in run.manifest.notices)
    alone = desk.backtest("buy_and_hold", "FB")
    assert not any("SYNTHETIC" in one for one in alone.manifest.notices)


def test_raw_splits_are_told_where_they_show(desk):
    """In what is traded and in the benchmark, after the first bar."""

    def told(**options):
        run = desk.backtest("buy_and_hold", "IBM", adjust="none", benchmark="MSFT", **options)
        return [one for one in run.manifest.notices if "splits look like crashes" in one]

    assert "MSFT 2003-02-18 2:1" in told()[0]
    assert told(start="2003-02-14")
    assert not told(start="2003-02-18")
    assert not told(end="2003-02-14")
