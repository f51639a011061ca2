"""Engine and check as a person uses them: desk and magics, on real prices, with real parts.

Beside the real reference stands a second simulator that gives its figures, or nearly.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import bifrost_kernel as bf
from bifrost_kernel.domain.errors import InvalidInputError, SimulationError
from bifrost_kernel.simulators.backtrader import BacktraderSimulator

REFERENCE = BacktraderSimulator()


WITHOUT_BACKTRADER = """
import json, sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "backtrader":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hidden())
import bifrost_kernel as bf
desk = bf.open_desk(sys.argv[1])
asked = {"params": {"fast": 10, "slow": 30}, "size": 100, "commission": 0.001, "adjust": "none"}
told = {}
for name in sorted(desk.strategies().df.index):
    told[name] = desk.backtest(name, "AAPL MSFT").simulator
run = desk.backtest("sma_cross", "AAPL", check=True, **asked)
told["final_cash"], told["reason"] = run.final_cash, run.check.reason
try:
    desk.backtest("sma_cross", "AAPL", engine="backtrader")
except bf.BifrostError as error:
    told["refused"] = error.message
told["loaded"] = "backtrader" in sys.modules
print(json.dumps(told))
"""


class Second:
    """The reference's figures under another name, altered as told."""

    name = "compiled"

    def __init__(self, alter=None):
        self.alter = alter

    def refusal(self, job):
        """Refuse classes, as what is compiled must."""
        return "a class runs as it is" if job.strategy.native is not None else None

    def run(self, job, progress):
        """Run on the reference, then alter."""
        result = replace(REFERENCE.run(job, progress), simulator="compiled 0")
        return result if self.alter is None else self.alter(result)


def with_simulators(desk, *simulators):
    """Return the desk with these simulators in place of its own."""
    backend = desk._backend
    laboratory = replace(backend.laboratory, simulators={one.name: one for one in simulators})
    desk.__dict__["_backend"] = replace(backend, laboratory=laboratory)
    return desk


@pytest.fixture
def desk(tmp_path):
    """Open a desk with the reference and a second simulator that agrees with it."""
    return with_simulators(bf.open_desk(tmp_path / "home"), Second(), REFERENCE)


def shifted_price(result):
    """Move the seventh fill's price by its last bit."""
    price = result.fills.price.copy()
    price[6] = np.nextafter(price[6], np.inf)
    return replace(result, fills=replace(result.fills, price=price))


def stopped(_result):
    """Be stopped by a person."""
    raise KeyboardInterrupt


def failed(_result):
    """Fail in mid-run."""
    raise SimulationError("strategy sma_cross failed at bar 40", context={"bar": 40})


def test_auto_takes_the_first_and_a_name_forces_the_other(desk):
    """Both give the same figures, and the list says which ran what."""
    first = desk.backtest("sma_cross", "AAPL")
    second = desk.backtest("sma_cross", "AAPL", engine="backtrader")
    assert first.simulator == "compiled 0"
    assert second.simulator.startswith("backtrader ")
    assert first.final_cash == second.final_cash
    assert (first.check, second.check) == (None, None)
    assert [one.split()[0] for one in desk.runs().df["simulator"]] == ["backtrader", "compiled"]
    differences = desk.compare(first.run_id, second.run_id).differences
    assert list(differences.loc["simulator"]) == [first.simulator, second.simulator]
    assert list(differences.loc["simulator asked for"]) == ["auto", "backtrader"]


def test_a_class_runs_on_the_reference_and_the_report_says_why(desk):
    """Also when it is read back; forcing the other one is refused by name."""
    import backtrader as bt

    class Once(bt.Strategy):
        def next(self):
            if len(self) == 1:
                self.buy()

    run = desk.backtest(Once, "AAPL")
    assert run.simulator.startswith("backtrader")
    for view in (run, desk.run("last")):
        assert "ran on backtrader: a class runs as it is" in repr(view)
        assert "ran on backtrader: a class runs as it is" in view._repr_html_()
    with pytest.raises(InvalidInputError, match="engine 'compiled' cannot run this: a class"):
        desk.backtest(Once, "AAPL", engine="compiled")
    checked = desk.backtest(Once, "AAPL", check=True)
    assert checked.check.reason == "only backtrader can run this. compiled: a class runs as it is"
    assert "Not checked" in repr(checked)


@pytest.mark.parametrize("engine", ["auto", "compiled", "backtrader"])
def test_a_check_that_agrees_is_kept_with_the_run(desk, engine):
    """Shown at once and when it is read back."""
    run = desk.backtest("sma_cross", "AAPL", engine=engine, check=True)
    assert run.check.agrees
    assert run.check.bars == 3270
    assert run.check.fills == len(run.fills)
    again = desk.run(run.run_id)
    assert again.check == run.check
    for view in (run, again):
        assert "agree:</b> 3,270 bars, 1" in view._repr_html_()
        assert "every value to the last bit" in " ".join(repr(view).split())
    assert desk.runs().df["check"].tolist() == ["agrees"]


def test_one_bit_is_found_named_and_kept(desk):
    """The fill's own bar, day and order, with every digit of both prices."""
    plain = desk.backtest("sma_cross", "AAPL")
    with_simulators(desk, Second(shifted_price), REFERENCE)
    run = desk.backtest("sma_cross", "AAPL", check=True)
    found = run.check.difference
    fills = plain.report.result.fills
    assert (found.bar, found.order_ref, found.figure) == (fills.bar[6], 7, "fill price")
    assert found.day == plain.report.result.session_date[found.bar].item()
    assert float(found.right) == fills.price[6]
    assert float(found.left) == np.nextafter(fills.price[6], np.inf)
    shown = desk.run("last")
    assert shown.check == run.check
    for words in (repr(found.left)[1:-1], found.right, str(found.day), "--engine backtrader"):
        assert words in shown._repr_html_()
        assert words in repr(shown)
    assert desk.runs().df["check"].tolist() == ["differs", ""]


def test_a_second_simulator_that_fails_is_a_difference(desk):
    """The reference's run is kept with what became of the other."""
    with_simulators(desk, Second(failed), REFERENCE)
    run = desk.backtest("sma_cross", "AAPL", engine="backtrader", check=True)
    assert (run.check.difference.bar, run.check.difference.figure) == (40, "end of the run")
    assert "failed at bar 40" in repr(run)


@pytest.mark.parametrize("engine", ["auto", "backtrader"])
def test_a_person_can_stop_a_check_in_either_run(desk, engine):
    """Nothing is kept, and the desk goes on."""
    with_simulators(desk, Second(stopped), REFERENCE)
    with pytest.raises(KeyboardInterrupt, match="nothing of it was kept"):
        desk.backtest("sma_cross", "AAPL", engine=engine, check=True)
    assert len(desk.runs()) == 0
    assert desk.backtest("sma_cross", "AAPL", engine="backtrader").final_cash > 0


def test_a_check_is_yes_or_no(desk):
    """Nothing else is taken for a yes."""
    with pytest.raises(InvalidInputError, match="check: expected True or False, was 'yes'"):
        desk.backtest("sma_cross", "AAPL", check="yes")


def test_everything_but_classes_and_checks_works_without_backtrader(tmp_path):
    """Every built-in strategy runs, and what needs the extra says how to install it."""
    command = [sys.executable, "-c", WITHOUT_BACKTRADER, str(tmp_path / "home")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    told = json.loads(done.stdout)
    install = 'pip install "bifrost_kernel[backtrader]"'
    assert told.pop("final_cash") == 1041956.6720400003
    assert install in told.pop("reason")
    assert install in told.pop("refused")
    assert told.pop("loaded") is False
    assert len(told) >= 11
    assert {one.split()[0] for one in told.values()} == {"compiled"}
