"""A backtest report as plain text, for terminals, logs and whoever cannot see pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_kernel.display.calendar_table import calendar_text
from bifrost_kernel.display.chart import wants_log
from bifrost_kernel.display.judgement import judge
from bifrost_kernel.display.report_html import shorten_hash
from bifrost_kernel.display.simulators import check_text, describe_choice, differing_time
from bifrost_kernel.display.text import plain, sparkline, text_table, wrap
from bifrost_kernel.display.wording import (
    benchmark_label,
    describe_run,
    headlines,
    is_synthetic,
    name_run,
)
from bifrost_kernel.look.numbers import format_money
from bifrost_kernel.look.times import format_elapsed

if TYPE_CHECKING:
    from bifrost_kernel.engines.strategy.model import BacktestReport


def report_text(report: BacktestReport) -> str:
    """Return the whole report as text."""
    manifest, label = report.manifest, benchmark_label(report)
    mark = "SYNTHETIC  " if is_synthetic(manifest) else ""
    figures = text_table(
        ["", "", "", ""],
        [(one.label, one.value, one.error, one.note) for one in headlines(report)],
        numeric=(1,),
        indent=2,
    )
    judgement = judge(report.performance)
    foot = " · ".join(
        (
            f"run {manifest.run_id}",
            f"data {shorten_hash(manifest.data_fingerprint)}",
            f"code {shorten_hash(manifest.strategy_version)}",
            manifest.simulator,
            format_elapsed(manifest.elapsed_seconds),
        )
    )
    parts = [
        f"{mark}{name_run(manifest.spec)}\n{describe_run(report)}",
        figures,
        wrap(f"{judgement.verdict.value}. {judgement.reason}"),
        wrap(check_text(manifest.check, differing_time(report))),
        "\n".join(wrap(f"! {one}") for one in manifest.notices),
        _curves(report, label),
        f"Return by month, %\n{calendar_text(report.performance, label)}",
        wrap(describe_choice(manifest)),
        f"{foot}\nnext: .fills  .orders  .round_trips  .metrics  .plot()  .to_html(path)",
    ]
    return "\n\n".join(_plain_lines(part) for part in parts if part)


def _curves(report: BacktestReport, label: str) -> str:
    nav, benchmark = report.result.nav, report.benchmark_nav
    is_log = wants_log([nav, benchmark])
    rows = [
        (name, sparkline(values, is_log=is_log), format_money(float(values[-1])))
        for name, values in (("nav", nav), (label, benchmark))
    ]
    return text_table(["", "", ""], rows, numeric=(2,), indent=2)


def _plain_lines(text: str) -> str:
    return "\n".join(plain(line) for line in text.split("\n"))
