"""Programs of orders drawn at random, carried out by machine code: Backtrader says the same."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bifrost_kernel.domain.errors import SimulationError
from bifrost_kernel.simulators.backtrader import BacktraderSimulator
from bifrost_kernel.simulators.compiled import CompiledSimulator
from tests.drawn_programs import draw_job
from tests.property.test_on_bar_equals_backtrader import SEEDS, differences, outcome
from tests.simulation_samples import Steps


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.integers(1, 4), st.sampled_from([0.15, 0.4, 0.8]))
def test_machine_code_equals_backtrader(seed, slots, share):
    """Every order, event, fill, cash and nav, of one to three instruments with gaps."""
    job = draw_job(seed, slots=slots, share=share, compiled=True)
    reference = outcome(BacktraderSimulator(), job)
    assert differences(reference, outcome(CompiledSimulator(), job)) == []


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_long_programs_equal_backtrader(seed):
    """Tables grow on the way, and what was sent long ago can still be cancelled."""
    job = draw_job(seed, n_bars=150, slots=3, share=0.6, compiled=True)
    reference = outcome(BacktraderSimulator(), job)
    assert differences(reference, outcome(CompiledSimulator(), job)) == []


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.sampled_from([0.4, 0.8]))
def test_machine_code_equals_plain_python(seed, share):
    """What fails fails at the same bar with the same words."""
    one, other = (
        told_by(draw_job(seed, slots=3, share=share, compiled=compiled))
        for compiled in (False, True)
    )
    assert differences(one, other) == []


def told_by(job):
    """Return the result of a run, or the words with which it failed."""
    try:
        return CompiledSimulator().run(job, Steps())
    except SimulationError as error:
        return str(error)
