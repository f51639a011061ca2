"""The words of orders: sides, types, lifetimes and states (FIX 5.0 SP2)."""

from __future__ import annotations

from enum import StrEnum


class Side(StrEnum):
    """Direction of an order (FIX tag 54)."""

    BUY = "BUY"
    SELL = "SELL"


class OrderType(StrEnum):
    """How an order finds its price (FIX tag 40; the close and trailing kinds are Backtrader's)."""

    MARKET = "MARKET"
    CLOSE = "CLOSE"
    LIMIT = "LIMIT"
    STOP = "STOP"
    STOP_LIMIT = "STOP_LIMIT"
    TRAILING_STOP = "TRAILING_STOP"
    TRAILING_STOP_LIMIT = "TRAILING_STOP_LIMIT"


class OrderStatus(StrEnum):
    """State of an order (FIX tag 39); MARGIN is the simulator's refusal for want of cash."""

    PENDING_NEW = "PENDING_NEW"
    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    MARGIN = "MARGIN"
    REJECTED = "REJECTED"
