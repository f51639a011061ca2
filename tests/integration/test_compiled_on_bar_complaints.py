"""A function that cannot become machine code is refused in one line: which one of its, and why."""

from __future__ import annotations

import numpy as np
import pytest

from bifrost_kernel import indicators
from bifrost_kernel.domain.errors import InvalidInputError
from tests.compiled_samples import BARS, cell, run_compiled


class Book:
    """Something that machine code knows nothing of."""

    limit = 5.0


CASES = {
    "text from a number": ('print(f"{now.close:.2f}")', "numbers cannot be put into text"),
    "text.format": ('print("at {}".format(now.close))', "text.format() is not known"),
    "pandas": ("pd.Series(now.closes)", "pandas.Series is not known, only numbers, arrays"),
    "an object": ("now.buy(book.limit)", "book is of type Book, only numbers"),
    "a list outside": ("now.buy(levels[0])", "levels is a list made outside: make it a tuple"),
    "a dict outside": ('now.buy(table["a"])', "table is of type dict, only numbers, arrays"),
    "an unknown name": ("now.buy(threshold)", "threshold is not defined"),
    "terms in a dict": ('now.buy(**{"size": 5.0})', "arguments cannot come from a dict (**)"),
    "an import": ("import math", "nothing can be imported inside"),
    "an attribute that is none": ("now.buy(now.clos)", "now has no 'clos', did you mean now.close"),
    "a term that is none": ("now.buy(sise=3)", "unexpected keyword argument 'sise', did you mean"),
    "text as a size": ('now.buy("3")', "now.buy: size: expected a number, was text"),
    "a share of a column": ("now.on(1.5).buy()", "now.on: k: expected a whole number, was float"),
    "keeping on now": ("now.memory = now.close", "now keeps no memory: keep numbers in now.state"),
    "writing to bars": ("now.closes[0] = 3.0", "bars and studies cannot be written to"),
    "calling the price": ("now.close()", "now.close_position() closes"),
    "an attribute of a number": ("now.close.foo", "float has no foo"),
    "a whole indicator": ("indicators.sma(now.closes, 5)", "sma works out a whole array"),
    "other bits": ("np.tanh(now.close)", "np.tanh gives other last digits"),
    "two kinds of one name": (
        "y = now.closes if now.close > 11 else 1.0",
        "a value is an array in one place and float in another",
    ),
}


def complaint_about(function):
    """Return the message with which it is refused."""
    with pytest.raises(InvalidInputError) as caught:
        run_compiled(function)
    message = str(caught.value)
    assert "\n" not in message
    assert "\x1b" not in message
    return message


@pytest.mark.parametrize("case", CASES)
def test_the_line_and_the_reason_are_named(case):
    """In plain words, with the way to run it all the same."""
    import pandas as pd

    line, reason = CASES[case]
    idea = cell(
        f"def idea(now, fast=10):\n    y = now.bar\n    {line}\n",
        np=np, pd=pd, indicators=indicators, book=Book(), levels=[1.0, 2.0], table={"a": 1.0},
    )  # fmt: skip
    message = complaint_about(idea)
    assert message.startswith("strategy idea cannot be compiled: ")
    assert reason in message
    assert f"(line 3 of the cell: {line})" in message
    assert message.endswith("Run it as plain Python: compiled=False")


def test_an_exception_of_one_kind_cannot_be_caught():
    """Only every exception can."""
    idea = cell("""
        def idea(now):
            try:
                now.buy(1 / 0)
            except ZeroDivisionError:
                now.sell()
    """)
    message = complaint_about(idea)
    assert "only every exception can be caught: write except Exception" in message
    assert "(line 4 of the cell: except ZeroDivisionError:)" in message


def test_a_fault_in_a_function_that_it_calls_is_shown_there():
    """Helpers of the cell are compiled along, and their own line is named."""
    idea = cell("""
        def half(x):
            return x.half

        def idea(now):
            now.buy(half(now.close))
    """)
    assert "float has no half (line 2 of the cell: return x.half)" in complaint_about(idea)


@pytest.mark.parametrize(
    ("end", "told"), [("return now.buy()", "returns something"), ("yield 1", "has yield")]
)
def test_an_answer_is_refused(end, told):
    """A function of now returns nothing."""
    message = complaint_about(cell(f"def idea(now):\n    {end}\n"))
    assert f"expected a function that returns nothing, was one that {told}" in message


def test_a_text_is_no_parameter_of_machine_code():
    """It is refused by its name."""
    message = complaint_about(cell("def idea(now, mode='fast'):\n    now.buy()\n"))
    assert "parameter 'mode': expected a number, True or False in machine code" in message
    assert message.endswith("Run it as plain Python: compiled=False")


def test_a_number_that_a_float_does_not_hold_is_refused():
    """Parameters are handed over as floats."""
    idea = cell("def idea(now, seed=1):\n    now.buy(seed % 7)\n")
    with pytest.raises(InvalidInputError, match="parameter 'seed': expected at most 9007199254740"):
        run_compiled(idea, parameters={"seed": 2**60 + 1})


def test_a_function_in_a_file_is_named_by_its_file():
    """Which a person can open."""

    def idea(now):
        now.buy(now.clos)

    message = complaint_about(idea)
    assert "of test_compiled_on_bar_complaints.py: now.buy(now.clos))" in message


def test_what_was_refused_is_refused_again_and_what_was_mended_runs():
    """A failed attempt leaves nothing behind."""
    for _ in range(2):
        complaint_about(cell("def idea(now):\n    now.buy(now.clos)\n"))
    books = run_compiled(cell("def idea(now):\n    now.buy(1)\n"))
    assert books.account[0]["n_orders"] == len(BARS.series[0])
