"""Functions written in cells, and compiled runs of them."""

import linecache
import textwrap

from bifrost_kernel.engines.strategy.calc.compiled.books import make_books
from tests.on_bar_samples import make_called
from tests.simulation_samples import Steps, make_bars, make_series

N_BARS = 60
BARS = make_bars(
    make_series("A", [(10 + n % 7, 12 + n % 7, 9 + n % 7, 11 + n % 7) for n in range(N_BARS)])
)
_numbers = iter(range(1, 10_000))


def cell(text, **space):
    """Return the function `idea` of a notebook's cell, whose lines are known as IPython's are."""
    text = textwrap.dedent(text).lstrip()
    name = f"<ipython-input-{next(_numbers)}-cell>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    space = {"__name__": "__main__", **space}
    exec(compile(text, name, "exec"), space)  # noqa: S102  # a cell's own text
    return space["idea"]


def run_compiled(function, bars=BARS, *, bar_seconds=10.0, **rest):
    """Return the books of a compiled run; keywords are options and the account's settings."""
    from bifrost_kernel.simulators.compiled.compiled_run import run_compiled as run

    job = make_called(function, bars, compiled=True, **rest)
    books = make_books(job.bars, job.panel, job.spec.trading, job.dividends)
    return run(job, books, Steps(), bar_seconds=bar_seconds)
