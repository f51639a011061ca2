"""Returns by month as a Bokeh heat map: the figures to read, the exact ones on hover."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from bifrost_kernel.display.calendar_table import MONTHS, grain, percent_text
from bifrost_kernel.look.tokens import CHART_FONT, LABEL_SIZE, mix

if TYPE_CHECKING:
    from bifrost_kernel.engines.analytics.model import Performance
    from bifrost_kernel.look.tokens import Tokens

_ROW_HEIGHT = 22
_FRAME_HEIGHT = 64


def build_heatmap(performance: Performance, tokens: Tokens) -> Any:
    """Return the monthly returns as a Bokeh figure.

    Parameters
    ----------
    performance
        Its `years` and `monthly`.
    tokens
        The theme's colours.
    """
    from bokeh.core.properties import value
    from bokeh.models import ColumnDataSource, FactorRange
    from bokeh.plotting import figure

    years = [str(int(one)) for one in performance.years]
    plot = figure(
        x_range=FactorRange(factors=list(MONTHS)),
        y_range=FactorRange(factors=years[::-1]),
        height=_ROW_HEIGHT * len(years) + _FRAME_HEIGHT,
        sizing_mode="stretch_width",
        x_axis_location="above",
        toolbar_location=None,
        tools="hover",
        tooltips=[("Month", "@month @year"), ("Return", "@exact")],
        title="Return by month, %",
        name="months",
    )
    source = ColumnDataSource(_cells(performance, tokens))
    place: dict[str, Any] = {"x": "month", "y": "year", "source": source}
    plot.rect(**place, width=0.96, height=0.9, fill_color="colour", line_color=None, fill_alpha=1.0)
    plot.text(
        **place, text="text", text_align="center", text_baseline="middle", text_color=tokens.ink,
        text_font=value(CHART_FONT), text_font_size=f"{LABEL_SIZE}px",
    )  # fmt: skip
    _paint(plot, tokens)
    return plot


def _cells(performance: Performance, tokens: Tokens) -> dict[str, Any]:
    digits, full = grain(performance.monthly)
    cells: dict[str, Any] = {name: [] for name in ("year", "month", "text", "exact", "colour")}
    for year, row in zip(performance.years.tolist(), performance.monthly.tolist(), strict=True):
        for month, change in zip(MONTHS, row, strict=True):
            if not math.isfinite(change):
                continue
            share = tokens.heat * min(1.0, abs(change) / full)
            tone = tokens.gain if change > 0 else tokens.loss
            cells["year"].append(str(int(year)))
            cells["month"].append(month)
            cells["text"].append(percent_text(change, digits))
            cells["exact"].append(f"{percent_text(change, 4)} %")
            cells["colour"].append(mix(tone, tokens.panel, share))
    return cells


def _paint(plot: Any, tokens: Tokens) -> None:
    plot.background_fill_color = plot.border_fill_color = tokens.panel
    plot.outline_line_color = None
    plot.grid.grid_line_color = None
    plot.title.text_color = tokens.muted
    plot.axis.axis_line_color = plot.axis.major_tick_line_color = None
    plot.axis.major_label_text_color = tokens.muted
