"""The desk's market-data verbs: bars, symbols, universes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_kernel.desk.core import DeskCore, as_list, as_mapping, as_symbol, as_text
from bifrost_kernel.display.bars import BarsView
from bifrost_kernel.display.symbols import SymbolsView
from bifrost_kernel.domain.bars import BarSpec
from bifrost_kernel.domain.errors import require
from bifrost_kernel.domain.instruments import Instrument, InstrumentId, InstrumentKind
from bifrost_kernel.domain.reading import read_choice

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

    from bifrost_kernel.desk.core import Day, Symbols


class MarketDataVerbs(DeskCore):
    """Bars, symbols and universes."""

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
        instrument = self._backend.instrument_for_import(as_symbol(symbol))
        raw = self._backend.read_file(
            str(path),
            instrument,
            BarSpec.parse(interval) if interval else None,
            columns=None if columns is None else as_mapping(columns, "columns"),
            timezone=None if timezone is None else as_text(timezone, "timezone"),
            stamp=stamp,
        )
        self._backend.import_bars(raw, instrument)
        spec = str(raw.series.spec)
        return self.bars(str(instrument.id), interval=spec, adjust="none", provider="file")

    def symbols(self, query: str = "", *, with_retired: bool = False) -> SymbolsView:
        """Return instruments whose symbol, name or alias contains `query`, and universes."""
        found = self._backend.search_instruments(as_text(query, "query"), with_retired=with_retired)
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
        identity = InstrumentId.parse(as_symbol(instrument_id))
        self._backend.put_instrument(
            Instrument(
                identity,
                name=as_text(name, "name"),
                kind=read_choice(InstrumentKind, kind, "kind"),
                currency=as_text(currency, "currency").upper(),
                provider=provider,
                aliases=tuple(one.upper() for one in as_list(aliases)),
            )
        )
        return self.symbols(identity.symbol)

    def alias_symbol(self, symbol: str, alias: str) -> SymbolsView:
        """Let `alias` name the instrument that `symbol` names."""
        self._backend.alias_instrument(as_symbol(symbol), as_text(alias, "alias"))
        return self.symbols(alias)

    def retire_symbol(self, symbol: str) -> SymbolsView:
        """Leave an instrument out of searches and completion; its bars and runs stay."""
        self._backend.retire_instrument(as_symbol(symbol))
        return self.symbols(self._backend.resolve(str(symbol)).id.symbol, with_retired=True)

    def restore_symbol(self, symbol: str) -> SymbolsView:
        """Take a retired instrument back."""
        self._backend.restore_instrument(as_symbol(symbol))
        return self.symbols(self._backend.resolve(str(symbol)).id.symbol)

    def universe(self, name: str, symbols: Symbols = ()) -> SymbolsView:
        """Name a universe of symbols, or remove it when none are given."""
        self._backend.put_universe(as_text(name, "universe name"), as_list(symbols))
        return self.symbols()
