"""A backtest shows itself: frames, figures, text, HTML, picture, page."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from bifrost_kernel.display import bokeh_loader
from bifrost_kernel.display.appearance import choose_palette, chosen_palette
from bifrost_kernel.display.backtest import BacktestView
from bifrost_kernel.display.page import page_html
from bifrost_kernel.display.report_html import report_body
from bifrost_kernel.domain.errors import InvalidInputError, StorageError, UnknownNameError
from bifrost_kernel.domain.instruments import InstrumentId
from bifrost_kernel.look.tokens import GainLoss
from tests.backtest_samples import CASH, minute_series, renamed, sample_report, sample_series

HOSTILE = '</script></td><script>alert("x")</script><img src=x onerror=alert(1)>'
REPORT = sample_report(notices=("prices are raw: AAPL 2000-06-21 2:1",))
VIEW = BacktestView(REPORT)


@pytest.fixture(autouse=True)
def _afresh():
    """Each test begins with a kernel that has shown nothing."""
    bokeh_loader.forget()
    yield
    bokeh_loader.forget()
    choose_palette(GainLoss.ACCESSIBLE)


class Outline(HTMLParser):
    """Counts what is open, so that broken nesting is found."""

    VOID = frozenset({"img", "source", "meta", "br"})

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.scripts, self.text = [], 0, []

    def handle_starttag(self, tag, attrs):
        """Note an element, and that none carries a handler."""
        assert not [name for name, _ in attrs if name.startswith("on")]
        self.scripts += tag == "script"
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        """Close exactly what is open."""
        assert self.open.pop() == tag

    def handle_data(self, data):
        """Keep the text that a reader sees."""
        if not {"script", "style"} & set(self.open):
            self.text.append(data)


def read(html):
    """Return the outline of a piece of HTML that is whole."""
    outline = Outline()
    outline.feed(html)
    outline.close()
    assert outline.open == []
    return outline


def test_series_stand_on_session_dates():
    """Naive dates for daily bars."""
    nav = VIEW.nav
    assert nav.name == "nav"
    assert nav.index.name == "session_date"
    assert nav.index.tz is None
    assert nav.index[0] == pd.Timestamp("2000-03-01")
    assert nav.iloc[-1] == VIEW.final_nav == REPORT.result.nav[-1]
    assert VIEW.cash.iloc[-1] == VIEW.final_cash
    assert VIEW.benchmark.iloc[0] == CASH


def test_intraday_series_stand_on_bar_ends_in_utc():
    """Aware instants for minutes."""
    nav = BacktestView(sample_report(minute_series(400))).nav
    assert str(nav.index.tz) == "UTC"
    assert nav.index[0] == pd.Timestamp("2010-01-04 14:31", tz="UTC")


def test_fills_read_as_a_trader_writes_them():
    """Sides in words, unsigned quantities, and cash that adds up."""
    fills = VIEW.fills
    assert len(fills) == len(REPORT.result.fills)
    assert set(fills["side"]) == {"BUY", "SELL"}
    assert (fills["quantity"] > 0).all()
    assert set(fills["instrument"]) == {"AAPL.XNAS"}
    signed = np.where(fills["side"] == "BUY", -1, 1) * fills["notional"]
    assert CASH + (signed - fills["commission"]).sum() == pytest.approx(VIEW.final_cash)


def test_orders_and_their_events_are_named():
    """Types and statuses in words, times as in the index."""
    assert set(VIEW.orders["type"]) == {"MARKET"}
    assert set(VIEW.orders["status"]) == {"FILLED"}
    assert set(VIEW.order_events["status"]) == {"FILLED"}
    assert VIEW.orders["price"].isna().all()
    assert (VIEW.orders["time"] < VIEW.orders["final_time"]).all()


def test_round_trips_know_what_is_open():
    """An open one has no exit; a closed one's net is its pnl less its commission."""
    series = sample_series(count=820)
    for count in range(800, 820):
        report = sample_report(series.take(slice(0, count)))
        if report.result.position[-1, 0]:
            break
    trips = BacktestView(report).round_trips
    assert trips["is_open"].tolist() == [False] * (len(trips) - 1) + [True]
    assert pd.isna(trips["exit_time"].iloc[-1])
    np.testing.assert_allclose(trips["net_pnl"], trips["pnl"] - trips["commission"])
    closed = trips[~trips["is_open"]]
    np.testing.assert_allclose(
        closed["simple_return"], closed["exit_price"] / closed["entry_price"] - 1
    )


def test_frames_of_the_whole():
    """Nav, cash, benchmark and drawdown; years and months as fractions."""
    frame = VIEW.df
    assert list(frame.columns) == ["nav", "cash", "benchmark", "drawdown"]
    assert frame["drawdown"].min() == pytest.approx(VIEW.metrics["max_drawdown"])
    assert VIEW.yearly.loc[2004, "strategy"] == pytest.approx(0.984, abs=5e-4)
    assert list(VIEW.monthly.columns)[:2] == ["Jan", "Feb"]
    months = VIEW.monthly.loc[2004]
    assert (1 + months).prod() - 1 == pytest.approx(VIEW.yearly.loc[2004, "strategy"])


def test_positions_have_a_column_for_each_instrument():
    """Symbols, or whole ids where two symbols are the same."""
    assert list(VIEW.positions.columns) == ["AAPL"]
    twice = replace(
        REPORT.result,
        instrument_ids=(InstrumentId("X", "XNAS"), InstrumentId("X", "XLON")),
        position=np.zeros((len(REPORT.result.nav), 2)),
    )
    columns = BacktestView(replace(REPORT, result=twice)).positions.columns
    assert list(columns) == ["X.XNAS", "X.XLON"]


def test_figures_cannot_be_changed_through_the_view():
    """A mapping to read."""
    with pytest.raises(TypeError):
        VIEW.metrics["sharpe"] = 9
    assert VIEW.standard_errors["sharpe"] == pytest.approx(0.2777, abs=1e-4)


def test_html_says_all_that_matters():
    """Headline, judgement, notice, months, provenance."""
    text = " ".join(read(VIEW._repr_html_()).text)
    for words in (
        "sma_cross · AAPL.XNAS", "fast 10, slow 30", "3,270 daily bars", "17.8", "± 0.28",
        "Could be luck", "Prices are raw: AAPL 2000-06-21 2:1", "backtrader 1.9.78.123",
        "+27.2", "run 7f3a0c5e2b9d4a11a2c1", "data 91bd…2f0e", ".round_trips",
    ):  # fmt: skip
        assert words in text, words


def test_hostile_names_stay_text():
    """Strategy, parameters, notices, source, run id, benchmark: nothing runs."""
    spec = replace(REPORT.manifest.spec, strategy=HOSTILE, parameters=((HOSTILE, HOSTILE),))
    report = renamed(
        REPORT, spec=spec, notices=(HOSTILE,), strategy_source=HOSTILE, run_id=HOSTILE,
        libraries=((HOSTILE, HOSTILE),),
    )  # fmt: skip
    report = replace(
        report,
        benchmark_name=HOSTILE,
        manifest=replace(
            report.manifest, spec=replace(spec, benchmark=InstrumentId("SPY", "ARCX"))
        ),
    )
    view = BacktestView(report)
    outline = read(view._repr_html_())
    assert outline.scripts == 2  # the chart's data and the page script
    assert HOSTILE in " ".join(outline.text)
    page = page_html(HOSTILE, report_body(report, view._chart))
    assert read(page).scripts == 3
    assert "<img src=x" not in page
    assert "\x1b" not in repr(BacktestView(renamed(REPORT, notices=("\x1b[31mred",))))


def test_the_first_output_carries_the_library_and_the_next_does_not():
    """Under a megabyte besides BokehJS."""
    first, second = VIEW._repr_html_(), VIEW._repr_html_()
    assert "data-bf-library" in first.replace("[data-bf-library]", "")
    assert 'data-bf-library="' not in second
    assert len(second) < 400_000
    assert len(first) < 1_000_000


def test_a_million_bars_stay_under_a_megabyte():
    """Charts are thinned, tables are cut."""
    report = sample_report(minute_series(1_000_000), fast=300, slow=1200)
    bokeh_loader.needs_loader(None)
    assert len(BacktestView(report)._repr_html_()) < 1_000_000


def test_still_pictures_stand_in_the_charts():
    """Each panel has one for each theme, described in words."""
    html = VIEW._repr_html_()
    assert html.count('class="bf-still" src="data:image/png;base64,') == 3
    assert html.count('media="(prefers-color-scheme: dark)" srcset="data:image/png') == 3
    assert 'alt="Net asset value, million, log scale.' in html
    assert VIEW._repr_png_().startswith(b"\x89PNG")


def test_synthetic_prices_are_said():
    """In HTML and in text."""
    view = BacktestView(sample_report(minute_series(800), is_synthetic=True))
    assert "SYNTHETIC" in view._repr_html_()
    assert repr(view).startswith("SYNTHETIC  sma_cross")


def test_the_page_lets_nothing_in(tmp_path):
    """Its policy names every script by hash, and there is no address in it."""
    path = VIEW.to_html(tmp_path / "new" / "report.html")
    page = (tmp_path / "new" / "report.html").read_text(encoding="utf-8")
    assert path == str(tmp_path / "new" / "report.html")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1]
    assert "default-src 'none'" in policy
    assert policy.count("sha256-") == 2
    assert "unsafe-eval" not in policy
    around = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r'(src|href|srcset)="(?!data:)', around)
    assert "url(" not in around
    assert [one.name for one in (tmp_path / "new").iterdir()] == ["report.html"]


def test_a_page_that_cannot_be_written_is_one_line(tmp_path):
    """The message names the place and the way out."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"cannot be written: .* Name a file in a folder"):
        VIEW.to_html(tmp_path / "file" / "report.html")


@pytest.mark.parametrize("path", [5, None, b"report.html"])
def test_a_page_needs_a_path(path):
    """What is not one is named before anything is written."""
    with pytest.raises(InvalidInputError, match="path: expected a file's path, was"):
        VIEW.to_html(path)


def test_a_plot_holds_the_months_as_a_heat_map_of_the_same_figures():
    """One cell for each month that there is, the exact return on hover."""
    from bokeh.models import Plot

    (months,) = VIEW.plot().select({"type": Plot, "name": "months"})
    cells = months.renderers[0].data_source.data
    monthly = VIEW.report.performance.monthly
    assert len(cells["text"]) == np.isfinite(monthly).sum()
    largest = np.unravel_index(np.nanargmax(np.abs(monthly)), monthly.shape)
    year = str(VIEW.report.performance.years[largest[0]])
    at = next(n for n, one in enumerate(cells["year"]) if one == year)
    assert f"{abs(100 * monthly[largest]):.4f} %" in [one[1:] for one in cells["exact"][at:]]


def test_a_plot_is_a_bokeh_layout_that_shows_itself():
    """In the theme asked for; an unknown one is refused."""
    layout = VIEW.plot("dark")
    assert type(layout).__module__.startswith("bokeh.")
    assert "bf-charts" in layout._repr_html_()
    assert layout._repr_png_() == VIEW._repr_png_()
    with pytest.raises(UnknownNameError, match="did you mean 'dark'"):
        VIEW.plot("darc")


def test_the_chosen_palette_reaches_the_report():
    """Colours of gain and loss in CSS and charts."""
    assert chosen_palette() is GainLoss.ACCESSIBLE
    plain = VIEW._repr_html_()
    choose_palette("red-green")
    turned = VIEW._repr_html_()
    assert "--bf-gain:#cf222e" in turned
    assert "--bf-gain:#cf222e" not in plain


@pytest.mark.parametrize(
    "report",
    [
        sample_report(sample_series(count=1), fast=1, slow=2),
        sample_report(sample_series(count=40), fast=30, slow=39),
    ],
    ids=["one bar", "no fill"],
)
def test_reports_with_hardly_anything_in_them_show(report):
    """One bar, or not a single fill."""
    view = BacktestView(report)
    assert "Cannot tell" in repr(view)
    read(view._repr_html_())
    assert view.fills.empty
    assert view.round_trips.empty
    assert view.orders.empty


def test_a_report_after_a_ruin_shows():
    """NaN figures become dashes, and nothing fails."""
    performance = REPORT.performance
    broken = {name: float("nan") for name in performance.metrics}
    report = replace(REPORT, performance=replace(performance, metrics=broken, standard_errors={}))
    assert "\u2013" in repr(BacktestView(report))
    read(BacktestView(report)._repr_html_())
