"""A person's market-data verbs: fetch, judge, import bars; keep symbols and universes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bifrost_kernel.domain.bars import Adjustment, BarSpec
from bifrost_kernel.domain.errors import (
    CorruptDataError,
    InvalidInputError,
    MissingExtraError,
    NoDataError,
    ProviderError,
    StorageError,
    UnknownNameError,
    require,
)
from bifrost_kernel.domain.instruments import NO_MARKET, Instrument, InstrumentId
from bifrost_kernel.engines.marketdata import engine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from bifrost_kernel.domain.bars import BarSet
    from bifrost_kernel.engines.marketdata.model import QualityReport, RawBars
    from bifrost_kernel.workflows.ports import BarStore, Clock, InstrumentStore, Provider

_ALL = (None, None)
_FINER = tuple(BarSpec.parse(text) for text in ("1d", "30m", "15m", "5m", "1m", "1s"))
_DAY = BarSpec(1, "d")
_WORTH_ASKING = frozenset({_DAY, BarSpec(1, "m")})


@dataclass(frozen=True, slots=True)
class _Request:
    """What is wanted of one instrument, and where it can be had."""

    instrument: Instrument
    provider: str
    start: date | None
    end: date | None
    refresh: bool
    now: datetime
    store: BarStore
    providers: Mapping[str, Provider]


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
        _obtain_joinable(
            _Request(one, provider or one.provider, start, end, refresh, now, store, providers),
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


def _obtain_joinable(request: _Request, spec: BarSpec) -> RawBars:
    refusals, empty = [], None
    for one in _candidates(spec):
        try:
            found = _obtain(request, one, is_asked=one == spec or one in _WORTH_ASKING)
        except NoDataError as refusal:
            refusals.append(refusal)
            continue
        if found is not None and len(found.series):
            return found
        empty = empty or found
    if empty is None:
        raise refusals[0]
    # nothing in the range: all there is, so that the refusal can say which range there is
    found = request.store.load(request.provider, request.instrument.id, empty.series.spec, *_ALL)
    return found or empty


def _candidates(spec: BarSpec) -> list[BarSpec]:
    finer = [one for one in _FINER if one != spec and engine.can_resample(one, spec)]
    if spec.is_intraday or spec == _DAY:
        return [spec, *finer]
    # a split inside a week can be taken out of its days only
    return [_DAY, spec, *finer[1:]]


def _obtain(request: _Request, spec: BarSpec, *, is_asked: bool) -> RawBars | None:
    stored = _load(request, spec)
    if stored is None and not is_asked:
        return None
    if request.provider not in request.providers:
        if stored is None:
            raise UnknownNameError.of("provider", request.provider, request.providers)
        return stored
    begun, ended = engine.latest_sessions(request.instrument.id.mic, request.now)
    newest = begun if spec.is_intraday else ended
    wanted = min(request.end or newest, newest)
    if stored is None or request.refresh:
        first, last = _hull(stored, request, wanted)
        fresh = _ask(request, spec, first, last, ended)
        if fresh.lineage.is_synthetic:
            return fresh
        request.store.save(fresh, replaces=request.refresh)
        return _load_again(request, spec)
    return _update(request, stored, wanted, ended)


def _update(request: _Request, stored: RawBars, wanted: date, ended: date) -> RawBars:
    missing = engine.missing_ranges(engine.asked_range(stored), request.start, wanted)
    if not missing:
        return stored
    spec = stored.series.spec
    steps: tuple[str, ...] = ()
    for first, last in missing:
        try:
            fresh = _ask(request, spec, first, last, ended)
        except NoDataError:
            until = engine.answered_until(stored.series, last, ended)
            nothing = stored.series.take(slice(0, 0))
            fresh = replace(stored, series=nothing, first_asked=first, last_asked=until)
        except (ProviderError, MissingExtraError) as error:
            is_open = request.end is None and last == wanted
            if not is_open or len(stored.series) == 0:
                raise
            steps = (f"not updated after {stored.series.session_date[-1]}: {error}",)
            continue
        request.store.save(fresh)
    found = _load_again(request, spec)
    return replace(found, lineage=replace(found.lineage, steps=(*found.lineage.steps, *steps)))


def _ask(request: _Request, spec: BarSpec, first: date | None, last: date, ended: date) -> RawBars:
    is_open = request.end is None and last >= ended
    provider = request.providers[request.provider]
    raw = provider.fetch(request.instrument, spec, first, None if is_open else last)
    engine.validate(raw)
    told = (raw.series.instrument_id, raw.series.spec, raw.lineage.provider)
    if told != (request.instrument.id, spec, request.provider):
        raise ProviderError(
            f"provider {request.provider!r}: expected {spec} bars of {request.instrument.id}, was "
            f"{told[1]} bars of {told[0]} from {told[2]!r}. Nothing was kept"
        )
    if raw.lineage.is_synthetic:
        return raw
    is_over = raw.series.end <= int(request.now.timestamp() * 1e9)
    if not is_over.any():
        raise NoDataError(
            f"{request.instrument.id}: provider {request.provider!r} has no {spec} bar from "
            f"{first or 'the beginning'} on that is over by {request.now:%Y-%m-%d %H:%M} UTC"
        )
    series = raw.series if is_over.all() else raw.series.take(is_over)
    until = engine.answered_until(series, last, ended)
    return replace(raw, series=series, first_asked=first, last_asked=until)


def _hull(stored: RawBars | None, request: _Request, wanted: date) -> tuple[date | None, date]:
    # with refresh everything that is stored is asked again, so that replacing loses nothing
    last = wanted if request.end is None else request.end
    asked = engine.asked_range(stored) if stored is not None else None
    if asked is None:
        return request.start, last
    first = None
    if request.start is not None and asked[0] is not None:
        first = min(request.start, asked[0])
    return first, max(last, asked[1])


def _load(request: _Request, spec: BarSpec) -> RawBars | None:
    start, end = _ALL if request.refresh else (request.start, request.end)
    try:
        return request.store.load(request.provider, request.instrument.id, spec, start, end)
    except CorruptDataError:
        if not request.refresh:
            raise
        return None


def _load_again(request: _Request, spec: BarSpec) -> RawBars:
    found = request.store.load(
        request.provider, request.instrument.id, spec, request.start, request.end
    )
    if found is None:
        raise StorageError(
            f"stored bars of {request.instrument.id}: expected those just kept, was nothing. "
            f"Something else deleted them: ask again"
        )
    return found
