"""Drawn jobs of wishes: the compiled simulator says of them what Backtrader says."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bifrost_kernel.domain.strategies import Signals
from bifrost_kernel.domain.trading import Sizing, SizingKind
from bifrost_kernel.simulators.backtrader import BacktraderSimulator
from bifrost_kernel.simulators.compiled import CompiledSimulator
from tests.drawn_jobs import jobs, wild_jobs
from tests.identical import assert_same_end
from tests.simulation_samples import make_bars, make_job, make_series


@settings(max_examples=300)
@given(wild_jobs())
def test_wishes_of_every_kind_equal_backtrader(job):
    """Every order, event, fill, cash and nav of up to four instruments, and every failure."""
    assert_same_end(job, CompiledSimulator(), BacktraderSimulator())


@settings(max_examples=150)
@given(jobs())
def test_ties_on_a_coarse_grid_equal_backtrader(job):
    """Prices that meet limits, stops and each other exactly, one order after the other."""
    assert_same_end(job, CompiledSimulator(), BacktraderSimulator())


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.25]), st.booleans())
def test_long_quiet_stretches_equal_backtrader(seed, interest, is_wide):
    """Bars on which no order can fill are passed over, and change nothing that is recorded."""
    rng = np.random.default_rng(seed)
    n_bars = 400
    walk = 50 * np.exp(np.cumsum(rng.normal(0, 0.004, n_bars)))
    four = walk[:, None] * (1 + rng.normal(0, 0.002, (n_bars, 4)))
    four[:, 1:3] = np.column_stack([four.max(axis=1), four.min(axis=1)])
    bars = make_bars(make_series("A", four, spec="1h"))
    shape, width = (n_bars, 1), 0.04 if is_wide else 0.008

    def distances(share):
        return np.where(rng.random(shape) < share, walk[:, None] * width, np.nan)

    signals = Signals(
        entries=rng.random(shape) < 0.02, short_entries=rng.random(shape) < 0.01,
        exits=rng.random(shape) < 0.005, stop_distance=distances(0.7),
        trail_distance=distances(0.7), profit_distance=distances(0.7),
        limit_price=np.where(rng.random(shape) < 0.3, walk[:, None] * (1 - width / 3), np.nan),
    )  # fmt: skip
    job = make_job(
        bars, signals=signals, cash=5_000.0, sizing=Sizing(SizingKind.UNITS, 3.0),
        interest_per_year=interest,
    )  # fmt: skip
    result = assert_same_end(job, CompiledSimulator(), BacktraderSimulator())
    assert result is not None
