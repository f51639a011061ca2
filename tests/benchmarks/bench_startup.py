"""What loading Bifrost costs beyond IPython's own start: run this file with Python."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GOAL_MILLISECONDS = 300
LAPS = 9
MEASURE = """
import time
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
start, busy = time.perf_counter(), time.process_time()
import bifrost_kernel
imported = time.perf_counter()
bifrost_kernel.load_ipython_extension(shell)
loaded, worked = time.perf_counter(), time.process_time()
print((imported - start) * 1000, (loaded - start) * 1000, (worked - busy) * 1000)
"""


def measure() -> tuple[float, ...]:
    """Return milliseconds until the import and until the extension is loaded, and of processor."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "BIFROST_HOME": folder,
            "IPYTHONDIR": folder,
        }
        done = subprocess.run(
            [sys.executable, "-c", MEASURE],
            check=True,
            capture_output=True,
            text=True,
            env=environment,
        )
    return tuple(float(one) for one in done.stdout.split()[-3:])


def main() -> int:
    """Print the medians; 1 when the goal is missed."""
    laps = [measure() for _ in range(LAPS)]
    imported, loaded, worked = (statistics.median(column) for column in zip(*laps, strict=True))
    sys.stdout.write(
        f"import bifrost_kernel    {imported:7.1f} ms (median of {LAPS})\n"
        f"... and %load_ext        {loaded:7.1f} ms, fastest {min(lap[1] for lap in laps):.1f} ms\n"
        f"... processor time       {worked:7.1f} ms, goal {GOAL_MILLISECONDS} ms\n"
    )
    return int(min(loaded, worked) > GOAL_MILLISECONDS)


if __name__ == "__main__":
    sys.exit(main())
