"""What a report notebook checked, counted: the proof that it ran to its end."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from bifrost_kernel.display.markup import join, table, tag
from bifrost_kernel.display.page import output_html
from bifrost_kernel.domain.errors import InvalidInputError, UnknownNameError, require

ATTESTATION_MIME = "application/vnd.bifrost.attestation+json"


class Check(NamedTuple):
    """One check that ran.

    Parameters
    ----------
    name
        As declared.
    is_passed
        Its outcome.
    detail
        The figures behind it, for a reader.
    """

    name: str
    is_passed: bool
    detail: str


class Attestation:
    """The checks that a report declares first, runs, and closes with in its last cell.

    A report whose last cell does not show a closed attestation with every declared check
    passed is not believed, whatever else it shows.

    Parameters
    ----------
    *checks
        Name of each check that is going to run; at least one, no two alike.

    Examples
    --------
    >>> attestation = Attestation("figures are finite")
    >>> attestation.check("figures are finite", True)
    True
    >>> attestation.close()
    attestation: 1 of 1 checks passed
      passed   figures are finite
    """

    def __init__(self, *checks: str) -> None:
        is_sound = all(isinstance(one, str) and one.strip() for one in checks)
        require(
            checks and is_sound and len(set(checks)) == len(checks),
            "checks", checks, "at least one name, no two alike",
        )  # fmt: skip
        self._declared = checks
        self._done: dict[str, Check] = {}
        self._is_closed = False

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks that ran, in the order in which they were declared."""
        return tuple(self._done[name] for name in self._declared if name in self._done)

    @property
    def missing(self) -> tuple[str, ...]:
        """The declared checks that did not run."""
        return tuple(name for name in self._declared if name not in self._done)

    @property
    def is_closed(self) -> bool:
        """True once no more checks can be added."""
        return self._is_closed

    @property
    def is_passed(self) -> bool:
        """True when it is closed, every declared check ran, and each passed."""
        return self._is_closed and not self.missing and all(one.is_passed for one in self.checks)

    def check(self, name: str, is_passed: object, detail: object = "") -> bool:
        """Record the outcome of a declared check.

        Parameters
        ----------
        name
            As declared.
        is_passed
            True or False; anything that is merely true-ish is refused.
        detail
            The figures behind it, for a reader.

        Returns
        -------
        bool
            The outcome.

        Raises
        ------
        UnknownNameError
            No check of that name was declared.
        InvalidInputError
            It ran before, the attestation is closed, or the outcome is not a bool.
        """
        if name not in self._declared:
            raise UnknownNameError.of("check", str(name), self._declared)
        require(isinstance(is_passed, (bool, np.bool_)), f"check {name!r}", is_passed,
                "True or False")  # fmt: skip
        if self._is_closed or name in self._done:
            state = "the attestation is closed" if self._is_closed else "it ran before"
            raise InvalidInputError(f"check {name!r} cannot run: {state}", context={"name": name})
        outcome = bool(is_passed)
        self._done[name] = Check(name, outcome, str(detail))
        return outcome

    def close(self) -> Attestation:
        """Take no more checks, and return itself to be shown by the last cell.

        A check that failed or never ran does not raise here: it stands in what is shown.
        """
        self._is_closed = True
        return self

    def to_json(self) -> dict[str, Any]:
        """Return what a machine reads."""
        return {
            "version": 1,
            "declared": list(self._declared),
            "checks": [
                {"name": one.name, "passed": one.is_passed, "detail": one.detail}
                for one in self.checks
            ],
            "passed": self.is_passed,
        }

    def __repr__(self) -> str:
        rows = [f"  {state:<7}  {name}{_tail(detail)}" for state, name, detail in self._rows()]
        return "\n".join((self._headline(), *rows))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        del include, exclude  # IPython filters by itself
        shown: dict[str, Any] = {"text/plain": repr(self), "text/html": self._to_html()}
        if self._is_closed:
            shown[ATTESTATION_MIME] = self.to_json()
        return shown

    def _to_html(self) -> str:
        rows = [
            (tag("span", state, class_="bf-gain" if state == "passed" else "bf-loss"), name, detail)
            for state, name, detail in self._rows()
        ]
        heading = tag("p", tag("strong", self._headline()))
        checks = table(("Outcome", "Check", "Detail"), rows, caption="Checks of this report")
        return output_html(join((heading, checks)))

    def _headline(self) -> str:
        passed = sum(one.is_passed for one in self.checks)
        state = "" if self._is_closed else ", not closed yet"
        return f"attestation: {passed} of {len(self._declared)} checks passed{state}"

    def _rows(self) -> list[tuple[str, str, str]]:
        rows = []
        for name in self._declared:
            one = self._done.get(name)
            state = "not run" if one is None else "passed" if one.is_passed else "FAILED"
            rows.append((state, name, one.detail if one else ""))
        return rows


def _tail(detail: str) -> str:
    return f"  ({detail})" if detail else ""
