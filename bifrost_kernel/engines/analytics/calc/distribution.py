"""The shape of session returns: moments, tails, good and bad sessions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.engines.analytics.calc.ratios import standard_deviation

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats


def skewness_and_kurtosis(returns: Floats) -> tuple[float, float]:
    """Return m3 / m2 ** 1.5 and m4 / m2 ** 2 - 3 of population moments.

    Parameters
    ----------
    returns
        shape (D,), fraction per session.

    Returns
    -------
    tuple of float
        Skewness g1, negative = the long tail is losses; excess kurtosis g2, 0 for a normal
        distribution. Both biased, no small-sample correction. NaN below three returns, without
        variance, or with any NaN.

    References
    ----------
    Joanes, D. N. and Gill, C. A. (1998), "Comparing measures of sample skewness and
    kurtosis", The Statistician 47(1): g1, g2.
    """
    if len(returns) < 3 or not standard_deviation(returns) > 0.0:
        return float("nan"), float("nan")
    centred = returns - np.mean(returns)
    scaled = centred / math.sqrt(float(np.mean(centred * centred)))
    return float(np.mean(scaled**3)), float(np.mean(scaled**4)) - 3.0


def sort_losses(returns: Floats) -> Floats:
    """Return the losses of all sessions, smallest first.

    Parameters
    ----------
    returns
        shape (D,), fraction per session.

    Returns
    -------
    Floats
        shape (D,), POSITIVE loss, fraction of nav; empty with any NaN.
    """
    return np.empty(0) if np.isnan(returns).any() else np.sort(-returns)


def value_at_risk(losses: Floats, confidence: float) -> float:
    """Return the loss of one session that a share `confidence` of sessions does not exceed.

    Parameters
    ----------
    losses
        As `sort_losses` returns them.
    confidence
        Fraction between 0 and 1: 0.95.

    Returns
    -------
    float
        POSITIVE loss, fraction of nav, horizon one session; negative when even the tail is
        gains. NaN with less than one session in the tail.

    Notes
    -----
    Historical. Estimator: inverse of the empirical distribution (Hyndman-Fan type 1), so it
    is a loss that happened, the one that `expected_shortfall` starts from.

    References
    ----------
    Hyndman, R. J. and Fan, Y. (1996), "Sample Quantiles in Statistical Packages",
    The American Statistician 50(4): definition 1.
    """
    tail = _tail(losses, confidence)
    return float(tail[0]) if len(tail) else float("nan")


def expected_shortfall(losses: Floats, confidence: float) -> float:
    """Return the mean loss of the worst share 1 - `confidence` of sessions.

    Parameters
    ----------
    losses
        As `sort_losses` returns them.
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
    tail = _tail(losses, confidence)
    if not len(tail):
        return float("nan")
    beyond = float(np.sum(tail - tail[0]))
    return float(tail[0]) + beyond / ((1.0 - confidence) * len(losses))


def positive_share(returns: Floats) -> float:
    """Return the share of returns above zero; NaN if any is NaN."""
    return float("nan") if np.isnan(returns).any() else float(np.mean(returns > 0.0))


def _tail(losses: Floats, confidence: float) -> Floats:
    # losses from the quantile on; the small term undoes rounding in 0.95 * 100
    count = len(losses)
    if (1.0 - confidence) * count < 1.0 - 1e-9:
        return losses[:0]
    return losses[math.ceil(confidence * count - 1e-9) - 1 :]
