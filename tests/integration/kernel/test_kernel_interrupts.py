"""A running kernel that is interrupted in mid-run: one line, nothing kept, the desk goes on."""

from __future__ import annotations

import ast

import pytest

SLOW = """%%backtest AAPL --start 2012
import backtrader as bt, time
class Slow(bt.Strategy):
    def next(self):
        if len(self) == 3:
            print("has begun", flush=True)
        time.sleep(0.02)
"""


def run(client, code, *, interrupt_at=None):
    """Execute code and return its outputs; interrupt the kernel when it has said a text."""
    wanted, outputs = client.execute(code), []
    while True:
        told = client.get_iopub_msg(timeout=120)
        if told["parent_header"].get("msg_id") != wanted:
            continue
        content = told["content"]
        if told["msg_type"] == "status" and content["execution_state"] == "idle":
            return outputs
        if interrupt_at is not None and interrupt_at in content.get("text", ""):
            client.parent.interrupt_kernel()
        outputs.append(told)


def value(client, code):
    """Execute code and return the value that its last line shows."""
    shown = [one["content"]["data"] for one in run(client, code) if "data" in one["content"]]
    return ast.literal_eval(shown[-1]["text/plain"])


def test_an_interrupted_run_is_one_line_and_leaves_nothing(client):
    """A real error output of one line, for whoever executes the notebook; then work goes on."""
    run(client, "%backtest sma_cross AAPL --start 2012")
    count = "len([one for one in repr(desk.runs()).splitlines() if 'AAPL' in one])"
    before = value(client, count)
    outputs = run(client, SLOW, interrupt_at="has begun")
    (error,) = [one["content"] for one in outputs if one["msg_type"] == "error"]
    assert error["ename"] == "InterruptedRunError"
    assert "backtest of Slow was interrupted: nothing of it was kept" in error["evalue"]
    assert len(error["traceback"]) == 1
    assert value(client, count) == before
    assert not [one for one in run(client, "%backtest --last") if one["msg_type"] == "error"]
    run(client, "%backtest ema_cross AAPL --start 2012")
    assert value(client, count) == before + 1


SLOW_TO_CHECK = """
import bifrost_kernel as bf, time
@bf.on_bar
def slow_idea(now):
    if now.bar == 3:
        slow_idea_runs.append(now.bar)
        if len(slow_idea_runs) == {run}:
            print("has begun", flush=True)
    if len(slow_idea_runs) == {run}:
        time.sleep(0.02)
slow_idea_runs = []
"""


@pytest.mark.parametrize("run_number", [1, 2])
def test_a_check_can_be_stopped_in_either_of_its_runs(client, run_number):
    """The compiled simulator's run and the reference's both end in one line, and keep nothing."""
    count = "len([one for one in repr(desk.runs()).splitlines() if 'slow_idea' in one])"
    run(client, SLOW_TO_CHECK.format(run=run_number))
    line = "%backtest slow_idea AAPL --start 2012 --check"
    outputs = run(client, line, interrupt_at="has begun")
    (error,) = [one["content"] for one in outputs if one["msg_type"] == "error"]
    assert error["ename"] == "InterruptedRunError"
    assert value(client, "len(slow_idea_runs)") == run_number
    assert value(client, count) == 0
