"""A function that asks for indicators: one result in Python, compiled and on Backtrader."""

import numpy as np
import pytest

import bifrost_kernel as bf
from bifrost_kernel.domain.errors import SimulationError
from bifrost_kernel.simulators.backtrader import BacktraderSimulator
from bifrost_kernel.simulators.compiled import CompiledSimulator
from tests.identical import assert_identical
from tests.indicator_samples import walk
from tests.on_bar_samples import make_called
from tests.simulation_samples import Steps, make_bars, make_series

CLOSE = np.maximum(walk(240, seed=5, step=0.02), 1.0)
BARS = make_bars(
    make_series("A", np.column_stack([CLOSE, CLOSE * 1.01, CLOSE * 0.99, CLOSE])),
    make_series("B", np.column_stack([CLOSE, CLOSE * 1.02, CLOSE * 0.97, CLOSE])[::-1]),
)


def follows(now, fast=5, slow=12):
    """Trade crossings of averages, sized and stopped by how far prices move."""
    ta_fast = bf.indicators.sma_now(now.closes, fast)
    cross = bf.indicators.crossover_step(
        now.state, 0, ta_fast, bf.indicators.ema_step(now.state, 1, now.closes, slow)
    )
    reach = bf.indicators.atr_now(now.highs, now.lows, now.closes, fast)
    swing = bf.indicators.rolling_std_now(now.closes, slow)
    top = bf.indicators.rolling_max_now(now.highs, slow)
    if cross > 0 and reach > 0 and now.position == 0:
        now.buy_bracket(10.0 / reach, stop_loss=now.close - reach, take_profit=top + swing)
    elif cross < 0 and bf.indicators.rsi_now(now.closes, fast) > 20.0:
        now.close_position()
    elif bf.indicators.crossover_now(now.studies(0), now.closes) > 0:
        now.target_weight(0.3)


def run(simulator, function, *, compiled, **options):
    """Run a function over both instruments."""
    options = {"state": 2, "prepare": lambda bars: [bf.indicators.wma(bars.close, 9)], **options}
    job = make_called(function, BARS, compiled=compiled, cash=100_000.0, **options)
    return simulator.run(job, Steps())


def test_a_function_full_of_indicators_has_one_result():
    """Every order, fill and figure is the same in Python, compiled, and on Backtrader."""
    expected = run(BacktraderSimulator(), follows, compiled=False)
    assert len(expected.fills) > 40
    assert_identical(run(CompiledSimulator(), follows, compiled=False), expected)
    assert_identical(run(CompiledSimulator(), follows, compiled=True), expected)


@pytest.mark.parametrize("compiled", [False, True])
def test_a_senseless_period_ends_the_run_with_its_bar(compiled):
    """In either form the message names the bar and the period."""

    def idea(now):
        if now.bar == 3:
            now.buy(bf.indicators.sma_now(now.closes, now.bar - 3))

    with pytest.raises(
        SimulationError, match=r"bar 3 .*period: expected an int of at least 1, was 0"
    ):
        run(CompiledSimulator(), idea, compiled=compiled)


def test_a_whole_array_at_each_bar_is_told_the_way_out():
    """Compiled, a person who asks for whole arrays reads what to use instead."""

    def idea(now):
        now.buy(bf.indicators.sma(now.closes, 3)[-1])

    with pytest.raises(Exception, match=r"sma works out a whole array.* Use sma_now, or prepare"):
        run(CompiledSimulator(), idea, compiled=True)
