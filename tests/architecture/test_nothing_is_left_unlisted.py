"""A strategy, a magic or a provider that was written is also listed where people find it."""

import ast
import shutil
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "bifrost_kernel"
LISTS = {
    "strategies": "strategies/__init__.py",
    "magics": "magics/overview.py",
    "providers": "bootstrap.py",
}


def declared(package, kind):
    """Return the names that the files of one kind declare."""
    trees = [ast.parse(one.read_text("utf-8")) for one in (package / kind).rglob("*.py")]
    nodes = [node for tree in trees for node in tree.body]
    if kind == "strategies":
        functions = [one for one in nodes if isinstance(one, ast.FunctionDef)]
        return {one.name for one in functions if "strategy(" in marks(one).split()}
    if kind == "magics":
        made = [one for one in nodes if isinstance(one, ast.Assign)]
        return {one.targets[0].id for one in made if ast.unparse(one.value).startswith("Command(")}
    classes = [one for one in nodes if isinstance(one, ast.ClassDef)]
    return {one.name for one in classes if one.name.endswith("Provider")}


def marks(function):
    """Return a function's decorators as text, each with its bracket."""
    return " ".join(ast.unparse(one).split("(")[0] + "(" for one in function.decorator_list)


def unlisted(package):
    """Return what is declared and not named in its list."""
    found = []
    for kind, place in LISTS.items():
        tree = ast.parse((package / place).read_text("utf-8"))
        used = {one.id for one in ast.walk(tree) if isinstance(one, ast.Name)}
        found += [f"{place}: {one}" for one in sorted(declared(package, kind) - used)]
    return found


def test_what_is_written_is_listed():
    """Every strategy, magic and provider can be found by its name."""
    assert all(len(declared(PACKAGE, kind)) >= 5 for kind in LISTS)
    assert unlisted(PACKAGE) == []


def test_what_was_forgotten_is_seen(tmp_path):
    """One of each kind is planted, and each is named."""
    shutil.copytree(PACKAGE, tmp_path / "p", ignore=shutil.ignore_patterns("__pycache__"))
    for kind, source in {
        "strategies": "@strategy\ndef lost(bars):\n    return bars\n",
        "magics": "LOST = Command('lost')\n",
        "providers": "class LostProvider:\n    name = 'lost'\n",
    }.items():
        (tmp_path / "p" / kind / "lost.py").write_text(source)
    assert unlisted(tmp_path / "p") == [
        "strategies/__init__.py: lost",
        "magics/overview.py: LOST",
        "bootstrap.py: LostProvider",
    ]
