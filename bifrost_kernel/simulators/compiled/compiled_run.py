"""A run of a function as machine code over the compiled broker.

Imports numba: load it on first use only.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from bifrost_kernel.simulators.compiled.run_state import CompiledRun
from bifrost_kernel.simulators.compiled.watching import finish_in_child

if TYPE_CHECKING:
    from bifrost_kernel.engines.strategy.calc.compiled.books import Books
    from bifrost_kernel.engines.strategy.model import SimulationJob
    from bifrost_kernel.workflows.ports import Progress

_CHUNK_SECONDS: Final = 0.05
_FIRST_CHUNK: Final = 2_000
_MOST_KNOWN: Final = 4_096
_known: OrderedDict[tuple[object, ...], None] = OrderedDict()


def run_compiled(
    job: SimulationJob, books: Books, progress: Progress, *, bar_seconds: float
) -> Books:
    """Call the job's function, compiled, at each bar and return the books of the run.

    Parameters
    ----------
    job
        One whose strategy is called at each bar.
    books
        The run, not yet begun.
    progress
        Told how many more bars are done, about twenty times a second.
    bar_seconds
        How long the function may take for one bar where it runs for the first time.

    Returns
    -------
    Books
        At the end of the run, or where the broker could not go on (`account.fault`).

    Raises
    ------
    InvalidInputError
        The function cannot be compiled.
    SimulationError
        It raised, sent what cannot be sent, did not come back or crashed; the message names
        the bar.

    Notes
    -----
    Machine code cannot be interrupted. So a function with a loop that was not yet seen to end
    with these parameters on these bars runs in a child process, which can be killed, and
    writes into memory that both share. One without a loop ends in any case.
    """
    run = CompiledRun(job, books, progress)
    trial = run.trial()
    is_known = run.is_straight or trial in _known
    while not run.is_over:
        if is_known:
            _finish_here(run)
        else:
            is_known = finish_in_child(run, bar_seconds)
    _known[trial] = None
    if len(_known) > _MOST_KNOWN:
        _known.popitem(last=False)
    return run.books


def _finish_here(run: CompiledRun) -> None:
    """Run to the end in chunks of some hundredths of a second, between which Control-C is heard."""
    stride = _FIRST_CHUNK
    while not run.is_over:
        begun = time.perf_counter()  # noqa: TID251  # the length of a chunk only
        try:
            code = run.advance(min(run.bar + 1 + stride, run.n_bars))
        except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever the function raised
            run.settle(error)
            continue
        run.go_on(code)
        took = time.perf_counter() - begun  # noqa: TID251
        wanted = _CHUNK_SECONDS / max(took, 1e-6)
        stride = max(1, int(stride * min(max(wanted, 0.1), 8.0)))
