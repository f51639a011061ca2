"""The nouns of a run: what the simulator is given, and the record of what came out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from bifrost_kernel.domain.backtest import BacktestResult, BacktestSpec
    from bifrost_kernel.domain.bars import BarPanel, BarSet, CorporateAction, Floats, Lineage
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
