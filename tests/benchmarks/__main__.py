"""All benchmarks, one table: ``python -m tests.benchmarks``. A missed goal is told, no failure."""

from __future__ import annotations

import sys
import time

from tests.benchmarks import (
    bench_backtest,
    bench_backtrader,
    bench_completion,
    bench_display,
    bench_engines,
    bench_indicators,
    bench_marketdata,
    bench_startup,
    bench_storage,
)
from tests.benchmarks.measuring import show

BENCHMARKS = (
    bench_startup,
    bench_completion,
    bench_backtest,
    bench_display,
    bench_backtrader,
    bench_storage,
    bench_marketdata,
    bench_indicators,
)


def main():
    """Print every figure; whatever cannot be measured ends it with its error."""
    began = time.perf_counter()
    comparison = bench_engines.Comparison()
    show(*(one.figures for one in BENCHMARKS), comparison.figures)
    comparison.tell()
    sys.stdout.write(f"\nmedians; measured in {time.perf_counter() - began:.0f} s\n")


if __name__ == "__main__":
    main()
