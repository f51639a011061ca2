"""The ContextSource port, over the kernel's watch, a bare context and a fake."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import FrozenInstanceError
from types import SimpleNamespace

import pytest

from bifrost_kernel.domain.context import CellContext
from bifrost_kernel.kernel.context import CellWatch


class FakeContext:
    """The port with one answer."""

    def __call__(self):
        """Return the cell that a test wants."""
        return CellContext("c1", "0" * 64, "ideas.ipynb")


@pytest.fixture(params=["watch", "bare", "fake"])
def source(request):
    """Each teller of cells in turn; a script has the bare context's own class."""
    return {"watch": CellWatch(), "bare": CellContext, "fake": FakeContext()}[request.param]


def test_it_can_be_asked_anywhere(source):
    """In a script, in a test, in a thread: a context comes back, never an error."""
    told = [source()]
    thread = threading.Thread(target=lambda: told.append(source()))
    thread.start()
    thread.join()
    assert [type(one) for one in told] == [CellContext, CellContext]


def test_the_same_place_is_told_the_same_way(source):
    """Asking changes nothing, and answers can be compared and kept."""
    assert source() == source()
    assert len({source(), source()}) == 1


def test_an_answer_is_text_or_nothing(source):
    """It goes into a run's record as it is."""
    told = source()
    for one in (told.cell_id, told.source_hash, told.notebook):
        assert one is None or (isinstance(one, str) and one)


def test_an_answer_cannot_be_changed(source):
    """A record keeps what was told then."""
    with pytest.raises(FrozenInstanceError):
        source().cell_id = "another"


@pytest.mark.parametrize("source", [CellWatch(), CellContext])
def test_outside_a_cell_no_cell_is_known(source):
    """No cell is better than a wrong one."""
    assert source() == CellContext()


def test_the_watch_tells_the_cell_that_runs_and_forgets_it():
    """An answer that was given before stays as it was."""
    watch = CellWatch("ideas.ipynb")
    info = SimpleNamespace(raw_cell="1 + 1", cell_id="c7")
    watch.begin(info)
    during = watch()
    watch.end(SimpleNamespace(info=info))
    digest = hashlib.sha256(b"1 + 1").hexdigest()
    assert during == CellContext("c7", digest, "ideas.ipynb")
    assert watch() == CellContext(notebook="ideas.ipynb")
