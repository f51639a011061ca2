"""What showing a report costs.

``python -m tests.benchmarks.bench_display``
"""

from __future__ import annotations

from bifrost_kernel.display.backtest import BacktestView
from tests.backtest_samples import minute_series, sample_report
from tests.benchmarks.measuring import Figure, milliseconds, show


def figures():
    """Yield the HTML of thirteen years of days and of a million minutes."""
    days = sample_report()
    laps, page = milliseconds(lambda: BacktestView(days)._repr_html_(), 15, warm_up=2)
    yield Figure(f"HTML of a report of {len(days.result.nav):,} days", "ms", laps, goal=150)
    yield Figure("... its size", "kB", (len(page) / 1e3,))
    minutes = sample_report(minute_series(1_000_000), fast=300, slow=1200)
    laps, page = milliseconds(lambda: BacktestView(minutes)._repr_html_(), 3)
    yield Figure("HTML of a report of 1,000,000 minutes", "ms", laps)
    yield Figure("... its size", "kB", (len(page) / 1e3,))


if __name__ == "__main__":
    show(figures)
