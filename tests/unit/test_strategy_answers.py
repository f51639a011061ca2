"""What the engine makes of a strategy's answer: laid out, judged, or explained in one line."""

import numpy as np
import pandas as pd
import pytest

from bifrost_kernel.domain.errors import InvalidInputError, SimulationError
from bifrost_kernel.domain.strategies import Signals
from bifrost_kernel.engines.marketdata import engine as marketdata
from bifrost_kernel.engines.strategy.engine import signals_for
from bifrost_kernel.strategies import builtin
from bifrost_kernel.strategies.declare import strategy_from_class, strategy_from_function
from tests.simulation_samples import make_bars, make_series

ROWS = [(10 + day, 11 + day, 9 + day, 10.5 + day) for day in range(6)]
BARS = make_bars(make_series("AAA", ROWS), make_series("BBB", ROWS[:3], days=[1, 3, 4]))
PANEL = marketdata.align(BARS)
ONE = make_bars(make_series("AAA", ROWS))


def ask(function, bars=ONE, **options):
    """Return the signals of a plain function, with its defaults."""
    made = strategy_from_function(function, **options)
    return signals_for(made, made.read_parameters({}), bars, marketdata.align(bars))


def refusal(bars=ONE, scope="each", **arrays):
    """Return the one-line error that these arrays end in."""

    def wish(_bars):
        return Signals(**arrays)

    with pytest.raises(InvalidInputError) as caught:
        ask(wish, bars, scope=scope)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_each_instrument_is_asked_and_laid_on_the_common_timeline():
    """Flags are False and numbers NaN where an instrument has no bar."""

    def wish(bars):
        return Signals(
            entries=bars.close > 11,
            exits=np.zeros(len(bars), dtype=bool),
            stop_distance=np.arange(1, len(bars) + 1),
        )

    made = ask(wish, BARS)
    assert made.entries.tolist() == [
        [False, False],
        [True, False],
        [True, False],
        [True, True],
        [True, True],
        [True, False],
    ]
    assert made.stop_distance.dtype == np.float64
    assert np.array_equal(made.stop_distance[:, 0], [1, 2, 3, 4, 5, 6])
    assert np.array_equal(
        made.stop_distance[:, 1], [np.nan, 1, np.nan, 2, 3, np.nan], equal_nan=True
    )
    assert made.short_entries is None


def test_arrays_that_only_one_instrument_gives_are_filled_up():
    """False and NaN for the other one."""

    def wish(bars):
        flags = np.ones(len(bars), dtype=bool)
        if bars.instrument_id.symbol == "AAA":
            return Signals(entries=flags, stop_distance=bars.close)
        return Signals(short_entries=flags)

    made = ask(wish, BARS)
    assert not made.entries[:, 1].any()
    assert np.isnan(made.stop_distance[:, 1]).all()
    assert made.short_entries.sum() == 3


def test_a_strategy_that_sees_all_is_asked_once():
    """It gets the panel, and what it wishes where there is no bar is dropped."""
    seen = []

    def wish(panel):
        seen.append(panel)
        return Signals(target_weight=np.full(panel.close.shape, 0.5))

    made = ask(wish, BARS, scope="together")
    assert len(seen) == 1
    assert np.array_equal(np.isnan(made.target_weight), ~PANEL.has_bar)


def test_lists_and_pandas_are_taken_as_arrays():
    """A Series of pandas, a list, a DataFrame for the panel, whole numbers for numbers."""
    made = ask(lambda_free_series)
    assert made.entries.dtype == bool
    assert made.entries[:, 0].tolist() == [False, False, False, True, True, True]

    def frame(panel):
        return Signals(target_size=pd.DataFrame(1, index=panel.end, columns=["a"]))

    assert ask(frame, scope="together").target_size.tolist() == [[1.0]] * 6


def lambda_free_series(bars):
    """Answer with a Series of pandas and a list."""
    close = pd.Series(bars.close)
    return Signals(entries=close.rolling(3).mean() > 12, exits=[False] * len(bars))


@pytest.mark.parametrize("scope", ["each", "together"])
def test_the_function_cannot_write_to_the_bars(scope):
    """Writing is an error in its line, and the bars stay as they were."""
    before = ONE.series[0].close.copy()

    def spoil(bars):
        bars.close[0] = 0.0
        return Signals(entries=bars.close > 1)

    with pytest.raises(SimulationError, match=r"read-only.*bars\.close\[0\] = 0\.0"):
        ask(spoil, scope=scope)
    assert np.array_equal(ONE.series[0].close, before)


def test_the_answer_is_the_engines_own_copy():
    """A function that keeps its arrays and changes them later changes nothing."""
    kept = np.ones((6, 1))

    def wish(_panel):
        return Signals(target_weight=kept)

    made = ask(wish, scope="together")
    kept[:] = 7
    assert made.target_weight[0, 0] == 1


FLAGS = np.ones(6, dtype=bool)
SOME = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
BAD_INF = np.array([1.0, 2.0, np.inf, 4.0, 5.0, 6.0])
BAD_SIGN = np.array([1.0, 2.0, 3.0, -4.0, 5.0, 6.0])


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "wish: expected entries, short_entries, target_size or target_weight, was nothing"),
        ({"exits": FLAGS}, "or target_weight, was exits. Without one of them it never trades"),
        ({"entries": FLAGS[:4]}, "wish: entries: expected an array of shape (6,), was (4,)"),
        ({"entries": FLAGS[:, None]}, "entries: expected an array of shape (6,), was (6, 1)"),
        ({"entries": True}, "entries: expected an array of shape (6,), was ()"),
        ({"entries": SOME}, "entries: expected an array of bool values, was 'float64'"),
        ({"entries": SOME.astype(int)}, "expected an array of bool values, was 'int64'"),
        ({"target_size": FLAGS}, "target_size: expected an array of numbers, was 'bool'"),
        ({"target_size": SOME.astype(object)}, "expected an array of numbers, was 'object'"),
        ({"target_size": SOME.astype(str)}, "expected an array of numbers, was '<U"),
        ({"entries": [[True], [True, False]]}, "entries: expected an array of shape (6,)"),
        (
            {"target_weight": BAD_INF},
            "target_weight: expected finite numbers or NaN, was infinite at bar 2 (2020-01-08)",
        ),
        (
            {"entries": FLAGS, "stop_distance": BAD_SIGN},
            "stop_distance: expected more than 0, was -4 at bar 3 (2020-01-09)",
        ),
        (
            {"entries": FLAGS, "limit_price": SOME - 1},
            "limit_price: expected more than 0, was 0 at bar 0",
        ),
        (
            {"target_size": SOME, "target_weight": SOME},
            "expected target_size or target_weight, was both at bar 0",
        ),
        (
            {"target_size": SOME, "entries": FLAGS},
            "expected flags or targets, was entries together with target_size",
        ),
        ({"target_weight": SOME, "exits": FLAGS}, "was exits together with target_weight"),
        (
            {"target_size": SOME, "stop_distance": SOME},
            "expected entries with stop_distance, was target_size",
        ),
    ],
)
def test_a_senseless_answer_is_refused_in_one_line(arrays, message):
    """The message names strategy, array, value, and the bar where there is one."""
    assert message in refusal(**arrays)


def test_a_panel_answer_is_judged_by_its_shape_and_names_the_bar():
    """The same judgement for (T, K)."""
    assert "expected an array of shape (6, 2), was (6,)" in refusal(
        BARS, "together", target_size=SOME
    )
    wild = np.full((6, 2), np.nan)
    wild[4, 1] = -np.inf
    assert "at bar 4 (2020-01-10)" in refusal(BARS, "together", target_weight=wild)


def test_stop_and_trail_may_take_turns():
    """One on some bars, the other on others."""

    def wish(bars):
        late = np.arange(len(bars)) > 2
        return Signals(
            entries=bars.close > 0,
            stop_distance=np.where(late, np.nan, 1.0),
            trail_distance=np.where(late, 1.0, np.nan),
        )

    assert ask(wish).entries.all()


@pytest.mark.parametrize("answer", [None, True, {"entries": FLAGS}, FLAGS])
def test_an_answer_that_is_not_signals_is_refused(answer):
    """The message shows how to end the function."""

    def wish(_bars):
        return answer

    with pytest.raises(
        InvalidInputError, match="wish: expected Signals back from its function, was"
    ) as caught:
        ask(wish)
    assert "return Signals(entries=" in str(caught.value)


def test_an_error_of_the_function_names_its_line():
    """Strategy, exception, line number and text, though it was raised deeper down."""

    def wish(bars):
        return Signals(entries=np.linalg.inv(np.zeros((2, 2))) > bars.close)

    line = wish.__code__.co_firstlineno + 1
    with pytest.raises(SimulationError) as caught:
        ask(wish)
    message = str(caught.value)
    assert message.startswith("strategy 'wish' raised LinAlgError: Singular matrix, ")
    assert (
        f"in line {line} of test_strategy_answers.py: return Signals(entries=np.linalg" in message
    )
    assert isinstance(caught.value.__cause__, np.linalg.LinAlgError)


def test_an_input_error_of_the_function_passes_as_it_is():
    """A strategy's own complaint about its parameters is the message."""
    made = builtin()["sma_cross"]
    bars = make_bars(make_series("AAA", ROWS * 20))
    with pytest.raises(InvalidInputError, match=r"^fast: expected less than slow \(30\), was 50$"):
        signals_for(made, made.read_parameters({"fast": 50}), bars, marketdata.align(bars))


def test_too_few_bars_say_how_many_are_needed():
    """The parameters that ask for them are named, and the longest series."""
    made = builtin()["sma_cross"]
    bars = make_bars(make_series("AAA", ROWS * 10), make_series("BBB", ROWS))
    asked = made.read_parameters({"slow": 200})
    with pytest.raises(InvalidInputError) as caught:
        signals_for(made, asked, bars, marketdata.align(bars))
    assert str(caught.value) == (
        "sma_cross slow=200 needs at least 202 bars, AAA.XNAS has 60 in this range. "
        "Ask for a longer range or smaller windows"
    )


def test_one_long_enough_series_is_enough():
    """A short one beside it simply makes no wishes."""
    made = builtin()["sma_cross"]
    rows = [(p, p + 1, p - 1, p) for p in (np.sin(np.arange(60.0)) * 3 + 20).tolist()]
    bars = make_bars(make_series("AAA", rows), make_series("BBB", rows[:5]))
    signals = signals_for(
        made, made.read_parameters({"fast": 2, "slow": 5}), bars, marketdata.align(bars)
    )
    assert signals.entries[:, 0].any()
    assert not signals.entries[:, 1].any()


def test_a_native_class_has_no_signals():
    """Its simulator is named."""
    import backtrader as bt

    made = strategy_from_class(type("Mine", (bt.Strategy,), {"__module__": __name__}))
    with pytest.raises(SimulationError, match="Run it with --engine backtrader"):
        signals_for(made, {}, ONE, marketdata.align(ONE))
