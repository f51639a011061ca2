"""The Clock port, over the system's clock and one that a test moves."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from bifrost_kernel.compute.system import SystemClock


class FakeClock:
    """A clock that goes on by a second whenever it is asked."""

    def __init__(self):
        self._seconds = 0

    def now(self):
        """Return the instant, one second on."""
        return datetime(2024, 6, 14, 21, tzinfo=UTC) + timedelta(seconds=self.elapsed_seconds())

    def elapsed_seconds(self):
        """Return the seconds so far, and go on."""
        self._seconds += 1
        return float(self._seconds)


@pytest.fixture(params=[SystemClock, FakeClock])
def clock(request):
    """Each clock in turn."""
    return request.param()


def test_now_is_an_aware_instant_in_utc(clock):
    """No local time, and nothing to guess."""
    now = clock.now()
    assert now.tzinfo is UTC
    assert now.utcoffset() == timedelta(0)
    assert datetime.fromisoformat(now.isoformat()) == now


def test_elapsed_seconds_never_run_back(clock):
    """Whoever measures never measures less than nothing, in any thread."""
    readings = [clock.elapsed_seconds() for _ in range(1000)]
    beside = []
    thread = threading.Thread(target=lambda: beside.append(clock.elapsed_seconds()))
    thread.start()
    thread.join()
    readings += [*beside, clock.elapsed_seconds()]
    assert all(isinstance(one, float) for one in readings)
    assert readings == sorted(readings)


def test_elapsed_seconds_go_on_while_something_is_done(clock):
    """A difference of two readings tells more than nothing."""
    began = clock.elapsed_seconds()
    sum(range(200_000))
    assert clock.elapsed_seconds() > began


def test_elapsed_seconds_are_seconds(clock):
    """They keep step with the difference of two instants."""
    began, instant = clock.elapsed_seconds(), clock.now()
    threading.Event().wait(0.05)
    elapsed = clock.elapsed_seconds() - began
    assert elapsed == pytest.approx((clock.now() - instant).total_seconds(), abs=2.0)


def test_the_systems_clock_tells_the_time_of_this_machine():
    """The instant lies between two that the machine tells."""
    before = datetime.now(UTC)
    told = SystemClock().now()
    assert before <= told <= datetime.now(UTC)
