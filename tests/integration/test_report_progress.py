"""A report tells how far it is, cell by cell, however it ends."""

from __future__ import annotations

import pytest

from bifrost_kernel.domain.errors import ReportError
from tests.report_samples import CELLS, PARAMETERS, make_runner, write


class _Listener:
    """A progress that notes what it is told."""

    def __init__(self):
        self.told = []

    def start(self, total, what):
        """Note the beginning."""
        self.told.append(("start", total, what))

    def step(self, count=1):
        """Note a step."""
        self.told.append(("step", count))

    def close(self):
        """Note the end."""
        self.told.append("close")


def test_every_cell_is_told_once(tmp_path):
    """As many steps as cells; a question that was answered before tells nothing."""
    write(tmp_path / "notebooks", CELLS)
    listener = _Listener()
    runner = make_runner(tmp_path / "out", tmp_path / "notebooks", progress=listener)
    runner.run("tiny", {})
    (start, *steps, close) = listener.told
    total = start[1]
    assert start == ("start", total, "cells")
    assert total > len(CELLS)
    assert steps == [("step", 1)] * total
    assert close == "close"
    runner.run("tiny", {})
    assert len(listener.told) == total + 2


def test_a_report_that_fails_closes_its_progress(tmp_path):
    """No bar is left standing over an error."""
    write(tmp_path / "notebooks", (PARAMETERS, "1 / 0", "2"))
    listener = _Listener()
    runner = make_runner(tmp_path / "out", tmp_path / "notebooks", progress=listener)
    with pytest.raises(ReportError, match="ZeroDivisionError"):
        runner.run("tiny", {})
    assert listener.told[0][0] == "start"
    assert listener.told[-1] == "close"
