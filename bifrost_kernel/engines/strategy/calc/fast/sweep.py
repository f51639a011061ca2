"""Many pairs of averages over one instrument at once.

Each distinct average is worked out once, block of bars by block of bars, and every pair is
carried through the block while its averages are at hand.

Imports numba: load it on first use only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from bifrost_kernel.engines.strategy.calc.fast.account import Holding, read_settings, slipped
from bifrost_kernel.engines.strategy.calc.fast.bits import WORD, pack_signs
from bifrost_kernel.engines.strategy.calc.fast.exact import (
    LARGEST,
    average_halves,
    average_plainly,
    find_grid,
    is_sound,
    sum_halves,
)
from bifrost_kernel.engines.strategy.calc.fast.following import (
    BAD_CLOSE,
    BAD_FILL_PRICE,
    NO_FAULT,
    Prices,
    orders_of,
    trade,
)
from bifrost_kernel.engines.strategy.calc.fast.marking import mark
from bifrost_kernel.engines.strategy.calc.fast.measuring import (
    follow_drawdown,
    sum_powers,
    write_returns,
)
from bifrost_kernel.engines.strategy.calc.fast.sides import list_crossings, settle_ties
from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats, Ints
    from bifrost_kernel.engines.strategy.calc.fast.settings import Settings
    from bifrost_kernel.engines.strategy.calc.fast.sides import Flags, Words

_SMALLEST_BLOCK = 512
_REACHES_PER_BLOCK = 4

# Columns of what is kept of each pair from block to block.
CASH: Final = 0
UNITS_HELD: Final = 1
ENTRY_PRICE: Final = 2
SIDE: Final = 3
NAV: Final = 4
PEAK: Final = 5
WORST: Final = 6
SUM: Final = 7
SQUARES: Final = 8
N_FILLS: Final = 9
N_FLAT: Final = 10
N_REFUSED: Final = 11
N_STATES: Final = 12


class Bench(NamedTuple):
    """Where one pair is worked on.

    Parameters
    ----------
    words, gaps
        Sides of one block, see `sides`.
    bars, is_up
        Its crossings.
    nav, returns
        At the marks between two fills.
    """

    words: Words
    gaps: Floats
    bars: Ints
    is_up: Flags
    nav: Floats
    returns: Floats


@compiled
def run_sweep(
    prices: Prices,
    marks: Floats,
    mark_at: Ints,
    periods: Ints,
    pairs: Ints,
    codes: tuple[int, int],
    settings_numbers: Floats,
) -> tuple[Floats, int, int]:
    """Trade the crossings of every pair of averages.

    Parameters
    ----------
    prices
        Four arrays of shape (T,); high and low empty where nothing slips.
    marks
        shape (D,): the close of each session.
    mark_at
        shape (T + 1,): how many sessions have closed before each bar; empty where every bar is
        a session of its own.
    periods
        shape (W,): the distinct lengths in bars.
    pairs
        shape (P, 2): places of the fast and the slow length in `periods`.
    codes
        What is wished where the fast average takes the lead, and where it loses it.
    settings_numbers
        As `pack_settings` gives them.

    Returns
    -------
    Floats
        shape (P, 12): the columns named above.
    int, int
        Fault and its bar, see `Account`.
    """
    settings = read_settings(settings_numbers)
    n_bars = len(prices.close)
    reach = periods.max() - 1
    block = max(_SMALLEST_BLOCK, _REACHES_PER_BLOCK * reach) // WORD * WORD
    states = _open_states(len(pairs), settings.cash)
    averages = np.empty((len(periods), block))
    bench = _make_bench(block)
    for first in range(0, n_bars, block):
        stop = min(first + block, n_bars)
        if not is_sound(prices.close[first:stop]):
            return states, BAD_CLOSE, first
        _write_averages(prices.close, first, stop, periods, averages)
        for place in range(len(pairs)):
            if periods[pairs[place, 1]] > stop:
                continue
            fast = averages[pairs[place, 0]]
            slow = averages[pairs[place, 1]]
            state = states[place]
            count = _find_crossings(fast, slow, first, stop, state, bench)
            fault = _advance(
                prices, marks, mark_at, (first, stop), count, codes, settings, state, bench
            )
            if fault:
                return states, BAD_FILL_PRICE, fault
    return states, NO_FAULT, 0


@compiled
def _open_states(count: int, cash: float) -> Floats:
    states = np.zeros((count, N_STATES))
    for place in range(count):
        states[place, CASH] = cash
        states[place, NAV] = cash
        states[place, PEAK] = cash
        states[place, WORST] = 1.0
    return states


@compiled
def _make_bench(block: int) -> Bench:
    # The lists are written one ahead, and nav up to a few places.
    return Bench(
        np.empty(block // WORD, np.uint64),
        np.empty(block),
        np.empty(block + 1, np.int64),
        np.empty(block + 1, np.uint8),
        np.empty(block),
        np.empty(block),
    )


@compiled
def _write_averages(close: Floats, first: int, stop: int, periods: Ints, averages: Floats) -> None:
    begin = max(0, first - periods.max() + 1)
    span = close[begin:stop]
    grid = find_grid(span, len(span))
    highs = np.empty(len(span) + 1)
    lows = np.empty(len(span) + 1)
    if grid.is_fitting:
        sum_halves(span, grid, highs, lows)
    for row in range(len(periods)):
        period = periods[row]
        known = max(first, period - 1)
        out = averages[row]
        out[: max(0, min(known, stop) - first)] = np.nan
        if known >= stop:
            continue
        place = known - begin + 1
        if grid.is_fitting:
            average_halves(highs, lows, grid, place, period, out[known - first : stop - first])
        else:
            average_plainly(span, place, period, out[known - first : stop - first])


@compiled
def _find_crossings(
    fast: Floats, slow: Floats, first: int, stop: int, state: Floats, bench: Bench
) -> int:
    count = stop - first
    side = int(state[SIDE])
    words = bench.words[: (count + WORD - 1) // WORD]
    is_plain = _pack_order(fast, slow, words)
    if side == 0 or not is_plain or count % WORD:
        gaps = bench.gaps
        for i in range(count):
            gaps[i] = 1.0 if fast[i] > slow[i] else (-1.0 if fast[i] < slow[i] else 0.0)
        settle_ties(gaps[:count], side)
        gaps[count : len(words) * WORD] = gaps[count - 1]
        pack_signs(gaps, words)
        state[SIDE] = gaps[count - 1]
    else:
        state[SIDE] = 1.0 if words[-1] >> np.uint64(WORD - 1) else -1.0
    return list_crossings(words, first, stop, side, bench.bars, bench.is_up)


@compiled
def _pack_order(fast: Floats, slow: Floats, words: Words) -> bool:
    # Bit by bit whether the fast one is higher, and whether no two are equal.
    ties = np.uint64(0)
    for w in range(len(words)):
        one = fast[WORD * w : WORD * w + WORD]
        other = slow[WORD * w : WORD * w + WORD]
        higher = np.uint64(0)
        lower = np.uint64(0)
        for i in range(WORD):
            higher |= np.uint64(one[i] > other[i]) << np.uint64(i)
            lower |= np.uint64(one[i] < other[i]) << np.uint64(i)
        words[w] = higher
        ties |= ~(higher | lower)
    return bool(ties == np.uint64(0))


@compiled
def _advance(
    prices: Prices,
    marks: Floats,
    mark_at: Ints,
    span: tuple[int, int],
    count: int,
    codes: tuple[int, int],
    settings: Settings,
    state: Floats,
    bench: Bench,
) -> int:
    at, stop = span
    cash = state[CASH]
    holding = Holding(state[UNITS_HELD], state[ENTRY_PRICE])
    last = len(prices.close) - 1
    for i in range(count):
        bar = bench.bars[i]
        if bar == last:
            break
        close = prices.close[bar]
        code = codes[0] if bench.is_up[i] else codes[1]
        orders = orders_of(code, 0.0, cash, holding.units, close, settings)
        if orders[0] == 0.0 and orders[1] == 0.0:
            continue
        price = close if settings.fills_at_close == 1 else prices.open[bar + 1]
        if not abs(price) < LARGEST:
            return int(bar) + 1
        buys = price
        sells = price
        if settings.is_slipping == 1:
            high, low = prices.high[bar + 1], prices.low[bar + 1]
            buys = slipped(price, high, low, 1.0, settings)
            sells = slipped(price, high, low, -1.0, settings)
        _measure(marks, mark_at, at, bar + 1, cash, holding, state, bench)
        at = bar + 1
        done = trade(cash, holding, orders, (close, buys, sells), settings)
        cash = done.cash
        holding = done.holding
        state[N_FILLS] += done.n_fills
        state[N_FLAT] += done.n_flat
        state[N_REFUSED] += done.n_refused
    _measure(marks, mark_at, at, stop, cash, holding, state, bench)
    state[CASH] = cash
    state[UNITS_HELD] = holding.units
    state[ENTRY_PRICE] = holding.price
    return 0


@compiled
def _measure(
    marks: Floats,
    mark_at: Ints,
    first: int,
    stop: int,
    cash: float,
    holding: Holding,
    state: Floats,
    bench: Bench,
) -> None:
    if len(mark_at):
        first = mark_at[first]
        stop = mark_at[stop]
    count = stop - first
    if count == 0:
        return
    nav = bench.nav[:count]
    if holding.units == 0.0:
        # Nothing moves: one return at the first mark, none after it.
        nav = bench.nav[:1]
        nav[0] = cash
    else:
        mark(nav, marks[first:stop], 0, count, cash, holding)
    returns = bench.returns[: len(nav)]
    write_returns(nav, state[NAV], returns)
    total, squares = sum_powers(returns, 0.0)
    state[PEAK], state[WORST] = follow_drawdown(nav, state[PEAK], state[WORST])
    state[SUM] += total
    state[SQUARES] += squares
    state[NAV] = nav[-1]
