"""Bars, runs, comparisons, strategies, symbols, status: each shows itself, twice."""

from dataclasses import replace

import pandas as pd
import pytest

from bifrost_kernel.display import bokeh_loader
from bifrost_kernel.display.bars import BarsView
from bifrost_kernel.display.records import PerformanceView, QualityView
from bifrost_kernel.display.runs import ComparisonView, RunsView
from bifrost_kernel.display.status import StatusView
from bifrost_kernel.display.strategies import StrategiesView, StrategyView
from bifrost_kernel.display.symbols import SymbolsView
from bifrost_kernel.domain.errors import UnknownNameError
from bifrost_kernel.domain.instruments import Instrument, InstrumentId
from bifrost_kernel.domain.strategies import Parameter, Strategy
from bifrost_kernel.engines.marketdata.model import Finding, QualityReport, Severity
from tests.backtest_samples import (
    minute_series,
    renamed,
    sample_bars,
    sample_report,
    sample_series,
)

HOSTILE = "<script>alert(1)</script>"
AAPL = InstrumentId("AAPL", "XNAS")
GAP = Finding("gap", Severity.WARNING, 20, "2001-09-11", f"20 sessions are missing {HOSTILE}")
NOTE = Finding("jump", Severity.NOTE, 1, "2000-06-21", "a note of no weight")
QUALITY = QualityReport(AAPL, 3250, 3270, 3250 / 3270, (GAP, NOTE))
LEFT = sample_report()
RIGHT = sample_report(fast=20, slow=50, run_id="8aa3")
IDEA = Strategy(
    name="idea",
    summary=f"Follows {HOSTILE}",
    parameters=(Parameter("fast", 10, 1, 500, summary=HOSTILE), Parameter("deep", -0.5)),
    build=None,
    source=f"def idea(bars): ...  # {HOSTILE}",
)


@pytest.fixture(autouse=True)
def _afresh():
    """Each test begins with a kernel that has shown nothing."""
    bokeh_loader.forget()
    yield
    bokeh_loader.forget()


def both(view):
    """Return a view's HTML and text, after a look for what must never be there."""
    html, text = view._repr_html_(), repr(view)
    assert HOSTILE not in html
    assert 'class="bifrost"' in html
    return html, text


def test_bars_say_how_complete_they_are():
    """Below 99.5 % there is a warning; notes do not shout."""
    for shown in both(BarsView(sample_bars(), (QUALITY,))):
        assert "99\u202f% complete" in shown.replace("99 % ", "99\u202f% ")
        assert "20 of 3,270 expected bars are missing" in shown
        assert "20 sessions are missing" in shown
        assert "a note of no weight" not in shown
        assert "showing 10 of 3,270; all in .df" in shown


def test_complete_bars_are_not_doubted():
    """No warning at 99.5 % and above."""
    fine = QualityReport(AAPL, 3260, 3270, 3260 / 3270, ())
    html, text = both(BarsView(sample_bars(), (fine,)))
    assert "bf-notices" not in html.split("<style")[0]
    assert "!" not in text


def test_bars_of_one_instrument_stand_on_time():
    """Columns of prices and volume."""
    view = BarsView(sample_bars())
    assert list(view.df.columns) == ["open", "high", "low", "close", "volume"]
    assert view.df.index.name == "session_date"
    assert len(view) == len(view.df) == 3270
    assert view.fingerprint == view.bars.fingerprint


def test_bars_of_several_stand_on_instrument_and_time():
    """One frame; closes side by side."""
    view = BarsView(sample_bars(sample_series(), sample_series("GOOG")))
    assert view.df.index.names == ["instrument", "session_date"]
    assert len(view.df.loc["GOOG"]) == len(view.bars.series[1])
    assert list(view.closes.columns) == ["AAPL.XNAS", "GOOG.XNAS"]
    assert view.closes["GOOG.XNAS"].isna().sum() == 3270 - len(view.bars.series[1])
    html, _ = both(view)
    assert "Close, first of each = 100" in html
    assert "showing 10 of 3,270 of AAPL.XNAS; all in .df" in html


def test_quality_and_findings_are_frames():
    """Completeness as a fraction, one row for each finding."""
    view = BarsView(sample_bars(), (QUALITY,))
    assert view.quality.loc["AAPL.XNAS", "completeness"] == pytest.approx(0.99388, abs=1e-5)
    assert view.findings["rule"].tolist() == ["gap", "jump"]
    assert BarsView(sample_bars()).findings.empty
    assert BarsView(sample_bars()).quality.empty


def test_made_up_bars_say_so():
    """SYNTHETIC, wherever they show."""
    html, text = both(BarsView(sample_bars(minute_series(800), is_synthetic=True)))
    assert "SYNTHETIC" in html
    assert text.startswith("SYNTHETIC")
    assert "2010-01-04 14:31" in text


def test_bars_draw_and_export(tmp_path):
    """A layout, a picture, a page."""
    view = BarsView(sample_bars())
    assert type(view.plot()).__module__.startswith("bokeh.")
    assert view._repr_png_().startswith(b"\x89PNG")
    assert (tmp_path / "bars.html").samefile(view.to_html(tmp_path / "bars.html"))


def test_runs_are_listed_newest_first():
    """Id, strategy, parameters, figures; and as a frame."""
    view = RunsView(tuple((one.manifest, one.performance.metrics) for one in (LEFT, RIGHT)))
    html, text = both(view)
    for words in ("7f3a0c5e2b9d4a11a2c1", "8aa3", "fast 20, slow 50", "AAPL.XNAS"):
        assert words in html
        assert words in text
    assert list(view.df.index) == ["7f3a0c5e2b9d4a11a2c1", "8aa3"]
    assert view.df.loc["8aa3", "sharpe"] == RIGHT.performance.metrics["sharpe"]
    assert len(view) == 2


def test_the_figures_of_a_run_stand_before_what_may_be_long():
    """A narrow page cuts off the parameters, never the result."""
    manifest, figures = LEFT.manifest, LEFT.performance.metrics
    for shown in both(RunsView(((manifest, figures),))):
        assert shown.index("Round trips") < shown.index("Parameters")
        assert shown.index("AAPL.XNAS") < shown.index("fast 10, slow")


def test_findings_are_counted_in_words():
    """One jump, two known splits."""
    found = tuple(
        Finding(rule, Severity.NOTE, count, "2000-06-21", "")
        for rule, count in (("known_split", 2), ("jump", 1), ("no_calendar", 7))
    )
    html, _ = both(BarsView(sample_bars(), (replace(QUALITY, findings=found),)))
    assert "2 known splits, 1 jump, 7 no calendar" in html


def test_no_runs_says_how_to_make_one():
    """An empty list helps."""
    for shown in both(RunsView(())):
        assert "%backtest sma_cross AAPL" in shown
    assert RunsView(()).df.empty


def test_a_comparison_shows_what_differs_and_only_that():
    """Parameters differ here; data and simulator do not."""
    view = ComparisonView(LEFT, RIGHT)
    assert view.differences.index.tolist() == ["parameter fast", "parameter slow"]
    assert view.differences.loc["parameter fast"].tolist() == ["10", "20"]
    for shown in both(view):
        assert "parameter fast" in shown
        assert "Right \u2212 left" in shown
    frame = view.df
    assert (frame["difference"].dropna() == (frame["right"] - frame["left"]).dropna()).all()


def test_a_comparison_finds_other_data_code_and_libraries():
    """Fingerprint, strategy version, simulator, library versions, trading."""
    other = renamed(
        LEFT, data_fingerprint="ffff" * 16, strategy_version="eeee" * 16, simulator="compiled 1",
        libraries=(("numpy", "0.1"),), run_id="other",
    )  # fmt: skip
    found = ComparisonView(LEFT, other).differences.index.tolist()
    assert {"data", "strategy version", "simulator", "library numpy"} <= set(found)
    assert "library bifrost_kernel" in found


def test_a_run_compared_with_itself_differs_in_nothing():
    """And says so."""
    for shown in both(ComparisonView(LEFT, LEFT)):
        assert "Nothing differs" in shown


def test_a_comparison_draws_and_exports(tmp_path):
    """A layout, a picture, a page."""
    view = ComparisonView(LEFT, RIGHT)
    assert type(view.plot("dark")).__module__.startswith("bokeh.")
    assert view._repr_png_().startswith(b"\x89PNG")
    assert (tmp_path / "two.html").samefile(view.to_html(tmp_path / "two.html"))


def test_strategies_are_listed_with_their_parameters():
    """Defaults in sight, ranges on hover, a true minus."""
    view = StrategiesView({"idea": IDEA})
    html, text = both(view)
    assert "fast 10" in text
    assert "deep \u22120.5" in text
    assert "an int from 1 to 500" in html
    assert view.df.loc["idea", "parameters"] == {"fast": 10, "deep": -0.5}
    assert view["idea"].name == "idea"
    with pytest.raises(UnknownNameError, match="did you mean 'idea'"):
        view["ida"]


def test_one_strategy_is_shown_whole():
    """Parameters with ranges, and the source."""
    view = StrategyView(IDEA)
    html, text = both(view)
    assert "def idea(bars)" in html
    assert view.source in text
    assert view.df.loc["fast", "allowed"] == "an int from 1 to 500"
    assert view.df.loc["deep", "default"] == -0.5


def test_symbols_and_universes_are_listed():
    """Aliases and what is retired; the universes below."""
    apple = Instrument(AAPL, f"Apple {HOSTILE}", aliases=("APPLE",), is_retired=True)
    view = SymbolsView((apple,), {"tech": (AAPL,)})
    for shown in both(view):
        for words in ("AAPL.XNAS", "APPLE", "retired", "tech"):
            assert words in shown
    assert view.df.loc["AAPL.XNAS", "aliases"] == ["APPLE"]
    assert view.universes == {"tech": (AAPL,)}


def test_many_symbols_are_cut_and_counted():
    """Fifty shown, all in the frame."""
    many = tuple(Instrument(InstrumentId(f"S{at}", "XNAS")) for at in range(1200))
    view = SymbolsView(many, {})
    for shown in both(view):
        assert "showing 50 of 1,200; all in .df" in shown
        assert "S51.XNAS" not in shown
    assert len(view.df) == 1200


def test_no_symbol_found_is_told():
    """With a way on."""
    for shown in both(SymbolsView((), {})):
        assert "%symbols lists all" in shown


def test_the_status_lists_magics_with_examples():
    """Version, home, what is at hand."""
    view = StatusView(
        home=f"/home/ann/{HOSTILE}", libraries=(("bifrost_kernel", "0.1.0"), ("numpy", "2.4")),
        simulators=("compiled", "backtrader"), providers=("sample",), symbols=5, strategies=11,
        magics=(("%backtest", "Run a strategy", "%backtest sma_cross AAPL"),),
    )  # fmt: skip
    for shown in both(view):
        for words in ("0.1.0", "sample", "numpy 2.4", "%backtest sma_cross AAPL"):
            assert words in shown
    assert view.version == "0.1.0"


def test_quality_and_performance_show_on_their_own():
    """A report of data, and every figure with its convention."""
    html, text = both(QualityView(QUALITY))
    assert "3,250 of 3,270 bars" in text
    assert "2001-09-11" in html
    performance = PerformanceView(LEFT.performance)
    both(performance)
    assert isinstance(performance.df, pd.DataFrame)
    assert "Lo (2002)" in performance.df.loc["sharpe", "convention"]
