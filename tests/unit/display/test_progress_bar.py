"""A bar appears only for long work that somebody watches."""

import io
import sys

import pytest

from bifrost_kernel.display.progress import NotebookProgress


def draw(monkeypatch, *, is_interactive, patience_seconds, total=3):
    """Return what ends up on the terminal."""
    terminal = io.StringIO()
    monkeypatch.setattr(sys, "stderr", terminal)
    progress = NotebookProgress(is_interactive=is_interactive, patience_seconds=patience_seconds)
    progress.start(total, "replaying bars")
    for _ in range(total):
        progress.step()
    progress.close()
    return terminal.getvalue()


def test_quick_work_shows_nothing(monkeypatch):
    """Below the patience no bar is ever drawn."""
    assert draw(monkeypatch, is_interactive=True, patience_seconds=60).strip() == ""


def test_long_work_shows_what_is_done(monkeypatch):
    """With no patience the bar says what it is about."""
    shown = draw(monkeypatch, is_interactive=True, patience_seconds=0)
    assert "replaying bars" in shown


def test_nobody_watching_nothing_shown(monkeypatch):
    """A job in a log gets no bar."""
    assert draw(monkeypatch, is_interactive=False, patience_seconds=0) == ""


@pytest.mark.parametrize("is_interactive", [True, False])
def test_closing_twice_or_before_the_start_is_harmless(is_interactive):
    """An interrupted run closes whatever there is."""
    progress = NotebookProgress(is_interactive=is_interactive)
    progress.close()
    progress.step()
    progress.start(2, "work")
    progress.start(2, "more work")
    progress.close()
    progress.close()
