"""Commission, value, margin and interest: Backtrader's formulas, each in its order of operations.

Every amount is in currency, every size in signed units, every price in currency per unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from bifrost_kernel.domain.trading import CommissionKind
from bifrost_kernel.engines.strategy.calc.compiled.settings import COMMISSIONS
from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.engines.strategy.calc.compiled.rows import Holding, Settings

_PERCENT: Final = COMMISSIONS.index(CommissionKind.PERCENT)
_PER_ORDER: Final = COMMISSIONS.index(CommissionKind.PER_ORDER)


@compiled
def commission_on(settings: Settings, size: float, price: float) -> float:
    """Return the commission on a fill's closing or opening part."""
    if settings.commission == _PERCENT:
        return abs(size) * settings.rate * price
    if settings.commission == _PER_ORDER:
        return settings.rate
    return abs(size) * settings.rate


@compiled
def bound_cash(settings: Settings, size: float, price: float) -> float:
    """Return the cash that `size` units bind at a price; below 0 where a short frees cash."""
    if not settings.is_stock:
        value = abs(size) * settings.margin
    elif settings.short_cash:
        value = size * price
    else:
        value = abs(size) * price
    return value / settings.leverage if value > 0.0 else value


@compiled
def worth_of(settings: Settings, size: float, entry_price: float, price: float) -> float:
    """Return what a holding counts for at a price, before leverage."""
    if not settings.is_stock:
        return abs(size) * settings.margin
    if settings.short_cash or size >= 0.0:
        return size * price
    value = entry_price * size
    value += (entry_price - price) * size
    return value


@compiled
def gain_of(settings: Settings, size: float, price: float, new_price: float) -> float:
    """Return the profit of `size` units between two prices."""
    return size * (new_price - price) * settings.multiplier


@compiled
def add_worth(settings: Settings, total: float, holding: Holding, close: float) -> float:
    """Return `total` plus what a holding adds to nav at a close."""
    worth = worth_of(settings, holding.size, holding.price, close)
    gain = gain_of(settings, holding.size, holding.price, close)
    if not settings.short_cash:
        worth = abs(worth)
    if worth > 0.0:
        worth -= gain
        total += worth / settings.leverage
        total += gain
    else:
        total += worth
    return total


@compiled
def units_for(settings: Settings, cash: float, price: float) -> float:
    """Return the whole units that an amount of cash binds; NaN at a price of 0."""
    divisor = price if settings.is_stock else settings.margin
    if divisor == 0.0:
        return np.nan
    return float(np.trunc(settings.leverage * (cash // divisor)))


@compiled
def moved(size: float, price: float, change: float, at: float) -> tuple[float, float, float, float]:
    """Return a holding after a trade: size, average price, units opened, units closed."""
    after = size + change
    if after == 0.0:
        return 0.0, 0.0, 0.0, change
    if size == 0.0:
        return after, at, change, 0.0
    if (size > 0.0 and change > 0.0) or (size < 0.0 and change < 0.0):
        return after, (price * size + change * at) / after, change, 0.0
    if (size > 0.0) == (after > 0.0):
        return after, price, 0.0, change
    return after, at, after, -size
