"""How fast bars come in from a file, how much room they take, and how fast they come back.

``python -m tests.benchmarks.bench_storage``
"""

from __future__ import annotations

import tempfile
import time
from datetime import date
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from bifrost_kernel.desk import open_desk
from bifrost_kernel.domain.instruments import InstrumentId
from bifrost_kernel.engines.marketdata import engine
from bifrost_kernel.storage.bars import ParquetBarStore
from tests.benchmarks.measuring import Figure, milliseconds, show
from tests.market_samples import MINUTE, raw, walk

YEARS = date(2001, 1, 1), date(2026, 12, 31)
YEAR = date(2012, 1, 1), date(2012, 12, 31)
CSV_ROWS, STORED_ROWS, SYMBOLS = 1_000_000, 10_000_000, 4


def figures():
    """Yield the import of a CSV file, the size of ten million minutes, and a year of them."""
    _, ends = engine.bar_ends("XNAS", MINUTE, *YEARS)
    with tempfile.TemporaryDirectory() as folder:
        yield from import_figures(Path(folder), ends)
    with tempfile.TemporaryDirectory() as folder:
        yield from store_figures(Path(folder), ends)


def import_figures(folder, ends):
    """Yield rows per second from a CSV file into the store, and to the view that is shown."""
    columns = {"date": pa.array(ends[:CSV_ROWS], pa.timestamp("ns")).cast(pa.timestamp("s"))}
    table = pa.table(columns | walk(CSV_ROWS, scale=1e-4))
    path = folder / "minutes.csv"
    csv.write_csv(table, path)
    desk = open_desk(folder / "home")
    backend = desk._backend
    whole, kept = [], []
    for number in range(4):
        symbol = f"BENCH{number}.XNAS"
        began = time.perf_counter()
        instrument = backend.instrument_for_import(symbol)
        read = backend.read_file(
            str(path), instrument, MINUTE, columns=None, timezone="UTC", stamp="end"
        )
        backend.import_bars(read, instrument)
        kept.append(CSV_ROWS / (time.perf_counter() - began))
        began = time.perf_counter()
        desk.import_bars(path, f"WHOLE{number}.XNAS", interval="1m", timezone="UTC")
        whole.append(CSV_ROWS / (time.perf_counter() - began))
    what = f"import {CSV_ROWS:,} minutes of CSV"
    yield Figure(f"{what} into the store", "rows/s", tuple(kept[1:]), goal=1e6, is_more_better=True)
    yield Figure(
        "desk.import_bars of them, loaded and judged again", "rows/s", tuple(whole[1:]),
        goal=1e6, is_more_better=True,
    )  # fmt: skip


def store_figures(folder, ends):
    """Yield megabytes and speed of what is stored."""
    store, count = ParquetBarStore(folder), STORED_ROWS // SYMBOLS
    seconds = []
    for number in range(SYMBOLS):
        key = InstrumentId(f"BENCH{number}", "XNAS")
        columns = walk(count, seed=number, scale=1e-4)
        series = engine.series_from_columns(key, MINUTE, timestamps=ends[:count], **columns)
        (lap,), _ = milliseconds(lambda one=series: store.save(raw(one)), 1, warm_up=0)
        seconds.append(lap / 1e3)
    size = sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())
    yield Figure(f"{STORED_ROWS:,} minute bars of {SYMBOLS} symbols on disk", "MB", (size / 1e6,))
    speed = tuple(count / one for one in seconds)
    yield Figure("... stored", "rows/s", speed, goal=1e6, is_more_better=True)
    key = InstrumentId("BENCH1", "XNAS")
    laps, found = milliseconds(lambda: store.load("sample", key, MINUTE, *YEAR), 20)
    what = f"load a symbol-year of minutes ({len(found.series):,} bars)"
    yield Figure(what, "ms", laps, goal=10)


if __name__ == "__main__":
    show(figures)
