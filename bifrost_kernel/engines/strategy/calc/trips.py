"""Round trips: what was held from flat to flat, out of the fills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.domain.backtest import RoundTrips

if TYPE_CHECKING:
    from bifrost_kernel.domain.backtest import Fills


@dataclass(slots=True)
class _Trip:
    instrument: int
    entry_bar: int
    exit_bar: int = -1
    quantity: float = 0.0
    opened: float = 0.0
    closed: float = 0.0
    entry_price: float = float("nan")
    exit_price: float = float("nan")
    pnl: float = 0.0
    commission: float = 0.0

    def open_more(self, units: float, price: float, held: float) -> None:
        self.entry_price = _average(self.entry_price, self.opened, price, units)
        self.opened += abs(units)
        if abs(held) > abs(self.quantity):
            self.quantity = held

    def close_some(self, units: float, price: float) -> None:
        self.exit_price = _average(self.exit_price, self.closed, price, units)
        self.closed += abs(units)


def compute_round_trips(fills: Fills, n_instruments: int) -> RoundTrips:
    """Return the round trips behind the fills, in the order of their first fill.

    Parameters
    ----------
    fills
        Executions in order.
    n_instruments
        K; `fills.instrument` is below it.

    Returns
    -------
    RoundTrips
        One for each stretch from flat to flat, the unfinished ones included.

    Notes
    -----
    A fill that turns a holding around ends one trip and begins the next: its commission is
    split by the units that close and the units that open, its realised pnl belongs to the
    trip it ends. Flat means a position of exactly 0.
    """
    trips: list[_Trip] = []
    current: list[_Trip | None] = [None] * n_instruments
    held = [0.0] * n_instruments
    columns = (fills.bar, fills.instrument, fills.quantity, fills.price)
    money = (fills.commission, fills.pnl, fills.position)
    rows = zip(*(one.tolist() for one in (*columns, *money)), strict=True)
    for bar, instrument, quantity, price, commission, pnl, after in rows:
        before, trip = held[instrument], current[instrument]
        held[instrument] = after
        turns = before * after < 0
        if trip is not None and before * quantity < 0:
            closing = -before if turns else quantity
            share = commission * (closing / quantity) if turns else commission
            trip.close_some(closing, price)
            trip.pnl += pnl
            trip.commission += share
            if not turns and after != 0:
                continue
            trip.exit_bar = bar
            current[instrument] = None
            if not turns:
                continue
            quantity, commission, trip = after, commission - share, None  # noqa: PLW2901  # the rest of the fill opens
        if trip is None:
            trip = current[instrument] = _Trip(instrument, bar)
            trips.append(trip)
        trip.open_more(quantity, price, after)
        trip.commission += commission
    return _as_arrays(trips)


def _average(price: float, size: float, new_price: float, new_size: float) -> float:
    if size == 0:
        return new_price
    return (price * size + new_price * abs(new_size)) / (size + abs(new_size))


def _as_arrays(trips: list[_Trip]) -> RoundTrips:
    def whole(name: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array([getattr(one, name) for one in trips], dtype=np.int64)

    def real(name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.array([getattr(one, name) for one in trips], dtype=np.float64)

    exit_bar = whole("exit_bar")
    return RoundTrips(
        instrument=whole("instrument"),
        entry_bar=whole("entry_bar"),
        exit_bar=exit_bar,
        quantity=real("quantity"),
        entry_price=real("entry_price"),
        exit_price=np.where(exit_bar < 0, np.nan, real("exit_price")),
        pnl=real("pnl"),
        commission=real("commission"),
    )
