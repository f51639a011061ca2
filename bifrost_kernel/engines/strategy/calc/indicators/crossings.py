"""Where one line crosses another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.engines.strategy.calc.indicators.windows import as_series

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
    Bars at which both are equal do not count: the side that was held before the tie is
    remembered, so touching and turning back is no crossing.
    """
    first = as_series(line)
    second = np.broadcast_to(np.asarray(other, dtype=np.float64), first.shape)
    out = np.full(len(first), np.nan)
    known = np.flatnonzero(~np.isnan(first) & ~np.isnan(second))
    if not len(known):
        return out
    start = known[0]
    difference = first[start:] - second[start:]
    last = np.maximum.accumulate(np.where(difference != 0, np.arange(len(difference)), 0))
    before = difference[last][:-1]
    now = difference[1:]
    out[start + 1 :] = ((before < 0) & (now > 0)) * 1.0 - ((before > 0) & (now < 0))
    return out
