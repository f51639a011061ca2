"""The shape of session returns: moments, tails, good and bad sessions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.engines.analytics.calc.ratios import standard_deviation

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats


def skewness(returns: Floats) -> float:
    """Return the skewness, m3 / m2 ** 1.5 of population moments.

    Parameters
    ----------
    returns
        shape (D,), fraction per session.

    Returns
    -------
    float
        g1, biased, no small-sample correction; negative = the long tail is losses. NaN below
        three returns, without variance, or with any NaN.

    References
    ----------
    Joanes, D. N. and Gill, C. A. (1998), "Comparing measures of sample skewness and
    kurtosis", The Statistician 47(1): g1.
    """
    return _standard_moment(returns, 3)


def excess_kurtosis(returns: Floats) -> float:
    """Return the excess kurtosis, m4 / m2 ** 2 - 3 of population moments.

    Parameters
    ----------
    returns
        shape (D,), fraction per session.

    Returns
    -------
    float
        g2, biased, no small-sample correction; 0 for a normal distribution. NaN as `skewness`.

    References
    ----------
    Joanes and Gill (1998), as for `skewness`: g2.
    """
    return _standard_moment(returns, 4) - 3.0


def value_at_risk(returns: Floats, confidence: float) -> float:
    """Return the loss of one session that a share `confidence` of sessions does not exceed.

    Parameters
    ----------
    returns
        shape (D,), fraction per session.
    confidence
        Fraction between 0 and 1: 0.95.

    Returns
    -------
    float
        POSITIVE loss, fraction of nav, horizon one session; negative when even the tail is
        gains. NaN with less than one session in the tail, or any NaN.

    Notes
    -----
    Historical. Estimator: inverse of the empirical distribution (Hyndman-Fan type 1), so it
    is a loss that happened, the one that `expected_shortfall` starts from.

    References
    ----------
    Hyndman, R. J. and Fan, Y. (1996), "Sample Quantiles in Statistical Packages",
    The American Statistician 50(4): definition 1.
    """
    losses = _tail(returns, confidence)
    return float(losses[0]) if len(losses) else float("nan")


def expected_shortfall(returns: Floats, confidence: float) -> float:
    """Return the mean loss of the worst share 1 - `confidence` of sessions.

    Parameters
    ----------
    returns
        shape (D,), fraction per session.
    confidence
        Fraction between 0 and 1: 0.95.

    Returns
    -------
    float
        POSITIVE loss, fraction of nav, horizon one session; never below `value_at_risk`. NaN
        as there.

    Notes
    -----
    Historical: VaR + sum(max(loss - VaR, 0)) / ((1 - confidence) * D), so that the loss on
    the edge of the tail counts with the share of it that belongs to the tail.

    References
    ----------
    Rockafellar, R. T. and Uryasev, S. (2002), "Conditional value-at-risk for general loss
    distributions", Journal of Banking & Finance 26(7), proposition 8.
    """
    losses = _tail(returns, confidence)
    if not len(losses):
        return float("nan")
    beyond = float(np.sum(losses - losses[0]))
    return float(losses[0]) + beyond / ((1.0 - confidence) * len(returns))


def positive_share(returns: Floats) -> float:
    """Return the share of returns above zero; NaN if any is NaN."""
    return float("nan") if np.isnan(returns).any() else float(np.mean(returns > 0.0))


def _standard_moment(returns: Floats, order: int) -> float:
    if len(returns) < 3 or not standard_deviation(returns) > 0.0:
        return float("nan")
    centred = returns - np.mean(returns)
    scaled = centred / math.sqrt(float(np.mean(centred * centred)))
    return float(np.mean(scaled**order))


def _tail(returns: Floats, confidence: float) -> Floats:
    # ascending losses from the quantile on; the small term undoes rounding in 0.95 * 100
    count = len(returns)
    if (1.0 - confidence) * count < 1.0 - 1e-9 or np.isnan(returns).any():
        return np.empty(0)
    rank = math.ceil(confidence * count - 1e-9)
    return np.sort(-returns)[rank - 1 :]
