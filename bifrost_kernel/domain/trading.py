"""The simulated account: cash, commission, slippage, sizing and how much a bar can fill."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

from bifrost_kernel.domain.errors import require


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
        PER_ORDER: currency per fill, twice where one order crosses zero. FUTURES: currency
        per contract.
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
        ok = _is_number(self.amount) and self.amount >= 0
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


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
