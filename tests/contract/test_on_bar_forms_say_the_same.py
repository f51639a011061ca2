"""One function, in plain Python and as machine code: the same words where it goes wrong."""

from __future__ import annotations

import inspect

import pytest

from bifrost_kernel.domain.errors import SimulationError
from bifrost_kernel.simulators.compiled import CompiledSimulator
from tests.compiled_samples import BARS, cell
from tests.contract.test_simulator_on_bar_orders import BAD
from tests.on_bar_samples import make_called
from tests.simulation_samples import RISING, Steps, make_bars, make_series

NUMBERS = [one for one, _ in BAD if not set("'\"") & set(inspect.getsource(one).split(",")[0])]
LATE = make_bars(make_series("A", RISING), make_series("B", RISING[2:], days=[2, 3, 4]))


def words_of(function, *, compiled, bars=BARS, **rest):
    """Return the message with which a run fails."""
    job = make_called(function, bars, compiled=compiled, **rest)
    with pytest.raises(SimulationError) as caught:
        CompiledSimulator().run(job, Steps())
    return str(caught.value)


def assert_same_words(function, **rest):
    """Fail unless both forms say the same; return it."""
    words = words_of(function, compiled=False, **rest)
    assert words_of(function, compiled=True, **rest) == words
    return words


TWO_BARS_ON = """
    def idea(now):
        if now.bar == 0:
            now.buy(1)
        if now.bar == 2:
            bad(now)
"""


@pytest.mark.parametrize("bad", NUMBERS, ids=range(len(NUMBERS)))
def test_senseless_terms_are_refused_in_the_same_words(bad):
    """Call, bar, term, value as it was given, and the line."""
    words = assert_same_words(cell(TWO_BARS_ON, bad=bad))
    assert "at bar 2 (2020-01-08): " in words
    assert f"(line {inspect.getsourcelines(bad)[1]} of " in words


def test_most_senseless_terms_are_numbers():
    """The cases above are most of those that the contract knows."""
    assert len(BAD) - len(NUMBERS) == 4


@pytest.mark.parametrize(
    "line",
    [
        "now.buy(parent=1)",
        "now.study(2)",
        "now.study(0, -1)",
        "now.studies(5)",
        "now.buy(1 / (now.close - now.close))",
        'raise ValueError("mine")',
        "now.target_weight(now.close / 0.0)",
        "now.buy(now.closes[0] - 1e9)",
        "x = (0.0 * now.close) ** -1.0",
        "x = (now.close * 1e300) ** 2",
        "now.buy(days=2, limit=1.0, oco=7)",
        "now.on(1).buy()",
        "now.on(now.count).close",
    ],
)
def test_other_errors_are_told_in_the_same_words(line):
    """Bar, exception and line."""
    idea = cell(f"def idea(now):\n    if now.bar == 4:\n        {line}\n")
    words = assert_same_words(idea, prepare=lambda bars: [bars.close, bars.open])
    assert f"(line 3 of the cell: {line})" in words


def test_an_instrument_before_its_first_bar_is_told_by_its_name():
    """As it has no number that a person knows."""
    idea = cell("def idea(now):\n    if now.bar == 1:\n        now.on(1).target_size(1)\n")
    assert "instrument: expected one that has had its first bar, was 'B.XNAS'" in (
        assert_same_words(idea, bars=LATE)
    )
