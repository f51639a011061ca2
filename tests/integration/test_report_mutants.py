"""Reports that only look as if they had run to their end."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from bifrost_kernel.domain.errors import ReportError
from bifrost_kernel.reporting.proof import ATTESTATION_MIME
from tests.report_samples import CELLS, CLOSE, OPEN, PARAMETERS, SECOND, make_runner, write

SWALLOWED = """
try:
    1 / 0
    attestation.check("sums", True)
except ZeroDivisionError:
    pass
"""
STALE = """
from datetime import date
last = date(2013, 3, 1)
attestation.check("sums", (date(2026, 1, 1) - last).days < 5, f"last bar {last}")
"""
MUTANTS = {
    "an exception": (
        (*CELLS[:2], "1 / 0", *CELLS[2:]),
        r"cell \d+ \(id cell-3\): ZeroDivisionError: division by zero",
    ),
    "sys.exit(0) in the middle": (
        (*CELLS[:3], "import sys\nsys.exit(0)", *CELLS[3:]),
        r"\(id cell-4\): it ended the run with sys.exit",
    ),
    "a bare exit in the last cell": (
        (*CELLS[:4], "attestation.close()\nraise SystemExit"),
        r"\(id cell-5\): it ended the run with sys.exit",
    ),
    "a kernel that dies": (
        (*CELLS[:3], "import os\nos._exit(0)", *CELLS[3:]),
        r"\(id cell-4\): the kernel died",
    ),
    "a kernel that dies after it attested": (
        (*CELLS[:4], "display(attestation.close())\nimport os\nos._exit(0)"),
        r"\(id cell-5\): the kernel died",
    ),
    "no attestation cell": (
        CELLS[:4],
        r"\(id cell-4\): expected one closed attestation.*was 0 there and 0 before",
    ),
    "an attestation that is not shown": ((*CELLS[:4], CLOSE + ";"), r"was 0 there"),
    "a swallowed exception": (
        (*CELLS[:2], SWALLOWED, *CELLS[3:]),
        r"\(id cell-5\): 1 of 2 declared checks ran; not run: sums",
    ),
    "a failed check": (
        (*CELLS[:2], 'attestation.check("sums", False, "off by one")', *CELLS[3:]),
        r"\(id cell-5\): checks failed: sums",
    ),
    "stale data": ((PARAMETERS, OPEN, STALE, SECOND, CLOSE), r"checks failed: sums"),
    "a cell that may raise": (
        (*CELLS[:3], "raise ValueError('seen before')", *CELLS[3:]),
        r"\(id cell-4\): ValueError: seen before",
    ),
}


@pytest.fixture
def library(tmp_path):
    """A folder that reports are found in."""
    return tmp_path / "notebooks"


@pytest.fixture
def runner(tmp_path, library):
    """A runner that executes with this environment's Python kernel."""
    return make_runner(tmp_path / "out", library)


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_report_that_did_not_do_its_work_is_no_report(runner, library, tmp_path, mutant):
    """Each mutant of a sound report is refused in one line, and kept with a note."""
    cells, message = MUTANTS[mutant]
    tags = {3: ["raises-exception"]} if mutant == "a cell that may raise" else None
    write(library, cells, tags=tags)
    with pytest.raises(ReportError, match=message) as caught:
        runner.run("tiny", {"fast": 4})
    assert "\n" not in str(caught.value)
    kept = Path(caught.value.context["folder"])
    assert sorted(one.name for one in kept.iterdir()) == [
        "tiny.failed.ipynb", "tiny.failure.json",
    ]  # fmt: skip
    note = json.loads((kept / "tiny.failure.json").read_text())
    assert note["parameters"] == {"fast": 4}
    assert note["cell_id"].startswith("cell-")
    assert note["error"] in str(caught.value)
    assert list(tmp_path.rglob(".draft*")) == []


def test_a_failure_note_holds_the_last_lines(runner, library):
    """What was printed and the end of the traceback, without colours."""
    write(library, (*CELLS[:2], "print('before')\nint('x')", *CELLS[2:]))
    with pytest.raises(ReportError) as caught:
        runner.run("tiny", {})
    lines = caught.value.context["last_lines"]
    assert "before" in lines
    assert lines[-1] == "ValueError: invalid literal for int() with base 10: 'x'"
    assert not any("\x1b" in one for one in lines)


def test_a_failed_run_is_no_answer_and_counts_as_an_attempt(runner, library, tmp_path):
    """After the cause is gone the same question is asked again, as attempt 2."""
    marker = tmp_path / "ready"
    write(library, (*CELLS[:2], f"open({str(marker)!r}).close()", *CELLS[2:]))
    with pytest.raises(ReportError, match="FileNotFoundError"):
        runner.run("tiny", {})
    marker.touch()
    second = Path(runner.run("tiny", {}))
    assert second.name == "2"
    assert (second.parent / "1.failed" / "tiny.failed.ipynb").exists()


def test_outputs_that_were_stored_in_the_notebook_prove_nothing(runner, library):
    """An attestation of an earlier run does not stand for one of this run."""
    path = write(library, (*CELLS[:2], "import sys\nsys.exit(0)", *CELLS[2:]))
    notebook = nbformat.read(path, as_version=4)
    proof = {"declared": ["a"], "checks": [{"name": "a", "passed": True}], "passed": True}
    for number, cell in enumerate(notebook.cells[1:], start=1):
        cell.execution_count = number
        cell.metadata["papermill"] = {"status": "completed", "exception": False}
    notebook.cells[-1].outputs = [
        nbformat.v4.new_output("display_data", data={ATTESTATION_MIME: proof})
    ]
    nbformat.write(notebook, path)
    with pytest.raises(ReportError, match=r"sys\.exit"):
        runner.run("tiny", {})
