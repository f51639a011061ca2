"""Twenty thousand drawn cases: every simulator equals Backtrader to the last bit.

``make fuzz``, ``make fuzz CASES=1000000``, or ``python -m tests.fuzz [CASES [SEED]]``. The property
tests named here run with that many cases between them, on all cores, with seeds of their own.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS = (
    "tests/property/test_compiled_equals_backtrader.py",
    "tests/property/test_on_bar_equals_backtrader.py",
    "tests/property/test_compiled_on_bar_equals_backtrader.py",
    "tests/property/test_fast_runs_equal_backtrader.py",
    "tests/property/test_simulator_equals_backtrader.py",
)
CASES = "BIFROST_FUZZ_CASES"
PASSED = re.compile(r"- (\d+) passing\b")


def main():
    """Run, print how many cases a second, and how to see a failure again."""
    words = [int(one) for one in sys.argv[1:]]
    cases = words[0] if words else 20_000
    seed = words[1] if len(words) > 1 else int(time.time())
    workers = os.cpu_count() or 1
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        running = [
            start(seed + number, -(-cases // workers), Path(folder) / str(number))
            for number in range(workers)
        ]
        told = [finish(*one) for one in running]
    taken = time.perf_counter() - began
    total = sum(passed for passed, _ in told)
    write(f"{total:,} cases in {taken:.0f} s, {total / taken:,.0f} cases/s on {workers} cores")
    if not all(is_sound for _, is_sound in told):
        return 1
    if total < cases:
        write(f"error: expected {cases:,} cases at least, {total:,} were drawn")
        return 1
    return 0


def start(seed, cases, log):
    """Start one worker; return its process, seed, cases and log."""
    command = [
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
        f"--hypothesis-seed={seed}", "--hypothesis-show-statistics", "--timeout=0", *there(),
    ]  # fmt: skip
    with log.open("w") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, CASES: str(cases)}, stdout=out,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
    return process, seed, cases, log


def finish(process, seed, cases, log):
    """Wait for a worker; return its passing cases, and whether nothing failed."""
    code = process.wait()
    text = log.read_text()
    passed = sum(int(one) for one in PASSED.findall(text))
    if code:
        write(text)
        tests = " ".join(there())
        write(f"again: {CASES}={cases} .venv/bin/pytest --hypothesis-seed={seed} {tests}")
        write("sooner: the line @reproduce_failure(...) that stands above, on top of that test")
    return passed, not code


def there():
    """Return the tests that exist."""
    return [one for one in TESTS if (ROOT / one).exists()]


def write(line):
    """Print a line."""
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
