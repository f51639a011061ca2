"""The comparison in one table, and whether the engines agree."""

from __future__ import annotations

import os
import sys
import textwrap

from tests.benchmarks.engines import BACKTESTING, BACKTRADER, BIFROST, RAPTORBT, THEIRS
from tests.benchmarks.measuring import OK, tell
from tests.benchmarks.workloads import IMPORT_GOAL, MEMORY_GOAL, VECTORBT

COLUMNS = {
    "Bifrost": (BIFROST,), "Backtrader": (BACKTRADER,), "backtesting.py": (BACKTESTING,),
    "vectorbt": VECTORBT, "raptorbt": (RAPTORBT,),
}  # fmt: skip


def print_all(comparison):
    """Print what a comparison measured, as a Markdown table, and what the engines agree on.

    Parameters
    ----------
    comparison
        A `bench_engines.Comparison` that has run.
    """
    rows = [rate_row(*one) for one in comparison.rates]
    rows += [*memory_rows(comparison.memory), *start_rows(comparison.starts)]
    write()
    for line in markdown(("", *COLUMNS, "goal", "ok?"), rows):
        write(line)
    write()
    for line in notes(comparison):
        write(textwrap.fill(line, 110, subsequent_indent="    "))


def rate_row(workload, medians):
    """Return a workload's line; of vectorbt the quicker of its engines."""
    cells = []
    for engines in COLUMNS.values():
        there = [one for one in engines if one in medians]
        best = max(there, key=medians.get, default=None)
        mark = "" if len(engines) == 1 or best is None else f" {best.name.split()[1]}"
        cells.append("-" if best is None else short(medians[best]) + mark)
    ours = medians[BIFROST]
    goals = [] if workload.goal is None else [(f">= {short(workload.goal)}", ours >= workload.goal)]
    for engine, times in workload.ratios:
        if engine in medians:
            is_kept = ours >= times * medians[engine]
            goals.append((f">= {times} x {engine.name}", is_kept))
    return (f"{workload.name}, {workload.unit}", *cells, *judged(goals))


def judged(goals):
    """Return the goals in words, and whether all are kept."""
    words = ", ".join(word for word, _ in goals)
    return words, OK[all(kept for _, kept in goals)] if goals else ""


def memory_rows(memory):
    """Return the line of the largest memory of a sweep."""
    if not memory:
        return []
    cells = []
    for engines in COLUMNS.values():
        there = [memory[one] for one in engines if one in memory]
        peak, worker = min(there, default=(None, None))
        told = "-" if peak is None else f"{peak:.0f}"
        cells.append(f"{told} + {worker:.0f} a worker" if worker else told)
    goals = (
        [(f"<= {MEMORY_GOAL:.0f}", memory[BIFROST][0] <= MEMORY_GOAL)] if BIFROST in memory else []
    )
    return [("W2 peak memory, MB", *cells, *judged(goals))]


def start_rows(starts):
    """Return the lines of the import and of the first result."""
    if not starts:
        return []
    names = "import, s", "import and first result, s", "... with nothing kept, s"
    rows = []
    for place, name in enumerate(names):
        cells = []
        for engines in COLUMNS.values():
            there = [starts[one][place] for one in engines if one in starts]
            cells.append(tell(min(there)) if there else "-")
        ours = starts[BIFROST][place]
        goals = [] if place else [(f"<= {IMPORT_GOAL}", ours <= IMPORT_GOAL)]
        rows.append((name, *cells, *judged(goals)))
    return rows


def notes(comparison):
    """Yield how it was measured and what the engines agree on, line by line."""
    versions = ", ".join(dict.fromkeys(comparison.versions.values()))
    yield f"Measured: {versions}; {os.cpu_count()} processors."
    if comparison.n_laps:
        share = comparison.n_quiet / comparison.n_laps
        yield (
            f"{share:.0%} of {comparison.n_laps} laps had a processor to themselves"
            f"{'' if share > 0.95 else ': measure again on a quiet machine'}."
        )
    if not THEIRS.exists():
        yield "backtesting.py, vectorbt and raptorbt are not here: make bench installs them."
    for workload, _ in comparison.rates:
        if workload.on:
            yield f"{workload.name}: {workload.on}."
    told = {}
    for workload, engine, words in comparison.words:
        told.setdefault((workload.name, words), []).append(engine.name)
    for (name, words), engines in told.items():
        yield f"{name}, {' and '.join(engines)} beside Bifrost: {words}."


def markdown(head, rows):
    """Return a Markdown table's lines, its cells set under each other."""
    table = [head, *rows]
    widths = [max(len(row[place]) for row in table) for place in range(len(head))]
    rule = tuple("-" * width for width in widths)
    return [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in (head, rule, *rows)
    ]


def short(number):
    """Return a rate as people read it: 12.6k, 266M."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.3g}{unit}"
    return f"{number:.3g}"


def write(line=""):
    """Print a line."""
    sys.stdout.write(line + "\n")
