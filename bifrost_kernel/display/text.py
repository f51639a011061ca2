"""Plain text for terminals and logs: aligned tables and small curves."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from bifrost_kernel.look.numbers import THIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bifrost_kernel.domain.bars import Floats

_BLOCKS = "▁▂▃▄▅▆▇█"


def plain(text: object) -> str:
    """Return text for a terminal: ordinary spaces, no control characters."""
    spaced = str(text).replace(THIN, " ")
    return "".join(sign if unicodedata.category(sign)[0] != "C" else "·" for sign in spaced)


def text_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    numeric: Iterable[int] = (),
    indent: int = 0,
) -> str:
    """Return an aligned table.

    Parameters
    ----------
    columns
        Headings; all empty = no heading line.
    rows
        Cells.
    numeric
        Positions of the columns that align to the right.
    indent
        Spaces before each line.
    """
    right = frozenset(numeric)
    cells = [[plain(cell) for cell in row] for row in rows]
    lines = [list(columns), *cells] if any(columns) else cells
    widths = [max((len(line[at]) for line in lines), default=0) for at in range(len(columns))]
    return "\n".join(
        (
            " " * indent
            + "  ".join(
                cell.rjust(width) if at in right else cell.ljust(width)
                for at, (cell, width) in enumerate(zip(line, widths, strict=True))
            )
        ).rstrip()
        for line in lines
    )


def sparkline(values: Floats, width: int = 48, *, is_log: bool = False) -> str:
    """Return a curve in one line of block characters.

    Parameters
    ----------
    values
        shape (T,); NaN shows as a space.
    width
        Characters; each shows the last value of its stretch.
    is_log
        Equal steps up for equal ratios; only for positive values.
    """
    import numpy as np

    if not len(values):
        return ""
    stops = np.unique(np.linspace(0, len(values) - 1, min(width, len(values))).astype(np.int64))
    heights = np.log(values[stops]) if is_log else np.asarray(values[stops], dtype=np.float64)
    finite = heights[np.isfinite(heights)]
    if not len(finite):
        return " " * len(heights)
    low, high = float(finite.min()), float(finite.max())
    scale = (len(_BLOCKS) - 1) / (high - low) if high > low else 0.0
    return "".join(
        _BLOCKS[round((one - low) * scale)] if np.isfinite(one) else " " for one in heights
    )


def wrap(text: str, width: int = 88) -> str:
    """Return text in lines of at most `width` characters."""
    import textwrap

    return textwrap.fill(plain(text), width)
