"""The nouns of a run: what the simulator is given, and the record of what came out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from datetime import date, datetime

    from bifrost_kernel.domain.backtest import BacktestResult, BacktestSpec, Fills
    from bifrost_kernel.domain.bars import BarPanel, BarSet, CorporateAction, Floats, Ints, Lineage
    from bifrost_kernel.domain.context import CellContext
    from bifrost_kernel.domain.strategies import Signals, Strategy
    from bifrost_kernel.engines.analytics.model import Performance


@dataclass(frozen=True, slots=True, eq=False)
class SimulationJob:
    """Everything that a simulator needs, and nothing it would have to fetch.

    Parameters
    ----------
    spec, strategy
        What is asked, and of whom.
    bars, panel
        The bars, and the same bars on one timeline (T bars, K instruments).
    signals
        Wishes with every array of shape (T, K); None for a strategy that is not given as arrays.
    dividends
        Cash dividends to pay into the account (those not already in the prices).
    studies
        What `Strategy.prepare` worked out: for each instrument an array of shape (S, T_k), a
        row for each study and a place for each of the instrument's own bars; float64, NaN
        where there is no value, not writable. Empty when nothing is prepared.
    """

    spec: BacktestSpec
    strategy: Strategy
    bars: BarSet
    panel: BarPanel
    signals: Signals | None
    dividends: tuple[CorporateAction, ...]
    studies: tuple[Floats, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place where two results of one job are not the same.

    Parameters
    ----------
    bar, day
        Index into the timeline, and that bar's session.
    order_ref
        The order it belongs to; 0 = the bar's, the account's or a round trip's own.
    figure
        What differs, in words: ``fill price``; a whole row that one result lacks: ``fill``.
    left, right
        Its two values with every digit; ``none`` where there is no such row.
    instrument
        Whose figure it is, where a bar has one for each instrument.
    """

    bar: int
    day: date
    order_ref: int
    figure: str
    left: str
    right: str
    instrument: str = ""


@dataclass(frozen=True, slots=True)
class SimulatorCheck:
    """What came of running one job on two simulators.

    Parameters
    ----------
    simulator, other
        Name and version: of what the run's figures are from, and of what they were held
        against (its name alone when it did not run, empty when there is no other).
    elapsed_seconds, other_seconds
        Wall time of each simulation, once everything was compiled and loaded.
    bars, orders, fills
        How many were compared.
    difference
        The first one; `left` is `simulator`'s. None when there is none.
    reason
        Why nothing was compared; empty when it was.
    """

    simulator: str
    other: str
    elapsed_seconds: float = 0.0
    other_seconds: float = 0.0
    bars: int = 0
    orders: int = 0
    fills: int = 0
    difference: Difference | None = None
    reason: str = ""

    @property
    def agrees(self) -> bool:
        """True when both ran and every value is the same to the last bit."""
        return not self.reason and self.difference is None


@dataclass(frozen=True, slots=True)
class RunManifest:
    """What a run was made of, so that it can be made again or be doubted.

    Parameters
    ----------
    run_id
        Its name in the run store.
    created_at
        Aware UTC.
    spec
        The question.
    strategy_version, strategy_source
        SHA-256 (hex) over source and parameters, and the source itself.
    data_fingerprint
        The bar set's SHA-256 (hex).
    lineage
        Where each series came from.
    simulator
        Name and version of what ran.
    libraries
        Version by name: bifrost_kernel, python, numpy, pandas, the simulator's.
    context
        The notebook cell, as far as it is known.
    elapsed_seconds
        Wall time of the simulation.
    notices
        What a reader must know: unadjusted splits, dividends paid in cash, synthetic data.
    benchmark_fingerprint
        SHA-256 (hex) of a named benchmark's bar set; None when what was traded is compared.
    fallback
        Why ``auto`` passed over a simulator that it tries before this one; empty = it did not.
    check
        The outcome of a run on two simulators; None when none was asked for.
    """

    run_id: str
    created_at: datetime
    spec: BacktestSpec
    strategy_version: str
    strategy_source: str
    data_fingerprint: str
    lineage: tuple[Lineage, ...]
    simulator: str
    libraries: tuple[tuple[str, str], ...]
    context: CellContext
    elapsed_seconds: float
    notices: tuple[str, ...]
    benchmark_fingerprint: str | None = None
    fallback: str = ""
    check: SimulatorCheck | None = None


@dataclass(frozen=True, slots=True, eq=False)
class BacktestReport:
    """A run's whole record: manifest, result, performance and benchmark.

    Parameters
    ----------
    manifest, result, performance
        See their own pages.
    benchmark_name
        ``buy and hold AAPL.XNAS``.
    benchmark_nav
        shape (T,), currency: from the same opening cash, on the result's timeline.
    """

    manifest: RunManifest
    result: BacktestResult
    performance: Performance
    benchmark_name: str
    benchmark_nav: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Crossings:
    """Where one line crosses another, oldest first.

    Parameters
    ----------
    bar
        shape (C,): index of the bar at whose close the crossing is known.
    direction
        shape (C,): +1 crossed above, -1 below.
    n_bars
        T, the length of the series they were found in.
    """

    bar: Ints
    direction: Ints
    n_bars: int


@dataclass(frozen=True, slots=True, eq=False)
class MarketRun:
    """What became of an account that sends market orders only.

    Parameters
    ----------
    opening_cash
        Currency.
    nav
        shape (T,), currency: at each bar's close.
    fills
        Executions in order; `order_ref` numbers the orders as they were sent.
    cash_after
        shape (F,), currency: cash after each fill. It changes nowhere else.
    n_orders, n_refused
        Orders sent, and those of them that ended for lack of cash, in whole or in part.
    """

    opening_cash: float
    nav: Floats
    fills: Fills
    cash_after: Floats
    n_orders: int
    n_refused: int

    @property
    def final_cash(self) -> float:
        """Cash after the last bar, currency."""
        return float(self.cash_after[-1]) if len(self.cash_after) else self.opening_cash

    @property
    def final_nav(self) -> float:
        """Cash plus market value after the last bar, currency."""
        return float(self.nav[-1])

    @property
    def cash(self) -> Floats:
        """Cash at each bar's close, currency; shape (T,), worked out anew at each look."""
        changes = np.diff(np.concatenate(([0], self.fills.bar, [len(self.nav)])))
        return np.repeat(np.concatenate(([self.opening_cash], self.cash_after)), changes)


@dataclass(frozen=True, slots=True)
class RunFigures:
    """How a `MarketRun` did: figures of the same names and meanings as in a performance.

    Parameters
    ----------
    total_return, annual_return, annual_volatility, max_drawdown, exposure, hit_rate
        Fractions.
    sharpe, sortino, calmar, profit_factor
        Ratios.
    commission, expectancy, best_round_trip, worst_round_trip
        Currency.
    round_trips, average_bars_held
        Closed round trips, and bars from entry to exit.

    Notes
    -----
    `max_drawdown` and `total_return` are equal to those of the analytics engine, the others up
    to 1e-9 of their size: sums are taken in another order. NaN where a figure cannot be told.
    """

    total_return: float
    annual_return: float
    annual_volatility: float
    sharpe: float
    sortino: float
    calmar: float
    max_drawdown: float
    exposure: float
    commission: float
    round_trips: float
    hit_rate: float
    profit_factor: float
    expectancy: float
    best_round_trip: float
    worst_round_trip: float
    average_bars_held: float


@dataclass(frozen=True, slots=True, eq=False)
class SweepFigures:
    """How each of many pairs of averages did; every array has shape (P,), in the order asked.

    Parameters
    ----------
    fast, slow
        Lengths in bars.
    final_nav, final_cash
        Currency, after the last bar: equal to those of the pair's own run.
    max_drawdown
        0 or a negative fraction, at session closes, opening cash included.
    sharpe
        Per year, ratio; up to 1e-9 of its size. NaN without variance.
    round_trips
        Closed ones.
    n_fills, n_refused
        Executions, and orders that ended for lack of cash.
    """

    fast: Ints
    slow: Ints
    final_nav: Floats
    final_cash: Floats
    max_drawdown: Floats
    sharpe: Floats
    round_trips: Ints
    n_fills: Ints
    n_refused: Ints
