"""Which simulator runs a job, and whether another one says the same to the last bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bifrost_kernel.domain.errors import (
    BifrostError,
    InvalidInputError,
    MissingExtraError,
    UnknownNameError,
)
from bifrost_kernel.engines.strategy import engine
from bifrost_kernel.engines.strategy.model import Difference, SimulatorCheck

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bifrost_kernel.domain.backtest import BacktestResult
    from bifrost_kernel.engines.strategy.model import SimulationJob
    from bifrost_kernel.workflows.ports import Clock, Progress, Simulator


@dataclass(frozen=True, slots=True, eq=False)
class Simulation:
    """A job that was run.

    Parameters
    ----------
    result
        What the chosen simulator handed back.
    elapsed_seconds
        Wall time of that run.
    fallback
        Why ``auto`` passed over the simulators before it; empty = it passed over none.
    check
        What came of running it on another one too; None when that was not asked for.
    """

    result: BacktestResult
    elapsed_seconds: float
    fallback: str
    check: SimulatorCheck | None


def simulate(
    simulators: Mapping[str, Simulator],
    job: SimulationJob,
    *,
    clock: Clock,
    progress: Progress,
    is_checked: bool,
) -> Simulation:
    """Run a job on the simulator that its spec asks for, and to check it on another one too.

    Parameters
    ----------
    simulators
        By name, in the order that ``auto`` tries them; the last is the reference.
    job
        What to run.
    clock, progress
        What times the runs, and where each says how far it is.
    is_checked
        Hold the result against another simulator's, value by value.

    Raises
    ------
    UnknownNameError, InvalidInputError
        As `choose_simulator`.
    MissingExtraError
        The simulator's package is not installed.
    SimulationError
        The strategy raised in the run that is to be kept.
    """
    simulator, fallback = choose_simulator(simulators, job)
    bench = _Bench(job, clock, progress)
    if not is_checked:
        result, seconds = _run_chosen(bench, simulator, fallback)
        return Simulation(result, seconds, fallback, None)
    other, reason = _find_other(simulators, simulator, job)
    part = "" if other is None else f"{simulator.name}, 1 of 2"
    result, seconds = _run_chosen(bench, simulator, fallback, part)
    if other is None:
        check = SimulatorCheck(result.simulator, "", reason=reason)
    else:
        reference = tuple(simulators)[-1]
        check = _check(bench, (simulator, other), reference, result, seconds)
    return Simulation(result, seconds, fallback, check)


def choose_simulator(
    simulators: Mapping[str, Simulator], job: SimulationJob
) -> tuple[Simulator, str]:
    """Return the simulator the spec names, or with ``auto`` the first that can run the job.

    Returns
    -------
    (simulator, fallback)
        `fallback` says why those before it could not; empty when there is nothing to say.

    Raises
    ------
    UnknownNameError
        No simulator has that name.
    InvalidInputError
        The one that was named, or every one, cannot run this job exactly.
    """
    wanted = job.spec.engine
    if wanted != "auto":
        if wanted not in simulators:
            raise UnknownNameError.of("engine", wanted, ["auto", *simulators])
        refusal = simulators[wanted].refusal(job)
        if refusal:
            raise InvalidInputError(f"engine {wanted!r} cannot run this: {refusal}")
        return simulators[wanted], ""
    refusals: dict[str, str] = {}
    for simulator in simulators.values():
        refusal = _refusal(simulator, job)
        if refusal is None:
            is_one = len(refusals) == 1
            return simulator, next(iter(refusals.values())) if is_one else _list(refusals)
        refusals[simulator.name] = refusal
    raise InvalidInputError(f"no simulator can run this: {_list(refusals)}")


@dataclass(frozen=True, slots=True)
class _Bench:
    job: SimulationJob
    clock: Clock
    progress: Progress

    def run(self, simulator: Simulator, part: str = "") -> tuple[BacktestResult, float]:
        progress = _Part(self.progress, part) if part else self.progress
        started = self.clock.elapsed_seconds()
        result = simulator.run(self.job, progress)
        return result, self.clock.elapsed_seconds() - started


class _Part:
    """A progress that says which of several runs it counts."""

    def __init__(self, progress: Progress, part: str) -> None:
        self._progress = progress
        self._part = part
        self.step = progress.step
        self.close = progress.close

    def start(self, total: int, what: str) -> None:
        self._progress.start(total, f"{self._part}: {what}")


def _run_chosen(
    bench: _Bench, simulator: Simulator, fallback: str, part: str = ""
) -> tuple[BacktestResult, float]:
    try:
        return bench.run(simulator, part)
    except MissingExtraError as error:
        if not fallback:
            raise
        message = f"{simulator.name} is needed here ({fallback}): {error.message}"
        raise MissingExtraError(message, context=error.context) from None


def _find_other(
    simulators: Mapping[str, Simulator], chosen: Simulator, job: SimulationJob
) -> tuple[Simulator | None, str]:
    refusals: dict[str, str] = {}
    for other in tuple(simulators.values())[::-1]:
        if other is chosen:
            continue
        refusal = _refusal(other, job)
        if refusal is None:
            return other, ""
        refusals[other.name] = refusal
    if not refusals:
        return None, f"{chosen.name} is the only simulator here"
    return None, f"only {chosen.name} can run this. {_list(refusals)}"


def _check(
    bench: _Bench,
    pair: tuple[Simulator, Simulator],
    reference: str,
    result: BacktestResult,
    seconds: float,
) -> SimulatorCheck:
    other = pair[1]
    difference, name, other_seconds = None, other.name, 0.0
    try:
        held_against, other_seconds = bench.run(other, f"{other.name}, 2 of 2")
    except MissingExtraError as error:
        return SimulatorCheck(result.simulator, name, reason=error.message)
    except BifrostError as error:
        difference = _failure(error, bench.job)
    else:
        name = held_against.simulator
        difference = engine.first_difference(result, held_against)
        # The first run of a process may have compiled or loaded what it runs.
        if pair[0].name != reference:
            seconds = min(seconds, bench.run(pair[0], f"{pair[0].name}, timed again")[1])
        elif other.name != reference:
            other_seconds = min(other_seconds, bench.run(other, f"{other.name}, timed again")[1])
    return SimulatorCheck(
        simulator=result.simulator,
        other=name,
        elapsed_seconds=seconds,
        other_seconds=other_seconds,
        bars=len(result.end),
        orders=len(result.orders),
        fills=len(result.fills),
        difference=difference,
    )


def _failure(error: BifrostError, job: SimulationJob) -> Difference:
    # One that runs to its end where the other fails is as different as can be.
    bar = error.context.get("bar")
    at = bar if isinstance(bar, int) and 0 <= bar < len(job.panel) else 0
    day = job.panel.session_date[at].item()
    return Difference(at, day, 0, "end of the run", "ran to its end", error.message)


def _refusal(simulator: Simulator, job: SimulationJob) -> str | None:
    try:
        return simulator.refusal(job)
    except MissingExtraError as error:
        return error.message


def _list(refusals: Mapping[str, str]) -> str:
    reasons = list(refusals.values())
    if len(reasons) > 1 and len(set(reasons)) == 1:
        return reasons[0]
    return "; ".join(f"{name}: {refusal}" for name, refusal in refusals.items())
