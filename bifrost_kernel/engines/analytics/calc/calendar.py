"""Returns by calendar month and year, compounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bifrost_kernel.engines.analytics.calc.returns import simple_returns

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Dates, Floats, Ints


class Months(NamedTuple):
    """The calendar months and years that have a session.

    Parameters
    ----------
    last
        shape (M,): index of each month's last session.
    number
        shape (M,): months since January 1970.
    years
        shape (Y,): calendar years.
    last_of_year
        shape (Y,): index of each year's last session.
    """

    last: Ints
    number: Ints
    years: Ints
    last_of_year: Ints


def find_months(session_date: Dates) -> Months:
    """Return the months and years of the sessions, in order.

    Parameters
    ----------
    session_date
        shape (D,), never decreasing, D at least 1.
    """
    first, final = session_date[[0, -1]].astype("datetime64[M]").astype(np.int64)
    every = np.arange(first, final + 1)
    begins = (every + 1).astype("datetime64[M]").astype(session_date.dtype)
    stop = np.searchsorted(session_date, begins)
    has_any = stop > np.concatenate(([0], stop[:-1]))
    number, last = every[has_any], stop[has_any] - 1
    year = number // 12
    is_last = np.concatenate((year[1:] > year[:-1], [True]))
    return Months(last, number, year[is_last] + 1970, last[is_last])


def yearly_returns(months: Months, nav: Floats, opening_cash: float) -> Floats:
    """Return the return of each calendar year.

    Parameters
    ----------
    months
        As `find_months` returns them.
    nav
        shape (D,), currency.
    opening_cash
        Currency, positive.

    Returns
    -------
    Floats
        shape (Y,), fraction. Together they compound to the total return; the first and the
        last may be parts of a year.
    """
    return simple_returns(nav[months.last_of_year], opening_cash)


def monthly_returns(months: Months, nav: Floats, opening_cash: float) -> Floats:
    """Return the return of each calendar month.

    Parameters
    ----------
    months
        As `find_months` returns them.
    nav
        shape (D,), currency.
    opening_cash
        Currency, positive.

    Returns
    -------
    Floats
        shape (Y, 12), fraction; NaN where there is no session. A month's return runs from the
        last close before it.
    """
    table = np.full((len(months.years), 12), np.nan)
    row = np.searchsorted(months.years, months.number // 12 + 1970)
    table[row, months.number % 12] = simple_returns(nav[months.last], opening_cash)
    return table
