"""Mean reversion between Bollinger bands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_kernel.domain.strategies import Signals
from bifrost_kernel.engines.strategy.calc.indicators import bollinger
from bifrost_kernel.strategies.declare import param, strategy

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarSeries


@strategy(warmup=lambda p: p["period"])
def bollinger_reversion(
    bars: BarSeries,
    *,
    period: int = param(20, low=2, high=2000, summary="Bars of the average and its deviation"),
    width: float = param(2.0, low=0.1, high=10, summary="Half width in standard deviations"),
    allows_short: bool = param(False, summary="Sell short above the upper band"),
) -> Signals:
    """Buy below the lower band, leave at the average.

    A close far from its average is expected to come back. Buys when the close is below the
    average less `width` standard deviations, sells when it is back at the average. With
    `allows_short` the mirror image is traded above the upper band.

    References
    ----------
    Bollinger, J., Bollinger on Bollinger Bands, 2001.
    """
    middle, top, bottom = bollinger(bars.close, period, width)
    entries, exits = bars.close < bottom, bars.close >= middle
    if not allows_short:
        return Signals(entries=entries, exits=exits)
    short_entries, short_exits = bars.close > top, bars.close <= middle
    # An entry turns a holding around by itself; the exit would close it a second time.
    return Signals(
        entries=entries,
        exits=exits & ~short_entries,
        short_entries=short_entries,
        short_exits=short_exits & ~entries,
    )
