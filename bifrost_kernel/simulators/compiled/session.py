"""One run from end to end.

Imports numba: load it on first use only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_kernel.engines.strategy.calc.compiled.books import make_books
from bifrost_kernel.engines.strategy.calc.compiled.running import run_wishes
from bifrost_kernel.engines.strategy.calc.plan import plan_wishes
from bifrost_kernel.simulators.compiled.announcement import AnnouncedCompilation
from bifrost_kernel.simulators.compiled.faults import require_sound
from bifrost_kernel.simulators.compiled.python_run import run_function
from bifrost_kernel.simulators.compiled.record import make_result
from bifrost_kernel.simulators.compiled.teller import BrokerFault

if TYPE_CHECKING:
    from bifrost_kernel.domain.backtest import BacktestResult
    from bifrost_kernel.engines.strategy.calc.compiled.books import Books
    from bifrost_kernel.engines.strategy.model import SimulationJob
    from bifrost_kernel.workflows.ports import Progress


def simulate(
    job: SimulationJob, progress: Progress, simulator: str, *, bar_seconds: float
) -> BacktestResult:
    """Run a job that was found fit to run.

    Parameters
    ----------
    job, progress
        What to run, and where to say how far it is.
    simulator
        Name and version for the result.
    bar_seconds
        How long a compiled function may take for one bar.

    Raises
    ------
    SimulationError
        See `CompiledSimulator.run`.
    InvalidInputError
        A wish cannot be ordered.
    """
    trading = job.spec.trading
    opens = trading.is_cheat_on_open
    books = make_books(job.bars, job.panel, trading, job.dividends, acts_at_open=opens)
    books = _run(job, books, progress, bar_seconds)
    require_sound(books, job)
    return make_result(books, job.panel, simulator)


def _run(job: SimulationJob, books: Books, progress: Progress, bar_seconds: float) -> Books:
    wishes = None
    if job.signals is not None:
        opens = job.spec.trading.is_cheat_on_open
        wishes = plan_wishes(job.signals, job.panel, is_at_open=opens)
    with AnnouncedCompilation(progress) as told:
        told.start(len(job.panel), "bars")
        try:
            if wishes is not None:
                return run_wishes(books, wishes, told.step)
            if job.strategy.is_compiled:
                # on first use only: what compiles a person's function is loaded with it
                from bifrost_kernel.simulators.compiled.compiled_run import run_compiled

                return run_compiled(job, books, told, bar_seconds=bar_seconds)
            return run_function(job, books, told)
        except BrokerFault:
            return books  # whose account says which
        finally:
            told.close()
