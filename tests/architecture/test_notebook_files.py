"""Notebooks are kept as they were written: no outputs, valid, no logic in dashboards."""

import ast
import copy
from pathlib import Path

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager

PROJECT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted(
    path
    for room in ("notebooks", "dashboards")
    for path in (PROJECT / room).rglob("*.ipynb")
    if ".ipynb_checkpoints" not in path.parts
)
LOGIC = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.For,
    ast.While,
    ast.Lambda,
    ast.If,
)


def faults(notebook):
    """Return what is wrong with a notebook as a file that is kept."""
    found = []
    if (notebook.nbformat, notebook.nbformat_minor) != (4, 5):
        found.append("not of format 4.5")
    if notebook.metadata.get("kernelspec", {}).get("name") != "bifrost":
        found.append("not made for the Bifrost kernel")
    for cell in notebook.cells:
        if cell.cell_type == "code" and (cell.outputs or cell.execution_count is not None):
            found.append(f"cell {cell.id} holds outputs")
        unknown = set(cell.metadata) - {"tags", "jupyter"}
        if unknown:
            found.append(f"cell {cell.id} holds metadata {sorted(unknown)}")
    return found


def logic(notebook):
    """Return the kinds of logic that stand in a notebook's cells."""
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    trees = [ast.parse(TransformerManager().transform_cell(one)) for one in code]
    return [type(n).__name__ for tree in trees for n in ast.walk(tree) if isinstance(n, LOGIC)]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_valid_and_stripped(path):
    """A kept notebook is valid, made for the Bifrost kernel, and holds no outputs."""
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert faults(notebook) == []


@pytest.mark.parametrize(
    "path", sorted((PROJECT / "dashboards").glob("*.ipynb")), ids=lambda p: p.stem
)
def test_dashboards_hold_no_logic(path):
    """A dashboard shows one widget tree and decides nothing itself."""
    assert logic(nbformat.read(path, as_version=4)) == []


def test_reports_take_parameters_and_end_with_an_attestation():
    """A report has one cell of parameters, and its last code cell attests what was checked."""
    reports = sorted((PROJECT / "notebooks" / "reports").glob("*.ipynb"))
    assert reports
    for path in reports:
        cells = nbformat.read(path, as_version=4).cells
        code = [cell for cell in cells if cell.cell_type == "code"]
        tagged = [cell for cell in code if "parameters" in cell.metadata.get("tags", [])]
        assert len(tagged) == 1, path
        assert "attest" in code[-1].source.lower(), path


def _sound():
    cell = nbformat.v4.new_code_cell("%bifrost")
    metadata = {"kernelspec": {"name": "bifrost", "display_name": "Bifrost"}}
    return nbformat.v4.new_notebook(cells=[cell], metadata=metadata)


def test_each_fault_of_a_notebook_is_seen():
    """Outputs, counts, stray metadata and another kernel are each found."""
    assert faults(_sound()) == []

    printed, counted, stray, other = (copy.deepcopy(_sound()) for _ in range(4))
    printed.cells[0].outputs = [nbformat.v4.new_output("stream", text="1")]
    counted.cells[0].execution_count = 1
    stray.cells[0].metadata["scrolled"] = True
    other.metadata.kernelspec.name = "python3"
    for broken in (printed, counted, stray, other):
        assert len(faults(broken)) == 1


def test_logic_in_a_dashboard_is_seen():
    """A loop in a dashboard's cell is found, a call is not."""
    notebook = _sound()
    assert logic(notebook) == []
    notebook.cells[0].source = "for one in range(3):\n    print(one)"
    assert logic(notebook) == ["For"]
