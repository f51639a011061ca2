"""A holding sized so that its volatility stays the same."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.domain.strategies import Signals
from bifrost_kernel.engines.strategy.calc.indicators import roc, rolling_std
from bifrost_kernel.engines.strategy.calc.panels import (
    REBALANCING,
    act_at_next_bar,
    on_own_bars,
    opens_period,
)
from bifrost_kernel.strategies.declare import param, strategy

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarPanel, Floats


@strategy(scope="together", warmup=lambda p: p["window"] + 1)
def vol_target(
    bars: BarPanel,
    *,
    target: float = param(
        0.15, low=0.001, high=5, summary="Volatility to hold, fraction of nav per year"
    ),
    window: int = param(20, low=2, high=2000, summary="Bars of the realised volatility"),
    cap: float = param(0.95, low=0.01, high=10, summary="Largest weight of all together"),
    band: float = param(
        0.05, low=0, high=1, summary="Change of weight to pass over, fraction of nav"
    ),
    every: str = param("weekly", choices=REBALANCING, summary="When to measure anew"),
    bars_per_year: int = param(252, low=1, high=1_000_000, summary="Bars in a year"),
) -> Signals:
    """Hold less when prices swing more.

    Volatility comes in clusters, so the recent one tells of the next. At the first bar of
    each period the weight of an instrument becomes target / realised volatility, at most
    `cap`, divided by the number of instruments. A change smaller than `band` (divided
    likewise) is not traded. Realised volatility is the standard deviation (ddof = 0) of the
    last `window` simple returns, times the square root of `bars_per_year`. A `cap` above 1
    needs an account with leverage.

    References
    ----------
    Moreira, A., Muir, T., Volatility-managed portfolios, Journal of Finance 72(4), 2017.
    """
    share = 1.0 / bars.close.shape[1]

    def volatility(close: Floats) -> Floats:
        return rolling_std(roc(close, 1), window) * math.sqrt(bars_per_year)

    realised = on_own_bars(volatility, bars.close, bars.has_bar)
    with np.errstate(divide="ignore"):
        wanted = np.minimum(target / realised, cap) * share
    decides = opens_period(bars.session_date, every)[:, None]
    chosen = _with_band(np.where(decides, wanted, np.nan), band * share)
    return Signals(target_weight=act_at_next_bar(chosen, bars.has_bar))


def _with_band(wanted: Floats, band: float) -> Floats:
    kept = np.full(wanted.shape, np.nan)
    last = np.full(wanted.shape[1], np.nan)
    for row in np.flatnonzero(~np.isnan(wanted).all(axis=1)):
        moves = ~np.isnan(wanted[row]) & ~(np.abs(wanted[row] - last) < band)
        kept[row, moves] = last[moves] = wanted[row, moves]
    return kept
