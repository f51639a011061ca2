"""Runs of one instrument on market orders.

Imports numba: load it on first use only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from bifrost_kernel.engines.strategy.calc.fast.account import read_settings
from bifrost_kernel.engines.strategy.calc.fast.exact import is_sound
from bifrost_kernel.engines.strategy.calc.fast.following import (
    BAD_CLOSE,
    FILL_COLUMNS,
    NO_FAULT,
    TARGET,
    Account,
    Log,
    Prices,
    Wishes,
    follow,
    open_account,
    with_fault,
    with_room,
)
from bifrost_kernel.engines.strategy.calc.fast.marking import mark_fills
from bifrost_kernel.engines.strategy.calc.fast.sides import (
    block_length,
    find_sides,
    list_crossings,
    make_room,
)
from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats, Ints
    from bifrost_kernel.engines.strategy.calc.fast.settings import Settings
    from bifrost_kernel.engines.strategy.calc.fast.sides import Flags

_BARS_PER_FILL = 64
_BLOCK = 2048


class Run(NamedTuple):
    """What a compiled run hands back; its nav was written in place.

    Parameters
    ----------
    places, numbers
        The log, with room to spare.
    n_fills, n_orders, n_refused
        See `Account`.
    fault, fault_bar
        See `Account`.
    """

    places: Ints
    numbers: Floats
    n_fills: int
    n_orders: int
    n_refused: int
    fault: int
    fault_bar: int


@compiled
def find_crossings(close: Floats, periods: tuple[int, int]) -> tuple[Ints, Flags, int]:
    """Return the bars at which the fast average takes or loses the lead.

    Parameters
    ----------
    close
        shape (T,), currency per unit.
    periods
        Lengths (fast, slow) in bars, fast < slow.

    Returns
    -------
    Ints, Flags
        shape (C,): the bars, and 1 where the fast average takes the lead.
    int
        -1, or a bar of the block in which a close is no finite number.
    """
    block = block_length(periods[1])
    room = make_room(block, periods[1])
    bars = np.empty(len(close) // _BARS_PER_FILL + block, np.int64)
    is_up = np.empty(len(bars), np.uint8)
    if len(close) < periods[1] and not is_sound(close):
        return bars[:0], is_up[:0], 0
    found = side = 0
    for first in range(periods[1] - 1, len(close), block):
        stop = min(first + block, len(close))
        before = side
        side = find_sides(close, first, stop, periods, before, room)
        if side == 2:
            return bars[:0], is_up[:0], first
        if found + block > len(bars):
            bars, is_up = _doubled(bars, is_up, found)
        found += list_crossings(room.words, first, stop, before, bars[found:], is_up[found:])
    return bars[:found].copy(), is_up[:found].copy(), -1


@compiled
def _doubled(bars: Ints, is_up: Flags, count: int) -> tuple[Ints, Flags]:
    more = np.empty(2 * len(bars), np.int64)
    more_up = np.empty(2 * len(bars), np.uint8)
    for i in range(count):
        more[i] = bars[i]
        more_up[i] = is_up[i]
    return more, more_up


@compiled
def run_crossings(
    prices: Prices,
    periods: tuple[int, int],
    codes: tuple[int, int],
    settings_numbers: Floats,
    nav: Floats,
) -> Run:
    """Trade the crossings of two simple averages of closes.

    Parameters
    ----------
    prices
        Four arrays of shape (T,); high and low empty where nothing slips.
    periods
        Lengths (fast, slow) in bars, fast < slow.
    codes
        What is wished where the fast average takes the lead, and where it loses it.
    settings_numbers
        As `pack_settings` gives them.
    nav
        shape (T,), written to.
    """
    settings = read_settings(settings_numbers)
    account = open_account(settings.cash)
    log = _open_log(len(nav))
    if len(nav) < periods[1] and not is_sound(prices.close):
        account = with_fault(account, BAD_CLOSE, 0)
    block = block_length(periods[1])
    room = make_room(block, periods[1])
    wishes = _make_wishes(block, nav[:0])
    is_up = np.empty(block, np.uint8)
    side = 0
    at = 0
    for first in range(periods[1] - 1, len(nav), block):
        stop = min(first + block, len(nav))
        before = side
        side = find_sides(prices.close, first, stop, periods, before, room)
        if side == 2:
            account = with_fault(account, BAD_CLOSE, first)
            break
        count = list_crossings(room.words, first, stop, before, wishes.bars, is_up)
        for i in range(count):
            wishes.codes[i] = codes[0] if is_up[i] else codes[1]
        account, log = _settle(prices, wishes, count, settings, account, log, nav, (at, stop))
        if account.fault != NO_FAULT:
            break
        at = stop
    if at < len(nav) and account.fault == NO_FAULT:
        nav[at:] = account.cash
    return _as_run(account, log)


@compiled
def run_wishes(
    prices: Prices,
    flags: tuple[Any, Any, Any, Any],
    targets: Floats,
    settings_numbers: Floats,
    nav: Floats,
) -> Run:
    """Trade flags or target sizes.

    Parameters
    ----------
    prices
        Four arrays of shape (T,); high and low empty where nothing slips.
    flags
        Entries, exits, short entries, short exits: uint8 of shape (T,), empty where not given.
    targets
        shape (T,): signed units, NaN for nothing; empty where not given.
    settings_numbers
        As `pack_settings` gives them.
    nav
        shape (T,), written to.
    """
    settings = read_settings(settings_numbers)
    account = open_account(settings.cash)
    log = _open_log(len(nav))
    wishes = _make_wishes(_BLOCK, targets)
    for first in range(0, len(nav), _BLOCK):
        stop = min(first + _BLOCK, len(nav))
        if not is_sound(prices.close[first:stop]):
            account = with_fault(account, BAD_CLOSE, first)
            break
        count = _list_wishes(flags, targets, first, stop, wishes)
        account, log = _settle(prices, wishes, count, settings, account, log, nav, (first, stop))
        if account.fault != NO_FAULT:
            break
    return _as_run(account, log)


@compiled
def _list_wishes(
    flags: tuple[Any, Any, Any, Any], targets: Floats, first: int, stop: int, wishes: Wishes
) -> int:
    count = stop - first
    row = np.zeros(count, np.uint8)
    for place in range(4):
        flag = flags[place]
        if len(flag):
            given = flag[first:stop]
            for i in range(count):
                row[i] |= given[i] << place
    if len(targets):
        wanted = targets[first:stop]
        for i in range(count):
            row[i] = row[i] if np.isnan(wanted[i]) else TARGET
    found = 0
    for i in range(count):
        wishes.bars[found] = first + i
        wishes.codes[found] = row[i]
        found += row[i] != 0
    return found


@compiled
def _settle(
    prices: Prices,
    wishes: Wishes,
    count: int,
    settings: Settings,
    account: Account,
    log: Log,
    nav: Floats,
    span: tuple[int, int],
) -> tuple[Account, Log]:
    log = with_room(log, account.n_fills + 2 * count)
    wishes = Wishes(
        wishes.bars, wishes.codes, count, wishes.targets, wishes.fill_prices, wishes.closes
    )
    after = follow(prices, wishes, settings, account, log)
    fills = (account.n_fills, after.n_fills)
    mark_fills(nav, prices.close, span, fills, account.cash, account.holding, log)
    return after, log


@compiled
def _open_log(n_bars: int) -> Log:
    count = n_bars // _BARS_PER_FILL + 2
    return Log(np.empty((count, 2), np.int64), np.empty((count, FILL_COLUMNS)))


@compiled
def _make_wishes(count: int, targets: Floats) -> Wishes:
    # One place more than bars: the list is written one ahead.
    return Wishes(
        np.empty(count + 1, np.int64),
        np.empty(count + 1, np.uint8),
        0,
        targets,
        np.empty(count + 1),
        np.empty(count + 1),
    )


@compiled
def _as_run(account: Account, log: Log) -> Run:
    return Run(
        log.places,
        log.numbers,
        account.n_fills,
        account.n_orders,
        account.n_refused,
        account.fault,
        account.fault_bar,
    )
