"""A real shell, and a desk that notes what it is asked."""

from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell

from bifrost_kernel import magics
from bifrost_kernel.domain.strategies import Parameter

NAMES = {
    "strategies": ("sma_cross", "ema_cross"),
    "symbols": ("AAPL", "MSFT"),
    "universes": ("tech",),
    "runs": ("7f3a",),
    "simulators": ("compiled", "backtrader"),
    "providers": ("sample",),
}


class NotingDesk:
    """A desk whose every verb notes how it was called and returns that note."""

    def __init__(self):
        self.calls = []

    def __getattr__(self, verb):
        if verb.startswith("_"):
            raise AttributeError(verb)

        def call(*words, **options):
            self.calls.append((verb, words, options))
            return self.calls[-1]

        return call

    def known(self, kind):
        """Return the names of a kind."""
        return NAMES[kind]

    def parameters_of(self, strategy, *, namespace):  # noqa: ARG002 - the desk's own keywords
        """Return the same two parameters for any strategy."""
        return (Parameter("fast", 10), Parameter("slow", 30))


@pytest.fixture
def desk():
    """Return a desk that notes what it is asked."""
    return NotingDesk()


@pytest.fixture
def bare_shell():
    """Return a real shell without Bifrost in it."""
    InteractiveShell.clear_instance()
    started = InteractiveShell.instance()
    yield started
    started._atexit_once()  # its history is closed while its folder is still there
    InteractiveShell.clear_instance()


@pytest.fixture
def shell(bare_shell, desk):
    """Return a real shell with the magics registered."""
    magics.register(bare_shell, desk)
    return bare_shell
