"""What tables of bars have in common: how columns are called, and how rows become bars (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bifrost_kernel.domain.bars import PRICE_FIELDS, BarSpec
from bifrost_kernel.domain.errors import DataError, InvalidInputError, UnknownNameError, require
from bifrost_kernel.engines.marketdata.calc.calendar import load_sessions
from bifrost_kernel.engines.marketdata.engine import series_from_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bifrost_kernel.domain.bars import BarSeries, Dates, Floats
    from bifrost_kernel.domain.instruments import InstrumentId

STAMPS = ("end", "start")
_DAY_NS = 86_400 * 10**9
_USUAL = {
    "date": (
        "date",
        "datetime",
        "timestamp",
        "dateutc",
        "day",
        "dt",
        "time",
        "index",
        "indexlevel0",
        "",
    ),
    "time": ("time", "timeofday", "hour"),
    "open": ("open", "openprice", "o"),
    "high": ("high", "highprice", "h"),
    "low": ("low", "lowprice", "l"),
    "close": ("close", "closeprice", "c", "last", "closelast"),
    "adj_close": ("adjclose", "adjustedclose", "closeadj", "closeadjusted", "adj"),
    "volume": ("volume", "vol", "v"),
    "symbol": ("symbol", "ticker"),
}
_REQUIRED = ("date", *PRICE_FIELDS)


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The columns of one instrument's bars, as plain arrays in the table's order.

    Parameters
    ----------
    stamp
        shape (T,), datetime64[us]: wall time, or UTC when `is_utc`.
    is_utc
        True when the table said in which time zone its stamps are.
    open, high, low, close
        shape (T,), float64, currency per unit.
    volume
        shape (T,), float64, units traded.
    adjusted_close
        shape (T,), float64, or None when the table has none.
    """

    stamp: Dates
    is_utc: bool
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    adjusted_close: Floats | None = None

    def __len__(self) -> int:
        return len(self.stamp)


def find_columns(
    available: Sequence[str], explicit: Mapping[str, str] | None, where: str
) -> dict[str, str]:
    """Tell which column of a table holds what.

    Parameters
    ----------
    available
        The table's own names.
    explicit
        A person's word, field to name: ``{"close": "Settle"}``; it wins over what is usual. An
        empty name leaves an optional field out.
    where
        What the table is, for the message.

    Returns
    -------
    Of date, time, open, high, low, close, adj_close, volume and symbol those that there are.

    Raises
    ------
    UnknownNameError
        `explicit` speaks of a field or a column that there is not.
    DataError
        A needed column is missing, or two columns could be it.
    """
    found = _explicit_columns(available, explicit or {}, where)
    left_out = {field for field, name in found.items() if not name and field not in _REQUIRED}
    taken = set(found.values())
    by_word: dict[str, list[str]] = {}
    for name in available:
        if name not in taken:
            by_word.setdefault(_word(name), []).append(name)
    for field, words in _USUAL.items():
        if field in found:
            continue
        names = next((by_word[word] for word in words if by_word.get(word)), [])
        if len(names) > 1:
            raise DataError(
                f"{where}: {field} could be any of {', '.join(map(repr, names))}. "
                f"Say which with columns={{{field!r}: ...}}",
                context={"field": field, "names": tuple(names)},
            )
        if names:
            found[field] = names[0]
            by_word[_word(names[0])] = []
    found = {field: name for field, name in found.items() if field not in left_out}
    missing = [field for field in _REQUIRED if field not in found]
    if missing:
        raise DataError(
            f"{where}: no column for {', '.join(missing)}, there are "
            f"{', '.join(map(repr, available)) or 'none'}. "
            f"Rename one, or name it with columns={{{missing[0]!r}: ...}}",
            code="missing-column",
            context={"missing": tuple(missing), "available": tuple(available)},
        )
    return found


def infer_spec(stamp: Dates, where: str) -> BarSpec:
    """Tell how long bars are by the time between most of them.

    Parameters
    ----------
    stamp
        shape (T,), datetime64: wall times or UTC.

    Raises
    ------
    InvalidInputError
        The bars are too few, or too uneven, to tell.
    """
    ns = stamp[~np.isnat(stamp)].astype("datetime64[ns]").astype(np.int64)
    if len(ns) < 2:
        if len(ns) == 1 and ns[0] % _DAY_NS == 0:
            return BarSpec(1, "d")
        raise _cannot_infer(where)
    steps, counts = np.unique(np.diff(np.sort(ns)), return_counts=True)
    step = int(steps[np.argmax(counts)])
    if step in {_DAY_NS, 7 * _DAY_NS}:
        return BarSpec(1, "d" if step == _DAY_NS else "w")
    for unit, seconds in (("h", 3600), ("m", 60), ("s", 1)):
        count, rest = divmod(step, seconds * 10**9)
        if rest == 0 and 0 < step < _DAY_NS:
            return BarSpec(count, unit)
    raise _cannot_infer(where)


def require_zone(zone: str) -> None:
    """Raise unless `zone` is an IANA name that is known here."""
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise InvalidInputError(
            f"timezone: expected an IANA name such as 'America/New_York' or 'UTC', was {zone!r}",
            context={"value": zone},
        ) from error


def to_series(
    columns: Columns,
    instrument_id: InstrumentId,
    spec: BarSpec | None,
    *,
    timezone: str | None,
    stamp: str,
    where: str,
) -> tuple[BarSeries, tuple[str, ...]]:
    """Make a series of a table's rows, in their order, nothing dropped or mended.

    Parameters
    ----------
    spec
        How long the bars are; None to tell by the stamps.
    timezone
        IANA name for stamps that carry none; None = the clock of the instrument's venue.
    stamp
        Whether intraday rows carry the ``end`` or the ``start`` of their bar.
    where
        What the table is, for messages.

    Returns
    -------
    The series, and what was assumed about its stamps, one line each.

    Raises
    ------
    DataError
        There are no rows, or a time is missing or ambiguous.
    InvalidInputError
        The interval, time zone or kind of stamp cannot be used.
    """
    require(stamp in STAMPS, "stamp", stamp, "one of end, start")
    if timezone is not None:
        require_zone(timezone)
    if len(columns) == 0:
        raise DataError(f"{where}: no rows of bars in it", code="empty")
    length = spec or infer_spec(columns.stamp, where)
    steps = () if spec else (f"interval taken from the stamps: {length}",)
    stamps: dict[str, Any] = {"timestamps": columns.stamp.astype("datetime64[ns]").astype(np.int64)}
    if not length.is_intraday:
        if not columns.is_utc:
            stamps = {"session_date": columns.stamp.astype("datetime64[D]")}
    else:
        if not columns.is_utc:
            zone = timezone or venue_zone(instrument_id.mic, columns.stamp)
            stamps = {"timestamps": columns.stamp, "time_zone": zone}
            steps = (*steps, f"times read as {zone}")
        stamps["stamps"] = stamp
        steps = (*steps, f"times read as the {stamp} of each bar")
    series = series_from_columns(
        instrument_id,
        length,
        **stamps,
        **{field: getattr(columns, field) for field in (*PRICE_FIELDS, "volume")},
    )
    return series, steps


def venue_zone(mic: str, stamp: Dates) -> str:
    """Return the IANA name of a venue's clock."""
    day = stamp[0].astype("datetime64[D]").item()
    return load_sessions(mic, day, day).zone


def _explicit_columns(
    available: Sequence[str], explicit: Mapping[str, str], where: str
) -> dict[str, str]:
    found: dict[str, str] = {}
    fields = {_word(field): field for field in _USUAL}
    for given, name in explicit.items():
        field = fields.get(_word(given))
        if field is None:
            raise UnknownNameError.of("column field", given, _USUAL)
        if name not in available and (name or field in _REQUIRED):
            raise UnknownNameError.of(
                "column", name, available, f"{where} has {', '.join(map(repr, available))}."
            )
        found[field] = name
    return found


def _word(name: str) -> str:
    word = re.sub(r"[\s_.\-/<>()\[\]*]", "", str(name).strip().casefold())
    return "" if re.fullmatch(r"unnamed:?\d+(level\d+)?", word) else word


def _cannot_infer(where: str) -> InvalidInputError:
    return InvalidInputError(
        f"{where}: cannot tell how long its bars are. Give the interval, such as '1d' or '5m'",
        code="interval-unknown",
    )
