"""Trend following on breaks out of Donchian's channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_kernel.domain.errors import require
from bifrost_kernel.domain.strategies import Signals
from bifrost_kernel.engines.strategy.calc.indicators import donchian, lag
from bifrost_kernel.strategies.declare import param, strategy

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarSeries


@strategy(warmup=lambda p: p["entry_window"] + 1)
def donchian_breakout(
    bars: BarSeries,
    *,
    entry_window: int = param(20, low=1, high=2000, summary="Bars of the channel to enter by"),
    exit_window: int = param(10, low=1, high=2000, summary="Bars of the channel to leave by"),
    allows_short: bool = param(False, summary="Sell short on breaks downwards"),
) -> Signals:
    """Buy a close above the highest high of the bars before, leave below the lowest low.

    A price beyond its recent range is taken for the start of a trend. Buys when the close is
    above the highest high of the `entry_window` bars before this one, sells when it is below
    the lowest low of the `exit_window` bars before. With `allows_short` the mirror image is
    traded as well.

    References
    ----------
    Donchian, R. D., High finance in copper, Financial Analysts Journal 16(6), 1960.
    """
    require(exit_window <= entry_window, "exit_window", exit_window, f"at most {entry_window} bars")
    top, bottom = (lag(one) for one in donchian(bars.high, bars.low, entry_window))
    leave_short, leave_long = (lag(one) for one in donchian(bars.high, bars.low, exit_window))
    entries, exits = bars.close > top, bars.close < leave_long
    if not allows_short:
        return Signals(entries=entries, exits=exits)
    short_entries, short_exits = bars.close < bottom, bars.close > leave_short
    # An entry turns a holding around by itself; the exit would close it a second time.
    return Signals(
        entries=entries,
        exits=exits & ~short_entries,
        short_entries=short_entries,
        short_exits=short_exits & ~entries,
    )
