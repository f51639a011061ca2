"""The fast runs as plain calls: read what is given, run, say what is wrong, hand back nouns.

Imports numba: load it on first use only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bifrost_kernel.domain.backtest import Fills
from bifrost_kernel.domain.errors import DataError, InvalidInputError, require
from bifrost_kernel.engines.strategy.calc.fast import following
from bifrost_kernel.engines.strategy.calc.fast.exact import LARGEST
from bifrost_kernel.engines.strategy.calc.fast.following import Prices
from bifrost_kernel.engines.strategy.calc.fast.market import (
    find_crossings,
    run_crossings,
    run_wishes,
)
from bifrost_kernel.engines.strategy.calc.fast.reading import (
    read_flags,
    read_floats,
    read_pair,
    read_rising,
    read_room,
    refuse_price,
    require_finite_end,
)
from bifrost_kernel.engines.strategy.calc.fast.settings import pack_settings, slips
from bifrost_kernel.engines.strategy.calc.fast.weights import run_weights
from bifrost_kernel.engines.strategy.model import Crossings, MarketRun

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from bifrost_kernel.domain.bars import Floats
    from bifrost_kernel.domain.trading import Trading
    from bifrost_kernel.engines.strategy.calc.fast.options import (
        CrossingOptions,
        MarketOptions,
        RunOptions,
        SweepOptions,
        WeightOptions,
    )

_FLAGS = ("entries", "exits", "short_entries", "short_exits")
LONG_ONLY = (following.ENTER_LONG, following.LEAVE_LONG)
ALWAYS_IN = (following.ENTER_LONG, following.ENTER_SHORT)


def cross_averages(close: ArrayLike, fast: int, slow: int) -> Crossings:
    """Return where the simple average of `fast` closes crosses that of `slow` closes.

    Parameters
    ----------
    close
        shape (T,), currency per unit, finite.
    fast, slow
        Lengths in bars, fast < slow.

    Returns
    -------
    Crossings
        Equal to ``crossover(sma(close, fast), sma(close, slow))`` where that is not 0.

    Raises
    ------
    InvalidInputError, DataError
        Another shape, a senseless length; a close that is no finite number.
    """
    closes = read_floats(close, "close")
    periods = read_pair(fast, slow)
    bars, is_up, fault_bar = find_crossings(closes, periods)
    if fault_bar >= 0:
        refuse_price(closes, "close", 0, LARGEST)
    direction = 2 * is_up.astype(np.int64) - 1
    return Crossings(bars, direction, len(closes))


def simulate_crossings(
    open_: ArrayLike,
    close: ArrayLike,
    pair: tuple[int, int],
    trading: Trading,
    options: CrossingOptions,
) -> MarketRun:
    """Trade the crossings of two simple averages; see `engine.simulate_crossings`."""
    prices = read_prices(open_, close, options, trading)
    periods = read_pair(*pair)
    nav = read_room(options.get("nav"), prices)
    codes = ALWAYS_IN if options.get("allows_short") else LONG_ONLY
    run = run_crossings(prices, periods, codes, pack_settings(trading), nav)
    return _as_market_run(run, prices, trading, nav)


def simulate_market(
    open_: ArrayLike, close: ArrayLike, trading: Trading, options: MarketOptions
) -> MarketRun:
    """Trade flags or target sizes; see `engine.simulate_market`."""
    prices = read_prices(open_, close, options, trading)
    count = len(prices.close)
    wishes: dict[str, Any] = {name: options.get(name) for name in (*_FLAGS, "target_size")}
    given = [name for name, array in wishes.items() if array is not None]
    if not {"entries", "short_entries", "target_size"}.intersection(given):
        raise InvalidInputError(
            "wishes: expected entries, short_entries or target_size, was "
            f"{', '.join(given) or 'none'}. Without one of them it never trades"
        )
    if "target_size" in given and len(given) > 1:
        require(False, "wishes", " with ".join(given), "flags or target_size")
    entries, exits, shorts, covers = (read_flags(wishes[name], name, count) for name in _FLAGS)
    targets = np.empty(0)
    if "target_size" in given:
        targets = read_floats(wishes["target_size"], "target_size", (count,))
    nav = read_room(options.get("nav"), prices)
    run = run_wishes(prices, (entries, exits, shorts, covers), targets, pack_settings(trading), nav)
    if run.fault == following.BAD_TARGET:
        was = float(targets[run.fault_bar])
        require(False, f"target_size at bar {run.fault_bar}", was, "a finite number or NaN")
    return _as_market_run(run, prices, trading, nav)


def simulate_weights(
    open_: ArrayLike,
    close: ArrayLike,
    weights: ArrayLike,
    trading: Trading,
    options: WeightOptions,
) -> MarketRun:
    """Hold target weights; see `engine.simulate_weights`."""
    shape = np.shape(close)
    if len(shape) != 2 or 0 in shape:
        require(False, "close", shape, "an array of shape (T, K)")
    prices = read_prices(open_, close, options, trading, shape)
    if "bars" in options:
        bars = read_rising(options["bars"], "bars", shape[0])
        table = read_floats(weights, "weights", (len(bars), shape[1]))
    else:
        table = read_floats(weights, "weights", shape)
        bars = np.flatnonzero(~np.isnan(table).all(axis=1)).astype(np.int64)
        table = table[bars]
    nav = read_room(options.get("nav"), prices)
    run = run_weights(prices, bars, table, pack_settings(trading), nav)
    if run.fault == following.BAD_TARGET:
        require(False, f"weights at bar {run.fault_bar}", "infinite", "finite numbers or NaN")
    return _as_market_run(run, prices, trading, nav, run.columns)


def read_prices(
    open_: ArrayLike,
    close: ArrayLike,
    options: RunOptions | SweepOptions,
    trading: Trading,
    shape: tuple[int, ...] | None = None,
) -> Prices:
    """Return the four price arrays; high and low are read only where market orders slip.

    Raises
    ------
    InvalidInputError
        Another shape, or no high and low although fills depend on them.
    """
    closes = read_floats(close, "close", shape)
    opens = read_floats(open_, "open", closes.shape)
    if not slips(trading.slippage):
        nothing = closes[:0]
        return Prices(opens, nothing, nothing, closes)
    if "high" not in options or "low" not in options:
        raise InvalidInputError(
            "slippage on_open: expected high and low as well, was none. They cap the price"
        )
    highs = read_floats(options["high"], "high", closes.shape)
    return Prices(opens, highs, read_floats(options["low"], "low", closes.shape), closes)


def raise_fault(fault: int, bar: int, prices: Prices) -> None:
    """Raise what a compiled run stopped for, or return where it did not."""
    if fault == following.BAD_FILL_PRICE:
        for name in ("open", "high", "low", "close"):
            values = getattr(prices, name)
            if len(values) and not (np.abs(values[bar]) < LARGEST).all():
                refuse_price(values, name, bar, LARGEST)
    if fault in (following.BAD_FILL_PRICE, following.BAD_CLOSE):
        if not (np.abs(prices.close) < LARGEST).all():
            refuse_price(prices.close, "close", 0, LARGEST)
        raise DataError(
            f"close at bar {bar}: expected a price above zero to size an order by, "
            f"was {np.min(prices.close[bar])}",
            context={"name": "close", "bar": bar},
        )
    if fault == following.BAD_SIZE:
        require(False, f"size of the order at bar {bar}", "endless", "a finite number")


def _as_market_run(
    run: Any, prices: Prices, trading: Trading, nav: Floats, columns: Any = None
) -> MarketRun:
    raise_fault(run.fault, run.fault_bar, prices)
    count = run.n_fills
    places, numbers = run.places[:count], run.numbers[:count]
    fills = Fills(
        order_ref=places[:, 0],
        bar=places[:, 1],
        instrument=np.zeros(count, np.int64) if columns is None else columns[:count],
        quantity=numbers[:, 0],
        price=numbers[:, 1],
        commission=numbers[:, 2],
        pnl=numbers[:, 3],
        position=numbers[:, 4],
    )
    result = MarketRun(trading.cash, nav, fills, numbers[:, 5], run.n_orders, run.n_refused)
    require_finite_end(result.final_cash, result.final_nav)
    return result
