"""Dates, instants and durations as a person reads them: ISO 8601, coarse where it helps."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from bifrost_kernel.look.numbers import NOTHING, THIN

if TYPE_CHECKING:
    import numpy as np


def format_date(value: date | np.datetime64 | str | None) -> str:
    """Return ``2013-03-01``, or an en dash for nothing."""
    if value is None:
        return NOTHING
    text = value.isoformat() if isinstance(value, date) else str(value)
    return NOTHING if text == "NaT" else text[:10]


def format_month(value: date | np.datetime64 | str | None) -> str:
    """Return ``2013-03``, or an en dash for nothing."""
    text = format_date(value)
    return text if text == NOTHING else text[:7]


def format_instant(value: datetime) -> str:
    """Return an instant to the minute in UTC: ``2013-03-01 21:00 UTC``."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def format_ns(value: int) -> str:
    """Return an instant given in nanoseconds since 1970 UTC: ``2013-03-01 21:00``."""
    return datetime.fromtimestamp(value // 1_000_000_000, UTC).strftime("%Y-%m-%d %H:%M")


def format_elapsed(seconds: float) -> str:
    """Return how long something took: ``8 ms``, ``1.2 s``, ``3 min 05 s``."""
    if seconds < 0.0005:
        return f"{max(0.0, seconds) * 1e6:.0f}{THIN}µs"
    if seconds < 1:
        return f"{seconds * 1000:.0f}{THIN}ms"
    if seconds < 60:
        return f"{seconds:.1f}{THIN}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}{THIN}min {rest:02d}{THIN}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}{THIN}h {minutes:02d}{THIN}min"


def format_interval(count: int, unit: str) -> str:
    """Return a bar's length in words: ``daily``, ``5-minute``.

    Examples
    --------
    >>> format_interval(1, "d"), format_interval(5, "m")
    ('daily', '5-minute')
    """
    if count == 1 and unit in "dw":
        return {"d": "daily", "w": "weekly"}[unit]
    words = {"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week"}
    return f"{count}-{words[unit]}"
