"""Indicators that go on from the bar before, for a function called at each bar.

What they must remember stands in a place of ``now.state``, which is 0 before the first bar. They
work in plain Python and in a compiled ``on_bar``, with the same bits. Each must be called at every
bar of the instrument: one that is left out is missing from the average.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bifrost_kernel.engines.strategy.calc.indicators.latest import ema_now, smma_now, turn
from bifrost_kernel.engines.strategy.calc.indicators.windows import as_series, require_period

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from bifrost_kernel.domain.bars import Floats


def ema_step(state: Floats, place: int, values: ArrayLike, period: int) -> float:
    """Return the exponential moving average at the last value.

    Parameters
    ----------
    state
        ``now.state``.
    place
        Which of its places is this average's own. It holds the average.
    values
        shape (T,), from the first bar up to now: ``now.closes``.
    period
        Bars that seed it, and that set its weight.

    Returns
    -------
    float
        ``ema(values, period)[-1]``, in the unit of `values`; NaN with fewer values.
    """
    if state[place] == 0.0:
        return begun(state, place, ema_now(values, period))
    return gone_on(state, place, as_series(values), 2.0 / (1.0 + require_period(period)))


def smma_step(state: Floats, place: int, values: ArrayLike, period: int) -> float:
    """Return Wilder's smoothed average at the last value.

    Parameters
    ----------
    state
        ``now.state``.
    place
        Which of its places is this average's own. It holds the average.
    values
        shape (T,), from the first bar up to now: ``now.closes``.
    period
        Bars that seed it, and that set its weight.

    Returns
    -------
    float
        ``smma(values, period)[-1]``, in the unit of `values`; NaN with fewer values.
    """
    if state[place] == 0.0:
        return begun(state, place, smma_now(values, period))
    return gone_on(state, place, as_series(values), 1.0 / require_period(period))


def crossover_step(state: Floats, place: int, line: float, other: float) -> float:
    """Return 1 if `line` crosses above `other` at this bar, -1 if below, else 0.

    Parameters
    ----------
    state
        ``now.state``.
    place
        Which of its places is this crossing's own. It holds by how much the two last differed.
    line, other
        Both values at this bar, such as two `sma_now`.

    Returns
    -------
    float
        What `crossover` has at this bar, 0 where that is NaN.
    """
    gap = float(line) - float(other)
    held = float(state[place])
    if gap != 0.0:
        state[place] = gap
    return turn(held, gap)


def begun(state: Floats, place: int, value: float) -> float:
    """Remember an average's first value; before that NaN is not remembered."""
    if not math.isnan(value):
        state[place] = value
    return value


def gone_on(state: Floats, place: int, values: Floats, weight: float) -> float:
    """Smooth the remembered average by the last value; an infinite one counts as NaN."""
    new = float(values[-1]) if math.isfinite(values[-1]) else math.nan
    value = float(state[place]) * (1.0 - weight) + new * weight
    state[place] = value
    return value
