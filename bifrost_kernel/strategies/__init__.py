"""The built-in strategies, one file each, and the way to declare one's own."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bifrost_kernel.domain.strategies import Strategy


@cache
def builtin() -> Mapping[str, Strategy]:
    """Return the built-in strategies by name, in the order they are listed."""
    from bifrost_kernel.strategies.atr_bracket import atr_bracket
    from bifrost_kernel.strategies.bollinger_reversion import bollinger_reversion
    from bifrost_kernel.strategies.buy_and_hold import buy_and_hold
    from bifrost_kernel.strategies.donchian_breakout import donchian_breakout
    from bifrost_kernel.strategies.ema_cross import ema_cross
    from bifrost_kernel.strategies.equal_weight import equal_weight
    from bifrost_kernel.strategies.momentum_rotation import momentum_rotation
    from bifrost_kernel.strategies.pairs_reversion import pairs_reversion
    from bifrost_kernel.strategies.rsi_reversion import rsi_reversion
    from bifrost_kernel.strategies.sma_cross import sma_cross
    from bifrost_kernel.strategies.vol_target import vol_target

    listed = (
        sma_cross,
        ema_cross,
        rsi_reversion,
        bollinger_reversion,
        donchian_breakout,
        atr_bracket,
        momentum_rotation,
        equal_weight,
        pairs_reversion,
        vol_target,
        buy_and_hold,
    )
    return MappingProxyType({one.name: one for one in listed})
