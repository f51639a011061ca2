"""Prices out of a seed (pure): a path of days, and minutes inside each day."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bifrost_kernel.domain.bars import Dates, Floats, Ints
    from bifrost_kernel.providers.synthetic.config import SyntheticConfig

    Bars = dict[str, NDArray[np.float64]]

_DAYS_PER_YEAR = 252
_WEEKEND_VARIANCE = 0.05  # of a weekday's
_TICKS_PER_UNIT = 100  # prices are whole cents
_DRAWS = 5  # a minute: path, gap, high, low, volume


@dataclass(frozen=True, slots=True, eq=False)
class DayPath:
    """A symbol's days, whether or not a venue trades on them.

    Parameters
    ----------
    first
        The day of row 0.
    open, close
        shape (D,), float64, currency per unit, not rounded.
    volatility
        shape (D,), float64: standard deviation of the log return inside the day, fraction.
    volume
        shape (D,), float64: units traded in an ordinary session of that day.
    """

    first: np.datetime64
    open: Floats
    close: Floats
    volatility: Floats
    volume: Floats


@lru_cache(maxsize=32)
def make_day_path(config: SyntheticConfig, symbol: str) -> DayPath:
    """Make the whole path of days of a symbol, always from the same first day to the same last.

    Notes
    -----
    Log returns follow a GARCH(1,1) with normal shocks; the part over night has Student t
    shocks with 6 degrees of freedom, scaled to unit variance. Weekends add 5 % of a day's
    variance. The level never falls below 1.

    References
    ----------
    Bollerslev, T. (1986), Generalized autoregressive conditional heteroskedasticity, Journal of
    Econometrics 31, equation 2.
    """
    days = np.arange(np.datetime64(config.first_day), np.datetime64(config.last_day) + 1)
    rng = _rng(config.seed, symbol, "days")
    start = math.exp(rng.uniform(math.log(20), math.log(200)))
    usual_volume = math.exp(rng.uniform(math.log(1e6), math.log(2e7)))
    inside = rng.standard_normal(len(days))
    night = rng.standard_t(6, len(days)) * math.sqrt(4 / 6)
    busy = rng.standard_normal(len(days))
    weight = np.where(np.is_busday(days), 1.0, _WEEKEND_VARIANCE)
    share = config.overnight_share
    shock = math.sqrt(1 - share) * inside + math.sqrt(share) * night
    sigma = np.sqrt(_garch_variance(config, shock) * weight)
    drift = config.drift_per_year / _DAYS_PER_YEAR * weight - sigma**2 / 2
    night_return = math.sqrt(share) * sigma * night
    day_return = math.sqrt(1 - share) * sigma * inside + drift
    log_close = math.log(start) + np.cumsum(night_return + day_return)
    floor = np.minimum(np.minimum.accumulate(log_close), 0.0)  # lifts a path that fell below 1
    log_open = log_close - day_return
    return DayPath(
        days[0],
        np.maximum(np.exp(log_open - floor), 1.0),
        np.exp(log_close - floor),
        math.sqrt(1 - share) * sigma,
        usual_volume * np.exp(0.25 * busy + 0.3 * np.abs(shock)),
    )


def make_minutes(
    config: SyntheticConfig, symbol: str, session_date: Dates
) -> tuple[Bars, Ints, Ints]:
    """Make minute bars for a calendar's minutes.

    Parameters
    ----------
    session_date
        shape (T,), datetime64[D], in order: the session of each minute.

    Returns
    -------
    The columns, each shape (T,); and of each session the row of its first minute and the number
    of its minutes.

    Notes
    -----
    Every session has its own seed, so that its minutes are the same whatever range is asked
    for. Inside it, log prices are a Brownian bridge from the day's open to its close whose
    variance, like the volume, is high at both ends of the session. Prices are whole cents.
    """
    sessions, first, count = np.unique(session_date, return_index=True, return_counts=True)
    path = make_day_path(config, symbol)
    bars: Bars = {
        name: np.empty(len(session_date)) for name in ("open", "high", "low", "close", "volume")
    }
    for minutes in np.unique(count):
        group = np.flatnonzero(count == minutes)
        draws = np.stack(
            [
                _rng(config.seed, symbol, str(day)).standard_normal((_DRAWS, minutes))
                for day in sessions[group]
            ]
        )
        day = (sessions[group] - path.first).astype(np.int64)
        made = _fill_sessions(path, day, draws)
        rows = first[group][:, None] + np.arange(minutes)
        for name, values in made.items():
            bars[name][rows] = values
    return bars, first, count


def group_minutes(bars: Bars, minute_end: Ints, bar_end: Ints) -> Bars:
    """Put minutes together into longer bars.

    Parameters
    ----------
    minute_end
        shape (T,), int64 ns UTC, increasing.
    bar_end
        shape (B,), int64 ns UTC, increasing: each minute belongs to the first bar that ends
        no earlier; none is left over and no bar is without minutes.
    """
    starts = np.concatenate([[0], np.searchsorted(minute_end, bar_end[:-1], side="right")])
    stops = np.append(starts[1:], len(minute_end))
    return {
        "open": bars["open"][starts],
        "high": np.maximum.reduceat(bars["high"], starts),
        "low": np.minimum.reduceat(bars["low"], starts),
        "close": bars["close"][stops - 1],
        "volume": np.add.reduceat(bars["volume"], starts),
    }


def _fill_sessions(path: DayPath, day: Ints, draws: Floats) -> Bars:
    minutes = draws.shape[2]
    middle = (np.arange(minutes) + 0.5) / minutes
    activity = 0.6 + 2.4 * np.abs(2 * middle - 1) ** 3
    passed = np.cumsum(activity) / activity.sum()
    step, gap, above, below, traded = (draws[:, row] for row in range(_DRAWS))
    sigma = path.volatility[day][:, None]
    minute_sigma = sigma * np.sqrt(activity / activity.sum())
    walk = np.cumsum(step * minute_sigma, axis=1)
    log_open, log_close = np.log(path.open[day])[:, None], np.log(path.close[day])[:, None]
    bridge = log_open + walk + passed * (log_close - log_open - walk[:, -1:])
    close = _to_cents(np.exp(bridge))
    before = np.concatenate([_to_cents(np.exp(log_open)), close[:, :-1]], axis=1)
    open_ = np.maximum(before + np.rint(gap * 0.4) / _TICKS_PER_UNIT, 0.01)
    open_ = np.rint(open_ * _TICKS_PER_UNIT) / _TICKS_PER_UNIT
    reach = minute_sigma * close * 0.5
    high = _to_cents(np.maximum(open_, close) + np.abs(above) * reach)
    low = _to_cents(np.minimum(open_, close) - np.abs(below) * reach)
    share = activity / activity.sum()
    volume = path.volume[day][:, None] * share * np.exp(0.5 * traded - 0.125)
    return {
        "open": open_,
        "high": np.maximum(high, np.maximum(open_, close)),
        "low": np.minimum(low, np.minimum(open_, close)),
        "close": close,
        "volume": np.maximum(np.rint(volume), 1.0),
    }


def _garch_variance(config: SyntheticConfig, shock: Floats) -> Floats:
    usual = config.volatility**2 / _DAYS_PER_YEAR
    constant = usual * (1 - config.reaction - config.persistence)
    variance = usual
    found = np.empty(len(shock))
    for row, value in enumerate(shock.tolist()):
        found[row] = variance
        variance = constant + variance * (config.reaction * value * value + config.persistence)
    return found


def _to_cents(price: Floats) -> Floats:
    rounded: Floats = np.maximum(np.rint(price * _TICKS_PER_UNIT), 1) / _TICKS_PER_UNIT
    return rounded


def _rng(seed: int, symbol: str, part: str) -> np.random.Generator:
    digest = hashlib.sha256(f"bifrost synthetic|{seed}|{symbol}|{part}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))
