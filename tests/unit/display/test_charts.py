"""What charts show: thinned honestly, scaled to what is there, the same in both drawings."""

import io
import re
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from bifrost_kernel.display import chart as charts
from bifrost_kernel.display.bokeh_chart import build_figures, build_layout
from bifrost_kernel.display.chart import Chart, Columns, Curve, Panel, sample
from bifrost_kernel.display.embed import charts_html
from bifrost_kernel.display.picture import draw_chart, draw_panel, encode_plate
from bifrost_kernel.display.report_charts import MARK_LIMIT, comparison_chart, report_chart
from bifrost_kernel.domain.instruments import InstrumentId
from bifrost_kernel.look.tokens import DARK, LIGHT, read_rgb
from tests.backtest_samples import (
    minute_series,
    sample_report,
    sample_series,
    two_instrument_report,
)

REPORT = sample_report()
CHART = report_chart(REPORT)


def one_panel(values, **panel):
    """Return a chart of one curve."""
    values = np.asarray(values, dtype=float)
    time = np.arange(len(values)) * 86_400_000.0
    return Chart(time, (Panel("p", "P", (Curve("c", values, "accent"),), **panel),))


def test_a_crash_of_one_bar_survives_thinning():
    """Lows and highs of a million bars are drawn, and few rows are."""
    values = np.ones(1_000_000)
    values[123_456], values[654_321] = 0.25, 7.0
    chart = one_panel(values)
    drawn = sample(chart, chart.panels[0])
    assert drawn.values[0].min() == 0.25
    assert drawn.values[0].max() == 7.0
    assert len(drawn.time) <= 3 * charts.BUCKETS + 2
    assert drawn.time[0] == chart.time[0]
    assert drawn.time[-1] == chart.time[-1]


def test_short_series_are_drawn_whole():
    """Nothing is left out of thirteen years of days."""
    assert len(sample(CHART, CHART.panels[0]).rows) == len(REPORT.result.nav)


def test_log_scale_is_for_far_ranges_of_positive_values():
    """Threefold, and never with zero or less."""
    assert charts.wants_log([np.array([1.0, 3.0])])
    assert not charts.wants_log([np.array([1.0, 2.9])])
    assert not charts.wants_log([np.array([-1.0, 10.0])])
    assert not charts.wants_log([np.array([np.nan])])


def test_the_report_has_nav_drawdown_and_price():
    """With the benchmark behind the strategy, in one unit."""
    nav, drawdown, price = CHART.panels
    assert [one.name for one in nav.curves] == ["strategy", "buy and hold"]
    assert nav.is_log
    assert nav.title == "Net asset value, million, log scale"
    assert nav.curves[0].values[-1] == pytest.approx(REPORT.result.nav[-1] / 1e6)
    assert drawdown.curves[0].values.min() == pytest.approx(
        100 * REPORT.performance.metrics["max_drawdown"]
    )
    assert sum(len(one.time) for one in price.marks) == len(REPORT.result.fills)
    assert [one.is_up for one in price.marks] == [True, False]


def test_too_many_fills_are_thinned_and_it_says_so():
    """The note counts all of them."""
    report = sample_report(minute_series(60_000), fast=2, slow=4)
    assert len(report.result.fills) > MARK_LIMIT
    price = report_chart(report).panels[2]
    assert sum(len(one.time) for one in price.marks) == MARK_LIMIT
    assert f"1,500 of {len(report.result.fills):,} fills" in price.note


def test_intraday_bars_stand_side_by_side():
    """A night takes no more room than a minute."""
    chart = report_chart(sample_report(minute_series(780)))
    assert chart.is_intraday
    np.testing.assert_array_equal(chart.places(chart.time), np.arange(780.0))
    figures = build_figures(chart)
    assert figures.plots[0].x_range.end == 779


def test_two_runs_meet_on_one_time_axis():
    """Sessions of only one of them leave a gap in the other."""
    short = sample_report(sample_series(count=500), run_id="short")
    chart = comparison_chart(REPORT, short)
    left, right = chart.panels[0].curves
    assert len(left.values) == len(REPORT.performance.nav)
    assert np.isnan(right.values[500:]).all()
    assert right.values[499] == pytest.approx(short.performance.nav[-1] / 1_000_000)


def pixels(png):
    """Return a PNG's pixels."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).reshape(-1, 3)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=lambda one: one.name)
def test_a_picture_has_the_themes_colours(tokens):
    """Ground, curve, area and fills are there, in that theme's own colours."""
    found = {
        tuple(int(part) for part in one)
        for one in np.unique(pixels(draw_chart(CHART, tokens)), axis=0)
    }
    for colour in (tokens.panel, tokens.accent, tokens.quiet, tokens.gain, tokens.loss):
        assert read_rgb(colour) in found


def test_both_themes_share_their_pixels():
    """The second file differs from the first in its palette only."""
    plate = draw_panel(CHART, CHART.panels[0])
    light, dark = encode_plate(plate, (LIGHT, DARK))
    one, other = (Image.open(io.BytesIO(png)) for png in (light, dark))
    assert one.mode == other.mode == "P"
    assert one.tobytes() == other.tobytes() == plate.pixels.tobytes()
    assert tuple(pixels(dark)[-1]) == read_rgb(DARK.panel)


def test_a_line_is_where_its_values_are():
    """A rising line runs from the lower left to the upper right."""
    chart = one_panel(np.arange(50.0))
    plate = draw_panel(chart, chart.panels[0])
    inked = plate.pixels > 64
    columns = np.flatnonzero(inked[:, 40:1400].any(axis=0)) + 40
    heights = [np.flatnonzero(inked[:, at]).mean() for at in columns]
    assert heights[0] > 0.85 * plate.height * 0.9
    assert (np.diff(heights) <= 0.5).all()


@pytest.mark.parametrize(
    "values",
    [[5.0], [5.0, 5.0], [np.nan, np.nan, np.nan], [1.0, np.nan, 3.0, 2.0], [-1e12, 1e12]],
    ids=["one", "flat", "nothing", "gap", "vast"],
)
def test_odd_series_are_drawn_without_a_fuss(values):
    """One bar, a flat line, no values, gaps, and very large ones."""
    chart = one_panel(values)
    assert draw_chart(chart).startswith(b"\x89PNG")
    assert build_figures(chart).plots[0].y_range.start < build_figures(chart).plots[0].y_range.end


def test_volume_stands_on_its_floor():
    """Columns begin at zero."""
    panel = Panel("v", "V", columns=(Columns("volume", np.array([3.0, 9.0, 5.0]), "quiet"),))
    assert panel.span()[0] == 0
    assert panel.span()[1] > 9


def test_figures_share_one_time_range_and_need_no_script():
    """Linked by construction; nothing in them is JavaScript text."""
    figures = build_figures(CHART)
    assert len({id(one.x_range) for one in figures.plots}) == 1
    layout = build_layout(CHART)
    kinds = {type(one).__name__ for one in layout.references()}
    assert not {one for one in kinds if one.startswith("CustomJS")}
    assert {"HoverTool", "CrosshairTool", "BoxZoomTool", "PanTool", "WheelZoomTool"} <= kinds


def test_every_coloured_model_is_listed_for_the_theme():
    """A page that changes theme reaches all of them."""
    figures = build_figures(CHART, DARK)
    known = {one.id: one for plot in figures.plots for one in plot.references()}
    colours = DARK.colours()
    for model_id, name, role in figures.ink.roles:
        assert getattr(known[model_id], name) in (colours[role], {"value": colours[role]})


def test_several_instruments_start_from_a_hundred():
    """Their fills lie on their own lines, and each line has its own colour."""
    report = two_instrument_report()
    price = report_chart(report).panels[2]
    assert [one.name for one in price.curves] == ["AAPL", "IBM"]
    assert [one.values[0] for one in price.curves] == [100, 100]
    assert len({one.role for one in price.curves}) == 2
    assert price.title.startswith("Prices, first close = 100, and fills")
    bought = next(one for one in price.marks if one.is_up)
    result = report.result
    assert bought.values[0] == pytest.approx(result.fills.price[0] / result.close[0, 1] * 100)


def test_the_most_traded_of_many_are_drawn():
    """Six lines at most, and the note counts the rest."""
    report = two_instrument_report()
    many = tuple(InstrumentId(f"S{at}", "XNAS") for at in range(9))
    close = np.repeat(report.result.close[:, :1], 9, axis=1)
    position = np.zeros_like(close)
    result = replace(report.result, instrument_ids=many, close=close, position=position)
    price = report_chart(replace(report, result=result)).panels[2]
    assert [one.name for one in price.curves][:2] == ["S0", "S1"]
    assert len(price.curves) == 6
    assert price.note == "6 of 9 instruments, the most traded"


@pytest.mark.parametrize("chart", [CHART, comparison_chart(REPORT, REPORT)])
def test_charts_whose_properties_bokeh_does_not_judge_are_those_that_it_finds_sound(
    chart, monkeypatch
):
    """Leaving the judgement out saves time and changes not a letter."""

    def without_names(page):
        names = {}
        return re.sub(r"\bp\d{4,}\b", lambda it: names.setdefault(it[0], f"n{len(names)}"), page)

    quick = without_names(charts_html(chart))
    monkeypatch.setattr("bokeh.core.property.validation.validate", lambda _: nullcontext())
    assert without_names(charts_html(chart)) == quick
