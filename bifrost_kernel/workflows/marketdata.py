"""A person's market-data verbs: fetch, judge, import bars; keep symbols and universes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bifrost_kernel.domain.errors import InvalidInputError, UnknownNameError, require
from bifrost_kernel.domain.instruments import NO_MARKET, Instrument, InstrumentId
from bifrost_kernel.engines.marketdata import engine
from bifrost_kernel.workflows.obtaining import Request, obtain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from bifrost_kernel.domain.bars import Adjustment, BarSet, BarSpec
    from bifrost_kernel.engines.marketdata.model import QualityReport, RawBars
    from bifrost_kernel.workflows.ports import BarStore, Clock, InstrumentStore, Provider


def fetch_bars(
    *,
    instruments: InstrumentStore,
    store: BarStore,
    providers: Mapping[str, Provider],
    clock: Clock,
    symbols: Sequence[str],
    start: date | None,
    end: date | None,
    spec: BarSpec,
    adjustment: Adjustment,
    provider: str | None = None,
    refresh: bool = False,
) -> BarSet:
    """Return bars from the store, and from their providers what is not there yet.

    Parameters
    ----------
    instruments, store, providers, clock
        The ports.
    symbols
        Symbols, aliases, SYMBOL.MIC, or names of universes, which stand for their members.
    start, end
        First and last session, both included; None = all there is.
    spec, adjustment
        Bar length, and how corporate actions are to show.
    provider
        Source of the bars; None = each instrument's own.
    refresh
        Ask again for everything that is stored of these series, and replace it.

    Returns
    -------
    BarSet
        One series for each instrument, in the order asked for. Where nobody has bars of that
        length they are joined from shorter ones; the lineage says so.

    Raises
    ------
    InvalidInputError
        No symbols, or a start after the end.
    UnknownNameError
        A symbol, provider or venue that nobody knows.
    NoDataError
        Nobody has bars of an instrument in that range.
    DataError
        A provider's bars are unsound; nothing of them was kept.
    ProviderError, StorageError, CorruptDataError
        A source, the disk or a stored file failed.

    Notes
    -----
    Sessions that were asked before are not asked again, bars or none, but for those that had
    not ended or were still fresh at the time. Made-up bars are not kept.
    """
    require(symbols, "symbols", tuple(symbols), "at least one")
    require_order(start, end)
    now = clock.now()
    raws = [
        obtain(
            Request(one, provider or one.provider, start, end, refresh, now, store, providers),
            spec,
        )
        for one in _resolve(instruments, symbols)
    ]
    return engine.assemble(raws, adjustment, start, end, spec=spec)


def require_order(start: date | None, end: date | None) -> None:
    """Raise `InvalidInputError` for a range that ends before it starts."""
    if start is not None and end is not None and start > end:
        raise InvalidInputError(
            f"range: expected start <= end, was {start} to {end}. Exchange the two",
            code="empty-range",
            context={"start": start, "end": end},
        )


def assess_bars(bars: BarSet) -> tuple[QualityReport, ...]:
    """Return how sound and complete each series of a bar set is."""
    return tuple(engine.assess(one, actions=bars.actions) for one in bars.series)


def import_bars(
    raw: RawBars, *, instrument: Instrument, instruments: InstrumentStore, store: BarStore
) -> QualityReport:
    """Keep bars that a person brought.

    Parameters
    ----------
    raw
        The bars.
    instrument
        Whose; registered when nobody knows it.
    instruments, store
        The ports.

    Returns
    -------
    QualityReport
        How sound and complete they are.

    Raises
    ------
    DataError
        The bars are unsound; nothing was kept.
    """
    require(
        raw.series.instrument_id == instrument.id,
        "instrument", str(raw.series.instrument_id), f"bars of {instrument.id}",
    )  # fmt: skip
    store.save(engine.validate(raw))
    try:
        instruments.resolve(str(instrument.id))
    except UnknownNameError:
        instruments.put(instrument)
    return engine.assess(raw.series, actions=raw.actions)


def instrument_for_import(instruments: InstrumentStore, symbol: str) -> Instrument:
    """Return the instrument that a file's bars belong to, a new one if nobody knows it.

    Parameters
    ----------
    instruments
        The known ones.
    symbol
        Symbol, alias or SYMBOL.MIC; a new one without a MIC is listed on ``XXXX`` (no market).
    """
    try:
        return instruments.resolve(symbol)
    except UnknownNameError:
        return Instrument(_new_id(symbol), provider="file")


def add_instrument(instruments: InstrumentStore, instrument: Instrument) -> None:
    """Add an instrument, or replace the one of the same id."""
    instruments.put(instrument)


def search_instruments(
    instruments: InstrumentStore, text: str = "", *, with_retired: bool = False
) -> tuple[Instrument, ...]:
    """Return instruments whose symbol, name or alias contains `text`, by symbol."""
    return instruments.search(text, with_retired=with_retired)


def alias_instrument(instruments: InstrumentStore, symbol: str, alias: str) -> Instrument:
    """Let `alias` name the instrument that `symbol` names, and return it."""
    name = alias.strip().upper()
    require(name, "alias", alias, "a name")
    found = instruments.resolve(symbol)
    if name not in found.aliases:
        found = replace(found, aliases=(*found.aliases, name))
        instruments.put(found)
    return found


def retire_instrument(instruments: InstrumentStore, symbol: str) -> Instrument:
    """Leave an instrument out of searches, and return it; its bars stay."""
    found = replace(instruments.resolve(symbol), is_retired=True)
    instruments.put(found)
    return found


def restore_instrument(instruments: InstrumentStore, symbol: str) -> Instrument:
    """Take a retired instrument back into searches, and return it."""
    found = replace(instruments.resolve(symbol), is_retired=False)
    instruments.put(found)
    return found


def put_universe(
    instruments: InstrumentStore, name: str, symbols: Sequence[str]
) -> tuple[InstrumentId, ...]:
    """Name a universe after its symbols, and return its members; no symbols remove it.

    Raises
    ------
    InvalidInputError
        The name is an instrument's, which it would hide.
    UnknownNameError
        Nothing answers to a symbol, or there is no universe of that name to remove.
    """
    known = instruments.universes()
    if name.strip() not in known:
        if not symbols:
            raise UnknownNameError.of("universe", name, known, "Name its symbols to make it.")
        _require_no_instrument(instruments, name)
    members = tuple(dict.fromkeys(instruments.resolve(one).id for one in symbols))
    instruments.put_universe(name, members)
    return members


def _require_no_instrument(instruments: InstrumentStore, name: str) -> None:
    try:
        owner = str(instruments.resolve(name).id)
    except UnknownNameError:
        return
    except InvalidInputError:
        owner = "several instruments"
    expected = f"a new name, this is that of {owner}"
    require(not owner, "universe", name, expected, "Choose another")


def _new_id(symbol: str) -> InstrumentId:
    try:
        return InstrumentId.parse(symbol)
    except InvalidInputError:
        return InstrumentId(symbol.strip().upper(), NO_MARKET)


def _resolve(instruments: InstrumentStore, symbols: Sequence[str]) -> tuple[Instrument, ...]:
    universes = instruments.universes()
    found: dict[InstrumentId, Instrument] = {}
    for symbol in symbols:
        names = [str(one) for one in universes.get(symbol, ())] or [symbol]
        for one in map(instruments.resolve, names):
            found.setdefault(one.id, one)
    return tuple(found.values())
