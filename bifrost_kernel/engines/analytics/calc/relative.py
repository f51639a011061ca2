"""Against a benchmark: the market line, active return, capture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.engines.analytics.calc.ratios import sharpe_ratio, standard_deviation
from bifrost_kernel.engines.analytics.model import MarketLine

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Bools, Floats

_UNKNOWN = MarketLine(math.nan, math.nan, math.nan, math.nan)


def fit_market_line(returns: Floats, benchmark: Floats, risk_free_per_session: float) -> MarketLine:
    """Fit excess returns on the benchmark's excess returns by least squares.

    Parameters
    ----------
    returns, benchmark
        shape (D,), fraction per session.
    risk_free_per_session
        Fraction per session.

    Returns
    -------
    MarketLine
        NaN below three sessions, where the benchmark does not vary, or with any NaN.

    Notes
    -----
    Errors are Newey-West with Bartlett weights, floor(4 * (D / 100) ** (2 / 9)) lags and no
    small-sample correction: they stand changing variance and short memory.

    References
    ----------
    Jensen, M. C. (1968), "The Performance of Mutual Funds in the Period 1945-1964", Journal
    of Finance 23(2). Newey, W. K. and West, K. D. (1987), Econometrica 55(3); (1994), Review
    of Economic Studies 61(4).
    """
    count = len(returns)
    if count < 3 or not standard_deviation(benchmark) > 0.0 or np.isnan(returns).any():
        return _UNKNOWN
    x, y = benchmark - risk_free_per_session, returns - risk_free_per_session
    x_mean, centred = float(np.mean(x)), x - np.mean(x)
    square = float(centred @ centred)
    beta = float(centred @ y) / square
    alpha = float(np.mean(y)) - beta * x_mean
    residual = y - alpha - beta * x
    # what each session adds to the two coefficients' error
    slope_part = centred * residual / square
    level_part = residual / count - x_mean * slope_part
    return MarketLine(alpha, beta, _newey_west_error(level_part), _newey_west_error(slope_part))


def annual_alpha(line: MarketLine, years: float, sessions_per_year: float) -> tuple[float, float]:
    """Return Jensen's alpha and its standard error, per year.

    Parameters
    ----------
    line
        As `fit_market_line` returns it.
    years
        As `count_years` tells it; NaN under one year.
    sessions_per_year
        252 for stocks.

    Returns
    -------
    tuple of float
        Fraction per year, times `sessions_per_year` without compounding; NaN under one year.
    """
    scale = sessions_per_year if years > 0.0 else math.nan
    return line.alpha * scale, line.alpha_error * scale


def correlation(returns: Floats, benchmark: Floats) -> float:
    """Return Pearson's correlation of session returns; NaN where either does not vary."""
    spread = standard_deviation(returns) * standard_deviation(benchmark)
    if not spread > 0.0:
        return math.nan
    product = (returns - np.mean(returns)) @ (benchmark - np.mean(benchmark))
    return max(-1.0, min(1.0, float(product) / (len(returns) - 1) / spread))


def active_return(
    returns: Floats, benchmark: Floats, years: float, sessions_per_year: float
) -> float:
    """Return the mean of return less benchmark return, scaled to a year.

    Parameters
    ----------
    returns, benchmark
        shape (D,), fraction per session.
    years
        As `count_years` tells it; NaN under one year.
    sessions_per_year
        252 for stocks.

    Returns
    -------
    float
        Fraction per year, arithmetic: sessions_per_year * mean(r - b). NaN under one year.
    """
    scale = sessions_per_year if years > 0.0 else math.nan
    return float(np.mean(returns - benchmark)) * scale


def tracking_error(returns: Floats, benchmark: Floats, sessions_per_year: float) -> float:
    """Return the standard deviation (ddof 1) of active returns, fraction per year."""
    return standard_deviation(returns - benchmark) * math.sqrt(sessions_per_year)


def information_ratio(returns: Floats, benchmark: Floats, sessions_per_year: float) -> float:
    """Return the mean active return over the tracking error, both scaled to a year.

    Notes
    -----
    NaN where the two move as one. A Sharpe ratio of active returns, so `sharpe_standard_error`
    holds for it too.

    References
    ----------
    Grinold, R. C. and Kahn, R. N. (2000), "Active Portfolio Management", 2nd edition, ch. 5.
    """
    return sharpe_ratio(returns - benchmark, 0.0, sessions_per_year)


def capture_ratios(monthly: Floats, benchmark_monthly: Floats) -> tuple[float, float]:
    """Return the share of the benchmark's rise in up months, and of its fall in down months.

    Parameters
    ----------
    monthly, benchmark_monthly
        Same shape, fraction per month; months that are NaN in either do not count.

    Returns
    -------
    tuple of float
        Up and down capture: geometric mean return of those months over the benchmark's; 1 =
        moved with it. NaN without such a month.

    Notes
    -----
    Up = benchmark above zero, down = below. Months, not sessions, and not annualised.

    References
    ----------
    Bacon, C. R. (2008), "Practical Portfolio Performance Measurement and Attribution", 2nd
    edition, ch. 4 (there arithmetic); Morningstar's ratio is the same before annualising.
    """
    known = np.isfinite(monthly) & np.isfinite(benchmark_monthly)
    mine, theirs = monthly[known], benchmark_monthly[known]
    return _capture(mine, theirs, theirs > 0.0), _capture(mine, theirs, theirs < 0.0)


def _capture(mine: Floats, theirs: Floats, chosen: Bools) -> float:
    if not chosen.any():
        return math.nan
    return _geometric_mean(mine[chosen]) / _geometric_mean(theirs[chosen])


def _geometric_mean(returns: Floats) -> float:
    growth = float(np.prod(1.0 + returns))
    return math.nan if growth < 0.0 else float(growth ** (1.0 / len(returns))) - 1.0


def _newey_west_error(parts: Floats) -> float:
    count = len(parts)
    lags = min(int(4.0 * (count / 100.0) ** (2.0 / 9.0)), count - 1)
    variance = float(parts @ parts)
    for lag in range(1, lags + 1):
        weight = 1.0 - lag / (lags + 1.0)
        variance += 2.0 * weight * float(parts[lag:] @ parts[:-lag])
    return math.sqrt(max(variance, 0.0))
