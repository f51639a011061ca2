"""Programs of orders drawn at random, which one function reads bar by bar from its studies.

A program is an array: for each bar of each instrument some slots, for each slot what to do (`OPS`)
and with which terms. `interpret` uses nothing but `now` and numbers, so that it runs in plain
Python and compiled. What it reads of the account it turns into sizes of orders, so that equal
orders mean equal readings.
"""

import numpy as np

from bifrost_kernel.domain.bars import ActionKind, CorporateAction
from bifrost_kernel.domain.trading import (
    Commission,
    CommissionKind,
    Filler,
    FillerKind,
    Sizing,
    SizingKind,
    Slippage,
    SlippageKind,
)
from tests.on_bar_samples import make_called
from tests.simulation_samples import make_bars, make_series

FIELDS = (
    "op", "column", "is_buy", "size", "limit", "stop", "trail", "days", "oco", "parent", "transmit",
)  # fmt: skip
N_FIELDS = len(FIELDS)
OPS = (
    "nothing", "sized", "market", "close", "limit", "limit_for", "stop", "stop_for", "stop_limit",
    "stop_limit_for", "trail", "trail_for", "trail_from", "fraction_for", "trail_limit",
    "fraction_limit_for", "bracket", "stop_bracket", "sized_bracket", "close_position",
    "close_at_limit", "close_at_close", "target_size", "target_value", "target_weight", "cancel",
    "read_account", "read_orders", "read_bars",
)  # fmt: skip
(
    NOTHING, SIZED, MARKET, CLOSE, LIMIT, LIMIT_FOR, STOP, STOP_FOR, STOP_LIMIT, STOP_LIMIT_FOR,
    TRAIL, TRAIL_FOR, TRAIL_FROM, FRACTION_FOR, TRAIL_LIMIT, FRACTION_LIMIT_FOR, BRACKET,
    STOP_BRACKET, SIZED_BRACKET, CLOSE_POSITION, CLOSE_AT_LIMIT, CLOSE_AT_CLOSE, TARGET_SIZE,
    TARGET_VALUE, TARGET_WEIGHT, CANCEL, READ_ACCOUNT, READ_ORDERS, READ_BARS,
) = range(len(OPS))  # fmt: skip
GRID = np.arange(32, 49) / 4
FAR = 0.25
N_STATE = 3


def interpret(now, slots=2):  # noqa: C901, PLR0912  # one function, or it could not be compiled
    """Do what the program says for this bar.

    ``now.on(0).state`` keeps the last ref that was sent and how many cancels worked.
    """
    kept = now.on(0).state
    now.state[2] += 1.0
    for slot in range(slots):
        at = slot * 11
        op = now.study(at)
        to = now.on(int(now.study(at + 1)))
        if op == 0 or to.index < 0:
            continue
        buys = now.study(at + 2) > 0.0
        size, limit, stop = now.study(at + 3), now.study(at + 4), now.study(at + 5)
        trail, days = now.study(at + 6), now.study(at + 7)
        last = int(kept[0])
        oco = max(0, last - int(now.study(at + 8)))
        parent = max(0, last - int(now.study(at + 9)))
        transmit = now.study(at + 10) > 0.0
        ref = 0
        if op == SIZED:
            ref = to.buy(oco=oco) if buys else to.sell(oco=oco)
        elif op == MARKET and buys:
            ref = to.buy(size, oco=oco, parent=parent, transmit=transmit)
        elif op == MARKET:
            ref = to.sell(size, oco=oco, parent=parent, transmit=transmit)
        elif op == CLOSE and buys:
            ref = to.buy(size, at_close=True, oco=oco, parent=parent, transmit=transmit)
        elif op == CLOSE:
            ref = to.sell(size, at_close=True, days=days, oco=oco)
        elif op == LIMIT and buys:
            ref = to.buy(size, limit=limit, oco=oco, parent=parent, transmit=transmit)
        elif op == LIMIT:
            ref = to.sell(size, limit=limit, oco=oco, parent=parent, transmit=transmit)
        elif op == LIMIT_FOR and buys:
            ref = to.buy(size, limit=limit, days=days, oco=oco, parent=parent, transmit=transmit)
        elif op == LIMIT_FOR:
            ref = to.sell(size, limit=limit, days=days, oco=oco, parent=parent, transmit=transmit)
        elif op == STOP and buys:
            ref = to.buy(size, stop=stop, oco=oco, parent=parent, transmit=transmit)
        elif op == STOP:
            ref = to.sell(size, stop=stop, oco=oco, parent=parent, transmit=transmit)
        elif op == STOP_FOR and buys:
            ref = to.buy(size, stop=stop, days=days, oco=oco, parent=parent)
        elif op == STOP_FOR:
            ref = to.sell(size, stop=stop, days=days, oco=oco, parent=parent)
        elif op == STOP_LIMIT and buys:
            ref = to.buy(size, stop=stop, limit=limit, oco=oco, parent=parent, transmit=transmit)
        elif op == STOP_LIMIT:
            ref = to.sell(size, stop=stop, limit=limit, oco=oco, parent=parent, transmit=transmit)
        elif op == STOP_LIMIT_FOR and buys:
            ref = to.buy(size, stop=stop, limit=limit, days=days, oco=oco)
        elif op == STOP_LIMIT_FOR:
            ref = to.sell(size, stop=stop, limit=limit, days=days, oco=oco)
        elif op == TRAIL and buys:
            ref = to.buy(size, trail=trail, oco=oco, parent=parent, transmit=transmit)
        elif op == TRAIL:
            ref = to.sell(size, trail=trail, oco=oco, parent=parent, transmit=transmit)
        elif op == TRAIL_FOR and buys:
            ref = to.buy(size, trail=trail, days=days, parent=parent)
        elif op == TRAIL_FOR:
            ref = to.sell(size, trail=trail, days=days, parent=parent)
        elif op == TRAIL_FROM and buys:
            ref = to.buy(size, trail=trail, stop=stop, oco=oco)
        elif op == TRAIL_FROM:
            ref = to.sell(size, trail=trail, stop=stop, oco=oco)
        elif op == FRACTION_FOR and buys:
            ref = to.buy(size, trail_fraction=trail / 10.0, days=days, parent=parent)
        elif op == FRACTION_FOR:
            ref = to.sell(size, trail_fraction=trail / 10.0, days=days, parent=parent)
        elif op == TRAIL_LIMIT and buys:
            ref = to.buy(size, trail=trail, limit=limit, parent=parent, transmit=transmit)
        elif op == TRAIL_LIMIT:
            ref = to.sell(size, trail=trail, limit=limit, parent=parent, transmit=transmit)
        elif op == FRACTION_LIMIT_FOR and buys:
            ref = to.buy(size, trail_fraction=trail / 10.0, limit=limit, stop=stop, days=days)
        elif op == FRACTION_LIMIT_FOR:
            ref = to.sell(size, trail_fraction=trail / 10.0, limit=limit, stop=stop, days=days)
        elif op == BRACKET and buys:
            ref = to.buy_bracket(size, stop_loss=stop, trail=trail, take_profit=limit)
        elif op == BRACKET:
            ref = to.sell_bracket(size, limit=limit, stop_loss=stop, trail=trail)
        elif op == STOP_BRACKET and buys:
            ref = to.buy_bracket(size, stop=stop, trail=trail)
        elif op == STOP_BRACKET:
            ref = to.sell_bracket(size, stop=stop, limit=limit, take_profit=FAR + size)
        elif op == SIZED_BRACKET and buys:
            ref = to.buy_bracket(limit=limit, stop_loss=stop, take_profit=limit + trail)
        elif op == SIZED_BRACKET:
            ref = to.sell_bracket(stop_loss=limit, take_profit=stop)
        elif op == CLOSE_POSITION:
            ref = to.close_position(oco=oco)
        elif op == CLOSE_AT_LIMIT:
            ref = to.close_position(limit=limit, days=days, parent=parent, transmit=transmit)
        elif op == CLOSE_AT_CLOSE:
            ref = to.close_position(at_close=True)
        elif op == TARGET_SIZE:
            ref = to.target_size(size if buys else -size)
        elif op == TARGET_VALUE:
            ref = to.target_value(10.0 * size if buys else -10.0 * size)
        elif op == TARGET_WEIGHT:
            ref = to.target_weight(size / 10.0 if buys else -size / 10.0)
        elif op == CANCEL:
            kept[1] += 1.0 if to.cancel(max(0, last - int(size))) else 0.0
        elif op == READ_ACCOUNT:
            to.buy(1.0 + abs(to.position), limit=FAR, days=0)
            to.buy(1.0 + to.entry_price, limit=FAR, days=0)
            to.buy(1.0 + abs(now.cash), limit=FAR, days=0)
            ref = to.buy(1.0 + abs(to.nav), limit=FAR, days=0)
        elif op == READ_ORDERS and last > 0:
            asked = max(1, last - int(size))
            told = 10.0 * to.status(asked) + (1.0 if to.is_alive(asked) else 0.0) + kept[1]
            to.buy(1.0 + told, limit=FAR, days=0)
            ref = to.buy(1.0 + abs(now.filled(asked)), limit=FAR, days=0)
        elif op == READ_BARS:
            before = to.study(at + 3, int(size))
            sum_of = to.open + to.high + to.low + to.close + to.volume + to.closes[-1]
            ref = to.buy(sum_of + to.highs[0] + len(to.lows), limit=FAR, days=0)
            ref = to.buy(1.0 + (before if before == before else 99.0), limit=FAR, days=0)  # noqa: PLR0124  # NaN
            present = 1.0 if to.has_bar else 0.0
            where = to.bar + 100 * to.index + 10_000 * to.column + now.count + present
            ref = to.buy(1.0 + where, limit=FAR, days=0)
            ref = to.buy(float(now.day) + now.time_ns / 3.6e12 + now.state[2], limit=FAR, days=0)
        kept[0] = max(last, ref)


def draw_bars(rng, n_instruments, n_bars, *, spec="1d"):
    """Draw instruments that start, pause and end at different bars.

    Prices lie on a coarse grid, so that gaps, ties and flat bars are common.
    """
    series = []
    for number in range(n_instruments):
        first = 0 if number == 0 else int(rng.integers(0, 7))
        days = [one for one in range(first, n_bars) if one == first or rng.random() < 0.9]
        four = np.sort(rng.integers(36, 45, (len(days), 4)), axis=1) / 4
        places = rng.permuted(np.tile([0, 1, 2, 3], (len(days), 1)), axis=1)
        rows = np.arange(len(days))
        opens, closes = four[rows, places[:, 0]], four[rows, places[:, 1]]
        volumes = rng.integers(0, 41, len(days))
        table = np.column_stack([opens, four[:, 3], four[:, 0], closes, volumes])
        series.append(make_series("ABC"[number], table, days=np.array(days), spec=spec))
    return make_bars(*series)


def draw_program(rng, n_bars, n_columns, *, slots=2, share=0.4):
    """Draw what an instrument's turn does at each of its bars: shape (slots x fields, n_bars)."""
    program = np.zeros((slots, N_FIELDS, n_bars))
    shape = (slots, n_bars)

    def pick(values):
        return rng.choice(np.asarray(values, dtype=np.float64), shape)

    drawn = {
        "op": np.where(rng.random(shape) < share, rng.integers(1, len(OPS), shape), NOTHING),
        "column": rng.integers(0, n_columns, shape),
        "is_buy": rng.integers(0, 2, shape),
        "size": pick([0, 1, 2, 3, 5, 7.5, 10]),
        "limit": pick(GRID),
        "stop": pick(GRID),
        "trail": pick([0.125, 0.25, 0.5, 0.75, 2]),
        "days": pick([0, 0.3, 1, 1.5, 2, 2.000001, 4]),
        "oco": np.where(rng.random(shape) < 0.2, rng.integers(0, 4, shape), 1e9),
        "parent": np.where(rng.random(shape) < 0.2, rng.integers(0, 4, shape), 1e9),
        "transmit": rng.random(shape) < 0.8,
    }
    for number, name in enumerate(FIELDS):
        program[:, number] = drawn[name]
    return program.reshape(slots * N_FIELDS, n_bars)


def draw_account(rng):
    """Draw settings: tight and ample cash, every commission, slippage, size and filler."""

    def one_of(*values):
        return values[rng.integers(len(values))]

    kind = one_of(*SlippageKind)
    switches = [bool(one) for one in rng.integers(0, 2, 4)]
    return {
        "cash": one_of(60.0, 300.0, 100_000.0),
        "commission": one_of(
            Commission(),
            Commission(CommissionKind.PERCENT, 0.003),
            Commission(CommissionKind.PER_SHARE, 0.05),
            Commission(CommissionKind.PER_ORDER, 1.5),
            Commission(CommissionKind.FUTURES, 0.2, margin=2.0, multiplier=5.0),
        ),
        "slippage": Slippage(kind, 0.0 if kind is SlippageKind.NONE else 0.02, *switches),
        "sizing": one_of(
            Sizing(SizingKind.UNITS, 7.0),
            Sizing(SizingKind.PERCENT, 60.0),
            Sizing(SizingKind.PERCENT_WHOLE, 95.0),
        ),
        "filler": one_of(
            Filler(),
            Filler(),
            Filler(),
            Filler(FillerKind.FIXED_SIZE, 3.0),
            Filler(FillerKind.BAR_PERCENT, 25.0),
            Filler(FillerKind.BAR_POINT_PERCENT, 50.0, 0.25),
        ),
        "is_cheat_on_close": bool(rng.random() < 0.2),
        "short_cash": bool(rng.random() < 0.8),
        "leverage": one_of(1.0, 1.0, 2.0),
        "interest_per_year": one_of(0.0, 0.0, 0.1),
        "charges_long": bool(rng.integers(2)),
    }


def draw_dividends(rng, bars):
    """Draw some dividends for some instruments."""
    first = bars.series[0].session_date[0]
    return tuple(
        CorporateAction(one.instrument_id, str(day), ActionKind.DIVIDEND, 0.5)
        for one in bars.series
        for day in np.unique(first + rng.integers(0, 30, int(rng.integers(0, 4))))
    )


def draw_job(
    seed,
    *,
    n_instruments=None,
    n_bars=26,
    slots=2,
    share=0.4,
    compiled=False,
    interpreter=interpret,
):
    """Draw a whole job: bars, account, dividends, and a program with its form of call."""
    rng = np.random.default_rng(seed)
    n_instruments = n_instruments or int(rng.integers(1, 4))
    bars = draw_bars(rng, n_instruments, n_bars, spec=str(rng.choice(["1d", "1d", "1h", "7h"])))
    program = draw_program(rng, n_bars, n_instruments, slots=slots, share=share)
    is_together = bool(rng.random() < 0.3)

    def each(one):
        shift = 5 * "ABC".index(one.instrument_id.symbol)
        return list(np.roll(program, shift, axis=1)[:, : len(one)])

    def together(panel):
        rows = program[:, np.arange(len(panel)) % n_bars]
        return [np.repeat(row[:, None], n_instruments, axis=1) for row in rows]

    return make_called(
        interpreter,
        bars,
        prepare=together if is_together else each,
        scope="together" if is_together else "each",
        state=N_STATE,
        compiled=compiled,
        parameters={"slots": slots},
        dividends=draw_dividends(rng, bars),
        **draw_account(rng),
    )
