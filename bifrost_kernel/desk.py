"""What a person holds: verbs that return results which show themselves."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias, Unpack

from bifrost_kernel.bootstrap import make_embedded_backend
from bifrost_kernel.display.backtest import BacktestView
from bifrost_kernel.display.bars import BarsView
from bifrost_kernel.display.progress import NotebookProgress
from bifrost_kernel.display.reports import ReportView
from bifrost_kernel.display.runs import ComparisonView, RunsView
from bifrost_kernel.display.status import StatusView
from bifrost_kernel.display.strategies import StrategiesView, StrategyView
from bifrost_kernel.display.symbols import SymbolsView
from bifrost_kernel.domain.backtest import BacktestSpec
from bifrost_kernel.domain.bars import Adjustment, BarSet, BarSpec
from bifrost_kernel.domain.context import CellContext
from bifrost_kernel.domain.errors import InvalidInputError, require
from bifrost_kernel.domain.instruments import Instrument, InstrumentId, InstrumentKind
from bifrost_kernel.domain.reading import (
    TradingOptions,
    read_choice,
    read_date,
    read_trading,
    require_trading_options,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping
    from datetime import date

    from bifrost_kernel.domain.strategies import Parameter, Strategy
    from bifrost_kernel.widgets.explorer.widget import BacktestExplorer
    from bifrost_kernel.workflows.desk import EmbeddedBackend
    from bifrost_kernel.workflows.ports import ContextSource

    Home: TypeAlias = str | os.PathLike[str] | None
    Day: TypeAlias = str | int | date | None
    Symbols: TypeAlias = str | Iterable[str]


class Desk:
    """One person's trading desk, with everything it keeps in one home folder.

    Parameters
    ----------
    home
        Home folder; None = ``BIFROST_HOME``, else ``.bifrost`` in the user's home.
    context
        Tells which notebook cell is running; runs record it.

    Notes
    -----
    Nothing is opened before the first verb. Two desks, in one process or in several, may hold
    the same home at once.
    """

    def __init__(self, home: Home = None, *, context: ContextSource = CellContext) -> None:
        self._home = home
        self._context = context

    def __repr__(self) -> str:
        return f"Desk(home={self.home!r})"

    @property
    def home(self) -> str:
        """The folder that everything is kept in."""
        return self._backend.home

    @cached_property
    def _backend(self) -> EmbeddedBackend:
        return make_embedded_backend(self._home, context=self._context)

    def bars(
        self,
        *symbols: str,
        start: Day = None,
        end: Day = None,
        interval: str = "1d",
        adjust: str = "all",
        provider: str | None = None,
        refresh: bool = False,
    ) -> BarsView:
        """Return bars with their chart and data-quality report.

        Parameters
        ----------
        *symbols
            Symbols, aliases, SYMBOL.MIC or names of universes.
        start, end
            First and last session, both included: ``2005``, ``"2005-03"``, ``"2005-03-01"``.
        interval
            Bar length: ``1d``, ``5m``, ``1h``, ``1w``.
        adjust
            ``all`` (splits and dividends in the prices), ``splits`` or ``none``.
        provider
            Source of the bars; None = each instrument's own.
        refresh
            Fetch again what is stored.
        """
        require(symbols, "symbols", symbols, "at least one", "Try: %bars AAPL")
        bars = self._fetch(
            symbols,
            start=start,
            end=end,
            interval=interval,
            adjust=adjust,
            provider=provider,
            refresh=refresh,
        )
        return BarsView(bars, self._backend.assess_bars(bars))

    def import_bars(
        self,
        path: str | os.PathLike[str],
        symbol: str,
        *,
        interval: str | None = None,
        columns: Mapping[str, str] | None = None,
        timezone: str | None = None,
        stamp: str = "end",
    ) -> BarsView:
        """Keep the bars of a CSV or Parquet file under a symbol.

        Parameters
        ----------
        path
            The file.
        symbol
            SYMBOL or SYMBOL.MIC; a new one is listed on ``XXXX`` (no market).
        interval
            Bar length; None = read off the times.
        columns
            File's column by field: ``{"close": "Last"}``; usual names are found without.
        timezone
            Of times that carry none; None = UTC.
        stamp
            Whether the times are a bar's ``start`` or its ``end``.
        """
        instrument = self._backend.instrument_for_import(symbol)
        raw = self._backend.read_file(
            str(path),
            instrument,
            BarSpec.parse(interval) if interval else None,
            columns=columns,
            timezone=timezone,
            stamp=stamp,
        )
        self._backend.import_bars(raw, instrument)
        spec = str(raw.series.spec)
        return self.bars(str(instrument.id), interval=spec, adjust="none", provider="file")

    def symbols(self, query: str = "", *, with_retired: bool = False) -> SymbolsView:
        """Return instruments whose symbol, name or alias contains `query`, and universes."""
        found = self._backend.search_instruments(query, with_retired=with_retired)
        return SymbolsView(found, self._backend.universes())

    def add_symbol(
        self,
        instrument_id: str,
        *,
        name: str = "",
        kind: str = "equity",
        currency: str = "USD",
        provider: str = "sample",
        aliases: Iterable[str] = (),
    ) -> SymbolsView:
        """Add an instrument, or replace the one of the same id.

        Parameters
        ----------
        instrument_id
            SYMBOL.MIC: ``NVDA.XNAS``.
        name, kind, currency
            What people call it; equity, etf, index, future, fx or crypto; ISO 4217 code.
        provider
            Where its bars come from.
        aliases
            Other symbols for it.
        """
        known = self.known("providers")
        require(provider in known, "provider", provider, "one of " + ", ".join(known))
        self._backend.put_instrument(
            Instrument(
                InstrumentId.parse(instrument_id),
                name=name,
                kind=read_choice(InstrumentKind, kind, "kind"),
                currency=currency.upper(),
                provider=provider,
                aliases=tuple(one.upper() for one in aliases),
            )
        )
        return self.symbols(InstrumentId.parse(instrument_id).symbol)

    def alias_symbol(self, symbol: str, alias: str) -> SymbolsView:
        """Let `alias` name the instrument that `symbol` names."""
        self._backend.alias_instrument(symbol, alias)
        return self.symbols(alias)

    def retire_symbol(self, symbol: str) -> SymbolsView:
        """Leave an instrument out of searches and completion; its bars and runs stay."""
        self._backend.retire_instrument(symbol)
        return self.symbols(symbol, with_retired=True)

    def restore_symbol(self, symbol: str) -> SymbolsView:
        """Take a retired instrument back."""
        self._backend.restore_instrument(symbol)
        return self.symbols(symbol)

    def universe(self, name: str, symbols: Symbols = ()) -> SymbolsView:
        """Name a universe of symbols, or remove it when none are given."""
        self._backend.put_universe(name, _as_list(symbols))
        return self.symbols()

    def strategies(
        self, name: str | None = None, *, namespace: Mapping[str, object] | None = None
    ) -> StrategiesView | StrategyView:
        """Return all strategies at hand, or one with its parameters and source.

        Parameters
        ----------
        name
            The one to show.
        namespace
            The notebook's variables, where strategies of its cells are found.
        """
        if name is not None:
            return StrategyView(self._backend.find_strategy(name, namespace))
        return StrategiesView(self._backend.strategies_at_hand(namespace))

    def backtest(
        self,
        strategy: str | Strategy | type | Any,
        symbols: Symbols = (),
        *,
        bars: Any = None,
        start: Day = None,
        end: Day = None,
        params: Mapping[str, object] | None = None,
        interval: str = "1d",
        adjust: str = "all",
        provider: str | None = None,
        engine: str = "auto",
        benchmark: str | None = None,
        namespace: Mapping[str, object] | None = None,
        **trading: Unpack[TradingOptions],
    ) -> BacktestView:
        """Run a strategy over bars and keep the record.

        Parameters
        ----------
        strategy
            A name, a declared strategy, a function of bars, or a ``bt.Strategy`` class.
        symbols
            What to trade: symbols, aliases, SYMBOL.MIC or names of universes.
        bars
            Own data instead of symbols: a DataFrame, a mapping of symbol to DataFrame, or bars
            that `bars` returned.
        start, end
            First and last session, both included.
        params
            The strategy's parameters by name.
        interval, adjust, provider
            As for `bars`.
        engine
            ``auto``, or a simulator's name.
        benchmark
            Symbol to compare with; None = buy and hold what was traded, equal weights.
        namespace
            The notebook's variables, where strategies of its cells are found.
        **trading
            The account: cash, size (100 units, or "95%" of the cash), commission (0.001 =
            0.1 %), commission_kind, margin, multiplier, slippage, slippage_kind,
            slippage_on_open, slippage_on_limit, slippage_capped, slippage_outside, filler,
            filler_value, leverage, interest, interest_on_longs, cheat_on_close, cheat_on_open,
            short_cash; each is explained at `bifrost_kernel.domain.reading.read_trading`.

        Returns
        -------
        BacktestView
            Shows itself; ``.nav``, ``.fills``, ``.orders``, ``.round_trips``, ``.metrics``,
            ``.manifest``, ``.plot()``, ``.to_html(path)``.
        """
        require_trading_options(trading)
        found = self._backend.find_strategy(strategy, namespace)
        account = read_trading(**trading)
        source: Any = {"start": start, "end": end, "adjust": adjust, "provider": provider}
        if bars is None:
            wanted = _as_list(symbols)
            require(wanted, "symbols", symbols, "at least one", "Try: %backtest sma_cross AAPL")
            bar_set = self._fetch(wanted, interval=interval, **source)
        else:
            bar_set = self._own_bars(bars, _as_list(symbols), start, end, adjust)
        spec = BacktestSpec(
            strategy=found.name,
            parameters=tuple((params or {}).items()),  # type: ignore[arg-type]  # read by the strategy
            instrument_ids=bar_set.instrument_ids,
            start=read_date(start, "start"),
            end=read_date(end, "end", is_end=True),
            spec=bar_set.spec,
            adjustment=bar_set.adjustment,
            trading=account,
            engine=engine,
            benchmark=None if benchmark is None else self._backend.resolve(benchmark).id,
        )
        compared = (
            None
            if benchmark is None
            else self._fetch((benchmark,), interval=str(bar_set.spec), **source)
        )
        return BacktestView(
            self._backend.run_backtest(
                strategy_found=found,
                spec=spec,
                bars=bar_set,
                benchmark=compared,
                progress=NotebookProgress(),
            )
        )

    def runs(self, limit: int = 50) -> RunsView:
        """Return the newest runs."""
        return RunsView(self._backend.list_runs(limit))

    def run(self, run_id: str = "last") -> BacktestView:
        """Return the run of that id, the beginning of an id, or the newest."""
        return BacktestView(self._backend.load_run(run_id))

    def compare(self, left: str, right: str) -> ComparisonView:
        """Return two runs side by side: figures, nav, and what differs in question and data."""
        return ComparisonView(self._backend.load_run(left), self._backend.load_run(right))

    def report(
        self,
        notebook: str,
        parameters: Mapping[str, object] | None = None,
        *,
        force: bool = False,
    ) -> ReportView:
        """Execute a report notebook, once for each distinct question.

        Parameters
        ----------
        notebook
            Name of a report (``tear_sheet``) or path of a notebook.
        parameters
            Values for its parameters cell.
        force
            Run again although the same question was answered before.
        """
        return ReportView(self._backend.run_report(notebook, parameters or {}, force=force))

    def status(self, magics: Iterable[tuple[str, str, str]] = ()) -> StatusView:
        """Return what this desk is and has; `magics` are (name, summary, example)."""
        return StatusView(
            home=self.home,
            libraries=self._backend.laboratory.libraries,
            simulators=self.known("simulators"),
            providers=self.known("providers"),
            symbols=len(self.known("symbols")),
            strategies=len(self.known("strategies")),
            magics=tuple(magics),
        )

    def explorer(self) -> BacktestExplorer:
        """Return the widget that chooses strategy, symbols and parameters and shows the report."""
        from bifrost_kernel.widgets.explorer.widget import BacktestExplorer

        return BacktestExplorer(
            strategies=tuple(self._backend.strategies_at_hand(None).values()),
            symbols=self.known("symbols"),
            run=self.backtest,
        )

    def known(self, kind: str) -> tuple[str, ...]:
        """Return names for completion.

        Parameters
        ----------
        kind
            ``strategies``, ``symbols``, ``universes``, ``runs``, ``providers`` or ``simulators``.
        """
        return self._backend.known(kind)

    def parameters_of(
        self, strategy: str, *, namespace: Mapping[str, object] | None = None
    ) -> tuple[Parameter, ...]:
        """Return a strategy's parameters."""
        return self._backend.find_strategy(strategy, namespace).parameters

    def _fetch(
        self,
        symbols: Iterable[str],
        *,
        start: Day,
        end: Day,
        interval: str,
        adjust: str,
        provider: str | None,
        refresh: bool = False,
    ) -> BarSet:
        return self._backend.fetch_bars(
            tuple(symbols),
            start=read_date(start, "start"),
            end=read_date(end, "end", is_end=True),
            spec=BarSpec.parse(interval),
            adjustment=read_choice(Adjustment, adjust, "adjust"),
            provider=provider,
            refresh=refresh,
        )

    def _own_bars(
        self, bars: Any, symbols: tuple[str, ...], start: Day, end: Day, adjust: str
    ) -> BarSet:
        given = bars.bars if isinstance(bars, BarsView) else bars
        if isinstance(given, BarSet):
            if start is not None or end is not None or symbols:
                raise InvalidInputError(
                    "bars: a bar set is taken whole; give start, end and symbols to desk.bars"
                )
            return given
        return self._backend.assemble_frames(
            given,
            symbols,
            start=read_date(start, "start"),
            end=read_date(end, "end", is_end=True),
            adjustment=read_choice(Adjustment, adjust, "adjust"),
        )


def open_desk(home: Home = None) -> Desk:
    """Open the desk of a home folder.

    Parameters
    ----------
    home
        The folder; None = ``BIFROST_HOME``, else ``.bifrost`` in the user's home.

    Raises
    ------
    StorageError
        The folder cannot be made or written.
    """
    desk = Desk(home)
    desk.known("symbols")
    return desk


def _as_list(symbols: Symbols) -> tuple[str, ...]:
    return tuple(symbols.split()) if isinstance(symbols, str) else tuple(symbols)
