"""How fast the market-data engine judges, joins and shapes bars in memory.

``python -m tests.benchmarks.bench_marketdata``
"""

from __future__ import annotations

from datetime import date

from bifrost_kernel.domain.bars import Adjustment, BarSpec
from bifrost_kernel.domain.instruments import InstrumentId
from bifrost_kernel.engines.marketdata import engine
from tests.benchmarks.measuring import Figure, milliseconds, show
from tests.market_samples import MINUTE, raw, walk

ROWS = 1_000_000
LAPS = 5


def figures():
    """Yield rows per second of what the engine does with a million minutes."""
    _, ends = engine.bar_ends("XNAS", MINUTE, date(2012, 1, 1), date(2024, 12, 31))
    stamps, columns = ends[:ROWS], walk(ROWS, scale=1e-4)
    key = InstrumentId("BENCH", "XNAS")

    def build():
        return engine.series_from_columns(key, MINUTE, timestamps=stamps, **columns)

    series = build()
    bars = engine.assemble([raw(series)], Adjustment.ALL, None, None)
    works = {
        "columns to series": build,
        "assess": lambda: engine.assess(series),
        "resample to 1h": lambda: engine.resample(series, BarSpec(1, "h")),
        "assemble and fingerprint": lambda: engine.assemble(
            [raw(series)], Adjustment.ALL, None, None
        ),
        "align": lambda: engine.align(bars),
    }
    for what, work in works.items():
        laps, _ = milliseconds(work, LAPS)
        speed = tuple(ROWS / one * 1e3 for one in laps)
        yield Figure(f"{what}, {ROWS:,} minutes", "rows/s", speed)


if __name__ == "__main__":
    show(figures)
