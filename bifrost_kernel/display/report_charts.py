"""What the charts of a backtest report show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.display.chart import (
    Chart,
    Curve,
    Marks,
    Panel,
    money_scale,
    wants_log,
)
from bifrost_kernel.display.timeline import to_milliseconds
from bifrost_kernel.display.wording import benchmark_label
from bifrost_kernel.look.numbers import format_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bifrost_kernel.domain.backtest import BacktestResult
    from bifrost_kernel.domain.bars import Dates, Floats
    from bifrost_kernel.engines.strategy.model import BacktestReport

MARK_LIMIT = 1500
SERIES_LIMIT = 6


def report_chart(report: BacktestReport) -> Chart:
    """Return nav with its benchmark, the drawdown, and prices with fills."""
    result, spec = report.result, report.manifest.spec.spec
    time = to_milliseconds(spec, result.end, result.session_date)
    label = (
        f"Net asset value, drawdown and fills of {report.manifest.spec.strategy} "
        f"from {result.session_date[0]} to {result.session_date[-1]}"
    )
    panels = (
        nav_panel({"strategy": result.nav, benchmark_label(report): report.benchmark_nav}, report),
        _drawdown_panel([("drawdown", result.nav)], report.manifest.spec.trading.cash, ("loss",)),
        _price_panel(result, time),
    )
    return Chart(time, panels, is_intraday=spec.is_intraday, label=label)


def comparison_chart(left: BacktestReport, right: BacktestReport) -> Chart:
    """Return the nav and the drawdown of two runs over the sessions of both.

    Notes
    -----
    Each is divided by its opening cash, so that accounts of different sizes compare.
    """
    dates = np.union1d(left.performance.session_date, right.performance.session_date)
    navs = [_spread(one, dates) for one in (left, right)]
    names = [_short_name(left), _short_name(right)]
    is_log = wants_log(navs)
    scale = "log scale" if is_log else ""
    nav = Panel(
        "nav",
        ", ".join(filter(None, ("Net asset value, opening cash = 1", scale))),
        tuple(
            Curve(name, values, role)
            for name, values, role in zip(names, navs, ("accent", "series-1"), strict=True)
        ),
        height=280, is_log=is_log, digits=3,
    )  # fmt: skip
    falls = _drawdown_panel(
        list(zip(names, navs, strict=True)), 1.0, ("accent", "series-1"), fills=False
    )
    time = dates.astype("datetime64[ms]").astype(np.float64)
    return Chart(time, (nav, falls), label=f"Net asset value of {names[0]} and {names[1]}")


def nav_panel(named: dict[str, Floats], report: BacktestReport) -> Panel:
    """Return the panel of net asset values: the first by colour, the others in grey behind."""
    arrays = list(named.values())
    step, word = money_scale(arrays)
    is_log = wants_log(arrays)
    curves = [
        Curve(name, values / step, "quiet" if at else "accent", is_thin=bool(at))
        for at, (name, values) in enumerate(named.items())
    ]
    title = ", ".join(filter(None, ("Net asset value", word, "log scale" if is_log else "")))
    is_plain = not np.isfinite(report.benchmark_nav).any()
    shown = tuple(curves[:1] if is_plain else curves)
    digits = 0 if not word else 2 if step >= 1e6 else 1
    return Panel("nav", title, shown, height=280, is_log=is_log, digits=digits)


def _drawdown_panel(
    named: Sequence[tuple[str, Floats]], cash: float, roles: Sequence[str], *, fills: bool = True
) -> Panel:
    curves = []
    for (name, nav), role in zip(named, roles, strict=True):
        known = np.where(np.isfinite(nav), nav, -np.inf)
        peak = np.maximum.accumulate(np.maximum(known, cash))
        curves.append(Curve(name, 100 * (nav / peak - 1), role, fills_to=0.0 if fills else None))
    return Panel(
        "drawdown", "Drawdown, %", tuple(curves), height=110, digits=1, shows_time=not fills
    )


def _price_panel(result: BacktestResult, time: Floats) -> Panel:
    chosen = _most_traded(result)
    is_single = len(result.instrument_ids) == 1
    factors = {at: 1.0 if is_single else 100 / _first(result.close[:, at]) for at in chosen}
    curves = tuple(
        Curve(
            "price" if is_single else result.instrument_ids[at].symbol,
            result.close[:, at] * factors[at],
            "quiet" if is_single else f"series-{order}",
            is_thin=True,
        )
        for order, at in enumerate(chosen)
    )
    is_log = wants_log([one.values for one in curves])
    name = f"{result.instrument_ids[0]} close" if is_single else "Prices, first close = 100,"
    scale = ", log scale" if is_log else ""
    marks, note = _fill_marks(result, time, factors)
    if len(chosen) < len(result.instrument_ids):
        few = f"{len(chosen)} of {len(result.instrument_ids)} instruments, the most traded"
        note = "; ".join(filter(None, (few, note)))
    return Panel(
        "price", f"{name} and fills{scale}", curves, marks=marks, height=220, is_log=is_log,
        note=note,
    )  # fmt: skip


def _fill_marks(
    result: BacktestResult, time: Floats, factors: dict[int, float]
) -> tuple[tuple[Marks, ...], str]:
    fills = result.fills
    factor = np.array([factors.get(at, np.nan) for at in range(len(result.instrument_ids))])
    level = fills.price * factor[fills.instrument]
    shown = np.flatnonzero(np.isfinite(level))
    note = ""
    if len(shown) > MARK_LIMIT:
        note = f"{format_count(MARK_LIMIT)} of {format_count(len(shown))} fills; all in .fills"
        shown = shown[np.linspace(0, len(shown) - 1, MARK_LIMIT).astype(np.int64)]
    is_buy = fills.quantity[shown] > 0
    bought, sold = shown[is_buy], shown[~is_buy]
    pairs = (("bought", bought, "gain", True), ("sold", sold, "loss", False))
    marks = tuple(
        Marks(name, time[fills.bar[rows]], level[rows], role, is_up)
        for name, rows, role, is_up in pairs
        if len(rows)
    )
    return marks, note


def _most_traded(result: BacktestResult) -> list[int]:
    count = len(result.instrument_ids)
    traded = np.bincount(result.fills.instrument, minlength=count)
    usable = [at for at in range(count) if np.isfinite(result.close[:, at]).any()]
    return sorted(sorted(usable, key=lambda at: -traded[at])[:SERIES_LIMIT])


def _first(values: Floats) -> float:
    return float(values[np.isfinite(values)][0])


def _spread(report: BacktestReport, dates: Dates) -> Floats:
    performance = report.performance
    values = np.full(len(dates), np.nan)
    places = np.searchsorted(dates, performance.session_date)
    values[places] = performance.nav / report.manifest.spec.trading.cash
    return values


def _short_name(report: BacktestReport) -> str:
    return f"{report.manifest.spec.strategy} {report.manifest.run_id[-6:]}"
