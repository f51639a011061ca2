"""Lines typed in haste: what was meant is said, and an interrupt is one line."""

from __future__ import annotations

import pytest

import bifrost_kernel as bf
from bifrost_kernel.domain.errors import BifrostError, InterruptedRunError


@pytest.fixture
def loaded(bare_shell, tmp_path, monkeypatch):
    """Return a real shell with the extension loaded on a home of its own."""
    monkeypatch.setenv("BIFROST_HOME", str(tmp_path / "home"))
    bf.load_ipython_extension(bare_shell)
    yield bare_shell
    bf.unload_ipython_extension(bare_shell)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("%backtest sma_cross AAPL fast = 10", "Write fast=10"),
        ("%backtest sma_cross AAPL fast =10", "Write fast=10"),
        ("%backtest AAPL", "unknown strategy 'AAPL'"),
        ("%backtest sma_cros", "did you mean 'sma_cross'?"),
        ("%backtest sma_cross", "SYMBOL is missing"),
        ("%%backtest AAPL --out class\ndef f(bars): ...", "--out: expected the name of a variable"),
    ],
)
def test_what_was_meant_is_said(loaded, line, words):
    """Spaces around the sign, a symbol in the strategy's place."""
    outcome = loaded.run_cell(line)
    assert isinstance(outcome.error_in_exec, BifrostError)
    assert words in outcome.error_in_exec.message


def test_an_example_is_one_of_the_same_form(loaded):
    """No example of another form stands in for one that has none."""
    outcome = loaded.run_cell("%backtest --run")
    message = outcome.error_in_exec.message
    assert message == "RUN is missing: write `%backtest --run RUN`"


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("%bars AAPL", "%bars was interrupted"),
        ("%%backtest AAPL\ndef stopped(bars):\n    raise KeyboardInterrupt", "nothing of it was"),
    ],
)
def test_an_interrupt_is_one_line(loaded, capsys, monkeypatch, cell, words):
    """A real error output, without a traceback, and the desk goes on."""

    def stop(*_words, **_options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(bf.Desk, "bars", stop)
        outcome = loaded.run_cell(cell)
    assert isinstance(outcome.error_in_exec, InterruptedRunError)
    shown = [one for one in capsys.readouterr().out.splitlines() if one.strip()]
    assert len(shown) == 1
    assert words in shown[0]
    assert loaded.run_cell("%bars AAPL --start 2012").success
