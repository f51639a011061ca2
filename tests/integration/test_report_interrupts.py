"""Reports that are stopped, asked for twice at once, or left by a process that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from jupyter_client.manager import start_new_kernel

from bifrost_kernel.domain.errors import ReportError
from tests.report_samples import PARAMETERS, PROJECT, TINY, left_in, make_runner, write


@pytest.fixture
def library(tmp_path):
    """A folder that reports are found in."""
    return tmp_path / "notebooks"


def test_a_cell_that_takes_too_long_is_stopped(tmp_path, library):
    """The note names the cell, and its kernel is gone."""
    pid = tmp_path / "pid"
    write(library, (PARAMETERS, sleeper(pid)))
    with pytest.raises(ReportError, match=r"\(id cell-2\): a cell took longer than 1 s"):
        make_runner(tmp_path / "out", library, cell_timeout_seconds=1).run("tiny", {})
    assert_gone(int(pid.read_text()))


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


def test_what_a_killed_process_left_is_cleared_by_the_next_run(tmp_path, library):
    """A draft without an owner is no obstacle."""
    runner = make_runner(tmp_path / "out", library)
    write(library)
    first = Path(runner.run("tiny", {}))
    (first.parent / ".draft").mkdir()
    (first.parent / ".draft" / "tiny.ipynb").write_text("half")
    assert Path(runner.run("tiny", {}, force=True)).name == "2"
    assert not (first.parent / ".draft").exists()


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
