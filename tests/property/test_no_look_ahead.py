"""No built-in strategy knows the future: change it or cut it off, past wishes stay the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bifrost_kernel.domain.strategies import Scope, Signals
from bifrost_kernel.engines.marketdata import engine as marketdata
from bifrost_kernel.engines.strategy.engine import signals_for
from bifrost_kernel.strategies import builtin
from bifrost_kernel.strategies.declare import strategy_from_function
from tests.simulation_samples import make_bars, make_series

# Small windows, so that short series are full of decisions.
SMALL = {
    "sma_cross": {"fast": 2, "slow": 4},
    "ema_cross": {"fast": 2, "slow": 4},
    "rsi_reversion": {"period": 3, "oversold": 40, "overbought": 60, "allows_short": True},
    "bollinger_reversion": {"period": 4, "width": 0.8, "allows_short": True},
    "donchian_breakout": {"entry_window": 3, "exit_window": 2, "allows_short": True},
    "atr_bracket": {"trend": 3, "period": 2, "trails": False},
    "momentum_rotation": {"lookback": 4, "skip": 1, "every": "weekly"},
    "equal_weight": {"every": "weekly"},
    "pairs_reversion": {"window": 4, "entry_z": 1.0, "exit_z": 0.2},
    "vol_target": {"window": 3, "every": "daily", "band": 0.01},
    "buy_and_hold": {},
}
DAYS = 40
INTENTS = {"entries", "short_entries", "target_size", "target_weight"}


def wishes(strategy, bars, **parameters):
    """Return what it wishes on these bars, before any check of the warm-up."""
    panel = marketdata.align(bars)
    return signals_for(strategy, strategy.read_parameters(parameters), bars, panel).given()


def random_rows(rng, count):
    """Return (open, high, low, close) rows of a lively walk in steps of a quarter."""
    close = 20 * np.exp(np.cumsum(rng.normal(0, 0.04, count)))
    close = np.round(close * 4) / 4 + 0.25
    spread = rng.integers(0, 4, (2, count)) / 4
    opened = np.concatenate((close[:1], close[:-1]))
    high = np.maximum(opened, close) + spread[0]
    low = np.maximum(np.minimum(opened, close) - spread[1], 0.25)
    return np.column_stack((opened, high, low, close))


def cut(bars, keep):
    """Return the bars of the first `keep` days."""
    first = min(one.session_date[0] for one in bars.series)
    return make_bars(*(one.take(one.session_date < first + keep) for one in bars.series))


def disturb(bars, keep, rng):
    """Return the same bars up to `keep` days, and other prices afterwards."""
    first = min(one.session_date[0] for one in bars.series)
    changed = []
    for one in bars.series:
        is_late = one.session_date >= first + keep
        factor = np.where(is_late, rng.uniform(0.3, 3.0, len(one)), 1.0)
        rows = np.column_stack((one.open, one.high, one.low, one.close)) * factor[:, None]
        days = (one.session_date - np.datetime64("2020-01-06")).astype(int)
        changed.append(make_series(one.instrument_id.symbol, rows, days=days))
    return make_bars(*changed)


def random_bars(rng, count, with_gaps):
    """Return bars of `count` instruments over 40 days, weekends and some gaps left out."""
    weekdays = np.array([day for day in range(DAYS) if day % 7 < 5])
    series = []
    for column in range(count):
        days = weekdays
        if with_gaps:
            late = 0 if column == 0 else rng.integers(0, 8)
            days = days[(days >= late) & ((rng.random(len(days)) > 0.1) | (days == weekdays[0]))]
        rows = random_rows(rng, len(days))
        series.append(make_series("ABC"[column], rows, days=days))
    return make_bars(*series)


def first_difference(strategy, bars, keep, rng, **parameters):
    """Return the first wish before day `keep` that the future moved, or None."""
    whole = wishes(strategy, bars, **parameters)
    rows = len(marketdata.align(cut(bars, keep)))
    for other in (cut(bars, keep), disturb(bars, keep, rng)):
        answer = wishes(strategy, other, **parameters)
        for name in whole:
            past, again = whole[name][:rows], answer[name][:rows]
            if not np.array_equal(past, again, equal_nan=past.dtype != bool):
                return name
    return None


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    keep=st.integers(22, DAYS - 1),
    count=st.integers(1, 3),
    with_gaps=st.booleans(),
)
@pytest.mark.parametrize("name", SMALL)
def test_past_wishes_do_not_depend_on_the_future(name, seed, keep, count, with_gaps):
    """Neither other prices later on nor an earlier end moves a wish that was made before."""
    rng = np.random.default_rng(seed)
    count = 2 if name == "pairs_reversion" else count
    bars = random_bars(rng, count, with_gaps)
    assert first_difference(builtin()[name], bars, keep, rng, **SMALL[name]) is None


@pytest.mark.parametrize("name", SMALL)
def test_the_samples_are_full_of_decisions(name):
    """The look-ahead test would mean nothing if the strategies never wished for anything."""
    made = 0
    for seed in range(20):
        bars = random_bars(np.random.default_rng(seed), 2, with_gaps=True)
        answer = wishes(builtin()[name], bars, **SMALL[name])
        made += sum(int((one > 0).any()) for one in answer.values())
    assert made >= 20


def peeks(bars):
    """Buy before a rise: the mistake that the test is there to find."""
    return Signals(entries=np.append(bars.close[1:] > bars.close[:-1], False))


def scales_by_the_future(bars):
    """Buy below the mean of all closes, later ones included."""
    return Signals(entries=bars.close < bars.close.mean())


def knows_the_last_day_of_the_month(panel):
    """Rebalance at the last bar of a week, which only the next bar can tell."""
    week = (panel.session_date.astype(int) + 3) // 7
    is_last = np.append(week[1:] != week[:-1], True)
    return Signals(target_weight=np.where(is_last[:, None], 0.2, np.nan) * panel.has_bar)


@pytest.mark.parametrize(
    ("cheat", "scope"),
    [
        (peeks, Scope.EACH),
        (scales_by_the_future, Scope.EACH),
        (knows_the_last_day_of_the_month, Scope.TOGETHER),
    ],
)
def test_planted_look_ahead_is_found(cheat, scope):
    """Strategies that use tomorrow's close, a mean of all closes, or the calendar's next bar."""
    cheating = strategy_from_function(cheat, scope=scope)
    found = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        bars = random_bars(rng, 2, with_gaps=False)
        found += [first_difference(cheating, bars, keep, rng) for keep in range(15, 39)]
    assert any(found)


@pytest.mark.parametrize("name", SMALL)
def test_the_warm_up_is_what_the_strategy_says(name):
    """No holding is wished for before it is over, and one is at its last bar in some series."""
    strategy = builtin()[name]
    parameters = strategy.read_parameters(SMALL[name])
    last = strategy.warmup(parameters) - 1
    earliest = DAYS
    for seed in range(150):
        rng = np.random.default_rng(seed)
        start = rng.integers(0, 7)
        days = start + np.arange(12)
        series = [make_series("AB"[one], random_rows(rng, 12), days=days) for one in range(2)]
        answer = wishes(strategy, make_bars(*series), **SMALL[name])
        for key in answer.keys() & INTENTS:
            is_wish = answer[key] if key in Signals.FLAGS else ~np.isnan(answer[key])
            rows = np.flatnonzero(is_wish.any(axis=1))
            earliest = min([earliest, *rows[:1]])
    assert earliest == last
