"""How a benchmark measures, and the one table that all of them print."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAD = ("what", "figure", "spread", "unit", "goal", "ok?")
WIDTHS = (54, 13, 27, 8, 14, 4)


@dataclass(frozen=True)
class Figure:
    """Something measured several times.

    Parameters
    ----------
    what, unit
        Its name, and what the laps are in.
    laps
        One number for each time it was measured.
    goal
        What the median should keep to: at most, or at least where `is_more_better`.
    """

    what: str
    unit: str
    laps: tuple[float, ...]
    goal: float | None = None
    is_more_better: bool = False

    @property
    def median(self):
        """The middle lap."""
        return statistics.median(self.laps)

    @property
    def is_ok(self):
        """Whether the goal is kept; None without one."""
        if self.goal is None:
            return None
        return self.median >= self.goal if self.is_more_better else self.median <= self.goal

    def row(self):
        """Return the line of the table."""
        spread = f"{tell(min(self.laps))} .. {tell(max(self.laps))}" if len(self.laps) > 1 else ""
        sign = ">= " if self.is_more_better else "<= "
        goal = "" if self.goal is None else sign + tell(self.goal)
        return self.what, tell(self.median), spread, self.unit, goal, OK[self.is_ok]


OK = {True: "yes", False: "NO", None: ""}


def tell(number):
    """Return a number as people read it: three figures, thousands set apart."""
    if abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.1f}" if abs(number) >= 10 else f"{number:.2f}"


def print_row(cells):
    """Print one line of the table at once."""
    line = "  ".join(
        f"{cell:<{width}}" if place in (0, 3, 5) else f"{cell:>{width}}"
        for place, (cell, width) in enumerate(zip(cells, WIDTHS, strict=True))
    )
    sys.stdout.write(line.rstrip() + "\n")
    sys.stdout.flush()


def show(*benchmarks):
    """Print the table of the figures that these functions yield."""
    print_row(HEAD)
    print_row(tuple("-" * width for width in WIDTHS))
    for benchmark in benchmarks:
        for figure in benchmark():
            print_row(figure.row())


def milliseconds(work, laps, *, warm_up=1):
    """Return how long some work takes, lap by lap, and what the last lap returned."""
    taken, result = [], None
    for _ in range(warm_up + laps):
        began = time.perf_counter()
        result = work()
        taken.append((time.perf_counter() - began) * 1e3)
    return tuple(taken[warm_up:]), result


def numbers_of(code, home):
    """Run code in a fresh interpreter on a home folder, and return the numbers it printed last."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "BIFROST_HOME": home, "IPYTHONDIR": home},
    )
    return tuple(float(one) for one in done.stdout.splitlines()[-1].split())
