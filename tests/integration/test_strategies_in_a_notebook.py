"""Strategies typed into notebook cells: their source, and the line of their errors."""

import json
import subprocess
import sys

CELLS = '''
import json
import os

from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()


def run(source):
    answer = shell.run_cell(source, store_history=True)
    answer.raise_error()


run("""
import numpy as np
import backtrader as bt
import bifrost_kernel as bf
from bifrost_kernel.engines.marketdata import engine as marketdata
from bifrost_kernel.engines.strategy.engine import signals_for
from bifrost_kernel.strategies.declare import renew_source, strategy_from_class
from tests.simulation_samples import make_bars, make_series
bars = make_bars(make_series("A", [(10, 11, 9, 10)] * 5))
level = 9
""")
run("""
@bf.strategy
def mine(bars, by: float = bf.param(1, low=0)):
    'Buy above a level.'
    return bf.Signals(entries=later(bars.close) > level + by)
""")
run("def later(x):\\n    return x / 1")
run("""
class Native(bt.Strategy):
    params = (("n", 3),)

    def next(self):
        later(1)
""")
run("native = strategy_from_class(Native)")
run("""
@bf.strategy
def broken(bars):
    zero = 0

    return 1 / zero
""")
run("""
def outcome(strategy):
    try:
        return signals_for(strategy, strategy.read_parameters({}), bars, marketdata.align(bars))
    except Exception as error:
        return str(error)
told = outcome(broken)
fine = bool((outcome(renew_source(mine)).entries == False).all())
""")
space = shell.user_ns
print("answer", json.dumps({
    "declared": space["mine"].source,
    "renewed": space["renew_source"](space["mine"]).source,
    "native": space["native"].source,
    "told": space["told"],
    "fine": space["fine"],
    "help": space["mine"].getdoc(),
}))
'''


def test_a_cell_s_strategy_knows_its_text_its_helpers_and_its_lines(tmp_path):
    """Source with helpers defined later, a class's text, and an error's line in the cell."""
    script = tmp_path / "cells.py"
    script.write_text(CELLS)
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; sys.path.insert(0, ''); exec(open({str(script)!r}).read())",
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    line = next(one for one in done.stdout.splitlines() if one.startswith("answer "))
    answer = json.loads(line.removeprefix("answer "))
    assert "level = 9" in answer["declared"]
    assert "def later" not in answer["declared"]
    assert "def later(x):" in answer["renewed"]
    assert answer["renewed"].startswith("@bf.strategy\ndef mine(bars")
    assert answer["native"].startswith("class Native(bt.Strategy):")
    assert "def later(x):" in answer["native"]
    assert answer["told"] == (
        "strategy 'broken' raised ZeroDivisionError: division by zero, "
        "in line 5 of the cell: return 1 / zero"
    )
    assert answer["fine"] is True
    assert "by\n    A float of at least 0, by default 1.0." in answer["help"]
