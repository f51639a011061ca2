"""Two runs side by side: figures, nav, and what differs in question, data and code."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING

from bifrost_kernel.display.embed import charts_html
from bifrost_kernel.display.markup import Markup, fold, join, table, tag
from bifrost_kernel.display.report_html import chip, foot_html, head_html, shorten_hash
from bifrost_kernel.display.simulators import name_simulator
from bifrost_kernel.display.text import plain, text_table
from bifrost_kernel.display.wording import (
    definitions,
    describe_value,
    format_metric,
    is_synthetic,
    label_of,
    name_run,
)
from bifrost_kernel.look.numbers import MINUS, NOTHING
from bifrost_kernel.look.times import format_date, format_instant

if TYPE_CHECKING:
    import pandas as pd

    from bifrost_kernel.display.chart import Chart
    from bifrost_kernel.engines.analytics.model import MetricDefinition
    from bifrost_kernel.engines.strategy.model import BacktestReport, RunManifest

Difference = tuple[str, str, str]
_COLUMNS = ("Figure", "Left", "Right", f"Right {MINUS} left")
# What a person looks at first; every other figure is one click away.
_FIRST = (
    "total_return",
    "annual_return",
    "annual_volatility",
    "sharpe",
    "sortino",
    "calmar",
    "max_drawdown",
    "alpha",
    "beta",
    "round_trips",
    "hit_rate",
    "profit_factor",
    "turnover_per_year",
    "commission",
)


def metrics_frame(left: BacktestReport, right: BacktestReport) -> pd.DataFrame:
    """Return every figure of both and the difference, right minus left."""
    import pandas as pd

    names = _figure_names(left, right)
    nan = float("nan")
    frame = pd.DataFrame(
        {
            "left": [left.performance.metrics.get(one, nan) for one in names],
            "right": [right.performance.metrics.get(one, nan) for one in names],
        },
        index=pd.Index(names, name="figure"),
    )
    frame["difference"] = frame["right"] - frame["left"]
    return frame


def find_differences(left: RunManifest, right: RunManifest) -> list[Difference]:
    """Return what the two runs were made of where it is not the same: (what, left, right)."""
    pairs = [
        *_question_pairs(left, right),
        ("data", shorten_hash(left.data_fingerprint), shorten_hash(right.data_fingerprint)),
        ("benchmark data", shorten_hash(left.benchmark_fingerprint or NOTHING),
         shorten_hash(right.benchmark_fingerprint or NOTHING)),
        ("strategy version", shorten_hash(left.strategy_version),
         shorten_hash(right.strategy_version)),
        ("simulator", name_simulator(left), name_simulator(right)),
    ]  # fmt: skip
    mine, theirs = dict(left.libraries), dict(right.libraries)
    pairs += [
        (f"library {name}", mine.get(name, NOTHING), theirs.get(name, NOTHING))
        for name in dict.fromkeys((*mine, *theirs))
    ]
    return [(what, one, other) for what, one, other in pairs if one != other]


def comparison_body(left: BacktestReport, right: BacktestReport, chart: Chart) -> Markup:
    """Return the inside of the card that compares."""
    doubt = is_synthetic(left.manifest) or is_synthetic(right.manifest)
    chips = [chip("SYNTHETIC", is_doubt=True)] if doubt else []
    known = definitions()
    rows = {
        name: (tag("span", label_of(name, known), title=_meaning(name, known)), *cells)
        for name, cells in _figure_rows(left, right, known)
    }
    first = [row for name, row in rows.items() if name in _FIRST]
    others = [row for name, row in rows.items() if name not in _FIRST]
    figures = tag(
        "div",
        tag("div", tag("b", "Figures"), class_="bf-label"),
        table(_COLUMNS, first, numeric=(1, 2, 3), caption="Figures side by side"),
        class_="bf-section",
    )
    rest = table(_COLUMNS, others, numeric=(1, 2, 3), caption="The other figures side by side")
    parts = (
        head_html(_title(left, right), _subtitle(left, right), chips),
        _differences_html(find_differences(left.manifest, right.manifest)),
        tag("div", charts_html(chart), class_="bf-section"),
        figures,
        fold("All other figures", rest) if others else "",
        foot_html([f"left {left.manifest.run_id}", f"right {right.manifest.run_id}"],
                  (".df", ".differences", ".plot()", ".to_html(path)")),
    )  # fmt: skip
    return join(parts)


def comparison_text(left: BacktestReport, right: BacktestReport) -> str:
    """Return the same for a terminal."""
    known = definitions()
    differences = find_differences(left.manifest, right.manifest)
    every = _figure_rows(left, right, known)
    rows = [(label_of(name, known), *cells) for name, cells in every if name in _FIRST]
    told = (
        text_table(["What differs", "Left", "Right"], differences, indent=2)
        if differences
        else "  Nothing differs: same question, same data, same code."
    )
    parts = (
        f"{_title(left, right)}\n{_subtitle(left, right)}",
        told,
        text_table(list(_COLUMNS), rows, numeric=(1, 2, 3), indent=2),
        f"showing {len(rows)} of {len(every)} figures; all in .df",
    )
    return "\n\n".join("\n".join(plain(line) for line in one.split("\n")) for one in parts)


def _title(left: BacktestReport, right: BacktestReport) -> str:
    one, other = name_run(left.manifest.spec), name_run(right.manifest.spec)
    return one if one == other else f"{one}  and  {other}"


def _subtitle(left: BacktestReport, right: BacktestReport) -> str:
    return " · ".join(
        f"{side} {one.manifest.run_id} of {format_instant(one.manifest.created_at)}"
        for side, one in (("left", left), ("right", right))
    )


def _question_pairs(left: RunManifest, right: RunManifest) -> list[Difference]:
    mine, theirs = _flat_question(left), _flat_question(right)
    return [
        (name, mine.get(name, NOTHING), theirs.get(name, NOTHING))
        for name in dict.fromkeys((*mine, *theirs))
    ]


def _flat_question(manifest: RunManifest) -> dict[str, str]:
    spec = manifest.spec
    flat = {
        "strategy": spec.strategy,
        "instruments": ", ".join(str(one) for one in spec.instrument_ids),
        "start": format_date(spec.start),
        "end": format_date(spec.end),
        "interval": str(spec.spec),
        "prices": spec.adjustment.value,
        "simulator asked for": spec.engine,
        "benchmark": str(spec.benchmark or "buy and hold"),
    }
    flat |= {f"parameter {name}": describe_value(value) for name, value in spec.parameters}
    for name, value in asdict(spec.trading).items():
        if isinstance(value, dict):
            flat |= {f"{name} {part}".replace("_", " "): str(one) for part, one in value.items()}
        else:
            flat[name.replace("_", " ")] = str(value)
    return flat


def _figure_names(left: BacktestReport, right: BacktestReport) -> list[str]:
    return list(dict.fromkeys((*left.performance.metrics, *right.performance.metrics)))


def _figure_rows(
    left: BacktestReport, right: BacktestReport, known: dict[str, MetricDefinition]
) -> list[tuple[str, tuple[str, str, str]]]:
    rows = []
    nan = float("nan")
    for name in _figure_names(left, right):
        unit = known[name].unit if name in known else "ratio"
        one = left.performance.metrics.get(name, nan)
        other = right.performance.metrics.get(name, nan)
        difference = other - one
        text = format_metric(difference, unit)
        if math.isfinite(difference) and difference > 0 and any(one in "123456789" for one in text):
            text = f"+{text}"
        rows.append((name, (format_metric(one, unit), format_metric(other, unit), text)))
    return rows


def _meaning(name: str, known: dict[str, MetricDefinition]) -> str | None:
    return known[name].convention if name in known else None


def _differences_html(differences: list[Difference]) -> Markup:
    if not differences:
        text = "Nothing differs: same question, same data, same code."
        return tag("p", text, class_="bf-judgement")
    return table(("What differs", "Left", "Right"), differences, caption="What differs")
