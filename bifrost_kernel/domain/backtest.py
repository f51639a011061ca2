"""A backtest's question and its answer.

`BacktestSpec` says all that decides the result besides the bars and the strategy's
source. `BacktestResult` is what a simulator hands back: arrays over the run's timeline.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from bifrost_kernel.domain.bars import Adjustment, BarSpec
from bifrost_kernel.domain.errors import require
from bifrost_kernel.domain.orders import OrderStatus, OrderType

if TYPE_CHECKING:
    from datetime import date

    from bifrost_kernel.domain.bars import Dates, Floats, Ints
    from bifrost_kernel.domain.instruments import InstrumentId
    from bifrost_kernel.domain.strategies import Value

ORDER_TYPES = tuple(OrderType)
ORDER_STATUSES = tuple(OrderStatus)


class CommissionKind(StrEnum):
    """What a commission is counted on."""

    PERCENT = "percent"
    PER_SHARE = "per_share"
    PER_ORDER = "per_order"
    FUTURES = "futures"


class SlippageKind(StrEnum):
    """How far a fill lands from the price it was matched at."""

    NONE = "none"
    PERCENT = "percent"
    FIXED = "fixed"


class SizingKind(StrEnum):
    """How many units an entry orders."""

    UNITS = "units"
    PERCENT = "percent"
    PERCENT_WHOLE = "percent_whole"


class FillerKind(StrEnum):
    """How much of an order one bar can fill."""

    ALL = "all"
    FIXED_SIZE = "fixed_size"
    BAR_PERCENT = "bar_percent"
    BAR_POINT_PERCENT = "bar_point_percent"


@dataclass(frozen=True, slots=True)
class Commission:
    """What the broker takes for a fill.

    Parameters
    ----------
    kind, rate
        PERCENT: fraction of notional (0.001 = 0.1 %). PER_SHARE: currency per unit.
        PER_ORDER: currency per fill. FUTURES: currency per contract.
    margin
        FUTURES only: currency of cash bound per contract.
    multiplier
        FUTURES only: currency per point and contract.
    """

    kind: CommissionKind = CommissionKind.PERCENT
    rate: float = 0.0
    margin: float | None = None
    multiplier: float = 1.0

    def __post_init__(self) -> None:
        require(_is_number(self.rate) and self.rate >= 0, "commission", self.rate, "0 or more")
        if self.kind is CommissionKind.FUTURES:
            ok = self.margin is not None and _is_number(self.margin) and self.margin > 0
            require(ok, "margin", self.margin, "a positive amount per contract")
        require(
            _is_number(self.multiplier) and self.multiplier > 0,
            "multiplier", self.multiplier, "a positive number",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Slippage:
    """How fills miss their price; the switches are Backtrader's, with its defaults.

    Parameters
    ----------
    kind, amount
        PERCENT: fraction of the price. FIXED: currency per unit.
    on_open
        Slip fills at a bar's open too.
    on_limit
        Slip limit orders, never beyond their limit.
    is_capped
        Cap the slipped price to the bar's high and low; without it such an order waits.
    allows_outside
        Let a fill at the open slip outside the bar's range.
    """

    kind: SlippageKind = SlippageKind.NONE
    amount: float = 0.0
    on_open: bool = False
    on_limit: bool = True
    is_capped: bool = True
    allows_outside: bool = False

    def __post_init__(self) -> None:
        ok = _is_number(self.amount) and 0 <= self.amount
        require(ok, "slippage", self.amount, "0 or more")
        if self.kind is SlippageKind.PERCENT:
            require(self.amount < 1, "slippage", self.amount, "a fraction below 1 (0.001 = 0.1 %)")


@dataclass(frozen=True, slots=True)
class Sizing:
    """How many units an entry orders.

    Parameters
    ----------
    kind, value
        UNITS: that many. PERCENT: so many percent of the free cash at the signal's
        close, fractional units. PERCENT_WHOLE: likewise, whole units only.
    """

    kind: SizingKind = SizingKind.PERCENT_WHOLE
    value: float = 95.0

    def __post_init__(self) -> None:
        require(_is_number(self.value) and self.value > 0, "size", self.value, "a positive number")
        if self.kind is not SizingKind.UNITS:
            require(self.value <= 100, "size", self.value, "at most 100 %")


@dataclass(frozen=True, slots=True)
class Filler:
    """How much of an order one bar can fill.

    Parameters
    ----------
    kind, value
        ALL: everything. FIXED_SIZE: at most `value` units, and no more than the bar's volume.
        BAR_PERCENT: `value` percent of the bar's volume. BAR_POINT_PERCENT: the volume spread
        evenly over the bar's price range, `value` percent of one step's share.
    min_move
        BAR_POINT_PERCENT only: the price step, currency per unit.
    """

    kind: FillerKind = FillerKind.ALL
    value: float = 100.0
    min_move: float = 0.01

    def __post_init__(self) -> None:
        require(
            _is_number(self.value) and self.value > 0, "filler", self.value, "a positive number"
        )
        require(
            _is_number(self.min_move) and self.min_move > 0, "min_move", self.min_move, "positive"
        )


@dataclass(frozen=True, slots=True)
class Trading:
    """The simulated account and its broker.

    Parameters
    ----------
    cash
        Opening cash, currency.
    commission, slippage, sizing, filler
        See their own pages.
    leverage
        1.0 = none: cash bound by a position is its value / leverage.
    interest_per_year
        Fraction per year charged on short positions (and long ones with `charges_long`),
        per calendar day.
    charges_long
        Charge interest on long positions as well.
    is_cheat_on_close
        Fill market orders at the close of the signal's own bar.
    is_cheat_on_open
        Decide before the open and fill at that same open.
    short_cash
        Selling short adds its proceeds to cash (stocks).
    """

    cash: float = 1_000_000.0
    commission: Commission = field(default_factory=Commission)
    slippage: Slippage = field(default_factory=Slippage)
    sizing: Sizing = field(default_factory=Sizing)
    filler: Filler = field(default_factory=Filler)
    leverage: float = 1.0
    interest_per_year: float = 0.0
    charges_long: bool = False
    is_cheat_on_close: bool = False
    is_cheat_on_open: bool = False
    short_cash: bool = True

    def __post_init__(self) -> None:
        require(_is_number(self.cash) and self.cash > 0, "cash", self.cash, "a positive amount")
        ok = _is_number(self.leverage) and self.leverage > 0
        require(ok, "leverage", self.leverage, "a positive number")
        ok = _is_number(self.interest_per_year) and self.interest_per_year >= 0
        require(ok, "interest", self.interest_per_year, "a fraction per year, 0 or more")


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
        Currency, 0 or more.
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
        Index of the bar at whose close it was created.
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


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
