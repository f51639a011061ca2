"""From a provider's columns to a series: stamps made UTC, bars stamped by their end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from bifrost_kernel.domain.bars import BarSeries
from bifrost_kernel.domain.errors import DataError, InvalidInputError
from bifrost_kernel.engines.marketdata.calc.calendar import (
    NS_PER_SECOND,
    Sessions,
    load_sessions,
    locate,
    period_keys,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from bifrost_kernel.domain.bars import BarSpec, Bools, Dates, Floats, Ints
    from bifrost_kernel.domain.instruments import InstrumentId

_ZONE_AT_END = re.compile(r"(Z|UTC|[+-]\d\d:?\d\d)\s*\Z")
_NS_PER_DAY = 86_400 * NS_PER_SECOND


def series_from_columns(
    instrument_id: InstrumentId,
    spec: BarSpec,
    *,
    open: Any,  # noqa: A002  (the field's own word)
    high: Any,
    low: Any,
    close: Any,
    volume: Any,
    session_date: Any = None,
    timestamps: Any = None,
    stamps: Literal["start", "end"] = "end",
    time_zone: str | None = None,
) -> BarSeries:
    """Build a series from columns as a provider has them.

    Parameters
    ----------
    instrument_id, spec
        Whose bars, and how long each is; the id's MIC names the calendar.
    open, high, low, close
        shape (T,), currency per unit; anything numpy reads as float64.
    volume
        shape (T,), units.
    session_date
        shape (T,), dates (datetime64, date or ISO text): for bars of days and weeks. Any day of
        a week stands for the week. A date without a session ends at the venue's ordinary
        closing time, so that it can be reported instead of being lost.
    timestamps
        shape (T,), instants: aware datetimes, int64 ns UTC, or naive ones with `time_zone`.
        For bars of days and weeks only the local date counts; stamps that are all at midnight
        UTC are dates.
    stamps
        Whether intraday timestamps say when a bar began or when it ended.
    time_zone
        IANA name of the clock of naive timestamps.

    Returns
    -------
    BarSeries
        In the order given, nothing dropped or mended, arrays read-only.

    Raises
    ------
    DataError
        Columns of unequal length, text instead of numbers, stamps that are no instants.
    InvalidInputError
        Neither dates nor timestamps, or dates for intraday bars.
    UnknownNameError
        The venue has no calendar.
    """
    given = {"open": open, "high": high, "low": low, "close": close, "volume": volume}
    numbers = {name: _to_floats(name, column) for name, column in given.items()}
    if timestamps is None and session_date is None:
        raise InvalidInputError("bars need stamps: give session_date or timestamps, was neither")
    if spec.is_intraday:
        if timestamps is None:
            raise InvalidInputError(f"bars of {spec} need timestamps, was session dates only")
        stamp = _to_instants(timestamps, time_zone)
        end, sessions = _stamp_intraday(instrument_id.mic, spec, stamp, stamps)
    else:
        if session_date is None:
            days = _to_local_dates(instrument_id.mic, _to_instants(timestamps, time_zone))
        else:
            days = _to_dates(session_date)
        end, sessions = _stamp_days(instrument_id.mic, spec, days)
    for name, column in numbers.items():
        if column.shape != end.shape:
            raise DataError(
                f"{instrument_id}: column {name!r}: expected {len(end)} rows like the stamps, "
                f"was {column.shape}"
            )
    for array in (end, sessions):
        array.setflags(write=False)
    return BarSeries(instrument_id, spec, end, sessions, **numbers)


def local_dates(zone: str, instants: Ints) -> Dates:
    """Return the calendar date that a venue's clock shows at each instant.

    Parameters
    ----------
    zone
        IANA name.
    instants
        shape (T,), int64 ns UTC.

    Returns
    -------
    Dates
        shape (T,), datetime64[D].
    """
    import pandas as pd

    index = pd.DatetimeIndex(instants.astype("datetime64[ns]"), tz="UTC").tz_convert(zone)
    return np.asarray(index.tz_localize(None).to_numpy().astype("datetime64[D]"))


def _stamp_intraday(
    mic: str, spec: BarSpec, stamp: Ints, stamps: Literal["start", "end"]
) -> tuple[Ints, Dates]:
    if stamps not in ("start", "end"):
        raise InvalidInputError(f"stamps: expected 'start' or 'end', was {stamps!r}")
    if len(stamp) == 0:
        return stamp, np.empty(0, dtype="datetime64[D]")
    days = stamp.astype("datetime64[ns]").astype("datetime64[D]")
    known = load_sessions(mic, _to_date(days.min()), _to_date(days.max()))
    end = stamp if stamps == "end" else _end_of_started(known, stamp, spec)
    row, is_inside = locate(known, end)
    if len(known.session) == 0:
        return end, local_dates(known.zone, end)
    sessions = known.session[row]
    if not is_inside.all():
        sessions = sessions.copy()
        sessions[~is_inside] = local_dates(known.zone, end[~is_inside])
    return end, sessions


def _end_of_started(known: Sessions, start: Ints, spec: BarSpec) -> Ints:
    end = start + spec.seconds * NS_PER_SECOND
    row, _ = locate(known, start + 1)
    if len(known.session) == 0:
        return end
    is_inside = (known.open[row] <= start) & (start < known.close[row])
    return np.where(is_inside, np.minimum(end, known.close[row]), end)


def _stamp_days(mic: str, spec: BarSpec, days: Dates) -> tuple[Ints, Dates]:
    if len(days) == 0:
        return np.empty(0, dtype=np.int64), days
    pad = np.timedelta64(2 * spec.seconds // 86_400, "D")
    known = load_sessions(mic, _to_date(days.min() - pad), _to_date(days.max() + pad))
    if spec.unit == "w":
        days = _last_sessions(known, spec, days)
    row = np.searchsorted(known.session, days)
    is_session = np.zeros(len(days), dtype=np.bool_)
    end = np.zeros(len(days), dtype=np.int64)
    if len(known.session):
        row = np.minimum(row, len(known.session) - 1)
        is_session = known.session[row] == days
        end = known.close[row].copy()
    if not is_session.all():
        end[~is_session] = _ordinary_closes(known, days[~is_session])
    return end, days.copy()


def _last_sessions(known: Sessions, spec: BarSpec, days: Dates) -> Dates:
    if len(known.session) == 0:
        return days
    keys, wanted = period_keys(known.session, spec), period_keys(days, spec)
    row = np.maximum(np.searchsorted(keys, wanted, side="right") - 1, 0)
    return np.where(keys[row] == wanted, known.session[row], days)


def _ordinary_closes(known: Sessions, days: Dates) -> Ints:
    import pandas as pd

    local = days.astype("datetime64[s]") + np.timedelta64(known.close_seconds, "s")
    if known.close_seconds == 0:  # a session that closes at midnight ends the next day
        local = local + np.timedelta64(86_400, "s")
    index = pd.DatetimeIndex(local).tz_localize(
        known.zone, ambiguous=np.zeros(len(days), dtype=np.bool_), nonexistent="shift_forward"
    )
    return np.asarray(index.as_unit("ns").asi8)


def _to_floats(name: str, column: Any) -> Floats:
    try:
        array = np.array(column, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"column {name!r}: expected numbers, was {error}") from None
    if array.ndim != 1:
        raise DataError(f"column {name!r}: expected one dimension, was {array.ndim}")
    array.setflags(write=False)
    return array


def _to_dates(column: Any) -> Dates:
    try:
        days = np.array(column, dtype="datetime64[D]")
    except (TypeError, ValueError) as error:
        raise DataError(f"session_date: expected dates like 2005-01-31, was {error}") from None
    _refuse_missing(np.isnat(days))
    return days


def _to_instants(column: Any, time_zone: str | None) -> Ints:
    import pandas as pd

    values = getattr(column, "array", column)
    kind = getattr(getattr(values, "dtype", None), "kind", "O")
    if kind == "i":
        return np.array(values, dtype=np.int64)
    if kind == "O":
        values = list(values)
        has_zone = _has_zone(values)
        is_text = any(isinstance(one, str) for one in values)
        form = "ISO8601" if is_text else None
        index = _parse(lambda: pd.DatetimeIndex(pd.to_datetime(values, utc=has_zone, format=form)))
    else:
        index = _parse(lambda: pd.DatetimeIndex(values))
    if index.tz is None:
        if time_zone is None:
            raise InvalidInputError(
                "timestamps without a time zone: expected aware ones, was naive. "
                "Name their clock, such as time_zone='America/New_York' or 'UTC'"
            )
        index = _parse(lambda: index.tz_localize(time_zone))
    _refuse_missing(np.asarray(index.isna()))
    return np.array(index.as_unit("ns").asi8, dtype=np.int64)


def _parse(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"timestamps: expected instants, was unreadable: {reason}") from None


def _has_zone(values: list[Any]) -> bool:
    is_aware = [
        _ZONE_AT_END.search(one) is not None
        if isinstance(one, str)
        else getattr(one, "tzinfo", None) is not None
        for one in values
    ]
    if any(is_aware) and not all(is_aware):
        row = is_aware.index(not is_aware[0])
        raise DataError(
            f"timestamps: expected all with a time zone or all without, "
            f"was {values[0]!s} in row 0 and {values[row]!s} in row {row}. Convert them to UTC"
        )
    return any(is_aware)


def _refuse_missing(is_missing: Bools) -> None:
    if is_missing.any():
        raise DataError(
            f"stamps: expected one for every bar, was none in row {is_missing.argmax()}"
        )


def _to_local_dates(mic: str, instants: Ints) -> Dates:
    days = instants.astype("datetime64[ns]").astype("datetime64[D]")
    if len(days) == 0 or not (instants % _NS_PER_DAY).any():
        return days
    known = load_sessions(mic, _to_date(days.min()), _to_date(days.max()))
    return local_dates(known.zone, instants)


def _to_date(day: np.datetime64) -> date:
    moment: date = day.astype("datetime64[D]").item()
    return moment
