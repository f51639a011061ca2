"""Mean reversion of the price ratio of two instruments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.domain.errors import require
from bifrost_kernel.domain.strategies import Signals
from bifrost_kernel.engines.strategy.calc.indicators import rolling_std, sma
from bifrost_kernel.strategies.declare import param, strategy

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarPanel, Floats, Ints

# Below it the deviation is rounding noise, not a price move.
_SMALLEST_DEVIATION = 1e-6


@strategy(scope="together", warmup=lambda p: p["window"])
def pairs_reversion(
    bars: BarPanel,
    *,
    window: int = param(60, low=3, high=5000, summary="Bars of the average and its deviation"),
    entry_z: float = param(2.0, low=0.1, high=20, summary="Enter at so many deviations"),
    exit_z: float = param(0.5, low=-20, high=20, summary="Leave at so many deviations"),
    weight: float = param(0.45, low=0.01, high=1.0, summary="Fraction of nav in each leg"),
) -> Signals:
    """Sell the dear one of two instruments and buy the cheap one, as much of each.

    Two instruments that usually move together are expected to come back together. The
    logarithm of their price ratio is measured in standard deviations from its average (both
    over `window` bars at which both traded). At `entry_z` above it the first instrument is
    sold short and the second bought, each with `weight` of nav; below it the other way
    round. Both are closed once the distance is back at `exit_z`. Weights are set on entry and
    not restored in between. Takes exactly two instruments.

    References
    ----------
    Gatev, E., Goetzmann, W., Rouwenhorst, K. G., Pairs trading: performance of a
    relative-value arbitrage rule, Review of Financial Studies 19(3), 2006.
    """
    count = bars.close.shape[1]
    require(count == 2, "pairs_reversion instruments", count, "exactly 2", "Name two symbols")
    require(exit_z < entry_z, "exit_z", exit_z, f"less than entry_z ({entry_z:g})")
    both = np.flatnonzero(bars.has_bar.all(axis=1))
    names = " and ".join(str(one) for one in bars.instrument_ids)
    require(
        len(both) > window,
        f"bars that {names} have in common",
        len(both),
        f"at least {window + 1}",
        "Ask for a longer range or a smaller window",
    )
    ratio = np.log(bars.close[both, 0]) - np.log(bars.close[both, 1])
    deviation = rolling_std(ratio, window)
    deviation = np.where(deviation > _SMALLEST_DEVIATION, deviation, np.nan)
    distance = (ratio - sma(ratio, window)) / deviation
    held = _held(distance, entry_z, exit_z)
    changes = np.flatnonzero(np.diff(held, prepend=0))
    weights = np.full(bars.close.shape, np.nan)
    weights[both[changes], 0] = weight * held[changes]
    weights[both[changes], 1] = -weight * held[changes]
    return Signals(target_weight=weights)


def _held(distance: Floats, entry: float, leave: float) -> Ints:
    held = np.zeros(len(distance), dtype=np.int64)
    side = 0
    for row, one in enumerate(distance.tolist()):
        if side == 0 and abs(one) >= entry:
            side = -1 if one > 0 else 1
        elif side != 0 and -side * one <= leave:
            side = 0
        held[row] = side
    return held
