"""Which cell is running, in every place where code of the cell may run."""

from __future__ import annotations

import asyncio
import contextvars
import hashlib
import threading

import pytest

from bifrost_kernel.domain.context import CellContext
from bifrost_kernel.kernel import context


def digest(source):
    """Return the hash that a source is known by."""
    return hashlib.sha256(source.encode()).hexdigest()


@pytest.fixture
def watch(shell, monkeypatch):
    """Watch the shell's cells; `where()` in a cell tells what is known there."""
    monkeypatch.setenv("JPY_SESSION_NAME", "ideas/first.ipynb")
    found = context.install(shell)
    shell.push({"where": found})
    yield found
    context.remove(shell)


def test_a_cell_knows_its_id_its_source_and_its_notebook(shell, watch):
    """All three, and nothing of it is left after the cell."""
    source = "seen = where()"
    shell.run_cell(source, cell_id="c1")
    assert shell.user_ns["seen"] == CellContext("c1", digest(source), "ideas/first.ipynb")
    assert watch() == CellContext(notebook="ideas/first.ipynb")


def test_a_client_that_sends_no_id_still_gives_the_source(shell, watch):
    """As under nbclient."""
    shell.run_cell("seen = where()")
    assert shell.user_ns["seen"].cell_id is None
    assert shell.user_ns["seen"].source_hash == digest("seen = where()")
    assert watch().source_hash is None


def test_a_cell_that_fails_leaves_nothing_behind(shell, watch):
    """Errors in the code, in its syntax, and an exit."""
    for source in ("1 / 0", "def (", "raise KeyboardInterrupt", "%no_such_magic"):
        shell.run_cell(source, cell_id="bad")
        assert watch().cell_id is None
    shell.run_cell("seen = where()", cell_id="good")
    assert shell.user_ns["seen"].cell_id == "good"


def test_a_cell_within_a_cell_comes_back_to_the_outer_one(shell, watch):
    """Nested runs, empty ones too, do not lose the cell around them."""
    shell.push({"shell": shell})
    source = (
        "shell.run_cell('inner = where()', cell_id='inner')\n"
        "shell.run_cell('', cell_id='empty')\n"
        "shell.run_cell('1 / 0', cell_id='broken')\n"
        "outer = where()"
    )
    shell.run_cell(source, cell_id="outer")
    assert shell.user_ns["inner"].cell_id == "inner"
    assert shell.user_ns["outer"].cell_id == "outer"
    assert watch().cell_id is None


def test_a_thread_with_a_copied_context_keeps_its_own_cell(shell, watch):
    """Even while a later cell runs; a thread without the copy knows of no cell."""
    go_on = threading.Event()
    seen = {}

    def look(name):
        go_on.wait(10)
        seen[name] = watch().cell_id

    def start(name, target):
        thread = threading.Thread(target=target, args=(name,))
        thread.start()
        return thread

    shell.push({"start": start, "look": look, "copy": contextvars.copy_context})
    shell.run_cell(
        "own = copy()\n"
        "threads = [start('copied', lambda name: own.run(look, name)), start('bare', look)]",
        cell_id="first",
    )
    shell.push({"go_on": go_on})
    shell.run_cell("go_on.set()\n[one.join(10) for one in threads]", cell_id="second")
    assert seen == {"copied": "first", "bare": None}


def test_awaiting_code_knows_its_cell_and_leaks_nothing(shell, watch):
    """Top-level await, and a task that the cell started."""
    shell.push({"asyncio": asyncio})
    shell.run_cell(
        "async def later():\n    await asyncio.sleep(0)\n    return where()\n"
        "task = asyncio.ensure_future(later())\n"
        "await asyncio.sleep(0)\n"
        "seen = (await task, where())",
        cell_id="waits",
    )
    assert [one.cell_id for one in shell.user_ns["seen"]] == ["waits", "waits"]
    assert watch().cell_id is None


def test_callbacks_are_told_a_key_that_stays_when_the_cell_runs_again(shell):
    """The id where there is one, else the source's hash."""
    told = []
    context.install(shell, on_cell=(told.append,))
    shell.run_cell("1", cell_id="a")
    shell.run_cell("1")
    shell.run_cell("1")
    context.remove(shell)
    shell.run_cell("2", cell_id="b")
    assert told == ["a", digest("1"), digest("1")]


def test_installing_twice_watches_once(shell):
    """The second install takes the first one's place."""
    told = []
    context.install(shell, on_cell=(told.append,))
    context.install(shell, on_cell=(told.append,))
    shell.run_cell("1", cell_id="a")
    context.remove(shell)
    context.remove(shell)
    assert told == ["a"]
