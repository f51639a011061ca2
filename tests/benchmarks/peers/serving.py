"""How an engine of the comparison answers: one JSON line for each JSON line it is asked.

Each engine runs in a process of its own, in the environment it is installed into, so this file
needs numpy and nothing else. Import it first: the clock starts here.
"""

import time

BEGAN = time.perf_counter()

import json  # noqa: E402 - the clock starts before anything else is loaded
import resource  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402

CASH = 1_000_000.0
COMMISSION = 0.001
SHARES = 100.0
EXPOSURE = 0.95
STOP, TARGET, TRAIL = 0.005, 0.01, 0.007
TOLD = {}


def serve(versions, works):
    """Answer until the questions end.

    Parameters
    ----------
    versions
        What is measured here, in one line.
    works
        By name, a function of (bars, **terms) that returns ``run`` and ``read``. `bars` are
        the arrays of an .npz file; ``run()`` is what is timed, from bars to result;
        ``read(result)`` gives {name: number or array} of what came out.

    Notes
    -----
    A question names a work, a file of bars, its terms, how many laps of at least how many
    seconds, and where to write what came out. The answer has the seconds of one run lap by lap
    and which laps were quiet, the seconds of the first run of all, the largest memory so far, and
    what a work has put into `TOLD`.
    """
    imported = time.perf_counter() - BEGAN
    ready, first = {}, None
    for line in sys.stdin:
        ask = json.loads(line)
        key = json.dumps([ask["work"], ask["bars"], ask["terms"]])
        if key not in ready:
            ready.clear()
            with np.load(ask["bars"]) as kept:
                bars = {name: kept[name] for name in kept.files}
            ready[key] = works[ask["work"]](bars, **ask["terms"])
        run, read = ready[key]
        began = time.perf_counter()
        result = run()
        once = time.perf_counter() - began
        first = once if first is None else first
        if ask["found"]:
            np.savez(ask["found"], **read(result))
        del result
        laps, quiet = timed(run, ask["laps"], round(ask["at_least"] / once))
        answer = {"versions": versions, "imported": imported, "first": first, "seconds": laps}
        answer |= {"quiet": quiet, **peaks(), **TOLD}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def timed(run, laps, count):
    """Return the seconds of one run, lap by lap, of so many runs a lap, and which were quiet.

    A lap that had to share its processor is taken again, twice at most; the quickest counts.
    """
    taken, quiet = [], []
    for _ in range(laps):
        lap, is_quiet = lap_of(run, max(1, count))
        for _ in range(2):
            if is_quiet:
                break
            again, is_quiet = lap_of(run, max(1, count))
            lap = min(lap, again)
        taken.append(lap)
        quiet.append(is_quiet)
    return taken, quiet


def lap_of(run, count):
    """Return the seconds of one run, and whether a processor worked for it nearly all the time."""
    worked, began = busy(), time.perf_counter()
    for _ in range(count):
        run()
    wall = time.perf_counter() - began
    return wall / count, busy() - worked >= 0.9 * wall


def busy():
    """Return the processor seconds of this process and its ended workers."""
    workers = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + workers.ru_utime + workers.ru_stime


def peaks():
    """Return the largest resident memory of this process and of a worker of it, in megabytes.

    The kernel's own mark is read where there is one: ``ru_maxrss`` starts with the memory of
    whoever started the process.
    """
    status = Path("/proc/self/status")
    marks = status.read_text().partition("VmHWM:")[2].split() if status.exists() else []
    own = int(marks[0]) if marks else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {"peak": own / 1024, "peak_of_a_worker": worker / 1024}


def combinations(bars):
    """Return the windows of a sweep, as (fast, slow) pairs."""
    return list(zip(bars["fast"].tolist(), bars["slow"].tolist(), strict=True))


def crossings(fast, slow, start):
    """Return at which bars one average has crossed above another, and below; shape (T,) each.

    Nothing before the bar after `start` - 1, the first that has both. For engines that have no
    rule of their own.
    """
    above, below = fast > slow, fast < slow
    entries, exits = np.zeros_like(above), np.zeros_like(above)
    entries[start:] = above[start:] & ~above[start - 1 : -1]
    exits[start:] = below[start:] & ~below[start - 1 : -1]
    return entries, exits
