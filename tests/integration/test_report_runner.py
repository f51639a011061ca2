"""Reports that run to their end, reports that only look so, and what is kept of both."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
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
from bifrost_kernel.reporting.proof import ATTESTATION_MIME
from bifrost_kernel.reporting.runner import PapermillRunner

PROJECT = Path(__file__).resolve().parents[2]
PARAMETERS = 'symbol = "AAPL"\nfast: int = 10\nlevels = None'
OPEN = 'import bifrost_kernel as bf\nattestation = bf.Attestation("sums", "knows its symbol")'
CHECK = (
    'total = sum(range(fast))\nattestation.check("sums", total == fast * (fast - 1) // 2, total)'
)
SECOND = 'attestation.check("knows its symbol", symbol.isupper(), symbol)'
CLOSE = "attestation.close()"
CELLS = (PARAMETERS, OPEN, CHECK, SECOND, CLOSE)
TINY = (PARAMETERS, OPEN + "\n" + CHECK + "\n" + SECOND + "\n" + CLOSE)


def write(folder, cells=TINY, name="tiny", tags=None):
    """Write a report notebook whose first cell holds the parameters."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {
        "name": "bifrost", "display_name": "Bifrost", "language": "python",
    }  # fmt: skip
    notebook.cells = [nbformat.v4.new_code_cell(one) for one in cells]
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number}"
    notebook.cells[0].metadata["tags"] = ["parameters"]
    for number, values in (tags or {}).items():
        notebook.cells[number].metadata["tags"] = values
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell("# A tiny report"))
    path = folder / f"{name}.ipynb"
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


@pytest.fixture
def library(tmp_path):
    """A folder that reports are found in."""
    return tmp_path / "notebooks"


@pytest.fixture
def runner(tmp_path, library):
    """A runner that executes with this environment's Python kernel."""
    return make_runner(tmp_path / "out", library)


def make_runner(root, library, **changes):
    """Return a runner whose kernel finds the package under test."""
    words = {
        "kernel_name": "python3",
        "environment": {"PYTHONPATH": str(PROJECT)},
        "shows_progress": False,
    }
    return PapermillRunner(root, (library,), **{**words, **changes})


def outputs_of(folder, name="tiny"):
    """Return the executed notebook of a report's folder."""
    return nbformat.read(Path(folder) / f"{name}.ipynb", as_version=4)


def drafts(root):
    """Return what a run left behind that is neither finished nor kept."""
    return list(Path(root).rglob(".draft*"))


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
    "an attestation that is not shown": (
        (*CELLS[:4], CLOSE + ";"),
        r"was 0 there",
    ),
    "an attestation that is not closed": (
        (*CELLS[:4], "attestation"),
        r"was 0 there",
    ),
    "cells after the attestation": (
        (*CELLS, "1 + 1"),
        r"was 0 there and 1 before",
    ),
    "two attestations": (
        (*CELLS[:4], "display(attestation.close())\nattestation"),
        r"was 2 there",
    ),
    "a swallowed exception": (
        (
            *CELLS[:2],
            (
                "try:\n    1 / 0\n"
                '    attestation.check("sums", True)\nexcept ZeroDivisionError:\n    pass'
            ),
            *CELLS[3:],
        ),
        r"\(id cell-5\): 1 of 2 declared checks ran; not run: sums",
    ),
    "a failed check": (
        (*CELLS[:2], 'attestation.check("sums", False, "off by one")', *CELLS[3:]),
        r"\(id cell-5\): checks failed: sums",
    ),
    "stale data": (
        (
            PARAMETERS,
            OPEN,
            (
                "from datetime import date\nlast = date(2013, 3, 1)\n"
                'attestation.check("sums", (date(2026, 1, 1) - last).days < 5, f"last bar {last}")'
            ),
            SECOND,
            CLOSE,
        ),
        r"checks failed: sums",
    ),
    "a cell that may raise": (
        (*CELLS[:3], "raise ValueError('seen before')", *CELLS[3:]),
        r"\(id cell-4\): ValueError: seen before",
    ),
    "a forged attestation that counts too few": (
        (
            *CELLS[:4],
            (
                f'display({{"{ATTESTATION_MIME}": {{"declared": ["a", "b"], "passed": True, '
                '"checks": [{"name": "a", "passed": True}, {"name": "a", "passed": True}]}}, '
                "raw=True)"
            ),
        ),
        r"1 of 2 declared checks ran; not run: b",
    ),
    "an attestation in another shape": (
        (*CELLS[:4], f'display({{"{ATTESTATION_MIME}": ["yes"]}}, raw=True)'),
        r"its attestation cannot be read",
    ),
    "an attestation of nothing": (
        (
            *CELLS[:4],
            (
                f'display({{"{ATTESTATION_MIME}": '
                '{"declared": [], "checks": [], "passed": True}}, raw=True)'
            ),
        ),
        r"declares no check",
    ),
}


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
    assert drafts(tmp_path) == []


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


def test_a_cell_that_takes_too_long_is_stopped(tmp_path, library):
    """The note names the cell, and its kernel is gone."""
    pid = tmp_path / "pid"
    write(library, (PARAMETERS, sleeper(pid)))
    with pytest.raises(ReportError, match=r"\(id cell-2\): a cell took longer than 1 s"):
        make_runner(tmp_path / "out", library, cell_timeout_seconds=1).run("tiny", {})
    assert_gone(int(pid.read_text()))


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


@pytest.mark.parametrize(
    "secret",
    [
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "AKIAIOSFODNN7EXAMPLE",
        "-----BEGIN RSA PRIVATE KEY-----",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
        "postgresql://trader:hunter2@db/bifrost",
        "Bearer abcdefghijklmnop",
        "kJ8sd7Gh2LmQ9zXc4VbN6tRe1WpY3uAf",
        ["fine", {"inner": "AKIAIOSFODNN7EXAMPLE"}],
        {"password": "x"},
    ],
)
def test_a_value_that_looks_like_a_secret_is_refused_and_not_repeated(runner, library, secret):
    """Reports are kept and shown; the message names the parameter only."""
    write(library)
    with pytest.raises(InvalidInputError, match="looks like") as caught:
        runner.run("tiny", {"levels": secret})
    assert "AKIA" not in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_fingerprints_and_dates_are_no_secrets(runner, library):
    """A hash is what a report is asked about."""
    from datetime import date

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


def test_two_processes_that_ask_the_same_run_it_once(tmp_path, library):
    """The second waits for the first and returns its folder."""
    log = tmp_path / "runs.log"
    note = f"with open({str(log)!r}, 'a') as file:\n    file.write('ran\\n')"
    write(library, (PARAMETERS, note, *TINY[1:]))
    processes = [start(tmp_path, library) for _ in range(2)]
    answers = [process.communicate(timeout=120)[0].strip() for process in processes]
    assert answers[0] == answers[1]
    assert Path(answers[0]).name == "1"
    assert log.read_text() == "ran\n"


def test_an_interrupt_kills_the_kernel_and_leaves_nothing(tmp_path, library):
    """Control-C in a terminal: the child is gone, no draft, and the question can be asked again."""
    pid = tmp_path / "pid"
    write(library, (PARAMETERS, sleeper(pid), *TINY[1:]))
    process = start(tmp_path, library)
    kernel = wait_for_pid(pid, process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert "KeyboardInterrupt" in errors
    assert_gone(kernel)
    assert left_in(tmp_path / "out") == [".lock"]


def test_an_interrupted_kernel_kills_the_kernel_that_it_started(tmp_path, library):
    """The stop button of a notebook that runs a report."""
    from jupyter_client.manager import start_new_kernel

    pid = tmp_path / "pid"
    write(library, (PARAMETERS, sleeper(pid), *TINY[1:]))
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    manager, client = start_new_kernel(kernel_name="python3", env=environment)
    try:
        client.execute(script(tmp_path, library))
        kernel = wait_for_pid(pid)
        manager.interrupt_kernel()
        reply = client.get_shell_msg(timeout=30)
        while reply["msg_type"] != "execute_reply":
            reply = client.get_shell_msg(timeout=30)
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        assert_gone(kernel)
        assert left_in(tmp_path / "out") == [".lock"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_what_a_killed_process_left_is_cleared_by_the_next_run(runner, library):
    """A draft without an owner is no obstacle."""
    write(library)
    first = Path(runner.run("tiny", {}))
    (first.parent / ".draft").mkdir()
    (first.parent / ".draft" / "tiny.ipynb").write_text("half")
    assert Path(runner.run("tiny", {}, force=True)).name == "2"
    assert not (first.parent / ".draft").exists()


def test_display_and_runner_speak_of_the_same_attestation():
    """The word is spelt in two layers."""
    assert SHOWN_MIME == ATTESTATION_MIME


def sleeper(pid):
    """Return a cell that says who it is and then waits for ever."""
    return (
        f"import os, pathlib, time\npathlib.Path({str(pid)!r}).write_text(str(os.getpid()))\n"
        "time.sleep(600)"
    )


def script(tmp_path, library):
    """Return a program that runs the tiny report and prints its folder."""
    return textwrap.dedent(f"""
        from pathlib import Path
        from bifrost_kernel.reporting.runner import PapermillRunner
        runner = PapermillRunner(
            Path({str(tmp_path / "out")!r}), (Path({str(library)!r}),),
            kernel_name="python3", environment={{"PYTHONPATH": {str(PROJECT)!r}}},
            shows_progress=False,
        )
        print(runner.run("tiny", {{}}))
    """)


def start(tmp_path, library):
    """Start another process that runs the tiny report."""
    return subprocess.Popen(
        [sys.executable, "-c", script(tmp_path, library)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )  # fmt: skip


def wait_for_pid(path, process=None, seconds=60):
    """Return the process id that a cell wrote, once it is there."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if path.exists() and path.read_text():
            return int(path.read_text())
        assert process is None or process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    pytest.fail("the sleeping cell never started")
    return 0


def assert_gone(pid, seconds=10):
    """Fail unless a process ends soon."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail(f"process {pid} is still there")


def left_in(root):
    """Return the names of all files under a reports folder."""
    return sorted(one.name for one in root.rglob("*") if one.is_file())
