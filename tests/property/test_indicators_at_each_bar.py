"""What an indicator is at the last bar: the array's last value, in plain Python and compiled."""

import math

import numba
import numpy as np
import pytest
from numba.core.errors import TypingError

import bifrost_kernel as bf
from bifrost_kernel.domain.errors import InvalidInputError
from bifrost_kernel.engines.strategy.calc.indicators import in_compiled
from tests.indicator_samples import HARD, same, walk, worked_out

NAMES = (
    "rolling_sum",
    "sma",
    "wma",
    "ema",
    "smma",
    "rolling_max",
    "rolling_min",
    "rolling_std",
    "rsi",
    "atr",
    "ema_step",
    "smma_step",
    "crossover",
    "crossover_step",
)
SERIES = [name for name in HARD if name not in ("beyond the largest", "huge beside tiny")]


def at_each_bar(prices, period, state, out):
    """Ask for every indicator at every bar, as a function called at each bar does."""
    highs, lows, closes = prices
    ta_of = bf.indicators
    for bar in range(len(closes)):
        high, low, close = highs[: bar + 1], lows[: bar + 1], closes[: bar + 1]
        out[0, bar] = bf.indicators.rolling_sum_now(close, period)
        out[1, bar] = bf.indicators.sma_now(close, period)
        out[2, bar] = bf.indicators.wma_now(close, period=period)
        out[3, bar] = bf.indicators.ema_now(close, period)
        out[4, bar] = bf.indicators.smma_now(close, period)
        out[5, bar] = bf.indicators.rolling_max_now(close, period)
        out[6, bar] = bf.indicators.rolling_min_now(close, period)
        out[7, bar] = bf.indicators.rolling_std_now(close, period)
        out[8, bar] = bf.indicators.rsi_now(close, period)
        out[9, bar] = bf.indicators.atr_now(high, low, close, period)
        out[10, bar] = bf.indicators.ema_step(state, 0, close, period)
        out[11, bar] = bf.indicators.smma_step(state, 1, close, period)
        out[12, bar] = bf.indicators.crossover_now(close, low)
        out[13, bar] = ta_of.crossover_step(state, 2, out[1, bar], close[-1])


def whole_arrays(prices, period):
    """Return the indicators' arrays, in the same order."""
    highs, lows, closes = prices
    ta = bf.indicators
    averages = ta.ema(closes, period), ta.smma(closes, period)
    return np.array(
        [
            ta.rolling_sum(closes, period),
            ta.sma(closes, period),
            ta.wma(closes, period),
            *averages,
            ta.rolling_max(closes, period),
            ta.rolling_min(closes, period),
            ta.rolling_std(closes, period),
            ta.rsi(closes, period),
            ta.atr(highs, lows, closes, period),
            *averages,
            ta.crossover(closes, lows),
            np.nan_to_num(ta.crossover(ta.sma(closes, period), closes)),
        ]
    )


@pytest.fixture(scope="module")
def compiled():
    """The same function, compiled by numba."""
    assert in_compiled.__doc__
    return numba.njit(error_model="numpy")(at_each_bar)


def _asked(function, prices, period):
    out = np.full((len(NAMES), len(prices[0])), math.inf)
    function(prices, period, np.zeros(3), out)
    return out


def _prices(name):
    closes = HARD[name].copy()
    width = np.random.default_rng(3).integers(-1, 3, len(closes))
    prices = closes + width, closes - width, closes
    for one in prices:
        one.setflags(write=False)
    return prices


@pytest.mark.parametrize("name", SERIES)
def test_at_each_bar_it_is_the_arrays_value(compiled, name):
    """Compiled and in Python, each is the last value of its array, NaN and ties included."""
    prices = _prices(name)
    for period in (1, 2, 9, 33):
        expected = whole_arrays(prices, period)
        found = _asked(compiled, prices, period)
        wrong = [one for one, a, b in zip(NAMES, found, expected, strict=True) if not same(a, b)]
        assert wrong == []


@pytest.mark.parametrize("how", ["plain", "compiled"])
@pytest.mark.parametrize("name", ["long runs", "ties of 1e-15", "holes", "any size"])
def test_plain_python_has_the_same_bits(compiled, name, how):
    """The same source gives the same in Python, whichever arithmetic works it out."""
    prices = _prices(name)
    with worked_out(how), np.errstate(all="ignore"):
        found = _asked(at_each_bar, prices, 5)
    assert same(found, _asked(compiled, prices, 5))


def test_numbers_too_large_for_their_sum(compiled):
    """Sums beyond the largest float are infinite, in both."""
    prices = _prices("beyond the largest")
    found = _asked(compiled, prices, 3)[:2]
    assert same(found, whole_arrays(prices, 3)[:2])
    assert np.isinf(found).any()


def test_a_column_of_a_table_will_do():
    """Compiled, a series need not be contiguous nor of floats."""
    ask = numba.njit(lambda x: (bf.indicators.sma_now(x, 4), bf.indicators.ema_now(x, 4)))
    column = np.round(walk(50))
    expected = bf.indicators.sma_now(column, 4), bf.indicators.ema_now(column, 4)
    assert ask(np.column_stack([column, column])[:, 1]) == expected
    assert ask(column.astype(np.int64)) == expected


def test_a_period_of_nothing_is_refused_when_it_is_met(compiled):
    """Compiled too, a period of 0 raises what it raises in Python."""
    for function in (compiled, at_each_bar):
        with pytest.raises(InvalidInputError, match="period: expected an int of at least 1, was 0"):
            _asked(function, _prices("long runs"), 0)


def test_a_fraction_of_bars_is_refused_before_anything_runs():
    """A period that is no int is told by name, at compilation."""
    function = numba.njit(lambda closes, period: 2 * bf.indicators.sma_now(closes, period))
    with pytest.raises(TypingError, match=r"sma_now: period: expected an int .*, was float64"):
        function(walk(10), 2.5)


@pytest.mark.parametrize(
    ("name", "way_out"), [("sma", "Use sma_now, or prepare"), ("lag", "Use p")]
)
def test_a_whole_array_at_each_bar_is_refused(name, way_out):
    """Compiled, asking for whole arrays ends with the way out, not with the square of the bars."""
    indicator = getattr(bf.indicators, name)
    function = numba.njit(lambda closes: indicator(closes, 3)[-1])
    with pytest.raises(TypingError, match=way_out):
        function(walk(10))


def test_every_indicator_has_an_answer_in_compiled_code():
    """Nothing public is forgotten: it has a compiled twin, or a message that says what to use."""
    known = numba.core.registry.cpu_target.typing_context
    known.refresh()
    for name in bf.indicators.__all__:
        assert known._lookup_global(getattr(bf.indicators, name)) is not None
