"""What a key press in a magic's line costs, through a real kernel and its sockets.

``python -m tests.benchmarks.bench_completion``
"""

from __future__ import annotations

import subprocess
import tempfile

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.manager import start_new_kernel

import bifrost_kernel
from tests.benchmarks.measuring import ROOT, Figure, milliseconds, show

GOAL = 50
STRATEGY, PARAMETER = "%backtest sma_c", "%backtest sma_cross AAPL fa"


def figures():
    """Yield the first key of a fresh kernel, later ones, and one without a kernel around it."""
    with tempfile.TemporaryDirectory() as home, pytest.MonkeyPatch.context() as patch:
        for name in ("BIFROST_HOME", "IPYTHONDIR"):
            patch.setenv(name, home)
        patch.setenv("PYTHONPATH", str(ROOT))
        bifrost_kernel.open_desk()
        fresh = [keys_of_a_kernel() for _ in range(4)]
        first, parameter = ([lap[place] for lap in fresh] for place in (0, 1))
        warm = [one for lap in fresh for one in lap[2]]
        yield Figure("completion: first key in a fresh kernel", "ms", tuple(first), goal=GOAL)
        yield Figure("completion: first parameter of a strategy there", "ms", tuple(parameter))
        yield Figure("completion: later keys", "ms", tuple(warm), goal=GOAL)
        laps = keys_of_a_shell()
        yield Figure("completion: in a shell of 1,000 variables", "ms", laps, goal=GOAL)


def keys_of_a_kernel():
    """Return milliseconds of the first key, the first parameter, and some more."""
    manager, client = start_new_kernel(
        kernel_name="python3", extra_arguments=["--ext", "bifrost_kernel"], startup_timeout=120,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip

    def press(code, wanted):
        found = client.complete(code, len(code), reply=True, timeout=60)["content"]["matches"]
        if found != [wanted]:
            raise AssertionError(f"{code}: expected {wanted}, was {found}")

    try:
        (first,), _ = milliseconds(lambda: press(STRATEGY, "sma_cross"), 1, warm_up=0)
        (parameter,), _ = milliseconds(lambda: press(PARAMETER, "fast="), 1, warm_up=0)
        warm, _ = milliseconds(lambda: press(PARAMETER, "fast="), 10)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return first, parameter, warm


def keys_of_a_shell():
    """Return milliseconds of a key in this process."""
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    bifrost_kernel.load_ipython_extension(shell)
    shell.push({f"variable_{number}": number for number in range(1000)})

    def press():
        with provisionalcompleter():
            return list(shell.Completer.completions(PARAMETER, len(PARAMETER)))

    laps, _ = milliseconds(press, 20, warm_up=2)
    bifrost_kernel.unload_ipython_extension(shell)
    shell._atexit_once()
    InteractiveShell.clear_instance()
    return laps


if __name__ == "__main__":
    show(figures)
