"""Window sums are correctly rounded, whatever the numbers; indicators never look ahead."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bifrost_kernel.domain.errors import InvalidInputError
from bifrost_kernel.engines.strategy.calc import indicators as ta
from tests.indicator_samples import ARITHMETICS, worked_out

SIZES = st.integers(0, 60)
PLAIN = st.floats(-1e6, 1e6, allow_nan=False).map(lambda one: round(one, 3))
ANY_SIZE = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e290, max_value=1e290)
WITH_HOLES = st.one_of(PLAIN, st.sampled_from([math.nan, math.inf, -math.inf]))

ONE_ARRAY = {
    "sma": lambda x: ta.sma(x, 4),
    "ema": lambda x: ta.ema(x, 4),
    "smma": lambda x: ta.smma(x, 4),
    "wma": lambda x: ta.wma(x, 4),
    "rsi": lambda x: ta.rsi(x, 4),
    "std": lambda x: ta.rolling_std(x, 4),
    "max": lambda x: ta.rolling_max(x, 4),
    "min": lambda x: ta.rolling_min(x, 4),
    "roc": lambda x: ta.roc(x, 4),
    "momentum": lambda x: ta.momentum(x, 4),
    "macd": lambda x: ta.macd(x, 2, 4, 3)[2],
    "stochastic": lambda x: ta.stochastic(x + 1, x - 1, x, 4)[1],
    "atr": lambda x: ta.atr(x + 1, x - 1, x, 4),
    "bollinger": lambda x: ta.bollinger(x, 4)[1],
    "crossover": lambda x: ta.crossover(x, ta.sma(x, 4)),
}


@pytest.fixture(params=ARITHMETICS, scope="module", autouse=True)
def how(request):
    """Every test here holds for either arithmetic."""
    with worked_out(request.param):
        yield request.param


def _fsum(window):
    return math.fsum(window) if np.isfinite(window).all() else math.nan


def _by_hand(values, period, fold):
    out = np.full(len(values), np.nan)
    for end in range(period, len(values) + 1):
        out[end - 1] = fold(values[end - period : end])
    return out


@settings(max_examples=150, deadline=None)
@given(arrays(float, SIZES, elements=st.one_of(PLAIN, ANY_SIZE)), st.integers(1, 20))
def test_a_window_sum_is_the_correctly_rounded_sum(values, period):
    """Equal to fsum of every window, for prices and for numbers of any size."""
    expected = _by_hand(values, period, _fsum)
    assert np.array_equal(ta.rolling_sum(values, period), expected, equal_nan=True)


@settings(max_examples=150, deadline=None)
@given(arrays(float, SIZES, elements=PLAIN), st.integers(1, 20))
def test_window_sums_of_prices_equal_fsum(values, period):
    """The quick path, which real prices take, is exact as well."""
    expected = _by_hand(values, period, _fsum)
    assert np.array_equal(ta.rolling_sum(values, period), expected, equal_nan=True)


@settings(max_examples=100, deadline=None)
@given(arrays(float, SIZES, elements=WITH_HOLES), st.integers(1, 12))
def test_a_window_with_a_hole_is_nan_and_no_other(values, period):
    """NaN and infinite values spoil exactly the windows that hold them."""
    cases = {ta.rolling_sum: _fsum, ta.rolling_max: np.max, ta.rolling_min: np.min}
    for rolling, fold in cases.items():
        expected = _by_hand(
            values, period, lambda one, fold=fold: fold(one) if np.isfinite(one).all() else np.nan
        )
        assert np.array_equal(rolling(values, period), expected, equal_nan=True)


@settings(max_examples=40, deadline=None)
@given(arrays(float, st.integers(2, 40), elements=st.floats(1, 1000)), st.data())
@pytest.mark.parametrize("name", ONE_ARRAY)
def test_an_indicator_depends_on_the_past_only(name, values, data):
    """Cutting the future off leaves every earlier value as it was."""
    cut = data.draw(st.integers(1, len(values)))
    whole, part = ONE_ARRAY[name](values), ONE_ARRAY[name](values[:cut])
    assert np.array_equal(whole[:cut], part, equal_nan=True)


@settings(deadline=None)
@given(st.sampled_from(list(ONE_ARRAY)), st.integers(0, 4))
def test_leading_nan_only_shifts_an_indicator(name, holes):
    """Another indicator's warm-up is skipped, not averaged in."""
    values = np.round(50 + np.sin(np.arange(30.0)) * 5, 2)
    shifted = ONE_ARRAY[name](np.concatenate((np.full(holes, np.nan), values)))
    assert np.isnan(shifted[:holes]).all()
    assert np.array_equal(shifted[holes:], ONE_ARRAY[name](values), equal_nan=True)


@pytest.mark.parametrize("period", [0, -3, 2.5, True, None])
def test_a_senseless_period_is_refused_in_one_line(period):
    """The message names the period and what it should be."""
    for indicator in (ta.sma, ta.ema, ta.smma, ta.wma, ta.rolling_max, ta.roc, ta.rsi):
        with pytest.raises(InvalidInputError, match=r"period: expected an int of at least 1, was"):
            indicator(np.ones(5), period)


def test_a_table_is_not_a_series():
    """An array of two dimensions is refused."""
    with pytest.raises(InvalidInputError, match=r"array of shape \(T,\), was \(2, 2\)"):
        ta.sma(np.ones((2, 2)), 1)
