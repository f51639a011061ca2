"""The adapter: what it can run, and the way from a job to a result."""

from __future__ import annotations

import importlib
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from bifrost_kernel.domain.errors import (
    DataError,
    InvalidInputError,
    MissingExtraError,
    NoDataError,
)
from bifrost_kernel.domain.trading import CommissionKind, FillerKind

if TYPE_CHECKING:
    from bifrost_kernel.domain.backtest import BacktestResult
    from bifrost_kernel.domain.trading import Commission
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
        return _strategy_refusal(job) or _trading_refusal(job)

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
        _require_bars(job)
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
    if job.strategy.on_bar is not None:
        if not job.spec.trading.is_cheat_on_open:
            return None
        return (
            "a function called at each bar decides at its close, so cheat-on-open cannot be; "
            "wishes in arrays (@bf.strategy) or a bt.Strategy class can decide before the open"
        )
    if native is None:
        return None if job.signals is not None else "the strategy has no arrays to act on"
    if job.strategy.native_simulator not in (None, "backtrader"):
        return f"the strategy is written for {job.strategy.native_simulator!r}"
    if not issubclass(native, _import_backtrader().Strategy):
        return f"{native.__name__} is not a bt.Strategy"
    return None


def _trading_refusal(job: SimulationJob) -> str | None:
    trading = job.spec.trading
    if trading.is_cheat_on_close and trading.is_cheat_on_open:
        return "cheat-on-close and cheat-on-open exclude each other, choose one"
    if trading.commission.kind is CommissionKind.FUTURES:
        signals = job.signals
        weights = None if signals is None else signals.target_weight
        if weights is not None and bool((weights < 0).any()):
            return (
                "Backtrader counts a short future's value as positive, so a negative "
                "target_weight never settles; use target_size"
            )
    elif _has_futures_terms(trading.commission):
        return "margin and multiplier belong to futures commission"
    if trading.filler.kind is not FillerKind.ALL:
        for series in job.bars.series:
            if not np.isfinite(series.volume).all():
                kind = trading.filler.kind.value
                return f"filler {kind!r} needs volumes, {series.instrument_id} lacks some"
    return None


def _has_futures_terms(commission: Commission) -> bool:
    return commission.margin is not None or commission.multiplier != 1.0


def _require_bars(job: SimulationJob) -> None:
    for series in job.bars.series:
        name = str(series.instrument_id)
        if len(series) == 0:
            raise NoDataError(f"there are no bars of {name} to run on", context={"name": name})
        for field in ("open", "high", "low", "close"):
            bad = np.flatnonzero(~np.isfinite(getattr(series, field)))
            if bad.size:
                raise DataError(
                    f"bars of {name}: expected finite prices, {field} of "
                    f"{series.session_date[bad[0]]} was {getattr(series, field)[bad[0]]}",
                    context={"name": name, "bar": int(bad[0])},
                )
