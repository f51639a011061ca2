"""Indicators: prices in, arrays of the same length out.

Every function takes arrays of shape (T,) in time order and gives float64 arrays of shape
(T,). A value at bar t depends on bars up to t only.

Notes
-----
NaN policy, the same everywhere: the bars before an indicator's minimum period are NaN.
Leading NaN of an input (another indicator's warm-up) are skipped and the minimum period
counts from the first number. A NaN or infinite value later on makes every window that holds
it NaN; a recursive average (`ema`, `smma` and what is built on them) stays NaN from there.

Values are bit for bit those of Backtrader 1.9.78 in its default mode, wherever it has the
indicator and does not stop with a division by zero; sums are correctly rounded.
"""

from bifrost_kernel.engines.strategy.calc.indicators.averages import ema, sma, smma, wma
from bifrost_kernel.engines.strategy.calc.indicators.crossings import crossover
from bifrost_kernel.engines.strategy.calc.indicators.oscillators import (
    macd,
    momentum,
    roc,
    rsi,
    stochastic,
)
from bifrost_kernel.engines.strategy.calc.indicators.ranges import (
    atr,
    bollinger,
    donchian,
    true_range,
)
from bifrost_kernel.engines.strategy.calc.indicators.windows import (
    lag,
    rolling_max,
    rolling_min,
    rolling_std,
    rolling_sum,
)

__all__ = [
    "atr",
    "bollinger",
    "crossover",
    "donchian",
    "ema",
    "lag",
    "macd",
    "momentum",
    "roc",
    "rolling_max",
    "rolling_min",
    "rolling_std",
    "rolling_sum",
    "rsi",
    "sma",
    "smma",
    "stochastic",
    "true_range",
    "wma",
]
