"""A person's research verbs: find the strategy, run it, keep the record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.domain.backtest import ORDER_STATUSES, ORDER_TYPES
from bifrost_kernel.domain.bars import ActionKind, Adjustment
from bifrost_kernel.domain.errors import InterruptedRunError, InvalidInputError, UnknownNameError
from bifrost_kernel.domain.orders import OrderStatus, OrderType
from bifrost_kernel.domain.strategies import Strategy
from bifrost_kernel.engines.analytics import engine as analytics
from bifrost_kernel.engines.marketdata import engine as marketdata
from bifrost_kernel.engines.strategy import engine
from bifrost_kernel.engines.strategy.model import BacktestReport, RunManifest, SimulationJob
from bifrost_kernel.strategies import builtin
from bifrost_kernel.strategies.declare import (
    renew_source,
    strategy_from_class,
    strategy_from_function,
)
from bifrost_kernel.workflows.simulation import simulate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bifrost_kernel.domain.backtest import BacktestResult, BacktestSpec
    from bifrost_kernel.domain.bars import BarPanel, BarSet, CorporateAction, Floats
    from bifrost_kernel.engines.analytics.model import Performance
    from bifrost_kernel.workflows.ports import (
        Clock,
        ContextSource,
        Ids,
        Progress,
        RunStore,
        Simulator,
    )


@dataclass(frozen=True, slots=True)
class Laboratory:
    """The ports that a run needs.

    Parameters
    ----------
    simulators
        By name, in the order that ``auto`` tries them.
    runs, clock, ids, context
        Where the record goes, when, under which name, from which cell.
    libraries
        (name, version) of what the figures depend on.
    risk_free
        Fraction per year.
    """

    simulators: Mapping[str, Simulator]
    runs: RunStore
    clock: Clock
    ids: Ids
    context: ContextSource
    libraries: tuple[tuple[str, str], ...]
    risk_free: float


def find_strategy(wanted: object, namespace: Mapping[str, object] | None = None) -> Strategy:
    """Return the strategy that `wanted` is or names.

    Parameters
    ----------
    wanted
        A `Strategy`, a function of bars or of `now`, a ``bt.Strategy`` subclass, or the name of
        one: in `namespace` first, then among the built-in ones.
    namespace
        The notebook's variables.

    Raises
    ------
    UnknownNameError
        Nothing answers to the name.
    InvalidInputError
        The object is not a strategy.
    """
    if isinstance(wanted, Strategy):
        # What it calls in the notebook may have changed since it was declared.
        return wanted if wanted is builtin().get(wanted.name) else renew_source(wanted)
    if isinstance(wanted, type):
        return strategy_from_class(wanted)
    if callable(wanted):
        return strategy_from_function(wanted)
    if not isinstance(wanted, str):
        raise InvalidInputError(
            f"strategy: expected a name, a function of bars or a strategy class, was {wanted!r}",
            context={"value": repr(wanted)},
        )
    local = (namespace or {}).get(wanted)
    if isinstance(local, (Strategy, type)) or callable(local):
        return find_strategy(local)
    known = strategies_at_hand(namespace)
    if wanted in known:
        return known[wanted]
    raise UnknownNameError.of("strategy", wanted, known, "%strategies lists them.")


def strategies_at_hand(namespace: Mapping[str, object] | None = None) -> dict[str, Strategy]:
    """Return the strategies declared in the notebook and the built-in ones, by name."""
    declared = {
        name: value
        for name, value in (namespace or {}).items()
        if isinstance(value, Strategy) and not name.startswith("_")
    }
    return {**builtin(), **declared}


def run_backtest(
    lab: Laboratory,
    *,
    strategy: Strategy,
    spec: BacktestSpec,
    bars: BarSet,
    benchmark: BarSet | None,
    progress: Progress,
    is_checked: bool = False,
) -> BacktestReport:
    """Simulate, judge and record one run.

    Parameters
    ----------
    lab
        The ports.
    strategy, spec, bars
        Of whom, what is asked, and on which bars.
    benchmark
        Bars of the instrument to compare with; None = what was traded, equal weights.
    progress
        Where the simulator says how far it is.
    is_checked
        Run it on another simulator too, and record whether every value is the same.

    Returns
    -------
    BacktestReport
        The record, already kept in the run store.

    Raises
    ------
    InterruptedRunError
        A person stopped it before there was anything to keep.
    """
    try:
        report = _perform(
            lab, strategy=strategy, spec=spec, bars=bars, compared=benchmark, progress=progress,
            is_checked=is_checked,
        )  # fmt: skip
    except KeyboardInterrupt:
        raise InterruptedRunError(
            f"backtest of {strategy.name} was interrupted: nothing of it was kept. Run it again"
        ) from None
    lab.runs.save(report)
    return report


def _perform(
    lab: Laboratory,
    *,
    strategy: Strategy,
    spec: BacktestSpec,
    bars: BarSet,
    compared: BarSet | None,
    progress: Progress,
    is_checked: bool,
) -> BacktestReport:
    parameters = strategy.read_parameters(dict(spec.parameters))
    spec = replace(spec, parameters=tuple(parameters.items()))
    panel = marketdata.align(bars)
    has_arrays, is_called = strategy.build is not None, strategy.on_bar is not None
    job = SimulationJob(
        spec=spec,
        strategy=strategy,
        bars=bars,
        panel=panel,
        signals=engine.signals_for(strategy, parameters, bars, panel) if has_arrays else None,
        dividends=_dividends_in_cash(bars),
        studies=engine.studies_for(strategy, parameters, bars, panel) if is_called else (),
    )
    simulation = simulate(
        lab.simulators, job, clock=lab.clock, progress=progress, is_checked=is_checked
    )
    result = simulation.result
    benchmark_nav = _benchmark_nav(job, compared)
    return BacktestReport(
        manifest=RunManifest(
            run_id=lab.ids.new(),
            created_at=lab.clock.now(),
            spec=spec,
            strategy_version=engine.strategy_version(strategy, parameters),
            strategy_source=strategy.source,
            data_fingerprint=bars.fingerprint,
            lineage=bars.lineage,
            simulator=result.simulator,
            libraries=lab.libraries,
            context=lab.context(),
            elapsed_seconds=simulation.elapsed_seconds,
            notices=(*_notices(bars, compared), *_order_notices(spec, result)),
            benchmark_fingerprint=None if compared is None else compared.fingerprint,
            fallback=simulation.fallback,
            check=simulation.check,
        ),
        result=result,
        performance=_performance(spec, result, benchmark_nav, lab.risk_free),
        benchmark_name=_benchmark_name(spec),
        benchmark_nav=benchmark_nav,
    )


def _performance(
    spec: BacktestSpec, result: BacktestResult, benchmark_nav: Floats, risk_free: float
) -> Performance:
    notional = np.zeros(len(result.nav))
    multiplier = spec.trading.commission.multiplier
    traded = np.abs(result.fills.quantity * result.fills.price) * multiplier
    np.add.at(notional, result.fills.bar, traded)
    held = np.nansum(np.abs(result.position * result.close), axis=1) * multiplier
    trips = result.round_trips
    closed = np.flatnonzero(trips.exit_bar >= 0)
    closed = closed[np.argsort(trips.exit_bar[closed], kind="stable")]
    return analytics.summarise(
        session_date=result.session_date,
        nav=result.nav,
        opening_cash=spec.trading.cash,
        benchmark_nav=benchmark_nav,
        gross_exposure=held,
        traded_notional=notional,
        round_trip_pnl=(trips.pnl - trips.commission)[closed],
        round_trip_bars=(trips.exit_bar - trips.entry_bar)[closed],
        commission=float(result.fills.commission.sum()),
        risk_free_per_year=risk_free,
        sessions_per_year=analytics.sessions_per_year(spec.spec, result.session_date),
    )


def _benchmark_nav(job: SimulationJob, benchmark: BarSet | None) -> Floats:
    cash = job.spec.trading.cash
    if benchmark is None:
        return engine.buy_and_hold_nav(
            job.panel.close, cash, dividends=_dividend_grid(job.panel, job.dividends)
        )
    # On the run's own timeline: what it did before the run began is nobody's gain.
    panel, end = marketdata.align(benchmark), job.panel.end
    last_known = np.searchsorted(panel.end, end, side="right") - 1
    close = np.where(last_known >= 0, panel.close[np.maximum(last_known, 0), 0], np.nan)
    paid = np.zeros(len(end) + 1)
    grid = _dividend_grid(panel, _dividends_in_cash(benchmark))
    np.add.at(paid, np.searchsorted(end, panel.end), grid[:, 0])
    return engine.buy_and_hold_nav(close[:, None], cash, dividends=paid[:-1, None])


def _dividend_grid(panel: BarPanel, dividends: tuple[CorporateAction, ...]) -> Floats:
    grid = np.zeros(panel.close.shape)
    for one in dividends:
        column = panel.instrument_ids.index(one.instrument_id)
        on_or_after = (panel.session_date >= np.datetime64(one.ex_date)) & panel.has_bar[:, column]
        rows = np.flatnonzero(on_or_after)
        if len(rows):
            grid[rows[0], column] += one.value
    return grid


def _dividends_in_cash(bars: BarSet) -> tuple[CorporateAction, ...]:
    # With ALL the dividends are in the prices; NONE is raw prices and nothing else.
    if bars.adjustment is not Adjustment.SPLITS:
        return ()
    return tuple(one for one in bars.actions if one.kind is ActionKind.DIVIDEND)


def _benchmark_name(spec: BacktestSpec) -> str:
    if spec.benchmark is not None:
        return f"buy and hold {spec.benchmark}"
    if len(spec.instrument_ids) == 1:
        return f"buy and hold {spec.instrument_ids[0]}"
    return f"buy and hold, equal weights of {len(spec.instrument_ids)}"


def _order_notices(spec: BacktestSpec, result: BacktestResult) -> tuple[str, ...]:
    notices = []
    orders, slippage = result.orders, spec.trading.slippage
    is_refused = orders.status == ORDER_STATUSES.index(OrderStatus.MARGIN)
    if is_refused.any():
        day = result.session_date[orders.bar[is_refused.argmax()]]
        notices.append(
            f"{is_refused.sum():,} of {len(orders):,} orders were refused for want of cash, "
            f"first on {day}: a smaller size leaves room for costs and a higher open"
        )
    is_market = orders.type == ORDER_TYPES.index(OrderType.MARKET)
    if slippage.amount and not slippage.on_open and is_market.any():
        notices.append(
            f"slippage did not touch {is_market.sum()} of {len(orders)} orders: they are at "
            "market, which slips with slippage_on_open only"
        )
    return tuple(notices)


def _notices(bars: BarSet, benchmark: BarSet | None) -> tuple[str, ...]:
    notices = []
    # What a split's own first bar shows is no crash, nor is one before the run.
    begun = str(min(one.session_date[0] for one in bars.series))
    shown = (*bars.actions, *(benchmark.actions if benchmark is not None else ()))
    splits = [
        one for one in dict.fromkeys(shown) if one.kind is ActionKind.SPLIT and one.ex_date > begun
    ]
    dividends = [one for one in bars.actions if one.kind is ActionKind.DIVIDEND]
    if bars.is_synthetic:
        notices.append(
            "SYNTHETIC: these prices are made up; nothing here says anything of a market"
        )
    elif benchmark is not None and benchmark.is_synthetic:
        notices.append("SYNTHETIC: the benchmark's prices are made up; compare with nothing real")
    if bars.adjustment is Adjustment.NONE and splits:
        which = ", ".join(
            f"{one.instrument_id.symbol} {one.ex_date} {one.value:g}:1" for one in splits
        )
        notices.append(
            f"prices are raw: splits look like crashes ({which}); adjust=all removes them"
        )
    if bars.adjustment is Adjustment.NONE and dividends:
        notices.append(f"{len(dividends)} dividends are not paid: prices are raw, as asked")
    if bars.adjustment is Adjustment.SPLITS and dividends:
        notices.append(f"{len(dividends)} dividends are paid in cash on their ex-dates")
    return tuple(notices)
