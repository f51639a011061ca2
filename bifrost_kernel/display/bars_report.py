"""How bars are shown: chart, completeness, findings, first and last rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.display.chart import Chart, Columns, Curve, Panel, money_scale, wants_log
from bifrost_kernel.display.embed import charts_html
from bifrost_kernel.display.markup import Markup, join, table, tag
from bifrost_kernel.display.report_html import (
    chip,
    foot_html,
    head_html,
    notices_html,
    shorten_hash,
)
from bifrost_kernel.display.text import plain, sparkline, text_table, wrap
from bifrost_kernel.display.timeline import to_index, to_milliseconds
from bifrost_kernel.display.wording import describe_adjustment
from bifrost_kernel.domain.bars import PRICE_FIELDS
from bifrost_kernel.engines.marketdata.model import Severity
from bifrost_kernel.look.numbers import format_count, format_price, format_share
from bifrost_kernel.look.times import format_date, format_instant, format_interval, format_ns

if TYPE_CHECKING:
    import pandas as pd

    from bifrost_kernel.domain.bars import BarSeries, BarSet, Floats
    from bifrost_kernel.engines.marketdata.model import QualityReport

ENOUGH = 0.995
ROWS = 10
SERIES_LIMIT = 6


def bars_frame(bars: BarSet) -> pd.DataFrame:
    """Return the bars: indexed by time, or by instrument and time where there are several."""
    import pandas as pd

    frames = []
    for series in bars.series:
        index = to_index(series.spec, series.end, series.session_date)
        columns = {name: getattr(series, name) for name in (*PRICE_FIELDS, "volume")}
        frames.append(pd.DataFrame(columns, index=index))
    if len(frames) == 1:
        return frames[0]
    symbols = [one.symbol for one in bars.instrument_ids]
    is_unique = len(set(symbols)) == len(symbols)
    keys = symbols if is_unique else [str(one) for one in bars.instrument_ids]
    return pd.concat(frames, keys=keys, names=["instrument"])


def bars_chart(bars: BarSet) -> Chart:
    """Return the price with its volume, or several prices from a common start."""
    label = f"Prices of {', '.join(str(one) for one in bars.instrument_ids)}"
    if len(bars.series) == 1:
        return _one_chart(bars.series[0], label)
    shown = bars.series[:SERIES_LIMIT]
    ends = np.unique(np.concatenate([one.end for one in shown]))
    curves = []
    for at, series in enumerate(shown):
        values = np.full(len(ends), np.nan)
        values[np.searchsorted(ends, series.end)] = series.close * 100 / series.close[0]
        name = series.instrument_id.symbol
        curves.append(Curve(name, _carry(values), f"series-{at}", is_thin=True))
    more = len(bars.series) - len(shown)
    is_log = wants_log([series.close / series.close[0] for series in shown])
    scale = ", log scale" if is_log else ""
    panel = Panel(
        "price", f"Close, first of each = 100{scale}", tuple(curves), height=300, is_log=is_log,
        digits=1, note=f"{more} more not drawn; all in .df" if more else "",
    )  # fmt: skip
    return Chart(ends / 1e6, (panel,), is_intraday=bars.spec.is_intraday, label=label)


_NOUNS = {
    "gap": "gap",
    "jump": "jump",
    "known_split": "known split",
    "split_like": "split-like jump",
    "stale_run": "stale run",
}


def bars_body(bars: BarSet, quality: tuple[QualityReport, ...], chart: Chart) -> Markup:
    """Return the inside of the card that shows bars."""
    chips = [chip("SYNTHETIC", is_doubt=True)] if bars.is_synthetic else []
    parts = [
        head_html(_title(bars), _subtitle(bars), chips),
        notices_html(findings_in_words(quality)),
        _quality_table(bars, quality),
        tag("div", charts_html(chart), class_="bf-section"),
        _rows_table(bars),
        foot_html(provenance(bars), (".df", ".quality", ".findings", ".plot()")),
    ]
    return join(parts)


def bars_text(bars: BarSet, quality: tuple[QualityReport, ...]) -> str:
    """Return the same for a terminal."""
    mark = "SYNTHETIC  " if bars.is_synthetic else ""
    pairs = zip(_quality_rows(bars, quality), bars.series, strict=True)
    rows = [
        (*cells[:5], sparkline(one.close, 32, is_log=wants_log([one.close])))
        for cells, one in pairs
    ]
    columns = ["Instrument", "Bars", "From", "To", "Complete", "Close"]
    parts = [
        f"{mark}{_title(bars)}\n{_subtitle(bars)}",
        text_table(columns, rows, numeric=(1, 4), indent=2),
        "\n".join(wrap(f"! {one}") for one in findings_in_words(quality)),
        _rows_text(bars),
        " · ".join(provenance(bars)) + "\nnext: .df  .quality  .findings  .plot()",
    ]
    return "\n\n".join("\n".join(plain(line) for line in one.split("\n")) for one in parts if one)


def findings_in_words(quality: tuple[QualityReport, ...]) -> list[str]:
    """Return what a reader must know of the data: too few bars, doubts and errors."""
    words = []
    for report in quality:
        if report.completeness < ENOUGH:
            missing = report.expected_bars - report.bars
            share = format_share(report.bars, report.expected_bars)
            words.append(
                f"{report.instrument_id}: {share} complete, {format_count(max(0, missing))} of "
                f"{format_count(report.expected_bars)} expected bars are missing"
            )
        words += [
            f"{report.instrument_id}: {one.message}"
            for one in report.findings
            if one.severity is not Severity.NOTE
        ]
    return words


def provenance(bars: BarSet) -> list[str]:
    """Return the fingerprint, the sources, and when they answered."""
    sources = sorted({f"{one.provider}: {one.source}" for one in bars.lineage})
    latest = max((one.fetched_at for one in bars.lineage), default=None)
    parts = [f"data {shorten_hash(bars.fingerprint)}", *sources]
    return parts if latest is None else [*parts, format_instant(latest)]


def _one_chart(series: BarSeries, label: str) -> Chart:
    time = to_milliseconds(series.spec, series.end, series.session_date)
    is_log = wants_log([series.close])
    scale = ", log scale" if is_log else ""
    price = Panel(
        "price", f"{series.instrument_id} close{scale}",
        (Curve("close", series.close, "accent"),), height=280, is_log=is_log,
    )  # fmt: skip
    step, word = money_scale([series.volume])
    title = f"Volume, {word} units" if word else "Volume, units"
    volume = Panel(
        "volume", title, columns=(Columns("volume", series.volume / step, "quiet"),),
        height=90, digits=1 if word else 0, shows_time=False,
    )  # fmt: skip
    return Chart(time, (price, volume), is_intraday=series.spec.is_intraday, label=label)


def _carry(values: Floats) -> Floats:
    known = np.where(np.isnan(values), 0, np.arange(len(values)))
    carried: Floats = values[np.maximum.accumulate(known)]
    return carried


def _title(bars: BarSet) -> str:
    names = [str(one) for one in bars.instrument_ids]
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _subtitle(bars: BarSet) -> str:
    length = format_interval(bars.spec.count, bars.spec.unit)
    first = min((one.session_date[0] for one in bars.series if len(one)), default=None)
    last = max((one.session_date[-1] for one in bars.series if len(one)), default=None)
    return (
        f"{format_date(first)} to {format_date(last)} · {format_count(len(bars))} {length} bars, "
        f"{describe_adjustment(bars.adjustment)}"
    )


def _quality_rows(
    bars: BarSet, quality: tuple[QualityReport, ...]
) -> list[tuple[str, str, str, str, str, str]]:
    known = {one.instrument_id: one for one in quality}
    rows = []
    for series in bars.series:
        report = known.get(series.instrument_id)
        share = format_share(report.bars, report.expected_bars) if report else "not checked"
        found = "none"
        if report and report.findings:
            found = ", ".join(_count_findings(one.rule, one.count) for one in report.findings)
        first = format_date(series.session_date[0] if len(series) else None)
        last = format_date(series.session_date[-1] if len(series) else None)
        name = str(series.instrument_id)
        rows.append((name, format_count(len(series)), first, last, share, found))
    return rows


def _count_findings(rule: str, count: int) -> str:
    noun = _NOUNS.get(rule)
    if noun is None:
        return f"{format_count(count)} {rule}".replace("_", " ")
    return f"{format_count(count)} {noun}{'' if count == 1 else 's'}"


def _quality_table(bars: BarSet, quality: tuple[QualityReport, ...]) -> Markup:
    doubted = {str(one.instrument_id) for one in quality if one.completeness < ENOUGH}
    rows = [
        (
            *cells[:4],
            tag("span", cells[4], class_="bf-warning" if cells[0] in doubted else None),
            cells[5],
        )
        for cells in _quality_rows(bars, quality)
    ]
    columns = ("Instrument", "Bars", "From", "To", "Complete", "Findings")
    return table(columns, rows, numeric=(1, 4), caption="Completeness and findings")


def _sampled_rows(bars: BarSet) -> tuple[list[tuple[str, ...]], str]:
    series = bars.series[0]
    count = len(series)
    chosen = list(range(count))
    if count > ROWS:
        chosen = [*range(ROWS // 2), *range(count - ROWS // 2, count)]
    rows = []
    for at in chosen:
        is_intraday = bars.spec.is_intraday
        when = format_ns(int(series.end[at])) if is_intraday else str(series.session_date[at])
        prices = (format_price(float(getattr(series, one)[at])) for one in PRICE_FIELDS)
        rows.append((when, *prices, format_count(float(series.volume[at]))))
    of_whom = f" of {series.instrument_id}" if len(bars.series) > 1 else ""
    told = f"showing {format_count(len(rows))} of {format_count(count)}{of_whom}; all in .df"
    return rows, told


_COLUMNS = ("Time", "Open", "High", "Low", "Close", "Volume")


def _rows_table(bars: BarSet) -> Markup:
    rows, told = _sampled_rows(bars)
    label = tag("div", tag("b", "First and last bars"), tag("span", told), class_="bf-label")
    shown = table(_COLUMNS, rows, numeric=range(1, 6), caption="First and last bars")
    return tag("div", label, shown, class_="bf-section")


def _rows_text(bars: BarSet) -> str:
    rows, told = _sampled_rows(bars)
    return f"{text_table(list(_COLUMNS), rows, numeric=range(1, 6), indent=2)}\n  {told}"
