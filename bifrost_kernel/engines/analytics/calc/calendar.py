"""Returns by calendar month and year, compounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.engines.analytics.calc.returns import find_session_closes, simple_returns

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Dates, Floats, Ints


def list_years(session_date: Dates) -> Ints:
    """Return the calendar years that have a session, in order; shape (Y,)."""
    year = session_date.astype("datetime64[Y]")
    return year[find_session_closes(year)].astype(np.int64) + 1970


def yearly_returns(session_date: Dates, nav: Floats, opening_cash: float) -> Floats:
    """Return the return of each calendar year.

    Parameters
    ----------
    session_date
        shape (D,), never decreasing.
    nav
        shape (D,), currency.
    opening_cash
        Currency, positive.

    Returns
    -------
    Floats
        shape (Y,), fraction: one for each of `list_years`. Together they compound to the
        total return; the first and the last may be parts of a year.
    """
    last = find_session_closes(session_date.astype("datetime64[Y]"))
    return simple_returns(nav[last], opening_cash)


def monthly_returns(session_date: Dates, nav: Floats, opening_cash: float) -> Floats:
    """Return the return of each calendar month.

    Parameters
    ----------
    session_date
        shape (D,), never decreasing.
    nav
        shape (D,), currency.
    opening_cash
        Currency, positive.

    Returns
    -------
    Floats
        shape (Y, 12), fraction, a row for each of `list_years`; NaN where there is no session.
        A month's return runs from the last close before it.
    """
    month = session_date.astype("datetime64[M]")
    last = find_session_closes(month)
    number = month[last].astype(np.int64)
    years = list_years(session_date)
    table = np.full((len(years), 12), np.nan)
    row = np.searchsorted(years, number // 12 + 1970)
    table[row, number % 12] = simple_returns(nav[last], opening_cash)
    return table
