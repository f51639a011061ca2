"""Loading Bifrost imports no heavy library: those come with the first verb that needs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import bifrost_kernel

ROOT = Path(bifrost_kernel.__file__).parents[1]
HEAVY = (
    "backtrader",
    "bokeh",
    "exchange_calendars",
    "ipywidgets",
    "nbclient",
    "numba",
    "PIL",
    "papermill",
    "pandas",
    "pyarrow",
    "scipy",
    "sqlalchemy",
    "yfinance",
)
LOAD = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
before = set(sys.modules)
{source}
heavy = sorted({{one.partition(".")[0] for one in set(sys.modules) - before}} & set({heavy!r}))
print(json.dumps(heavy))
"""


def heavy_after(source, folder):
    """Return the heavy libraries that `source` imports in a fresh interpreter with a shell."""
    done = subprocess.run(
        [sys.executable, "-c", LOAD.format(source=source, heavy=HEAVY)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "BIFROST_HOME": str(folder)},
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    "source",
    [
        "import bifrost_kernel",
        "import bifrost_kernel; bifrost_kernel.load_ipython_extension(shell)",
        "shell.run_line_magic('load_ext', 'bifrost_kernel'); shell.run_cell('%backtest?')",
        "import bifrost_kernel; (bifrost_kernel.strategy, bifrost_kernel.Signals)",
        "import bifrost_kernel.cli",
    ],
)
def test_loading_imports_nothing_heavy(source, tmp_path):
    """The package, the extension, a magic's help and the command line."""
    assert heavy_after(source, tmp_path) == []


RUN = "import bifrost_kernel; bifrost_kernel.open_desk().backtest('sma_cross', 'AAPL')"


def test_a_run_on_stored_bars_imports_only_what_computes(tmp_path):
    """A new process needs no pandas, no calendars and no plots for what it has on disk."""
    heavy_after(RUN, tmp_path)
    needless = {"bokeh", "exchange_calendars", "pandas", "sqlalchemy"}
    assert needless.isdisjoint(heavy_after(RUN, tmp_path))


def test_the_measure_sees_a_heavy_import(tmp_path):
    """The test above would notice one."""
    assert heavy_after("import scipy", tmp_path) == ["scipy"]
