"""The benchmark: what holding the same instruments would have brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.domain.errors import require
from bifrost_kernel.engines.strategy.calc.panels import carry_forward

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats


def compute_buy_and_hold(close: Floats, cash: float, dividends: Floats | None = None) -> Floats:
    """Return the nav of buying equal weights at the first closes and holding them.

    Parameters
    ----------
    close
        shape (T, K), currency per unit; NaN where an instrument has no bar.
    cash
        Opening cash, currency.
    dividends
        shape (T, K), currency per unit at its ex-date's bar, 0 or NaN elsewhere; None = none.

    Returns
    -------
    Floats
        shape (T,), currency.

    Notes
    -----
    Each instrument gets cash / K at its own first close, in fractional units, without costs;
    until then (for ever, if it has no bar) its share stays cash. A missing close is the last
    known one. A dividend is paid in cash on units held since an earlier bar, and stays cash.
    """
    require(close.ndim == 2, "close", close.shape, "an array of shape (T, K)")
    bars, instruments = close.shape
    if not bars or not instruments:
        return np.full(bars, float(cash))
    share = cash / instruments
    known = ~np.isnan(close)
    first = np.where(known.any(axis=0), known.argmax(axis=0), bars)
    paid = close[np.minimum(first, bars - 1), np.arange(instruments)]
    row = np.arange(bars)[:, None]
    last_known = close if known.all() else carry_forward(close)
    worth = np.where(row >= first, share * (last_known / paid), share)
    if dividends is not None:
        per_unit = np.where(row > first, np.nan_to_num(dividends), 0.0)
        worth = worth + np.cumsum(per_unit, axis=0) * np.where(first < bars, share / paid, 0.0)
    return np.asarray(worth.sum(axis=1), dtype=np.float64)
