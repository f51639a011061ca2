"""The adapter: what it can run, and the way from a job to a result."""

from __future__ import annotations

import importlib
import warnings
from typing import TYPE_CHECKING, Any

from bifrost_kernel.domain.errors import InvalidInputError, MissingExtraError
from bifrost_kernel.engines.strategy.calc.jobs import find_refusal, require_bars

if TYPE_CHECKING:
    from bifrost_kernel.domain.backtest import BacktestResult
    from bifrost_kernel.engines.strategy.model import SimulationJob
    from bifrost_kernel.workflows.ports import Progress


class BacktraderSimulator:
    """Runs wishes, functions called at each bar and unmodified ``bt.Strategy`` classes.

    Notes
    -----
    Results are Backtrader's own in its default mode (preload, runonce): orders, fills, cash and
    nav are bit for bit those of a hand-written Cerebro script with the same bars, settings
    and calls. Bars of a day and longer carry their session date at midnight, shorter ones
    their end in UTC, both without a time zone.

    A strategy class keeps a sizer that it sets itself; without one it trades the run's
    sizing. A fixed size of one unit, Backtrader's default, counts as none.
    """

    @property
    def name(self) -> str:
        """Its name: ``backtrader``."""
        return "backtrader"

    @property
    def version(self) -> str:
        """Backtrader's version: ``1.9.78.123``."""
        return str(_import_backtrader().__version__)

    def refusal(self, job: SimulationJob) -> str | None:
        """Return why it cannot run this job exactly, or None when it can."""
        return _strategy_refusal(job) or find_refusal(job)

    def run(self, job: SimulationJob, progress: Progress) -> BacktestResult:
        """Run the job.

        Parameters
        ----------
        job
            Settings, strategy, bars and wishes.
        progress
            Told about every hundredth part of the bars.

        Returns
        -------
        BacktestResult
            On the job's timeline. A fill's commission holds the interest that the closed
            holding was charged, as Backtrader books it.

        Raises
        ------
        MissingExtraError
            Backtrader is not installed.
        InvalidInputError
            The job is one that `refusal` names, or a wish that cannot be ordered.
        NoDataError, DataError
            An instrument has no bars, or prices that are not finite.
        SimulationError
            The strategy raised, never got to its first bar, or stopped the run.
        """
        _import_backtrader()
        reason = self.refusal(job)
        if reason is not None:
            raise InvalidInputError(f"engine {self.name!r} cannot run this: {reason}")
        require_bars(job.bars)
        with warnings.catch_warnings():
            _silence_backtrader()
            # on first use only: these modules import backtrader
            from bifrost_kernel.simulators.backtrader.session import simulate

            return simulate(job, progress, f"{self.name} {self.version}")


def _import_backtrader() -> Any:
    with warnings.catch_warnings():
        _silence_backtrader()
        try:
            return importlib.import_module("backtrader")
        except ImportError as error:
            raise MissingExtraError.of("the backtrader simulator", "backtrader") from error


def _silence_backtrader() -> None:
    # What the compiler warns of carries the file's path as its module.
    source = r"(.*[/\\])?backtrader([./\\]|\Z)"
    for category in (DeprecationWarning, SyntaxWarning):
        warnings.filterwarnings("ignore", category=category, module=source)


def _strategy_refusal(job: SimulationJob) -> str | None:
    native = job.strategy.native
    if native is None:
        return None
    if job.strategy.native_simulator not in (None, "backtrader"):
        return f"the strategy is written for {job.strategy.native_simulator!r}"
    if not issubclass(native, _import_backtrader().Strategy):
        return f"{native.__name__} is not a bt.Strategy"
    return None
