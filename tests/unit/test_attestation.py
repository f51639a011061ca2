"""A report's attestation: declared first, counted, closed."""

from __future__ import annotations

import json

import numpy as np
import pytest

from bifrost_kernel.display.attestation import ATTESTATION_MIME, Attestation
from bifrost_kernel.domain.errors import InvalidInputError, UnknownNameError

YES, NO = True, False


def test_every_declared_check_that_passed_makes_it_pass():
    """Order of running does not matter; numpy's bools count; details are kept as text."""
    one = Attestation("a", "b")
    assert one.check("b", np.bool_(YES), 3)
    assert one.check("a", YES)
    assert not one.is_passed
    assert one.close() is one
    assert one.is_passed
    assert [check.name for check in one.checks] == ["a", "b"]
    assert one.checks[1].detail == "3"
    assert json.loads(json.dumps(one.to_json())) == {
        "version": 1,
        "declared": ["a", "b"],
        "checks": [
            {"name": "a", "passed": True, "detail": ""},
            {"name": "b", "passed": True, "detail": "3"},
        ],
        "passed": True,
    }


def test_a_check_that_failed_or_never_ran_makes_it_fail():
    """Both stand in what is shown, and nothing is raised."""
    one = Attestation("ran", "failed", "forgotten")
    one.check("ran", YES)
    assert one.check("failed", NO, "2 rows differ") is False
    one.close()
    assert not one.is_passed
    assert one.missing == ("forgotten",)
    assert repr(one).splitlines() == [
        "attestation: 1 of 3 checks passed",
        "  passed   ran",
        "  FAILED   failed  (2 rows differ)",
        "  not run  forgotten",
    ]


def test_only_a_closed_attestation_speaks_to_machines():
    """Shown half-way it says so, and carries no JSON."""
    one = Attestation("a")
    one.check("a", YES)
    assert ATTESTATION_MIME not in one._repr_mimebundle_()
    assert "not closed yet" in repr(one)
    assert one.close()._repr_mimebundle_()[ATTESTATION_MIME]["passed"] is True


def test_what_is_shown_is_escaped():
    """Names and details are text, not HTML."""
    one = Attestation("<script>x</script>")
    one.check("<script>x</script>", YES, "<img src=x>")
    shown = one.close()._repr_mimebundle_()["text/html"]
    assert "<script" not in shown
    assert "<img" not in shown


@pytest.mark.parametrize("names", [(), ("",), ("a", "a"), (" ",), (1,)])
def test_checks_need_names_that_differ(names):
    """An attestation of nothing, or of the same thing twice, is refused."""
    with pytest.raises(InvalidInputError, match="at least one name, no two alike"):
        Attestation(*names)


def test_what_was_not_declared_cannot_run():
    """A misspelt name is answered with the nearest one."""
    with pytest.raises(UnknownNameError, match="did you mean 'figures'"):
        Attestation("figures").check("figure", YES)


@pytest.mark.parametrize("outcome", ["yes", 1, None, np.array([True, False]), [True]])
def test_an_outcome_is_true_or_false(outcome):
    """A text, a number or an array would pass by accident."""
    with pytest.raises(InvalidInputError, match="expected True or False"):
        Attestation("a").check("a", outcome)


def test_a_check_runs_once_and_not_after_the_end():
    """A second outcome cannot paint over the first."""
    one = Attestation("a", "b")
    one.check("a", NO)
    with pytest.raises(InvalidInputError, match="it ran before"):
        one.check("a", YES)
    one.close()
    with pytest.raises(InvalidInputError, match="the attestation is closed"):
        one.check("b", YES)
