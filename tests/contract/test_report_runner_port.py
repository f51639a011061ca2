"""The ReportRunner port, over papermill's runner and a fake that runs cells in this process."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from bifrost_kernel.domain.errors import ReportError, UnknownNameError
from bifrost_kernel.reporting.parameters import check_parameters, read_defaults
from bifrost_kernel.reporting.runner import PapermillRunner
from tests.report_samples import PROJECT, TINY, left_in, write

BROKEN = (TINY[0], 'raise ValueError("no such luck")')
SILENT = (TINY[0], "done = True")


class FakeRunner:
    """The port without a kernel: cells are plain Python, run here, once for each question."""

    def __init__(self, root, library):
        self._root, self._library = root, library

    def read_defaults(self, notebook):
        """Return the parameters with their defaults."""
        return read_defaults(self._open(notebook))

    def run(self, notebook, parameters, *, force):
        """Return the folder of the answer."""
        content = self._open(notebook)
        given = check_parameters(content, parameters)
        question = json.dumps([content.cells, dict(sorted(given.items()))])
        folder = self._root / notebook / f"{abs(hash(question)):x}"
        folder.mkdir(parents=True, exist_ok=True)
        done = [one for one in sorted(folder.iterdir()) if one.suffix != ".failed"]
        if done and not force:
            return str(done[-1])
        place = folder / str(1 + len(list(folder.iterdir())))
        try:
            self._execute(content, given)
        except Exception as error:  # noqa: BLE001 - a cell may raise anything
            place = place.with_suffix(".failed")
            _keep(place, notebook, content)
            raise ReportError(f"report {notebook!r} failed: {error}. Kept in {place}") from None
        _keep(place, notebook, content)
        (place / f"{notebook}.html").write_text("<p>done</p>")
        return str(place)

    def _open(self, notebook):
        path = self._library / f"{notebook}.ipynb"
        if not path.exists():
            known = [one.stem for one in self._library.glob("*.ipynb")]
            raise UnknownNameError.of("report", notebook, known)
        return nbformat.read(path, as_version=4)

    def _execute(self, content, given):
        names = {}
        for cell in content.cells:
            if cell.cell_type == "code":
                exec(cell.source, names)  # noqa: S102 - the test's own cells
                names |= given if "parameters" in cell.metadata.get("tags", []) else {}
        if "attestation" not in names:
            raise ReportError("no attestation")


def _keep(place, notebook, content):
    place.mkdir()
    nbformat.write(content, place / f"{notebook}.ipynb")


@pytest.fixture
def library(tmp_path):
    """A folder with one tiny report in it."""
    write(tmp_path / "notebooks")
    return tmp_path / "notebooks"


@pytest.fixture(params=["papermill", "fake"])
def runner(request, tmp_path, library):
    """Each runner in turn."""
    if request.param == "fake":
        return FakeRunner(tmp_path / "out", library)
    return PapermillRunner(
        tmp_path / "out",
        (library,),
        kernel_name="python3",
        environment={"PYTHONPATH": str(PROJECT)},
    )


def test_defaults_are_read_without_running_anything(runner, tmp_path):
    """In the order of the cell; what is not given is None."""
    assert list(runner.read_defaults("tiny").items()) == [
        ("symbol", "AAPL"), ("fast", 10), ("levels", None),
    ]  # fmt: skip
    assert not (tmp_path / "out").exists()


def test_a_question_is_answered_once_and_force_asks_again(runner):
    """The order of parameters is no part of it, their values are; an older answer stays."""
    first = runner.run("tiny", {"fast": 4, "symbol": "IBM"}, force=False)
    assert sorted(one.suffix for one in Path(first).glob("tiny.*")) == [".html", ".ipynb"]
    before = (Path(first) / "tiny.ipynb").stat().st_mtime_ns
    assert runner.run("tiny", {"symbol": "IBM", "fast": 4}, force=False) == first
    assert (Path(first) / "tiny.ipynb").stat().st_mtime_ns == before
    again = runner.run("tiny", {"fast": 4, "symbol": "IBM"}, force=True)
    assert again != first
    assert (Path(first) / "tiny.ipynb").stat().st_mtime_ns == before
    assert runner.run("tiny", {"fast": 4, "symbol": "IBM"}, force=False) == again
    assert runner.run("tiny", {"fast": 5, "symbol": "IBM"}, force=False) not in {first, again}


def test_what_nobody_knows_is_refused_with_the_nearest_name(runner, tmp_path):
    """A report and a parameter; nothing is run, nothing is kept."""
    for call in (runner.read_defaults, lambda name: runner.run(name, {}, force=False)):
        with pytest.raises(UnknownNameError, match="did you mean 'tiny'"):
            call("tinny")
    with pytest.raises(UnknownNameError, match="did you mean 'fast'"):
        runner.run("tiny", {"fasst": 3}, force=False)
    assert not (tmp_path / "out").exists()


def test_a_report_that_fails_is_an_error_kept_and_asked_again(runner, library, tmp_path):
    """The message says why; there is no page of it, and it is no answer to the next."""
    write(library, BROKEN, "broken")
    for _ in range(2):
        with pytest.raises(ReportError, match="no such luck") as caught:
            runner.run("broken", {}, force=False)
        assert "\n" not in str(caught.value)
    kept = left_in(tmp_path / "out")
    assert len([one for one in kept if one.endswith(".ipynb")]) == 2
    assert [one for one in kept if one.endswith(".html")] == []


def test_a_report_that_proves_nothing_is_an_error(runner, library):
    """A notebook that ran to its end without an attestation is no report."""
    write(library, SILENT, "silent")
    with pytest.raises(ReportError, match="attestation"):
        runner.run("silent", {}, force=False)
