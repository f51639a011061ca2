"""Returns by calendar month and year, compounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bifrost_kernel.engines.analytics.calc.returns import simple_returns

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Dates, Floats, Ints


class Months(NamedTuple):
    """The calendar months that have a session.

    Parameters
    ----------
    last
        shape (M,): index of each month's last session.
    number
        shape (M,): months since January 1970.
    """

    last: Ints
    number: Ints


def find_months(session_date: Dates) -> Months:
    """Return the months of the sessions, in order.

    Parameters
    ----------
    session_date
        shape (D,), never decreasing.
    """
    number = session_date.astype("datetime64[M]").astype(np.int64)
    last = _last_of_each(number)
    return Months(last, number[last])


def list_years(months: Months) -> Ints:
    """Return the calendar years that have a session, in order; shape (Y,)."""
    year = months.number // 12
    return year[_last_of_each(year)] + 1970


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
        shape (Y,), fraction: one for each of `list_years`. Together they compound to the
        total return; the first and the last may be parts of a year.
    """
    last = months.last[_last_of_each(months.number // 12)]
    return simple_returns(nav[last], opening_cash)


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
        shape (Y, 12), fraction, a row for each of `list_years`; NaN where there is no session.
        A month's return runs from the last close before it.
    """
    years = list_years(months)
    table = np.full((len(years), 12), np.nan)
    row = np.searchsorted(years, months.number // 12 + 1970)
    table[row, months.number % 12] = simple_returns(nav[months.last], opening_cash)
    return table


def _last_of_each(numbers: Ints) -> Ints:
    return np.flatnonzero(np.diff(numbers, append=numbers[-1:] + 1)).astype(np.int64)
