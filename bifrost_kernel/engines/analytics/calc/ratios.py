"""Reward and risk: volatility, Sharpe, Sortino, Calmar."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.engines.analytics.calc.returns import ROUNDING

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats


def standard_deviation(returns: Floats) -> float:
    """Return the sample standard deviation (ddof 1), fraction per session.

    Notes
    -----
    NaN for fewer than two returns or any NaN; exactly 0 where all that varies is rounding.
    """
    if len(returns) < 2:
        return float("nan")
    deviation = float(np.std(returns, ddof=1))
    return 0.0 if deviation <= ROUNDING else deviation


def annual_volatility(returns: Floats, sessions_per_year: float) -> float:
    """Return the standard deviation of session returns, scaled to a year.

    Parameters
    ----------
    returns
        shape (D,), fraction per session.
    sessions_per_year
        252 for stocks.

    Returns
    -------
    float
        Fraction per year: sd (ddof 1) * sqrt(sessions_per_year). NaN below two returns.
    """
    return standard_deviation(returns) * math.sqrt(sessions_per_year)


def sharpe_ratio(returns: Floats, risk_free_per_session: float, sessions_per_year: float) -> float:
    """Return the mean excess return over its standard deviation, scaled to a year.

    Parameters
    ----------
    returns
        shape (D,), fraction per session.
    risk_free_per_session
        Fraction per session.
    sessions_per_year
        252 for stocks.

    Returns
    -------
    float
        sqrt(sessions_per_year) * mean / sd (ddof 1); NaN without variance or with any NaN.

    References
    ----------
    Sharpe, W. F. (1994), "The Sharpe Ratio", Journal of Portfolio Management 21(1).
    """
    excess = returns - risk_free_per_session
    deviation = standard_deviation(excess)
    return _ratio(float(np.mean(excess)), deviation) * math.sqrt(sessions_per_year)


def sharpe_standard_error(sharpe: float, count: int, sessions_per_year: float) -> float:
    """Return the standard error of an annualised Sharpe ratio.

    Parameters
    ----------
    sharpe
        Annualised, as `sharpe_ratio` returns it.
    count
        Number of session returns behind it.
    sessions_per_year
        What it was annualised with.

    Returns
    -------
    float
        sqrt(sessions_per_year * (1 + s * s / 2) / count), s the ratio per session.

    Notes
    -----
    Holds for independent returns of one distribution that is near normal. Fat left tails
    and serial correlation make the true error larger.

    References
    ----------
    Lo, A. W. (2002), "The Statistics of Sharpe Ratios", Financial Analysts Journal 58(4),
    equation 9.
    """
    if count < 2:
        return float("nan")
    per_session = sharpe / math.sqrt(sessions_per_year)
    return math.sqrt(sessions_per_year * (1.0 + per_session * per_session / 2.0) / count)


def sortino_ratio(returns: Floats, target_per_session: float, sessions_per_year: float) -> float:
    """Return the mean return above a target over the downside deviation, scaled to a year.

    Parameters
    ----------
    returns
        shape (D,), fraction per session.
    target_per_session
        Minimum acceptable return, fraction per session.
    sessions_per_year
        252 for stocks.

    Returns
    -------
    float
        sqrt(sessions_per_year) * mean(r - target) / sqrt(mean(min(r - target, 0) ** 2)).
        The second mean is over ALL returns, gains as zeros; NaN when nothing fell short.

    References
    ----------
    Sortino, F. A. and Price, L. N. (1994), "Performance Measurement in a Downside Risk
    Framework", Journal of Investing 3(3).
    """
    over = returns - target_per_session
    shortfall = np.minimum(over, 0.0)
    deviation = math.sqrt(float(np.mean(shortfall * shortfall)))
    return _ratio(float(np.mean(over)), deviation) * math.sqrt(sessions_per_year)


def calmar_ratio(annual: float, deepest: float) -> float:
    """Return the compound annual growth rate over the depth of the deepest drawdown.

    Parameters
    ----------
    annual
        Fraction per year.
    deepest
        The maximum drawdown: 0 or a negative fraction.

    Returns
    -------
    float
        annual / |deepest|, over the whole time; NaN without a drawdown.

    References
    ----------
    Young, T. W. (1991), "Calmar Ratio: A Smoother Tool", Futures 20(1) (there over 36 months).
    """
    return _ratio(annual, abs(deepest))


def _ratio(top: float, bottom: float) -> float:
    return top / bottom if bottom > ROUNDING else float("nan")
