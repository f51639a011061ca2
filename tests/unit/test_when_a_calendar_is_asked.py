"""A venue's calendar is asked only where there can be something new: its library loads slowly."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bifrost_kernel.engines.marketdata import engine
from tests.market_desk import Desk, Shop
from tests.market_samples import AAPL, DAY, daily, minutes


@pytest.fixture
def shop():
    """A provider of AAPL's year 2012."""
    return Shop(daily("2012-01-03", "2012-12-31"))


@pytest.fixture
def desk(tmp_path, shop):
    """A desk with that provider, at noon of the last session of 2012."""
    return Desk(tmp_path, shop)


@pytest.fixture
def calendars(monkeypatch):
    """Note whose calendar is asked."""
    noted = []

    def asked(mic, now):
        noted.append(mic)
        return latest_sessions(mic, now)

    latest_sessions = engine.latest_sessions
    monkeypatch.setattr(engine, "latest_sessions", asked)
    return noted


@pytest.mark.parametrize("options", [{}, {"end": "2013-06-01"}])
def test_a_calendar_is_not_asked_while_there_can_be_nothing_new(desk, shop, calendars, options):
    """From the last session's bars to the next close the stored ones are all there are."""
    first = desk.fetch("AAPL", **options)
    calendars.clear()
    for time in ("17:01", "20:59"):
        desk.time = datetime.fromisoformat(f"2012-12-31T{time}+00:00")
        assert desk.fetch("AAPL").fingerprint == first.fingerprint
        assert len(desk.fetch("AAPL", start="2012-02-01", end="2013-06-01")) == 229
    assert (calendars, len(shop.asked)) == ([], 1)
    desk.time = datetime(2012, 12, 31, 21, 0, tzinfo=UTC)
    assert len(desk.fetch("AAPL")) == len(first) + 1
    assert calendars == ["XNAS"]


def test_a_past_range_that_is_stored_needs_no_calendar(desk, calendars):
    """Its end was asked before, whatever the time is now."""
    desk.fetch("AAPL", start="2012-03-01", end="2012-06-30")
    calendars.clear()
    desk.time = datetime(2026, 7, 31, 22, 0, tzinfo=UTC)
    assert len(desk.fetch("AAPL", start="2012-04-02", end="2012-06-30")) == 63
    assert calendars == []
    desk.fetch("AAPL", start="2012-04-02", end="2012-07-31")
    assert calendars == ["XNAS"]


def test_a_bar_that_is_late_is_looked_for_at_once(desk, shop, calendars):
    """An answer without the last session's bar says nothing of when there will be news."""
    shop.series[AAPL, DAY] = shop.series[AAPL, DAY].take(slice(0, -2))
    desk.fetch("AAPL")
    desk.fetch("AAPL")
    assert (len(calendars), len(shop.asked)) == (2, 2)


def test_minutes_are_looked_for_again_at_the_next_opening(tmp_path, calendars):
    """While a session runs each minute may be new; after its close none is until the next."""
    shop = Shop(minutes("2012-12-27", "2013-01-02"))
    desk = Desk(tmp_path, shop)
    for time, count in (
        ("2012-12-31T17:00", 1), ("2012-12-31T17:01", 2), ("2012-12-31T21:00", 3),
        ("2013-01-02T14:29", 3), ("2013-01-02T14:30", 4), ("2013-01-02T14:31", 5),
    ):  # fmt: skip
        desk.time = datetime.fromisoformat(f"{time}+00:00")
        desk.fetch("AAPL", spec="1m")
        assert (time, len(calendars)) == (time, count)


def test_a_refresh_asks_although_nothing_can_be_new(desk, shop, calendars):
    """Who doubts what is stored is not told that it is all there is."""
    desk.fetch("AAPL")
    desk.fetch("AAPL", refresh=True)
    assert (len(calendars), len(shop.asked)) == (2, 2)
