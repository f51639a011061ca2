"""Tiny reports that tests execute, and the runner that executes them."""

from __future__ import annotations

from pathlib import Path

import nbformat

from bifrost_kernel.reporting.runner import PapermillRunner

PROJECT = Path(__file__).resolve().parents[1]
PARAMETERS = 'symbol = "AAPL"\nfast: int = 10\nlevels = None'
OPEN = 'import bifrost_kernel as bf\nattestation = bf.Attestation("sums", "knows its symbol")'
CHECK = (
    'total = sum(range(fast))\nattestation.check("sums", total == fast * (fast - 1) // 2, total)'
)
SECOND = 'attestation.check("knows its symbol", symbol.isupper(), symbol)'
CLOSE = "attestation.close()"
CELLS = (PARAMETERS, OPEN, CHECK, SECOND, CLOSE)
TINY = (PARAMETERS, OPEN + "\n" + CHECK + "\n" + SECOND + "\n" + CLOSE)


def write(folder, cells=TINY, name="tiny", tags=None):
    """Write a report notebook whose first cell holds the parameters."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {
        "name": "bifrost", "display_name": "Bifrost", "language": "python",
    }  # fmt: skip
    notebook.cells = [nbformat.v4.new_code_cell(one) for one in cells]
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number}"
    notebook.cells[0].metadata["tags"] = ["parameters"]
    for number, values in (tags or {}).items():
        notebook.cells[number].metadata["tags"] = values
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell("# A tiny report"))
    path = folder / f"{name}.ipynb"
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def make_runner(root, library, **changes):
    """Return a runner whose kernel finds the package under test."""
    words = {
        "kernel_name": "python3",
        "environment": {"PYTHONPATH": str(PROJECT)},
    }
    return PapermillRunner(root, (library,), **{**words, **changes})


def outputs_of(folder, name="tiny"):
    """Return the executed notebook of a report's folder."""
    return nbformat.read(Path(folder) / f"{name}.ipynb", as_version=4)


def left_in(root):
    """Return the names of all files under a reports folder."""
    return sorted(one.name for one in root.rglob("*") if one.is_file())
