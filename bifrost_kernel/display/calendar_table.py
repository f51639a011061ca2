"""Returns by month and year: a heat table for pages, an aligned one for terminals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bifrost_kernel.display.markup import Markup, join, tag
from bifrost_kernel.display.text import text_table
from bifrost_kernel.look.numbers import format_number
from bifrost_kernel.look.tokens import HEAT_STEPS

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats
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
    digits, full = grain(performance.monthly)
    for at, year in enumerate(performance.years):
        months = join(_cell(float(one), digits, full) for one in performance.monthly[at])
        mine = tag("td", percent_text(float(performance.yearly[at]), digits), class_="bf-year")
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
    digits, _ = grain(performance.monthly)
    rows = [
        [
            str(int(year)),
            *(percent_text(float(one), digits) for one in performance.monthly[at]),
            percent_text(float(performance.yearly[at]), digits),
            percent_text(float(performance.benchmark_yearly[at])),
        ]
        for at, year in enumerate(performance.years)
    ]
    return text_table(["", *MONTHS, "Year", benchmark], rows, numeric=range(1, 15))


def percent_text(value: float, digits: int = 1) -> str:
    """Return a return in percent with its sign; a dot where nothing moved, nothing for NaN."""
    if math.isnan(value):
        return ""
    text = format_number(100 * value, digits, signed=True)
    return text if any(sign in text for sign in "123456789∞") else _FLAT


def heat_class(value: float, full: float) -> str | None:
    """Return the class that colours a return.

    Parameters
    ----------
    value
        Fraction.
    full
        The size from which on the colour is strongest, fraction.
    """
    if not math.isfinite(value) or abs(value) < full / 300:
        return None
    step = min(HEAT_STEPS, max(1, math.ceil(HEAT_STEPS * abs(value) / full)))
    return f"bf-{'g' if value > 0 else 'l'}{step}"


def _cell(value: float, digits: int, full: float) -> Markup:
    return tag("td", percent_text(value, digits), class_=heat_class(value, full))


def grain(monthly: Floats) -> tuple[int, float]:
    """Return decimals and the full heat's size, fit for an account that hardly moves too.

    Parameters
    ----------
    monthly
        shape (Y, 12), fraction; NaN where there is none.
    """
    largest = max((abs(one) for one in monthly.ravel().tolist() if math.isfinite(one)), default=0.0)
    return (1 if largest >= 0.01 or largest == 0 else 2), min(_FULL_MONTH, largest) or _FULL_MONTH
