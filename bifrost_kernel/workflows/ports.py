"""Everything that the outside must provide, on one page.

Each port has one contract suite in ``tests/contract``, run over every adapter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from bifrost_kernel.domain.backtest import BacktestResult
    from bifrost_kernel.domain.bars import BarSpec
    from bifrost_kernel.domain.context import CellContext
    from bifrost_kernel.domain.instruments import Instrument, InstrumentId
    from bifrost_kernel.engines.marketdata.model import RawBars
    from bifrost_kernel.engines.strategy.model import BacktestReport, RunManifest, SimulationJob


class Clock(Protocol):
    """The wall clock."""

    def now(self) -> datetime:
        """Return the present instant, aware UTC."""
        ...

    def elapsed_seconds(self) -> float:
        """Return a monotonic reading in seconds, for differences only."""
        ...


class Ids(Protocol):
    """A source of names that nobody has used before."""

    def new(self) -> str:
        """Return a fresh id: lower-case hex, sortable by time of making."""
        ...


class Progress(Protocol):
    """Where long work says how far it is."""

    def start(self, total: int, what: str) -> None:
        """Begin: `total` steps of `what`."""
        ...

    def step(self, count: int = 1) -> None:
        """Note that `count` more steps are done."""
        ...

    def close(self) -> None:
        """End, however it ended."""
        ...


class Provider(Protocol):
    """A source of bars."""

    @property
    def name(self) -> str:
        """Its name: ``sample``."""
        ...

    def instruments(self) -> tuple[Instrument, ...]:
        """Return the instruments it is known to have; empty when it cannot list them."""
        ...

    def fetch(
        self, instrument: Instrument, spec: BarSpec, start: date | None, end: date | None
    ) -> RawBars:
        """Return unadjusted bars of the sessions start..end, both included.

        Raises
        ------
        NoDataError
            It has none for that instrument, interval or range.
        ProviderError
            It failed, or answered nonsense.
        """
        ...


class FileReader(Protocol):
    """Reads bars from a file that a person has."""

    def read(
        self,
        path: str,
        instrument: Instrument,
        spec: BarSpec | None,
        *,
        columns: Mapping[str, str] | None = None,
        timezone: str | None = None,
        stamp: str = "end",
    ) -> RawBars:
        """Return the file's bars.

        Raises
        ------
        DataError
            The file cannot be read as bars; the message says where.
        """
        ...


class FrameReader(Protocol):
    """Reads bars from data frames that a person made."""

    def read(
        self, frames: object, *, symbols: Sequence[str] = (), spec: BarSpec | None = None
    ) -> tuple[RawBars, ...]:
        """Return the bars of one frame, or of several by symbol; `spec` None = by their times.

        Raises
        ------
        DataError
            The frame cannot be read as bars; the message says where.
        """
        ...


class BarStore(Protocol):
    """Unadjusted bars and corporate actions on disk, correct under concurrent writers."""

    def load(
        self,
        provider: str,
        instrument_id: InstrumentId,
        spec: BarSpec,
        start: date | None,
        end: date | None,
    ) -> RawBars | None:
        """Return what is stored of the range, all actions included; None when nothing ever was.

        Raises
        ------
        CorruptDataError
            A file cannot be read; the message names it and the way out.
        """
        ...

    def save(self, raw: RawBars, *, replaces: bool = False) -> None:
        """Merge: new bars replace stored ones of the same end; all or nothing.

        With `replaces` what was stored of the series goes, sound or not, in the same step.
        """
        ...

    def forget(self, provider: str, instrument_id: InstrumentId, spec: BarSpec) -> None:
        """Drop all that is stored of this series."""
        ...


class InstrumentStore(Protocol):
    """Instruments, their aliases, and named universes."""

    def resolve(self, text: str) -> Instrument:
        """Return the instrument that a symbol, alias or SYMBOL.MIC names, retired ones too.

        Raises
        ------
        UnknownNameError
            Nothing answers to it.
        """
        ...

    def search(self, text: str = "", *, with_retired: bool = False) -> tuple[Instrument, ...]:
        """Return instruments whose symbol, name or alias contains `text`, by symbol."""
        ...

    def put(self, instrument: Instrument) -> None:
        """Add it, or replace the one of the same id.

        Raises
        ------
        InvalidInputError
            An alias of it already names another instrument.
        """
        ...

    def universes(self) -> Mapping[str, tuple[InstrumentId, ...]]:
        """Return every named universe."""
        ...

    def put_universe(self, name: str, members: Sequence[InstrumentId]) -> None:
        """Name a universe, or replace it; no members removes it."""
        ...


class Names(Protocol):
    """Names for completion, answered without opening a database."""

    def read(self, kind: str) -> tuple[str, ...]:
        """Return the names of a kind: ``symbols``, ``universes``, ``runs``."""
        ...

    def keep(self, kind: str, names: Sequence[str]) -> None:
        """Replace the names of a kind."""
        ...


class Simulator(Protocol):
    """Turns wishes and bars into orders, fills and nav."""

    @property
    def name(self) -> str:
        """Its name: ``backtrader``."""
        ...

    def refusal(self, job: SimulationJob) -> str | None:
        """Return why it cannot run this job exactly, or None when it can."""
        ...

    def run(self, job: SimulationJob, progress: Progress) -> BacktestResult:
        """Run the job.

        Raises
        ------
        SimulationError
            The strategy raised; the message names the bar and the strategy's line.
        """
        ...


class RunStore(Protocol):
    """Every run, kept whole and never changed."""

    def save(self, report: BacktestReport) -> None:
        """Keep it; all or nothing."""
        ...

    def load(self, run_id: str) -> BacktestReport:
        """Return the run whose id is, or begins with, `run_id`; ``last`` is the newest.

        Raises
        ------
        UnknownNameError
            No run, or more than one, answers to it.
        """
        ...

    def list(self, limit: int = 50) -> tuple[tuple[RunManifest, Mapping[str, float]], ...]:
        """Return manifests and metrics, newest first."""
        ...


class ReportRunner(Protocol):
    """Executes a report notebook once for each distinct question."""

    def read_defaults(self, notebook: str) -> Mapping[str, object]:
        """Return a report's parameters with their defaults."""
        ...

    def run(self, notebook: str, parameters: Mapping[str, object], *, force: bool) -> str:
        """Return the folder that holds the executed notebook and its HTML.

        Raises
        ------
        ReportError
            A cell failed or never ran; the message names it.
        """
        ...


class ContextSource(Protocol):
    """Tells which notebook cell is running."""

    def __call__(self) -> CellContext:
        """Return the running cell's context."""
        ...
