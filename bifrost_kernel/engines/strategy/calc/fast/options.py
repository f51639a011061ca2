"""What the fast runs may be told besides what they need."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from bifrost_kernel.domain.bars import Dates, Floats


class RunOptions(TypedDict, total=False):
    """What a fast run may be told besides.

    Parameters
    ----------
    high, low
        Prices of the shape of the closes: needed where market orders slip.
    nav
        shape (T,), float64: written to and handed back; without it a new array.
    """

    high: ArrayLike
    low: ArrayLike
    nav: Floats


class CrossingOptions(RunOptions, total=False):
    """`RunOptions` for crossings.

    Parameters
    ----------
    allows_short
        Go short where the fast average crosses below, instead of out.
    """

    allows_short: bool


class MarketOptions(RunOptions, total=False):
    """`RunOptions`, and the wishes of a run of market orders.

    Parameters
    ----------
    entries, exits, short_entries, short_exits
        shape (T,), bool.
    target_size
        shape (T,), signed units, NaN for nothing; not together with flags.
    """

    entries: ArrayLike
    exits: ArrayLike
    short_entries: ArrayLike
    short_exits: ArrayLike
    target_size: ArrayLike


class WeightOptions(RunOptions, total=False):
    """`RunOptions` for target weights.

    Parameters
    ----------
    bars
        shape (R,): the bars at whose close the weights are set, rising.
    """

    bars: ArrayLike


class SweepOptions(TypedDict, total=False):
    """What a sweep may be told besides.

    Parameters
    ----------
    allows_short, high, low
        See `CrossingOptions`.
    session_date
        shape (T,), never decreasing: the session of each bar; without it every bar is one.
    sessions_per_year
        Annualises the Sharpe ratio (above a risk-free rate of 0): 252 without it.
    """

    allows_short: bool
    high: ArrayLike
    low: ArrayLike
    session_date: Dates
    sessions_per_year: float


class MeasureOptions(TypedDict, total=False):
    """The assumptions behind figures, as a performance takes them.

    Parameters
    ----------
    sessions_per_year
        252 without it.
    risk_free_per_year, minimum_acceptable_return_per_year
        Fraction per year, above -1: 0 without it.
    """

    sessions_per_year: float
    risk_free_per_year: float
    minimum_acceptable_return_per_year: float
