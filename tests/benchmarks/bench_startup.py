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
start = time.perf_counter()
import bifrost_kernel
imported = time.perf_counter()
bifrost_kernel.load_ipython_extension(shell)
loaded = time.perf_counter()
print((imported - start) * 1000, (loaded - start) * 1000)
"""


def measure() -> tuple[float, float]:
    """Return milliseconds until the package is imported and until the extension is loaded."""
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
    imported, loaded = done.stdout.split()[-2:]
    return float(imported), float(loaded)


def main() -> int:
    """Print the medians; 1 when the goal is missed."""
    laps = [measure() for _ in range(LAPS)]
    imported, loaded = (statistics.median(column) for column in zip(*laps, strict=True))
    sys.stdout.write(
        f"import bifrost_kernel    {imported:7.1f} ms (median of {LAPS})\n"
        f"... and %load_ext        {loaded:7.1f} ms, slowest {max(lap[1] for lap in laps):.1f} ms, "
        f"goal {GOAL_MILLISECONDS} ms\n"
    )
    return int(loaded > GOAL_MILLISECONDS)


if __name__ == "__main__":
    sys.exit(main())
