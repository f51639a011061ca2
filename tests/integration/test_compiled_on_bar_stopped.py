"""A compiled function that loops is stopped by its person: in a notebook, and in a terminal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from jupyter_client.manager import start_new_kernel

PROJECT = Path(__file__).parents[2]

NOTEBOOK = """
import bifrost_kernel as bf
desk = bf.open_desk({home!r})

@bf.on_bar(compiled=True)
def endless(now, at=100):
    while now.bar == at:
        pass
    if now.bar == 1:
        now.buy(1)
"""


def test_a_notebook_can_stop_it_and_goes_on(tmp_path):
    """The stop button while machine code loops: cell and child end, and the kernel works."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    manager, client = start_new_kernel(kernel_name="python3", env=environment)
    try:
        assert error_of(client, NOTEBOOK.format(home=str(tmp_path))) == ""
        started = client.execute("desk.backtest(endless, 'AAPL')")
        parent = manager.provisioner.process.pid
        looping = wait_for_child(parent)
        manager.interrupt_kernel()
        reply = reply_to(client, started)
        assert reply["ename"] in {"InterruptedRunError", "KeyboardInterrupt"}
        assert_gone(looping)
        assert error_of(client, "r = desk.backtest(endless, 'AAPL', params={'at': -1})") == ""
        assert error_of(client, "assert len(r.orders) == 1, r.orders") == ""
        assert error_of(client, "assert r.simulator.startswith('compiled'), r.simulator") == ""
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def error_of(client, code):
    """Run a cell and return the message with which it failed, empty when it did not."""
    reply = reply_to(client, client.execute(code))
    while reply["status"] == "aborted":  # as all that arrives just after a stopped cell
        reply = reply_to(client, client.execute(code))
    return reply.get("evalue", "")


def reply_to(client, number):
    """Return the reply to a request."""
    while True:
        reply = client.get_shell_msg(timeout=240)
        if reply["parent_header"].get("msg_id") == number:
            return reply["content"]


def wait_for_child(parent, seconds=200):
    """Return the process that the kernel has forked, once it has been busy for a while."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        if found:
            return int(found[0])
        time.sleep(0.05)
    pytest.fail("no child was ever forked")
    return 0


def assert_gone(pid, seconds=10):
    """Fail unless a process ends soon, and is looked at by its parent."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail(f"process {pid} is still there")


def test_control_c_in_a_terminal_ends_parent_and_child(tmp_path):
    """The whole group hears it: the run ends with the interrupt, and nothing is left."""
    program = tmp_path / "program.py"
    program.write_text(
        "from tests.compiled_samples import *\n"
        "def idea(now, at=17):\n    while now.bar == at:\n        pass\n"
        "print('begun', flush=True)\nrun_compiled(idea, bar_seconds=200.0)\n"
    )
    process = subprocess.Popen(
        [sys.executable, str(program)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(PROJECT)}, start_new_session=True,
    )  # fmt: skip
    looping = wait_for_child(process.pid)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in errors
    assert_gone(looping)
