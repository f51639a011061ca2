"""Drawn jobs for the simulators: bars, wishes, accounts and dividends of every kind."""

import numpy as np
from hypothesis import strategies as st

from bifrost_kernel.domain.bars import ActionKind, CorporateAction
from bifrost_kernel.domain.strategies import Signals
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
from tests.simulation_samples import make_bars, make_job, make_series


@st.composite
def bar_sets(draw):
    """Draw one to three instruments which start, pause and end on different days.

    Prices lie on a coarse grid, so that gaps, ties and flat bars are common.
    """
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    series = []
    for number in range(draw(st.integers(1, 3))):
        first = 0 if number == 0 else int(rng.integers(0, 7))
        days = np.array([one for one in range(first, 26) if one == first or rng.random() < 0.9])
        four = np.sort(rng.integers(36, 45, (len(days), 4)), axis=1) / 4
        first_col, last_col = rng.permuted(np.tile([0, 1, 2, 3], (len(days), 1)), axis=1).T[:2]
        rows = np.arange(len(days))
        table = np.column_stack(
            [
                four[rows, first_col], four[:, 3], four[:, 0], four[rows, last_col],
                rng.integers(0, 41, len(days)),
            ]
        )  # fmt: skip
        series.append(make_series("ABC"[number], table, days=days))
    return make_bars(*series)


@st.composite
def wishes(draw, bars):
    """Draw arrays of wishes for the bar set: mostly nothing, at times everything at once."""
    sessions = np.unique(np.concatenate([one.session_date for one in bars.series]))
    shape = (len(sessions), len(bars.series))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)

    def flags(share):
        return rng.random(shape) < share

    def numbers(share, values):
        return np.where(rng.random(shape) < share, rng.choice(values, shape), np.nan)

    arrays = {
        "entries": flags(0.3), "exits": flags(0.15),
        "short_entries": flags(draw(st.sampled_from([0.0, 0.2]))),
        "short_exits": flags(0.15),
    }  # fmt: skip
    grid = np.arange(36, 45) / 4
    if draw(st.booleans()):
        arrays["limit_price"] = numbers(0.4, grid)
        arrays["stop_price"] = numbers(0.3, grid)
    if draw(st.booleans()):
        arrays["stop_distance"] = numbers(0.5, [0.25, 0.5, 1.0, 20.0])
        arrays["trail_distance"] = numbers(0.5, [0.25, 0.75])
        arrays["profit_distance"] = numbers(0.6, [0.25, 0.5, 2.0, 20.0])
    if draw(st.booleans()):
        size = numbers(0.3, [-10.0, 0.0, 5.0, 10.0])
        arrays["target_size"] = size
        weight = numbers(0.3, [-0.5, 0.0, 0.3, 0.9])
        arrays["target_weight"] = np.where(np.isnan(size), weight, np.nan)
    return Signals(**arrays)


@st.composite
def accounts(draw):
    """Draw settings: tight and ample cash, every commission, slippage, size and filler."""
    commission = draw(
        st.sampled_from(
            [
                Commission(),
                Commission(CommissionKind.PERCENT, 0.003),
                Commission(CommissionKind.PER_SHARE, 0.05),
                Commission(CommissionKind.PER_ORDER, 1.5),
            ]
        )
    )
    kind = draw(st.sampled_from(list(SlippageKind)))
    switches = draw(st.tuples(*[st.booleans()] * 4))
    slippage = Slippage(kind, 0.0 if kind is SlippageKind.NONE else 0.02, *switches)
    sizing = draw(
        st.sampled_from(
            [
                Sizing(SizingKind.UNITS, 7.0),
                Sizing(SizingKind.PERCENT, 60.0),
                Sizing(SizingKind.PERCENT_WHOLE, 95.0),
            ]
        )
    )
    filler = draw(
        st.sampled_from(
            [
                Filler(),
                Filler(),
                Filler(FillerKind.FIXED_SIZE, 3.0),
                Filler(FillerKind.BAR_PERCENT, 25.0),
                Filler(FillerKind.BAR_POINT_PERCENT, 50.0, 0.25),
            ]
        )
    )
    return {
        "cash": draw(st.sampled_from([60.0, 300.0, 100_000.0])),
        "commission": commission,
        "slippage": slippage,
        "sizing": sizing,
        "filler": filler,
        "is_cheat_on_close": draw(st.integers(0, 4)) == 0,
        "short_cash": draw(st.integers(0, 4)) > 0,
        "leverage": draw(st.sampled_from([1.0, 1.0, 2.0])),
        "interest_per_year": draw(st.sampled_from([0.0, 0.0, 0.1])),
        "charges_long": draw(st.booleans()),
    }


@st.composite
def jobs(draw, **fixed):
    """Draw a whole job."""
    bars = draw(bar_sets())
    return make_job(bars, signals=draw(wishes(bars)), **(draw(accounts()) | fixed))


@st.composite
def wild_bar_sets(draw):
    """Draw up to four instruments of any interval and price, at times with senseless bars."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    spec = draw(st.sampled_from(["1d", "1d", "1h", "1m", "1w"]))
    length = draw(st.integers(1, 70))
    style = draw(st.sampled_from(["fine", "fine", "coarse", "senseless"]))
    level = draw(st.sampled_from([100.0, 7.3, 0.011, 61_000.0]))
    series = []
    for number in range(draw(st.integers(1, 4))):
        first = 0 if number == 0 else int(rng.integers(0, length))
        share = 1.0 if number == 0 and rng.random() < 0.7 else 0.8
        kept = [one for one in range(first, length) if one == first or rng.random() < share]
        table = _wild_table(rng, len(kept), level, style)
        steps = np.array(kept) * (7 if spec == "1w" else 1)
        series.append(make_series("ABCD"[number], table, days=steps, spec=spec))
    return make_bars(*series)


def _wild_table(rng, n, level, style):
    walk = level * np.exp(np.cumsum(rng.normal(0, 0.02, n)))
    four = walk[:, None] * (1 + rng.normal(0, 0.015, (n, 4)))
    if style == "coarse":
        four = np.round(four / (level / 40)) * (level / 40)
    if style != "senseless":
        four[:, 1:3] = np.column_stack([four.max(axis=1), four.min(axis=1)])
    return np.column_stack([four, rng.integers(0, 60, n) * rng.choice([1.0, 0.5, 1.7])])


@st.composite
def wild_wishes(draw, bars):
    """Draw wishes whose prices lie on, beside and far from those of later bars."""
    ends = np.unique(np.concatenate([one.end for one in bars.series]))
    shape = (len(ends), len(bars.series))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    busy = draw(st.sampled_from([0.02, 0.1, 0.4]))
    near = np.empty(shape)
    for column, one in enumerate(bars.series):
        prices = np.concatenate([one.open, one.high, one.low, one.close])
        near[:, column] = rng.choice(prices, len(ends))
    near = np.where(near > 0, near, np.nan)
    level = float(bars.series[0].close[0])

    def flags(share):
        return rng.random(shape) < share

    def some(share, values):
        return np.where(rng.random(shape) < share, values, np.nan)

    def distances(share):
        return some(share, level * rng.choice([0.0013, 0.01, 0.03, 5.0], shape))

    arrays = {
        "entries": flags(busy), "exits": flags(busy / 2),
        "short_entries": flags(busy / 2), "short_exits": flags(busy / 2),
    }  # fmt: skip
    choices = {
        "limit_price": some(0.4, near), "stop_price": some(0.4, near * rng.choice([1, 1.01])),
        "stop_distance": distances(0.6), "trail_distance": distances(0.5),
        "profit_distance": distances(0.6),
    }  # fmt: skip
    arrays |= {name: values for name, values in choices.items() if draw(st.booleans())}
    if draw(st.integers(0, 3)) == 0:
        units = rng.choice([-11.0, 0.0, 3.0, 7.5], shape)
        arrays["target_size"] = some(busy, units)
        free = np.isnan(arrays["target_size"])
        weights = rng.choice([-0.4, 0.0, 0.25, 0.7, 1.2], shape)
        arrays["target_weight"] = np.where(free, some(busy, weights), np.nan)
    return Signals(**arrays)


@st.composite
def wild_accounts(draw, bars):
    """Draw settings in proportion to the prices: futures, dividends and both cheats as well."""
    price = float(bars.series[0].close[0]) or 1.0
    account = draw(accounts())
    account["cash"] = price * draw(st.sampled_from([3.0, 17.7, 100.0, 1e5]))
    account["leverage"] = draw(st.sampled_from([1.0, 1.0, 1.0, 2.0, 3.3, 0.7]))
    account["interest_per_year"] = draw(st.sampled_from([0.0, 0.0, 0.1, 3.0]))
    if account["slippage"].kind is SlippageKind.FIXED:
        switches = draw(st.tuples(*[st.booleans()] * 4))
        account["slippage"] = Slippage(SlippageKind.FIXED, price * 0.004, *switches)
    if draw(st.integers(0, 5)) == 0:
        account["commission"] = Commission(
            CommissionKind.FUTURES, 0.2 * price, margin=price / 7, multiplier=5.0
        )
    cheat = draw(st.integers(0, 6))
    account["is_cheat_on_close"], account["is_cheat_on_open"] = cheat == 0, cheat == 1
    return account


@st.composite
def wild_jobs(draw):
    """Draw a whole job of any kind."""
    bars = draw(wild_bar_sets())
    signals = draw(wild_wishes(bars))
    account = draw(wild_accounts(bars))
    if account["commission"].kind is CommissionKind.FUTURES and signals.target_weight is not None:
        np.abs(signals.target_weight, out=signals.target_weight)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dividends = tuple(
        CorporateAction(one.instrument_id, str(day), ActionKind.DIVIDEND, 0.013 * one.close[0])
        for one in bars.series
        for day in rng.choice(one.session_date, rng.integers(0, 3))
    )
    return make_job(bars, signals=signals, dividends=dividends, **account)
