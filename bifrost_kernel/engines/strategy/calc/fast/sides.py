"""Which of two simple averages is the higher one, bar by bar, exact and fast.

Imports numba: load it on first use only.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from bifrost_kernel.engines.strategy.calc.fast.bits import WORD, pack_signs, trailing_zeros
from bifrost_kernel.engines.strategy.calc.fast.exact import (
    average_halves,
    average_plainly,
    find_grid,
    is_sound,
    sum_halves,
)
from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats, Ints

    Flags = np.ndarray[Any, np.dtype[np.uint8]]
    Words = np.ndarray[Any, np.dtype[np.uint64]]

_SMALLEST_BLOCK = 1024
_REACHES_PER_BLOCK = 4
_ROUNDING = 2.0**-53
_UNDERFLOW = 1e-300


class Room(NamedTuple):
    """Where one block of bars is worked on; small enough for the processor's first cache.

    Parameters
    ----------
    sums, highs, lows
        Running sums of closes, and of their two halves.
    fast, slow, gaps
        One place for each bar of the block.
    words
        Bit i of word w: the fast average is the higher one at bar 64 w + i of the block.
    """

    sums: Floats
    highs: Floats
    lows: Floats
    fast: Floats
    slow: Floats
    gaps: Floats
    words: Words


@compiled
def block_length(slow: int) -> int:
    """Return how many bars are worked on at once; a multiple of 64."""
    bars = max(_SMALLEST_BLOCK, _REACHES_PER_BLOCK * slow)
    return (bars + WORD - 1) // WORD * WORD


@compiled
def make_room(block: int, slow: int) -> Room:
    """Return room for blocks of so many bars, each with `slow` - 1 bars before it."""
    span = block + slow
    return Room(
        np.empty(span),
        np.empty(span),
        np.empty(span),
        np.empty(block),
        np.empty(block),
        np.empty(block),
        np.empty(block // WORD, np.uint64),
    )


@compiled
def find_sides(
    close: Floats, first: int, stop: int, periods: tuple[int, int], side: int, room: Room
) -> int:
    """Write into `room.words` which average is the higher one at bars `first` to `stop` - 1.

    Parameters
    ----------
    close
        shape (T,), currency per unit.
    first, stop
        The block; `first` is at least slow - 1.
    periods
        Lengths (fast, slow) in bars, fast < slow.
    side
        The higher one at the bar before: +1 the fast, -1 the slow, 0 not known yet. Where
        both are equal the side before is kept.
    room
        Written to. Bits beyond the block repeat its last.

    Returns
    -------
    int
        The side at the last bar; 2 where a close is no number, or too large to be summed.

    Notes
    -----
    The averages F and S are those of Backtrader: the correctly rounded sum of the window
    over its length. Their order is told without them where running sums leave no doubt.

    Let closes be above zero, u = 2^-53, f < s the lengths, P the computed running sums, A the
    last and so the largest of them. A running sum adds at most one rounding u A for each of
    its steps; a difference of two, n bars apart, has passed n steps, four roundings inside the
    groups of four at its ends and one of its own, hence |sum - computed sum| <= (n + 8) u A.
    With g = computed sum of f bars - fl(f / s) x computed sum of s bars, and the rounded
    products (3 u A) and averages (2 u each: 5 u A for f (F - S)),
    |g - f (F - S)| <= (2 f + 24) u A + u |g|. So where |g| > (2 f + 32) u A the sign of g is
    that of F - S, and both differ. 1e-300 covers what underflows. Any other block, and any
    with a close of zero or less, is worked out with exact averages.
    """
    fast, slow = periods
    count = stop - first
    span = close[first - slow + 1 : stop]
    gaps = room.gaps[:count]
    if not (_all_above_zero(span) and _find_gaps(span, fast, slow, room.sums, gaps)):
        if not is_sound(span):
            return 2
        _find_exact_gaps(span, fast, slow, room, gaps)
        settle_ties(gaps, side)
    last = gaps[count - 1]
    for i in range(count, (count + WORD - 1) // WORD * WORD):
        room.gaps[i] = last
    pack_signs(room.gaps, room.words[: (count + WORD - 1) // WORD])
    return 1 if last > 0.0 else (-1 if last < 0.0 else 0)


@compiled
def list_crossings(words: Words, first: int, stop: int, side: int, bars: Ints, is_up: Flags) -> int:
    """Write the bars at which the other average takes the lead, and return how many there are.

    Parameters
    ----------
    words
        As `find_sides` left them.
    first, stop
        The block.
    side
        The side at the bar before `first`; 0 = not known, then the first bar is no crossing.
    bars
        shape (stop - first or more,), written to: index into all bars.
    is_up
        Likewise, uint8: 1 where the fast average has taken the lead.
    """
    one = np.uint64(1)
    before = words[0] & one if side == 0 else np.uint64(side > 0)
    count = 0
    for w in range((stop - first + WORD - 1) // WORD):
        word = words[w]
        flips = word ^ ((word << one) | before)
        before = word >> np.uint64(WORD - 1)
        while flips != np.uint64(0):
            place = trailing_zeros(flips)
            bars[count] = first + WORD * w + place
            is_up[count] = (word >> np.uint64(place)) & one
            count += 1
            flips &= flips - one
    return count


@compiled
def _all_above_zero(values: Floats) -> bool:
    bad = 0
    for i in range(len(values)):
        bad |= not (values[i] > 0.0)
    return bad == 0


@compiled
def _sum_up(values: Floats, sums: Floats) -> float:
    # Four at a time: one addition in four waits for the one before it.
    total = 0.0
    sums[0] = 0.0
    whole = len(values) // 4 * 4
    for i in range(0, whole, 4):
        first = values[i]
        two = first + values[i + 1]
        three = two + values[i + 2]
        four = two + (values[i + 2] + values[i + 3])
        sums[i + 1] = total + first
        sums[i + 2] = total + two
        sums[i + 3] = total + three
        total += four
        sums[i + 4] = total
    for i in range(whole, len(values)):
        total += values[i]
        sums[i + 1] = total
    return total


@compiled
def _find_gaps(span: Floats, fast: int, slow: int, sums: Floats, gaps: Floats) -> bool:
    # f (F - S), roughly, and whether every sign is beyond doubt: see `find_sides`.
    total = _sum_up(span, sums)
    limit = (2 * fast + 32) * _ROUNDING * total + _UNDERFLOW
    ratio = fast / slow
    count = len(gaps)
    end = sums[slow : slow + count]
    before_fast = sums[slow - fast : slow - fast + count]
    before_slow = sums[:count]
    doubts = 0
    for i in range(count):
        gap = (end[i] - before_fast[i]) - ratio * (end[i] - before_slow[i])
        gaps[i] = gap
        doubts |= not (limit < abs(gap) < math.inf)
    return doubts == 0


@compiled
def _find_exact_gaps(span: Floats, fast: int, slow: int, room: Room, gaps: Floats) -> None:
    count = len(gaps)
    fasts = room.fast[:count]
    slows = room.slow[:count]
    grid = find_grid(span, len(span))
    if grid.is_fitting:
        sum_halves(span, grid, room.highs, room.lows)
        average_halves(room.highs, room.lows, grid, slow, fast, fasts)
        average_halves(room.highs, room.lows, grid, slow, slow, slows)
    else:
        average_plainly(span, slow, fast, fasts)
        average_plainly(span, slow, slow, slows)
    for i in range(count):
        gaps[i] = 1.0 if fasts[i] > slows[i] else (-1.0 if fasts[i] < slows[i] else 0.0)


@compiled
def settle_ties(gaps: Floats, side: int) -> None:
    """Give every tie the side before it, and the ties before the first known side that side.

    Parameters
    ----------
    gaps
        shape (m,), +1, -1, or 0 for a tie; written to.
    side
        The side before the first of them, 0 = not known.
    """
    held = float(side)
    for i in range(len(gaps)):
        if gaps[i] == 0.0:
            gaps[i] = held
        elif held == 0.0:
            held = gaps[i]
            gaps[:i] = held
        else:
            held = gaps[i]
