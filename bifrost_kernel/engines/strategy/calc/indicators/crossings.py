"""Where one line crosses another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.engines.strategy.calc.indicators.arithmetic import arithmetic_for
from bifrost_kernel.engines.strategy.calc.indicators.windows import as_aligned, as_series

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from bifrost_kernel.domain.bars import Floats


def crossover(line: ArrayLike, other: ArrayLike | float) -> Floats:
    """Return 1 where `line` crosses above `other`, -1 where below, 0 elsewhere.

    Parameters
    ----------
    line
        shape (T,).
    other
        shape (T,), or one level for all bars.

    Returns
    -------
    Floats
        shape (T,), -1, 0 or 1; NaN up to and with the first bar at which both are known.

    Notes
    -----
    Equals Backtrader's CrossOver. Bars at which both are equal do not count: the side that was
    held before the tie is remembered, so touching and turning back is no crossing.
    """
    first = as_series(line)
    if np.ndim(other) == 0:
        return arithmetic_for(len(first)).crossings(first, np.array([other], dtype=np.float64))
    one, two = as_aligned(line=first, other=other)
    return arithmetic_for(len(first)).crossings(one, two)
