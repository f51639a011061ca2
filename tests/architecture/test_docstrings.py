"""Everything public says what it is, and every test says what it shows."""

import ast
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def undocumented(path):
    """Return the public names of a module that have no docstring; overloads need none."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [] if ast.get_docstring(tree) or not tree.body else [f"{path}"]
    waiting = [(tree, "")]
    while waiting:
        scope, prefix = waiting.pop()
        for node in scope.body:
            if not isinstance(node, DEFINITIONS) or node.name.startswith("_"):
                continue
            marks = {ast.unparse(one).split(".")[-1] for one in node.decorator_list}
            if not ast.get_docstring(node) and not marks & {"overload", "setter", "override"}:
                found.append(f"{path}: {prefix}{node.name}")
            if isinstance(node, ast.ClassDef):
                waiting.append((node, f"{prefix}{node.name}."))
    return found


def undocumented_tests(path):
    """Return the tests of a module that do not say in a sentence what they show."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        f"{path.name}: {node.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]


def test_everything_public_has_a_docstring():
    """Every public module, class, function and method of the package has a docstring."""
    modules = sorted((PROJECT / "bifrost_kernel").rglob("*.py"))
    assert [one for path in modules for one in undocumented(path)] == []


def test_every_test_has_a_docstring():
    """Every test says in a sentence what it shows."""
    tests = sorted((PROJECT / "tests").rglob("test_*.py"))
    assert [one for path in tests for one in undocumented_tests(path)] == []


def test_test_files_have_names_of_their_own():
    """No two test files share a name, so that a failure names one place."""
    names = [one.name for one in (PROJECT / "tests").rglob("test_*.py")]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "text",
    [
        "a = 1\n",
        '"""M."""\n\n\ndef f():\n    pass\n',
        '"""M."""\n\n\nclass C:\n    """C."""\n\n    def f(self):\n        pass\n',
    ],
)
def test_each_missing_docstring_is_seen(tmp_path, text):
    """A module, a function and a method without a docstring are each found."""
    path = tmp_path / "planted.py"
    path.write_text('"""M."""\n\n\ndef _f():\n    pass\n', encoding="utf-8")
    assert undocumented(path) == []
    path.write_text(text, encoding="utf-8")
    assert len(undocumented(path)) == 1


def test_a_silent_test_is_seen(tmp_path):
    """A test without a docstring is found."""
    path = tmp_path / "test_planted.py"
    path.write_text("def test_it():\n    pass\n", encoding="utf-8")
    assert len(undocumented_tests(path)) == 1
