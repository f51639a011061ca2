"""The Progress port, over the notebook's bar in each of its places and one that counts."""

from __future__ import annotations

import io
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bifrost_kernel.display import progress as bars
from bifrost_kernel.display.progress import NotebookProgress
from bifrost_kernel.simulators.compiled.announcement import AnnouncedCompilation

CALLS = st.one_of(
    st.tuples(
        st.just("start"), st.integers(-3, 10**12), st.sampled_from(["", "bars", "<b>", "苹\n果"])
    ),
    st.tuples(st.just("step")),
    st.tuples(st.just("step"), st.integers(-5, 10**12)),
    st.tuples(st.just("close")),
)


class FakeProgress:
    """A progress that counts."""

    def __init__(self):
        self.total = self.done = 0

    def start(self, total, what):
        """Begin anew."""
        self.total, self.done, self.what = total, 0, what

    def step(self, count=1):
        """Count."""
        self.done += count

    def close(self):
        """Forget what it was about."""
        self.what = None


class Terminal(io.StringIO):
    """A terminal that somebody sits at."""

    def isatty(self):
        """Say so."""
        return True


@pytest.fixture(params=["notebook", "terminal", "log", "announced", "fake"])
def progress(request, monkeypatch):
    """The bar of a notebook, a terminal, a log; one that announces compiling; and the fake."""
    if request.param == "fake":
        return FakeProgress()
    if request.param == "announced":
        return AnnouncedCompilation(FakeProgress())
    monkeypatch.setattr(bars, "_is_notebook", lambda: request.param == "notebook")
    monkeypatch.setattr(sys, "stderr", io.StringIO() if request.param == "log" else Terminal())
    return NotebookProgress(patience_seconds=0)


def test_work_in_its_order_is_told(progress, capsys):
    """Start, steps, close; nothing is returned and nothing printed to the cell's own output."""
    assert progress.start(3, "replaying bars") is None
    assert [progress.step(), progress.step(2)] == [None, None]
    assert progress.close() is None
    assert "Error" not in capsys.readouterr().out


def test_closing_is_idempotent(progress):
    """However often, started or not."""
    progress.close()
    progress.start(1, "work")
    for _ in range(3):
        progress.close()


def test_a_progress_can_be_used_again(progress):
    """One object serves several pieces of work, each closed or not."""
    for total in (1, 2, 3):
        progress.start(total, "work")
        progress.step(total)
    progress.close()
    progress.start(5, "more work")
    progress.close()


def test_work_that_fails_is_closed_like_any_other(progress):
    """The failure is the one that comes out."""

    def work():
        progress.start(10, "work")
        try:
            progress.step()
            raise KeyError(1)
        finally:
            progress.close()

    with pytest.raises(KeyError):
        work()


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=st.lists(CALLS, max_size=12))
def test_no_order_of_calls_raises(progress, calls):
    """Steps before the start, beyond the total, backwards, after the close; totals of nothing."""
    for name, *words in calls:
        getattr(progress, name)(*words)
    progress.close()
