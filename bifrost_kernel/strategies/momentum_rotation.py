"""Rotation into the instruments that rose the most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.domain.errors import require
from bifrost_kernel.domain.strategies import Signals
from bifrost_kernel.engines.strategy.calc.indicators import lag
from bifrost_kernel.engines.strategy.calc.panels import (
    REBALANCING,
    act_at_next_bar,
    on_own_bars,
    opens_period,
)
from bifrost_kernel.strategies.declare import param, strategy

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarPanel, Floats


@strategy(scope="together", warmup=lambda p: p["lookback"] + 1)
def momentum_rotation(
    bars: BarPanel,
    *,
    lookback: int = param(126, low=2, high=5000, summary="Bars over which the rise is measured"),
    skip: int = param(0, low=0, high=1000, summary="Latest bars that are left out of it"),
    top: int = param(1, low=1, high=500, summary="How many instruments to hold"),
    every: str = param("monthly", choices=REBALANCING, summary="When to choose anew"),
    needs_rise: bool = param(True, summary="Rather hold cash than what has fallen"),
    exposure: float = param(0.95, low=0.01, high=1.0, summary="Fraction of nav to invest"),
) -> Signals:
    """Hold the instruments that rose the most, equally weighted.

    What has done better than the others over some months tends to go on for some time. At the
    first bar of each period the instruments are ranked by their return from `lookback` bars
    ago to `skip` bars ago; the best `top` get an equal part of `exposure`, the others are
    sold. With `needs_rise` a place whose instrument has not risen stays cash. The rest of nav
    pays for gaps and commissions.

    References
    ----------
    Jegadeesh, N., Titman, S., Returns to buying winners and selling losers, Journal of
    Finance 48(1), 1993. Moskowitz, T., Ooi, Y. H., Pedersen, L. H., Time series momentum,
    Journal of Financial Economics 104(2), 2012 (for `needs_rise`).
    """
    instruments = bars.close.shape[1]
    require(skip < lookback, "skip", skip, f"less than lookback ({lookback})")
    require(top <= instruments, "top", top, f"at most {instruments}, the number of instruments")

    def rise(close: Floats) -> Floats:
        return lag(close, skip) / lag(close, lookback) - 1.0

    score = on_own_bars(rise, bars.close, bars.has_bar)
    weights = np.full(bars.close.shape, np.nan)
    for row in np.flatnonzero(opens_period(bars.session_date, every)):
        known = np.flatnonzero(~np.isnan(score[row]))
        if not len(known):
            continue
        best = known[np.argsort(-score[row, known], kind="stable")][:top]
        if needs_rise:
            best = best[score[row, best] > 0]
        weights[row, known] = 0.0
        weights[row, best] = exposure / top
    return Signals(target_weight=act_at_next_bar(weights, bars.has_bar))
