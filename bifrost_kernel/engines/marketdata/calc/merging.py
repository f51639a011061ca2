"""What is known already and what a provider adds to it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from bifrost_kernel.domain.bars import PRICE_FIELDS, BarSeries

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bifrost_kernel.domain.bars import CorporateAction, Dates
    from bifrost_kernel.engines.marketdata.model import RawBars

AskedRange = tuple[date | None, date]
_DAY = timedelta(days=1)
_LATE = timedelta(days=7)  # a bar missing this shortly after its session may still come


def merge_series(*parts: BarSeries) -> BarSeries:
    """Return the bars of all parts; where two end together, the later part's.

    Parameters
    ----------
    *parts
        At least one: bars of one instrument and length, oldest knowledge first.

    Returns
    -------
    BarSeries
        Sorted, ends strictly increasing, arrays read-only.
    """
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(one, name) for one in parts])
        for name in ("end", "session_date", *PRICE_FIELDS, "volume")
    }
    end = columns["end"]
    if not (end[1:] > end[:-1]).all():
        order = np.argsort(end, kind="stable")
        is_last = np.ones(len(order), dtype=np.bool_)
        is_last[:-1] = end[order][1:] != end[order][:-1]
        columns = {name: column[order[is_last]] for name, column in columns.items()}
    for column in columns.values():
        column.setflags(write=False)
    return BarSeries(parts[0].instrument_id, parts[0].spec, **columns)


def merge_actions(
    old: Iterable[CorporateAction], new: Iterable[CorporateAction]
) -> tuple[CorporateAction, ...]:
    """Return the actions of both in ex-date order; of the same day and kind, the new one."""
    merged = {(one.ex_date, one.kind): one for one in (*old, *new)}
    return tuple(merged[key] for key in sorted(merged))


def asked_range(raw: RawBars) -> AskedRange | None:
    """Return the sessions that an answer speaks for.

    Parameters
    ----------
    raw
        A provider's answer. Without `last_asked` it speaks for no more than its last bar.

    Returns
    -------
    tuple or None
        First (None = the beginning) and last; None when it speaks for nothing.
    """
    last = raw.last_asked
    if last is None:
        last = last_session(raw.series)
    if last is None or (raw.first_asked is not None and raw.first_asked > last):
        return None
    return raw.first_asked, last


def join_ranges(ranges: Iterable[AskedRange]) -> tuple[AskedRange, ...]:
    """Return ranges in order, those that touch or overlap made one."""
    joined: list[AskedRange] = []
    for first, last in sorted(ranges, key=lambda one: (one[0] or date.min, one[1])):
        if joined and (first is None or first <= _next(joined[-1][1])):
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return tuple(joined)


def nearest_range(
    ranges: Sequence[AskedRange], start: date | None, end: date | None
) -> AskedRange | None:
    """Return the range that shares most days with start..end; the latest one among equals."""

    def shared(one: AskedRange) -> int:
        first = max(one[0] or date.min, start or date.min)
        last = min(one[1], end or date.max)
        return max((last - first).days + 1, 0)

    return max(ranges, key=lambda one: (shared(one), one[1]), default=None)


def keep_settled(
    joined: Sequence[AskedRange], *answers: tuple[AskedRange | None, datetime | None]
) -> datetime | None:
    """Return before when there is nothing new to be had of what was joined.

    Parameters
    ----------
    joined
        All ranges, as `join_ranges` returns them.
    *answers
        The newest range of each answer and what it said, oldest answer first.

    Returns
    -------
    datetime or None
        What the newest of the answers said that speak for the last session of all; None when
        none of those said anything.
    """
    told = [
        before
        for asked, before in answers
        if asked is not None and asked[1] == joined[-1][1] and before is not None
    ]
    return told[-1] if told else None


def missing_ranges(
    asked: AskedRange | None, start: date | None, end: date
) -> tuple[tuple[date | None, date], ...]:
    """Return what is to be asked so that one unbroken range holds start..end.

    Parameters
    ----------
    asked
        What was asked before; None = nothing.
    start, end
        First (None = the beginning) and last session wanted.

    Returns
    -------
    tuple
        At most two ranges, before and after `asked`, reaching up to it.
    """
    if asked is None:
        return ((start, end),)
    first, last = asked
    missing: list[tuple[date | None, date]] = []
    if first is not None and (start is None or start < first):
        missing.append((start, first - _DAY))
    if end > last:
        missing.append((_next(last), end))
    return tuple(missing)


def answered_until(known: BarSeries, asked: date, ended: date) -> date:
    """Return the last session that an answer settles for good.

    Parameters
    ----------
    known
        Every bar known now, sorted.
    asked
        The last session that was asked for.
    ended
        The venue's last session that is over.

    Returns
    -------
    date
        No session that is not over; and where the last bars are fresh, none after them: what
        is missing there may still come.
    """
    until = min(asked, ended)
    last = last_session(known)
    is_fresh = last is not None and timedelta(0) < until - last <= _LATE
    return last if is_fresh and last is not None and ended - last <= 2 * _LATE else until


def last_session(series: BarSeries) -> date | None:
    """Return the session of the last bar; None of an empty series."""
    if len(series) == 0:
        return None
    found: date = series.session_date[-1].astype("datetime64[D]").item()
    return found


def rows_between(session_date: Dates, start: date | None, end: date | None) -> Any:
    """Return the mask, shape (T,), bool, of the sessions start..end, both included."""
    is_between = np.ones(len(session_date), dtype=np.bool_)
    if start is not None:
        is_between &= session_date >= np.datetime64(start, "D")
    if end is not None:
        is_between &= session_date <= np.datetime64(end, "D")
    return is_between


def _next(day: date) -> date:
    return day + _DAY if day < date.max else day
