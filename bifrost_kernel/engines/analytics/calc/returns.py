"""From nav to returns: sessions, compounding, years."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarSpec, Dates, Floats, Ints

DAYS_PER_YEAR = 365.25
# The first and the last session of a calendar year lie up to five days inside it.
DAYS_OF_A_WHOLE_YEAR = 360
# Returns that differ by less than this differ by rounding: nav carries 16 digits.
ROUNDING = 1e-14
WEEKS_PER_YEAR = 52.0
SESSIONS_PER_YEAR = 252.0
SESSIONS_WITHOUT_A_REST = 365.0
_FEWEST_DAYS = 14


def find_session_closes(session_date: Dates) -> Ints:
    """Return the index of each session's last bar.

    Parameters
    ----------
    session_date
        shape (T,), never decreasing.

    Returns
    -------
    Ints
        shape (D,), D = number of sessions.
    """
    is_last = np.ones(len(session_date), dtype=np.bool_)
    is_last[:-1] = session_date[1:] != session_date[:-1]
    return np.flatnonzero(is_last).astype(np.int64)


def simple_returns(nav: Floats, opening_cash: float) -> Floats:
    """Return nav over the nav before it, less one; the first against the opening cash.

    Parameters
    ----------
    nav
        shape (D,), currency.
    opening_cash
        Currency, positive.

    Returns
    -------
    Floats
        shape (D,), fraction.

    Notes
    -----
    A return against a nav of zero or less means nothing and is NaN, so an account that is
    ruined has a last return of -1 or less and NaN after it. NaN nav gives NaN.
    """
    before = np.concatenate(([opening_cash], nav[:-1]))
    returns = np.full(len(nav), np.nan)
    np.divide(nav, before, out=returns, where=before > 0)
    return returns - 1.0


def total_return(nav: Floats, opening_cash: float) -> float:
    """Return the last nav over the opening cash, less one.

    Parameters
    ----------
    nav
        shape (D,), currency.
    opening_cash
        Currency, positive.

    Returns
    -------
    float
        Fraction, not annualised; below -1 when more than everything was lost.
    """
    return float(nav[-1]) / opening_cash - 1.0


def count_years(session_date: Dates) -> float:
    """Return the calendar time from the first session to the last in years, or NaN under one.

    Parameters
    ----------
    session_date
        shape (D,), never decreasing.

    Returns
    -------
    float
        Days, both ends included, over 365.25; NaN below 360 days.

    Notes
    -----
    Nothing under a year is annualised; every figure per year is built on this number, so the
    NaN carries over. 360 days count as the whole year that they are part of: markets are
    closed on the days that are missing, and nav stands still.

    References
    ----------
    GIPS Standards for Firms, 2020, provision 4.A.11: returns for periods of less than one
    year must not be annualised.
    """
    days = int((session_date[-1] - session_date[0]).astype(np.int64)) + 1
    return days / DAYS_PER_YEAR if days >= DAYS_OF_A_WHOLE_YEAR else float("nan")


def annual_return(total: float, years: float) -> float:
    """Return the compound annual growth rate.

    Parameters
    ----------
    total
        Fraction, over the whole time.
    years
        As `count_years` tells it; NaN under one year.

    Returns
    -------
    float
        Fraction per year: (1 + total) ** (1 / years) - 1. NaN under one year, and when more
        than everything was lost.
    """
    growth = 1.0 + total
    if not (growth >= 0.0 and years > 0.0):
        return float("nan")
    return float(np.power(growth, 1.0 / years)) - 1.0


def per_session(rate_per_year: float, sessions_per_year: float) -> float:
    """Return the rate per session that compounds to `rate_per_year`.

    Examples
    --------
    >>> round(per_session(0.05, 252.0), 8)
    0.00019363
    """
    return float((1.0 + rate_per_year) ** (1.0 / sessions_per_year)) - 1.0


def sessions_per_year(spec: BarSpec, session_date: Dates) -> float:
    """Return how many session closes of such bars a year has.

    Parameters
    ----------
    spec
        The bars' length.
    session_date
        shape (T,), never decreasing, T at least 1.

    Returns
    -------
    float
        52 for weekly bars, 252 for daily and shorter ones; 365 where more than six and a half
        days of a week are sessions, over two weeks or more: that market never closes. For
        bars of several days or weeks their share of it.
    """
    if spec.unit == "w":
        return WEEKS_PER_YEAR / spec.count
    count = 1 if spec.is_intraday else spec.count
    days = int((session_date[-1] - session_date[0]).astype(np.int64)) + 1
    sessions = len(find_session_closes(session_date)) * count
    never_rests = days >= _FEWEST_DAYS and 7 * sessions > 6.5 * days
    return (SESSIONS_WITHOUT_A_REST if never_rests else SESSIONS_PER_YEAR) / count


def best_and_worst(values: Floats) -> tuple[float, float]:
    """Return the largest and the smallest value; NaN without any, or with any NaN."""
    if not len(values):
        return float("nan"), float("nan")
    return float(np.max(values)), float(np.min(values))
