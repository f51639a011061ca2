"""What is stored of an instrument's bars, completed by what its provider is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from bifrost_kernel.domain.bars import BarSpec
from bifrost_kernel.domain.errors import (
    CorruptDataError,
    MissingExtraError,
    NoDataError,
    ProviderError,
    StorageError,
    UnknownNameError,
)
from bifrost_kernel.engines.marketdata import engine
from bifrost_kernel.engines.marketdata.model import RawBars

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from bifrost_kernel.domain.instruments import Instrument
    from bifrost_kernel.workflows.ports import BarStore, Provider

_ALL = (None, None)
_FINER = tuple(BarSpec.parse(text) for text in ("1d", "30m", "15m", "5m", "1m", "1s"))
_DAY = BarSpec(1, "d")
_WORTH_ASKING = frozenset({_DAY, BarSpec(1, "m")})


@dataclass(frozen=True, slots=True)
class Request:
    """What is wanted of one instrument, and where it can be had.

    Parameters
    ----------
    instrument
        Whose bars.
    provider
        Name of their source.
    start, end
        First and last session, both included; None = all there is.
    refresh
        Ask again for everything that is stored, and replace it.
    now
        The present instant.
    store, providers
        The ports.
    """

    instrument: Instrument
    provider: str
    start: date | None
    end: date | None
    refresh: bool
    now: datetime
    store: BarStore
    providers: Mapping[str, Provider]


class _Latest(NamedTuple):
    """The newest session that can have a bar, and the newest that is over."""

    newest: date
    ended: date


def obtain(request: Request, spec: BarSpec) -> RawBars:
    """Return the bars of a length, or shorter ones that they can be joined from.

    Parameters
    ----------
    request
        Of what, and from where.
    spec
        Bar length.

    Raises
    ------
    NoDataError
        Nobody has any; of a series that is stored, but not in the range, all is returned.
    UnknownNameError
        Nothing is stored, and nobody knows the provider.
    DataError, ProviderError, StorageError
        The bars are unsound, or a source or the disk failed; nothing of them was kept.
    """
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


def _obtain(request: Request, spec: BarSpec, *, is_asked: bool) -> RawBars | None:
    stored = _load(request, spec)
    if stored is None and not is_asked:
        return None
    if stored is not None and (
        request.provider not in request.providers or _is_all(request, stored)
    ):
        return stored
    if request.provider not in request.providers:
        raise UnknownNameError.of("provider", request.provider, request.providers)
    begun, ended = engine.latest_sessions(request.instrument.id.mic, request.now)
    latest = _Latest(begun if spec.is_intraday else ended, ended)
    wanted = min(request.end or latest.newest, latest.newest)
    if stored is None or request.refresh:
        first, last = _hull(stored, request, wanted)
        fresh = _ask(request, spec, first, last, latest)
        if fresh.lineage.is_synthetic:
            return fresh
        request.store.save(fresh, replaces=request.refresh)
        return _load_again(request, spec)
    return _update(request, stored, wanted, latest)


def _is_all(request: Request, stored: RawBars) -> bool:
    # without a look at the venue's calendar, whose library takes a second to load
    asked, last = engine.asked_range(stored), request.end
    if request.refresh or asked is None:
        return False
    if stored.nothing_new_before is not None and request.now < stored.nothing_new_before:
        last = asked[1] if last is None else min(last, asked[1])
    return last is not None and not engine.missing_ranges(asked, request.start, last)


def _update(request: Request, stored: RawBars, wanted: date, latest: _Latest) -> RawBars:
    missing = engine.missing_ranges(engine.asked_range(stored), request.start, wanted)
    if not missing:
        return stored
    spec = stored.series.spec
    steps: tuple[str, ...] = ()
    for first, last in missing:
        try:
            fresh = _ask(request, spec, first, last, latest)
        except NoDataError:
            until = engine.answered_until(stored.series, last, latest.ended)
            before = _next_change(request, spec, until, latest)
            nothing = stored.series.take(slice(0, 0))
            fresh = RawBars(nothing, stored.actions, stored.lineage, first, until, before)
        except (ProviderError, MissingExtraError) as error:
            is_open = request.end is None and last == wanted
            if not is_open or len(stored.series) == 0:
                raise
            steps = (f"not updated after {stored.series.session_date[-1]}: {error}",)
            continue
        request.store.save(fresh)
    found = _load_again(request, spec)
    return replace(found, lineage=replace(found.lineage, steps=(*found.lineage.steps, *steps)))


def _ask(
    request: Request, spec: BarSpec, first: date | None, last: date, latest: _Latest
) -> RawBars:
    is_open = request.end is None and last >= latest.ended
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
    until = engine.answered_until(series, last, latest.ended)
    before = _next_change(request, spec, until, latest)
    return RawBars(series, raw.actions, raw.lineage, first, until, before)


def _next_change(request: Request, spec: BarSpec, until: date, latest: _Latest) -> datetime | None:
    # an answer that leaves a session open says nothing of when there will be more
    if until < latest.newest:
        return None
    return engine.next_change(request.instrument.id.mic, spec, request.now)


def _hull(stored: RawBars | None, request: Request, wanted: date) -> tuple[date | None, date]:
    # with refresh everything that is stored is asked again, so that replacing loses nothing
    last = wanted if request.end is None else request.end
    asked = engine.asked_range(stored) if stored is not None else None
    if asked is None:
        return request.start, last
    first = None
    if request.start is not None and asked[0] is not None:
        first = min(request.start, asked[0])
    return first, max(last, asked[1])


def _load(request: Request, spec: BarSpec) -> RawBars | None:
    start, end = _ALL if request.refresh else (request.start, request.end)
    try:
        return request.store.load(request.provider, request.instrument.id, spec, start, end)
    except CorruptDataError:
        if not request.refresh:
            raise
        return None


def _load_again(request: Request, spec: BarSpec) -> RawBars:
    found = request.store.load(
        request.provider, request.instrument.id, spec, request.start, request.end
    )
    if found is None:
        raise StorageError(
            f"stored bars of {request.instrument.id}: expected those just kept, was nothing. "
            f"Something else deleted them: ask again"
        )
    return found
