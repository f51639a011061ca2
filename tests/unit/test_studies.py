"""What a strategy prepares before a run: how it is laid out, and what is refused."""

import re

import numpy as np
import pytest

from bifrost_kernel.domain.errors import InvalidInputError, SimulationError
from bifrost_kernel.engines.marketdata import engine as marketdata
from bifrost_kernel.engines.strategy import engine
from bifrost_kernel.strategies.declare_on_bar import on_bar
from tests.simulation_samples import RISING, make_bars, make_series

BARS = make_bars(make_series("A", RISING), make_series("B", RISING[1:4], days=[1, 2, 4]))
PANEL = marketdata.align(BARS)


def studies_of(prepare, *, bars=BARS, scope="each", warmup=None, **parameters):
    """Prepare with these parameters; `n` is 2 by default."""

    @on_bar(prepare=prepare, scope=scope, warmup=warmup)
    def idea(now, n=2, word="x"):
        return now, n, word

    given = idea.read_parameters(parameters)
    return engine.studies_for(idea, given, bars, marketdata.align(bars))


def test_each_instrument_has_its_own_rows():
    """Each study is a row with a place for each own bar; whole numbers and flags become floats."""
    first, second = studies_of(
        lambda bars, n: [bars.close * n, np.arange(len(bars)), bars.open > 0]
    )
    assert first.dtype == second.dtype == np.float64
    assert first.tolist() == [[22, 24, 26, 28, 30], [0, 1, 2, 3, 4], [1, 1, 1, 1, 1]]
    assert second.tolist() == [[24, 26, 28], [0, 1, 2], [1, 1, 1]]
    assert not first.flags.writeable


def test_studies_of_the_timeline_are_cut_to_own_bars():
    """With scope together a column is an instrument's; places where it has no bar are left out."""
    first, second = studies_of(lambda panel: (panel.close, panel.high), scope="together")
    assert first.tolist() == [[11, 12, 13, 14, 15], [12, 13, 14, 15, 16]]
    assert second.tolist() == [[12, 13, 14], [13, 14, 15]]


def test_nothing_prepared_is_no_studies():
    """No function, and an empty list."""
    assert studies_of(None) == ()
    assert studies_of(lambda bars: []) == ()  # noqa: ARG005 - that is the case
    assert studies_of(lambda bars: (), scope="together") == ()  # noqa: ARG005


def test_the_function_gets_the_parameters_that_it_names():
    """Those it names, or all by ``**``."""
    seen = []

    def named(bars, n):
        seen.append(n)
        return [bars.close]

    def every(bars, **rest):
        seen.append(rest)
        return [bars.close]

    studies_of(named, bars=make_bars(BARS.series[0]), n=7)
    studies_of(every, bars=make_bars(BARS.series[0]), n=8)
    assert seen == [7, {"n": 8, "word": "x"}]


def test_what_was_prepared_is_a_copy():
    """Writing to it later changes nothing; the bars themselves cannot be written to."""
    kept = np.ones(5)
    bars = make_bars(BARS.series[0])
    (study,) = studies_of(lambda bars: [kept], bars=bars)  # noqa: ARG005
    kept[:] = 9
    assert study.tolist() == [[1, 1, 1, 1, 1]]
    with pytest.raises(SimulationError, match="read-only"):
        studies_of(lambda bars: bars.close.fill(0))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, r"idea: prepare: expected a list of arrays back from its function, was NoneType"),
        (np.ones(5), r"expected a list of arrays .* was ndarray. End it with: return \["),
        ({"a": np.ones(5)}, "expected a list of arrays .* was dict"),
        ([np.ones(4)], r"study 0: expected an array of shape \(5,\), was \(4,\). One value"),
        ([np.ones(5), 3.0], r"study 1: expected an array of shape \(5,\), was \(\)"),
        ([np.ones((5, 1))], r"study 0: expected an array of shape \(5,\), was \(5, 1\)"),
        ([["x"] * 5], "study 0: expected an array of numbers, was '<U1'"),
        ([[None] * 5], "study 0: expected an array of numbers, was 'object'"),
        ([np.ones(5) * 1j], "study 0: expected an array of numbers, was 'complex128'"),
        ([[[1], [1, 2]]], r"study 0: expected an array of shape \(5,\)"),
    ],
)  # fmt: skip
def test_an_answer_of_another_form_is_refused_in_one_line(answer, message):
    """Which study, what it was, and what it should be."""
    with pytest.raises(InvalidInputError, match=message) as caught:
        studies_of(lambda bars: answer)  # noqa: ARG005
    assert "\n" not in str(caught.value)


def test_as_many_studies_for_each_instrument():
    """Two for one and one for the other is a mistake."""
    with pytest.raises(
        InvalidInputError, match=r"as many arrays for each instrument, was \[2, 1\]"
    ):
        studies_of(lambda bars: [bars.close] * (2 if len(bars) == 5 else 1))


def test_an_error_in_the_function_names_its_line():
    """Exception, line and text, on one line."""
    with pytest.raises(SimulationError, match=r"ZeroDivisionError: .* by zero, in line \d+ of"):
        studies_of(lambda bars: [bars.close * (1 // 0)])


def test_a_range_that_is_too_short_is_refused_before():
    """As for arrays, with or without studies."""
    message = re.escape("idea n=9 needs at least 11 bars, A.XNAS has 5 in this range")
    for prepare in (None, lambda bars: [bars.close]):
        with pytest.raises(InvalidInputError, match=message):
            studies_of(prepare, warmup=lambda parameters: parameters["n"] + 1, n=9)
