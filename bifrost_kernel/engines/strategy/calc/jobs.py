"""What holds of a job for every simulator: when it is refused, and which dividends it pays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.domain.bars import ActionKind
from bifrost_kernel.domain.errors import DataError, NoDataError
from bifrost_kernel.domain.trading import CommissionKind, FillerKind

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarPanel, BarSet, CorporateAction
    from bifrost_kernel.engines.strategy.model import SimulationJob


def find_refusal(job: SimulationJob) -> str | None:
    """Return why no simulator that equals Backtrader can run a job, or None.

    Parameters
    ----------
    job
        Strategy, settings and bars; a strategy class is for its simulator to judge.
    """
    return _decision_refusal(job) or _commission_refusal(job) or _filler_refusal(job)


def require_bars(bars: BarSet) -> None:
    """Raise what is wrong with the bars that are to be traded on.

    Parameters
    ----------
    bars
        One or more instruments.

    Raises
    ------
    NoDataError, DataError
        An instrument has no bars, or prices that are not finite.
    """
    for series in bars.series:
        name = str(series.instrument_id)
        if len(series) == 0:
            raise NoDataError(f"there are no bars of {name} to run on", context={"name": name})
        for field in ("open", "high", "low", "close"):
            prices = getattr(series, field)
            # a sum is finite only if every price is, and is had sooner
            if np.isfinite(prices.sum()):
                continue
            bad = np.flatnonzero(~np.isfinite(prices))
            if bad.size:
                raise DataError(
                    f"bars of {name}: expected finite prices, {field} of "
                    f"{series.session_date[bad[0]]} was {prices[bad[0]]}",
                    context={"name": name, "bar": int(bad[0])},
                )


def find_payments(
    bars: BarSet, panel: BarPanel, dividends: tuple[CorporateAction, ...]
) -> list[tuple[int, int, float]]:
    """Return what is paid at which bar: the first of the instrument's on or after the ex-date.

    Parameters
    ----------
    bars, panel
        The bars, and the same bars on one timeline.
    dividends
        Cash dividends; other actions, and those of other instruments, pay nothing.

    Returns
    -------
    list
        (bar, column, currency per unit), by bar.
    """
    columns = {one: column for column, one in enumerate(bars.instrument_ids)}
    due = []
    for action in dividends:
        column = columns.get(action.instrument_id)
        if column is None or action.kind is not ActionKind.DIVIDEND:
            continue
        series = bars.series[column]
        first = int(np.searchsorted(series.session_date, np.datetime64(action.ex_date, "D")))
        if first < len(series):
            bar = int(np.searchsorted(panel.end, series.end[first]))
            due.append((bar, column, action.value))
    return sorted(due, key=lambda one: one[0])


def _decision_refusal(job: SimulationJob) -> str | None:
    trading = job.spec.trading
    if job.strategy.on_bar is not None:
        if not trading.is_cheat_on_open:
            return None
        return (
            "a function called at each bar decides at its close, so cheat-on-open cannot be; "
            "wishes in arrays (@bf.strategy) or a bt.Strategy class can decide before the open"
        )
    if job.strategy.native is None and job.signals is None:
        return "the strategy has no arrays to act on"
    if trading.is_cheat_on_close and trading.is_cheat_on_open:
        return "cheat-on-close and cheat-on-open exclude each other, choose one"
    return None


def _commission_refusal(job: SimulationJob) -> str | None:
    commission = job.spec.trading.commission
    if commission.kind is CommissionKind.FUTURES:
        weights = None if job.signals is None else job.signals.target_weight
        if weights is not None and bool((weights < 0).any()):
            return (
                "Backtrader counts a short future's value as positive, so a negative "
                "target_weight never settles; use target_size"
            )
    elif commission.margin is not None or commission.multiplier != 1.0:
        return "margin and multiplier belong to futures commission"
    return None


def _filler_refusal(job: SimulationJob) -> str | None:
    filler = job.spec.trading.filler
    if filler.kind is not FillerKind.ALL:
        for series in job.bars.series:
            if not np.isfinite(series.volume).all():
                kind = filler.kind.value
                return f"filler {kind!r} needs volumes, {series.instrument_id} lacks some"
    return None
