"""The account's worth at every close between two fills.

Imports numba: load it on first use only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_kernel.engines.strategy.calc.fast.account import Holding
from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats
    from bifrost_kernel.engines.strategy.calc.fast.following import Log

_LANES = 16


@compiled
def mark(nav: Floats, close: Floats, first: int, stop: int, cash: float, holding: Holding) -> None:
    """Write nav from bar `first` to `stop` - 1, and beyond it for speed where there is room.

    Parameters
    ----------
    nav, close
        shape (T,), currency.
    first, stop
        Bars at whose close the account is this; `stop` beyond `first`.
    cash, holding
        The account.

    Notes
    -----
    Backtrader adds up a long holding as its cost and its unrealised gain, apart from each
    other, and takes a short one's value as it is. What is written from `stop` on, up to 15
    bars, is to be written again by who comes next.
    """
    count = (stop - first + _LANES - 1) // _LANES * _LANES
    if first + count > len(nav):
        count = stop - first
    out = nav[first : first + count]
    if holding.units == 0.0:
        out[:] = cash
        return
    prices = close[first : first + count]
    for i in range(count):
        value = holding.units * prices[i]
        gain = holding.units * (prices[i] - holding.price)
        out[i] = cash + ((value - gain) + gain if value > 0.0 else value)


@compiled
def mark_fills(
    nav: Floats,
    close: Floats,
    span: tuple[int, int],
    fills: tuple[int, int],
    cash: float,
    holding: Holding,
    log: Log,
) -> None:
    """Write nav over a span of bars in which some fills lie.

    Parameters
    ----------
    nav, close
        shape (T,), currency.
    span
        First bar, and the one after the last.
    fills
        First place in the log, and the one after the last.
    cash, holding
        The account before the first of these fills.
    log
        The fills; those at the end of the span or later are left to the next span.
    """
    at, stop = span
    for i in range(fills[0], fills[1]):
        bar = min(log.places[i, 1], stop)
        if at < bar:
            mark(nav, close, at, bar, cash, holding)
            at = bar
        cash = log.numbers[i, 5]
        holding = Holding(log.numbers[i, 4], log.numbers[i, 6])
    if at < stop:
        mark(nav, close, at, stop, cash, holding)
