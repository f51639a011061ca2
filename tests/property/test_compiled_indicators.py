"""Compiled or not, an indicator is what its definition says, to the last bit."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bifrost_kernel.domain.errors import InvalidInputError
from bifrost_kernel.engines.strategy.calc import indicators as ta
from bifrost_kernel.engines.strategy.calc.indicators import (
    loops_exact,
    loops_sums,
    loops_weighted,
    loops_windows,
    plain,
    swift,
)
from tests.indicator_samples import (
    ARITHMETICS,
    BLOCK,
    HARD,
    by_window,
    deviation_of,
    same,
    smoothed,
    sum_of,
    walk,
    weighted_of,
    worked_out,
)

ANY_FLOAT = st.floats(width=64)
PRICE = st.floats(0.01, 1e5).map(lambda one: round(one, 2))
NEAR = st.integers(-4, 4).map(lambda one: 50 + one * 2.0**-47)
SERIES = st.one_of(
    arrays(float, st.integers(0, 60), elements=PRICE),
    arrays(float, st.integers(0, 60), elements=NEAR),
    arrays(float, st.integers(0, 60), elements=st.one_of(PRICE, ANY_FLOAT)),
)
WITHOUT_OVERFLOW = [name for name in HARD if name != "beyond the largest"]
EVERY = {
    "sma": ta.sma,
    "ema": ta.ema,
    "smma": ta.smma,
    "wma": ta.wma,
    "rsi": ta.rsi,
    "sum": ta.rolling_sum,
    "max": ta.rolling_max,
    "min": ta.rolling_min,
    "std": ta.rolling_std,
    "atr": lambda x, n: ta.atr(x + 1, x - 1, x, n),
    "true range": lambda x, n: ta.true_range(x, x[::-1], x + n),
    "bollinger": lambda x, n: np.concatenate(ta.bollinger(x, n)),
    "donchian": lambda x, n: np.concatenate(ta.donchian(x, x, n)),
    "macd": lambda x, n: np.concatenate(ta.macd(x, n, n + 2, 3)),
    "stochastic": lambda x, n: np.concatenate(ta.stochastic(x + 1, x - 1, x, n)),
    "crossover": lambda x, n: ta.crossover(x, ta.sma(x, n)),
    "level": lambda x, _n: ta.crossover(x, 50.0),
    "momentum": ta.momentum,
    "roc": ta.roc,
}


@pytest.fixture(params=ARITHMETICS)
def how(request):
    """Which arithmetic works it out."""
    with worked_out(request.param):
        yield request.param


@settings(max_examples=60, deadline=None)
@given(SERIES, st.integers(1, 70))
@example(np.array([1.0, np.inf, 2.0, 3.0, 4.0]), 2)
@example(np.array([np.nan, 1.0, np.nan, 3.0, 4.0, 5.0]), 1)
@example(np.array([np.inf, np.inf, -np.inf, 3.0, 4.0, 5.0]), 1)
@pytest.mark.parametrize("name", EVERY)
def test_compiled_and_plain_are_the_same(name, values, period):
    """Both arithmetics give the same bits, whatever the numbers and the window."""
    with np.errstate(all="ignore"):
        with worked_out("plain"):
            expected = EVERY[name](values, period)
        with worked_out("compiled"):
            assert same(EVERY[name](values, period), expected)


@pytest.mark.usefixtures("how")
@pytest.mark.parametrize("name", HARD)
def test_windows_of_hard_series_are_as_defined(name):
    """Sums, weighted sums and extremes of every window length equal their definitions."""
    values = HARD[name]
    for period in (*range(1, 12), 31, 32, 33, 64, 100, len(values), len(values) + 1):
        assert same(ta.rolling_sum(values, period), by_window(values, period, sum_of))
        assert same(ta.rolling_max(values, period), by_window(values, period, max))
        assert same(ta.rolling_min(values, period), by_window(values, period, min))
        if name not in ("beyond the largest", "huge beside tiny"):
            assert same(ta.wma(values, period), by_window(values, period, weighted_of))


@pytest.mark.usefixtures("how")
@pytest.mark.parametrize("name", ["ties of 1e-15", "long runs", "returns", "volumes", "holes"])
def test_deviations_are_as_defined(name):
    """Squares and roots are the C library's pow, which Python uses too."""
    values = HARD[name]
    for period in (1, 2, 5, 20, 64):
        assert same(ta.rolling_std(values, period), by_window(values, period, deviation_of))


@pytest.mark.usefixtures("how")
@pytest.mark.parametrize("name", WITHOUT_OVERFLOW)
def test_smoothing_of_hard_series_is_as_defined(name):
    """Both recursive averages begin with the exact average and go on step by step."""
    values = HARD[name]
    for period in (1, 2, 7, 64, len(values), len(values) + 1):
        assert same(ta.ema(values, period), smoothed(values, period, 2.0 / (1.0 + period)))
        assert same(ta.smma(values, period), smoothed(values, period, 1.0 / period))


@pytest.mark.usefixtures("how")
def test_the_squares_that_a_product_gets_wrong():
    """pow(x, 2) is not always x * x, and where they differ the deviation takes pow."""
    rng = np.random.default_rng(11)
    values = np.array([one for one in rng.uniform(1, 700, 100_000).tolist() if one**2 != one * one])
    assert len(values) > 20
    assert same(ta.rolling_std(values, 3), by_window(values, 3, deviation_of))


@pytest.mark.usefixtures("how")
@pytest.mark.parametrize("period", [1, 2, 30, 200, 5000])
def test_blocks_are_joined_without_a_seam(period):
    """Sums over blocks of numbers of different sizes, with holes at the seams, are exact."""
    values = np.concatenate([walk(BLOCK + 300, 3), walk(900, 4) * 1e9, walk(5000, 5) * 1e-9])
    for row in (BLOCK - 1, BLOCK + 299, 2 * BLOCK + period):
        values[min(row, len(values) - 1)] = math.nan
    rows = [*range(period - 1, period + 3), *range(BLOCK - 5, BLOCK + 5), *range(4390, 4400)]
    rows += [*range(5290, 5300), *range(len(values) - 3, len(values))]
    sums = ta.rolling_sum(values, period)
    for row in rows:
        if period - 1 <= row < len(values):
            window = values[row - period + 1 : row + 1]
            expected = math.fsum(window) if np.isfinite(window).all() else math.nan
            assert same(sums[row : row + 1], [expected])


def test_a_block_of_every_size_is_summed_by_whole_numbers():
    """The compiled loop tells which blocks it could not sum, and they are exact all the same."""
    values = walk(3 * BLOCK)
    values[BLOCK + 50 : BLOCK + 60] = [1e300, 1e-300, 7e-200, -1e300, 2.5e-17] * 2
    _, missed = loops_sums.window_means(swift._one_kind(values), 20, 1.0)
    assert missed.tolist() == [BLOCK + 19]
    rows = slice(BLOCK, BLOCK + 120)
    assert same(
        swift.window_means(values, 20, 1.0)[rows][20:],
        by_window(values[rows], 20, sum_of)[20:],
    )
    _, missed = loops_weighted.weighted_means(swift._one_kind(values), 20, 1.0)
    assert missed.tolist() == [BLOCK + 19]
    with worked_out("compiled"):
        averages = ta.wma(values, 20)[rows]
    assert same(averages[20:], by_window(values[rows], 20, weighted_of)[20:])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=12))
@example([1.0, 2.0**-53, 2.0**-1074])
@example([1.0, -(2.0**-54), -(2.0**-1074)])
@example([1.7976931348623157e308, 9.979201547673599e291])
@example([1.7976931348623157e308, 9.979201547673598e291])
@example([-1.7976931348623157e308] * 3)
@example([5e-324] * 5)
@example([-0.0, -0.0])
def test_a_sum_in_whole_digits_is_correctly_rounded(numbers):
    """Both last resorts give the float nearest to the exact sum, the even one of two."""
    exact = sum(map(Fraction, numbers), Fraction(0))
    try:
        nearest = float(exact)
    except OverflowError:
        nearest = math.inf if exact > 0 else -math.inf
    assert loops_exact.exact_sum(np.array(numbers, dtype=float)) == nearest
    assert plain.total(numbers) == nearest
    if numbers:
        assert plain.slid_sums(np.array(numbers), len(numbers)).tolist() == [nearest]


def test_what_is_put_in_is_taken_out_again():
    """Sliding in whole digits leaves nothing behind of what has left the window."""
    digits = loops_exact.no_digits()
    for one in HARD["any size"]:
        loops_exact.put(digits, one, 1)
    loops_exact.put(digits, 2.5, 1)
    for one in HARD["any size"][::-1]:
        loops_exact.put(digits, one, -1)
    assert loops_exact.rounded(digits) == 2.5


KINDS = {
    "list": list,
    "tuple": tuple,
    "float32": lambda x: x.astype(np.float32),
    "int": lambda x: x.astype(np.int64),
    "every other": lambda x: np.repeat(x, 2)[::2],
    "backwards": lambda x: x[::-1].copy()[::-1],
    "read-only": lambda x: np.frombuffer(x.tobytes()),
    "column": lambda x: np.column_stack([x, x])[:, 1],
    "other byte order": lambda x: x.astype(">f8"),
}


@pytest.mark.usefixtures("how")
@pytest.mark.parametrize("kind", KINDS)
def test_any_kind_of_series_will_do(kind):
    """Lists, other dtypes and other layouts give what their float64 array gives."""
    whole = np.round(walk(60))
    for indicator in EVERY.values():
        if kind in ("list", "tuple") and indicator not in (ta.sma, ta.ema, ta.wma, ta.rsi):
            continue
        assert same(indicator(KINDS[kind](whole), 5), indicator(whole, 5))
    loops = loops_sums.window_means, loops_weighted.weighted_means, loops_windows.extremes
    assert all(len(loop.signatures) <= 1 for loop in loops)


@pytest.mark.usefixtures("how")
def test_an_input_is_left_as_it_was():
    """No indicator writes to what it was given, nor makes it read-only."""
    values = walk(50)
    before = values.copy()
    for indicator in EVERY.values():
        indicator(values, 4)
    assert same(values, before)
    assert values.flags.writeable


@pytest.mark.usefixtures("how")
def test_series_too_short_are_all_nan():
    """Fewer bars than the minimum period give NaN, no bars an empty array."""
    for name, indicator in EVERY.items():
        assert len(indicator(np.empty(0), 3)) == 0
        if name not in ("true range", "level", "crossover"):
            assert np.isnan(indicator(walk(2), 9)).all()
            assert np.isnan(indicator(walk(20), 10**15)).all()


def test_highs_lows_and_closes_must_be_of_one_length():
    """The message names the odd one, and how many bars it should have."""
    with pytest.raises(InvalidInputError, match=r"bars of close: expected 5, was 4"):
        ta.atr(np.ones(5), np.ones(5), np.ones(4))
    with pytest.raises(InvalidInputError, match=r"bars of other: expected 5, was 3"):
        ta.crossover(np.ones(5), np.ones(3))
