"""Charts as HTML: a still picture first, brought to life where scripts may run."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from bifrost_kernel.display.appearance import chosen_themes
from bifrost_kernel.display.bokeh_chart import build_figures
from bifrost_kernel.display.markup import Markup, join, script_json, tag
from bifrost_kernel.display.picture import draw_panel, encode_plate
from bifrost_kernel.look.numbers import format_number

if TYPE_CHECKING:
    from bifrost_kernel.display.chart import Chart, Panel

_HINT = "drag to zoom · double-click for all"


def charts_html(chart: Chart) -> Markup:
    """Return a chart's panels, each a captioned picture that a script may replace.

    Parameters
    ----------
    chart
        What to show.
    """
    from bokeh.core.property.validation import validate

    light, _ = chosen_themes()
    # What is drawn here is sound by test, and judging it would take a fifth of the time.
    with validate(False):  # noqa: FBT003 - Bokeh's own form
        figures = build_figures(chart, light)
        document = _document(figures.plots)
    shown = join(_panel_html(chart, one, is_first=not at) for at, one in enumerate(chart.panels))
    plan: dict[str, Any] = {
        "key": figures.plots[0].id,
        "document": document,
        "panels": figures.panels,
        "ink": figures.ink.roles,
        "isIntraday": chart.is_intraday,
    }
    data = tag("script", script_json(plan), type="application/json", data_bf_plan=True)
    return tag("div", shown, tag("div", data, hidden=True), class_="bf-charts")


def data_uri(png: bytes) -> str:
    """Return a PNG as an address that holds it."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def _document(plots: list[Any]) -> Any:
    from bokeh.document import Document

    document = Document()
    with document.models.freeze():
        for plot in plots:
            document.add_root(plot)
    return document.to_json(deferred=False)


def _panel_html(chart: Chart, panel: Panel, *, is_first: bool) -> Markup:
    light, dark = encode_plate(draw_panel(chart, panel), chosen_themes())
    described = f"{panel.title}. {chart.label}"
    source = tag("source", media="(prefers-color-scheme: dark)", srcset=data_uri(dark))
    image = tag("img", class_="bf-still", src=data_uri(light), alt=described)
    ground = tag(
        "div",
        tag("picture", _void(source), _void(image)),
        tag("div", class_="bf-live"),
        tag("div", class_="bf-cursor", hidden=True),
        class_="bf-chart", tabindex=0, role="group", aria_label=described,
        style=f"--bf-height:{panel.height}px",
    )  # fmt: skip
    caption = tag("figcaption", *_caption(panel, is_first=is_first), class_="bf-label")
    return tag("figure", caption, ground, class_="bf-panel", data_bf_panel=panel.key)


def _caption(panel: Panel, *, is_first: bool) -> list[Markup]:
    parts = [tag("b", panel.title)]
    is_single = len(panel.curves) + len(panel.columns) + len(panel.marks) == 1
    for at, curve in enumerate(panel.curves):
        name = "" if is_single else curve.name
        parts.append(_key(name, curve.role, f"c{at}", _last(curve.values, panel.digits)))
    for at, columns in enumerate(panel.columns, start=len(panel.curves)):
        parts.append(
            _key(columns.name, columns.role, f"c{at}", _last(columns.values, panel.digits))
        )
    for marks in panel.marks:
        turn = "up" if marks.is_up else "down"
        kind = f"bf-key bf-key-{turn} bf-swatch-{marks.role}"
        parts.append(tag("span", marks.name, class_=kind))
    if panel.note:
        parts.append(tag("span", panel.note))
    hint = _HINT if is_first else ""
    parts.append(tag("span", hint, class_="bf-when", data_bf_when=True, data_bf_rest=hint))
    return parts


def _key(name: str, role: str, column: str, value: str) -> Markup:
    output = tag("output", value, data_bf_column=column, data_bf_rest=value)
    if not name:
        return tag("span", output)
    return tag("span", name, " ", output, class_=f"bf-key bf-swatch-{role}")


def _last(values: Any, digits: int) -> str:
    finite = values[values == values]  # noqa: PLR0124 - NaN is what differs from itself
    return format_number(float(finite[-1]), digits) if len(finite) else ""


def _void(element: Markup) -> Markup:
    name = element[1:].split(" ", 1)[0]
    return Markup(element.removesuffix(f"</{name}>"))
