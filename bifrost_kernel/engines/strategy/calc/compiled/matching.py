"""The price at which a bar fills an order, slippage included; NaN = it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from bifrost_kernel.domain.backtest import ORDER_TYPES
from bifrost_kernel.domain.orders import OrderType
from bifrost_kernel.domain.trading import SlippageKind
from bifrost_kernel.engines.strategy.calc.compiled.clock import instant_of, is_later
from bifrost_kernel.engines.strategy.calc.compiled.settings import SLIPPAGES
from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.engines.strategy.calc.compiled.books import Books
    from bifrost_kernel.engines.strategy.calc.compiled.rows import Holding, OrderRow, Settings

MARKET: Final = ORDER_TYPES.index(OrderType.MARKET)
CLOSE: Final = ORDER_TYPES.index(OrderType.CLOSE)
LIMIT: Final = ORDER_TYPES.index(OrderType.LIMIT)
STOP: Final = ORDER_TYPES.index(OrderType.STOP)
STOP_LIMIT: Final = ORDER_TYPES.index(OrderType.STOP_LIMIT)
TRAILING_STOP: Final = ORDER_TYPES.index(OrderType.TRAILING_STOP)
TRAILING_STOP_LIMIT: Final = ORDER_TYPES.index(OrderType.TRAILING_STOP_LIMIT)
_NO_SLIPPAGE: Final = SLIPPAGES.index(SlippageKind.NONE)
_PERCENT: Final = SLIPPAGES.index(SlippageKind.PERCENT)


@compiled
def price_for(books: Books, order: OrderRow) -> float:
    """Return the price at which the instrument's bar fills an order; NaN = it does not.

    Notes
    -----
    A touched stop-limit is marked as triggered, a close order notes the close. The bar may be an
    old one: pending orders are tried again on it while the instrument pauses.
    """
    settings, holding = books.settings[0], books.holdings[order.column]
    at = holding.offset + holding.index
    opened, high, low = books.open[at], books.high[at], books.low[at]
    closed = books.close[at]
    if order.kind == MARKET:
        return _market_price(settings, holding, order, opened, high, low)
    if order.kind == CLOSE:
        return _close_price(books, holding, order, closed)
    if order.kind == LIMIT:
        return _limit_price(settings, order.size > 0.0, order.price, opened, high, low)
    if order.kind in (STOP, TRAILING_STOP):
        return _stop_price(settings, order.size > 0.0, order.price, opened, high, low)
    if order.is_triggered:
        return _limit_price(settings, order.size > 0.0, order.limit_price, opened, high, low)
    return _stop_limit_price(settings, order, opened, high, low, closed)


@compiled
def trail(order: OrderRow, price: float) -> None:
    """Move a trailing stop after a price, towards it only."""
    has_amount = order.trail_amount != 0.0
    distance = order.trail_amount if has_amount else price * order.trail_fraction
    if order.size > 0.0:
        price += distance
        moves = price < order.price
    else:
        price -= distance
        moves = price > order.price
    if moves:
        order.price = price
        if order.kind == TRAILING_STOP_LIMIT:
            order.limit_price = price - order.limit_offset


@compiled
def _slipped(settings: Settings, is_buy: bool, price: float, bound: float, is_limit: bool) -> float:
    if settings.slippage == _NO_SLIPPAGE:
        return price
    sign = 1.0 if is_buy else -1.0
    if settings.slippage == _PERCENT:
        slipped = price * (1.0 + sign * settings.slip)
    else:
        slipped = price + sign * settings.slip
    if (slipped <= bound) if is_buy else (slipped >= bound):
        return slipped
    if settings.slips_capped or (is_limit and settings.slips_limit):
        return slipped if settings.slips_outside else bound
    return np.nan


@compiled
def _market_price(
    settings: Settings, holding: Holding, order: OrderRow, opened: float, high: float, low: float
) -> float:
    if settings.is_cheat_on_close:
        price = order.sent_close
    elif settings.is_cheat_on_open or holding.index > order.sent_index:
        price = opened
    else:
        return np.nan
    if not settings.slips_open:
        return price
    is_buy = order.size > 0.0
    return _slipped(settings, is_buy, price, high if is_buy else low, False)


@compiled
def _close_price(books: Books, holding: Holding, order: OrderRow, closed: float) -> float:
    if holding.index > order.sent_index:
        now = instant_of(books, holding)
        if not is_later(order.session_end_us, now):
            is_past = is_later(now, order.session_end_us)
            return order.noted_close if order.noted_close != 0.0 and is_past else closed
    order.noted_close = closed
    return np.nan


@compiled
def _limit_price(
    settings: Settings, is_buy: bool, limit: float, opened: float, high: float, low: float
) -> float:
    if (limit >= opened) if is_buy else (limit <= opened):
        if not settings.slips_open:
            return opened
        return _slipped(settings, is_buy, opened, min(high, limit) if is_buy else limit, True)
    if (limit >= low) if is_buy else (limit <= high):
        return limit
    return np.nan


@compiled
def _stop_price(
    settings: Settings, is_buy: bool, trigger: float, opened: float, high: float, low: float
) -> float:
    bound = high if is_buy else low
    if (opened >= trigger) if is_buy else (opened <= trigger):
        if not settings.slips_open:
            return opened
        return _slipped(settings, is_buy, opened, bound, False)
    if (bound >= trigger) if is_buy else (bound <= trigger):
        return _slipped(settings, is_buy, trigger, bound, False)
    return np.nan


@compiled
def _stop_limit_price(
    settings: Settings, order: OrderRow, opened: float, high: float, low: float, closed: float
) -> float:
    is_buy, trigger, limit = order.size > 0.0, order.price, order.limit_price
    if (opened >= trigger) if is_buy else (opened <= trigger):
        order.is_triggered = 1
        return _limit_price(settings, is_buy, limit, opened, high, low)
    bound = high if is_buy else low
    if (bound < trigger) if is_buy else (bound > trigger):
        return np.nan
    order.is_triggered = 1
    # the bar went through the trigger: after it came what leads to the close
    if (limit >= trigger) if is_buy else (limit <= trigger):
        return _slipped(settings, is_buy, trigger, bound, True)
    if is_buy:
        reaches = opened > closed and limit >= closed
    else:
        reaches = opened <= closed and limit <= closed
    return limit if reaches else np.nan
