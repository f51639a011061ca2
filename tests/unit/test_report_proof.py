"""When an executed notebook counts as a complete report."""

from __future__ import annotations

import nbformat
import pytest

from bifrost_kernel.domain.errors import ReportError
from bifrost_kernel.reporting.proof import (
    ATTESTATION_MIME,
    find_failure,
    last_lines,
    require_complete,
)


def attested(*names, **changes):
    """Return the attestation of these checks, all passed."""
    checks = [{"name": one, "passed": True, "detail": ""} for one in names]
    return {"version": 1, "declared": list(names), "checks": checks, "passed": True, **changes}


def output(content):
    """Return an output that shows an attestation."""
    return nbformat.v4.new_output("display_data", data={ATTESTATION_MIME: content})


def executed(*outputs_by_cell):
    """Return a notebook as papermill leaves it when all went well: one cell per list."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Title")])
    for number, outputs in enumerate(outputs_by_cell, start=1):
        cell = nbformat.v4.new_code_cell("work()", execution_count=number, outputs=list(outputs))
        cell.id = f"cell-{number}"
        cell.metadata["papermill"] = {
            "status": "completed", "exception": False, "start_time": f"t{number}",
        }  # fmt: skip
        notebook.cells.append(cell)
    return notebook


def test_a_complete_report_names_its_checks():
    """Every cell ran, and the last one attests; empty cells do not count."""
    notebook = executed([], [output(attested("a", "b"))])
    notebook.cells.append(nbformat.v4.new_code_cell("  "))
    assert require_complete(notebook) == ("a", "b")


TWICE = [{"name": "a", "passed": True}, {"name": "a", "passed": True}]
FAILED = [{"name": "a", "passed": False}]
TRUE_ISH = [{"name": "a", "passed": "no"}]
STRANGER = [{"name": "a", "passed": True}, {"name": "c", "passed": True}]


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ([[]], "was 0 there and 0 before"),
        ([[output(attested("a"))], []], "was 0 there and 1 before"),
        ([[output(attested("a"))] * 2], "was 2 there and 0 before"),
        ([[output(attested("a"))], [output(attested("a"))]], "was 1 there and 1 before"),
        ([[output(attested("a", "b", checks=TWICE))]], "1 of 2 declared checks ran; not run: b"),
        ([[output(attested("a", checks=FAILED))]], "checks failed: a"),
        ([[output(attested("a", checks=TRUE_ISH))]], "checks failed: a"),
        ([[output(attested("a", "b", checks=STRANGER))]], "1 of 2 declared checks ran"),
        ([[output(attested("a", passed=False))]], "checks failed: the count is off"),
        ([[output(attested("a", passed="yes"))]], "checks failed: the count is off"),
        ([[output(attested("a", checks=TWICE))]], "checks failed: the count is off"),
        ([[output(attested())]], "declares no check"),
        ([[output(attested("a", "a"))]], "or one twice"),
        ([[output(["yes"])]], "cannot be read"),
        ([[output({"declared": ["a"]})]], "cannot be read"),
        ([[output(attested("a", checks=["a"]))]], "cannot be read"),
        ([], "it has no code cell"),
    ],
)
def test_an_attestation_must_stand_at_the_end_and_add_up(outputs, message):
    """Missing, early, twice, short, failed, empty, malformed."""
    with pytest.raises(ReportError) as caught:
        require_complete(executed(*outputs))
    assert message in str(caught.value)
    assert "cell" in caught.value.context


@pytest.mark.parametrize(
    "harm",
    [
        {"execution_count": None},
        {"status": "pending"},
        {"status": "running"},
        {"exception": True},
        {"papermill": None},
    ],
)
def test_a_cell_that_did_not_run_to_its_end_is_named(harm):
    """The attestation below it does not make up for it."""
    notebook = executed([], [output(attested("a"))])
    cell = notebook.cells[1]
    if "execution_count" in harm:
        cell.execution_count = None
    elif "papermill" in harm:
        del cell.metadata["papermill"]
    else:
        cell.metadata["papermill"].update(harm)
    with pytest.raises(ReportError, match=r"^cell 2 \(id cell-1\): it never ran to its end"):
        require_complete(notebook)


def error(name, value, *lines):
    """Return an error output."""
    return nbformat.v4.new_output("error", ename=name, evalue=value, traceback=list(lines))


def test_errors_are_told_in_one_line():
    """Also those of cells that were allowed to raise, and of an exit without a failure."""
    with pytest.raises(ReportError, match=r"ValueError: first$"):
        require_complete(executed([error("ValueError", "first\nsecond")], []))
    with pytest.raises(ReportError, match=r"it ended the run with sys\.exit"):
        require_complete(executed([error("SystemExit", "0")], []))


def test_the_failing_cell_is_the_one_with_the_error_else_the_last_begun():
    """A kernel that dies leaves no error behind."""
    number, cell = find_failure(executed([], [error("E", "e")], []))
    assert (number, cell.id) == (3, "cell-2")
    dead = executed([], [], [])
    dead.cells[3].metadata["papermill"] = {"status": "pending", "start_time": None}
    assert find_failure(dead)[1].id == "cell-2"
    never = executed([], [])
    for cell in never.cells:
        cell.metadata.pop("papermill", None)
    assert find_failure(never)[1].id == "cell-1"
    assert find_failure(executed()) == (0, None)


def test_the_last_lines_are_plain_text():
    """Streams and the traceback, without colours, twenty at most."""
    stream = nbformat.v4.new_output("stream", text="\n".join(map(str, range(30))))
    cell = executed([stream, error("E", "e", "\x1b[31mTraceback\x1b[0m", "E: e")]).cells[1]
    lines = last_lines(cell)
    assert len(lines) == 20
    assert lines[-3:] == ["29", "Traceback", "E: e"]
    assert last_lines(None) == []
