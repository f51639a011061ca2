"""The Names port, over the file of names and a dictionary."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bifrost_kernel.storage.names import NameCache

SEEDS = {"symbols": ("AAPL", "IBM")}


class FakeNames:
    """The port in a dictionary."""

    def __init__(self, seeds):
        self._kept = dict(seeds)

    def read(self, kind):
        """Return what was kept."""
        return self._kept.get(kind, ())

    def keep(self, kind, names):
        """Keep it."""
        self._kept[kind] = tuple(names)


@pytest.fixture
def path(tmp_path):
    """Where the names of the file are kept; its folder is not there yet."""
    return tmp_path / "home" / "names.json"


@pytest.fixture(params=["file", "fake"])
def names(request, path):
    """Each keeper of names in turn, with two symbols to begin with."""
    return NameCache(path, SEEDS) if request.param == "file" else FakeNames(SEEDS)


def test_before_anything_is_kept_the_seeds_answer(names):
    """A first completion has something to offer; an unknown kind has nothing."""
    assert names.read("symbols") == ("AAPL", "IBM")
    assert names.read("universes") == ()
    assert names.read("no such kind") == ()


def test_what_is_kept_is_read_in_its_order(names):
    """Newest runs stay first; any sequence will do."""
    names.keep("runs", ["b", "a", "c"])
    assert names.read("runs") == ("b", "a", "c")
    names.keep("runs", ("d",))
    assert names.read("runs") == ("d",)


def test_a_kind_that_was_emptied_stays_empty(names):
    """The seeds do not come back."""
    names.keep("symbols", [])
    assert names.read("symbols") == ()


def test_one_kind_leaves_the_others_alone(names):
    """Universes do not touch runs."""
    names.keep("runs", ["a"])
    names.keep("universes", ["tech"])
    assert names.read("runs") == ("a",)
    assert names.read("symbols") == ("AAPL", "IBM")


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kept=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), max_size=6))
def test_any_text_is_a_name(names, kept):
    """Quotes, line ends, other scripts."""
    names.keep("symbols", kept)
    assert names.read("symbols") == tuple(kept)


def test_another_desk_reads_what_was_kept(path):
    """The file is the memory; nothing of it is held in the object."""
    first, second = NameCache(path, SEEDS), NameCache(path, {})
    assert not second.is_kept
    first.keep("symbols", ["苹果"])
    assert second.is_kept
    assert second.read("symbols") == ("苹果",)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"\xff\xfe\x00", b"null", b"5", b'"symbols"', b"[1, 2]",
        b'{"symbols": 5}', b'{"symbols": "IBM"}', b'{"symbols": {"IBM": 1}}',
        b'{"symbols": [1, null, {}]}', b"[" * 200_000, b'{"symbols": ["IBM"', b"\0" * 4096,
    ],
)  # fmt: skip
def test_a_damaged_file_is_as_good_as_none(path, content):
    """The seeds answer, and keeping mends the file."""
    path.parent.mkdir()
    path.write_bytes(content)
    names = NameCache(path, SEEDS)
    assert names.read("symbols") == ("AAPL", "IBM")
    assert names.read("runs") == ()
    assert not names.is_kept
    names.keep("runs", ["a"])
    names.keep("symbols", ["MSFT"])
    assert (names.read("runs"), names.read("symbols")) == (("a",), ("MSFT",))


def test_a_damaged_kind_does_not_take_the_others_along(path):
    """What can be read is read."""
    path.parent.mkdir()
    path.write_text(json.dumps({"symbols": 5, "runs": ["a"]}))
    names = NameCache(path, SEEDS)
    assert (names.read("symbols"), names.read("runs")) == (("AAPL", "IBM"), ("a",))


@pytest.mark.parametrize("hindrance", ["a file for a folder", "a folder for a file", "no space"])
def test_a_place_that_cannot_be_written_costs_nothing_but_completions(path, hindrance, monkeypatch):
    """Keeping is let be without a word, and reading goes on."""
    if hindrance == "a file for a folder":
        path.parent.write_text("no folder")
    elif hindrance == "a folder for a file":
        path.mkdir(parents=True)
    else:
        monkeypatch.setattr("pathlib.Path.write_bytes", _full)
    names = NameCache(path, SEEDS)
    names.keep("runs", ["a"])
    names.keep("symbols", ["MSFT"])
    assert names.read("symbols") == ("AAPL", "IBM")
    assert names.read("runs") == ()
    assert list(path.parent.parent.rglob("*.tmp")) == []


def _full(*_words, **_options):
    raise OSError(28, "No space left on device")


def test_fewer_names_leave_nothing_of_the_longer_ones_behind(path):
    """The file is written over, and what is shorter is whole all the same."""
    names = NameCache(path, {})
    names.keep("symbols", ["LONG"] * 50)
    for symbols in (["A"], [], ["B", "C"], ["LONGER"] * 90, ["D"]):
        names.keep("symbols", symbols)
        assert names.read("symbols") == tuple(symbols)
        assert json.loads(path.read_text()) == {"symbols": symbols}


def test_who_reads_while_another_writes_sees_whole_names(path):
    """Names that stand half-written for a moment are read again."""
    names, other = NameCache(path, SEEDS), NameCache(path, SEEDS)
    names.keep("runs", ["0" * 24] * 50)
    path.write_bytes(b'{"runs": ["0000')
    with ThreadPoolExecutor(1) as pool:
        with names._lock:
            asked = pool.submit(other.read, "runs")
            path.write_bytes(b'{"runs": ["whole"]}')
        assert asked.result(30) == ("whole",)


def test_threads_that_keep_at_once_lose_nothing(path):
    """Each kind is there at the end, whole."""
    names = NameCache(path, {})
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: names.keep(f"kind{n}", [str(n)] * 50), range(24)))
    assert [names.read(f"kind{n}") for n in range(24)] == [(str(n),) * 50 for n in range(24)]
    assert [one for one in path.parent.iterdir() if one.suffix == ".tmp"] == []


def test_processes_that_keep_at_once_lose_nothing(path):
    """Two kernels of one home do not undo each other's names."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom bifrost_kernel.storage.names import NameCache\n"
        "names = NameCache(Path(sys.argv[1]), {})\n"
        "for n in range(20):\n    names.keep(f'{sys.argv[2]}{n}', [sys.argv[2]])\n"
        "    assert names.read(f'{sys.argv[2]}{n}') == (sys.argv[2],)\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(path), one]) for one in "abc"]
    assert [one.wait() for one in running] == [0, 0, 0]
    kept = json.loads(path.read_text())
    assert sorted(kept) == sorted(f"{one}{n}" for one in "abc" for n in range(20))
