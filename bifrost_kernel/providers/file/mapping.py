"""From a table's columns to plain arrays: numbers, and stamps in whatever form (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bifrost_kernel.domain.bars import PRICE_FIELDS
from bifrost_kernel.domain.errors import DataError
from bifrost_kernel.providers.columns import Columns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bifrost_kernel.domain.bars import Bools, Dates, Floats, Ints

NUMBERS = (*PRICE_FIELDS, "adj_close", "volume")
_MICROSECONDS = 1_000_000
_EPOCHS = ((10**11, 10**6), (10**14, 10**3), (10**17, 1))  # seconds, milli, micro; else nano
_WITH_OFFSET = r"\d\d:\d\d.*(Z|UTC|[+-]\d\d:?\d\d)\s*$"
_DAYS = (
    ("%Y-%m-%d",),
    ("%Y/%m/%d",),
    ("%Y.%m.%d",),
    ("%Y%m%d",),
    ("%d.%m.%Y",),
    ("%m/%d/%Y", "%d/%m/%Y"),
    ("%m-%d-%Y", "%d-%m-%Y"),
    ("%m/%d/%y", "%d/%m/%y"),
    ("%d-%b-%Y",),
    ("%d %b %Y",),
    ("%b %d, %Y",),
)
_TIMES = ("", " %H:%M:%S", " %H:%M", "T%H:%M:%S", " %H%M%S", " %I:%M:%S %p", " %I:%M %p")

_A_DAY = int(np.datetime64("2000-01-01", "us").astype(np.int64))


def take_symbol(table: Any, column: str | None, symbol: str, where: str) -> Any:
    """Return the rows of one symbol; all of them when the table has no such column.

    Raises
    ------
    DataError
        The table speaks of other symbols only.
    """
    import pyarrow.compute as pc

    if column is None:
        return table
    text = table.column(column).cast("string")
    found = [one for one in pc.unique(text).to_pylist() if one is not None]
    if [one.upper() for one in found] == [symbol]:
        return table
    rows = table.filter(pc.equal(pc.utf8_upper(pc.utf8_trim_whitespace(text)), symbol))
    if rows.num_rows == 0:
        shown = ", ".join(map(repr, found[:8])) or "none"
        raise DataError(
            f"{where}: no rows of {symbol!r} in column {column!r}, there are {shown}. "
            f"Import it under one of these symbols",
            context={"symbol": symbol, "found": tuple(found[:8])},
        )
    return rows


def to_columns(
    table: Any, found: Mapping[str, str], where: str, place: Callable[[int], str]
) -> tuple[Columns, tuple[str, ...]]:
    """Take the arrays out of a ``pyarrow.Table``.

    Parameters
    ----------
    found
        Field to column name, as `find_columns` tells.
    where, place
        What the table is, and where a row of it stands, for messages.

    Returns
    -------
    The columns, and what was assumed, one line each.

    Raises
    ------
    DataError
        A cell is no number or no time; the message says where.
    """
    stamp, is_utc = to_stamps(table.column(found["date"]), where, place)
    if "time" in found and not (stamp.astype("datetime64[D]") != stamp).any():
        seconds = to_seconds(table.column(found["time"]), where, place)
        stamp = stamp + seconds.astype("timedelta64[s]")
    numbers = {
        field: _to_floats(table.column(found[field]), where) for field in NUMBERS if field in found
    }
    steps = () if "volume" in numbers else ("no volume column: volume is 0",)
    adjusted = numbers.pop("adj_close", None)
    numbers.setdefault("volume", np.zeros(len(stamp)))
    return Columns(stamp, is_utc, **numbers, adjusted_close=adjusted), steps


def to_stamps(column: Any, where: str, place: Callable[[int], str]) -> tuple[Dates, bool]:
    """Read dates or instants in whatever form they come.

    Parameters
    ----------
    column
        ``pyarrow.ChunkedArray``: dates, timestamps, whole numbers (``20050103``, or time since
        1970 in seconds to nanoseconds) or text.

    Returns
    -------
    shape (T,), datetime64[us], NaT where there is none; and whether they are UTC.

    Raises
    ------
    DataError
        Text that is no time, or times of which only some have a time zone.
    """
    import pyarrow as pa

    kind = column.type
    if pa.types.is_date(kind):
        return _to_numpy(column.cast("timestamp[us]")), False
    if pa.types.is_timestamp(kind):
        return _to_numpy(column), kind.tz is not None
    if pa.types.is_integer(kind):
        return _from_numbers(column, where, place)
    if pa.types.is_null(kind):
        return np.full(len(column), "NaT", dtype="datetime64[us]"), False
    if pa.types.is_dictionary(kind) or pa.types.is_large_string(kind):
        column = column.cast("string")
    if not pa.types.is_string(column.type):
        raise DataError(f"{where}: expected dates or times, was a column of {kind}")
    return _from_text(column, where, place)


def to_seconds(column: Any, where: str, place: Callable[[int], str]) -> Ints:
    """Read times of day, as seconds after midnight.

    Parameters
    ----------
    column
        ``pyarrow.ChunkedArray``: times, whole numbers (``931``, ``93100``) or text.

    Raises
    ------
    DataError
        Text that is no time of day.
    """
    import pyarrow as pa

    kind = column.type
    if pa.types.is_time(kind):
        return _to_ints(column.cast("time64[us]").cast("int64")) // _MICROSECONDS
    if pa.types.is_integer(kind):
        clock = _to_ints(column)
        if len(clock) and clock.max() < 2400:
            clock = clock * 100
        hour, minute, second = clock // 10_000, clock // 100 % 100, clock % 100
        is_wrong = (clock < 0) | (hour > 23) | (minute > 59) | (second > 59)
        _refuse_first(is_wrong, column, where, place)
        return hour * 3600 + minute * 60 + second
    day = pa.chunked_array([pa.array(["2000-01-01 " + str(one) for one in column.to_pylist()])])
    stamp, _ = _from_text(day, where, place)
    return (stamp.astype(np.int64) - _A_DAY) // _MICROSECONDS


def _from_numbers(column: Any, where: str, place: Callable[[int], str]) -> tuple[Dates, bool]:
    values = _to_ints(column)
    if len(values) and values.min() >= 18_000_101 and values.max() <= 22_001_231:
        year, month, day = values // 10_000, values // 100 % 100, values % 100
        months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
        days = months.astype("datetime64[D]") + (day - 1)
        _refuse_first(days.astype("datetime64[M]") != months, column, where, place)
        return days.astype("datetime64[us]"), False
    largest = int(np.abs(values).max()) if len(values) else 0
    for limit, factor in _EPOCHS:
        if largest < limit:
            return (values * factor).astype("datetime64[us]"), True
    return (values // 1000).astype("datetime64[us]"), True


def _from_text(column: Any, where: str, place: Callable[[int], str]) -> tuple[Dates, bool]:
    import pyarrow.compute as pc

    text = pc.utf8_trim_whitespace(column)
    is_there = pc.is_valid(text)
    is_aware = pc.and_kleene(is_there, pc.match_substring_regex(text, _WITH_OFFSET)).to_numpy()
    if is_aware.any():
        if is_aware.sum() < is_there.to_numpy().sum():
            row = int(np.argmax(is_there.to_numpy() & (is_aware != is_aware[0])))
            raise DataError(
                f"{where}: {place(row)}: expected all times with a time zone or none, was "
                f"{text[row].as_py()!r} after {text[0].as_py()!r}. Write them all in UTC",
                code="mixed-time-zones",
                context={"row": row},
            )
        return _with_offsets(text, where, place), True
    values = text.to_pandas()
    furthest = 0
    for days in _DAYS:
        for time in _TIMES:
            read = [_parse(values, day + time) for day in days]
            bad = [_first_unread(one, values) for one in read]
            whole = [one for one, row in zip(read, bad, strict=True) if row is None]
            if whole:
                return _choose(whole, where), False
            furthest = max(furthest, *(row or 0 for row in bad))
    raise DataError(
        f"{where}: {place(furthest)}: cannot read the time {values.iloc[furthest]!r}. "
        f"Write it as 2005-01-31 or 2005-01-31 15:59:00",
        code="unreadable-time",
        context={"row": furthest},
    )


def _refuse_first(is_wrong: Bools, column: Any, where: str, place: Callable[[int], str]) -> None:
    if is_wrong.any():
        row = int(np.argmax(is_wrong))
        raise DataError(
            f"{where}: {place(row)}: cannot read the time {column[row].as_py()!r}. "
            f"Write it as 2005-01-31 or 2005-01-31 15:59:00",
            code="unreadable-time",
            context={"row": row},
        )


def _parse(values: Any, form: str) -> Any:
    import pandas as pd

    sample = pd.to_datetime(values.iloc[:100], format=form, errors="coerce")
    if len(values) <= 100 or sample.isna().all():
        return sample
    return pd.to_datetime(values, format=form, errors="coerce")


def _first_unread(read: Any, values: Any) -> int | None:
    bad = (read.isna() & values.iloc[: len(read)].notna()).to_numpy()
    if bad.any():
        return int(np.argmax(bad))
    return None if len(read) == len(values) else len(read)


def _choose(candidates: list[Any], where: str) -> Dates:
    read = [one.to_numpy().astype("datetime64[us]") for one in candidates]
    if len(read) > 1:
        read = [one for one in read if not (np.diff(one.astype(np.int64)) <= 0).any()]
    if len(read) != 1:
        raise DataError(
            f"{where}: cannot tell days from months in its dates. Write them as 2005-01-31",
            code="ambiguous-date",
        )
    only: Dates = read[0]
    return only


def _with_offsets(text: Any, where: str, place: Callable[[int], str]) -> Dates:
    import pandas as pd

    values = text.to_pandas()
    read = pd.to_datetime(values, utc=True, format="ISO8601", errors="coerce")
    missing = read.isna().to_numpy()
    if missing.any():
        row = int(np.argmax(missing))
        raise DataError(
            f"{where}: {place(row)}: cannot read the time {values.iloc[row]!r}. "
            f"Write it as 2005-01-31T15:59:00-05:00",
            code="unreadable-time",
            context={"row": row},
        )
    stamps: Dates = read.dt.tz_localize(None).to_numpy().astype("datetime64[us]")
    return stamps


def _to_numpy(column: Any) -> Dates:
    stamps: Dates = column.to_numpy().astype("datetime64[us]")
    return stamps


def _to_ints(column: Any) -> Ints:
    numbers: Ints = column.to_numpy().astype(np.int64)
    return numbers


def _to_floats(column: Any, where: str) -> Floats:
    import pyarrow as pa

    try:
        numbers: Floats = column.cast("float64").to_numpy()
    except pa.ArrowException as error:
        reason = " ".join(str(error).split())[:120]
        raise DataError(f"{where}: expected numbers, was {reason}") from error
    return numbers
