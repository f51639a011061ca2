"""Buy once and wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.domain.strategies import Signals
from bifrost_kernel.engines.strategy.calc.benchmark import compute_buy_and_hold
from bifrost_kernel.strategies.declare import param, strategy

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarPanel


@strategy(scope="together", warmup=lambda _: 1)
def buy_and_hold(
    bars: BarPanel,
    *,
    exposure: float = param(0.95, low=0.01, high=1.0, summary="Fraction of nav to invest"),
) -> Signals:
    """Buy every instrument at its first chance and never sell.

    What any strategy has to beat. Each instrument gets exposure / number of instruments of
    the opening cash, decided at its first bar; the run's size does not matter. The rest pays
    for gaps and commissions: an order that the cash does not cover is refused and not
    repeated.

    References
    ----------
    Sharpe, W. F., The arithmetic of active management, Financial Analysts Journal 47(1), 1991.
    """
    is_first = bars.has_bar & (np.cumsum(bars.has_bar, axis=0) == 1)
    share = exposure / bars.close.shape[1]
    # A weight is a fraction of nav as it then stands; what is held by then has moved it.
    nav = 1.0 - exposure + exposure * compute_buy_and_hold(bars.close, 1.0)
    return Signals(target_weight=np.where(is_first, share / nav[:, None], np.nan))
