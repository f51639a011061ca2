"""Charts on their own: Bokeh layouts that show themselves in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bifrost_kernel.display.appearance import chosen_themes
from bifrost_kernel.domain.errors import UnknownNameError

if TYPE_CHECKING:
    from bifrost_kernel.display.chart import Chart
    from bifrost_kernel.engines.analytics.model import Performance


def plot_chart(chart: Chart, theme: str | None = None, *, months: Performance | None = None) -> Any:
    """Return a chart as a Bokeh layout that shows itself as a cell's result.

    Parameters
    ----------
    chart
        What to draw.
    theme
        ``light`` or ``dark`` where the layout is used elsewhere; None = light.
    months
        Whose returns by month stand below as a heat map; None = no heat map.

    Raises
    ------
    UnknownNameError
        There is no such theme.
    """
    from bifrost_kernel.display.bokeh_chart import build_layout

    known = {one.name: one for one in chosen_themes()}
    if theme is not None and theme not in known:
        raise UnknownNameError.of("theme", theme, known)
    tokens = known[theme or "light"]
    layout = build_layout(chart, tokens)
    if months is not None:
        from bokeh.layouts import column

        from bifrost_kernel.display.bokeh_heatmap import build_heatmap

        layout = column(layout, build_heatmap(months, tokens), sizing_mode="stretch_width")
    layout._repr_html_ = lambda: chart_html(chart)
    layout._repr_png_ = lambda: picture_of(chart)
    return layout


def chart_html(chart: Chart) -> str:
    """Return a chart as a cell's output."""
    from bifrost_kernel.display.embed import charts_html
    from bifrost_kernel.display.page import output_html

    return output_html(charts_html(chart), has_charts=True)


def picture_of(chart: Chart) -> bytes:
    """Return a chart's still picture as PNG, on a light ground."""
    from bifrost_kernel.display.picture import draw_chart

    return draw_chart(chart, chosen_themes()[0])
