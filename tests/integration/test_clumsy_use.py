"""The desk in clumsy hands: one line that says what to do, nothing silently different."""

from __future__ import annotations

import shutil
import sys

import backtrader as bt
import numpy as np
import pandas as pd
import pytest

import bifrost_kernel as bf
from bifrost_kernel.domain.errors import (
    BifrostError,
    InterruptedRunError,
    InvalidInputError,
    SimulationError,
    StorageError,
    UnknownNameError,
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """Open a desk that all refusals of this file share."""
    return bf.open_desk(tmp_path_factory.mktemp("clumsy"))


def cross(desk, **asked):
    """Run the known example over one year with something else asked."""
    return desk.backtest(
        "sma_cross", asked.pop("symbols", "AAPL"), **{"start": "2012", "adjust": "none", **asked}
    )


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"engine": None}, "unknown engine None"),
        ({"interval": None}, "interval None"),
        ({"adjust": None}, "unknown adjust None"),
        ({"params": [1, 2]}, "params: expected a mapping"),
        ({"params": {1: 2}}, "unknown parameter of sma_cross 1"),
        ({"symbols": None}, "symbols: expected symbols, was None"),
        ({"symbols": 5}, "symbols: expected symbols, was 5"),
        ({"symbols": ["AAPL", None]}, "symbol: expected a text such as 'AAPL', was None"),
        ({"benchmark": 5}, "symbol: expected a text such as 'AAPL', was 5"),
        ({"benchmark": ["MSFT"]}, "was ['MSFT']"),
        ({"start": pd.NaT}, "start: expected a date"),
        ({"start": "2012-01-04garbage"}, "start: expected a date"),
        ({"cheat_on_close": "x"}, "cheat_on_close: expected True or False, was 'x'"),
        ({"short_cash": None}, "short_cash: expected True or False"),
        ({"filler_value": 50}, "filler_value: expected a filler"),
        ({"slippage": 0.5, "slippage_kind": "none"}, "slippage: expected a slippage_kind to go"),
        ({"interest_on_longs": True}, "interest_on_longs: expected an interest"),
    ],
)
def test_a_value_of_a_wrong_kind_is_named(desk, asked, words):
    """Not a failure of whatever met it first; an option that would change nothing is refused."""
    with pytest.raises(InvalidInputError) as caught:
        cross(desk, **asked)
    assert words in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("wrong", [None, "", 5])
def test_a_run_is_asked_for_by_text(desk, wrong):
    """A number or nothing is not looked up."""
    with pytest.raises(InvalidInputError, match=r"run: expected an id, or 'last'"):
        desk.run(wrong)


@pytest.mark.parametrize("wrong", [0, -1, "x", True, 2.5])
def test_a_list_of_runs_has_a_whole_length(desk, wrong):
    """A negative one is not all of them."""
    with pytest.raises(InvalidInputError, match="limit: expected a whole number"):
        desk.runs(wrong)


def test_a_huge_limit_lists_all_runs(desk):
    """However much larger than a database's own integers."""
    run = cross(desk)
    assert run.manifest.run_id in repr(desk.runs(10**30))


def test_a_switch_written_as_text_is_read(desk):
    """The text false is not true."""
    assert cross(desk, cheat_on_close="false").final_nav == cross(desk).final_nav


def test_a_message_stays_short_and_keeps_its_way_out(desk):
    """However long, and on however many lines, what was given is."""
    with pytest.raises(UnknownNameError) as caught:
        cross(desk, symbols=["A\n" * 5000])
    assert len(caught.value.message) < 500
    assert caught.value.message.endswith("`%symbols` searches and adds.")

    def wordy(bars):  # noqa: ARG001 - the form of a strategy
        raise ValueError("first\n" + "x" * 3000)

    with pytest.raises(SimulationError) as caught:
        desk.backtest(wordy, "AAPL", start="2012")
    assert len(caught.value.message) <= BifrostError.longest
    assert "\n" not in str(caught.value)
    assert "in line" in caught.value.message


def test_a_name_is_suggested_once(desk):
    """Though it is listed on two venues."""
    desk.add_symbol("TWICE.XNAS", provider="synthetic")
    desk.add_symbol("TWICE.XNYS", provider="synthetic")
    with pytest.raises(UnknownNameError) as caught:
        cross(desk, symbols="zzzzzzzz")
    assert caught.value.message.count("TWICE") <= 1


def test_a_strategy_cannot_leave_the_program(desk):
    """Neither a function nor a class: a report must not look as if it had ended well."""

    def leaving(bars):  # noqa: ARG001 - the form of a strategy
        sys.exit(3)

    class Leaving(bt.Strategy):
        def next(self):
            sys.exit(3)

    for one in (leaving, Leaving):
        with pytest.raises(SimulationError, match="SystemExit: 3"):
            desk.backtest(one, "AAPL", start="2012")


def test_an_interrupt_says_that_nothing_was_kept(desk):
    """It is still an interrupt, which `except Exception` lets through."""

    def stopped(bars):  # noqa: ARG001 - the form of a strategy
        raise KeyboardInterrupt

    before = repr(desk.runs(1000))
    with pytest.raises(InterruptedRunError, match="backtest of stopped was interrupted") as caught:
        desk.backtest(stopped, "AAPL", start="2012")
    assert isinstance(caught.value, KeyboardInterrupt)
    assert not isinstance(caught.value, Exception)
    assert repr(desk.runs(1000)) == before


@pytest.mark.parametrize(
    "asked", [{"adjust": "none"}, {"interval": "1w"}, {"provider": "yahoo"}, {"start": "2012"}]
)
def test_what_a_bar_set_cannot_be_asked_is_refused(desk, asked):
    """It is taken whole: nothing that was asked is left undone in silence."""
    bars = desk.bars("AAPL", start="2012")
    assert desk.backtest("sma_cross", bars=bars, adjust="all", interval="1d").final_nav > 0
    (name,) = asked
    with pytest.raises(InvalidInputError, match=f"taken whole, {name} was"):
        desk.backtest("sma_cross", bars=bars, **asked)


def test_a_frame_is_asked_only_what_it_can_answer(desk):
    """Its interval counts where its times do not tell; no provider, and no range backwards."""
    close = np.linspace(100, 120, 60)
    index = pd.date_range("2000-01-31", periods=60, freq="ME")
    frame = pd.DataFrame(dict.fromkeys(("open", "high", "low", "close"), close), index=index)
    asked = {"params": {"fast": 3, "slow": 8}}
    with pytest.raises(InvalidInputError, match="Give the interval"):
        desk.backtest("sma_cross", bars=frame, **asked)
    run = desk.backtest("sma_cross", bars=frame, interval="4w", **asked)
    assert str(run.manifest.spec.spec) == "4w"
    with pytest.raises(InvalidInputError, match="provider: expected none beside"):
        desk.backtest("sma_cross", bars=frame, provider="yahoo", **asked)
    with pytest.raises(InvalidInputError, match="expected start <= end"):
        desk.backtest("sma_cross", bars=frame, start="2002", end="2001", **asked)


def test_frames_whose_names_mean_one_instrument_are_refused(desk):
    """None of them is dropped in silence."""
    close = np.linspace(100, 120, 60)
    index = pd.bdate_range("2010-01-04", periods=60)
    frame = pd.DataFrame(dict.fromkeys(("open", "high", "low", "close"), close), index=index)
    with pytest.raises(InvalidInputError, match="expected every instrument once"):
        desk.backtest("buy_and_hold", bars={"a": frame, "A": frame * 2})


def test_orders_that_were_refused_for_want_of_cash_are_told(desk):
    """All the cash and a commission leave nothing to pay the commission with."""
    run = cross(desk, size="100%", commission=0.001)
    assert len(run.fills) == 0
    assert any("refused for want of cash" in one for one in run.manifest.notices)
    assert not any("want of cash" in one for one in cross(desk, size=10).manifest.notices)


def test_a_slippage_that_touches_nothing_is_told(desk):
    """Orders at market slip at the open only when it is asked."""
    run = cross(desk, size=10, slippage=0.01)
    assert any("slippage did not touch" in one for one in run.manifest.notices)
    slipped = cross(desk, size=10, slippage=0.01, slippage_on_open=True)
    assert slipped.final_nav < run.final_nav
    assert not any("did not touch" in one for one in slipped.manifest.notices)


def test_a_universe_never_hides_an_instrument(desk):
    """Its name is new, an old one is replaced, and only a known one is removed."""
    with pytest.raises(InvalidInputError, match=r"universe: expected a new name.*AAPL.XNAS"):
        desk.universe("AAPL", "MSFT")
    assert cross(desk).manifest.spec.instrument_ids[0].symbol == "AAPL"
    desk.universe("mine", "AAPL")
    desk.universe("mine", "MSFT IBM")
    desk.universe("mine")
    with pytest.raises(UnknownNameError, match="unknown universe 'mine'"):
        desk.universe("mine")


def test_a_home_that_was_deleted_is_as_new(tmp_path):
    """A desk that is open goes on: instruments are there again, runs begin anew."""
    desk = bf.open_desk(tmp_path / "home")
    cross(desk)
    shutil.rmtree(tmp_path / "home")
    again = cross(desk)
    assert desk.run().manifest.run_id == again.manifest.run_id


@pytest.mark.parametrize(
    ("verb", "words", "options", "said"),
    [
        ("symbols", (None,), {}, "query: expected a text, was None"),
        ("add_symbol", (None,), {}, "symbol: expected a text"),
        ("add_symbol", ("X.XNAS",), {"name": None}, "name: expected a text"),
        ("add_symbol", ("X.XNAS",), {"currency": None}, "currency: expected a text"),
        ("alias_symbol", (None, "x"), {}, "symbol: expected a text"),
        ("alias_symbol", ("AAPL", None), {}, "alias: expected a text"),
        ("retire_symbol", (5,), {}, "symbol: expected a text"),
        ("restore_symbol", (5,), {}, "symbol: expected a text"),
        ("universe", (None, "AAPL"), {}, "universe name: expected a text"),
        ("import_bars", ("x.csv", None), {}, "symbol: expected a text"),
        ("import_bars", ("x.csv", "X"), {"columns": ["a"]}, "columns: expected a mapping"),
        ("import_bars", ("x.csv", "X"), {"timezone": 5}, "timezone: expected a text"),
        ("report", (None,), {}, "report: expected its name"),
        ("report", ("tear_sheet", [1]), {}, "parameters: expected a mapping"),
    ],
)
def test_every_verb_names_a_value_of_a_wrong_kind(desk, verb, words, options, said):
    """Whatever is asked of the desk."""
    with pytest.raises(InvalidInputError) as caught:
        getattr(desk, verb)(*words, **options)
    assert said in caught.value.message


def test_one_alias_may_be_given_as_a_text(desk):
    """It is not taken apart into its letters."""
    desk.add_symbol("ALIA.XNAS", provider="synthetic", aliases="OTHER")
    assert "OTHER" in repr(desk.symbols("ALIA"))
    assert cross(desk, symbols="other").manifest.spec.instrument_ids[0].symbol == "ALIA"


def test_what_was_retired_is_shown(desk):
    """By its full name too."""
    desk.add_symbol("GONE.XNAS", provider="synthetic")
    assert "GONE.XNAS" in repr(desk.retire_symbol("GONE.XNAS"))
    assert "GONE.XNAS" in repr(desk.restore_symbol("GONE.XNAS"))


@pytest.mark.parametrize("wrong", [5, "a\0b", "x" * 300, "~nobody_of_that_name/home"])
def test_a_home_that_is_no_folders_path_is_refused(wrong):
    """In one line, with the way out."""
    with pytest.raises((InvalidInputError, StorageError), match="BIFROST_HOME"):
        bf.open_desk(wrong)
