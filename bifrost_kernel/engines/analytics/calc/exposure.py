"""How much was held, how much was traded, what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats


def time_in_market(gross_exposure: Floats) -> float:
    """Return the share of bars that closed with a position.

    Parameters
    ----------
    gross_exposure
        shape (T,), currency, 0 or more: sum of |market value| at each bar's close.

    Returns
    -------
    float
        Fraction of bars; NaN if any exposure is NaN.
    """
    if np.isnan(gross_exposure).any():
        return float("nan")
    return float(np.mean(gross_exposure > 0.0))


def gross_leverage(gross_exposure: Floats, nav: Floats) -> tuple[float, float]:
    """Return the mean and the highest gross exposure, as a fraction of nav.

    Parameters
    ----------
    gross_exposure
        shape (T,), currency, 0 or more.
    nav
        shape (T,), currency.

    Returns
    -------
    tuple of float
        Mean over all bars, flat ones as 0, and the maximum; NaN if nav is ever 0 or less.
    """
    if not (nav > 0.0).all():
        return float("nan"), float("nan")
    leverage = gross_exposure / nav
    return float(np.mean(leverage)), float(np.max(leverage))


def turnover(traded_notional: Floats, nav: Floats) -> float:
    """Return how many times the account was turned over: bought and sold once is one.

    Parameters
    ----------
    traded_notional
        shape (T,), currency, 0 or more: |quantity| * price of the bar's fills.
    nav
        shape (T,), currency.

    Returns
    -------
    float
        Half the traded notional over the mean nav, for the whole time (one-way turnover);
        NaN unless the mean nav is positive.
    """
    mean_nav = float(np.mean(nav))
    if not mean_nav > 0.0:
        return float("nan")
    return 0.5 * float(np.sum(traded_notional)) / mean_nav


def commission_of_cash(commission: float, opening_cash: float) -> float:
    """Return all commission paid as a fraction of the opening cash."""
    return commission / opening_cash
