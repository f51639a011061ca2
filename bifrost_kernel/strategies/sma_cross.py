"""Trend following with two simple moving averages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_kernel.domain.errors import require
from bifrost_kernel.domain.strategies import Signals
from bifrost_kernel.engines.strategy.calc.indicators import crossover, sma
from bifrost_kernel.strategies.declare import param, strategy

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarSeries


@strategy(warmup=lambda p: p["slow"] + 1)
def sma_cross(
    bars: BarSeries,
    *,
    fast: int = param(10, low=1, high=2000, summary="Bars of the fast average"),
    slow: int = param(30, low=2, high=5000, summary="Bars of the slow average"),
) -> Signals:
    """Hold while a fast simple moving average is above a slow one.

    A price that has lately been above its longer average is taken for a trend. Buys when the
    fast average of closes crosses above the slow one, sells when it crosses below; never
    short. Bars at which both averages are equal are not crossings.

    References
    ----------
    Brock, W., Lakonishok, J., LeBaron, B., Simple technical trading rules and the stochastic
    properties of stock returns, Journal of Finance 47(5), 1992.
    """
    require(fast < slow, "fast", fast, f"less than slow ({slow})")
    cross = crossover(sma(bars.close, fast), sma(bars.close, slow))
    return Signals(entries=cross > 0, exits=cross < 0)
