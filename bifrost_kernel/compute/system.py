"""The wall clock, and ids that nobody has used before."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from threading import Lock


class SystemClock:
    """The wall clock of this machine."""

    def now(self) -> datetime:
        """Return the present instant, aware UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is the one place the time comes from

    def elapsed_seconds(self) -> float:
        """Return a monotonic reading in seconds, for differences only."""
        return time.perf_counter()  # noqa: TID251 - likewise


class SystemIds:
    """Random ids that sort by the time of their making, whatever the machine's clock does."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last = 0

    def new(self) -> str:
        """Return 24 lower-case hex digits: 12 of milliseconds, 12 random."""
        milliseconds = time.time_ns() // 1_000_000
        fresh = milliseconds << 48 | int.from_bytes(os.urandom(6))
        with self._lock:
            self._last = max(fresh, self._last + 1)
            return f"{self._last:024x}"
