"""Equal weights, restored at regular intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.domain.strategies import Signals
from bifrost_kernel.engines.strategy.calc.panels import REBALANCING, act_at_next_bar, opens_period
from bifrost_kernel.strategies.declare import param, strategy

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarPanel


@strategy(scope="together", warmup=lambda _: 1)
def equal_weight(
    bars: BarPanel,
    *,
    every: str = param("monthly", choices=REBALANCING, summary="When to restore the weights"),
    exposure: float = param(0.95, low=0.01, high=1.0, summary="Fraction of nav to invest"),
) -> Signals:
    """Hold all instruments at equal weights.

    Without a forecast, spreading evenly is hard to beat. At the first bar of each period, and
    whenever an instrument has its first bar, every instrument that is traded gets the same
    part of `exposure`. An instrument that had no bar in this period and the one before no
    longer counts. The rest of nav pays for gaps and commissions.

    References
    ----------
    DeMiguel, V., Garlappi, L., Uppal, R., Optimal versus naive diversification: how
    inefficient is the 1/N portfolio strategy?, Review of Financial Studies 22(5), 2009.
    """
    opens = opens_period(bars.session_date, every)
    first_bars = bars.has_bar & (np.cumsum(bars.has_bar, axis=0) == 1)
    weights = np.full(bars.close.shape, np.nan)
    this_period = last_period = 0
    for row in np.flatnonzero(opens | first_bars.any(axis=1)):
        if opens[row]:
            this_period, last_period = int(row), this_period
        is_traded = bars.has_bar[last_period : row + 1].any(axis=0)
        if is_traded.any():
            weights[row, is_traded] = exposure / is_traded.sum()
    return Signals(target_weight=act_at_next_bar(weights, bars.has_bar))
