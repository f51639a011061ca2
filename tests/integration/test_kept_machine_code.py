"""Machine code kept on disk: broken, foreign, stale or unwritable, it never reaches a person."""

from __future__ import annotations

import importlib
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

PROJECT = Path(__file__).parents[2]
SOURCE = """
from bifrost_kernel.engines.strategy.calc.jit import compiled
from {name}_terms import RATE, scaled

@compiled
def total(values):
    worth = 0.0
    for one in values:
        worth += scaled(one) + RATE
    return worth
"""
TERMS = """
from bifrost_kernel.engines.strategy.calc.jit import compiled

RATE = {rate}
FACTOR = {factor}

@compiled
def scaled(x):
    return x * FACTOR
"""
VALUES = np.arange(5.0)


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A folder of compiled modules on the path, whose code lies in its own __pycache__."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("kept_"):
            del sys.modules[name]


def write(folder, name, *, rate=1.0, factor=2.0):
    """Write the two modules."""
    (folder / f"{name}_terms.py").write_text(TERMS.format(rate=rate, factor=factor))
    (folder / f"{name}.py").write_text(SOURCE.format(name=name))


def fresh(name):
    """Import the module as a new process would, and return its function."""
    for one in (f"{name}_terms", name):
        sys.modules.pop(one, None)
    importlib.invalidate_caches()
    return importlib.import_module(name).total


def hits(loop):
    """How often the function's code was found on disk."""
    return sum(loop.stats.cache_hits.values())


def kept(folder):
    """The files of machine code."""
    return sorted(folder.rglob("*.nbc"))


def test_code_is_kept_and_found_again(library):
    """The first call compiles, the next process loads."""
    write(library, "kept_once")
    first, second = fresh("kept_once"), None
    assert first(VALUES) == 25.0
    assert hits(first) == 0
    second = fresh("kept_once")
    assert second(VALUES) == 25.0
    assert hits(second) == 1
    assert len(kept(library)) == 2


class _Nowhere:
    """What unpickles to an import that fails, as code of another numba does."""

    def __reduce__(self):
        return (importlib.import_module, ("no_such_module_anywhere",))


def _truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _empty(path):
    path.write_bytes(b"")


def _garbage(path):
    path.write_bytes(bytes(range(256)) * 40)


def _flip(path):
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 0xFF
    path.write_bytes(bytes(body))


def _head_only(path):
    path.write_bytes(path.read_bytes()[:160])


def _numbas_own(path):
    path.write_bytes(pickle.dumps("0.1.0") + pickle.dumps(("stamp", {})))


def _folder(path):
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "spoil", [_truncate, _empty, _garbage, _flip, _head_only, _numbas_own, Path.unlink]
)
def test_a_broken_file_is_made_again(library, spoil):
    """The result is the same, nothing is raised, and the next process finds good code."""
    name = f"kept_{spoil.__name__.strip('_')}"
    write(library, name)
    assert fresh(name)(VALUES) == 25.0
    for path in kept(library):
        spoil(path)
    mended = fresh(name)
    assert mended(VALUES) == 25.0
    assert hits(mended) == 0
    good = fresh(name)
    assert good(VALUES) == 25.0
    assert hits(good) == 1


def test_a_place_that_cannot_be_read_nor_replaced_costs_the_keeping_only(library):
    """A folder where the file should be: every process compiles."""
    write(library, "kept_blocked")
    fresh("kept_blocked")(VALUES)
    for path in kept(library):
        _folder(path)
    for _ in range(2):
        loop = fresh("kept_blocked")
        assert loop(VALUES) == 25.0
        assert hits(loop) == 0


def test_sound_code_of_another_compiler_is_not_used(library):
    """A whole file that cannot be rebuilt here is a file that is not there."""
    from bifrost_kernel.engines.strategy.calc import code_cache

    write(library, "kept_foreign")
    fresh("kept_foreign")(VALUES)
    for path in kept(library):
        head = path.read_bytes()[: len(code_cache._MAGIC) + 64]
        body = pickle.dumps(_Nowhere())
        path.write_bytes(head + code_cache._checksum(body) + body)
    loop = fresh("kept_foreign")
    assert loop(VALUES) == 25.0
    assert hits(loop) == 0


def test_a_stop_while_loading_is_not_swallowed(library, monkeypatch):
    """Control-C is for the person's program to hear."""
    from bifrost_kernel.engines.strategy.calc import code_cache

    def stop(*_, **__):
        raise KeyboardInterrupt

    write(library, "kept_stopped")
    monkeypatch.setattr(code_cache._Place, "load", stop)
    with pytest.raises(KeyboardInterrupt):
        fresh("kept_stopped")(VALUES)


@pytest.mark.parametrize("changed", [{"factor": 3.0}, {"rate": 2.0}])
def test_a_change_in_what_it_calls_is_noticed(library, changed):
    """Code of a function whose own file is as it was is stale when a called one changed."""
    write(library, "kept_stale")
    assert fresh("kept_stale")(VALUES) == 25.0
    write(library, "kept_stale", **changed)
    loop = fresh("kept_stale")
    assert loop(VALUES) == {"factor": 35.0, "rate": 30.0}[next(iter(changed))]
    assert hits(loop) == 0


PROGRAM = """
import json, sys
import numpy as np
import {name}
print(json.dumps([{name}.total(np.arange(5.0, dtype=kind)) for kind in sys.argv[1].split()]))
print(sum({name}.total.stats.cache_hits.values()), file=sys.stderr)
"""


def start(folder, name, kinds, **environment):
    """Start another process that calls the function on arrays of these types."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(name=name), kinds],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": f"{PROJECT}{os.pathsep}{folder}", **environment},
    )  # fmt: skip


def ended(process):
    """Return a process's answers and how many were found on disk."""
    out, errors = process.communicate(timeout=240)
    assert process.returncode == 0, errors
    return json.loads(out), int(errors)


def test_processes_that_compile_at_once_leave_good_code(library):
    """Different signatures and the same one at the same time: each later process loads its own."""
    write(library, "kept_race")
    both = [start(library, "kept_race", kinds) for kinds in ("float64 int64", "int64 float32")]
    for process in both:
        assert ended(process)[0] == [25.0, 25.0]
    answers, found = ended(start(library, "kept_race", "float64 int64 float32"))
    assert (answers, found) == ([25.0] * 3, 3)
    assert not list(library.rglob("*.tmp.*"))


def test_a_package_that_cannot_be_written_runs(library):
    """No folder to keep anything in: it compiles, and says nothing."""
    write(library, "kept_nowhere")
    (library / "__pycache__").write_text("a file where the folder would be")
    (library / "home").write_text("likewise")
    answers, found = ended(
        start(library, "kept_nowhere", "float64", HOME=str(library / "home"), NUMBA_CACHE_DIR="")
    )
    assert (answers, found) == ([25.0], 0)
    assert kept(library) == []


def test_a_named_folder_is_used_instead(library):
    """NUMBA_CACHE_DIR says where, also when the package cannot be written."""
    write(library, "kept_named")
    (library / "__pycache__").write_text("a file where the folder would be")
    elsewhere = library / "elsewhere"
    for found in (0, 1):
        process = start(library, "kept_named", "float64", NUMBA_CACHE_DIR=str(elsewhere))
        assert ended(process) == ([25.0], found)
    assert len(kept(elsewhere)) == 2
