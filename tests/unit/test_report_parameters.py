"""What a report may be told."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import nbformat
import numpy as np
import pytest

from bifrost_kernel.domain.errors import InvalidInputError, UnknownNameError
from bifrost_kernel.reporting.parameters import check_parameters, read_defaults

# no secret may stand in a kept file, not even a made-up one
PRIVATE_KEY = "-----BEGIN RSA PRIVATE " + "KEY-----"
SERVICE_KEY = "AKIA" + "IOSFODNN7EXAMPLE"
SECRETS = [
    "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a",
    SERVICE_KEY,
    PRIVATE_KEY,
    "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
    "postgresql://trader:hunter2" + "@db/bifrost",
    "Bearer abcdefghijklmnop",
    "kJ8sd7Gh2LmQ9zXc4VbN6tRe1WpY3uAf",
    ["fine", {"inner": SERVICE_KEY}],
    {"password": "x"},
]


def notebook(source):
    """Return a notebook with this parameters cell."""
    cell = nbformat.v4.new_code_cell(source)
    cell.metadata["tags"] = ["parameters"]
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("other = 1"), cell])


def test_parameters_are_what_their_cell_assigns():
    """Plain and annotated assignments, in order; nothing from other cells."""
    source = "a = 1  # one\nb: str = 'x'\nc = d = None\nprint(a)\nlist_[0] = 2"
    assert tuple(read_defaults(notebook(source))) == ("a", "b", "c", "d")
    assert read_defaults(nbformat.v4.new_notebook()) == {}


def test_a_parameters_cell_that_is_not_python_is_refused():
    """One line, with the place."""
    with pytest.raises(InvalidInputError, match="the cell tagged 'parameters' cannot be read"):
        read_defaults(notebook("a = \n%magic"))


def test_values_become_plain():
    """Dates become ISO text, numpy's numbers Python's, tuples lists."""
    given = {
        "a": date(2013, 3, 1), "b": np.float64(1.5), "c": (1, None, True),
        "d": {"x": np.int64(3), "y": datetime(2013, 3, 1, 16)},  # noqa: DTZ001 - as given
    }  # fmt: skip
    assert check_parameters(notebook("a = b = c = d = None"), given) == {
        "a": "2013-03-01", "b": 1.5, "c": [1, None, True],
        "d": {"x": 3, "y": "2013-03-01T16:00:00"},
    }  # fmt: skip


@pytest.mark.parametrize("value", [{1, 2}, object(), b"x", {1: 2}, np.ones(2), Decimal(1)])
def test_other_values_are_refused(value):
    """They could not be read in the notebook later."""
    with pytest.raises(InvalidInputError, match="parameter 'a': expected text, a number, a date"):
        check_parameters(notebook("a = 1"), {"a": value})


def test_unknown_names_are_answered_with_the_nearest():
    """A misspelt name does not fall on the floor."""
    with pytest.raises(UnknownNameError, match="did you mean 'fast'"):
        check_parameters(notebook("fast = 1"), {"fasst": 2})


@pytest.mark.parametrize("secret", SECRETS, ids=range(len(SECRETS)))
def test_a_value_that_looks_like_a_secret_is_refused_and_not_repeated(secret):
    """Reports are kept and shown; the message names the parameter only."""
    with pytest.raises(InvalidInputError, match="looks like") as caught:
        check_parameters(notebook("levels = None"), {"levels": secret})
    assert "hunter2" not in str(caught.value)
    assert SERVICE_KEY not in str(caught.value) + repr(caught.value.context)


@pytest.mark.parametrize(
    "value",
    [
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "01890a5d-ac96-774b-bcce-b302099a8057",
        "AAPL MSFT GOOG IBM FB and a sentence with 40 characters or more",
        "momentum_rotation_of_the_largest_five_by_turnover",
        "the_quick_brown_fox_jumps_over_the_lazy_dogs_again",
        "https://example.org/path?query=1",
        "a basic idea",
    ],
)
def test_fingerprints_names_and_sentences_are_no_secrets(value):
    """What a report is asked about passes."""
    assert check_parameters(notebook("a = 1"), {"a": value}) == {"a": value}


def test_a_name_that_means_a_secret_needs_to_be_empty():
    """``api_key=None`` is a default; a value for it is refused whatever it looks like."""
    kept = {"api_key": None, "token_count": ""}
    assert check_parameters(notebook("api_key = token_count = 1"), kept) == kept
    with pytest.raises(InvalidInputError, match="a secret by its name"):
        check_parameters(notebook("api_key = 1"), {"api_key": "abc"})
