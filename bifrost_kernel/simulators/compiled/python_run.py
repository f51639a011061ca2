"""A run of a function in plain Python over the compiled broker.

Imports numba: load it on first use only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bifrost_kernel.domain.errors import SimulationError
from bifrost_kernel.domain.strategies import Scope
from bifrost_kernel.engines.strategy.calc.on_bar import bind, refuse_answer
from bifrost_kernel.engines.strategy.calc.stage import Stage
from bifrost_kernel.simulators.compiled.python_now import PythonNow
from bifrost_kernel.simulators.compiled.teller import Teller
from bifrost_kernel.simulators.failures import failure_of, place_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from bifrost_kernel.domain.bars import Bools
    from bifrost_kernel.engines.strategy.calc.compiled.books import Books
    from bifrost_kernel.engines.strategy.model import SimulationJob
    from bifrost_kernel.workflows.ports import Progress

    Called = Callable[[Any], object]

_PARTS = 100


def run_function(job: SimulationJob, books: Books, progress: Progress) -> Books:
    """Call the job's function at each bar and return the books of the whole run.

    Parameters
    ----------
    job
        One whose strategy is called at each bar.
    books
        The run, not yet begun.
    progress
        Told about every hundredth part of the bars.

    Raises
    ------
    SimulationError
        The function raised, or answered something; the message names bar and line.
    BrokerFault
        The broker cannot go on; `account.fault` of the books says why.
    """
    stage = Stage(job.bars, job.panel, job.studies, job.strategy)
    teller = Teller(books, stage)
    stage.nows = [PythonNow(stage, column, teller) for column in range(stage.count)]
    try:
        _call_all(job, stage, progress)
    except (Exception, SystemExit) as error:  # leaving the program is no way to end a run
        teller.catch_up()  # what happened before it goes first
        if isinstance(error, SimulationError):
            raise
        raise failure_of(error, job.strategy, stage.bar, stage.session_date) from error
    teller.catch_up()
    return teller.books


def _call_all(job: SimulationJob, stage: Stage, progress: Progress) -> None:
    on_bar = bind(job.strategy, dict(job.spec.parameters))
    has_bar = job.panel.has_bar
    is_together = job.strategy.scope is Scope.TOGETHER
    n_bars, n_columns = has_bar.shape
    stride = max(1, n_bars // _PARTS)
    for first in range(0, n_bars, stride):
        last = min(first + stride, n_bars)
        if n_columns == 1:
            answer = _call_one(stage, on_bar, first, last)
        else:
            part = has_bar[first:last]
            answer = _call_each(stage, on_bar, first, part, is_together=is_together)
        if answer is not None:
            where = place_of(stage.bar, stage.session_date)
            raise refuse_answer(job.strategy.name, answer, stage.bar, where)
        progress.step(last - first)


def _call_one(stage: Stage, on_bar: Called, first: int, last: int) -> object:
    """Call it for the only instrument, which has every bar; return an answer that is one."""
    (now,) = stage.nows
    for bar in range(first, last):
        stage.bar = now._index = bar  # noqa: SLF001  # whoever drives the run sets it
        answer = on_bar(now)
        if answer is not None:
            return answer
    return None


def _call_each(
    stage: Stage, on_bar: Called, first: int, has_bar: Bools, *, is_together: bool
) -> object:
    """Call it for each instrument that has a bar, or once a bar; return an answer that is one."""
    groups: dict[bytes, list[Any]] = {}
    for bar, row in enumerate(has_bar, first):
        stage.bar = bar
        mask = row.tobytes()
        present = groups.get(mask)
        if present is None:
            present = [now for now, is_here in zip(stage.nows, row, strict=True) if is_here]
            groups[mask] = present
        for now in present:
            now._index += 1  # noqa: SLF001  # likewise
        for now in stage.nows[:1] if is_together else present:
            answer = on_bar(now)
            if answer is not None:
                return answer
    return None
