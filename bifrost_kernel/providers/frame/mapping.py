"""From pandas data frames to plain arrays, one set for each instrument (pure)."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from bifrost_kernel.domain.bars import PRICE_FIELDS
from bifrost_kernel.domain.errors import DataError, InvalidInputError
from bifrost_kernel.domain.instruments import NO_MARKET, InstrumentId
from bifrost_kernel.providers.columns import Columns, find_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bifrost_kernel.domain.bars import Dates, Floats

DEFAULT_SYMBOL = "FRAME"
_STAMPS = "(the stamps)"


def split_frames(
    frames: Any, symbols: Sequence[str], columns: Mapping[str, str] | None
) -> dict[InstrumentId, Any]:
    """Give each instrument its own frame.

    Parameters
    ----------
    frames
        A frame of one instrument; a long one with a symbol column or index level; a wide one
        whose columns have two levels, one of them the symbol; or a mapping of symbol to frame.
    symbols
        Names for frames that carry none, or a choice of those they carry.

    Raises
    ------
    InvalidInputError
        No frame at all, or names that do not fit the frames.
    """
    named = _name_frames(frames, columns)
    if None in named:
        if len(symbols) > 1:
            raise InvalidInputError(
                f"frame: expected one symbol for one frame, was {', '.join(symbols)}. "
                f"Give a mapping of symbol to frame, or add a symbol column"
            )
        return {to_instrument_id(symbols[0] if symbols else DEFAULT_SYMBOL): named[None]}
    by_id: dict[InstrumentId, Any] = {}
    for name, one in named.items():
        key = to_instrument_id(str(name))
        if key in by_id:
            raise InvalidInputError(
                f"frame {str(name)!r}: expected every instrument once, was {key} again. Rename one"
            )
        by_id[key] = one
    if not symbols:
        return by_id
    return {_pick(symbol, by_id): by_id[_pick(symbol, by_id)] for symbol in symbols}


def to_instrument_id(text: str) -> InstrumentId:
    """Read ``SYMBOL.MIC``; a symbol alone belongs to no market, ``XXXX``."""
    try:
        return InstrumentId.parse(text)
    except InvalidInputError:
        return InstrumentId(text.strip().upper(), NO_MARKET)


def to_columns(
    frame: Any, columns: Mapping[str, str] | None, where: str
) -> tuple[Columns, tuple[str, ...]]:
    """Take the arrays out of one instrument's frame.

    Parameters
    ----------
    frame
        Columns in any case and order; the stamps are its index or a column.

    Returns
    -------
    The columns, and what was assumed, one line each.

    Raises
    ------
    DataError
        A column is missing or holds something else than numbers or times.
    """
    stamps, rest = _take_stamps(frame, columns, where)
    explicit = {key: name for key, name in (columns or {}).items() if key.casefold() != "date"}
    explicit |= {"date": _STAMPS}
    found = find_columns([_STAMPS, *map(str, rest.columns)], explicit, where)
    by_text = {str(name): name for name in rest.columns}
    stamp, is_utc = _to_stamps(stamps, where)
    if "time" in found and not (stamp.astype("datetime64[D]") != stamp).any():
        stamp = stamp + _to_time_of_day(rest[by_text[found["time"]]], where)
    numbers = {
        field: _to_floats(rest[by_text[found[field]]], found[field], where)
        for field in (*PRICE_FIELDS, "volume", "adj_close")
        if field in found
    }
    steps = () if "volume" in numbers else ("no volume column: volume is 0",)
    adjusted = numbers.pop("adj_close", None)
    numbers.setdefault("volume", np.zeros(len(stamp)))
    return Columns(stamp, is_utc, **numbers, adjusted_close=adjusted), steps


def _name_frames(frames: Any, columns: Mapping[str, str] | None) -> dict[Any, Any]:
    import pandas as pd

    if isinstance(frames, dict):
        for name, one in frames.items():
            _require_frame(one, f"frame {name!r}")
        if not frames:
            raise InvalidInputError("frame: expected at least one, was an empty mapping")
        return dict(frames)
    _require_frame(frames, "frame")
    if isinstance(frames.columns, pd.MultiIndex):
        return _split_wide(frames)
    level = next((one for one in frames.index.names if _is_symbol(one)), None)
    if frames.index.nlevels > 1 and level is None:
        level = _level_of_text(frames.index)
    if frames.index.nlevels > 1 and level is not None:
        groups = frames.groupby(level=level, sort=False)
        return {name: one.droplevel(level) for name, one in groups}
    column = (columns or {}).get("symbol") or next(
        (one for one in frames.columns if _is_symbol(one)), None
    )
    if column is None:
        return {None: frames}
    if column not in frames.columns:
        raise DataError(f"frame: no column {column!r}, there are {list(frames.columns)}")
    groups = frames.groupby(column, sort=False)
    return {name: one.drop(columns=[column]) for name, one in groups}


def _split_wide(frame: Any) -> dict[Any, Any]:
    wanted = set(PRICE_FIELDS)
    for level in range(frame.columns.nlevels):
        words = {str(one).strip().casefold() for one in frame.columns.get_level_values(level)}
        if frame.columns.nlevels == 2 and wanted <= words:
            names = frame.columns.get_level_values(1 - level)
            return {
                name: frame.loc[:, names == name].droplevel(1 - level, axis=1).dropna(how="all")
                for name in dict.fromkeys(names)
            }
    raise DataError(
        "frame: expected two levels of columns, one of them open, high, low and close, was "
        f"{[tuple(one) for one in frame.columns[:4]]}. Flatten the columns"
    )


def _level_of_text(index: Any) -> int:
    from pandas.api.types import is_datetime64_any_dtype

    for number in range(index.nlevels):
        if not is_datetime64_any_dtype(index.levels[number].dtype):
            return number
    raise DataError("frame: expected one level of symbols in its index, was times only")


def _is_symbol(name: object) -> bool:
    return isinstance(name, str) and name.strip().casefold() in {"symbol", "ticker"}


def _require_frame(value: Any, where: str) -> None:
    import pandas as pd

    if not isinstance(value, pd.DataFrame):
        raise InvalidInputError(
            f"{where}: expected a pandas DataFrame, was {type(value).__name__}. "
            f"Give a frame with a time index and columns open, high, low, close, volume"
        )


def _pick(symbol: str, by_id: Mapping[InstrumentId, Any]) -> InstrumentId:
    wanted = to_instrument_id(symbol)
    found = [one for one in by_id if wanted in (one, InstrumentId(one.symbol, NO_MARKET))]
    if len(found) != 1:
        there = ", ".join(map(str, by_id))
        raise InvalidInputError(
            f"frame: expected one of {there}, was {symbol!r}. Name those that are there"
        )
    return found[0]


def _take_stamps(frame: Any, columns: Mapping[str, str] | None, where: str) -> tuple[Any, Any]:
    import pandas as pd

    given = {key.casefold(): name for key, name in (columns or {}).items()}
    if "date" in given:
        if given["date"] not in frame.columns:
            raise DataError(f"{where}: no column {given['date']!r}, there are {list(frame)}")
        return frame[given["date"]], frame.drop(columns=[given["date"]])
    if isinstance(frame.index, pd.RangeIndex) or pd.api.types.is_numeric_dtype(frame.index.dtype):
        names = {str(one): one for one in frame.columns}
        found = find_columns(tuple(names), columns, where)
        column = names[found["date"]]
        return frame[column], frame.drop(columns=[column])
    return frame.index.to_series(), frame


def _to_stamps(stamps: Any, where: str) -> tuple[Dates, bool]:
    import pandas as pd

    kind = stamps.dtype
    if isinstance(kind, pd.DatetimeTZDtype):
        return stamps.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[us]"), True
    if isinstance(kind, pd.PeriodDtype):
        return stamps.dt.start_time.to_numpy("datetime64[us]"), False
    if pd.api.types.is_datetime64_dtype(kind):
        return stamps.to_numpy("datetime64[us]"), False
    if pd.api.types.is_numeric_dtype(kind):
        raise DataError(
            f"{where}: expected times, was numbers ({stamps.iloc[:1].tolist()}). "
            f"Convert them with pandas.to_datetime"
        )
    return _parse_stamps(stamps, where)


def _parse_stamps(stamps: Any, where: str) -> tuple[Dates, bool]:
    import pandas as pd

    values = list(stamps)
    aware = [_has_zone(one) for one in values]
    if any(aware) and not all(aware):
        row = aware.index(not aware[0])
        raise DataError(
            f"{where}: row {row}: expected all times with a time zone or none, was "
            f"{values[row]!s} after {values[0]!s}. Convert them all to UTC",
            code="mixed-time-zones",
            context={"row": row},
        )
    given = pd.Series(values)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that the second try guesses the format
        for form in ("ISO8601", None):
            read = pd.to_datetime(given, utc=any(aware), errors="coerce", format=form)
            missing = read.isna().to_numpy()
            if not missing.any():
                break
    if missing.any():
        row = int(np.argmax(missing))
        raise DataError(
            f"{where}: row {row}: cannot read the time {str(values[row])[:40]!r}. "
            f"Convert the column with pandas.to_datetime",
            code="unreadable-time",
            context={"row": row},
        )
    if any(aware):
        read = read.dt.tz_localize(None)
    return read.to_numpy("datetime64[us]"), any(aware)


def _has_zone(value: object) -> bool:
    if isinstance(value, str):
        return re.search(r"\d\d:\d\d.*(Z|UTC|[+-]\d\d:?\d\d)\s*$", value) is not None
    return getattr(value, "tzinfo", None) is not None


def _to_time_of_day(column: Any, where: str) -> Any:
    import pandas as pd

    read = pd.to_timedelta(column.astype(str).str.replace(r"^(\d+:\d+)$", r"\1:00", regex=True))
    if read.isna().any():
        raise DataError(f"{where}: expected times of day such as 09:31 in column {column.name!r}")
    return read.to_numpy("timedelta64[us]")


def _to_floats(column: Any, name: str, where: str) -> Floats:
    try:
        numbers: Floats = column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        reason = " ".join(str(error).split())[:120]
        raise DataError(
            f"{where}: column {name!r}: expected numbers, was {reason}. "
            f"Convert it with pandas.to_numeric"
        ) from error
    if numbers.ndim != 1:
        raise DataError(f"{where}: column {name!r} is there {numbers.shape[1]} times. Keep one")
    return numbers
