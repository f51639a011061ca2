"""The nouns of a run: what the simulator is given, and the record of what came out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

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
        Wishes with every array of shape (T, K); None for a native strategy class.
    dividends
        Cash dividends to pay into the account (those not already in the prices).
    """

    spec: BacktestSpec
    strategy: Strategy
    bars: BarSet
    panel: BarPanel
    signals: Signals | None
    dividends: tuple[CorporateAction, ...]


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
