"""The magics with the real desk on the sample data: a line typed is a run kept."""

from __future__ import annotations

import inspect
import sys

import pytest

import bifrost_kernel as bf
from bifrost_kernel.domain.errors import BifrostError, MissingExtraError
from bifrost_kernel.domain.reading import TradingOptions, read_trading
from bifrost_kernel.magics.overview import COMMANDS
from bifrost_kernel.magics.strategy import BACKTEST

EXAMPLE = (
    "%backtest sma_cross AAPL fast=10 slow=30 --cash 1000000 --size 100 --commission 0.001 "
    "--adjust none"
)
VERBS = {
    ("bars", ""): "bars",
    ("bars", "import"): "import_bars",
    ("symbols", ""): "symbols",
    ("symbols", "add"): "add_symbol",
    ("backtest", ""): "backtest",
    ("backtest", "--list"): "runs",
    ("report", ""): "report",
}


@pytest.fixture
def loaded(bare_shell, tmp_path, monkeypatch):
    """Return a real shell with the extension loaded on a home of its own."""
    monkeypatch.setenv("BIFROST_HOME", str(tmp_path / "home"))
    bf.load_ipython_extension(bare_shell)
    yield bare_shell
    bf.unload_ipython_extension(bare_shell)


def run(shell, source):
    """Run a cell and return its value, or raise what it raised."""
    outcome = shell.run_cell(source, store_history=True, cell_id="cell-7")
    outcome.raise_error()
    return outcome.result


def test_the_example_of_the_first_hour_ends_with_its_known_cash(loaded):
    """To the last digit, as `desk.backtest` gives it; the run knows its cell."""
    run(loaded, f"r = {EXAMPLE}")
    view = loaded.user_ns["r"]
    assert view.final_cash == pytest.approx(1041956.6720400003, abs=1e-6)
    assert len(view.fills) == 116
    assert view.manifest.context.cell_id == "cell-7"
    same = run(
        loaded,
        "desk.backtest('sma_cross', 'AAPL', params={'fast': 10, 'slow': 30}, cash=1_000_000, "
        "size=100, commission=0.001, adjust='none')",
    )
    assert same.final_cash == view.final_cash


def test_runs_are_listed_shown_again_and_compared(loaded):
    """By `last`, by id, and side by side."""
    run(loaded, f"first = {EXAMPLE}")
    run(loaded, f"second = {EXAMPLE.replace('fast=10', 'fast=20')}")
    first, second = loaded.user_ns["first"], loaded.user_ns["second"]
    assert run(loaded, "%backtest --last").final_cash == second.final_cash
    assert run(loaded, f"%backtest --run {first.manifest.run_id}").final_cash == first.final_cash
    assert first.manifest.run_id[:8] in repr(run(loaded, "%backtest --list"))
    compared = run(loaded, f"%backtest --compare last {first.manifest.run_id}")
    assert "fast" in repr(compared)
    expanded = run(loaded, "%backtest --compare last {{first.manifest.run_id}}")
    assert repr(expanded) == repr(compared)


def test_a_strategy_in_a_cell_runs_and_keeps_its_source(loaded):
    """A plain function, with `--out`; then by name from another cell."""
    view = run(
        loaded,
        "%%backtest AAPL up=1 --size 10 --start 2005 --end 2006 --out mine\n"
        "import bifrost_kernel as bf\n"
        "def rises(bars, up=2):\n"
        "    return bf.Signals(entries=bars.close > bars.open * (1 + up / 100),\n"
        "                      exits=bars.close < bars.open)\n",
    )
    assert loaded.user_ns["mine"] is view
    assert "def rises" in view.manifest.strategy_source
    assert dict(view.manifest.spec.parameters) == {"up": 1}
    again = run(loaded, "%backtest rises AAPL up=1 --size 10 --start 2005 --end 2006")
    assert again.final_nav == view.final_nav


def test_an_unmodified_backtrader_class_runs_from_a_cell(loaded):
    """The class as its author wrote it."""
    view = run(
        loaded,
        "%%backtest AAPL --start 2005 --end 2005 --size 1\n"
        "import backtrader as bt\n"
        "class Once(bt.Strategy):\n"
        "    def next(self):\n"
        "        if not self.position:\n"
        "            self.buy(size=5)\n",
    )
    assert len(view.fills) == 1
    assert float(view.fills["quantity"].iloc[0]) == 5


def test_own_bars_universes_and_symbols(loaded):
    """A frame of the notebook, a named universe, a retired instrument."""
    run(loaded, "b = %bars AAPL --start 2005 --end 2006 --adjust none")
    view = run(loaded, "%backtest buy_and_hold --bars b")
    assert len(view.fills) == 1
    run(loaded, "%symbols universe tech AAPL MSFT")
    view = run(loaded, "%backtest equal_weight tech --start 2005 --end 2005")
    assert [str(one) for one in view.manifest.spec.instrument_ids] == ["AAPL.XNAS", "MSFT.XNAS"]
    run(loaded, "%symbols retire IBM")
    assert "IBM" not in repr(run(loaded, "%symbols big"))
    run(loaded, "%symbols restore IBM")
    assert "IBM" in repr(run(loaded, "%symbols IBM"))


def test_every_line_of_the_overview_runs(loaded):
    """`%bifrost`, `%strategies` and its explanation show themselves in text and HTML."""
    for line in ("%bifrost", "%strategies", "%strategies sma_cross", "%symbols", "%bars AAPL"):
        shown, _ = loaded.display_formatter.format(run(loaded, line))
        assert {"text/plain", "text/html"} <= set(shown)
    assert "%backtest" in repr(run(loaded, "%bifrost"))


def test_a_wrong_parameter_or_range_is_one_line(loaded):
    """What the desk refuses comes through the magic as it is."""
    for line in (
        "%backtest sma_cross AAPL fast=0",
        "%backtest sma_cross AAPL fst=3",
        "%backtest sma_cross AAPL --start 2030",
        "%backtest sma_cross AAPL --start 2010 --end 2005",
        "%backtest sma_cross AAPL --engine none",
        "%bars NOPE",
        "%report no_such_report",
        "%backtest --run zzzz",
        "%symbols add NVDA",
    ):
        with pytest.raises(BifrostError) as caught:
            run(loaded, line)
        assert "\n" not in caught.value.message


def test_the_defaults_that_the_help_shows_are_the_desks(loaded):
    """One table for people, one signature for programs: they agree."""
    given = {one.argument: one.default for one in BACKTEST.forms[0].options}
    shown = {name: given[name] for name in TradingOptions.__annotations__ if name in given}
    assert set(shown) == set(TradingOptions.__annotations__)
    assert read_trading(**shown) == read_trading()
    signature = inspect.signature(type(loaded.user_ns["desk"]).backtest).parameters
    for name in ("interval", "adjust", "engine"):
        assert given[name] == signature[name].default


def test_every_option_is_a_keyword_of_the_verb_it_goes_to(loaded):
    """No option is dropped on its way."""
    desk = type(loaded.user_ns["desk"])
    for command in COMMANDS:
        for form in command.forms:
            if not form.options:
                continue
            taken = set(
                inspect.signature(getattr(desk, VERBS[command.name, form.selector])).parameters
            )
            if "trading" in taken:
                taken |= set(TradingOptions.__annotations__)
            assert {one.argument for one in form.options} <= taken


def test_the_explorer_without_its_extra_says_how_to_install_it(loaded, monkeypatch):
    """One line with the command, not an import's traceback."""
    monkeypatch.delitem(sys.modules, "bifrost_kernel.widgets.explorer.widget", raising=False)
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(MissingExtraError, match=r'pip install "bifrost_kernel\[dashboards\]"'):
        run(loaded, "%bifrost explore")


def test_the_explorer_runs_on_the_real_desk(loaded):
    """It opens on a report, and its settings reach the run."""
    explorer = run(loaded, "%bifrost explore")
    assert explorer.error.value == ""
    assert "text/html" in explorer.report.outputs[0]["data"]
    explorer.strategy.value = "pairs_reversion"
    explorer.symbols.value = ("AAPL", "MSFT")
    explorer.run()
    assert explorer.error.value == ""
    assert explorer.result.manifest.spec.strategy == "pairs_reversion"
    explorer.size.value = "a lot"
    explorer.run()
    assert "size: expected units" in explorer.error.value
