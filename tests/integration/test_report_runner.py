"""Reports that are run once for each question, and what is kept of them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import nbformat
import pytest

from bifrost_kernel.display.attestation import ATTESTATION_MIME as SHOWN_MIME
from bifrost_kernel.domain.errors import (
    InvalidInputError,
    ReportError,
    StorageError,
    UnknownNameError,
)
from bifrost_kernel.reporting.execution import choose_kernel
from bifrost_kernel.reporting.notebooks import hash_notebook, read_notebook
from bifrost_kernel.reporting.proof import ATTESTATION_MIME
from tests.report_samples import CELLS, PARAMETERS, PROJECT, TINY, make_runner, outputs_of, write


@pytest.fixture
def library(tmp_path):
    """A folder that reports are found in."""
    return tmp_path / "notebooks"


@pytest.fixture
def runner(tmp_path, library):
    """A runner that executes with this environment's Python kernel."""
    return make_runner(tmp_path / "out", library)


def test_a_complete_report_is_kept_with_its_page_and_manifest(runner, library):
    """Executed with the given parameters, attested, written as notebook, HTML and manifest."""
    write(library, CELLS)
    folder = Path(runner.run("tiny", {"fast": 4, "symbol": 'I"BM'}))
    assert sorted(one.name for one in folder.iterdir()) == [
        "report.json", "tiny.html", "tiny.ipynb",
    ]  # fmt: skip
    executed = outputs_of(folder)
    injected = next(
        one for one in executed.cells if "injected-parameters" in one.metadata.get("tags", [])
    )
    assert "fast = 4" in injected.source
    attested = executed.cells[-1].outputs[0].data[ATTESTATION_MIME]
    assert attested["passed"] is True
    assert [one["detail"] for one in attested["checks"]] == ["6", 'I"BM']
    manifest = json.loads((folder / "report.json").read_text())
    assert manifest["attempt"] == 1
    assert manifest["checks"] == ["sums", "knows its symbol"]
    assert manifest["parameters"] == {"fast": 4, "symbol": 'I"BM'}
    page = (folder / "tiny.html").read_text()
    assert "2 of 2 checks passed" in page
    assert "A tiny report" in page
    assert str(library) not in page + (folder / "tiny.ipynb").read_text()


def test_the_same_question_is_answered_once(runner, library):
    """Same notebook, same parameters in any order: same folder; anything else: another."""
    path = write(library)
    first = runner.run("tiny", {"fast": 4, "symbol": "IBM"})
    stamp = (Path(first) / "tiny.ipynb").stat().st_mtime_ns
    assert runner.run("tiny", {"symbol": "IBM", "fast": 4}) == first
    assert runner.run(str(path), {"symbol": "IBM", "fast": 4}) == first
    assert (Path(first) / "tiny.ipynb").stat().st_mtime_ns == stamp
    assert Path(runner.run("tiny", {"fast": 5, "symbol": "IBM"})).parent != Path(first).parent
    # stored outputs are no part of the question, a changed cell is
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[-1].outputs = [nbformat.v4.new_output("stream", text="old")]
    notebook.cells[-1].execution_count = 9
    nbformat.write(notebook, path)
    assert runner.run("tiny", {"fast": 4, "symbol": "IBM"}) == first
    notebook.cells[-1].source += "  # now"
    nbformat.write(notebook, path)
    assert Path(runner.run("tiny", {"fast": 4, "symbol": "IBM"})).parent != Path(first).parent


def test_force_makes_another_attempt_and_the_newest_one_answers(runner, library):
    """Attempt 2 stands beside attempt 1."""
    write(library)
    first = Path(runner.run("tiny", {}))
    second = Path(runner.run("tiny", {}, force=True))
    assert (first.name, second.name) == ("1", "2")
    assert first.parent == second.parent
    assert (first / "tiny.ipynb").exists()
    assert runner.run("tiny", {}) == str(second)


def test_a_report_that_was_changed_afterwards_does_not_answer(runner, library):
    """The manifest holds the hash of the executed notebook."""
    write(library)
    first = Path(runner.run("tiny", {}))
    (first / "tiny.ipynb").write_text((first / "tiny.ipynb").read_text() + "\n")
    assert Path(runner.run("tiny", {})).name == "2"


@pytest.mark.parametrize(
    ("name", "parameters", "error", "message"),
    [
        ("tinny", {}, UnknownNameError, "unknown report 'tinny', did you mean 'tiny'"),
        ("tiny", {"fasst": 3}, UnknownNameError, "unknown parameter 'fasst', did you mean 'fast'"),
        ("missing.ipynb", {}, InvalidInputError, "notebook 'missing.ipynb': there is no such file"),
        ("tiny", {"levels": {1, 2}}, InvalidInputError, "parameter 'levels': expected text"),
        ("tiny", {"levels": object()}, InvalidInputError, "was a object"),
    ],
)
def test_a_wrong_question_is_refused_before_anything_runs(
    tmp_path, name, parameters, error, message
):
    """One line with the nearest name; no folder is made."""
    write(tmp_path / "notebooks")
    with pytest.raises(error) as caught:
        make_runner(tmp_path / "out", tmp_path / "notebooks").run(name, parameters)
    assert message in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_fingerprints_and_dates_are_no_secrets(runner, library):
    """A hash is what a report is asked about."""
    write(library)
    values = {"levels": ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                         date(2013, 3, 1), 1.5]}  # fmt: skip
    manifest = json.loads((Path(runner.run("tiny", values)) / "report.json").read_text())
    assert manifest["parameters"]["levels"][1:] == ["2013-03-01", 1.5]


def test_a_file_that_is_no_notebook_is_refused(runner, library):
    """Broken JSON, and a notebook in another language."""
    path = write(library)
    path.write_text("{")
    with pytest.raises(InvalidInputError, match=r"notebook 'tiny.ipynb' cannot be read"):
        runner.run("tiny", {})
    path = write(library)
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.kernelspec.language = "R"
    nbformat.write(notebook, path)
    with pytest.raises(InvalidInputError, match="expected a Python notebook, was 'R'"):
        runner.run("tiny", {})


def test_a_notebook_is_read_without_what_earlier_runs_left(library):
    """Outputs, counts and traces of papermill are gone; tags and sources stay."""
    path = write(library)
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata["papermill"] = {"duration": 1}
    for cell in notebook.cells[1:]:
        cell.metadata["papermill"] = {"status": "completed"}
        cell.execution_count, cell.outputs = 3, [nbformat.v4.new_output("stream", text="old")]
    nbformat.write(notebook, path)
    clean = read_notebook(path)
    assert hash_notebook(clean) == hash_notebook(notebook)
    assert "papermill" not in clean.metadata
    for cell in clean.cells[1:]:
        assert (cell.outputs, cell.execution_count) == ([], None)
        assert "papermill" not in cell.metadata
    assert clean.cells[1].metadata["tags"] == ["parameters"]


def test_reports_are_found_in_the_folder_reports_first(runner, library):
    """``notebooks/reports`` wins over ``notebooks``."""
    write(library, (PARAMETERS, "1 / 0"))
    write(library / "reports")
    assert runner.run("tiny", {})


def test_a_root_that_cannot_be_written_is_said_in_one_line(tmp_path, library):
    """A file stands where the folder should be."""
    write(library)
    (tmp_path / "out").write_text("in the way")
    with pytest.raises(StorageError, match=r"reports folder .* cannot be written"):
        make_runner(tmp_path / "out", library).run("tiny", {})


def test_braces_in_a_path_are_no_template(tmp_path):
    """A template engine would fill them in."""
    library = tmp_path / "{date}"
    write(library, name="tiny")
    assert make_runner(tmp_path / "{out}", library).run("tiny", {})


def test_the_kernel_runs_beside_the_notebook_with_the_environment_it_was_given(tmp_path, library):
    """Relative paths in a report mean files beside it."""
    seen = 'import os\nprint(os.getcwd(), os.environ["BIFROST_HOME"])'
    write(library, (PARAMETERS, seen, *TINY[1:]))
    environment = {"PYTHONPATH": str(PROJECT), "BIFROST_HOME": "elsewhere"}
    folder = make_runner(tmp_path / "out", library, environment=environment).run("tiny", {})
    printed = next(one for one in outputs_of(folder).cells if one.source == seen).outputs[0].text
    assert printed.split() == [str(library), "elsewhere"]


def test_the_bifrost_kernel_runs_unregistered_too(tmp_path, monkeypatch):
    """Where it is not registered, this environment's Python kernel loads the extension."""
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.setattr("jupyter_client.kernelspec.find_kernel_specs", dict)
    assert choose_kernel("bifrost") == ("python3", ["--ext", "bifrost_kernel"])
    assert choose_kernel("python3") == ("python3", [])


def test_a_kernel_that_is_not_installed_is_named(tmp_path, library):
    """The failed notebook is kept like any other."""
    write(library)
    with pytest.raises(ReportError, match="kernel 'nowhere' is not installed"):
        make_runner(tmp_path / "out", library, kernel_name="nowhere").run("tiny", {})


def test_display_and_runner_speak_of_the_same_attestation():
    """The word is spelt in two layers."""
    assert SHOWN_MIME == ATTESTATION_MIME
