"""The adapter: what it can run, and the way from a job to a result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_kernel._version import __version__
from bifrost_kernel.domain.errors import InvalidInputError
from bifrost_kernel.engines.strategy.calc.jobs import find_refusal, require_bars

if TYPE_CHECKING:
    from bifrost_kernel.domain.backtest import BacktestResult
    from bifrost_kernel.engines.strategy.model import SimulationJob
    from bifrost_kernel.workflows.ports import Progress


class CompiledSimulator:
    """Runs wishes in arrays and functions called at each bar, as Backtrader would.

    Parameters
    ----------
    bar_seconds
        How long a compiled function may take for one bar before it is stopped.

    Notes
    -----
    Orders, fills, cash and nav are bit for bit Backtrader's (1.9.78.123, its default mode) on
    x86-64. Backtrader itself is not needed.
    """

    def __init__(self, bar_seconds: float = 10.0) -> None:
        self._bar_seconds = bar_seconds

    @property
    def name(self) -> str:
        """Its name: ``compiled``."""
        return "compiled"

    @property
    def version(self) -> str:
        """Bifrost's version, whose part it is; a run records numba's beside it."""
        return __version__

    def refusal(self, job: SimulationJob) -> str | None:
        """Return why it cannot run this job exactly, or None when it can."""
        if job.strategy.native is not None:
            return f"{job.strategy.native.__name__} is a class for Backtrader to run"
        return find_refusal(job)

    def run(self, job: SimulationJob, progress: Progress) -> BacktestResult:
        """Run the job.

        Parameters
        ----------
        job
            Settings, strategy, bars and wishes.
        progress
            Told about every hundredth part of the bars, and while code is compiled.

        Returns
        -------
        BacktestResult
            On the job's timeline. A fill's commission holds the interest that the closed
            holding was charged, as Backtrader books it.

        Raises
        ------
        InvalidInputError
            The job is one that `refusal` names, or a wish that cannot be ordered.
        NoDataError, DataError
            An instrument has no bars, or prices that are not finite.
        SimulationError
            The strategy raised, or the account left the range of numbers.
        """
        reason = self.refusal(job)
        if reason is not None:
            raise InvalidInputError(f"engine {self.name!r} cannot run this: {reason}")
        require_bars(job.bars)
        # on first use only: these modules import numba
        from bifrost_kernel.simulators.compiled.session import simulate

        return simulate(job, progress, f"{self.name} {self.version}", bar_seconds=self._bar_seconds)
