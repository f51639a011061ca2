"""A strategy's wishes, judged and laid out in the order in which they are acted on."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from bifrost_kernel.domain.errors import InvalidInputError
from bifrost_kernel.domain.strategies import Signals

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarPanel, Bools, Floats, Ints

_PRICES = ("limit_price", "stop_price")
_DISTANCES = ("stop_distance", "profit_distance", "trail_distance")
_TARGETS = ("target_size", "target_weight")


class Wishes(NamedTuple):
    """What is wished, in the order in which it is acted on; arrays not given have no length.

    Parameters
    ----------
    at
        shape (W,), ascending: the bar of the timeline at which each wish is acted on.
    place
        shape (W,): where it stands in the arrays below, row x K + column.
    column
        shape (W,), ascending where `at` is the same.
    entries, exits, short_entries, short_exits
        shape (T x K,), bool: see `Signals`.
    target_size, target_weight, limit_price, stop_price
        shape (T x K,), float64: likewise.
    stop_distance, profit_distance, trail_distance
        shape (T x K,), float64: likewise.
    addresses
        Where the arrays lie, for compiled code.
    """

    at: Ints
    place: Ints
    column: Ints
    entries: Bools
    exits: Bools
    short_entries: Bools
    short_exits: Bools
    target_size: Floats
    target_weight: Floats
    limit_price: Floats
    stop_price: Floats
    stop_distance: Floats
    profit_distance: Floats
    trail_distance: Floats
    addresses: Ints

    def number(self, name: str) -> Floats:
        """Return one of the arrays of numbers at each wish: shape (W,), NaN for nothing."""
        array = getattr(self, name)
        taken: Floats = array[self.place] if len(array) else np.full(len(self.place), np.nan)
        return taken

    def flag(self, name: str) -> Bools:
        """Return one of the arrays of flags at each wish: shape (W,)."""
        array = getattr(self, name)
        taken: Bools = array[self.place] if len(array) else np.zeros(len(self.place), np.bool_)
        return taken


_NOWHERE = np.zeros(0, np.int64)
WISH_FIELDS: dict[str, Any] = {
    **dict.fromkeys(("at", "place", "column"), np.int64),
    **dict.fromkeys(Signals.FLAGS, np.bool_),
    **dict.fromkeys((*_TARGETS, *_PRICES, *_DISTANCES), np.float64),
}


def plan_wishes(signals: Signals, panel: BarPanel, *, is_at_open: bool) -> Wishes:
    """Judge a strategy's wishes and lay them out.

    Parameters
    ----------
    signals, panel
        Wishes and bars, each array of shape (T, K).
    is_at_open
        Each bar's wishes are acted on at the open of the instrument's next bar.

    Raises
    ------
    InvalidInputError
        An array has another shape, or a wish cannot be ordered; the message names the bar.
    """
    given = signals.given()
    for name, array in given.items():
        if array.shape != panel.has_bar.shape:
            raise InvalidInputError(
                f"signals {name}: expected shape {panel.has_bar.shape}, was {array.shape}",
                context={"name": name},
            )
    arrays = {one.name: _flat(given.get(one.name), one.name) for one in fields(Signals)}
    place = np.flatnonzero(_is_active(arrays, panel))
    row, column = np.divmod(place, panel.has_bar.shape[1])
    wishes = Wishes(at=row, place=place, column=column, addresses=_NOWHERE, **arrays)
    _require_orderable(wishes, panel)
    if not is_at_open:
        return wishes
    at = _next_rows(panel.has_bar)[row, column]
    order = np.lexsort((column, at))
    order = order[at[order] >= 0]
    return wishes._replace(at=at[order], place=place[order], column=column[order])


def _flat(array: Any, name: str) -> Any:
    kind = np.bool_ if name in Signals.FLAGS else np.float64
    values: Any = np.zeros(0, kind) if array is None else np.ascontiguousarray(array, dtype=kind)
    return values.reshape(-1)


def _is_active(arrays: dict[str, Any], panel: BarPanel) -> Bools:
    size = panel.has_bar.size
    entries, short_entries = arrays["entries"], arrays["short_entries"]
    if len(entries) and len(short_entries):
        active: Bools = entries ^ short_entries
    else:
        active = np.zeros(size, np.bool_)
        for flags in (entries, short_entries):
            if len(flags):
                active |= flags
    for name in ("exits", "short_exits"):
        if len(arrays[name]):
            active |= arrays[name]
    for name in _TARGETS:
        if len(arrays[name]):
            active |= ~np.isnan(arrays[name])
    active &= panel.has_bar.reshape(-1)
    return active


def _next_rows(has_bar: Bools) -> Ints:
    """Return, for each bar, the row of the instrument's next bar; -1 where there is none."""
    result = np.full(has_bar.shape, -1, dtype=np.int64)
    for column in range(has_bar.shape[1]):
        rows = np.flatnonzero(has_bar[:, column])
        result[rows[:-1], column] = rows[1:]
    return result


def _require_orderable(wishes: Wishes, panel: BarPanel) -> None:
    enters = wishes.flag("entries") ^ wishes.flag("short_entries")
    for name in (*_PRICES, *_DISTANCES):
        if len(getattr(wishes, name)):
            values = wishes.number(name)
            bad = enters & ~np.isnan(values) & ~((values > 0) & np.isfinite(values))
            _refuse_first(bad, name, "a finite number above zero", wishes, panel)
    for name in _TARGETS:
        bad = np.isinf(wishes.number(name))
        _refuse_first(bad, name, "a finite number", wishes, panel)
    both = ~np.isnan(wishes.number("target_size")) & ~np.isnan(wishes.number("target_weight"))
    _refuse_first(both, "target_weight", "no weight beside a size", wishes, panel)


def _refuse_first(bad: Bools, name: str, expected: str, wishes: Wishes, panel: BarPanel) -> None:
    if not bad.any():
        return
    place = int(wishes.place[np.argmax(bad)])
    row, column = divmod(place, panel.has_bar.shape[1])
    value = float(getattr(wishes, name)[place])
    raise InvalidInputError(
        f"signals {name} of {panel.instrument_ids[column]} at bar {row} "
        f"({panel.session_date[row]}): expected {expected}, was {value}",
        context={"name": name, "bar": row, "value": value},
    )
