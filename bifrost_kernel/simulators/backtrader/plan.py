"""What the array strategy has to do at which bar, worked out before the run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bifrost_kernel.domain.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bifrost_kernel.domain.bars import BarPanel, Bools, Floats
    from bifrost_kernel.domain.strategies import Signals

_PRICES = ("limit_price", "stop_price")
_DISTANCES = ("stop_distance", "profit_distance", "trail_distance")
_TARGETS = ("target_size", "target_weight")


@dataclass(frozen=True, slots=True)
class Wish:
    """What one instrument's signals ask for at one bar; NaN = nothing.

    Parameters
    ----------
    column
        The instrument.
    direction
        +1 enter long, -1 enter short, 0 no entry.
    leaves_long, leaves_short
        Leave a long, a short position.
    target_size, target_weight, limit_price, stop_price
        See `Signals`.
    stop_distance, profit_distance, trail_distance
        See `Signals`.
    """

    column: int
    direction: int
    leaves_long: bool
    leaves_short: bool
    target_size: float
    target_weight: float
    limit_price: float
    stop_price: float
    stop_distance: float
    profit_distance: float
    trail_distance: float

    @property
    def has_target(self) -> bool:
        """True when a size or a weight is to be held."""
        return self.target_size == self.target_size or self.target_weight == self.target_weight


@dataclass(frozen=True, slots=True)
class Plan:
    """The wishes by the bar at which they are acted on.

    Parameters
    ----------
    wishes
        By index into the timeline: what to do there, in column order.
    is_at_open
        Acted on before that bar's open instead of at its close.
    """

    wishes: dict[int, list[Wish]]
    is_at_open: bool


def make_plan(signals: Signals, panel: BarPanel, *, is_at_open: bool) -> Plan:
    """Lay the wishes out along the timeline.

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
    arrays = signals.given()
    for name, array in arrays.items():
        if array.shape != panel.has_bar.shape:
            raise InvalidInputError(
                f"signals {name}: expected shape {panel.has_bar.shape}, was {array.shape}",
                context={"name": name},
            )
    flags = {name: _flag(arrays, name, panel) for name in signals.FLAGS}
    direction = flags["entries"].astype(np.int8) - flags["short_entries"].astype(np.int8)
    numbers = {name: _number(arrays, name, panel) for name in (*_TARGETS, *_PRICES, *_DISTANCES)}
    has_target = ~np.isnan(numbers["target_size"]) | ~np.isnan(numbers["target_weight"])
    _require_orderable(numbers, direction != 0, has_target, panel)
    active = has_target | (direction != 0) | flags["exits"] | flags["short_exits"]
    wishes: dict[int, list[Wish]] = {}
    target_row = _next_rows(panel.has_bar) if is_at_open else None
    for row, column in np.argwhere(active).tolist():
        at = row if target_row is None else int(target_row[row, column])
        if at < 0:
            continue
        wish = Wish(
            column=column,
            direction=int(direction[row, column]),
            leaves_long=bool(flags["exits"][row, column]),
            leaves_short=bool(flags["short_exits"][row, column]),
            **{name: float(array[row, column]) for name, array in numbers.items()},
        )
        wishes.setdefault(at, []).append(wish)
    for same_bar in wishes.values():
        same_bar.sort(key=lambda one: one.column)
    return Plan(wishes, is_at_open)


def _flag(arrays: dict[str, Any], name: str, panel: BarPanel) -> Bools:
    if name not in arrays:
        return np.zeros(panel.has_bar.shape, dtype=np.bool_)
    flags: Bools = np.asarray(arrays[name], dtype=np.bool_) & panel.has_bar
    return flags


def _number(arrays: dict[str, Any], name: str, panel: BarPanel) -> Floats:
    if name not in arrays:
        return np.full(panel.has_bar.shape, np.nan)
    return np.where(panel.has_bar, np.asarray(arrays[name], dtype=np.float64), np.nan)


def _next_rows(has_bar: Bools) -> NDArray[np.int64]:
    """Return, for each bar, the row of the instrument's next bar; -1 where there is none."""
    result = np.full(has_bar.shape, -1, dtype=np.int64)
    for column in range(has_bar.shape[1]):
        rows = np.flatnonzero(has_bar[:, column])
        result[rows[:-1], column] = rows[1:]
    return result


def _require_orderable(
    numbers: dict[str, Floats], enters: Bools, has_target: Bools, panel: BarPanel
) -> None:
    for name in (*_PRICES, *_DISTANCES):
        bad = (
            enters & ~np.isnan(numbers[name]) & ~((numbers[name] > 0) & np.isfinite(numbers[name]))
        )
        _refuse_first(bad, name, numbers[name], "a finite number above zero", panel)
    for name in _TARGETS:
        _refuse_first(np.isinf(numbers[name]), name, numbers[name], "a finite number", panel)
    two_stops = ~np.isnan(numbers["stop_distance"]) & ~np.isnan(numbers["trail_distance"])
    _refuse_first(
        enters & two_stops, "trail_distance", numbers["trail_distance"],
        "no trailing stop beside a stop", panel,
    )  # fmt: skip
    two_targets = ~np.isnan(numbers["target_size"]) & ~np.isnan(numbers["target_weight"])
    _refuse_first(
        has_target & two_targets, "target_weight", numbers["target_weight"],
        "no weight beside a size", panel,
    )  # fmt: skip


def _refuse_first(bad: Bools, name: str, values: Floats, expected: str, panel: BarPanel) -> None:
    if not bad.any():
        return
    row, column = (int(one) for one in np.argwhere(bad)[0])
    raise InvalidInputError(
        f"signals {name} of {panel.instrument_ids[column]} at bar {row} "
        f"({panel.session_date[row]}): expected {expected}, was {values[row, column]}",
        context={"name": name, "bar": row, "value": float(values[row, column])},
    )
