"""Trading calendars as arrays: sessions, their hours, and the bar ends they imply."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from bifrost_kernel.domain.errors import UnknownNameError
from bifrost_kernel.domain.instruments import NO_MARKET

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarSpec, Bools, Dates, Ints

NS_PER_SECOND = 1_000_000_000
_FIRST, _LAST = date(1900, 1, 1), date(2199, 12, 31)
# ISO 10383's word for no market, which never closes; and made-up stocks on New York's sessions
_LONGEST_HOLIDAY = timedelta(days=21)
_UNLISTED = {NO_MARKET: "24/7", "XSYN": "XNYS"}


@dataclass(frozen=True, slots=True, eq=False)
class Sessions:
    """A venue's sessions over a stretch of years.

    Parameters
    ----------
    mic, zone
        Venue (ISO 10383), and the IANA name of its clock.
    close_seconds
        Seconds after local midnight of the ordinary close.
    session
        shape (S,), datetime64[D], strictly increasing.
    open, close
        shape (S,), int64 ns UTC; early closes are honoured.
    break_start, break_end
        shape (S,), int64 ns UTC; both equal the close where there is no break.
    """

    mic: str
    zone: str
    close_seconds: int
    session: Dates
    open: Ints
    close: Ints
    break_start: Ints
    break_end: Ints

    def between(self, start: date, end: date) -> slice:
        """Return the rows of the sessions start..end, both included."""
        first = np.searchsorted(self.session, np.datetime64(start, "D"), side="left")
        last = np.searchsorted(self.session, np.datetime64(end, "D"), side="right")
        return slice(int(first), int(last))


def load_sessions(mic: str, start: date, end: date) -> Sessions:
    """Return the venue's sessions over whole decades around start..end.

    Parameters
    ----------
    mic
        ISO 10383 code; ``XXXX`` (no market) is open around the clock.
    start, end
        Dates that must be covered, as far as the venue's calendar knows them.

    Returns
    -------
    Sessions
        At least start..end; the same object for the same decades.

    Raises
    ------
    UnknownNameError
        No calendar answers to `mic`.
    """
    first, last = max(min(start, end), _FIRST), min(max(start, end), _LAST)
    first_year = min(first.year, _LAST.year) // 10 * 10
    last_year = max(last.year, _FIRST.year) // 10 * 10 + 9
    return _load_decades(mic, first_year, last_year)


def session_closes(mic: str, start: date, end: date) -> tuple[Dates, Ints]:
    """Return the sessions start..end of a venue and when each closed.

    Parameters
    ----------
    mic
        ISO 10383 code of the venue.
    start, end
        First and last date, both included.

    Returns
    -------
    tuple
        Sessions, shape (S,), datetime64[D]; closes, shape (S,), int64 ns UTC, early closes
        honoured.

    Raises
    ------
    UnknownNameError
        No calendar answers to `mic`.
    """
    known = load_sessions(mic, start, end)
    rows = known.between(start, end)
    return known.session[rows], known.close[rows]


def latest_sessions(mic: str, now: datetime) -> tuple[date, date]:
    """Return the latest sessions of a venue that have begun and that have ended.

    Parameters
    ----------
    mic
        ISO 10383 code of the venue.
    now
        Aware instant.

    Returns
    -------
    tuple
        Date of the last session with open <= now, and of the last one with close <= now; the
        date of `now` for a venue without sessions near it.

    Raises
    ------
    UnknownNameError
        No calendar answers to `mic`.
    """
    today = now.astimezone(UTC).date()
    start, end = today - _LONGEST_HOLIDAY, today + timedelta(days=2)
    known = load_sessions(mic, start, end)
    rows = known.between(start, end)
    instant = int(now.timestamp()) * NS_PER_SECOND
    begun = known.session[rows][known.open[rows] <= instant]
    ended = known.session[rows][known.close[rows] <= instant]
    if len(ended) == 0:
        return today, today
    return begun[-1].item(), ended[-1].item()


def next_change(mic: str, spec: BarSpec, now: datetime) -> datetime | None:
    """Return when the answer of `latest_sessions` will be another one.

    Parameters
    ----------
    mic
        ISO 10383 code of the venue.
    spec
        Bar length: sessions that have begun count for intraday bars, those that have ended for
        longer ones.
    now
        Aware instant.

    Returns
    -------
    datetime or None
        The first opening or close after `now`, aware UTC; None for a venue without sessions
        in the weeks after it.

    Raises
    ------
    UnknownNameError
        No calendar answers to `mic`.
    """
    today = now.astimezone(UTC).date()
    known = load_sessions(mic, today, today + _LONGEST_HOLIDAY)
    changes = known.open if spec.is_intraday else known.close
    row = int(np.searchsorted(changes, int(now.timestamp()) * NS_PER_SECOND, side="right"))
    if row == len(changes):
        return None
    return datetime.fromtimestamp(int(changes[row]) // NS_PER_SECOND, UTC)


def bar_ends(mic: str, spec: BarSpec, start: date, end: date) -> tuple[Dates, Ints]:
    """Return the bars that a venue's calendar calls for.

    Parameters
    ----------
    mic
        ISO 10383 code of the venue.
    spec
        Bar length. Intraday bars step from the session's open, the last one may be shorter;
        a bar of several days or weeks is its last session.
    start, end
        First and last session date, both included.

    Returns
    -------
    tuple
        Session dates, shape (T,), datetime64[D]; ends, shape (T,), int64 ns UTC, increasing.

    Raises
    ------
    UnknownNameError
        No calendar answers to `mic`.
    """
    if spec.is_intraday:
        known = load_sessions(mic, start, end)
        return _intraday_ends(known, known.between(start, end), spec)
    # past the end, until the bar that holds it is over: two bars and the longest holidays
    pad = timedelta(days=2 * spec.seconds // 86_400 + 14)
    sessions, closes = session_closes(mic, start, min(end, _LAST - pad) + pad)
    keys = period_keys(sessions, spec)
    is_last = np.ones(len(keys), dtype=np.bool_)
    is_last[:-1] = keys[1:] != keys[:-1]
    is_last &= sessions <= np.datetime64(end, "D")
    return sessions[is_last], closes[is_last]


def period_keys(session_date: Dates, spec: BarSpec) -> Ints:
    """Return the number of the day or week bar that each session belongs to.

    Parameters
    ----------
    session_date
        shape (T,), datetime64[D].
    spec
        Days or weeks.

    Returns
    -------
    Ints
        shape (T,): equal for sessions of one bar. Weeks run Monday to Sunday and are counted
        from 1970-01-05; bars of several days count weekdays from 1970-01-01, so that the same
        session falls into the same bar wherever the series begins.
    """
    days = session_date.astype("datetime64[D]").astype(np.int64)
    if spec.unit == "w":
        return (days + 3) // 7 // spec.count  # 1970-01-01 was a Thursday
    if spec.count == 1:
        return days
    weekdays = np.busday_count(np.datetime64("1970-01-01", "D"), session_date)
    return np.asarray(weekdays, dtype=np.int64) // spec.count


def locate(known: Sessions, end: Ints) -> tuple[Ints, Bools]:
    """Find the session whose hours hold each bar end.

    Parameters
    ----------
    known
        The venue's sessions.
    end
        shape (T,), int64 ns UTC.

    Returns
    -------
    tuple
        Rows into `known`, shape (T,), and whether open < end <= close there, shape (T,), bool;
        the row is the next session's (or the last one's) where it does not.
    """
    if len(known.session) == 0:
        return np.zeros(len(end), dtype=np.int64), np.zeros(len(end), dtype=np.bool_)
    row = np.minimum(np.searchsorted(known.close, end, side="left"), len(known.close) - 1)
    return row, (known.open[row] < end) & (end <= known.close[row])


def _intraday_ends(known: Sessions, rows: slice, spec: BarSpec) -> tuple[Dates, Ints]:
    step = spec.seconds * NS_PER_SECOND
    opens, closes = known.open[rows], known.close[rows]
    counts = -((opens - closes) // step)
    row = np.repeat(np.arange(len(opens)), counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    begin = opens[row] + (np.arange(len(row)) - first) * step
    ends = np.minimum(begin + step, closes[row])
    in_break = (begin >= known.break_start[rows][row]) & (ends <= known.break_end[rows][row])
    return known.session[rows][row][~in_break], ends[~in_break]


@lru_cache(maxsize=64)
def _load_decades(mic: str, first_year: int, last_year: int) -> Sessions:
    calendar = _open_calendar(mic, date(first_year, 1, 1), date(last_year, 12, 31))
    schedule = calendar.schedule
    session = schedule.index.values.astype("datetime64[D]")
    opens, closes = _to_ns(schedule["open"]), _to_ns(schedule["close"])
    has_break = schedule["break_start"].notna().to_numpy()
    close_time = calendar.close_times[-1][1]
    columns = {
        "session": session,
        "open": opens,
        "close": closes,
        "break_start": np.where(has_break, _to_ns(schedule["break_start"]), closes),
        "break_end": np.where(has_break, _to_ns(schedule["break_end"]), closes),
    }
    for column in columns.values():
        column.setflags(write=False)
    seconds = close_time.hour * 3600 + close_time.minute * 60 + close_time.second
    return Sessions(mic, str(calendar.tz), seconds, **columns)


def _open_calendar(mic: str, start: date, end: date) -> Any:
    import exchange_calendars

    name = _UNLISTED.get(mic, mic)
    try:
        return exchange_calendars.get_calendar(name, start=str(start), end=str(end))
    except exchange_calendars.errors.InvalidCalendarName:
        known = exchange_calendars.get_calendar_names(include_aliases=True)
        mics = [one for one in known if len(one) == 4 and one.isupper()]
        raise UnknownNameError.of(
            "venue", mic, mics, "A venue is an ISO 10383 code whose trading calendar is known."
        ) from None
    except ValueError:  # the venue's holidays are recorded for some years only
        bounds = exchange_calendars.get_calendar(name)
        lowest, highest = bounds.bound_min(), bounds.bound_max()
        low = start if lowest is None else lowest.date()
        high = end if highest is None else highest.date()
        first, last = max(start, low), min(end, high)
        if first > last:  # nothing of it is known: the nearest year that is, beside the range
            year = timedelta(days=365)
            first, last = (low, low + year) if end < low else (high - year, high)
        return exchange_calendars.get_calendar(name, start=str(first), end=str(last))


def _to_ns(column: Any) -> Ints:
    values = column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
    return np.asarray(values.astype("datetime64[ns]").astype(np.int64))
