"""A person's compiled function at work: what it may do, and how it is stopped."""

from __future__ import annotations

import os
import subprocess
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest

import bifrost_kernel as bf
from bifrost_kernel import indicators
from bifrost_kernel.domain.errors import InvalidInputError, SimulationError
from bifrost_kernel.simulators.compiled import CompiledSimulator
from tests.compiled_samples import BARS, cell, run_compiled
from tests.on_bar_samples import make_called
from tests.simulation_samples import Steps

PROJECT = Path(__file__).parents[2]
RETURNING = ["fork", "fresh"]


@pytest.fixture(params=RETURNING)
def child(request, monkeypatch):
    """Both ways to have a child: forked, and started afresh."""
    from bifrost_kernel.simulators.compiled import watching

    if request.param == "fresh":
        monkeypatch.setattr(watching, "CAN_FORK", False)
    return request.param


def failure_of(function, **rest):
    """Return the message with which a run fails."""
    with pytest.raises(SimulationError) as caught:
        run_compiled(function, **rest)
    message = str(caught.value)
    assert "\n" not in message
    return message


def children():
    """Return the processes that this one has started, dead ones that nobody looked at included."""
    found = subprocess.run(
        ["ps", "-o", "pid=,stat=,args=", "--ppid", str(os.getpid())],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return [one for one in found.stdout.splitlines() if " ps -o" not in one and "<ps>" not in one]


LOOPS = """
    def idea(now, at=17):
        while now.bar == at:
            pass
"""


@pytest.mark.usefixtures("child")
def test_a_function_that_never_comes_back_is_stopped():
    """The bar is named, and no process is left."""
    before = children()
    message = failure_of(cell(LOOPS), bar_seconds=1.0)
    assert message == (
        "strategy idea did not finish bar 17 (2020-01-23) within 1 s; does it loop for ever? "
        "compiled=False lets you step through it"
    )
    assert children() == before


def test_a_function_without_end_in_the_first_bar_is_stopped():
    """Before anything was told of it."""
    assert "did not finish bar 0 (2020-01-06)" in failure_of(
        cell(LOOPS), parameters={"at": 0}, bar_seconds=1.0
    )


def test_the_configuration_says_how_long_a_bar_may_take(tmp_path):
    """From the home's file to the run."""
    (tmp_path / "config.toml").write_text("bar_seconds = 0.5\n")
    desk = bf.open_desk(tmp_path)
    with pytest.raises(SimulationError, match=r"did not finish bar 17 .* within 0\.5 s"):
        desk.backtest(bf.on_bar(compiled=True)(cell(LOOPS)), "AAPL")


@pytest.mark.usefixtures("child")
def test_a_function_that_crashes_is_one_line():
    """A call without end takes its process along, and only that."""
    idea = cell("""
        def deeper(n):
            return n if n > 1e18 else deeper(n + 1.0) + 1.0

        def idea(now):
            if now.bar == 33:
                now.buy(deeper(0.0))
    """)
    message = failure_of(idea)
    assert "strategy idea crashed as machine code at bar 33 (2020-02-08): SIGSEGV" in message
    assert "compiled=False shows where" in message


SLOW = """
    def idea(now, n=1000):
        x = 0.0
        for i in range(n):
            x += now.close * i
        if now.bar % 3 == 0 and x > 0.0:
            now.buy()
        elif now.bar % 3 == 1:
            now.close_position()
"""


@pytest.mark.usefixtures("child")
def test_a_child_makes_the_same_run_as_this_process(monkeypatch):
    """To the last bit; the second time it is trusted and no child is needed."""
    from bifrost_kernel.simulators.compiled import compiled_run

    compiled_run._known.clear()
    idea = cell(SLOW)
    first = run_compiled(idea)
    assert len(compiled_run._known) == 1
    monkeypatch.setattr(compiled_run, "finish_in_child", pytest.fail)
    second = run_compiled(idea)
    for one, other in zip(first[:-1], second[:-1], strict=True):
        assert one[: len(other)].tobytes() == other[: len(one)].tobytes()
    assert first.account[0]["n_orders"] == 40


def test_other_parameters_are_another_trial(monkeypatch):
    """What ended with some parameters may not end with others."""
    from bifrost_kernel.simulators.compiled import compiled_run

    asked = []
    real = compiled_run.finish_in_child
    monkeypatch.setattr(
        compiled_run, "finish_in_child", lambda *given: (asked.append(1), real(*given))[1]
    )
    compiled_run._known.clear()
    idea = cell(SLOW)
    for n in (10, 20, 10):
        run_compiled(idea, parameters={"n": n})
    assert len(asked) == 2


def test_a_function_without_a_loop_needs_no_child(monkeypatch):
    """Each of its calls ends by itself."""
    from bifrost_kernel.simulators.compiled import compiled_run

    monkeypatch.setattr(compiled_run, "finish_in_child", pytest.fail)
    run_compiled(cell("def idea(now):\n    now.buy(limit=now.closes.mean())\n"))


@pytest.mark.usefixtures("child")
def test_tables_grow_and_what_one_bar_sends_has_room():
    """A thousand orders at one bar are more than is kept free, and so are many bars' orders."""
    idea = cell("""
        def idea(now, n=0):
            for i in range(n if now.bar == 30 else 3):
                now.buy(1.0, limit=0.25, days=1)
    """)
    many = run_compiled(idea, parameters={"n": 6000})
    assert many.account[0]["n_orders"] == 6000 + 59 * 3
    assert many.orders["sent_bar"][1:6178].tolist().count(30) == 6000


ERRORS = {
    "x = now.closes[99]": "IndexError: index is out of bounds",
    "x = now.closes[-99]": "IndexError: index is out of bounds",
    "x = now.state[2]": "IndexError: index is out of bounds",
    "x = 1.0 / (now.close - now.close)": "ZeroDivisionError",
    "x = now.index // (now.bar - now.index)": "ZeroDivisionError",
    'raise ValueError("mine")': "ValueError: mine",
    'assert now.close < 0, "no"': "AssertionError: no",
    "x = np.empty(0).max()": "ValueError",
}


@pytest.mark.parametrize("line", ERRORS)
def test_what_it_raises_is_told_with_bar_and_line(line):
    """On one line, as in plain Python."""
    idea = cell(f"def idea(now):\n    if now.bar == 12:\n        {line}\n", np=np)
    message = failure_of(idea, state=2)
    assert message.startswith(f"strategy idea failed at bar 12 (2020-01-18): {ERRORS[line]}")
    assert message.endswith(f"(line 3 of the cell: {line})")


def test_an_error_in_a_function_that_it_calls_is_shown_there():
    """And one after a call, in its own line."""
    text = """
        def half(x, is_bad):
            if is_bad:
                raise ValueError("odd")
            return x / 2.0

        def idea(now):
            y = half(now.close, now.bar == {bad}) + 1.0 / (now.bar - 20)
            now.buy(y, limit=1.0)
    """
    assert "(line 3 of the cell: raise ValueError" in failure_of(cell(text.format(bad=9)))
    assert "(line 7 of the cell: y = half" in failure_of(cell(text.format(bad=-1)))


def test_an_error_that_it_catches_is_no_error():
    """`except Exception` works, for its own errors and for refused terms."""
    books = run_compiled(
        cell("""
        def idea(now):
            try:
                if now.bar == 3:
                    now.buy(limit=-1.0)
                now.buy(1.0 / (now.bar - 4))
            except Exception:
                now.sell(1.0)
    """)
    )
    sizes = books.orders["size"][1:61]
    assert np.flatnonzero(sizes < 0)[:4].tolist() == [0, 1, 2, 3]
    assert len(sizes) == books.account[0]["n_orders"] == 60


@pytest.mark.usefixtures("child")
def test_what_it_prints_is_printed(capsys):
    """In the order in which it was printed, from a child too."""
    run_compiled(
        cell("""
        def idea(now):
            for i in range(1):
                if now.bar < 2:
                    print("close", now.close)
    """)
    )
    assert "close 11.0\nclose 12.0\n" in capsys.readouterr().out


def test_a_changed_global_makes_another_function():
    """Its value is part of the machine code, so it is compiled anew."""
    space = {"SIZE": 2.0}
    text = "def idea(now):\n    if now.bar == 0:\n        now.buy(SIZE)\n"
    idea = cell(text, **space)
    assert run_compiled(idea).orders["size"][1] == 2.0
    idea.__globals__["SIZE"] = 3.0
    assert run_compiled(idea).orders["size"][1] == 3.0
    idea.__globals__["SIZE"] = 2.0
    assert run_compiled(idea).orders["size"][1] == 2.0


def test_a_changed_helper_makes_another_function():
    """Likewise, however deep it lies."""
    idea = cell("""
        def inner(x):
            return x

        def outer(x):
            return inner(x) + 1.0

        def idea(now):
            if now.bar == 0:
                now.buy(outer(1.0))
    """)
    assert run_compiled(idea).orders["size"][1] == 2.0
    idea.__globals__["inner"] = cell("def idea(x):\n    return x * 5.0\n")
    assert run_compiled(idea).orders["size"][1] == 6.0


def test_parameters_arrive_as_what_they_are():
    """Whole numbers, numbers and flags, also behind a star; a change of kind compiles anew."""
    idea = cell("""
        def idea(now, whole=3, part=0.5, flag=True, *, last=7):
            if now.bar == 0 and flag:
                now.buy(whole // 2 + part + (last % 4) / 8.0)
    """)
    assert run_compiled(idea).orders["size"][1] == 1.875
    given = {"whole": 9, "part": 0.25, "last": 2}
    assert run_compiled(idea, parameters=given).orders["size"][1] == 4.5
    assert run_compiled(idea, parameters={"flag": False}).account[0]["n_orders"] == 0


def test_indicators_can_be_asked_at_each_bar():
    """By the same calls as in plain Python."""
    text = """
        def idea(now, n=5):
            if now.index >= n:
                now.buy(indicators.sma_now(now.closes, n), limit=1.0)
    """
    job = make_called(cell(text, indicators=indicators), BARS, compiled=True)
    plain = make_called(cell(text, indicators=indicators), BARS)
    simulator = CompiledSimulator()
    one, other = simulator.run(job, Steps()), simulator.run(plain, Steps())
    assert one.orders.quantity.tobytes() == other.orders.quantity.tobytes()
    assert len(one.orders) == 55


def test_progress_is_told_while_a_child_runs():
    """Every bar is counted once."""
    job = make_called(cell(SLOW), BARS, compiled=True)
    steps = Steps()
    CompiledSimulator().run(job, steps)
    assert (steps.total, steps.done, steps.is_closed) == (60, 60, True)


def test_it_runs_beside_other_threads():
    """Python's warning of forks beside threads is not shown, and nothing waits for their locks."""
    is_over = threading.Event()

    def busy():
        while not is_over.is_set():
            sum(range(1000))

    threads = [threading.Thread(target=busy) for _ in range(3)]
    for one in threads:
        one.start()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            run_compiled(cell(SLOW), parameters={"n": 77})
    finally:
        is_over.set()
        for one in threads:
            one.join()


def test_a_text_parameter_is_refused_before_anything_is_compiled():
    """By its name."""
    with pytest.raises(InvalidInputError, match="parameter 'mode'"):
        run_compiled(cell("def idea(now, mode='x'):\n    now.buy()\n"))
