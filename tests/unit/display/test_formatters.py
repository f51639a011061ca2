"""A shell shows bare objects, and errors in one line."""

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from bifrost_kernel.display import formatters
from bifrost_kernel.domain.errors import BifrostError, UnknownNameError
from bifrost_kernel.domain.instruments import Instrument, InstrumentId
from bifrost_kernel.domain.strategies import Strategy
from bifrost_kernel.engines.marketdata.model import QualityReport
from bifrost_kernel.engines.strategy.model import SimulatorCheck
from tests.backtest_samples import sample_bars, sample_report


def make_shell():
    """Return a shell that keeps no history."""
    config = Config()
    config.HistoryManager.enabled = False
    return InteractiveShell(config=config)


@pytest.fixture
def shell():
    """A shell of its own, taught and untaught again."""
    made = make_shell()
    formatters.register(made)
    yield made
    formatters.unregister(made)


STRATEGY = Strategy(name="idea", summary="An idea", parameters=(), build=None)
QUALITY = QualityReport(InstrumentId("AAPL", "XNAS"), 99, 100, 0.99, ())


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (sample_report(), "sma_cross · AAPL.XNAS"),
        (sample_report().performance, "Annual return"),
        (sample_bars(), "AAPL.XNAS"),
        (STRATEGY, "An idea"),
        (QUALITY, "99 of 100 bars"),
        (SimulatorCheck("compiled 1", "backtrader 1", 0.1, 0.2, 5, 4, 3), "5 bars, 4 orders"),
        (Instrument(InstrumentId("AAPL", "XNAS"), "Apple"), "Apple"),
    ],
    ids=lambda one: type(one).__name__ if not isinstance(one, str) else "",
)
def test_bare_objects_show_themselves(shell, value, words):
    """In HTML and in text."""
    data, _ = shell.display_formatter.format(value)
    assert words in data["text/plain"]
    assert words in data["text/html"]
    assert 'class="bifrost"' in data["text/html"]


def test_a_report_has_a_picture_too(shell):
    """For places where no HTML is shown."""
    data, _ = shell.display_formatter.format(sample_report())
    assert data["image/png"].startswith(b"\x89PNG")


def test_an_error_is_one_line_and_stays_an_error(shell, capsys):
    """No traceback, yet the run failed."""
    shell.user_ns["error"] = UnknownNameError.of("strategy", "sma_cros", ["sma_cross"])
    done = shell.run_cell("raise error")
    assert isinstance(done.error_in_exec, UnknownNameError)
    shown = [one for one in capsys.readouterr().out.splitlines() if one.strip()]
    assert shown == [
        "\x1b[31mUnknownNameError\x1b[0m: unknown strategy 'sma_cros', did you mean 'sma_cross'?"
    ]


def test_a_message_of_several_lines_becomes_one():
    """Whatever was put in it."""
    assert formatters.render_error(BifrostError("one\n two")) == [
        "\x1b[31mBifrostError\x1b[0m: one two"
    ]


def test_other_errors_keep_their_traceback(shell, capsys):
    """A mistake in the cell is shown as usual."""
    shell.run_cell("1 / 0")
    assert "Traceback" in capsys.readouterr().out


def test_unregistering_takes_everything_back():
    """The shell is as it was."""
    shell = make_shell()
    formatters.register(shell)
    formatters.register(shell)
    shell.display_formatter.format(STRATEGY)
    formatters.unregister(shell)
    data, _ = shell.display_formatter.format(STRATEGY)
    assert "text/html" not in data
    assert not hasattr(BifrostError, "_render_traceback_")


def test_a_stranger_has_no_view():
    """Only what Bifrost knows is shown by it."""
    with pytest.raises(TypeError):
        formatters.view_of(object())
