"""Files and functions stay small enough to be read at one sitting."""

import ast
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = PROJECT / "bifrost_kernel"

MOST_FILE_LINES = 400
MOST_MEDIAN_LINES = 200
MOST_FUNCTION_LINES = 60
FORBIDDEN_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "manager",
    "misc",
    "data",
    "info",
}


def modules(root):
    """Return every Python file below a folder."""
    return sorted(root.rglob("*.py"))


def lines_of(path):
    """Count a file's lines."""
    return len(path.read_text(encoding="utf-8").splitlines())


def long_files(root):
    """Return files that are over budget."""
    return [f"{one}: {lines_of(one)}" for one in modules(root) if lines_of(one) > MOST_FILE_LINES]


def median_lines(root):
    """Return the median length of the files that say more than what they are."""
    return statistics.median(lines for one in modules(root) if (lines := lines_of(one)) > 5)


def documenting_lines(node):
    """Count the lines of a function's docstring."""
    if ast.get_docstring(node) is None:
        return 0
    return node.body[0].end_lineno - node.body[0].lineno + 1


def long_functions(root):
    """Return functions that are over budget; what documents them is not counted."""
    found = []
    for path in modules(root):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = node.end_lineno - node.lineno + 1 - documenting_lines(node)
                if lines > MOST_FUNCTION_LINES:
                    found.append(f"{path}:{node.lineno} {node.name}: {lines}")
    return found


def vague_names(root):
    """Return files and folders whose names say nothing."""
    return [
        str(one)
        for one in root.rglob("*")
        if one.stem in FORBIDDEN_NAMES and (one.suffix == ".py" or one.is_dir())
    ]


def tangled_functions(root):
    """Return what the linter says about complexity, its own exceptions ignored."""
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--ignore-noqa", "--no-cache"]
    command += ["--select", "C901", "--config", "lint.mccabe.max-complexity = 10"]
    command += ["--output-format", "concise", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [] if done.returncode == 0 else (done.stdout + done.stderr).splitlines()


def test_no_file_is_longer_than_400_lines():
    """No file of the package, and none of its tests, is longer than 400 lines."""
    assert long_files(PACKAGE) == []
    assert long_files(PROJECT / "tests") == []


def test_the_median_file_has_at_most_200_lines():
    """The median file of the package has at most 200 lines."""
    assert median_lines(PACKAGE) <= MOST_MEDIAN_LINES


def test_no_function_is_longer_than_60_lines():
    """No function of the package is longer than 60 lines."""
    assert long_functions(PACKAGE) == []


def test_no_function_is_more_complex_than_10():
    """No function of the package is more complex than 10, and nothing is exempt."""
    assert tangled_functions(PACKAGE) == []


def test_no_module_has_a_name_that_says_nothing():
    """No module of the package is called utils, helpers, common, manager or misc."""
    assert vague_names(PACKAGE) == []


def _plant(folder, name, text):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("check", "name", "text"),
    [
        (long_files, "long.py", "a = 1\n" * 401),
        (long_functions, "long.py", "def f():\n" + "    a = 1\n" * 60),
        (
            tangled_functions,
            "tangle.py",
            "def f(a):  # noqa: C901\n" + "    if a:\n        a()\n" * 10,
        ),
        (vague_names, "engines/utils/__init__.py", ""),
        (vague_names, "engines/misc.py", ""),
    ],
)
def test_each_budget_is_seen_to_be_broken(tmp_path, check, name, text):
    """Each check finds one planted offence, and nothing in a tidy tree."""
    _plant(tmp_path, "tidy.py", "def f():\n    return 1\n")
    assert check(tmp_path) == []

    _plant(tmp_path, name, text)
    assert len(check(tmp_path)) >= 1


def test_the_median_is_seen_to_grow(tmp_path):
    """A tree of long files has a median over budget."""
    _plant(tmp_path, "long.py", "a = 1\n" * 300)
    assert median_lines(tmp_path) > MOST_MEDIAN_LINES
