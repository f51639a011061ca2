"""Print how fast bars are imported, loaded, judged and joined.

Run it from the repository's root: ``python tests/benchmarks/bench_marketdata.py [rows]``.
"""

import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from bifrost_kernel.domain.bars import Adjustment, BarSpec
from bifrost_kernel.domain.instruments import InstrumentId
from bifrost_kernel.engines.marketdata import engine
from bifrost_kernel.storage.bars import ParquetBarStore
from tests.market_samples import MINUTE, raw, walk


def timed(what, unit, work, amount=None, repeat=1):
    """Print the best wall and CPU time of some work, as rates when there is an amount."""
    best, best_cpu, result = float("inf"), float("inf"), None
    for _ in range(repeat):
        began, began_cpu = time.perf_counter(), time.process_time()
        result = work()
        best = min(best, time.perf_counter() - began)
        best_cpu = min(best_cpu, time.process_time() - began_cpu)

    def figure(seconds):
        return f"{amount / seconds / 1e6:8.2f} M" if amount else f"{seconds * 1e3:8.2f}"

    sys.stdout.write(f"{what:<44} {figure(best)} {unit} ({figure(best_cpu).strip()} of CPU)\n")
    return result


def main(rows=10_000_000):
    """Import `rows` minute bars of four symbols, and load them again."""
    years = date(2001, 1, 1), date(2026, 12, 31)
    _, ends = engine.bar_ends("XNAS", MINUTE, *years)
    per_symbol = min(rows // 4, len(ends))
    stamps, columns = ends[:per_symbol], walk(per_symbol, scale=1e-4)
    names = [InstrumentId(f"BENCH{number}", "XNAS") for number in range(4)]
    with tempfile.TemporaryDirectory() as folder:
        store = ParquetBarStore(Path(folder))

        def import_one(name):
            series = engine.series_from_columns(name, MINUTE, timestamps=stamps, **columns)
            store.save(engine.validate(raw(series)))
            return series

        series = timed(
            "columns to series (one symbol)", "rows/s",
            lambda: engine.series_from_columns(names[0], MINUTE, timestamps=stamps, **columns),
            per_symbol,
        )  # fmt: skip
        timed(
            f"import {4 * per_symbol:,} rows of 4 symbols", "rows/s",
            lambda: [import_one(name) for name in names], 4 * per_symbol,
        )  # fmt: skip
        size = sum(one.stat().st_size for one in Path(folder).rglob("*.parquet"))
        sys.stdout.write(f"{'on disk':<44} {size / 4 / per_symbol:8.1f} bytes a row\n")
        year = date(2012, 1, 1), date(2012, 12, 31)
        found = timed(
            "load a symbol-year of minutes (best of 20)", "ms",
            lambda: store.load("sample", names[1], MINUTE, *year), repeat=20,
        )  # fmt: skip
        sys.stdout.write(f"{'':<44} {len(found.series):8,} rows\n")
        timed(
            "load everything of one symbol", "rows/s",
            lambda: store.load("sample", names[2], MINUTE, None, None), per_symbol,
        )  # fmt: skip
        timed("merge one more day into a stored year", "ms", lambda: store.save(
            raw(series.take(series.session_date == np.datetime64("2012-07-02")))
        ))  # fmt: skip
    timed("assess", "rows/s", lambda: engine.assess(series), per_symbol)
    timed("resample to 1h", "rows/s", lambda: engine.resample(series, BarSpec(1, "h")), per_symbol)
    bars = timed(
        "assemble and fingerprint", "rows/s",
        lambda: engine.assemble([raw(series)], Adjustment.ALL, None, None), per_symbol,
    )  # fmt: skip
    timed("align", "rows/s", lambda: engine.align(bars), per_symbol)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
