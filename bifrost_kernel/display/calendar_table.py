"""Returns by month and year: a heat table for pages, an aligned one for terminals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bifrost_kernel.display.markup import Markup, join, tag
from bifrost_kernel.display.text import text_table
from bifrost_kernel.look.numbers import format_number
from bifrost_kernel.look.tokens import HEAT_STEPS

if TYPE_CHECKING:
    from bifrost_kernel.engines.analytics.model import Performance

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FULL_MONTH = 0.15
_FLAT = "·"


def calendar_html(performance: Performance, benchmark: str) -> Markup:
    """Return the table of monthly and yearly returns, coloured by their size.

    Parameters
    ----------
    performance
        Its `monthly`, `yearly` and `benchmark_yearly`.
    benchmark
        What the last column is called.
    """
    head = join(
        tag("th", name, scope="col", class_=kind)
        for name, kind in (
            ("", None), *((one, None) for one in MONTHS), ("Year", "bf-year"), (benchmark, None)
        )
    )  # fmt: skip
    rows = []
    for at, year in enumerate(performance.years):
        months = join(_cell(float(one), _FULL_MONTH) for one in performance.monthly[at])
        mine = tag("td", percent_text(float(performance.yearly[at])), class_="bf-year")
        theirs = tag("td", percent_text(float(performance.benchmark_yearly[at])), class_="bf-muted")
        rows.append(tag("tr", tag("th", int(year), scope="row"), months, mine, theirs))
    caption = tag("caption", "Returns by month and year, in percent", class_="bf-hidden")
    whole = tag(
        "table", caption, tag("thead", tag("tr", head)), tag("tbody", join(rows)),
        class_="bf-table bf-heat",
    )  # fmt: skip
    return tag("div", whole, class_="bf-scroll")


def calendar_text(performance: Performance, benchmark: str) -> str:
    """Return the same table for a terminal."""
    rows = [
        [
            str(int(year)),
            *(percent_text(float(one)) for one in performance.monthly[at]),
            percent_text(float(performance.yearly[at])),
            percent_text(float(performance.benchmark_yearly[at])),
        ]
        for at, year in enumerate(performance.years)
    ]
    return text_table(["", *MONTHS, "Year", benchmark], rows, numeric=range(1, 15))


def percent_text(value: float) -> str:
    """Return a return in percent with its sign; a dot where nothing moved, nothing for NaN."""
    if math.isnan(value):
        return ""
    text = format_number(100 * value, 1, signed=True)
    return _FLAT if text == "0.0" else text


def heat_class(value: float, full: float) -> str | None:
    """Return the class that colours a return.

    Parameters
    ----------
    value
        Fraction.
    full
        The size from which on the colour is strongest, fraction.
    """
    if not math.isfinite(value) or abs(value) < 0.0005:
        return None
    step = min(HEAT_STEPS, max(1, math.ceil(HEAT_STEPS * abs(value) / full)))
    return f"bf-{'g' if value > 0 else 'l'}{step}"


def _cell(value: float, full: float) -> Markup:
    return tag("td", percent_text(value), class_=heat_class(value, full))
