"""One run from end to end.

Imports backtrader: load it on first use only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import backtrader as bt
import numpy as np

from bifrost_kernel.domain.errors import SimulationError
from bifrost_kernel.engines.strategy.calc.jobs import find_payments
from bifrost_kernel.simulators.backtrader.array_strategy import ArrayStrategy
from bifrost_kernel.simulators.backtrader.broker import make_broker, sizer_for
from bifrost_kernel.simulators.backtrader.feed import feed_names, make_feeds
from bifrost_kernel.simulators.backtrader.on_bar_strategy import OnBarStrategy
from bifrost_kernel.simulators.backtrader.plan import make_plan
from bifrost_kernel.simulators.backtrader.record import Record
from bifrost_kernel.simulators.backtrader.recorder import Recorder
from bifrost_kernel.simulators.failures import failure_of

if TYPE_CHECKING:
    from bifrost_kernel.domain.backtest import BacktestResult
    from bifrost_kernel.engines.strategy.model import SimulationJob
    from bifrost_kernel.workflows.ports import Progress


def simulate(job: SimulationJob, progress: Progress, simulator: str) -> BacktestResult:
    """Run a job that was found fit to run.

    Parameters
    ----------
    job, progress
        What to run, and where to say how far it is.
    simulator
        Name and version for the result.

    Raises
    ------
    SimulationError
        See `BacktraderSimulator.run`.
    InvalidInputError
        A wish cannot be ordered.
    """
    record = Record(job.panel, job.spec.trading.cash)
    cerebro = _build(job, record, progress)
    progress.start(len(job.panel), "bars")
    try:
        ran = cerebro.run()
    except SimulationError:
        raise
    except (Exception, SystemExit) as error:  # leaving the program is no way to end a run
        bar = record.last_bar if record.has_begun else None
        raise failure_of(error, job.strategy, bar, job.panel.session_date) from error
    finally:
        progress.close()
    _require_whole(ran, record, job.strategy.name)
    return record.result(simulator)


def _build(job: SimulationJob, record: Record, progress: Progress) -> Any:
    trading = job.spec.trading
    native = job.strategy.native
    is_at_open = trading.is_cheat_on_open and native is None
    # a class may read the observers that a plain Cerebro has; arrays need none
    cerebro = bt.Cerebro(stdstats=native is not None, cheat_on_open=trading.is_cheat_on_open)
    series = job.bars.series
    rows = tuple(np.searchsorted(job.panel.end, one.end) for one in series)
    feeds = make_feeds(series, job.panel, rows)
    for feed, name in zip(feeds, feed_names(series), strict=True):
        cerebro.adddata(feed, name=name)
    record.columns.update({id(feed): column for column, feed in enumerate(feeds)})
    cerebro.setbroker(make_broker(trading, record, _payments(job, feeds)))
    if native is not None:
        cerebro.addstrategy(native, **dict(job.spec.parameters))
    elif job.strategy.on_bar is not None:
        cerebro.addstrategy(OnBarStrategy, job=job, record=record)
    elif job.signals is not None:
        plan = make_plan(job.signals, job.panel, is_at_open=is_at_open)
        cerebro.addstrategy(ArrayStrategy, plan=plan)
    sizer = sizer_for(trading.sizing, is_at_open=is_at_open)
    cerebro.addanalyzer(Recorder, record=record, progress=progress, sizer=sizer)
    return cerebro


def _payments(job: SimulationJob, feeds: list[Any]) -> dict[int, list[tuple[Any, float]]]:
    payments: dict[int, list[tuple[Any, float]]] = {}
    for bar, column, amount in find_payments(job.bars, job.panel, job.dividends):
        payments.setdefault(bar, []).append((feeds[column], amount))
    return payments


def _require_whole(ran: list[Any], record: Record, name: str) -> None:
    if not ran:
        raise SimulationError(f"strategy {name} asked to be skipped, so there is nothing to show")
    total = len(record.panel)
    if record.bar < total:
        last = record.bar - 1
        raise SimulationError(
            f"strategy {name} stopped the run at bar {last} ({record.panel.session_date[last]}) "
            f"of {total}. Let it stay flat to the end, or ask for a shorter range",
            context={"bar": last, "bars": total},
        )
    (strategy,) = ran
    waits = strategy._minperstatus > 0  # noqa: SLF001  # the only place where Backtrader keeps it
    if waits and type(strategy).prenext is bt.Strategy.prenext:
        needed = max(strategy._minperiods)  # noqa: SLF001  # likewise
        raise SimulationError(
            f"strategy {name} never got to its first decision: it needs {needed} bars, there are "
            f"{total}. Ask for a longer range or a shorter warm-up",
            context={"needed": needed, "bars": total},
        )
