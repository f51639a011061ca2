"""Several instruments held at target weights.

Imports numba: load it on first use only.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from bifrost_kernel.engines.strategy.calc.fast.account import (
    Holding,
    cash_left,
    execute,
    parts_of,
    read_settings,
    slipped,
)
from bifrost_kernel.engines.strategy.calc.fast.exact import LARGEST
from bifrost_kernel.engines.strategy.calc.fast.following import (
    BAD_CLOSE,
    BAD_FILL_PRICE,
    BAD_TARGET,
    FILL_COLUMNS,
    NO_FAULT,
    Log,
    Prices,
    with_room,
)
from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats, Ints
    from bifrost_kernel.engines.strategy.calc.fast.settings import Settings

_LANES: Final = 8


class Portfolio(NamedTuple):
    """Holdings of K instruments, and room for what is to be done about them.

    Parameters
    ----------
    units, prices
        shape (K,): signed units and average entry prices.
    changes
        shape (K,): signed units to order, 0 for none.
    order
        shape (2 K,): columns in the order in which their orders are sent.
    costs, gains
        shape (8, K): what eight bars' holdings add to nav, one after the other.
    """

    units: Floats
    prices: Floats
    changes: Floats
    order: Ints
    costs: Floats
    gains: Floats


class WeightRun(NamedTuple):
    """What a compiled run hands back; its nav was written in place.

    Parameters
    ----------
    places, numbers, columns
        The log, with room to spare, and the column of each fill.
    n_fills, n_orders, n_refused
        See `Account`.
    fault, fault_bar
        See `Account`.
    """

    places: Ints
    numbers: Floats
    columns: Ints
    n_fills: int
    n_orders: int
    n_refused: int
    fault: int
    fault_bar: int


@compiled
def run_weights(
    prices: Prices, bars: Ints, weights: Floats, settings_numbers: Floats, nav: Floats
) -> WeightRun:
    """Hold target weights.

    Parameters
    ----------
    prices
        Four arrays of shape (T, K); high and low empty where nothing slips.
    bars
        shape (R,): bars at whose close weights are set, ascending.
    weights
        shape (R, K): signed fraction of nav to hold, NaN = as it is.
    settings_numbers
        As `pack_settings` gives them.
    nav
        shape (T,), written to.
    """
    settings = read_settings(settings_numbers)
    n_columns = weights.shape[1]
    book = _make_portfolio(n_columns)
    log = Log(np.empty((0, 2), np.int64), np.empty((0, FILL_COLUMNS)))
    columns = np.empty(0, np.int64)
    cash = settings.cash
    n_fills = n_orders = n_refused = 0
    at = 0
    for i in range(len(bars)):
        bar = bars[i]
        _mark_all(nav, prices.close, at, bar + 1, cash, book)
        at = bar + 1
        fault = _find_changes(prices.close[bar], weights[i], nav[bar], book)
        if fault != NO_FAULT:
            return WeightRun(log.places, log.numbers, columns, 0, 0, 0, fault, bar)
        count = _line_up(book)
        if bar + 1 == len(nav):
            n_orders += count
            break
        log = with_room(log, n_fills + count)
        columns = _with_places(columns, len(log.places), n_fills)
        counts = (n_fills, n_orders, n_refused)
        cash, n_fills, n_orders, n_refused = _trade_all(
            prices, bar, count, settings, cash, counts, book, log, columns
        )
        if not abs(cash) < np.inf:
            return WeightRun(log.places, log.numbers, columns, 0, 0, 0, BAD_FILL_PRICE, bar + 1)
    _mark_all(nav, prices.close, at, len(nav), cash, book)
    for bar in range(len(nav)):
        if not abs(nav[bar]) < np.inf:
            return WeightRun(log.places, log.numbers, columns, 0, 0, 0, BAD_CLOSE, bar)
    return WeightRun(log.places, log.numbers, columns, n_fills, n_orders, n_refused, NO_FAULT, 0)


@compiled
def floor_of_ratio(top: float, bottom: float) -> float:
    """Return top // bottom as Python tells it, for 0 <= top and 0 < bottom.

    Notes
    -----
    The ratio is off by at most half its last digit, so its whole part is right unless it was
    rounded to a whole number: only then the remainder decides.
    """
    ratio = top / bottom
    whole = float(np.floor(ratio))
    if whole != ratio:
        return whole
    exact = (top - np.fmod(top, bottom)) / bottom
    whole = float(np.floor(exact))
    return whole + 1.0 if exact - whole > 0.5 else whole


@compiled
def _make_portfolio(count: int) -> Portfolio:
    return Portfolio(
        np.zeros(count),
        np.zeros(count),
        np.zeros(count),
        np.empty(2 * count + 2, np.int64),
        np.zeros((_LANES, count)),
        np.zeros((_LANES, count)),
    )


@compiled
def _with_places(columns: Ints, size: int, count: int) -> Ints:
    if len(columns) >= size:
        return columns
    more = np.empty(size, np.int64)
    for i in range(count):
        more[i] = columns[i]
    return more


@compiled
def _find_changes(close: Floats, weights: Floats, nav: float, book: Portfolio) -> int:
    # Rule 3 of `Signals`: whole units towards the weight, none where it is NaN.
    bad_close = 0
    bad_weight = 0
    whole = 0
    units = book.units
    changes = book.changes
    for column in range(len(changes)):
        weight = weights[column]
        missing = weight * nav - units[column] * close[column]
        ratio = abs(missing) / close[column]
        floor = np.floor(ratio)
        change = -units[column] if weight == 0.0 else math.copysign(floor, missing)
        changes[column] = 0.0 if np.isnan(weight) else change
        whole |= floor == ratio
        bad_close |= not (close[column] > 0.0)
        bad_weight |= abs(weight) > LARGEST
    if bad_close:
        return BAD_CLOSE
    if bad_weight:
        return BAD_TARGET
    if whole:
        for column in range(len(changes)):
            weight = weights[column]
            if weight != 0.0 and not np.isnan(weight):
                missing = weight * nav - units[column] * close[column]
                floor = floor_of_ratio(abs(missing), close[column])
                changes[column] = math.copysign(floor, missing)
    return NO_FAULT


@compiled
def _line_up(book: Portfolio) -> int:
    # What runs against a holding first, then the others; each group in column order.
    count = len(book.changes)
    order = book.order
    reducing = 0
    adding = count + 1
    for column in range(count):
        change = book.changes[column]
        reduces = book.units[column] * change < 0.0
        order[reducing] = column
        order[adding] = column
        reducing += reduces
        adding += change != 0.0 and not reduces
    for place in range(count + 1, adding):
        order[reducing] = order[place]
        reducing += 1
    return reducing


@compiled
def _trade_all(
    prices: Prices,
    bar: int,
    count: int,
    settings: Settings,
    cash: float,
    counts: tuple[int, int, int],
    book: Portfolio,
    log: Log,
    columns: Ints,
) -> tuple[float, int, int, int]:
    n_fills, n_orders, n_refused = counts
    left = cash
    close = prices.close[bar]
    fill_at = close if settings.fills_at_close == 1 else prices.open[bar + 1]
    for place in range(count):
        column = book.order[place]
        units = book.changes[column]
        holding = Holding(book.units[column], book.prices[column])
        n_orders += 1
        opened, closed = parts_of(holding.units, units)
        left = cash_left(left, opened, closed, close[column], settings)
        if not left >= 0.0:
            n_refused += 1
            continue
        price = fill_at[column]
        if settings.is_slipping == 1:
            high, low = prices.high[bar + 1, column], prices.low[bar + 1, column]
            price = slipped(price, high, low, units, settings)
        done = execute(cash, holding, opened, closed, price, settings)
        cash = done.cash
        book.units[column] = done.holding.units
        book.prices[column] = done.holding.price
        n_refused += done.is_short_of_cash
        if done.quantity != 0.0:
            columns[n_fills] = column
            log.places[n_fills, 0] = n_orders
            log.places[n_fills, 1] = bar + 1
            log.numbers[n_fills, 0] = done.quantity
            log.numbers[n_fills, 1] = price
            log.numbers[n_fills, 2] = done.commission
            log.numbers[n_fills, 3] = done.pnl
            log.numbers[n_fills, 4] = done.holding.units
            log.numbers[n_fills, 5] = cash
            log.numbers[n_fills, 6] = done.holding.price
            n_fills += 1
    return cash, n_fills, n_orders, n_refused


@compiled
def _mark_all(
    nav: Floats, close: Floats, first: int, stop: int, cash: float, book: Portfolio
) -> None:
    # Eight bars at a time, the last ones beyond `stop` where there is room: written again later.
    units, prices, costs, gains = book.units, book.prices, book.costs, book.gains
    bar = first
    while bar < stop and bar + _LANES <= len(nav):
        _split_values(close[bar:stop], units, prices, costs, gains)
        _add_up(costs, gains, cash, nav, bar)
        bar += _LANES
    while bar < stop:
        _split_values(close[bar : bar + 1], units, prices, costs, gains)
        total = 0.0
        for column in range(len(units)):
            total = (total + costs[0, column]) + gains[0, column]
        nav[bar] = cash + total
        bar += 1


@compiled
def _split_values(
    close: Floats, units: Floats, prices: Floats, costs: Floats, gains: Floats
) -> None:
    # A long holding's cost and gain are added apart, a short one's value as a whole.
    for lane in range(min(_LANES, len(close))):
        row = close[lane]
        cost = costs[lane]
        gain = gains[lane]
        for column in range(len(units)):
            value = units[column] * row[column]
            rise = units[column] * (row[column] - prices[column])
            cost[column] = value - rise if value > 0.0 else value
            gain[column] = rise if value > 0.0 else 0.0


@compiled
def _add_up(costs: Floats, gains: Floats, cash: float, nav: Floats, bar: int) -> None:
    # Eight sums in column order side by side: each addition waits for its own sum only.
    sum0 = sum1 = sum2 = sum3 = sum4 = sum5 = sum6 = sum7 = 0.0
    for column in range(costs.shape[1]):
        sum0 = (sum0 + costs[0, column]) + gains[0, column]
        sum1 = (sum1 + costs[1, column]) + gains[1, column]
        sum2 = (sum2 + costs[2, column]) + gains[2, column]
        sum3 = (sum3 + costs[3, column]) + gains[3, column]
        sum4 = (sum4 + costs[4, column]) + gains[4, column]
        sum5 = (sum5 + costs[5, column]) + gains[5, column]
        sum6 = (sum6 + costs[6, column]) + gains[6, column]
        sum7 = (sum7 + costs[7, column]) + gains[7, column]
    nav[bar] = cash + sum0
    nav[bar + 1] = cash + sum1
    nav[bar + 2] = cash + sum2
    nav[bar + 3] = cash + sum3
    nav[bar + 4] = cash + sum4
    nav[bar + 5] = cash + sum5
    nav[bar + 6] = cash + sum6
    nav[bar + 7] = cash + sum7
