"""Programs of orders drawn at random: every simulator says of them what Backtrader says."""

from dataclasses import fields, is_dataclass, replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bifrost_kernel.domain.errors import SimulationError
from bifrost_kernel.engines.marketdata import engine as marketdata
from bifrost_kernel.simulators.backtrader import BacktraderSimulator
from bifrost_kernel.simulators.compiled import CompiledSimulator
from tests.drawn_programs import OPS, draw_job
from tests.simulation_samples import Steps, make_bars

SEEDS = st.integers(0, 2**63 - 1)


def outcome(simulator, job):
    """Return the result of a run, or at which bar it failed."""
    assert simulator.refusal(job) is None
    try:
        return simulator.run(job, Steps())
    except SimulationError as error:
        return error.context["bar"]


def differences(left, right, name="result"):
    """Return the names of all values that are not the same to the last bit; NaN is NaN."""
    if is_dataclass(left) and is_dataclass(right):
        pairs = [
            (one.name, getattr(left, one.name), getattr(right, one.name)) for one in fields(left)
        ]
        pairs = [one for one in pairs if one[0] != "simulator"]
        return [found for one in pairs for found in differences(*one[1:], f"{name}.{one[0]}")]
    if isinstance(left, np.ndarray) and left.dtype.kind == "f":
        is_same = left.dtype == right.dtype and np.array_equal(left, right, equal_nan=True)
    elif isinstance(left, np.ndarray):
        is_same = left.dtype == right.dtype and np.array_equal(left, right)
    else:
        is_same = left == right
    return [] if is_same else [name]


@settings(max_examples=100)
@given(SEEDS, st.integers(1, 4), st.sampled_from([0.15, 0.4, 0.8]))
def test_plain_python_over_the_compiled_broker_equals_backtrader(seed, slots, share):
    """Every order, event, fill, cash and nav, of one to three instruments with gaps."""
    job = draw_job(seed, slots=slots, share=share)
    reference = outcome(BacktraderSimulator(), job)
    assert differences(reference, outcome(CompiledSimulator(), job)) == []


@settings(max_examples=12)
@given(SEEDS)
def test_long_programs_equal_backtrader(seed):
    """Tables grow on the way, and what was sent long ago can still be cancelled."""
    job = draw_job(seed, n_bars=150, slots=3, share=0.6)
    reference = outcome(BacktraderSimulator(), job)
    assert differences(reference, outcome(CompiledSimulator(), job)) == []


@settings(max_examples=60)
@given(SEEDS, st.integers(1, 20))
def test_no_order_knows_the_bars_after_it(seed, bar):
    """With other highs, lows, closes and volumes from a bar on, orders before it stay the same."""
    job = draw_job(seed)
    bar = min(bar, len(job.panel) - 1)
    bars = make_bars(*(with_another_future(one, job.panel.end[bar]) for one in job.bars.series))
    other = replace(job, bars=bars, panel=marketdata.align(bars))
    left, right = (outcome(CompiledSimulator(), one) for one in (job, other))
    if isinstance(left, int) or isinstance(right, int):
        return
    for name in ("bar", "instrument", "type", "quantity", "price", "limit_price", "parent_ref"):
        before = getattr(left.orders, name)[left.orders.bar < bar]
        after = getattr(right.orders, name)[right.orders.bar < bar]
        assert np.array_equal(before, after, equal_nan=True), name


def with_another_future(series, end):
    """Return the series with other prices from a point of the timeline on."""
    later = series.end >= end
    new = {
        name: np.where(later, getattr(series, name) * factor, getattr(series, name))
        for name, factor in (("high", 3.0), ("low", 0.5), ("close", 2.0), ("volume", 5.0))
    }
    return replace(series, **new)


def test_the_drawing_reaches_everything_there_is():
    """Every kind of call is drawn, and every type and status of order comes about."""
    types, statuses, ops = set(), set(), set()
    for seed in range(30):
        job = draw_job(seed)
        result = outcome(BacktraderSimulator(), job)
        ops |= {int(one) for study in job.studies for one in np.unique(study[::11])}
        if not isinstance(result, int):
            types |= set(result.orders.type.tolist())
            statuses |= set(result.orders.status.tolist())
    assert ops == set(range(len(OPS)))
    assert types == set(range(7))
    assert statuses == set(range(8))
