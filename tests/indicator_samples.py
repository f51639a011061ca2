"""Indicators by their definitions, series that are hard on them, and a choice of arithmetic."""

from __future__ import annotations

import math
from contextlib import contextmanager
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np

from bifrost_kernel.engines.strategy.calc.indicators import arithmetic, loops_sums

ARITHMETICS = ("plain", "compiled")
BLOCK = loops_sums.BLOCK


@contextmanager
def worked_out(how):
    """Let indicators be worked out by numpy (plain) or by numba (compiled)."""
    loaded = {} if how == "plain" else {"numba": None}
    with (
        patch.object(arithmetic, "sys", SimpleNamespace(modules=loaded)),
        patch.object(arithmetic, "_WORTH_NUMBA", math.inf),
    ):
        yield


def same(one, other):
    """Return whether two arrays are equal, NaN to NaN."""
    return np.array_equal(one, other, equal_nan=True)


def by_window(values, period, fold):
    """Fold each window; NaN where it is not all finite."""
    values = np.asarray(values, dtype=float)
    out = np.full(len(values), np.nan)
    for end in range(period, len(values) + 1):
        window = values[end - period : end]
        if np.isfinite(window).all():
            out[end - 1] = fold(window.tolist())
    return out


def sum_of(window):
    """Return the correctly rounded sum, infinite where it is too large for a float."""
    try:
        return math.fsum(window)
    except OverflowError:
        # By halves of a 2^64th, which no window of a test can overflow.
        scaled = math.fsum(one * 2.0**-64 for one in window)
        return scaled * 2.0**64


def deviation_of(window):
    """Return Backtrader's standard deviation of a window."""
    mean = math.fsum(window) / len(window)
    mean_square = math.fsum(one**2 for one in window) / len(window)
    return abs(mean_square - mean**2) ** 0.5


def weighted_of(window):
    """Return Backtrader's weighted average of a window."""
    scale = 2.0 / (len(window) * (len(window) + 1.0))
    return scale * math.fsum(one * (place + 1.0) for place, one in enumerate(window))


def smoothed(values, period, weight):
    """Smooth exponentially, leading NaN skipped."""
    out = np.full(len(values), np.nan)
    known = [row for row, one in enumerate(values) if not math.isnan(one)]
    if not known or len(values) - known[0] < period:
        return out
    first = known[0] + period
    value = sum(by_window(values[:first], period, sum_of)[-1:]) / period
    out[first - 1] = value
    for row in range(first, len(values)):
        new = values[row] if math.isfinite(values[row]) else math.nan
        out[row] = value = value * (1.0 - weight) + new * weight
    return out


def walk(bars, seed=1, step=0.01):
    """Return a random walk of prices in cents."""
    rng = np.random.default_rng(seed)
    return np.round(50 * np.exp(np.cumsum(rng.normal(0, step, bars))), 2)


def _hard():
    rng = np.random.default_rng(7)
    wide = np.ldexp(rng.normal(size=160), rng.integers(-900, 900, 160))
    cancelling = np.where(np.arange(160) % 2, 1.0, -1.0) * (1e16 + np.arange(160))
    near_tie = 50.0 + rng.integers(-2, 3, 160) * 7.105427357601002e-15
    holes = walk(160)
    holes[[0, 1, 40, 41, 90]] = math.nan
    holes[[60, 120]] = math.inf, -math.inf
    return {
        "ties of 1e-15": near_tie,
        "halves of the last bit": np.tile([1.0, 2.0**-53, 2.0**-54, 1.0 + 2.0**-52], 40),
        "huge beside tiny": np.tile([1e300, 1e-300, -1e300, 3e-300], 40),
        "any size": wide,
        "sixty bits apart": np.ldexp(1 + rng.random(160), rng.integers(-62, 1, 160)),
        "cancelling": cancelling,
        "grows smaller": np.ldexp(1.0 + rng.random(160), -np.arange(160) * 6),
        "denormal": rng.integers(-9, 10, 160) * 5e-324,
        "beyond the largest": np.tile([1.7e308, 1.6e308, -1.7e308, 1e292], 40),
        "constant": np.full(160, 0.1),
        "zeros": np.where(np.arange(160) % 7, 0.0, -0.0),
        "long runs": np.repeat(walk(10, step=0.1), 16),
        "rising": np.arange(160) / 7,
        "falling": 100 - np.arange(160) / 7,
        "holes": holes,
        "only holes": np.full(160, math.nan),
        "volumes": np.round(rng.lognormal(12, 2, 160)),
        "returns": np.diff(np.log(walk(161))),
    }


HARD = _hard()
