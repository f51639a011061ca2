"""Which simulator runs a job, what is said of that, and how one is held against another."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from bifrost_kernel.domain.errors import (
    InvalidInputError,
    MissingExtraError,
    SimulationError,
    UnknownNameError,
)
from bifrost_kernel.domain.strategies import Signals
from bifrost_kernel.simulators.backtrader import BacktraderSimulator
from bifrost_kernel.workflows.simulation import choose_simulator, simulate
from tests.simulation_samples import RISING, Steps, make_bars, make_job, make_series, marks

BARS = make_bars(make_series("A", RISING))
JOB = make_job(BARS, signals=Signals(entries=marks(5, 0)), cash=1_000.0)
MISSING = MissingExtraError.of("the slow simulator", "slow")
RESULT = BacktraderSimulator().run(JOB, Steps())


class Clock:
    """A clock on which each reading is the next of those given."""

    def __init__(self, *readings):
        self._readings = list(readings)

    def elapsed_seconds(self):
        """Return the next reading; zeros when there are no more."""
        return self._readings.pop(0) if self._readings else 0.0


class Double:
    """A simulator that answers what it is told to."""

    def __init__(self, name, *, result=RESULT, refuses=None, fails=None):
        self.name = name
        self.runs = 0
        self._result = replace(result, simulator=f"{name} 1")
        self._refuses = refuses
        self._fails = fails

    def refusal(self, _job):
        """Return the refusal, or raise it."""
        if isinstance(self._refuses, Exception):
            raise self._refuses
        return self._refuses

    def run(self, job, progress):
        """Return the result, or raise the failure."""
        self.runs += 1
        progress.start(len(job.panel), "bars")
        progress.step(len(job.panel))
        progress.close()
        if self._fails is not None:
            raise self._fails
        return self._result


class Heard:
    """A progress that writes down what it is told."""

    def __init__(self):
        self.parts = []
        self.done = 0
        self.closed = 0

    def start(self, total, what):
        """Note a beginning."""
        self.parts.append((total, what))

    def step(self, count=1):
        """Note steps."""
        self.done += count

    def close(self):
        """Note an end."""
        self.closed += 1


def named(*simulators):
    """Return simulators by name, in this order."""
    return {one.name: one for one in simulators}


def asking(engine):
    """Return the job with another engine asked for."""
    return replace(JOB, spec=replace(JOB.spec, engine=engine))


def check(*simulators, engine="auto", clock=None, progress=None):
    """Run the job with a check and return it whole."""
    return simulate(
        named(*simulators),
        asking(engine),
        clock=clock or Clock(),
        progress=progress or Heard(),
        is_checked=True,
    )


def one_ulp(name, bar):
    """Return the result with one value of a bar moved by its last bit."""
    values = getattr(RESULT, name).copy()
    values[bar] = np.nextafter(values[bar], np.inf)
    return replace(RESULT, **{name: values})


def test_auto_takes_the_first_and_says_nothing():
    """There is nothing to explain."""
    fast, slow = Double("fast"), Double("slow")
    assert choose_simulator(named(fast, slow), JOB) == (fast, "")


def test_auto_falls_back_and_says_why():
    """The reason of the one that was passed over; of several, each by its name."""
    first, second, last = (
        Double("first", refuses="it has wheels"), Double("second", refuses="it is wet"),
        Double("last"),
    )  # fmt: skip
    assert choose_simulator(named(first, last), JOB) == (last, "it has wheels")
    chosen = choose_simulator(named(first, second, last), JOB)
    assert chosen == (last, "first: it has wheels; second: it is wet")


def test_a_named_engine_is_taken_whatever_else_could_run():
    """Forcing needs no explanation, and a refusal names what cannot be done."""
    fast, slow = Double("fast", refuses="it has wheels"), Double("slow")
    assert choose_simulator(named(Double("fast"), slow), asking("slow")) == (slow, "")
    with pytest.raises(InvalidInputError, match="engine 'fast' cannot run this: it has wheels"):
        choose_simulator(named(fast, slow), asking("fast"))
    with pytest.raises(UnknownNameError, match="did you mean 'slow'"):
        choose_simulator(named(fast, slow), asking("sloww"))


def test_when_none_can_run_it_each_says_why():
    """A simulator whose package is missing says so among them."""
    simulators = named(Double("fast", refuses="it has wheels"), Double("slow", refuses=MISSING))
    with pytest.raises(InvalidInputError) as caught:
        choose_simulator(simulators, JOB)
    assert "fast: it has wheels; slow: the slow simulator needs the extra" in str(caught.value)
    assert "pip install" in str(caught.value)


def test_a_reason_that_all_share_is_told_once():
    """What no simulator can do is a matter of the question."""
    simulators = named(Double("fast", refuses="it is wet"), Double("slow", refuses="it is wet"))
    with pytest.raises(InvalidInputError) as caught:
        choose_simulator(simulators, JOB)
    assert str(caught.value) == "no simulator can run this: it is wet"


def test_a_missing_package_is_told_with_why_it_is_needed():
    """Whoever has the compiled one only learns what it lacks and what to install."""
    fast, slow = Double("fast", refuses="it has wheels"), Double("slow", fails=MISSING)
    with pytest.raises(MissingExtraError, match=r"slow is needed here \(it has wheels\).*pip"):
        simulate(named(fast, slow), JOB, clock=Clock(), progress=Heard(), is_checked=False)
    with pytest.raises(MissingExtraError) as caught:
        simulate(
            named(fast, slow), asking("slow"), clock=Clock(), progress=Heard(), is_checked=False
        )
    assert str(caught.value) == MISSING.message


def test_without_a_check_one_simulator_runs_once():
    """Nobody pays for what was not asked."""
    fast, slow, heard = Double("fast"), Double("slow"), Heard()
    ran = simulate(named(fast, slow), JOB, clock=Clock(1.0, 1.5), progress=heard, is_checked=False)
    assert (fast.runs, slow.runs) == (1, 0)
    assert (ran.result.simulator, ran.elapsed_seconds, ran.check) == ("fast 1", 0.5, None)
    assert heard.parts == [(5, "bars")]


def test_a_check_counts_what_agreed_with_both_times():
    """The fast one is timed again, when nothing is left to compile or load."""
    fast, slow = Double("fast"), Double("slow")
    ran = check(fast, slow, clock=Clock(0.0, 3.0, 3.0, 5.0, 5.0, 5.25))
    found = ran.check
    assert found.agrees
    assert (found.simulator, found.other) == ("fast 1", "slow 1")
    assert (found.bars, found.orders, found.fills) == (5, 1, 1)
    assert (found.elapsed_seconds, found.other_seconds) == (0.25, 2.0)
    assert ran.elapsed_seconds == 3.0
    assert (fast.runs, slow.runs) == (2, 1)


def test_the_reference_can_be_asked_for_and_checked():
    """Its figures are kept, the fast one's are held against them."""
    fast, slow = Double("fast"), Double("slow")
    ran = check(fast, slow, engine="slow", clock=Clock(0.0, 2.0, 2.0, 5.0, 5.0, 5.25))
    assert ran.result.simulator == "slow 1"
    assert (ran.check.simulator, ran.check.other) == ("slow 1", "fast 1")
    assert (ran.check.elapsed_seconds, ran.check.other_seconds) == (2.0, 0.25)
    assert (fast.runs, slow.runs) == (2, 1)


@pytest.mark.parametrize("name", ["cash", "nav", "dividends"])
def test_one_altered_bit_is_found_and_the_chosen_figures_are_kept(name):
    """Bar, day, figure and both values in full."""
    ran = check(Double("fast", result=one_ulp(name, 3)), Double("slow"))
    found = ran.check.difference
    assert not ran.check.agrees
    assert (found.bar, found.day, found.figure) == (3, date(2020, 1, 9), name)
    assert found.right == repr(getattr(RESULT, name)[3].item())
    assert found.left == repr(getattr(ran.result, name)[3].item())
    assert ran.result.simulator == "fast 1"


def test_the_progress_covers_both_runs():
    """Each says whose bars it counts, and is closed."""
    heard = Heard()
    check(Double("fast"), Double("slow"), progress=heard)
    assert heard.parts[:2] == [(5, "fast, 1 of 2: bars"), (5, "slow, 2 of 2: bars")]
    assert heard.done == 5 * len(heard.parts)
    assert heard.closed == len(heard.parts)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (None, "fast is the only simulator here"),
        (Double("slow", refuses="it has wheels"),
         "only fast can run this. slow: it has wheels"),
        (Double("slow", refuses=MISSING), f"only fast can run this. slow: {MISSING.message}"),
        (Double("slow", fails=MISSING), MISSING.message),
    ],
)  # fmt: skip
def test_a_check_that_cannot_be_done_is_a_reason_and_no_error(other, reason):
    """The run is kept all the same."""
    fast = Double("fast")
    ran = check(fast) if other is None else check(fast, other)
    assert ran.result.simulator == "fast 1"
    assert ran.check.reason == reason
    assert not ran.check.agrees
    assert ran.check.difference is None


def test_a_reference_that_fails_is_a_difference():
    """One that runs to its end where the other stops is no agreement, and no reason either."""
    error = SimulationError("strategy a failed at bar 2", context={"bar": 2})
    found = check(Double("fast"), Double("slow", fails=error)).check
    assert found.reason == ""
    assert (found.difference.bar, found.difference.day) == (2, date(2020, 1, 8))
    assert found.difference.figure == "end of the run"
    assert (found.difference.left, found.difference.right) == ("ran to its end", error.message)
    assert found.other == "slow"


def test_a_failure_of_the_chosen_one_is_the_runs_failure():
    """There is nothing to check, and the other one is not asked."""
    slow = Double("slow")
    with pytest.raises(SimulationError):
        check(Double("fast", fails=SimulationError("broken")), slow)
    assert slow.runs == 0


@pytest.mark.parametrize("stopped", ["fast", "slow"])
def test_a_person_can_stop_either_run(stopped):
    """An interrupt is never taken for an outcome."""
    pair = [Double(one, fails=KeyboardInterrupt() if one == stopped else None)
            for one in ("fast", "slow")]  # fmt: skip
    with pytest.raises(KeyboardInterrupt):
        check(*pair)


def test_the_real_reference_agrees_with_itself():
    """Two runs of one job are the same to the last bit."""
    twin = BacktraderSimulator()
    ran = simulate(
        {"first": twin, "backtrader": BacktraderSimulator()}, JOB,
        clock=Clock(), progress=Steps(), is_checked=True,
    )  # fmt: skip
    assert ran.check.agrees
