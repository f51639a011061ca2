"""The backtest explorer, driven by its controls as a browser would."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import SimpleNamespace

import ipywidgets
import pytest

from bifrost_kernel.domain.bars import Lineage
from bifrost_kernel.domain.errors import InvalidInputError, NoDataError
from bifrost_kernel.domain.strategies import Parameter, Scope, Strategy
from bifrost_kernel.widgets.explorer.widget import BacktestExplorer

WHEN = datetime(2026, 1, 2, 15, 4, tzinfo=UTC)
STRATEGIES = (
    Strategy(name="hold", summary="Buy <b>once</b>.", parameters=(), build=None),
    Strategy(
        name="sma_cross",
        summary="Two averages.",
        parameters=(
            Parameter("fast", 10, 1, 500, summary="bars"),
            Parameter("band_width", 0.05, 0.0, 1.0),
            Parameter("is_exact", default=True),
            Parameter("kind", "sma", choices=("sma", "ema")),
            Parameter("note", "free text"),
            Parameter("shift", -3),
        ),
        build=None,
    ),
    Strategy(name="rotate", summary="", parameters=(), build=None, scope=Scope.TOGETHER),
)


@dataclass
class Report:
    """A result that shows itself and says what it was made of."""

    text: str
    is_synthetic: bool = False

    def __repr__(self):
        return self.text

    def _repr_html_(self):
        return f"<p>{self.text}</p>"

    @property
    def manifest(self):
        """What the run was made of."""
        lineage = Lineage("sample", "package", WHEN, is_synthetic=self.is_synthetic)
        return SimpleNamespace(
            lineage=(lineage,),
            created_at=WHEN,
            run_id="0123456789abcdef",
            spec=SimpleNamespace(strategy="sma_cross"),
        )


@pytest.fixture
def asked():
    """Collect what the explorer asked for."""
    return []


@pytest.fixture
def explorer(asked):
    """Return an explorer that has not run yet."""

    def run(strategy, symbols, **settings):
        asked.append((strategy.name, symbols, settings))
        return Report(f"report {len(asked)}")

    return BacktestExplorer(STRATEGIES, ("AAPL", "MSFT"), run, runs_at_once=False)


def click(explorer):
    """Press the button as a browser does."""
    explorer.run_button._handle_button_msg(explorer.run_button, {"event": "click"}, [])


def test_a_page_opens_on_a_report(asked):
    """The first choice is run at once: the simple cross, if it is there."""

    def run(strategy, symbols, **settings):
        asked.append((strategy.name, symbols, settings))
        return Report("first")

    explorer = BacktestExplorer(STRATEGIES, ("AAPL", "MSFT"), run)
    assert [one[:2] for one in asked] == [("sma_cross", ("AAPL",))]
    assert explorer.report.outputs[0]["data"]["text/html"] == "<p>first</p>"
    assert explorer.result.text == "first"


def test_the_button_runs_what_is_chosen(explorer, asked):
    """Every control reaches the run."""
    explorer.symbols.value = ("AAPL", "MSFT")
    explorer.parameters["fast"].value = 20
    explorer.parameters["is_exact"].value = False
    explorer.parameters["kind"].value = "ema"
    explorer.start.value = date(2005, 1, 1)
    explorer.adjust.value = "none"
    explorer.cash.value = 50_000
    explorer.size.value = "100"
    explorer.commission.value = 0.002
    click(explorer)
    (name, symbols, settings) = asked[0]
    assert (name, symbols) == ("sma_cross", ("AAPL", "MSFT"))
    assert settings == {
        "params": {
            "fast": 20,
            "band_width": 0.05,
            "is_exact": False,
            "kind": "ema",
            "note": "free text",
            "shift": -3,
        },
        "start": date(2005, 1, 1),
        "end": None,
        "adjust": "none",
        "cash": 50_000,
        "size": "100",
        "commission": 0.002,
    }
    assert explorer.report.outputs[0]["data"]["text/plain"] == "report 1"


def test_controls_follow_a_parameters_type_and_range(explorer):
    """Numbers are bounded, choices listed, switches ticked; each has a name and an explanation."""
    made = explorer.parameters
    assert isinstance(made["fast"], ipywidgets.BoundedIntText)
    assert (made["fast"].min, made["fast"].max) == (1, 500)
    assert isinstance(made["band_width"], ipywidgets.BoundedFloatText)
    assert made["band_width"].step == pytest.approx(0.001)
    assert isinstance(made["is_exact"], ipywidgets.Checkbox)
    assert made["kind"].options == ("sma", "ema")
    assert isinstance(made["note"], ipywidgets.Text)
    assert made["shift"].value == -3
    assert made["fast"].tooltip == "bars (an int from 1 to 500)"
    assert made["band_width"].description == "band width"


def test_another_strategy_brings_its_own_parameters(explorer, asked):
    """The old ones are gone; what is told about it is escaped."""
    explorer.strategy.value = "hold"
    assert explorer.parameters == {}
    assert "Buy &lt;b&gt;once&lt;/b&gt;" in explorer.summary.value
    click(explorer)
    assert asked[0][0] == "hold"
    assert asked[0][2]["params"] == {}
    explorer.strategy.value = "rotate"
    assert "sees all symbols together" in explorer.summary.value


def test_every_new_report_takes_the_place_of_the_last(explorer):
    """Reports do not pile up."""
    click(explorer)
    click(explorer)
    (shown,) = explorer.report.outputs
    assert shown["data"]["text/plain"] == "report 2"


def test_the_button_is_off_while_it_runs(explorer):
    """And on again afterwards, however it went."""
    seen = []

    def look(*_, **__):
        seen.append((explorer.run_button.disabled, "Running sma_cross" in explorer.state.value))
        raise ZeroDivisionError

    explorer._run = look
    click(explorer)
    assert seen == [(True, True)]
    assert explorer.run_button.disabled is False


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (InvalidInputError("fast: expected less than slow, was <50>"), "was &lt;50&gt;"),
        (NoDataError("no bars of 'X'"), "no bars of"),
        (RuntimeError("first line\nsecond line"), "RuntimeError: first line"),
        (KeyboardInterrupt(), "Interrupted"),
    ],
)
def test_what_goes_wrong_is_shown_in_one_line(explorer, caplog, error, said):
    """It replaces the report; a fault of ours is in the log with its traceback."""
    click(explorer)

    def fail(*_, **__):
        raise error

    explorer._run = fail
    with caplog.at_level(logging.ERROR):
        click(explorer)
    assert said in explorer.error.value
    assert 'role="alert"' in explorer.error.value
    assert "second line" not in explorer.error.value
    assert explorer.report.outputs == ()
    assert bool(caplog.records) is isinstance(error, RuntimeError)
    explorer._run = lambda *_, **__: Report("fine")
    click(explorer)
    assert explorer.error.value == ""


def test_no_symbol_is_refused_before_anything_runs(explorer, asked):
    """With the way out."""
    explorer.symbols.value = ()
    click(explorer)
    assert asked == []
    assert "Select one in the list" in explorer.error.value


def test_the_state_says_where_the_data_is_from_and_when(explorer):
    """Made-up prices carry a badge."""
    explorer._run = lambda *_, **__: Report("real")
    click(explorer)
    assert "run 01234567, data from sample, 2026-01-02 15:04 UTC" in explorer.state.value
    assert "SYNTHETIC" not in explorer.state.value
    explorer._run = lambda *_, **__: Report("made up", is_synthetic=True)
    click(explorer)
    assert "SYNTHETIC" in explorer.state.value


def test_a_saved_notebook_shows_a_snapshot_and_no_controls(explorer):
    """The static twin says what it is and when it was made."""
    click(explorer)
    shown = explorer._repr_mimebundle_()
    assert "SNAPSHOT" in shown["text/html"]
    assert "2026-01-02 15:04 UTC" in shown["text/html"]
    assert "input" not in shown["text/html"]
    assert shown["text/plain"] == "BacktestExplorer(sma_cross on AAPL)"
    assert "application/vnd.jupyter.widget-view+json" in shown


def test_an_explorer_of_nothing_is_refused():
    """Without strategies or symbols there is nothing to explore."""
    with pytest.raises(InvalidInputError, match="strategies"):
        BacktestExplorer((), ("AAPL",), print)
    with pytest.raises(InvalidInputError, match="symbols"):
        BacktestExplorer(STRATEGIES, (), print)
