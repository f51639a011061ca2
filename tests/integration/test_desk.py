"""The desk as a person uses it from Python, on real prices, with real parts."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date

import numpy as np
import pandas as pd
import pytest

import bifrost_kernel as bf
from bifrost_kernel.domain.errors import (
    BifrostError,
    CorruptDataError,
    DataError,
    InvalidInputError,
    NoDataError,
    SimulationError,
    StorageError,
    UnknownNameError,
)
from bifrost_kernel.strategies import builtin

EXAMPLE = {
    "params": {"fast": 10, "slow": 30},
    "cash": 1_000_000,
    "size": 100,
    "commission": 0.001,
    "adjust": "none",
}


@pytest.fixture
def desk(tmp_path):
    """Open a desk on an empty home."""
    return bf.open_desk(tmp_path / "home")


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """Run the documented example once."""
    desk = bf.open_desk(tmp_path_factory.mktemp("example"))
    return desk, desk.backtest("sma_cross", "AAPL", **EXAMPLE)


def _frame(bars=300, seed=1):
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, bars)))
    index = pd.bdate_range("2010-01-04", periods=bars)
    frame = pd.DataFrame({"open": close, "high": close * 1.01, "low": close * 0.99}, index=index)
    return frame.assign(close=close, volume=1000.0)


def _answering(answer):
    def idea(bars):
        del bars
        return answer

    return idea


def test_the_documented_example_gives_the_documented_figures(example):
    """Cash to the last bit, and every fill."""
    _, run = example
    assert run.final_cash == 1041956.6720400003
    assert len(run.fills) == 116
    assert len(run.nav) == 3270
    assert run.simulator.startswith("compiled")
    assert len(run.round_trips) == 58
    assert run.metrics["total_return"] == pytest.approx(run.final_nav / 1_000_000 - 1, abs=1e-15)


def test_a_run_says_what_it_was_made_of(example):
    """The manifest holds question, data, code and libraries; raw splits are warned about."""
    _, run = example
    manifest = run.manifest
    assert dict(manifest.spec.parameters) == {"fast": 10, "slow": 30}
    assert len(manifest.data_fingerprint) == len(manifest.strategy_version) == 64
    assert "def sma_cross" in manifest.strategy_source
    named = {"bifrost_kernel", "python", "numpy", "numba", "llvmlite", "backtrader"}
    assert named <= dict(manifest.libraries).keys()
    assert any("2000-06-21" in one and "2005-02-28" in one for one in manifest.notices)


def test_a_kept_run_is_the_run(example):
    """The record read back in another desk shows the same figures."""
    desk, run = example
    again = bf.open_desk(desk.home).run("last")
    assert again.run_id == run.run_id
    pd.testing.assert_series_equal(again.nav, run.nav)
    pd.testing.assert_frame_equal(again.fills, run.fills)
    assert dict(again.metrics) == pytest.approx(dict(run.metrics), nan_ok=True, rel=0, abs=0)


def test_the_same_question_gives_the_same_bits(desk):
    """Twice the same run: other ids, same figures, same fingerprint and version."""
    first, second = (desk.backtest("sma_cross", "AAPL", **EXAMPLE) for _ in range(2))
    assert first.run_id != second.run_id
    assert first.manifest.data_fingerprint == second.manifest.data_fingerprint
    assert first.manifest.strategy_version == second.manifest.strategy_version
    np.testing.assert_array_equal(first.nav, second.nav)


@pytest.mark.parametrize("name", sorted(builtin()))
def test_every_built_in_strategy_trades_on_real_prices(desk, name):
    """Defaults are sensible: each one finds something to do in thirteen years of two stocks."""
    run = desk.backtest(name, "AAPL MSFT", commission=0.001)
    assert len(run.fills) > 0
    assert np.isfinite(run.nav).all()


def test_total_return_of_buy_and_hold_is_that_of_the_adjusted_prices(desk):
    """Dividends and splits are in the prices with adjust=all."""
    run = desk.backtest("buy_and_hold", "MSFT", adjust="all", size="95%")
    bars = desk.bars("MSFT", adjust="all").df
    grown = bars["close"].iloc[-1] / bars["open"].iloc[1]
    invested = run.fills["quantity"].iloc[0] * run.fills["price"].iloc[0]
    assert run.final_nav == pytest.approx(1_000_000 + invested * (grown - 1), rel=1e-12)


def test_dividends_are_paid_in_cash_when_only_splits_are_in_the_prices(desk):
    """Cash grows by units times dividend; the sum is that of the known actions."""
    run = desk.backtest("buy_and_hold", "MSFT", adjust="splits", size=100)
    paid = run.report.result.dividends
    assert paid.sum() > 0
    assert any("dividends are paid in cash" in one for one in run.manifest.notices)
    spent = run.fills["quantity"].iloc[0] * run.fills["price"].iloc[0]
    assert run.final_cash == pytest.approx(1_000_000 - spent + paid.sum(), rel=1e-12)


def test_own_frames_run_without_being_kept(desk):
    """A DataFrame, and several by symbol, are enough."""
    one = desk.backtest("sma_cross", bars=_frame(), params={"fast": 5, "slow": 20})
    assert len(one.nav) == 300
    two = desk.backtest("equal_weight", bars={"AAA": _frame(), "BBB": _frame(seed=2)})
    assert list(two.positions.columns) == ["AAA", "BBB"]


def test_bars_that_were_fetched_can_be_run_as_they_are(desk):
    """The bar set's fingerprint is the run's."""
    bars = desk.bars("IBM", start=2005, end=2006)
    run = desk.backtest("buy_and_hold", bars=bars)
    assert run.manifest.data_fingerprint == bars.fingerprint


def test_a_function_and_a_declared_strategy_and_a_class_all_run(desk):
    """Own ideas need no ceremony."""
    import backtrader as bt

    def dip(bars, drop=0.03):
        falls = np.zeros(len(bars), dtype=bool)
        falls[1:] = bars.close[1:] < bars.close[:-1] * (1 - drop)
        return bf.Signals(entries=falls, exits=~falls)

    class Cross(bt.Strategy):
        params = (("n", 20),)

        def __init__(self):
            self.over = bt.ind.CrossOver(self.data.close, bt.ind.SMA(period=self.p.n))

        def next(self):
            if self.over > 0:
                self.buy()
            elif self.over < 0:
                self.close()

    for idea, params in ((dip, {"drop": 0.05}), (bf.strategy(dip), {}), (Cross, {"n": 50})):
        run = desk.backtest(idea, "AAPL", params=params, size=10)
        assert len(run.fills) > 0
        assert run.metrics["round_trips"] > 0


def test_a_named_benchmark_is_bought_and_held_on_the_runs_timeline(desk):
    """The comparison starts from the same cash."""
    run = desk.backtest("sma_cross", "AAPL", start=2005, end=2008, benchmark="IBM")
    assert len(run.benchmark) == len(run.nav)
    assert run.manifest.spec.end == date(2008, 12, 31)
    assert run.report.benchmark_name == "buy and hold IBM.XNYS"
    assert run.manifest.benchmark_fingerprint not in (None, run.manifest.data_fingerprint)
    bars = desk.bars("IBM", start=2005, end=2008).df["close"]
    assert run.benchmark.iloc[-1] == pytest.approx(1e6 * bars.iloc[-1] / bars.iloc[0])


def test_intraday_examples_run_offline_and_are_labelled_synthetic(desk):
    """Minute bars are made up, and say so wherever they show."""
    run = desk.backtest(
        "sma_cross", "SYN1", interval="5m", start="2012-01-03", end="2012-01-31",
        provider="synthetic",
    )  # fmt: skip
    assert any("SYNTHETIC" in one for one in run.manifest.notices)
    assert "SYNTHETIC" in repr(run)
    assert run.nav.index.tz is not None


def test_two_runs_are_compared_in_figures_and_in_question(desk):
    """What differs in the spec is named."""
    left = desk.backtest("sma_cross", "AAPL", params={"fast": 10, "slow": 30})
    right = desk.backtest("sma_cross", "AAPL", params={"fast": 20, "slow": 50})
    compared = desk.compare(left.run_id, right.run_id)
    assert "sharpe" in compared.df.index
    assert "fast" in repr(compared)


def test_symbols_are_added_aliased_retired_and_named_as_universes(desk):
    """What a person says of instruments outlives the desk."""
    desk.alias_symbol("AAPL", "APPLE")
    desk.universe("tech", "AAPL MSFT")
    again = bf.open_desk(desk.home)
    assert [str(one) for one in again.bars("APPLE", start=2012).bars.instrument_ids] == [
        "AAPL.XNAS"
    ]
    assert len(again.bars("tech", start=2012).bars.series) == 2
    again.retire_symbol("FB")
    assert "FB" not in again.known("symbols")
    assert "FB" not in repr(again.symbols())
    again.restore_symbol("FB")
    assert "FB" in again.known("symbols")


def test_a_file_is_imported_once_and_then_traded_by_its_symbol(desk, tmp_path):
    """CSV columns with names of their own are mapped."""
    path = tmp_path / "mine.csv"
    _frame().rename(columns={"close": "Last"}).to_csv(path, index_label="Day")
    desk.import_bars(path, "MINE", columns={"close": "Last", "date": "Day"})
    run = desk.backtest("sma_cross", "MINE", params={"fast": 5, "slow": 20})
    assert len(run.nav) == 300


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda d: d.backtest("sma_cros", "AAPL"), UnknownNameError, "did you mean 'sma_cross'"),
        (lambda d: d.backtest("sma_cross", "APPL"), UnknownNameError, "did you mean 'AAPL'"),
        (lambda d: d.backtest("sma_cross"), InvalidInputError, "symbols"),
        (
            lambda d: d.backtest("sma_cross", "AAPL", cahs=1),
            UnknownNameError,
            "did you mean 'cash'",
        ),
        (
            lambda d: d.backtest("sma_cross", "AAPL", params={"fsat": 1}),
            UnknownNameError,
            "did you mean 'fast'",
        ),
        (lambda d: d.backtest("sma_cross", "AAPL", params={"fast": 0}), InvalidInputError, "fast"),
        (
            lambda d: d.backtest("sma_cross", "AAPL", params={"fast": 50, "slow": 20}),
            InvalidInputError,
            "fast",
        ),
        (
            lambda d: d.backtest("sma_cross", "AAPL", engine="bactrader"),
            UnknownNameError,
            "backtrader",
        ),
        (lambda d: d.backtest("sma_cross", "AAPL", start=2014), NoDataError, "2013"),
        (
            lambda d: d.backtest("sma_cross", "AAPL", start=2010, end=2009),
            InvalidInputError,
            "start",
        ),
        (
            lambda d: d.backtest("sma_cross", "AAPL", start="2013-02-01"),
            InvalidInputError,
            "bars",
        ),
        (lambda d: d.backtest(42, "AAPL"), InvalidInputError, "strategy"),
        (lambda d: d.bars("AAPL", adjust="split"), UnknownNameError, "splits"),
        (lambda d: d.bars("AAPL", interval="1x"), InvalidInputError, "interval"),
        (lambda d: d.bars("AAPL", provider="smaple"), UnknownNameError, "sample"),
        (lambda d: d.run("zzz"), UnknownNameError, "zzz"),
        (lambda d: d.import_bars("/nowhere.csv", "X"), BifrostError, "nowhere"),
    ],
)
def test_bad_input_is_refused_in_one_line_with_the_way_out(desk, call, error, words):
    """What, which value, what was expected; and no run is left behind."""
    with pytest.raises(error, match=words) as caught:
        call(desk)
    assert "\n" not in str(caught.value)
    assert desk.runs().df.empty


@pytest.mark.parametrize(
    "spoil",
    [
        lambda f: f.assign(close=f["close"].where(f.index != f.index[10])),
        lambda f: f.assign(low=-1.0),
        lambda f: f.iloc[::-1],
        lambda f: pd.concat([f, f.iloc[[5]]]).sort_index(),
        lambda f: f.assign(high=f["low"] * 0.5),
        lambda f: f.drop(columns="close"),
        lambda f: f.iloc[:0],
    ],
)
def test_broken_frames_are_refused_before_anything_runs(desk, spoil):
    """NaN, negative, unsorted, duplicated, crossed, incomplete, empty."""
    with pytest.raises((DataError, InvalidInputError)) as caught:
        desk.backtest("sma_cross", bars=spoil(_frame()), params={"fast": 5, "slow": 20})
    assert "\n" not in str(caught.value)


def test_a_strategy_that_raises_is_named_with_its_line(desk):
    """The way to the mistake is in the message."""

    def broken(bars):
        return bf.Signals(entries=bars.close / undefined_name)  # noqa: F821

    with pytest.raises(SimulationError, match="undefined_name") as caught:
        desk.backtest(broken, "AAPL")
    assert "\n" not in str(caught.value)
    assert desk.runs().df.empty


def test_a_strategy_that_returns_nonsense_is_refused(desk):
    """Length and type are checked before anything runs."""
    for nonsense in (None, bf.Signals(), bf.Signals(entries=np.ones(3, dtype=bool)), 7):
        with pytest.raises(BifrostError):
            desk.backtest(_answering(nonsense), "AAPL")


def test_an_interrupt_keeps_nothing_and_leaves_the_desk_usable(desk):
    """Stop in mid-run, then run again."""
    import backtrader as bt

    class Impatient(bt.Strategy):
        def next(self):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        desk.backtest(Impatient, "AAPL")
    assert desk.runs().df.empty
    assert len(desk.backtest("buy_and_hold", "AAPL").nav) == 3270


def test_a_home_that_cannot_be_written_is_refused_at_once(tmp_path):
    """Before any work is done."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="BIFROST_HOME"):
        bf.open_desk(tmp_path / "file")


def test_a_corrupt_bar_file_is_named_and_refresh_heals_it(desk):
    """The message says which file; fetching again replaces it."""
    from pathlib import Path

    desk.bars("IBM")
    (victim,) = Path(desk.home, "bars").rglob("*IBM*/**/*.parquet")
    victim.write_bytes(b"garbage")
    with pytest.raises(CorruptDataError, match="IBM"):
        desk.bars("IBM")
    assert len(desk.bars("IBM", refresh=True).df) == 3270


def test_two_processes_share_a_home(desk):
    """Runs of two kernels end up in one record, whole."""
    script = (
        "import sys, bifrost_kernel as bf; desk = bf.open_desk(sys.argv[1])\n"
        "for _ in range(3): desk.backtest('sma_cross', 'MSFT')"
    )
    children = [subprocess.Popen([sys.executable, "-c", script, desk.home]) for _ in range(2)]
    assert [one.wait(timeout=240) for one in children] == [0, 0]
    assert len(desk.runs().df) == 6
    json.loads((__import__("pathlib").Path(desk.home) / "names.json").read_text())
