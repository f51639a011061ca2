"""What went wrong in a person's strategy, on one line."""

from __future__ import annotations

import linecache
import re
import sys
import sysconfig
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from bifrost_kernel.domain.errors import BifrostError, SimulationError

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Dates
    from bifrost_kernel.domain.strategies import Strategy

_PACKAGE = str(Path(__file__).parents[1])
_LIBRARIES = tuple(
    {sysconfig.get_paths()[name] for name in ("stdlib", "purelib", "platlib")} | {_PACKAGE}
)
_CELL = re.compile(r"<ipython-input|<stdin>|<string>|ipykernel_\d+")


def failure_of(
    error: BaseException, strategy: Strategy, bar: int | None, session_date: Dates
) -> SimulationError:
    """Return the error to raise instead: bar, session, exception and the strategy's own line.

    Parameters
    ----------
    error
        What was raised inside the run.
    strategy
        Whose run.
    bar
        Index of the bar that was worked on; None before the first.
    session_date
        shape (T,): the timeline's sessions.
    """
    detail = str(error).replace("\n", " ")
    if not isinstance(error, BifrostError):
        detail = f"{type(error).__name__}: {detail}" if detail else type(error).__name__
    where = " before its first bar" if bar is None else f" at {place_of(bar, session_date)}"
    if where in detail:
        where = ""  # said once already
    line = _own_line(error, strategy)
    return SimulationError(
        f"strategy {strategy.name} failed{where}: {detail}{line}",
        context={"bar": bar, "exception": type(error).__name__, "strategy": strategy.name},
    )


def place_of(bar: int, session_date: Dates) -> str:
    """Return a bar in words: ``bar 12 (2005-03-04)``."""
    return f"bar {bar} ({session_date[bar]})"


def _own_line(error: BaseException, strategy: Strategy) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    made_of = strategy.native or strategy.on_bar
    module = sys.modules.get(made_of.__module__) if made_of else None
    own_file = getattr(module, "__file__", None)
    own = [
        one for one in frames if one.filename == own_file or not one.filename.startswith(_LIBRARIES)
    ]
    if not own:
        return ""
    frame = own[-1]
    place = "the cell" if _CELL.search(frame.filename) else frame.filename
    text = (frame.line or linecache.getline(frame.filename, frame.lineno or 0)).strip()
    return f" (line {frame.lineno} of {place}{f': {text}' if text else ''})"
