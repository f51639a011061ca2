"""The nouns of performance: figures by name, drawdowns, the calendar of returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Dates, Floats, Ints


@dataclass(frozen=True, slots=True)
class MetricDefinition:
    """What a figure is.

    Parameters
    ----------
    name
        Key in `Performance.metrics`: ``annual_return``.
    label
        What a trader reads: ``Annual return``.
    unit
        ``fraction``, ``ratio``, ``sessions``, ``bars``, ``count``, ``currency`` or ``per_year``.
    group
        The heading it stands under: ``return``, ``risk``, ``exposure``, ``round trips``,
        ``benchmark`` or ``assumptions``.
    convention
        One sentence: formula, annualisation, sign, source.
    """

    name: str
    label: str
    unit: str
    group: str
    convention: str


@dataclass(frozen=True, slots=True)
class Drawdown:
    """One fall from a peak of nav and the way back.

    Parameters
    ----------
    peak, trough, recovery
        ISO session dates; recovery is None while under water. A fall straight from the
        opening cash has its peak on the first session.
    depth
        Negative fraction of the peak.
    sessions
        From the peak to the recovery, or to the last session; the opening cash lies one
        session before the first close.
    """

    peak: str
    trough: str
    recovery: str | None
    depth: float
    sessions: int


@dataclass(frozen=True, slots=True)
class MarketLine:
    """A least-squares line through excess returns against the benchmark's.

    Parameters
    ----------
    alpha, beta
        Intercept (fraction per session) and slope.
    alpha_error, beta_error
        Newey-West standard errors, in the units of what they belong to.
    """

    alpha: float
    beta: float
    alpha_error: float
    beta_error: float


@dataclass(frozen=True, slots=True, eq=False)
class Performance:
    """How a nav series did; everything on session closes.

    Parameters
    ----------
    metrics
        Value by name, in display order; NaN where it cannot be told. `METRICS` of
        ``calc`` defines each.
    standard_errors
        Standard error by metric name, where there is one.
    session_date
        shape (D,), datetime64[D].
    nav, benchmark_nav
        shape (D,), currency: at each session's close.
    daily_return, benchmark_return
        shape (D,), fraction: the first against the opening cash.
    drawdown
        shape (D,), 0 or a negative fraction of the running peak (opening cash included).
    drawdowns
        The deepest ones, deepest first.
    years
        shape (Y,), calendar years.
    yearly, benchmark_yearly
        shape (Y,), fraction.
    monthly
        shape (Y, 12), fraction; NaN where there is no session.
    """

    metrics: dict[str, float]
    standard_errors: dict[str, float]
    session_date: Dates
    nav: Floats
    benchmark_nav: Floats
    daily_return: Floats
    benchmark_return: Floats
    drawdown: Floats
    drawdowns: tuple[Drawdown, ...]
    years: Ints
    yearly: Floats
    benchmark_yearly: Floats
    monthly: Floats
