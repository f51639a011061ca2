"""Fast runs of market orders are Backtrader's, bit for bit: drawn wishes, prices and accounts."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bifrost_kernel.domain.strategies import Signals
from bifrost_kernel.domain.trading import (
    Commission,
    CommissionKind,
    Sizing,
    SizingKind,
    Slippage,
    SlippageKind,
)
from bifrost_kernel.engines.strategy import engine
from bifrost_kernel.simulators.backtrader import BacktraderSimulator
from tests.simulation_samples import Steps, make_bars, make_job, make_series

FILL_FIELDS = (
    "order_ref", "bar", "instrument", "quantity", "price", "commission", "pnl", "position",
)  # fmt: skip


@st.composite
def tables(draw, most=3):
    """Draw prices of one to `most` instruments with a bar at every time: coarse, or any.

    On the coarse grid ties and equal averages are common; other prices have all their digits.
    """
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_bars, columns = draw(st.integers(2, 60)), draw(st.integers(1, most))
    shape = (n_bars, columns, 4)
    if draw(st.booleans()):
        four = np.sort(rng.integers(36, 45, shape), axis=2) / 4
    else:
        middle = 10 * np.exp(rng.normal(0, 0.03, shape[:2]).cumsum(axis=0))
        four = np.sort(middle[:, :, None] * np.exp(rng.normal(0, 0.02, shape)), axis=2)
    first, last = rng.integers(0, 4, (2, *shape[:2], 1))
    opens, closes = (np.take_along_axis(four, one, axis=2)[:, :, 0] for one in (first, last))
    return {"open": opens, "high": four[:, :, 3], "low": four[:, :, 0], "close": closes}


@st.composite
def accounts(draw):
    """Draw accounts that are covered: tight and ample cash, all costs, sizes and slippages."""
    commission = st.sampled_from(
        [
            Commission(),
            Commission(CommissionKind.PERCENT, 0.003),
            Commission(CommissionKind.PER_SHARE, 0.05),
            Commission(CommissionKind.PER_ORDER, 1.5),
        ]
    )
    sizing = st.sampled_from(
        [
            Sizing(SizingKind.UNITS, 7.0),
            Sizing(SizingKind.UNITS, 0.3),
            Sizing(SizingKind.PERCENT, 60.0),
            Sizing(SizingKind.PERCENT, 100.0),
            Sizing(SizingKind.PERCENT_WHOLE, 95.0),
        ]
    )
    kind = draw(st.sampled_from(list(SlippageKind)))
    amount = 0.0 if kind is SlippageKind.NONE else 0.02
    on_open, allows_outside = draw(st.booleans()), draw(st.booleans())
    return {
        "cash": draw(st.sampled_from([60.0, 77.7, 300.0, 100_000.0])),
        "commission": draw(commission),
        "sizing": draw(sizing),
        "slippage": Slippage(kind, amount, on_open=on_open, allows_outside=allows_outside),
        "is_cheat_on_close": draw(st.integers(0, 4)) == 0,
    }


def drawn_flags(shape, seed, shares):
    """Return one array of flags for each share."""
    rng = np.random.default_rng(seed)
    return [rng.random(shape) < share for share in shares]


def run_whole(table, signals, account):
    """Run the whole backtest on Backtrader."""
    columns = table["close"].shape[1]
    series = [
        make_series(
            f"S{number}",
            np.column_stack([table[name][:, number] for name in ("open", "high", "low", "close")]),
        )
        for number in range(columns)
    ]
    job = make_job(make_bars(*series), signals=signals, **account)
    return BacktraderSimulator().run(job, Steps()), job.spec.trading


def assert_equal_runs(fast, whole):
    """Assert that fills, cash and nav are the same bits."""
    assert fast.nav.tolist() == whole.nav.tolist()
    assert fast.cash.tolist() == whole.cash.tolist()
    for name in FILL_FIELDS:
        assert getattr(fast.fills, name).tolist() == getattr(whole.fills, name).tolist(), name
    assert (fast.final_nav, fast.final_cash) == (whole.final_nav, whole.final_cash)
    assert fast.n_orders == len(whole.orders)
    words = [engine_word(code) for code in whole.orders.status]
    assert fast.n_refused == words.count("MARGIN")


def engine_word(code):
    """Return an order status in words."""
    from bifrost_kernel.domain.backtest import ORDER_STATUSES

    return ORDER_STATUSES[code].name


def one_column(table):
    """Return the prices of a table's only column."""
    return {name: array[:, 0] for name, array in table.items()}


@settings(max_examples=250, deadline=None)
@given(tables(most=1), accounts(), st.integers(0, 2**32 - 1), st.sampled_from([0.05, 0.3, 0.7]))
def test_flags_equal_backtrader(table, account, seed, share):
    """Entries, exits and their shorts give the same fills, refusals, cash and nav."""
    shape = table["close"].shape
    flags = drawn_flags(shape, seed, (share, 0.2, share / 2, 0.2))
    names = ("entries", "exits", "short_entries", "short_exits")
    given_flags = dict(zip(names, flags, strict=True))
    whole, trading = run_whole(table, Signals(**given_flags), account)
    prices = one_column(table)
    fast = engine.simulate_market(
        prices["open"], prices["close"], trading, high=prices["high"], low=prices["low"],
        **{name: array[:, 0] for name, array in given_flags.items()},
    )  # fmt: skip
    assert_equal_runs(fast, whole)


@settings(max_examples=150, deadline=None)
@given(tables(most=1), accounts(), st.integers(0, 2**32 - 1))
def test_target_sizes_equal_backtrader(table, account, seed):
    """Units to hold, long, short, fractional or none, give the same run."""
    rng = np.random.default_rng(seed)
    shape = table["close"].shape
    sizes = rng.choice([-10.0, -2.5, 0.0, 0.1, 5.0, 7.3, 40.0], shape)
    sizes[rng.random(shape) > 0.4] = np.nan
    whole, trading = run_whole(table, Signals(target_size=sizes), account)
    prices = one_column(table)
    fast = engine.simulate_market(
        prices["open"], prices["close"], trading, high=prices["high"], low=prices["low"],
        target_size=sizes[:, 0],
    )  # fmt: skip
    assert_equal_runs(fast, whole)


@settings(max_examples=150, deadline=None)
@given(tables(most=1), accounts(), st.integers(1, 6), st.integers(1, 20), st.booleans())
def test_crossings_equal_backtrader(table, account, fast, more, allows_short):
    """Crossings found and traded in one go are those of the indicators, traded by Backtrader."""
    pair = (fast, fast + more)
    close = table["close"][:, 0]
    crossed = engine_crossings(close, *pair)
    up, down = (crossed > 0)[:, None], (crossed < 0)[:, None]
    down_wish = {"short_entries": down} if allows_short else {"exits": down}
    whole, trading = run_whole(table, Signals(entries=up, **down_wish), account)
    prices = one_column(table)
    run = engine.simulate_crossings(
        prices["open"], close, *pair, trading, allows_short=allows_short, high=prices["high"],
        low=prices["low"],
    )  # fmt: skip
    assert_equal_runs(run, whole)
    sweep = engine.simulate_cross_sweep(
        prices["open"], close, [pair[0]], [pair[1]], trading, allows_short=allows_short,
        high=prices["high"], low=prices["low"],
    )  # fmt: skip
    assert (sweep.final_nav[0], sweep.final_cash[0]) == (whole.final_nav, whole.final_cash)
    assert sweep.n_fills[0] == len(whole.fills)
    assert sweep.n_refused[0] == run.n_refused


def engine_crossings(close, fast, slow):
    """Return the crossings by the indicators."""
    from bifrost_kernel.engines.strategy.calc.indicators import crossover, sma

    return crossover(sma(close, fast), sma(close, slow))


@settings(max_examples=200, deadline=None)
@given(tables(), accounts(), st.integers(0, 2**32 - 1), st.sampled_from([0.05, 0.3, 1.0]))
def test_target_weights_equal_backtrader(table, account, seed, share):
    """Weights of several instruments, some left alone, some short, give the same run."""
    rng = np.random.default_rng(seed)
    shape = table["close"].shape
    weights = rng.choice([-0.5, -0.2, 0.0, 0.1, 0.25, 1 / 3, 0.9, 1.0], shape)
    weights[rng.random(shape) > 0.8] = np.nan
    weights[rng.random(shape[0]) > share] = np.nan
    whole, trading = run_whole(table, Signals(target_weight=weights), account)
    fast = engine.simulate_weights(
        table["open"], table["close"], weights, trading, high=table["high"], low=table["low"]
    )
    assert_equal_runs(fast, whole)
