"""Charts that can be zoomed, panned and read off, drawn by Bokeh.

No part of them is JavaScript in a string: they work under a content security policy
that forbids evaluation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from bifrost_kernel.display.chart import sample
from bifrost_kernel.display.picture import BOTTOM, RIGHT
from bifrost_kernel.display.ticks import bar_ticks, value_ticks
from bifrost_kernel.look.tokens import CHART_FONT, LABEL_SIZE, LIGHT

if TYPE_CHECKING:
    from bokeh.models import ColumnDataSource, Plot, Range1d, Ticker
    from bokeh.models.glyph import Glyph

    from bifrost_kernel.display.chart import Chart, Panel
    from bifrost_kernel.look.tokens import Tokens

_ZOOMED_DIGITS = "0,0.[0000]"


@dataclass(slots=True)
class Ink:
    """Gives models a theme's colours and remembers which, so that a page can change theme.

    Parameters
    ----------
    tokens
        The theme.
    roles
        (model id, property, colour role).
    """

    tokens: Tokens
    roles: list[tuple[str, str, str]] = field(default_factory=list)

    def paint(self, model: Any, **roles: str) -> None:
        """Set colour properties of a model by role."""
        colours = self.tokens.colours()
        for name, role in roles.items():
            setattr(model, name, colours[role])
            self.roles.append((model.id, name, role))


@dataclass(slots=True)
class Figures:
    """A chart's figures, top to bottom, with what the page needs to know of them.

    Parameters
    ----------
    plots
        One for each panel.
    panels
        One mapping for each panel: ids and columns, ready for JSON.
    ink
        Who has which colour.
    """

    plots: list[Plot]
    panels: list[dict[str, Any]]
    ink: Ink


def build_figures(chart: Chart, tokens: Tokens = LIGHT, *, is_alone: bool = False) -> Figures:
    """Return a chart's figures on one time range.

    Parameters
    ----------
    chart
        What to draw.
    tokens
        The theme to start in.
    is_alone
        With titles, legends, tool bar and hover of their own; without, the page around
        them provides these.
    """
    from bokeh.models import Range1d

    ink = Ink(tokens)
    has_places = chart.is_intraday and not is_alone
    edges = chart.places(chart.time[[0, -1]]) if has_places else chart.time[[0, -1]]
    start, stop = float(edges[0]), float(edges[1])
    stop = stop if stop > start else start + (1.0 if has_places else 86_400_000.0)
    shared = Range1d(start=start, end=stop, bounds=None if is_alone else (start, stop))
    plots, panels = [], []
    for panel in chart.panels:
        plot, source, marks = _figure(chart, panel, shared, ink, is_alone=is_alone)
        if is_alone:
            _stand_alone(plot, panel, ink, is_intraday=chart.is_intraday)
        plots.append(plot)
        panels.append(_describe(panel, plot, source, marks))
    return Figures(plots, panels, ink)


def build_layout(chart: Chart, tokens: Tokens = LIGHT) -> Any:
    """Return a chart as one Bokeh layout with a tool bar."""
    from bokeh.layouts import gridplot

    figures = build_figures(chart, tokens, is_alone=True)
    return gridplot(
        [[one] for one in figures.plots],
        sizing_mode="stretch_width",
        toolbar_location="above",
        toolbar_options={"logo": None},
        merge_tools=True,
    )


def _figure(
    chart: Chart, panel: Panel, shared: Range1d, ink: Ink, *, is_alone: bool
) -> tuple[Plot, ColumnDataSource, list[ColumnDataSource]]:
    from bokeh.models import ColumnDataSource, LinearScale, LogScale, Plot, Range1d

    low, high = panel.span()
    plot = Plot(
        height=panel.height + (50 if is_alone else 0), sizing_mode="stretch_width",
        x_range=shared, y_range=Range1d(start=low, end=high), x_scale=LinearScale(),
        y_scale=LogScale() if panel.is_log else LinearScale(),
        toolbar_location=None, name=panel.key, min_border=0, min_border_right=RIGHT,
        min_border_bottom=BOTTOM if panel.shows_time else 4, title=None,
        outline_line_color=None,
    )  # fmt: skip
    ink.paint(plot, background_fill_color="panel", border_fill_color="panel")
    _value_axis(plot, panel, ink, is_alone=is_alone)
    _time_axis(plot, chart, ink, is_shown=panel.shows_time, is_alone=is_alone)
    _tools(plot)
    data = sample(chart, panel)
    place = data.time if is_alone else data.place
    columns = {f"c{at}": one.astype(np.float32) for at, one in enumerate(data.values)}
    source = ColumnDataSource({"x": place, **columns})
    if chart.is_intraday and not is_alone:
        source.data["time"] = data.time
    _columns(plot, panel, source, ink)
    _curves(plot, panel, source, ink)
    return plot, source, _marks(plot, panel, ink, chart=None if is_alone else chart)


_BARE: dict[str, Any] = {
    "axis_line_color": None, "major_tick_line_color": None, "minor_tick_line_color": None,
    "major_label_text_font": CHART_FONT, "major_label_text_font_size": f"{LABEL_SIZE}px",
}  # fmt: skip


def _value_axis(plot: Plot, panel: Panel, ink: Ink, *, is_alone: bool) -> None:
    from bokeh.models import (
        AdaptiveTicker,
        BasicTickFormatter,
        FixedTicker,
        LinearAxis,
        LogAxis,
        LogTicker,
    )

    wanted = max(2, panel.height // 45)
    ticker: Ticker
    if not panel.is_log:
        ticker = AdaptiveTicker(desired_num_ticks=wanted, num_minor_ticks=0, mantissas=[1, 2, 5])
    elif is_alone:
        ticker = LogTicker(mantissas=[1, 2, 5], num_minor_ticks=0, desired_num_ticks=wanted)
    else:
        ticker = FixedTicker(ticks=value_ticks(*panel.span(), wanted, is_log=True))
    kind: Any = LogAxis if panel.is_log else LinearAxis
    written = BasicTickFormatter(use_scientific=False)
    axis = kind(ticker=ticker, formatter=written, major_label_standoff=8, **_BARE)
    plot.add_layout(axis, "right")
    _paint_axis(plot, axis, 1, ink)


def _time_axis(plot: Plot, chart: Chart, ink: Ink, *, is_shown: bool, is_alone: bool) -> None:
    from bokeh.models import (
        DatetimeAxis,
        DatetimeTicker,
        DatetimeTickFormatter,
        FixedTicker,
        LinearAxis,
    )

    axis: LinearAxis
    if chart.is_intraday and not is_alone:
        ticks = bar_ticks(chart.time, 12)
        kind: Any = LinearAxis
        axis = kind(
            ticker=FixedTicker(ticks=[at for at, _ in ticks]), visible=is_shown,
            major_label_overrides=dict(ticks), **_BARE,
        )  # fmt: skip
    else:
        written = DatetimeTickFormatter(
            years="%Y", months="%b %Y", days="%d %b", hours="%H:%M", hourmin="%H:%M",
            minutes="%H:%M", minsec="%H:%M:%S",
        )  # fmt: skip
        ticker = DatetimeTicker(desired_num_ticks=12, num_minor_ticks=0)
        axis = DatetimeAxis(ticker=ticker, formatter=written, visible=is_shown, **_BARE)
    plot.add_layout(axis, "below")
    _paint_axis(plot, axis, 0, ink)


def _paint_axis(plot: Plot, axis: Any, dimension: Literal[0, 1], ink: Ink) -> None:
    from bokeh.models import Grid

    grid = Grid(dimension=dimension, ticker=axis.ticker)
    ink.paint(axis, major_label_text_color="muted")
    ink.paint(grid, grid_line_color="line")
    plot.add_layout(grid)


def _tools(plot: Plot) -> None:
    from bokeh.models import BoxZoomTool, PanTool, ResetTool, WheelZoomTool

    zoom = BoxZoomTool(dimensions="width")
    wheel = WheelZoomTool(dimensions="width", modifiers={"ctrl": True})
    plot.add_tools(zoom, PanTool(dimensions="width"), wheel, ResetTool())
    plot.toolbar.active_drag = zoom
    plot.toolbar.active_scroll = wheel


def _columns(plot: Plot, panel: Panel, source: ColumnDataSource, ink: Ink) -> None:
    from bokeh.models import VBar

    for offset, columns in enumerate(panel.columns, start=len(panel.curves)):
        width = 0.7 * _typical_step(np.asarray(source.data["x"]))
        bars = VBar(x="x", top=f"c{offset}", bottom=0, width=width, line_color=None)
        ink.paint(bars, fill_color=columns.role)
        _add(plot, source, bars, f"c{offset}")


def _curves(plot: Plot, panel: Panel, source: ColumnDataSource, ink: Ink) -> None:
    from bokeh.models import Line, VArea

    for at, curve in reversed(list(enumerate(panel.curves))):
        has_area = curve.fills_to is not None
        if curve.fills_to is not None:
            area = VArea(x="x", y1=curve.fills_to, y2=f"c{at}", fill_alpha=0.3)
            ink.paint(area, fill_color=curve.role)
            _add(plot, source, area, f"area {at}")
        line = Line(
            x="x", y=f"c{at}", line_join="round", line_alpha=0.6 if has_area else 1.0,
            line_width=1 if curve.is_thin or has_area else 1.7,
        )  # fmt: skip
        ink.paint(line, line_color=curve.role)
        _add(plot, source, line, f"c{at}")


def _marks(plot: Plot, panel: Panel, ink: Ink, *, chart: Chart | None) -> list[ColumnDataSource]:
    from bokeh.models import ColumnDataSource, Scatter

    sources = []
    for marks in panel.marks:
        place = chart.places(marks.time) if chart else marks.time
        values = np.asarray(marks.values, dtype=np.float32)
        source = ColumnDataSource({"x": place, "value": values})
        if chart and chart.is_intraday:
            source.data["time"] = marks.time
        points = Scatter(
            x="x", y="value", size=8, line_width=0.75,
            marker="triangle" if marks.is_up else "inverted_triangle",
        )  # fmt: skip
        ink.paint(points, fill_color=marks.role, line_color="panel")
        _add(plot, source, points, marks.name)
        sources.append(source)
    return sources


def _add(plot: Plot, source: ColumnDataSource, glyph: Glyph, name: str) -> None:
    from bokeh.models.renderers import GlyphRenderer

    plot.renderers.append(GlyphRenderer(data_source=source, glyph=glyph, name=name))


def _stand_alone(plot: Plot, panel: Panel, ink: Ink, *, is_intraday: bool) -> None:
    from bokeh.models import CrosshairTool, HoverTool, SaveTool
    from bokeh.models.annotations import Legend, LegendItem, Title

    title = Title(text=panel.title, text_font_size="12px", text_font_style="bold")
    ink.paint(title, text_color="muted")
    plot.title = title
    lines: dict[str, Any] = {str(one.name): one for one in plot.renderers}
    named = [(one.name, f"c{at}") for at, one in enumerate(panel.curves)]
    named += [(one.name, one.name) for one in panel.marks]
    if len(named) > 1:
        items = [LegendItem(label=name, renderers=[lines[key]]) for name, key in named]
        legend = Legend(
            items=items, orientation="horizontal", location="top_left", border_line_color=None,
            background_fill_alpha=0.7, click_policy="hide", label_text_font_size="11px",
        )  # fmt: skip
        ink.paint(legend, background_fill_color="panel", label_text_color="muted")
        plot.add_layout(legend)
    stamp = "@x{%F %R}" if is_intraday else "@x{%F}"
    rows = [(one.name, f"@c{at}{{{_ZOOMED_DIGITS}}}") for at, one in enumerate(panel.curves)]
    plot.add_tools(
        HoverTool(
            tooltips=[("time", stamp), *rows], formatters={"@x": "datetime"}, mode="vline",
            renderers=[lines["c0"]],
        ),
        CrosshairTool(dimensions="height"),
        SaveTool(),
    )  # fmt: skip


def _describe(
    panel: Panel, plot: Any, source: ColumnDataSource, marks: list[ColumnDataSource]
) -> dict[str, Any]:
    return {
        "key": panel.key,
        "root": plot.id,
        "source": source.id,
        "xRange": plot.x_range.id,
        "yRange": plot.y_range.id,
        "timeAxis": plot.below[0].id,
        "timeTicker": plot.below[0].ticker.id,
        "valueTicker": plot.right[0].ticker.id,
        "isLog": panel.is_log,
        "digits": panel.digits,
        "floor": 0 if panel.columns else None,
        "ceiling": 0 if any(one.fills_to == 0 for one in panel.curves) else None,
        "columns": len(panel.curves) + len(panel.columns),
        "marks": [
            {"source": source.id, "name": one.name}
            for one, source in zip(panel.marks, marks, strict=True)
        ],
    }


def _typical_step(time: Any) -> float:
    return float(np.median(np.diff(time))) if len(time) > 1 else 86_400_000.0
