"""The Ids port, over the system's ids and counted ones."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from bifrost_kernel.compute import system
from bifrost_kernel.compute.system import SystemIds

MANY = 2_000


class FakeIds:
    """Counted ids: the first is 1."""

    def __init__(self):
        self._count = itertools.count(1)

    def new(self):
        """Return the next number in hex."""
        return f"{next(self._count):024x}"


@pytest.fixture(params=[SystemIds, FakeIds])
def ids(request):
    """Each source of ids in turn."""
    return request.param()


def test_an_id_is_lower_case_hex_of_one_length(ids):
    """It can be typed, be a file's name, and be told by its beginning."""
    made = [ids.new() for _ in range(MANY)]
    assert {len(one) for one in made} == {24}
    assert all(re.fullmatch("[0-9a-f]+", one) for one in made)


def test_no_id_is_given_twice(ids):
    """Not in a row, and not to threads that ask at once."""
    made = [ids.new() for _ in range(MANY)]
    with ThreadPoolExecutor(8) as pool:
        made += pool.map(lambda _: ids.new(), range(MANY))
    assert len(set(made)) == len(made) == 2 * MANY


def test_ids_sort_by_the_time_of_their_making(ids):
    """Those of one and the same millisecond too."""
    made = [ids.new() for _ in range(MANY)]
    assert made == sorted(made)


def test_two_sources_in_one_process_never_meet():
    """Each desk has its own source."""
    one, other = SystemIds(), SystemIds()
    made = [source.new() for _ in range(MANY) for source in (one, other)]
    assert len(set(made)) == len(made)


def test_processes_that_ask_at_once_never_meet():
    """Several kernels write into one home."""
    code = (
        "from bifrost_kernel.compute.system import SystemIds\n"
        f"ids = SystemIds()\nprint(*(ids.new() for _ in range({MANY})))"
    )
    began = SystemIds().new()
    running = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    made = [one for process in running for one in process.communicate()[0].split()]
    assert len(set(made)) == len(made) == 3 * MANY
    assert all(began < one < SystemIds().new() for one in made)


def test_a_clock_that_is_set_back_does_not_set_the_ids_back(monkeypatch):
    """The order of making holds whatever the machine's clock does."""
    times = iter([5_000_000_000, 5_000_000_000, 2_000_000_000, 9_000_000_000])
    monkeypatch.setattr(system.time, "time_ns", lambda: next(times))
    ids = SystemIds()
    made = [ids.new() for _ in range(4)]
    assert made == sorted(set(made))
    assert [int(one[:12], 16) for one in made] == [5000, 5000, 5000, 9000]
