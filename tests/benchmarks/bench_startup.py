"""What loading Bifrost costs beyond IPython's own start.

``python -m tests.benchmarks.bench_startup``
"""

from __future__ import annotations

import tempfile

from tests.benchmarks.measuring import Figure, numbers_of, show

LAPS = 7
LOAD = """
import time
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
start, busy = time.perf_counter(), time.process_time()
import bifrost_kernel
imported = time.perf_counter()
bifrost_kernel.load_ipython_extension(shell)
loaded, worked = time.perf_counter(), time.process_time()
print((imported - start) * 1e3, (loaded - start) * 1e3, (worked - busy) * 1e3)
"""
FIRST = """
import time
start = time.perf_counter()
import bifrost_kernel
desk = bifrost_kernel.open_desk()
opened = time.perf_counter()
desk.backtest("sma_cross", "AAPL", params={"fast": 10, "slow": 30})
print((opened - start) * 1e3, (time.perf_counter() - opened) * 1e3)
"""


def figures():
    """Yield the import, the extension, and the first verb of a process."""
    with tempfile.TemporaryDirectory() as home:
        imported, loaded, worked = zip(*(numbers_of(LOAD, home) for _ in range(LAPS)), strict=True)
        yield Figure("import bifrost_kernel", "ms", imported)
        yield Figure("... and %load_ext", "ms", loaded, goal=300)
        yield Figure("... of processor time", "ms", worked, goal=300)
        numbers_of(FIRST, home)
        opened, ran = zip(*(numbers_of(FIRST, home) for _ in range(3)), strict=True)
        yield Figure("open a desk in a new process", "ms", opened)
        yield Figure("first desk.backtest of that process, bars stored", "ms", ran)


if __name__ == "__main__":
    show(figures)
