"""What lies outside the package uses its public names only, and those are all accounted for."""

import ast
import inspect
import json
from pathlib import Path

import pytest
from IPython.core.inputtransformer2 import TransformerManager

import bifrost_kernel as bf

PROJECT = Path(__file__).resolve().parents[2]
ROOMS = ("notebooks", "dashboards", "server_config")


def sources(path):
    """Return the Python text of a module, or of each code cell with its magics translated."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return [text]
    cells = json.loads(text)["cells"]
    code = ["".join(one["source"]) for one in cells if one["cell_type"] == "code"]
    return [TransformerManager().transform_cell(one) for one in code]


def users(root):
    """Return the notebooks and modules of the rooms outside the package."""
    found = [one for room in ROOMS for one in (root / room).rglob("*")]
    return sorted(one for one in found if one.suffix in {".py", ".ipynb"})


def inner_names(path):
    """Return each use of a name that the package does not offer."""
    return [
        f"{path}: {complaint}"
        for source in sources(path)
        for node in ast.walk(ast.parse(source))
        for complaint in complaints(node)
    ]


def complaints(node):
    """Return what one node of a syntax tree uses of the package without being offered it."""
    if isinstance(node, ast.Import):
        return [one.name for one in node.names if one.name.startswith("bifrost_kernel.")]
    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bifrost_kernel"):
        deep = node.module != "bifrost_kernel"
        return [
            f"{node.module}.{one.name}" for one in node.names if deep or one.name not in bf.__all__
        ]
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        offered = {"bf": bf.__all__, "bifrost_kernel": bf.__all__, "desk": verbs()}
        if node.attr not in offered.get(node.value.id, (node.attr,)):
            return [f"{node.value.id}.{node.attr}"]
    return []


def verbs():
    """Return what a desk offers by name."""
    return [name for name in dir(bf.Desk) if not name.startswith("_")]


def test_notebooks_dashboards_and_configuration_use_public_names_only():
    """Notebooks, dashboards and configuration use what the package and the desk offer, no more."""
    assert [one for path in users(PROJECT) for one in inner_names(path)] == []


def test_there_are_notebooks_and_dashboards_to_check():
    """The rooms hold what the check above is meant to read."""
    names = {one.name for one in users(PROJECT)}
    assert {"first_hour.ipynb", "tear_sheet.ipynb", "backtest_explorer.ipynb"} <= names


def test_public_names_are_sorted_exist_and_are_documented():
    """Every public name is listed in order, exists, and says what it is."""
    assert list(bf.__all__) == sorted(bf.__all__)
    for name in bf.__all__:
        value = getattr(bf, name)
        documents_itself = inspect.isclass(value) or inspect.isroutine(value)
        assert not documents_itself or inspect.getdoc(value), name


def test_dir_shows_every_public_name():
    """Completion after ``bf.`` shows every public name."""
    assert set(bf.__all__) <= set(dir(bf))


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("import bifrost_kernel.storage.runs", "bifrost_kernel.storage.runs"),
        ("from bifrost_kernel.domain import errors", "bifrost_kernel.domain.errors"),
        ("from bifrost_kernel import bootstrap", "bifrost_kernel.bootstrap"),
        ("%time bf.bootstrap", None),
        ("bf.bootstrap.open()", "bf.bootstrap"),
        ("desk._backend", "desk._backend"),
    ],
)
def test_each_inner_name_is_seen(tmp_path, line, complaint):
    """A notebook cell that reaches into the package is found; a magic's own text is not read."""
    cell = {"cell_type": "code", "source": ["import bifrost_kernel as bf\n", line]}
    path = tmp_path / "planted.ipynb"
    path.write_text(json.dumps({"cells": [cell]}), encoding="utf-8")

    assert inner_names(path) == ([f"{path}: {complaint}"] if complaint else [])
