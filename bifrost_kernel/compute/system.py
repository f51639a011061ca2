"""The wall clock, and ids that nobody has used before."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime


class SystemClock:
    """The wall clock of this machine."""

    def now(self) -> datetime:
        """Return the present instant, aware UTC."""
        return datetime.now(UTC)  # noqa: TID251 - this is the one place the time comes from

    def elapsed_seconds(self) -> float:
        """Return a monotonic reading in seconds, for differences only."""
        return time.perf_counter()  # noqa: TID251 - likewise


class SystemIds:
    """Random ids that sort by the millisecond they were made in."""

    def new(self) -> str:
        """Return 24 lower-case hex digits: 12 of milliseconds, 12 random."""
        milliseconds = time.time_ns() // 1_000_000
        return f"{milliseconds:012x}{os.urandom(6).hex()}"
