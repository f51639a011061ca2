"""What showing a report of thirteen years of days costs: run this file with Python."""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bifrost_kernel.display.backtest import BacktestView
from tests.backtest_samples import minute_series, sample_report

GOAL_MILLISECONDS = 150
LAPS = 15


def time_html(report: object) -> tuple[list[float], int]:
    """Return milliseconds of each lap after two to warm up, and the size of the output."""
    laps, size = [], 0
    for _ in range(LAPS + 2):
        view = BacktestView(report)
        start = time.perf_counter()
        size = len(view._repr_html_())
        laps.append((time.perf_counter() - start) * 1000)
    return laps[2:], size


def main() -> int:
    """Print medians and sizes; 1 when the goal is missed."""
    days = sample_report()
    laps, size = time_html(days)
    sys.stdout.write(
        f"HTML of {len(days.result.nav):,} daily bars    median {statistics.median(laps):6.1f} ms, "
        f"fastest {min(laps):6.1f} ms, goal {GOAL_MILLISECONDS} ms, {size / 1000:,.0f} kB\n"
    )
    minutes = sample_report(minute_series(1_000_000), fast=300, slow=1200)
    slow, size = time_html(minutes)
    sys.stdout.write(
        f"HTML of 1,000,000 minutes     median {statistics.median(slow):6.1f} ms, "
        f"{size / 1000:,.0f} kB\n"
    )
    return int(min(laps) > GOAL_MILLISECONDS)


if __name__ == "__main__":
    sys.exit(main())
