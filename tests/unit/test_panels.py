"""Several instruments on one timeline: decisions wait for their instrument's next bar."""

from __future__ import annotations

import numpy as np
import pytest

from bifrost_kernel.engines.strategy.calc.panels import act_at_next_bar

NONE = np.nan


@pytest.mark.parametrize(
    ("decided", "has_bar", "acted"),
    [
        ([1, NONE, 2], [1, 1, 1], [1, NONE, 2]),
        ([1, NONE, NONE], [0, 0, 1], [NONE, NONE, 1]),
        ([1, 2, NONE], [0, 0, 1], [NONE, NONE, 2]),
        ([1, 2, 3], [0, 0, 1], [NONE, NONE, 3]),
        ([NONE, NONE, 1], [1, 1, 0], [NONE, NONE, NONE]),
        ([1, NONE, 2], [0, 0, 0], [NONE, NONE, NONE]),
    ],
)
def test_a_decision_waits_for_the_next_bar_and_the_later_of_two_stands(decided, has_bar, acted):
    """Worked out by hand, beside an instrument that has every bar."""
    decisions = np.column_stack([np.array(decided, dtype=float), [7.0, 8.0, 9.0]])
    bars = np.column_stack([np.array(has_bar, dtype=bool), np.ones(3, dtype=bool)])
    found = act_at_next_bar(decisions, bars)
    np.testing.assert_array_equal(found[:, 0], acted)
    np.testing.assert_array_equal(found[:, 1], [7.0, 8.0, 9.0])
