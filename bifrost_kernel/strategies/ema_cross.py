"""Trend following with two exponential moving averages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_kernel.domain.errors import require
from bifrost_kernel.domain.strategies import Signals
from bifrost_kernel.engines.strategy.calc.indicators import crossover, ema
from bifrost_kernel.strategies.declare import param, strategy

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarSeries


@strategy(warmup=lambda p: p["slow"] + 1)
def ema_cross(
    bars: BarSeries,
    *,
    fast: int = param(12, low=1, high=2000, summary="Bars of the fast average"),
    slow: int = param(26, low=2, high=5000, summary="Bars of the slow average"),
) -> Signals:
    """Hold while a fast exponential moving average is above a slow one.

    As the crossing of simple averages, but recent closes weigh more (2 / (1 + bars) for the
    newest), so it turns sooner. Buys when the fast average crosses above the slow one, sells
    when it crosses below; never short.

    References
    ----------
    Appel, G., Technical Analysis: Power Tools for Active Investors, 2005, chapter 8.
    """
    require(fast < slow, "fast", fast, f"less than slow ({slow})")
    cross = crossover(ema(bars.close, fast), ema(bars.close, slow))
    return Signals(entries=cross > 0, exits=cross < 0)
