"""A backtest's question and its answer.

`BacktestSpec` says all that decides the result besides the bars and the strategy's
source. `BacktestResult` is what a simulator hands back: arrays over the run's timeline.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bifrost_kernel.domain.bars import Adjustment, BarSpec
from bifrost_kernel.domain.orders import OrderStatus, OrderType
from bifrost_kernel.domain.trading import Trading

if TYPE_CHECKING:
    from datetime import date

    from bifrost_kernel.domain.bars import Dates, Floats, Ints
    from bifrost_kernel.domain.instruments import InstrumentId
    from bifrost_kernel.domain.strategies import Value

ORDER_TYPES = tuple(OrderType)
ORDER_STATUSES = tuple(OrderStatus)


@dataclass(frozen=True, slots=True)
class BacktestSpec:
    """What is asked: everything that decides the result but the bars and the source.

    Parameters
    ----------
    strategy
        The strategy's name.
    parameters
        (name, value) in the strategy's own order.
    instrument_ids
        What is traded, in column order.
    start, end
        First and last session, both included; None = all there is.
    spec, adjustment
        Bar length, and how corporate actions show.
    trading
        The account and its broker.
    engine
        ``auto``, or the simulator's name.
    benchmark
        Instrument to compare with; None = buy and hold what was traded, equal weights.
    """

    strategy: str
    parameters: tuple[tuple[str, Value], ...]
    instrument_ids: tuple[InstrumentId, ...]
    start: date | None = None
    end: date | None = None
    spec: BarSpec = field(default_factory=lambda: BarSpec(1, "d"))
    adjustment: Adjustment = Adjustment.ALL
    trading: Trading = field(default_factory=Trading)
    engine: str = "auto"
    benchmark: InstrumentId | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Fills:
    """Executions, in order; every array has shape (F,).

    Parameters
    ----------
    order_ref
        The order that was executed (an `Orders.ref`).
    bar
        Index into the timeline of the bar that filled it.
    instrument
        Column of the instrument.
    quantity
        Signed units: + bought, - sold.
    price
        Currency per unit.
    commission
        Currency, 0 or more; holds the interest charged on what the fill closed.
    pnl
        Realised by the closing part before commission, currency.
    position
        Signed units held after it.
    """

    order_ref: Ints
    bar: Ints
    instrument: Ints
    quantity: Floats
    price: Floats
    commission: Floats
    pnl: Floats
    position: Floats

    def __len__(self) -> int:
        return len(self.bar)


@dataclass(frozen=True, slots=True, eq=False)
class Orders:
    """Orders in the order they were created; every array has shape (N,).

    Parameters
    ----------
    ref, parent_ref
        1, 2, 3 ...; the bracket's parent, 0 = none.
    bar
        Index of the bar at whose close it was created (with cheat-on-open: at whose open).
    instrument
        Column of the instrument.
    type, status
        Index into `ORDER_TYPES` and `ORDER_STATUSES` (the status at the end).
    quantity
        Signed units ordered.
    price
        The trigger or limit as created (for a stop-limit the stop); NaN for a market order.
    limit_price
        The limit of a stop-limit; NaN otherwise.
    filled_quantity, average_price
        Signed units filled, and their volume-weighted price; NaN if none.
    final_bar
        Index of the bar of its last change.
    """

    ref: Ints
    parent_ref: Ints
    bar: Ints
    instrument: Ints
    type: Ints
    status: Ints
    quantity: Floats
    price: Floats
    limit_price: Floats
    filled_quantity: Floats
    average_price: Floats
    final_bar: Ints

    def __len__(self) -> int:
        return len(self.ref)


@dataclass(frozen=True, slots=True, eq=False)
class OrderEvents:
    """Every change of an order's state as the strategy was told; every array has shape (E,).

    Parameters
    ----------
    ref, bar
        The order, and the index of the bar at which it was told.
    status
        Index into `ORDER_STATUSES`.
    filled_quantity, average_price
        Signed units filled so far and their price; 0 and 0 before a fill.
    """

    ref: Ints
    bar: Ints
    status: Ints
    filled_quantity: Floats
    average_price: Floats

    def __len__(self) -> int:
        return len(self.ref)


@dataclass(frozen=True, slots=True, eq=False)
class RoundTrips:
    """Holdings from flat to flat; every array has shape (R,).

    Parameters
    ----------
    instrument
        Column of the instrument.
    entry_bar, exit_bar
        Index of the first and the last fill's bar; exit_bar = -1 while still open.
    quantity
        Signed units at the largest.
    entry_price, exit_price
        Volume-weighted, currency per unit; exit_price NaN while open.
    pnl, commission
        Currency: realised before commission, and all commissions of it. Net = pnl - commission.
    """

    instrument: Ints
    entry_bar: Ints
    exit_bar: Ints
    quantity: Floats
    entry_price: Floats
    exit_price: Floats
    pnl: Floats
    commission: Floats

    def __len__(self) -> int:
        return len(self.instrument)


@dataclass(frozen=True, slots=True, eq=False)
class BacktestResult:
    """What a simulator hands back.

    Parameters
    ----------
    simulator
        Name and version: ``backtrader 1.9.78.123``.
    instrument_ids
        K instruments, in column order.
    end, session_date
        shape (T,): the timeline (int64 ns UTC; datetime64[D]).
    nav, cash
        shape (T,): at each bar's close, currency.
    position
        shape (T, K): signed units at each bar's close.
    close
        shape (T, K): the last close known, currency per unit; NaN before the first.
    fills, orders, order_events, round_trips
        See their own pages.
    dividends
        shape (T,): dividends paid into cash at each bar, currency.
    """

    simulator: str
    instrument_ids: tuple[InstrumentId, ...]
    end: Ints
    session_date: Dates
    nav: Floats
    cash: Floats
    position: Floats
    close: Floats
    fills: Fills
    orders: Orders
    order_events: OrderEvents
    round_trips: RoundTrips
    dividends: Floats

    @property
    def final_cash(self) -> float:
        """Cash after the last bar, currency."""
        return float(self.cash[-1])

    @property
    def final_nav(self) -> float:
        """Cash plus market value after the last bar, currency."""
        return float(self.nav[-1])
