"""The embedded desk: a bundle of ports, and one-line calls into the workflows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bifrost_kernel.domain.errors import require
from bifrost_kernel.engines.marketdata import engine as marketdata_engine
from bifrost_kernel.workflows import marketdata, reporting, strategy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from bifrost_kernel.domain.backtest import BacktestSpec
    from bifrost_kernel.domain.bars import Adjustment, BarSet, BarSpec
    from bifrost_kernel.domain.instruments import Instrument, InstrumentId
    from bifrost_kernel.domain.strategies import Strategy
    from bifrost_kernel.engines.marketdata.model import QualityReport, RawBars
    from bifrost_kernel.engines.strategy.model import BacktestReport, RunManifest
    from bifrost_kernel.workflows.ports import (
        BarStore,
        Clock,
        FileReader,
        FrameReader,
        InstrumentStore,
        Names,
        Progress,
        Provider,
        ReportRunner,
        RunStore,
    )


RECENT_RUNS = 50
_LIST = "%backtest --list shows them"


@dataclass(frozen=True, slots=True)
class EmbeddedBackend:
    """Everything a desk does, in this process, on files in one home folder.

    Parameters
    ----------
    instruments, bars, runs
        What is kept.
    providers, files, frames
        Sources of bars by name, and readers of what a person brings.
    laboratory
        What a run needs.
    reports
        Runs report notebooks.
    clock, names
        The wall clock, and names for completion.
    home
        The folder that everything is kept in.
    """

    instruments: InstrumentStore
    bars: BarStore
    runs: RunStore
    providers: Mapping[str, Provider]
    files: FileReader
    frames: FrameReader
    laboratory: strategy.Laboratory
    reports: ReportRunner
    clock: Clock
    names: Names
    home: str

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
        self._keep_names()

    def read_file(
        self,
        path: str,
        instrument: Instrument,
        spec: BarSpec | None,
        *,
        columns: Mapping[str, str] | None,
        timezone: str | None,
        stamp: str,
    ) -> RawBars:
        """Return the bars of a file, not kept yet."""
        return self.files.read(
            path, instrument, spec, columns=columns, timezone=timezone, stamp=stamp
        )

    def assemble_frames(
        self,
        frames: object,
        symbols: Sequence[str],
        *,
        start: date | None,
        end: date | None,
        adjustment: Adjustment,
        spec: BarSpec | None = None,
    ) -> BarSet:
        """Make a bar set of a person's own frames; nothing is kept."""
        marketdata.require_order(start, end)
        raws = self.frames.read(frames, symbols=tuple(symbols), spec=spec)
        checked = [marketdata_engine.validate(one) for one in raws]
        return marketdata_engine.assemble(checked, adjustment, start, end)

    def find_strategy(
        self, wanted: object, namespace: Mapping[str, object] | None = None
    ) -> Strategy:
        """Return the strategy that `wanted` is or names."""
        return strategy.find_strategy(wanted, namespace)

    def strategies_at_hand(
        self, namespace: Mapping[str, object] | None = None
    ) -> Mapping[str, Strategy]:
        """Return the notebook's strategies and the built-in ones, by name."""
        return strategy.strategies_at_hand(namespace)

    def known(self, kind: str) -> tuple[str, ...]:
        """Return names for completion, without opening a database."""
        if kind == "strategies":
            return tuple(sorted(strategy.strategies_at_hand()))
        if kind == "providers":
            return tuple(self.providers)
        if kind == "simulators":
            return tuple(self.laboratory.simulators)
        return self.names.read(kind)

    def resolve(self, symbol: str) -> Instrument:
        """Return the instrument that a symbol, alias or SYMBOL.MIC names."""
        return self.instruments.resolve(symbol)

    def instrument_for_import(self, symbol: str) -> Instrument:
        """Return the instrument that a file's bars belong to, a new one if nobody knows it."""
        return marketdata.instrument_for_import(self.instruments, symbol)

    def search_instruments(self, query: str, *, with_retired: bool) -> tuple[Instrument, ...]:
        """Return instruments whose symbol, name or alias contains the query."""
        return self.instruments.search(query, with_retired=with_retired)

    def universes(self) -> Mapping[str, tuple[InstrumentId, ...]]:
        """Return every named universe."""
        return self.instruments.universes()

    def put_instrument(self, instrument: Instrument) -> None:
        """Add an instrument, or replace the one of the same id."""
        self.instruments.put(instrument)
        self._keep_names()

    def alias_instrument(self, symbol: str, alias: str) -> None:
        """Let an alias name the instrument that a symbol names."""
        marketdata.alias_instrument(self.instruments, symbol, alias)
        self._keep_names()

    def retire_instrument(self, symbol: str) -> None:
        """Leave an instrument out of searches."""
        marketdata.retire_instrument(self.instruments, symbol)
        self._keep_names()

    def restore_instrument(self, symbol: str) -> None:
        """Take a retired instrument back."""
        marketdata.restore_instrument(self.instruments, symbol)
        self._keep_names()

    def put_universe(self, name: str, symbols: Sequence[str]) -> None:
        """Name a universe, or remove it when no symbols are given."""
        marketdata.put_universe(self.instruments, name, symbols)
        self._keep_names()

    def _keep_names(self) -> None:
        found = self.instruments.search()
        self.names.keep("symbols", [one.id.symbol for one in found])
        self.names.keep("universes", sorted(self.instruments.universes()))

    def run_backtest(
        self,
        *,
        strategy_found: Strategy,
        spec: BacktestSpec,
        bars: BarSet,
        benchmark: BarSet | None,
        progress: Progress,
        is_checked: bool = False,
    ) -> BacktestReport:
        """Simulate, judge and record; see `workflows.strategy.run_backtest`."""
        report = strategy.run_backtest(
            self.laboratory,
            strategy=strategy_found,
            spec=spec,
            bars=bars,
            benchmark=benchmark,
            progress=progress,
            is_checked=is_checked,
        )
        recent = (report.manifest.run_id, *self.names.read("runs"))
        self.names.keep("runs", recent[:RECENT_RUNS])
        return report

    def load_run(self, run_id: str) -> BacktestReport:
        """Return the run of that id, beginning of an id, or ``last``."""
        require(isinstance(run_id, str) and run_id, "run", run_id, "an id, or 'last'", _LIST)
        return self.runs.load(run_id)

    def list_runs(self, limit: int) -> tuple[tuple[RunManifest, Mapping[str, float]], ...]:
        """Return manifests and metrics, newest first."""
        is_count = isinstance(limit, int) and not isinstance(limit, bool)
        require(is_count and limit >= 1, "limit", limit, "a whole number of at least 1")
        return self.runs.list(limit)

    def run_report(
        self, notebook: str, parameters: Mapping[str, object], *, force: bool = False
    ) -> str:
        """Return the folder of the executed report."""
        return reporting.run_report(
            self.reports,
            self.fetch_bars,
            notebook=notebook,
            parameters=parameters,
            force=force,
        )
