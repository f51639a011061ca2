"""Strategies that go wrong on Backtrader: one line that says where, and nothing left broken."""

import subprocess
import sys
import warnings

import backtrader as bt
import pytest

from bifrost_kernel.domain.errors import (
    InvalidInputError,
    MissingExtraError,
    SimulationError,
)
from bifrost_kernel.domain.strategies import Signals
from bifrost_kernel.simulators.backtrader import BacktraderSimulator
from tests.simulation_samples import RISING, Steps, make_bars, make_job, make_series

BARS = make_bars(make_series("A", RISING * 4))


def run_class(native, steps=None, **parameters):
    """Run a class on twenty bars."""
    job = make_job(BARS, native=native, parameters=parameters)
    return BacktraderSimulator().run(job, steps or Steps())


class Raising(bt.Strategy):
    """Divides by nothing on the eighth bar."""

    def next(self):
        """Fail on purpose."""
        if len(self) == 8:
            self.ratio = 1 / self.position.size


class Interrupted(bt.Strategy):
    """Is stopped by its user."""

    def next(self):
        """Act as Ctrl-C does."""
        if len(self) == 3:
            raise KeyboardInterrupt


class Ordering(bt.Strategy):
    """Orders with the terms it is given."""

    params = (("terms", None),)

    def next(self):
        """Order once."""
        if len(self) == 2:
            self.buy(**self.p.terms)


class Ruinous(bt.Strategy):
    """Adds an endless amount of cash."""

    def next(self):
        """Break the account."""
        if len(self) == 4:
            self.broker.add_cash(float("inf"))


class Waiting(bt.Strategy):
    """Needs more bars than there are."""

    params = (("period", 50),)

    def __init__(self):
        self.average = bt.ind.EMA(period=self.p.period)

    def next(self):
        """Never get here."""


class Leaving(bt.Strategy):
    """Stops the run on its own."""

    def next(self):
        """Leave on the fifth bar."""
        if len(self) == 5:
            self.env.runstop()


class Skipping(bt.Strategy):
    """Does not want to run."""

    def __init__(self):
        raise bt.errors.StrategySkipError


def test_an_exception_names_bar_session_error_and_line():
    """Everything to find the place is on one line, and the cause is attached."""
    with pytest.raises(SimulationError) as caught:
        run_class(Raising)
    message = str(caught.value)
    assert "\n" not in message
    assert "strategy Raising failed at bar 7 (2020-01-13): ZeroDivisionError" in message
    assert "test_simulator_failures.py: self.ratio = 1 / self.position.size)" in message
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert caught.value.context["bar"] == 7


def test_a_line_of_a_notebook_cell_is_named_as_such():
    """The message says the cell's line, not the name of a temporary file."""
    source = "class Cell(bt.Strategy):\n    def next(self):\n        undefined_name\n"
    space = {"bt": bt, "__name__": "__main__"}
    exec(compile(source, "ipykernel_123/456.py", "exec"), space)  # noqa: S102  # as a kernel does it
    with pytest.raises(SimulationError, match=r"NameError.*\(line 3 of the cell\)"):
        run_class(space["Cell"])


def test_a_failure_while_it_is_set_up_says_so():
    """A class that cannot be made fails before the first bar."""
    with pytest.raises(SimulationError, match="failed before its first bar: TypeError"):
        run_class(Waiting, period="fifty")


def test_an_interrupt_comes_through_and_the_next_run_is_whole():
    """Ctrl-C ends the run at once; the progress is closed; the simulator runs again."""
    steps = Steps()
    with pytest.raises(KeyboardInterrupt):
        run_class(Interrupted, steps)
    assert steps.is_closed
    assert steps.done < 4
    result = BacktraderSimulator().run(make_job(BARS, signals=Signals()), Steps())
    assert len(result.nav) == 20


@pytest.mark.parametrize(
    ("terms", "name"),
    [
        ({"size": float("nan")}, "size"),
        ({"size": float("inf")}, "size"),
        ({"size": 1, "price": float("nan"), "exectype": bt.Order.Limit}, "price"),
        ({"size": 1, "exectype": bt.Order.StopTrail, "trailamount": float("inf")}, "price"),
    ],
)
def test_an_order_that_is_not_a_number_is_named_where_it_was_sent(terms, name):
    """Size and prices must be finite; the line that ordered is shown."""
    with pytest.raises(
        SimulationError, match=rf"at bar 1 \(2020-01-07\): order {name}: expected a finite number"
    ) as caught:
        run_class(Ordering, terms=terms)
    assert "self.buy(**self.p.terms)" in str(caught.value)


def test_a_nav_that_is_no_number_stops_the_run():
    """The first bar on which it happened is named."""
    with pytest.raises(SimulationError, match=r"cash became inf at bar 4 \(2020-01-10\)"):
        run_class(Ruinous)


def test_a_warm_up_longer_than_the_data_says_how_many_bars_it_needs():
    """Before anything runs, with both numbers."""
    with pytest.raises(SimulationError, match=r"needs 50 bars of A .* there are 20"):
        run_class(Waiting)
    assert len(run_class(Waiting, period=20).nav) == 20


def test_a_run_that_the_strategy_ends_early_is_no_result():
    """Half a timeline is not handed out as a whole one."""
    with pytest.raises(SimulationError, match="stopped the run at bar 4"):
        run_class(Leaving)
    with pytest.raises(SimulationError, match="asked to be skipped"):
        run_class(Skipping)


def test_a_class_of_another_kind_is_refused():
    """Not a bt.Strategy, or written for another simulator."""
    job = make_job(BARS, native=int)
    assert "int is not a bt.Strategy" in BacktraderSimulator().refusal(job)
    with pytest.raises(InvalidInputError, match=r"not a bt\.Strategy"):
        BacktraderSimulator().run(job, Steps())


def test_without_the_extra_the_error_says_how_to_install_it(monkeypatch):
    """The optional package is named, with the command."""
    monkeypatch.setitem(sys.modules, "backtrader", None)
    with pytest.raises(MissingExtraError, match=r'pip install "bifrost_kernel\[backtrader\]"'):
        BacktraderSimulator().run(make_job(BARS, signals=Signals()), Steps())


def test_the_adapter_loads_without_backtrader():
    """Importing it costs nothing; the library comes with the first run."""
    code = (
        "import sys; from bifrost_kernel.simulators.backtrader import BacktraderSimulator as B; "
        "assert B().name == 'backtrader'; sys.exit('backtrader' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_first_import_of_backtrader_warns_of_nothing(tmp_path):
    """Compiling its old source is as silent as running it."""
    code = "from bifrost_kernel.simulators.backtrader import adapter; adapter._import_backtrader()"
    command = [sys.executable, "-W", "always", "-X", f"pycache_prefix={tmp_path}", "-c", code]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    assert [line for line in ran.stderr.splitlines() if "backtrader" in line] == []


def test_a_run_shows_none_of_backtraders_warnings():
    """Deprecations of the library stay inside; the user's filters are as before."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        before = list(warnings.filters)
        BacktraderSimulator().run(make_job(BARS, signals=Signals()), Steps())
        assert list(warnings.filters) == before
    assert [str(one.message) for one in seen] == []
