"""Crossings of averages are exact, whatever the prices: ties, near ties, any size and sign."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bifrost_kernel.domain.trading import Commission, CommissionKind, Sizing, SizingKind, Trading
from bifrost_kernel.engines.strategy import engine
from bifrost_kernel.engines.strategy.calc.fast.exact import sum_exactly
from bifrost_kernel.engines.strategy.calc.fast.weights import floor_of_ratio
from bifrost_kernel.engines.strategy.calc.indicators import crossover, sma

ANY_SIZE = st.floats(min_value=-1e100, max_value=1e100, allow_nan=False)
PERIODS = st.tuples(st.integers(1, 40), st.integers(1, 90)).map(lambda one: (one[0], sum(one)))


def crossings_by_hand(close, fast, slow):
    """Return (bar, direction) by the rule itself: fsum averages, the last side remembered."""
    found, side = [], 0
    plain = close.tolist()
    for bar in range(slow - 1, len(plain)):
        window = plain[: bar + 1]
        gap = math.fsum(window[-fast:]) / fast - math.fsum(window[-slow:]) / slow
        now = (gap > 0) - (gap < 0)
        if now and side and now != side:
            found.append((bar, now))
        side = now or side
    return found


def found_crossings(close, fast, slow):
    """Return (bar, direction) as the engine finds them."""
    crossings = engine.cross_averages(close, fast, slow)
    assert crossings.n_bars == len(close)
    return list(zip(crossings.bar.tolist(), crossings.direction.tolist(), strict=True))


def assert_exact(close, fast, slow):
    """Assert that crossings are the rule's, alone and in a sweep."""
    crossed = crossover(sma(close, fast), sma(close, slow))
    bars = np.flatnonzero(np.abs(crossed) == 1)
    expected = [(int(bar), int(crossed[bar])) for bar in bars]
    assert found_crossings(close, fast, slow) == expected
    sweep = engine.simulate_cross_sweep(
        close, close, [fast], [slow], Trading(cash=1e140, sizing=Sizing(SizingKind.UNITS, 1e-3)),
        allows_short=True,
    )  # fmt: skip
    entered = [bar for bar, _ in expected if bar < len(close) - 1]
    assert sweep.n_fills[0] == max(0, 2 * len(entered) - 1)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(2, 3000),
    PERIODS,
    st.sampled_from(["cents", "quarters", "whole", "flat", "near", "wide", "signed", "tiny"]),
)
def test_crossings_of_any_series_are_those_of_the_indicators(seed, n_bars, periods, kind):
    """Walks on a grid, flat stretches, differences of 1e-15, huge ranges, negative prices."""
    rng = np.random.default_rng(seed)
    walk = 100 + rng.normal(0, 1, n_bars).cumsum()
    close = {
        "cents": lambda: np.abs(np.round(walk, 2)) + 0.01,
        "quarters": lambda: np.abs(np.round(rng.integers(380, 420, n_bars) / 4, 2)),
        "whole": lambda: rng.integers(1, 4, n_bars).astype(float),
        "flat": lambda: np.where(rng.random(n_bars) < 0.02, 10.1, 10.0),
        "near": lambda: 0.1 * (1 + rng.integers(-4, 5, n_bars) * 2.0**-52),
        "wide": lambda: 10.0 ** rng.uniform(-90, 90, n_bars),
        "signed": lambda: walk - 100,
        "tiny": lambda: np.abs(walk) * 1e-305,
    }[kind]()
    assert_exact(close, *periods)


@settings(max_examples=150, deadline=None)
@given(arrays(float, st.integers(2, 70), elements=ANY_SIZE), PERIODS)
def test_crossings_of_drawn_numbers_are_the_rule_itself(close, periods):
    """Numbers of any size and sign: equal to sums by fsum, bar by bar."""
    fast, slow = periods
    assert found_crossings(close, fast, slow) == crossings_by_hand(close, fast, slow)


def test_a_difference_that_rolling_sums_lose_is_seen():
    """Averages that differ by one unit in the last place have an order, equal ones have none."""
    rng = np.random.default_rng(5)
    for scale in (1.0, 1e-7, 3.3e8):
        base = scale * np.round(rng.uniform(1, 2, 40), 3)
        close = np.tile(base, 60)  # windows of 40 and 80 tie at every bar
        for place in (100, 1500, 2399):
            nudged = close.copy()
            nudged[place] = np.nextafter(nudged[place], np.inf)
            for series in (close, nudged):
                expected = crossings_by_hand(series[:2400], 40, 80)
                assert found_crossings(series, 40, 80) == expected


@settings(max_examples=300, deadline=None)
@given(arrays(float, st.integers(0, 40), elements=st.floats(-1e300, 1e300)))
def test_the_compiled_sum_is_fsum(values):
    """Correctly rounded, whatever cancels."""
    mixed = np.concatenate((values, -values[::2], values[1::3] * 2.0**-60))
    assert sum_exactly(mixed, np.empty(64)) == math.fsum(mixed)


@settings(max_examples=300, deadline=None)
@given(
    st.floats(0, 1e15),
    st.floats(1e-3, 1e6),
    st.integers(0, 10**9),
    st.sampled_from([-1, 0, 1]),
)
def test_the_whole_part_of_a_ratio_is_pythons(top, bottom, count, nudge):
    """Equal to ``//``, right beside whole multiples too."""
    assert floor_of_ratio(top, bottom) == top // bottom
    near = count * bottom
    near = near if nudge == 0 else float(np.nextafter(near, nudge * np.inf))
    assert floor_of_ratio(max(near, 0.0), bottom) == max(near, 0.0) // bottom


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(30, 2500), st.booleans())
def test_a_pair_in_a_sweep_is_its_own_run(seed, n_bars, allows_short):
    """Final nav and cash to the last bit, fills, refusals and round trips, whatever the pairs."""
    rng = np.random.default_rng(seed)
    close = np.round(50 * np.exp(rng.normal(0, 0.02, n_bars).cumsum()), 2) + 0.01
    opens = close * np.exp(rng.normal(0, 0.01, n_bars))
    trading = Trading(
        cash=float(rng.choice([500.0, 1e6])),
        commission=Commission(CommissionKind.PERCENT, 0.001),
        sizing=Sizing(SizingKind.PERCENT_WHOLE, 99.0),
    )
    slow = rng.integers(2, 60, 12)
    fast = np.array([rng.integers(1, one) for one in slow])
    sweep = engine.simulate_cross_sweep(
        opens, close, fast, slow, trading, allows_short=allows_short
    )
    for place in range(len(slow)):
        run = engine.simulate_crossings(
            opens, close, int(fast[place]), int(slow[place]), trading, allows_short=allows_short
        )
        assert sweep.final_nav[place] == run.final_nav
        assert sweep.final_cash[place] == run.final_cash
        assert sweep.n_fills[place] == len(run.fills)
        assert sweep.n_refused[place] == run.n_refused
        peak = np.maximum.accumulate(np.maximum(run.nav, trading.cash))
        assert sweep.max_drawdown[place] == (run.nav / peak - 1.0).min()
        assert sweep.round_trips[place] == (run.fills.position == 0).sum()
