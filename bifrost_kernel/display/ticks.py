"""Round numbers and round dates for the axes of still pictures."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from bifrost_kernel.look.numbers import format_number

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats

_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200)
_SECOND_STEPS = (60, 300, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200)
_DAY_STEPS = (1, 2, 7, 14)
_BAR_LEVELS = (("Y", "%Y"), ("M", "%b %Y"), ("D", "%d %b"), ("h", "%H:%M"), ("m", "%H:%M"))
_MONTH_SECONDS = 2_629_746.0


def value_ticks(low: float, high: float, wanted: int, *, is_log: bool = False) -> list[float]:
    """Return round numbers between `low` and `high`, about `wanted` of them."""
    if is_log and low > 0 and high / low >= 5:
        return _log_ticks(low, high, wanted)
    if not high > low:
        return [low]
    rough = (high - low) / max(1, wanted)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(one * power for one in (1, 2, 2.5, 5, 10) if one * power >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def tick_labels(ticks: list[float]) -> list[str]:
    """Return ticks as text: the fewest decimals for all, or for each where ratios count."""
    if len(ticks) > 2 and not math.isclose(ticks[1] - ticks[0], ticks[-1] - ticks[-2]):
        return [tick_labels([one])[0] for one in ticks]
    for digits in range(13):
        labels = [format_number(one, digits) for one in ticks]
        if all(math.isclose(round(one, digits), one, rel_tol=1e-9, abs_tol=1e-12) for one in ticks):
            return labels
    return labels


def time_ticks(low: float, high: float, wanted: int) -> list[tuple[float, str]]:
    """Return round dates between two instants (ms since 1970) with their labels."""
    seconds = (high - low) / 1000 / max(1, wanted)
    if seconds >= 20 * 86_400:
        months = seconds / _MONTH_SECONDS
        step = next((one for one in _MONTH_STEPS if one >= months * 0.999), _MONTH_STEPS[-1])
        return _month_ticks(low, high, step)
    if seconds >= 43_200:
        days = next((one for one in _DAY_STEPS if one * 86_400 >= seconds), _DAY_STEPS[-1])
        return _even_ticks(low, high, days * 86_400, "%b %d")
    step = next((one for one in _SECOND_STEPS if one >= seconds), _SECOND_STEPS[-1])
    return _even_ticks(low, high, step, "%H:%M")


def bar_ticks(time: Floats, wanted: int) -> list[tuple[float, str]]:
    """Return round dates and hours for bars that stand side by side.

    Parameters
    ----------
    time
        shape (T,), milliseconds since 1970: when each bar ended.
    wanted
        About how many.

    Returns
    -------
    list of tuple
        (number of the first bar of a year, month, day, hour ..., its label).
    """
    moments = time.astype("datetime64[ms]")
    rows: Any = []
    for unit, style in _BAR_LEVELS:
        keys = moments.astype(f"datetime64[{unit}]")
        finer = np.flatnonzero(keys[1:] != keys[:-1]) + 1
        if len(finer) > wanted and len(rows) >= max(2, wanted // 3):
            break
        rows, shown = finer, style
        if len(rows) >= wanted // 2:
            break
    stride = max(1, math.ceil(len(rows) / max(1, wanted)))
    return [(float(row), _moment(float(time[row])).strftime(shown)) for row in rows[::stride]]


def _log_ticks(low: float, high: float, wanted: int) -> list[float]:
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for mantissas in ((1, 2, 5), (1, 3), (1,)):
        ticks = [one * 10.0**power for power in exponents for one in mantissas]
        inside = [one for one in ticks if low <= one <= high]
        if len(inside) <= max(3, wanted + 2):
            return inside
    stride = math.ceil(len(inside) / max(1, wanted))
    return inside[::stride]


def _month_ticks(low: float, high: float, step: int) -> list[tuple[float, str]]:
    first = _moment(low)
    month = (first.year * 12 + first.month - 1) // step * step
    ticks: list[tuple[float, str]] = []
    while True:
        moment = datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)
        at = moment.timestamp() * 1000
        if at > high:
            return ticks
        if at >= low:
            has_year = step >= 12 or moment.month == 1
            ticks.append((at, moment.strftime("%Y" if has_year else "%b")))
        month += step


def _even_ticks(low: float, high: float, seconds: int, style: str) -> list[tuple[float, str]]:
    at = math.ceil(low / 1000 / seconds) * seconds
    ticks = []
    while at * 1000 <= high:
        moment = _moment(at * 1000)
        is_day = moment.hour == moment.minute == 0
        ticks.append((at * 1000.0, moment.strftime("%b %d" if is_day else style)))
        at += seconds
    return ticks


def _moment(milliseconds: float) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
