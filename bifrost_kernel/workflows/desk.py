"""The embedded desk: a bundle of ports, and one-line calls into the workflows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bifrost_kernel.engines.marketdata import engine as marketdata_engine
from bifrost_kernel.workflows import marketdata, strategy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from bifrost_kernel.domain.backtest import BacktestSpec
    from bifrost_kernel.domain.bars import Adjustment, BarSet, BarSpec
    from bifrost_kernel.domain.instruments import Instrument
    from bifrost_kernel.domain.strategies import Strategy
    from bifrost_kernel.engines.marketdata.model import QualityReport, RawBars
    from bifrost_kernel.engines.strategy.model import BacktestReport, RunManifest
    from bifrost_kernel.workflows.ports import (
        BarStore,
        Clock,
        InstrumentStore,
        Progress,
        Provider,
        ReportRunner,
        RunStore,
    )


@dataclass(frozen=True, slots=True)
class EmbeddedBackend:
    """Everything a desk does, in this process, on files in one home folder.

    Parameters
    ----------
    instruments, bars, runs
        What is kept.
    providers
        Sources of bars by name.
    laboratory
        What a run needs.
    reports
        Runs report notebooks.
    clock
        The wall clock.
    """

    instruments: InstrumentStore
    bars: BarStore
    runs: RunStore
    providers: Mapping[str, Provider]
    laboratory: strategy.Laboratory
    reports: ReportRunner
    clock: Clock

    def fetch_bars(
        self,
        symbols: Sequence[str],
        *,
        start: date | None,
        end: date | None,
        spec: BarSpec,
        adjustment: Adjustment,
        provider: str | None = None,
        refresh: bool = False,
    ) -> BarSet:
        """Return bars of symbols, aliases or universes; see `workflows.marketdata.fetch_bars`."""
        return marketdata.fetch_bars(
            instruments=self.instruments,
            store=self.bars,
            providers=self.providers,
            clock=self.clock,
            symbols=symbols,
            start=start,
            end=end,
            spec=spec,
            adjustment=adjustment,
            provider=provider,
            refresh=refresh,
        )

    def assess_bars(self, bars: BarSet) -> tuple[QualityReport, ...]:
        """Return how sound and complete each series is."""
        return marketdata.assess_bars(bars)

    def import_bars(self, raw: RawBars, instrument: Instrument) -> None:
        """Keep bars that a person brought, and know their instrument from now on."""
        marketdata.import_bars(
            raw, instrument=instrument, instruments=self.instruments, store=self.bars
        )

    def assemble_bars(
        self,
        raws: Sequence[RawBars],
        *,
        start: date | None,
        end: date | None,
        adjustment: Adjustment,
    ) -> BarSet:
        """Make a bar set of bars that are not kept."""
        checked = [marketdata_engine.validate(one) for one in raws]
        return marketdata_engine.assemble(checked, adjustment, start, end)

    def run_backtest(
        self,
        *,
        strategy_found: Strategy,
        spec: BacktestSpec,
        bars: BarSet,
        benchmark: BarSet | None,
        progress: Progress,
    ) -> BacktestReport:
        """Simulate, judge and record; see `workflows.strategy.run_backtest`."""
        return strategy.run_backtest(
            self.laboratory,
            strategy=strategy_found,
            spec=spec,
            bars=bars,
            benchmark=benchmark,
            progress=progress,
        )

    def load_run(self, run_id: str) -> BacktestReport:
        """Return the run of that id, beginning of an id, or ``last``."""
        return self.runs.load(run_id)

    def list_runs(self, limit: int) -> tuple[tuple[RunManifest, Mapping[str, float]], ...]:
        """Return manifests and metrics, newest first."""
        return self.runs.list(limit)

    def run_report(
        self, notebook: str, parameters: Mapping[str, object], *, force: bool = False
    ) -> str:
        """Return the folder of the executed report."""
        return self.reports.run(notebook, parameters, force=force)
