"""The benchmark says truly whether two engines found the same."""

import numpy as np

from tests.backtest_samples import sample_series
from tests.benchmarks.agreement import compare, difference

BARS = {"close": sample_series(has_splits=True).close}
NAV = np.linspace(1e6, 2e6, len(BARS["close"]))
RUN = {"nav": NAV, "entries": np.array([58, 800]), "exits": np.array([112])}


def test_equal_results_are_called_equal():
    """The same fills and the same bits are said to be the same."""
    told = compare(RUN, RUN, BARS)
    assert told == (
        "all 3 fills at the same bars; "
        "nav equal to the last bit at all 3,270 bars, 2,000,000.00 at the end"
    )


def test_one_ulp_is_no_equality():
    """A nav that is off by a last bit at one bar is told, with that bar."""
    other = NAV.copy()
    other[7] = np.nextafter(other[7], np.inf)
    told = compare(RUN, RUN | {"nav": other}, BARS)
    assert "nav differs in its last bits from bar 7 on, by 1e-10 at most" in told


def test_a_fill_that_rounding_made_is_explained():
    """An entry after a bar at which the averages are a rounding error apart names that error."""
    told = compare(RUN, RUN | {"entries": np.array([58, 738, 800])}, BARS)
    assert "1 of 3 fills at other bars, first an entry at bar 738 only there" in told
    assert "at bar 737 the averages are -1.8e-15 apart, which rounding hides" in told


def test_any_other_fill_is_told_without_an_excuse():
    """A fill that differs where the averages are apart is told as it is."""
    told = compare(RUN, RUN | {"exits": np.array([113])}, BARS)
    assert "first an exit at bar 112 only in Bifrost; nav" in told


def test_sweeps_are_compared_one_by_one():
    """The first combination that differs is named with both values."""
    ours = {"final": np.array([1.0, 2.0, 3.0]), "drawdown": np.array([-0.1, -0.2, -0.3])}
    theirs = {"final": np.array([1.0, 2.0, 4.0]), "drawdown": np.array([-0.1, -0.25, -0.9])}
    told = compare(ours, theirs, BARS | {"fast": [5, 8, 11], "slow": [20, 23, 26]})
    assert "2 of 3 last values equal to the last bit" in told
    assert "1 differ, first 11/26 (4.00, not 3.00)" in told
    assert "drawdowns of the like ones 0.05 apart at most" in told


def test_the_averages_differ_as_backtrader_rounds_them():
    """The exact difference of two averages is that of their rounded exact sums."""
    assert difference(BARS["close"], 737, 10, 30) == -1.7763568394002505e-15
