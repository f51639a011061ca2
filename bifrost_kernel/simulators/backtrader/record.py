"""What happened in a run, noted in plain lists while it happens, and the result made of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from bifrost_kernel.domain.backtest import (
    ORDER_STATUSES,
    ORDER_TYPES,
    BacktestResult,
    Fills,
    OrderEvents,
    Orders,
)
from bifrost_kernel.domain.errors import InvalidInputError, SimulationError
from bifrost_kernel.domain.orders import OrderStatus, OrderType
from bifrost_kernel.engines.strategy import engine

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarPanel, Floats, Ints

# by Backtrader's own numbers: Market, Close, Limit, Stop, StopLimit, StopTrail, StopTrailLimit
_TYPES = (
    OrderType.MARKET,
    OrderType.CLOSE,
    OrderType.LIMIT,
    OrderType.STOP,
    OrderType.STOP_LIMIT,
    OrderType.TRAILING_STOP,
    OrderType.TRAILING_STOP_LIMIT,
)
# Created, Submitted, Accepted, Partial, Completed, Canceled, Expired, Margin, Rejected
_STATUSES = (
    OrderStatus.PENDING_NEW,
    OrderStatus.PENDING_NEW,
    OrderStatus.NEW,
    OrderStatus.PARTIALLY_FILLED,
    OrderStatus.FILLED,
    OrderStatus.CANCELED,
    OrderStatus.EXPIRED,
    OrderStatus.MARGIN,
    OrderStatus.REJECTED,
)
_UNPRICED = (OrderType.MARKET, OrderType.CLOSE)
_TWO_PRICED = (OrderType.STOP_LIMIT, OrderType.TRAILING_STOP_LIMIT)
_TYPE_CODES = tuple(ORDER_TYPES.index(one) for one in _TYPES)
_STATUS_CODES = tuple(ORDER_STATUSES.index(one) for one in _STATUSES)


def status_code(order: Any) -> int:
    """Return the present status of one of Backtrader's orders, an index into `ORDER_STATUSES`."""
    return _STATUS_CODES[int(order.status)]


def type_number(kind: int) -> int:
    """Return Backtrader's number of an order type.

    Parameters
    ----------
    kind
        Index into `ORDER_TYPES`.
    """
    return _TYPE_CODES.index(kind)


class Record:
    """The run's notebook.

    Parameters
    ----------
    panel
        The timeline.
    cash0
        Opening cash, currency.

    Attributes
    ----------
    bar
        Index of the bar that is being worked on; T after the last.
    dividends
        shape (T,): cash paid in at each bar, currency.
    """

    def __init__(self, panel: BarPanel, cash0: float) -> None:
        self.panel = panel
        self.cash0 = cash0
        self.bar = 0
        self.columns: dict[int, int] = {}
        self.dividends = np.zeros(len(panel))
        self._orders: list[Any] = []
        self._created: list[tuple[Any, ...]] = []
        self._numbers: dict[int, int] = {}
        self._changed: list[int] = []
        self._events: list[tuple[Any, ...]] = []
        self._fills: list[tuple[Any, ...]] = []
        self._nav: list[float] = []
        self._cash: list[float] = []
        self._held = [0.0] * len(panel.instrument_ids)

    @property
    def last_bar(self) -> int:
        """Index of the bar that is being worked on, never beyond the last."""
        return min(self.bar, len(self.panel) - 1)

    @property
    def has_begun(self) -> bool:
        """True once a bar's account was noted."""
        return bool(self._nav)

    def place(self) -> str:
        """Return where the run is, in words: ``bar 12 (2005-03-04)``."""
        return f"bar {self.last_bar} ({self.panel.session_date[self.last_bar]})"

    def note_order(self, order: Any) -> None:
        """Note an order as it leaves the strategy.

        Raises
        ------
        InvalidInputError
            Its size or a price of it is not a finite number.
        """
        created = order.created
        _require_finite(order)
        kind = _TYPES[order.exectype]
        self._orders.append(order)
        self._numbers[order.ref] = len(self._orders)
        self._changed.append(self.last_bar)
        self._created.append(
            (
                0 if order.parent is None else self._numbers.get(order.parent.ref, 0),
                self.last_bar,
                self.columns[id(order.data)],
                _TYPE_CODES[order.exectype],
                created.size,
                math.nan if kind in _UNPRICED else created.price,
                created.pricelimit if kind in _TWO_PRICED else math.nan,
            )
        )

    def note_change(self, order: Any) -> None:
        """Note that an order's state has just changed."""
        self._changed[self._numbers[order.ref] - 1] = self.last_bar

    def note_told(self, order: Any) -> None:
        """Note what the strategy was told about an order, and the fills in it."""
        number = self._numbers[order.ref]
        executed = order.executed
        code = _STATUS_CODES[order.status]
        self._events.append((number, self.bar, code, executed.size, executed.price))
        for bit in executed.iterpending():
            held_in = order.data if order.data._compensate is None else order.data._compensate  # noqa: SLF001  # Backtrader's name for the holding that is moved
            column = self.columns[id(held_in)]
            held = self._held[column] = self._held[column] + bit.size
            self._fills.append(
                (number, self.bar, column, bit.size, bit.price, bit.comm, bit.pnl, held)
            )

    def note_value(self, cash: float, nav: float) -> None:
        """Note the account at the bar's close.

        Raises
        ------
        SimulationError
            It is no longer a finite number.
        """
        if not (math.isfinite(nav) and math.isfinite(cash)):
            name, value = ("cash", cash) if not math.isfinite(cash) else ("nav", nav)
            raise SimulationError(
                f"{name} became {float(value)} at {self.place()}; look at the sizes and prices "
                "of the orders before it",
                context={"bar": self.bar, "name": name},
            )
        self._cash.append(cash)
        self._nav.append(nav)

    def result(self, simulator: str) -> BacktestResult:
        """Return the result, once every bar was seen.

        Parameters
        ----------
        simulator
            Name and version of what ran.
        """
        panel = self.panel
        fills = self._make_fills()
        return BacktestResult(
            simulator=simulator,
            instrument_ids=panel.instrument_ids,
            end=panel.end,
            session_date=panel.session_date,
            nav=np.array(self._nav, dtype=np.float64),
            cash=np.array(self._cash, dtype=np.float64),
            position=_positions(fills, len(panel), len(panel.instrument_ids)),
            close=_last_known(panel.close),
            fills=fills,
            orders=self._make_orders(),
            order_events=self._make_events(),
            round_trips=engine.round_trips(fills, len(panel.instrument_ids)),
            dividends=self.dividends,
        )

    def _make_fills(self) -> Fills:
        ref, bar, instrument, *numbers = _turn(self._fills, 8)
        return Fills(_ints(ref), _ints(bar), _ints(instrument), *(_floats(one) for one in numbers))

    def _make_events(self) -> OrderEvents:
        ref, bar, status, filled, price = _turn(self._events, 5)
        return OrderEvents(_ints(ref), _ints(bar), _ints(status), _floats(filled), _floats(price))

    def _make_orders(self) -> Orders:
        parent, bar, instrument, kind, quantity, price, limit_price = _turn(self._created, 7)
        filled = _floats([one.executed.size for one in self._orders])
        average = _floats([one.executed.price for one in self._orders])
        return Orders(
            ref=np.arange(1, len(self._orders) + 1, dtype=np.int64),
            parent_ref=_ints(parent),
            bar=_ints(bar),
            instrument=_ints(instrument),
            type=_ints(kind),
            status=_ints([_STATUS_CODES[one.status] for one in self._orders]),
            quantity=_floats(quantity),
            price=_floats(price),
            limit_price=_floats(limit_price),
            filled_quantity=filled,
            average_price=np.where(filled == 0, np.nan, average),
            final_bar=_ints(self._changed),
        )


def _require_finite(order: Any) -> None:
    created = order.created
    for name, value in (
        ("size", created.size),
        ("price", created.price),
        ("plimit", created.pricelimit),
        ("trailamount", created.trailamount),
        ("trailpercent", created.trailpercent),
    ):
        if value is not None and not math.isfinite(value):
            raise InvalidInputError(
                f"order {name}: expected a finite number, was {float(value)}",
                context={"name": name},
            )


def _turn(rows: list[tuple[Any, ...]], width: int) -> list[Any]:
    return list(zip(*rows, strict=True)) if rows else [()] * width


def _ints(values: Any) -> Ints:
    return np.array(values, dtype=np.int64)


def _floats(values: Any) -> Floats:
    return np.array(values, dtype=np.float64)


def _positions(fills: Fills, n_bars: int, n_instruments: int) -> Floats:
    result = np.full((n_bars, n_instruments), np.nan)
    result[0] = 0.0
    result[fills.bar, fills.instrument] = fills.position
    return _last_known(result)


def _last_known(values: Floats) -> Floats:
    rows = np.arange(len(values))[:, None]
    latest = np.maximum.accumulate(np.where(np.isnan(values), 0, rows), axis=0)
    return np.take_along_axis(values, latest, axis=0)
