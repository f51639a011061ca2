"""One account's arithmetic: what an order costs, whether it may go out, what it changes.

The order of operations is that of Backtrader's broker for stocks without leverage or
interest; each sum here is one of its sums, so results are equal bit for bit.

Imports numba: load it on first use only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bifrost_kernel.engines.strategy.calc.fast.settings import (
    FRACTION,
    PER_SHARE,
    PERCENT,
    UNITS,
    Settings,
)
from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats


class Holding(NamedTuple):
    """Units held of one instrument.

    Parameters
    ----------
    units
        Signed.
    price
        Average entry price, currency per unit; 0 when flat.
    """

    units: float
    price: float


class Execution(NamedTuple):
    """What became of one order at its execution.

    Parameters
    ----------
    cash, holding
        The account afterwards.
    quantity
        Signed units filled; 0 when nothing was.
    commission, pnl
        Currency; pnl before commission, of what was closed.
    is_short_of_cash
        True when the opening part was refused.
    """

    cash: float
    holding: Holding
    quantity: float
    commission: float
    pnl: float
    is_short_of_cash: bool


@compiled
def read_settings(numbers: Floats) -> Settings:
    """Return the settings out of what `pack_settings` made; shape (12,)."""
    return Settings(
        numbers[0],
        int(numbers[1]),
        numbers[2],
        int(numbers[3]),
        numbers[4],
        numbers[5],
        numbers[6],
        numbers[7],
        numbers[8],
        int(numbers[9]),
        int(numbers[10]),
        int(numbers[11]),
    )


@compiled
def commission_of(units: float, price: float, settings: Settings) -> float:
    """Return the commission on so many units, currency."""
    if settings.commission == PERCENT:
        return abs(units) * settings.rate * price
    if settings.commission == PER_SHARE:
        return abs(units) * settings.rate
    return settings.rate


@compiled
def parts_of(held: float, units: float) -> tuple[float, float]:
    """Return how many of an order's units open a holding, and how many close one; signed."""
    after = held + units
    if after == 0.0:
        return 0.0, units
    if held == 0.0 or (held > 0.0) == (units > 0.0):
        return units, 0.0
    if (after > 0.0) == (held > 0.0):
        return 0.0, units
    return after, -held


@compiled
def cash_left(cash: float, opened: float, closed: float, price: float, settings: Settings) -> float:
    """Return what an order would leave of the cash at its creation price, currency.

    Parameters
    ----------
    cash
        Currency, as the orders before it in the batch leave it.
    opened, closed
        The order's parts, see `parts_of`.
    price
        Currency per unit.
    settings
        The account.
    """
    if closed != 0.0:
        cash += -closed * price
        cash -= commission_of(closed, price, settings)
    if opened != 0.0:
        cash -= opened * price
        cash -= commission_of(opened, price, settings)
    return cash


@compiled
def moved(holding: Holding, units: float, price: float) -> Holding:
    """Return a holding after so many units were traded at a price."""
    held = holding.units
    after = held + units
    if after == 0.0:
        return Holding(after, 0.0)
    if held != 0.0 and (held > 0.0) == (units > 0.0):
        return Holding(after, (holding.price * held + units * price) / after)
    if held != 0.0 and (after > 0.0) == (held > 0.0):
        return Holding(after, holding.price)
    return Holding(after, price)


@compiled
def execute(
    cash: float, holding: Holding, opened: float, closed: float, price: float, settings: Settings
) -> Execution:
    """Fill an order: the closing part always, the opening part if the cash suffices.

    Parameters
    ----------
    cash, holding
        The account before.
    opened, closed
        The order's parts, see `parts_of`.
    price
        What it fills at.
    settings
        The account.
    """
    if closed == 0.0:
        return _open(cash, holding, opened, price, settings)
    pnl = -closed * (price - holding.price)
    cash += -closed * holding.price + pnl
    paid = commission_of(closed, price, settings)
    cash -= paid
    if opened == 0.0:
        return Execution(cash, moved(holding, closed, price), closed, paid, pnl, False)
    paid_to_open = commission_of(opened, price, settings)
    left = cash - opened * price
    left -= paid_to_open
    if left < 0.0:
        return Execution(cash, moved(holding, closed, price), closed, paid, pnl, True)
    units = closed + opened
    return Execution(left, moved(holding, units, price), units, paid + paid_to_open, pnl, False)


@compiled
def _open(
    cash: float, holding: Holding, units: float, price: float, settings: Settings
) -> Execution:
    paid = commission_of(units, price, settings)
    left = cash - units * price
    left -= paid
    if left < 0.0:
        return Execution(cash, holding, 0.0, 0.0, 0.0, True)
    held = holding.units
    after = held + units
    average = price if held == 0.0 else (holding.price * held + units * price) / after
    return Execution(left, Holding(after, average), units, paid, 0.0, False)


@compiled
def entry_size(cash: float, held: float, price: float, settings: Settings) -> float:
    """Return how many units the run's sizing orders, 0 or more.

    Notes
    -----
    A share of the cash is a share of the free cash when flat, and the present holding when
    there is one: a short turned into a long has as many units.
    """
    if settings.sizing == UNITS:
        return settings.size
    size = held if held != 0.0 else cash / price * settings.size
    return abs(size) if settings.sizing == FRACTION else abs(np.trunc(size))


@compiled
def slipped(price: float, high: float, low: float, units: float, settings: Settings) -> float:
    """Return the price that a market order of so many signed units fills at."""
    if units > 0.0:
        higher = price * settings.up + settings.above
        return high if settings.is_capped == 1 and higher > high else higher
    lower = price * settings.down + settings.below
    return low if settings.is_capped == 1 and lower < low else lower
