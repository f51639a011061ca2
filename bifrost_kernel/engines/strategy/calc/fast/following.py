"""From wishes to fills: market orders, sent at a close and filled at the bar after.

An order of one bar is filled, or refused, at the next: no order is ever open when wishes are
looked at, so all that happens to the account happens at wishes.

Imports numba: load it on first use only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from bifrost_kernel.engines.strategy.calc.fast.account import (
    Holding,
    cash_left,
    entry_size,
    execute,
    parts_of,
    slipped,
)
from bifrost_kernel.engines.strategy.calc.fast.exact import LARGEST
from bifrost_kernel.engines.strategy.calc.fast.settings import UNITS, Settings
from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats, Ints

    Codes = np.ndarray[Any, np.dtype[np.uint8]]

ENTER_LONG: Final = 1
LEAVE_LONG: Final = 2
ENTER_SHORT: Final = 4
LEAVE_SHORT: Final = 8
TARGET: Final = 16

FILL_COLUMNS: Final = 7
NO_FAULT: Final = 0
BAD_FILL_PRICE: Final = 1
BAD_CLOSE: Final = 2
BAD_TARGET: Final = 3
BAD_SIZE: Final = 4


class Prices(NamedTuple):
    """Prices of one instrument, each of shape (T,), currency per unit.

    Parameters
    ----------
    open, close
        Of every bar.
    high, low
        Of every bar where market orders slip, else empty.
    """

    open: Floats
    high: Floats
    low: Floats
    close: Floats


class Wishes(NamedTuple):
    """What is wished at some bars.

    Parameters
    ----------
    bars, codes
        Index of the bar, oldest first, and the sum of the wishes there (ENTER_LONG ...).
    n_wishes
        How many places of both are filled in.
    targets
        shape (T,): signed units to hold, looked at where the code says TARGET.
    fill_prices, closes
        Room for as many prices.
    """

    bars: Ints
    codes: Codes
    n_wishes: int
    targets: Floats
    fill_prices: Floats
    closes: Floats


class Account(NamedTuple):
    """An account between two wishes.

    Parameters
    ----------
    cash, holding
        Currency and units.
    n_fills, n_orders, n_refused
        Fills so far; orders sent, and those of them that ended for lack of cash.
    fault, fault_bar
        Why and where the run cannot go on; NO_FAULT and 0 when it can.
    """

    cash: float
    holding: Holding
    n_fills: int
    n_orders: int
    n_refused: int
    fault: int
    fault_bar: int


class Traded(NamedTuple):
    """What became of the orders of one wish.

    Parameters
    ----------
    cash, holding
        The account afterwards.
    n_fills, n_flat, n_refused
        Fills, those that left nothing held, and orders that ended for lack of cash.
    """

    cash: float
    holding: Holding
    n_fills: int
    n_flat: int
    n_refused: int


class Log(NamedTuple):
    """Fills in order.

    Parameters
    ----------
    places
        shape (F, 2): the order's number (1, 2, 3 ...), and the bar it filled at.
    numbers
        shape (F, 7): signed units, price, commission, pnl, and afterwards: signed units held,
        cash, average entry price.
    """

    places: Ints
    numbers: Floats


@compiled
def open_account(cash: float) -> Account:
    """Return an account that holds nothing but cash."""
    return Account(cash, Holding(0.0, 0.0), 0, 0, 0, NO_FAULT, 0)


@compiled
def with_room(log: Log, count: int) -> Log:
    """Return the log with at least `count` places, its fills kept.

    Notes
    -----
    Copied place by place: an assignment of slices costs seconds to compile.
    """
    size = len(log.places)
    if size >= count:
        return log
    places = np.empty((2 * count, 2), np.int64)
    numbers = np.empty((2 * count, FILL_COLUMNS))
    for i in range(size):
        places[i, 0] = log.places[i, 0]
        places[i, 1] = log.places[i, 1]
        for j in range(FILL_COLUMNS):
            numbers[i, j] = log.numbers[i, j]
    return Log(places, numbers)


@compiled
def follow(
    prices: Prices, wishes: Wishes, settings: Settings, account: Account, log: Log
) -> Account:
    """Send what is wished, fill what the cash allows, note the fills.

    Parameters
    ----------
    prices, wishes, settings
        What to trade, when, on what terms.
    account
        Before the first wish.
    log
        Written to; has room for two more fills a wish.

    Returns
    -------
    Account
        After the last wish's fills.

    Notes
    -----
    Only numbers are handed to the functions called for each order: handing on an array costs
    more than the order does.
    """
    account = _look_up_prices(prices, wishes, settings, account)
    if account.fault != NO_FAULT:
        return account
    cash, holding, n_fills, n_orders, n_refused, _, _ = account
    last = len(prices.close) - 1
    for i in range(wishes.n_wishes):
        bar = wishes.bars[i]
        close = wishes.closes[i]
        code = wishes.codes[i]
        target = wishes.targets[bar] if code & TARGET else 0.0
        orders = orders_of(code, target, cash, holding.units, close, settings)
        if not abs(orders[0]) + abs(orders[1]) < LARGEST:
            return with_fault(account, BAD_TARGET if code & TARGET else BAD_SIZE, bar)
        left = cash
        held = holding.units
        for place in range(2):
            units = orders[1] if place else orders[0]
            if units == 0.0:
                continue
            n_orders += 1
            opened, closed = parts_of(held, units)
            left = cash_left(left, opened, closed, close, settings)
            held += units
            if bar == last or not left >= 0.0:
                n_refused += bar != last
                continue
            price = wishes.fill_prices[i]
            if settings.is_slipping == 1:
                price = slipped(price, prices.high[bar + 1], prices.low[bar + 1], units, settings)
            opened, closed = parts_of(holding.units, units)
            done = execute(cash, holding, opened, closed, price, settings)
            cash = done.cash
            holding = done.holding
            n_refused += done.is_short_of_cash
            if done.quantity != 0.0:
                log.places[n_fills, 0] = n_orders
                log.places[n_fills, 1] = bar + 1
                log.numbers[n_fills, 0] = done.quantity
                log.numbers[n_fills, 1] = price
                log.numbers[n_fills, 2] = done.commission
                log.numbers[n_fills, 3] = done.pnl
                log.numbers[n_fills, 4] = holding.units
                log.numbers[n_fills, 5] = cash
                log.numbers[n_fills, 6] = holding.price
                n_fills += 1
    return Account(cash, holding, n_fills, n_orders, n_refused, NO_FAULT, 0)


@compiled
def orders_of(
    code: int, target: float, cash: float, held: float, close: float, settings: Settings
) -> tuple[float, float]:
    """Return the orders that a wish becomes, in signed units; 0 = none.

    Parameters
    ----------
    code, target
        The wish.
    cash, held, close
        Currency, signed units and currency per unit at this bar's close.
    settings
        The account.

    Notes
    -----
    Rules 1 to 3 of `Signals`: first what closes the holding (or changes it to the target),
    then what enters.
    """
    if code & TARGET:
        return target - held, 0.0
    direction = (code & ENTER_LONG) - (code & ENTER_SHORT) // ENTER_SHORT
    leaves = (code & LEAVE_LONG and held > 0.0) or (code & LEAVE_SHORT and held < 0.0)
    if direction == 0 or held * direction > 0.0:
        return (-held if leaves else 0.0), 0.0
    return -held, direction * entry_size(cash, held, close, settings)


@compiled
def _look_up_prices(
    prices: Prices, wishes: Wishes, settings: Settings, account: Account
) -> Account:
    # All at once: the prices of single bars come from far away, and can be waited for together.
    last = len(prices.close) - 1
    bars = wishes.bars
    for i in range(wishes.n_wishes):
        bar = bars[i]
        wishes.closes[i] = prices.close[bar]
        if settings.fills_at_close == 1:
            wishes.fill_prices[i] = prices.close[bar]
        else:
            wishes.fill_prices[i] = prices.open[min(bar + 1, last)]
    bad = 0
    for i in range(wishes.n_wishes):
        bad |= not abs(wishes.fill_prices[i]) < LARGEST
        bad |= settings.sizing != UNITS and wishes.closes[i] == 0.0
    return _name_fault(wishes, settings, account, last) if bad else account


@compiled
def _name_fault(wishes: Wishes, settings: Settings, account: Account, last: int) -> Account:
    for i in range(wishes.n_wishes):
        bar = wishes.bars[i]
        if not abs(wishes.fill_prices[i]) < LARGEST:
            return with_fault(account, BAD_FILL_PRICE, min(bar + 1, last))
        if settings.sizing != UNITS and wishes.closes[i] == 0.0:
            return with_fault(account, BAD_CLOSE, bar)
    return account


@compiled
def with_fault(account: Account, fault: int, bar: int) -> Account:
    """Return the account with why and where its run cannot go on."""
    return Account(
        account.cash,
        account.holding,
        account.n_fills,
        account.n_orders,
        account.n_refused,
        fault,
        bar,
    )


@compiled
def trade(
    cash: float,
    holding: Holding,
    orders: tuple[float, float],
    prices: tuple[float, float, float],
    settings: Settings,
) -> Traded:
    """Check and fill the orders of one wish, without a log.

    Parameters
    ----------
    cash, holding
        The account before.
    orders
        As `orders_of` gives them.
    prices
        Close that they were sent at, and what a purchase and a sale fill at.
    settings
        The account's.
    """
    left = cash
    held = holding.units
    n_fills = n_flat = n_refused = 0
    for place in range(2):
        units = orders[1] if place else orders[0]
        if units == 0.0:
            continue
        opened, closed = parts_of(held, units)
        left = cash_left(left, opened, closed, prices[0], settings)
        held += units
        if not left >= 0.0:
            n_refused += 1
            continue
        opened, closed = parts_of(holding.units, units)
        price = prices[1] if units > 0.0 else prices[2]
        done = execute(cash, holding, opened, closed, price, settings)
        cash = done.cash
        holding = done.holding
        n_refused += done.is_short_of_cash
        n_fills += done.quantity != 0.0
        n_flat += done.quantity != 0.0 and holding.units == 0.0
    return Traded(cash, holding, n_fills, n_flat, n_refused)
