"""Trend entries inside a bracket as wide as the market is lively."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.domain.strategies import Signals
from bifrost_kernel.engines.strategy.calc.indicators import atr, crossover, sma
from bifrost_kernel.strategies.declare import param, strategy

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarSeries


@strategy(warmup=lambda p: max(p["trend"], p["period"]) + 1)
def atr_bracket(
    bars: BarSeries,
    *,
    trend: int = param(50, low=1, high=5000, summary="Bars of the average that is crossed"),
    period: int = param(14, low=1, high=2000, summary="Bars of the average true range"),
    stop: float = param(2.0, low=0.05, high=50, summary="Stop, in average true ranges"),
    target: float = param(
        4.0, low=0, high=200, summary="Profit target, in average true ranges, 0 for none"
    ),
    trails: bool = param(False, summary="Let the stop follow the price"),
) -> Signals:
    """Buy a close that crosses above its average, with a stop and a profit target.

    The entry follows the trend; the way out is set beforehand by how far the price usually
    moves in a bar. The stop lies `stop` average true ranges below the close of the signal,
    the target `target` above it; whichever is met first closes the holding and cancels the
    other. With `trails` the stop moves up with the closes and never down. Never short.

    References
    ----------
    Wilder, J. W., New Concepts in Technical Trading Systems, 1978, section III (volatility
    system).
    """
    reach = atr(bars.high, bars.low, bars.close, period)
    entries = (crossover(bars.close, sma(bars.close, trend)) > 0) & (reach > 0)
    distance = np.where(entries, stop * reach, np.nan)
    return Signals(
        entries=entries,
        stop_distance=None if trails else distance,
        trail_distance=distance if trails else None,
        profit_distance=np.where(entries, target * reach, np.nan) if target > 0 else None,
    )
