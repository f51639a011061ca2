"""Reading what a fast run is given, and saying what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from bifrost_kernel.domain.errors import DataError, InvalidInputError, SimulationError, require

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from bifrost_kernel.domain.bars import Dates, Floats, Ints

_FLOAT = np.dtype(np.float64)


def read_floats(values: ArrayLike, name: str, shape: tuple[int, ...] | None = None) -> Floats:
    """Return the values as a C-ordered, writable float64 array, copied only where they are not.

    Parameters
    ----------
    values
        Numbers.
    name
        What they are called, for the message.
    shape
        What they must have; None = any shape (T,) with T at least 1.

    Raises
    ------
    InvalidInputError
        Another shape, or no numbers.
    """
    if not _is_ready(values):
        try:
            values = np.array(values, dtype=np.float64, order="C")
        except (TypeError, ValueError):
            raise InvalidInputError(f"{name}: expected numbers, was {type(values).__name__}") from (
                None
            )
    array: Floats = values  # type: ignore[assignment]  # it is one by now
    if shape is None:
        require(
            array.ndim == 1 and len(array), name, array.shape, "an array of shape (T,), T above 0"
        )
    elif array.shape != shape:
        require(False, name, array.shape, f"an array of shape {shape}", "One value per bar")
    return array


def read_flags(values: ArrayLike | None, name: str, count: int) -> np.ndarray[Any, Any]:
    """Return flags as uint8 of shape (T,), or an empty array for None."""
    if values is None:
        return np.empty(0, np.uint8)
    flags = np.asarray(values)
    if flags.dtype != np.bool_:
        require(False, name, str(flags.dtype), "an array of bool values")
    if flags.shape != (count,):
        require(False, name, flags.shape, f"an array of shape {(count,)}", "One value per bar")
    ready = flags.flags.c_contiguous and flags.flags.writeable
    return (flags if ready else flags.copy()).view(np.uint8)


def read_period(value: object, name: str) -> int:
    """Return a window length in bars, or raise `InvalidInputError`."""
    is_whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    require(is_whole and value >= 1, name, value, "an int of at least 1")  # type: ignore[operator]
    return int(value)  # type: ignore[call-overload,no-any-return]  # a whole number


def read_pair(fast: object, slow: object) -> tuple[int, int]:
    """Return the lengths of two averages, the fast one below the slow one."""
    periods = read_period(fast, "fast"), read_period(slow, "slow")
    require(periods[0] < periods[1], "fast", fast, f"less than slow ({slow})")
    return periods


def read_pairs(fast: ArrayLike, slow: ArrayLike) -> Ints:
    """Return many pairs of lengths as int64 of shape (P, 2), each fast one below its slow one."""
    columns = [np.asarray(one) for one in (fast, slow)]
    for name, column in zip(("fast", "slow"), columns, strict=True):
        is_list = column.ndim == 1 and column.dtype.kind in "iu" and len(column)
        require(is_list, name, f"{column.dtype} {column.shape}", "an array of P whole numbers")
    lengths = tuple(len(one) for one in columns)
    require(lengths[0] == lengths[1], "lengths of fast and slow", lengths, "equal")
    pairs = np.stack(columns, axis=1).astype(np.int64)
    bad = np.flatnonzero((pairs[:, 0] < 1) | (pairs[:, 0] >= pairs[:, 1]))
    if len(bad):
        was = tuple(pairs[bad[0]].tolist())
        require(False, f"pair {bad[0]}", was, "1 <= fast < slow", "Leave such pairs out")
    return pairs


def read_rising(values: ArrayLike, name: str, count: int) -> Ints:
    """Return indices as int64 of shape (R,), each above the one before and below `count`."""
    rows = np.asarray(values)
    is_list = rows.ndim == 1 and (rows.dtype.kind in "iu" or not len(rows))
    if not (is_list and (np.diff(rows, prepend=-1, append=count) > 0).all()):
        require(False, name, values, f"rising indices below {count}")
    return rows.astype(np.int64)


def read_room(nav: Floats | None, prices: tuple[Floats, ...]) -> Floats:
    """Return where nav is written: the array that is given, or a new one of shape (T,)."""
    count = len(prices[-1])
    if nav is None:
        return np.empty(count)
    if not (_is_ready(nav) and nav.shape == (count,)):
        wanted = f"a writable float64 array of shape {(count,)}"
        require(False, "nav", type(nav).__name__, wanted, "Leave it out for a new one")
    overlaps = any(np.may_share_memory(nav, one) for one in prices)
    require(not overlaps, "nav", "the prices' own memory", "memory of its own")
    return nav


def read_closes(session_date: Dates | None, count: int) -> Ints:
    """Return the index of each session's last bar; empty where every bar is its own session."""
    if session_date is None:
        return np.empty(0, np.int64)
    dates = np.asarray(session_date)
    if dates.shape != (count,) or dates.dtype.kind != "M":
        require(False, "session_date", f"{dates.dtype} {dates.shape}", f"{count} dates")
    days = dates.astype("datetime64[D]", copy=False).view(np.int64)
    steps = days[1:] - days[:-1]
    least = steps.min() if len(steps) else 1
    if least < 0:
        require(False, "session_date", str(dates[:3]), "oldest first")
    if least > 0:
        return np.empty(0, np.int64)
    return np.flatnonzero(np.append(steps, 1)).astype(np.int64)


def refuse_price(values: Floats, name: str, bar: int, largest: float) -> NoReturn:
    """Raise `DataError` for the first price from `bar` on that cannot be traded at."""
    table = values.reshape(len(values), -1)
    bad = np.argwhere(~(np.abs(table[bar:]) < largest))
    row, column = (bad[0] + (bar, 0)).tolist() if len(bad) else (bar, 0)
    raise DataError(
        f"{name} at bar {row}: expected a finite price below {largest:g}, "
        f"was {float(table[row, column])}. Leave such bars out",
        context={"name": name, "bar": row},
    )


def require_finite_end(cash: float, nav: float) -> None:
    """Raise `SimulationError` when an account ended in no number."""
    if not (np.isfinite(cash) and np.isfinite(nav)):
        raise SimulationError(
            f"the account ended with cash {cash} and nav {nav}; look at the sizes and prices",
            context={"cash": cash, "nav": nav},
        )


def _is_ready(values: object) -> bool:
    if not (isinstance(values, np.ndarray) and values.dtype == _FLOAT):
        return False
    flags = values.flags
    return bool(flags.c_contiguous and flags.writeable)
