"""Where a command came from: the notebook cell that is running."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CellContext:
    """The running cell, as far as it is known.

    Parameters
    ----------
    cell_id
        The notebook's id of the cell; None when the client sends none.
    source_hash
        SHA-256 (hex) of the cell's source as typed.
    notebook
        Path of the notebook as the server names it; None outside one.
    """

    cell_id: str | None = None
    source_hash: str | None = None
    notebook: str | None = None
