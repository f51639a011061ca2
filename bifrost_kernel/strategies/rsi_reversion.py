"""Mean reversion on the relative strength index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_kernel.domain.errors import require
from bifrost_kernel.domain.strategies import Signals
from bifrost_kernel.engines.strategy.calc.indicators import rsi
from bifrost_kernel.strategies.declare import param, strategy

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarSeries


@strategy(warmup=lambda p: p["period"] + 1)
def rsi_reversion(
    bars: BarSeries,
    *,
    period: int = param(14, low=1, high=2000, summary="Bars of the index"),
    oversold: float = param(30.0, low=0, high=100, summary="Level to buy below, 0 to 100"),
    overbought: float = param(70.0, low=0, high=100, summary="Level to sell above, 0 to 100"),
    allows_short: bool = param(False, summary="Sell short above the upper level"),
) -> Signals:
    """Buy what has fallen too fast, sell what has risen too fast.

    Wilder's relative strength index sets rises against falls. Buys when it is below the lower
    level, sells when it is above the upper one, and with `allows_short` sells short there
    until it is below the lower one again.

    References
    ----------
    Wilder, J. W., New Concepts in Technical Trading Systems, 1978, section VI.
    """
    require(oversold < overbought, "oversold", oversold, f"less than overbought ({overbought:g})")
    index = rsi(bars.close, period)
    is_low, is_high = index < oversold, index > overbought
    if allows_short:
        return Signals(entries=is_low, short_entries=is_high)
    return Signals(entries=is_low, exits=is_high)
