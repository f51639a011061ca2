"""What a run is called and its headline figures, in words; every view speaks through these."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bifrost_kernel.domain.bars import Adjustment
from bifrost_kernel.domain.trading import CommissionKind, SizingKind, SlippageKind
from bifrost_kernel.look.numbers import (
    THIN,
    format_count,
    format_money,
    format_number,
    format_percent,
    format_quantity,
)
from bifrost_kernel.look.times import format_date, format_interval, format_month

if TYPE_CHECKING:
    from bifrost_kernel.domain.backtest import BacktestSpec
    from bifrost_kernel.domain.strategies import Value
    from bifrost_kernel.domain.trading import Trading
    from bifrost_kernel.engines.analytics.model import MetricDefinition, Performance
    from bifrost_kernel.engines.strategy.model import BacktestReport, RunManifest

_NAMED_INSTRUMENTS = 4


@dataclass(frozen=True, slots=True)
class Headline:
    """One headline figure.

    Parameters
    ----------
    label, value
        What it is, and how much.
    error
        Its standard error as text, or nothing.
    note
        What to hold it against.
    """

    label: str
    value: str
    error: str = ""
    note: str = ""


def name_run(spec: BacktestSpec) -> str:
    """Return ``sma_cross · AAPL.XNAS``."""
    ids = [str(one) for one in spec.instrument_ids]
    more = len(ids) - _NAMED_INSTRUMENTS
    shown = ", ".join(ids[:_NAMED_INSTRUMENTS]) + (f" and {more} more" if more > 0 else "")
    return f"{spec.strategy} · {shown}"


def describe_parameters(spec: BacktestSpec) -> str:
    """Return ``fast 10, slow 30``."""
    return ", ".join(f"{name} {describe_value(value)}" for name, value in spec.parameters)


def describe_value(value: Value) -> str:
    """Return a parameter's value as it would be typed, with a true minus sign."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    return f"{value:g}".replace("-", "\N{MINUS SIGN}")


def describe_run(report: BacktestReport) -> str:
    """Return parameters, range, bars, prices, sizing and costs in one line."""
    spec, result = report.manifest.spec, report.result
    first, last = format_date(result.session_date[0]), format_date(result.session_date[-1])
    length = format_interval(spec.spec.count, spec.spec.unit)
    parts = (
        describe_parameters(spec),
        f"{first} to {last}",
        f"{format_count(len(result.nav))} {length} bars, {describe_adjustment(spec.adjustment)}",
        describe_trading(spec.trading),
    )
    return " · ".join(part for part in parts if part)


def describe_adjustment(adjustment: Adjustment) -> str:
    """Return how corporate actions show in the prices."""
    return {
        Adjustment.NONE: "raw prices",
        Adjustment.SPLITS: "split-adjusted",
        Adjustment.ALL: "adjusted",
    }[adjustment]


def describe_trading(trading: Trading) -> str:
    """Return sizing, commission, slippage and leverage: ``95 % of cash, 0.1 % commission``."""
    sizing = trading.sizing
    amount = format_quantity(sizing.value)
    size = f"{amount} units" if sizing.kind is SizingKind.UNITS else f"{amount}{THIN}% of cash"
    parts = [size, _commission(trading)]
    slippage = trading.slippage
    if slippage.kind is SlippageKind.PERCENT:
        parts.append(f"{_share(slippage.amount)} slippage")
    elif slippage.kind is SlippageKind.FIXED:
        parts.append(f"{slippage.amount:g} slippage")
    if trading.leverage != 1:
        parts.append(f"leverage {trading.leverage:g}")
    if trading.is_cheat_on_close or trading.is_cheat_on_open:
        parts.append("fills at the signal's own close" * trading.is_cheat_on_close
                     or "decides at the open that fills")  # fmt: skip
    return ", ".join(parts)


def is_synthetic(manifest: RunManifest) -> bool:
    """Return whether any of a run's prices were made up."""
    return any(one.is_synthetic for one in manifest.lineage)


def benchmark_label(report: BacktestReport) -> str:
    """Return ``buy and hold``, or the benchmark's name where one was asked for."""
    return "buy and hold" if report.manifest.spec.benchmark is None else report.benchmark_name


def headlines(report: BacktestReport) -> tuple[Headline, ...]:
    """Return the figures that a report begins with."""
    performance = report.performance
    figures = performance.metrics
    get = figures.get
    nan = float("nan")
    held, against = get("benchmark_volatility", nan), benchmark_label(report)
    won = f"{format_percent(get('hit_rate', nan), 0)} won"
    factor = f"factor {format_number(get('profit_factor', nan), 2)}"
    error = performance.standard_errors.get("sharpe", nan)
    trips = get("round_trips", nan)
    return (
        _return_headline(performance, against),
        Headline(
            "Sharpe", format_number(get("sharpe", nan)),
            f"± {format_number(error)}" if math.isfinite(error) else "",
            f"{against} {format_number(get('benchmark_sharpe', nan))}",
        ),
        _drawdown_headline(performance),
        Headline(
            "Volatility", format_percent(get("annual_volatility", nan)), "per year",
            f"{against} {format_percent(held)}",
        ),
        Headline(
            "Round trips", format_count(trips), "",
            f"{won}, {factor}" if trips > 0 else "none closed",
        ),
        Headline(
            "Exposure", format_percent(get("exposure", nan), 0), "of bars",
            f"mean gross {format_percent(get('mean_gross_exposure', nan), 0)} of nav",
        ),
    )  # fmt: skip


def definitions() -> dict[str, MetricDefinition]:
    """Return what every figure is, by name."""
    from bifrost_kernel.engines.analytics.calc import METRICS

    return {one.name: one for one in METRICS}


def label_of(name: str, known: dict[str, MetricDefinition]) -> str:
    """Return a figure's label, made from its name where it is not defined."""
    return known[name].label if name in known else name.replace("_", " ").capitalize()


def format_metric(value: float, unit: str) -> str:
    """Return a figure in its unit: fractions as percent, amounts whole, ratios to 2 digits."""
    if unit == "fraction":
        return format_percent(value)
    if unit in {"count", "sessions", "bars"}:
        is_whole = not math.isfinite(value) or value == int(value)
        return format_number(value, 0 if is_whole else 1)
    if unit == "currency":
        return format_money(value)
    return format_number(value, 2)


def _return_headline(performance: Performance, against: str) -> Headline:
    figures = performance.metrics
    annual = figures.get("annual_return", float("nan"))
    if math.isfinite(annual):
        held = format_percent(figures.get("benchmark_annual_return", float("nan")))
        return Headline("Annual return", format_percent(annual), "", f"{against} {held}")
    held = format_percent(figures.get("benchmark_total_return", float("nan")))
    total = format_percent(figures.get("total_return", float("nan")))
    return Headline("Total return", total, "", f"under a year; {against} {held}")


def _drawdown_headline(performance: Performance) -> Headline:
    value = format_percent(performance.metrics.get("max_drawdown", float("nan")))
    if not performance.drawdowns:
        return Headline("Max drawdown", value, "", "never under water")
    deepest = performance.drawdowns[0]
    back = format_month(deepest.recovery) if deepest.recovery else "not recovered"
    between = " to " if deepest.recovery else ", "
    return Headline("Max drawdown", value, "", f"{format_month(deepest.peak)}{between}{back}")


def _commission(trading: Trading) -> str:
    commission = trading.commission
    rate = f"{commission.rate:g}"
    if commission.rate == 0:
        return "no commission"
    return {
        CommissionKind.PERCENT: f"{_share(commission.rate)} commission",
        CommissionKind.PER_SHARE: f"{rate} a unit commission",
        CommissionKind.PER_ORDER: f"{rate} a fill commission",
        CommissionKind.FUTURES: f"{rate} a contract commission",
    }[commission.kind]


def _share(fraction: float) -> str:
    return f"{100 * fraction:g}{THIN}%"
