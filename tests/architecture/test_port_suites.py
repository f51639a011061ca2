"""Every port has a contract suite, and every adapter is in it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = PROJECT / "bifrost_kernel"
SUITES = PROJECT / "tests" / "contract"
PORTS = (PACKAGE / "workflows" / "ports.py").read_text(encoding="utf-8")


def classes_of(source):
    """Return a module's classes by name."""
    return {one.name: one for one in ast.parse(source).body if isinstance(one, ast.ClassDef)}


def verbs_of(node):
    """Return the parameters of each public method of a class, by method."""
    return {
        one.name: {word.arg for word in (*one.args.args, *one.args.kwonlyargs)}
        for one in node.body
        if isinstance(one, ast.FunctionDef) and (one.name == "__call__" or one.name[0] != "_")
    }


def fits(node, port):
    """Tell whether a class has every method of a port, with its parameters."""
    verbs = verbs_of(node)
    return all(name in verbs and words <= verbs[name] for name, words in verbs_of(port).items())


def ports_of(source):
    """Return the protocols of a module by name."""
    return {
        name: node
        for name, node in classes_of(source).items()
        if any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases)
    }


@cache
def classes_below(package):
    """Return the name and the class of each that a package has, but for its ports."""
    sources = [one for one in package.rglob("*.py") if one.name != "ports.py"]
    found = (classes_of(one.read_text(encoding="utf-8")) for one in sources)
    return [pair for classes in found for pair in classes.items()]


def adapters_of(port, package):
    """Return the names of the classes of a package that fit a port."""
    return {name for name, node in classes_below(package) if fits(node, port)}


def suites_of(name, suites):
    """Return the source of a port's suites: ``test_bar_store.py``, ``test_bar_store_more.py``."""
    stem = "".join(f"_{one.lower()}" if one.isupper() else one for one in name)
    found = (*suites.glob(f"test{stem}.py"), *suites.glob(f"test{stem}_*.py"))
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(found))


def faults(ports, package, suites):
    """Return what is missing: a suite, its tests, an adapter in it."""
    found = []
    for name, port in ports_of(ports).items():
        suite = suites_of(name, suites)
        if "def test_" not in suite:
            found.append(f"{name} has no suite in tests/contract")
        named = {one.id for one in ast.walk(ast.parse(suite)) if isinstance(one, ast.Name)}
        missing = sorted(adapters_of(port, package) - named)
        found += [f"{one} is not in the suite of {name}" for one in missing]
    return found


def test_every_port_has_a_suite_with_every_adapter_in_it():
    """A port on the page of ports, or a class that fits one, does not come without its tests."""
    assert faults(PORTS, PACKAGE, SUITES) == []


def test_there_are_ports_and_each_has_an_adapter():
    """The measure above has something to measure."""
    ports = ports_of(PORTS)
    assert {"Clock", "BarStore", "Simulator", "ContextSource"} <= set(ports)
    assert [name for name, port in ports.items() if not adapters_of(port, PACKAGE)] == []


NEW_PORT = """
class Telegraph(Protocol):
    def send(self, text: str) -> None: ...
"""
ADAPTER = """
class WireTelegraph:
    def send(self, text: str, *, twice: bool = False) -> None: ...

class Postman:
    def send(self, letter: str) -> None: ...
"""


@pytest.mark.parametrize(
    ("suite", "says"),
    [
        (None, ["Telegraph has no suite", "WireTelegraph is not in the suite of Telegraph"]),
        ("def test_it(): FakeTelegraph()", ["WireTelegraph is not in the suite of Telegraph"]),
        ("WireTelegraph()", ["Telegraph has no suite"]),
        ("def test_it(): WireTelegraph()", []),
    ],
)
def test_a_new_port_or_adapter_without_a_suite_is_seen(tmp_path, suite, says):
    """The measure goes red for a port without a suite, and for an adapter that is not in it."""
    package, suites = tmp_path / "package", tmp_path / "suites"
    package.mkdir()
    suites.mkdir()
    (package / "wire.py").write_text(ADAPTER)
    if suite is not None:
        (suites / "test_telegraph.py").write_text(suite)
    found = faults(NEW_PORT, package, suites)
    assert len(found) == len(says)
    assert all(one.startswith(word) for one, word in zip(found, says, strict=True))
