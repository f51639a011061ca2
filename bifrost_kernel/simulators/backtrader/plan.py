"""What the array strategy has to do at which bar, worked out before the run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bifrost_kernel.engines.strategy.calc.plan import plan_wishes

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarPanel
    from bifrost_kernel.domain.strategies import Signals

_NUMBERS = (
    "target_size", "target_weight", "limit_price", "stop_price",
    "stop_distance", "profit_distance", "trail_distance",
)  # fmt: skip


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
    planned = plan_wishes(signals, panel, is_at_open=is_at_open)
    flags = {name: planned.flag(name) for name in signals.FLAGS}
    columns: dict[str, Any] = {
        "column": planned.column,
        "direction": flags["entries"].astype(np.int8) - flags["short_entries"].astype(np.int8),
        "leaves_long": flags["exits"],
        "leaves_short": flags["short_exits"],
        **{name: planned.number(name) for name in _NUMBERS},
    }
    rows = zip(*(one.tolist() for one in columns.values()), strict=True)
    wishes: dict[int, list[Wish]] = {}
    for at, row in zip(planned.at.tolist(), rows, strict=True):
        wishes.setdefault(at, []).append(Wish(*row))
    return Plan(wishes, is_at_open)
