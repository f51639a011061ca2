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
indicator and does not stop with an error; each docstring names it. Sums are correctly rounded.
They are worked out by compiled loops where numba is loaded or the series is long, else by numpy:
the values are the same.
"""

from bifrost_kernel.engines.strategy.calc.indicators.averages import ema, sma, smma, wma
from bifrost_kernel.engines.strategy.calc.indicators.crossings import crossover
from bifrost_kernel.engines.strategy.calc.indicators.latest import (
    atr_now,
    crossover_now,
    ema_now,
    rolling_max_now,
    rolling_min_now,
    rolling_std_now,
    rolling_sum_now,
    rsi_now,
    sma_now,
    smma_now,
    wma_now,
)
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
from bifrost_kernel.engines.strategy.calc.indicators.steps import (
    crossover_step,
    ema_step,
    smma_step,
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
    "atr_now",
    "bollinger",
    "crossover",
    "crossover_now",
    "crossover_step",
    "donchian",
    "ema",
    "ema_now",
    "ema_step",
    "lag",
    "macd",
    "momentum",
    "roc",
    "rolling_max",
    "rolling_max_now",
    "rolling_min",
    "rolling_min_now",
    "rolling_std",
    "rolling_std_now",
    "rolling_sum",
    "rolling_sum_now",
    "rsi",
    "rsi_now",
    "sma",
    "sma_now",
    "smma",
    "smma_now",
    "smma_step",
    "stochastic",
    "true_range",
    "wma",
    "wma_now",
]
