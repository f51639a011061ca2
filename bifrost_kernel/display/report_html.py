"""A backtest report as HTML, from the headline down to where it came from."""

from __future__ import annotations

import math
from itertools import groupby
from typing import TYPE_CHECKING

from bifrost_kernel.display.calendar_table import calendar_html
from bifrost_kernel.display.embed import charts_html
from bifrost_kernel.display.judgement import Verdict, judge
from bifrost_kernel.display.markup import Markup, fold, join, pairs_table, table, tag
from bifrost_kernel.display.simulators import (
    check_html,
    describe_choice,
    differing_time,
    outcome_of,
)
from bifrost_kernel.display.wording import (
    benchmark_label,
    definitions,
    describe_run,
    format_metric,
    headlines,
    is_synthetic,
    label_of,
    name_run,
)
from bifrost_kernel.look.numbers import (
    format_count,
    format_number,
    format_percent,
    format_price,
    format_quantity,
)
from bifrost_kernel.look.times import format_elapsed, format_instant, format_ns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bifrost_kernel.display.chart import Chart
    from bifrost_kernel.display.wording import Headline
    from bifrost_kernel.engines.strategy.model import BacktestReport, RunManifest

LAST_TRIPS = 12
_TONES = {
    Verdict.CREDIBLE: "bf-judgement bf-judgement-good",
    Verdict.DOUBTFUL: "bf-judgement bf-judgement-doubt",
    Verdict.LUCK: "bf-judgement bf-judgement-doubt",
    Verdict.NO_SKILL: "bf-judgement bf-judgement-bad",
    Verdict.UNKNOWN: "bf-judgement",
}
_NEXT = (".fills", ".round_trips", ".metrics", ".to_html(path)")


def report_body(report: BacktestReport, chart: Chart) -> Markup:
    """Return the inside of a report's card.

    Parameters
    ----------
    report
        The run's whole record.
    chart
        Its charts, as `report_chart` describes them.
    """
    label = benchmark_label(report)
    monthly = tag(
        "div",
        tag("div", tag("b", "Return by month, %"), class_="bf-label"),
        calendar_html(report.performance, label[:1].upper() + label[1:]),
        class_="bf-section",
    )
    check = check_html(report.manifest.check, differing_time(report))
    is_wrong = outcome_of(report.manifest.check) == "differs"
    return join(
        (
            head_html(name_run(report.manifest.spec), describe_run(report), _chips(report)),
            check if is_wrong else "",
            headline_html(headlines(report)),
            judgement_html(report),
            "" if is_wrong else check,
            notices_html(report.manifest.notices),
            tag("div", charts_html(chart), class_="bf-section"),
            monthly,
            tag("div", *_folds(report), class_="bf-folds"),
            foot_html(_provenance(report.manifest), _NEXT),
        )
    )


def head_html(title: str, subtitle: str, chips: Sequence[Markup] = ()) -> Markup:
    """Return a card's first line: what it is, its particulars, and its chips."""
    return tag(
        "div",
        tag("div", title, class_="bf-title", role="heading", aria_level=3),
        tag("span", subtitle, class_="bf-muted"),
        tag("span", *chips, class_="bf-chips") if chips else "",
        class_="bf-head",
    )


def chip(text: str, *, is_doubt: bool = False) -> Markup:
    """Return a small label in a frame."""
    return tag("span", text, class_="bf-chip bf-chip-doubt" if is_doubt else "bf-chip")


def headline_html(figures: Sequence[Headline]) -> Markup:
    """Return headline figures side by side."""
    cells = []
    for one in figures:
        error = tag("span", " ", one.error, class_="bf-error") if one.error else ""
        value = tag("dd", tag("span", one.value, class_="bf-figure"), error)
        cells.append(tag("div", tag("dt", one.label), value, tag("dd", one.note, class_="bf-note")))
    return tag("dl", *cells, class_="bf-headline")


def judgement_html(report: BacktestReport) -> Markup:
    """Return the sentence on whether to believe it."""
    judgement = judge(report.performance)
    verdict = tag("b", judgement.verdict.value, ".")
    return tag("p", verdict, " ", judgement.reason, class_=_TONES[judgement.verdict])


def notices_html(notices: Sequence[str]) -> Markup:
    """Return what a reader must know, one line each; nothing when there is nothing."""
    if not notices:
        return Markup("")
    items = (tag("li", tag("span", one[:1].upper() + one[1:])) for one in notices)
    return tag("ul", *items, class_="bf-notices", aria_label="Notices")


def foot_html(provenance: Sequence[str], attributes: Sequence[str] = ()) -> Markup:
    """Return where it came from, and what to ask for next."""
    asked = join(tag("span", one, class_="bf-code") for one in attributes)
    return tag("div", tag("span", " · ".join(provenance)), tag("span", asked), class_="bf-foot")


def shorten_hash(text: str) -> str:
    """Return the two ends of a long hash: ``91bd…2f0e``."""
    return text if len(text) <= 12 else f"{text[:4]}…{text[-4:]}"


def _chips(report: BacktestReport) -> list[Markup]:
    chips = [chip("SYNTHETIC", is_doubt=True)] if is_synthetic(report.manifest) else []
    return [*chips, chip(report.result.simulator)]


def _provenance(manifest: RunManifest) -> list[str]:
    return [
        f"run {manifest.run_id}",
        f"data {shorten_hash(manifest.data_fingerprint)}",
        f"code {shorten_hash(manifest.strategy_version)}",
        format_elapsed(manifest.elapsed_seconds),
        format_instant(manifest.created_at),
        *filter(None, [describe_choice(manifest)]),
    ]


def _folds(report: BacktestReport) -> list[Markup]:
    trips = report.result.round_trips
    folds = [fold("All figures", _figures(report))]
    if report.performance.drawdowns:
        folds.append(fold("Deepest drawdowns", _drawdowns(report)))
    if len(trips):
        shown = min(LAST_TRIPS, len(trips))
        count = format_count(len(trips))
        title = f"Round trips, last {shown} of {count}; all in .round_trips"
        folds.append(fold(title, _round_trips(report, shown)))
    folds.append(fold("What it was made of", _made_of(report.manifest)))
    return folds


def _figures(report: BacktestReport) -> Markup:
    known = definitions()
    errors = report.performance.standard_errors
    groups = groupby(
        sorted(
            report.performance.metrics.items(),
            key=lambda pair: _group_order(known[pair[0]].group if pair[0] in known else ""),
        ),
        key=lambda pair: known[pair[0]].group if pair[0] in known else "other",
    )
    blocks = []
    for group, members in groups:
        rows: dict[str, object] = {}
        for name, value in members:
            unit = known[name].unit if name in known else "ratio"
            text = format_metric(value, unit)
            if math.isfinite(errors.get(name, math.nan)):
                text += f" ± {format_metric(errors[name], unit)}"
            meaning = known[name].convention if name in known else None
            rows[label_of(name, known)] = tag("span", text, title=meaning)
        heading = tag("div", tag("b", group), class_="bf-label")
        blocks.append(tag("div", heading, pairs_table(rows)))
    return tag("div", *blocks, class_="bf-columns")


def _group_order(group: str) -> int:
    order = ("return", "risk", "benchmark", "round trips", "exposure", "assumptions")
    return order.index(group) if group in order else len(order)


def _drawdowns(report: BacktestReport) -> Markup:
    rows = [
        (
            format_percent(one.depth),
            one.peak,
            one.trough,
            one.recovery or "not yet",
            format_count(one.sessions),
        )
        for one in report.performance.drawdowns
    ]
    columns = ("Depth", "Peak", "Trough", "Recovery", "Sessions")
    return table(columns, rows, numeric=(0, 4), caption="Deepest drawdowns")


def _round_trips(report: BacktestReport, shown: int) -> Markup:
    result, trips = report.result, report.result.round_trips
    is_intraday = report.manifest.spec.spec.is_intraday

    def when(bar: int) -> str:
        return format_ns(int(result.end[bar])) if is_intraday else str(result.session_date[bar])

    rows = []
    for at in range(len(trips) - 1, len(trips) - 1 - shown, -1):
        net = float(trips.pnl[at] - trips.commission[at])
        out = int(trips.exit_bar[at])
        rows.append(
            (
                str(result.instrument_ids[trips.instrument[at]]),
                "long" if trips.quantity[at] > 0 else "short",
                when(int(trips.entry_bar[at])),
                when(out) if out >= 0 else "open",
                format_quantity(abs(float(trips.quantity[at]))),
                format_price(float(trips.entry_price[at])),
                format_price(float(trips.exit_price[at])),
                signed_html(net, 0),
            )
        )
    columns = ("Instrument", "Side", "Entry", "Exit", "Quantity", "Entry price", "Exit price",
               "Net P&L")  # fmt: skip
    return table(columns, rows, numeric=(4, 5, 6, 7), caption="Round trips")


def signed_html(value: float, digits: int) -> Markup:
    """Return an amount whose sign and colour both say whether it is a gain."""
    kind = "bf-gain" if value > 0 else "bf-loss" if value < 0 else None
    return tag("span", format_number(value, digits, signed=True), class_=kind)


def _made_of(manifest: RunManifest) -> Markup:
    chosen = describe_choice(manifest)
    pairs: dict[str, object] = {
        "Run": manifest.run_id,
        "Made": format_instant(manifest.created_at),
        "Simulator": f"{manifest.simulator}, asked for {manifest.spec.engine}"
        + (f"; {chosen}" if chosen else ""),
        "Data fingerprint": tag("span", manifest.data_fingerprint, class_="bf-code"),
        "Strategy version": tag("span", manifest.strategy_version, class_="bf-code"),
        "Notebook": manifest.context.notebook or "not known",
        "Cell": manifest.context.cell_id or "not known",
    }
    for one, instrument in zip(manifest.lineage, manifest.spec.instrument_ids, strict=False):
        steps = "".join(f"; {step}" for step in one.steps)
        pairs[f"Prices of {instrument}"] = f"{one.provider}: {one.source}{steps}"
    pairs["Libraries"] = ", ".join(f"{name} {version}" for name, version in manifest.libraries)
    source = tag("pre", manifest.strategy_source, class_="bf-verbatim", tabindex=0)
    return join((pairs_table(pairs, class_="bf-facts"), source if manifest.strategy_source else ""))
