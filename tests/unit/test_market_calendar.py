"""Trading calendars: sessions, closes and the bar ends that follow from them."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from bifrost_kernel.domain.bars import BarSpec
from bifrost_kernel.domain.errors import UnknownNameError
from bifrost_kernel.engines.marketdata import engine


def instant(text):
    """Return ns UTC of an ISO instant."""
    return int(np.datetime64(text, "ns").astype(np.int64))


def test_closes_honour_early_closes_and_daylight_saving():
    """3 July 2012 closed at 13:00 New York; winter closes lie an hour later in UTC."""
    sessions, closes = engine.session_closes("XNAS", date(2012, 7, 2), date(2012, 7, 5))
    assert sessions.astype(str).tolist() == ["2012-07-02", "2012-07-03", "2012-07-05"]
    assert closes.tolist() == [
        instant("2012-07-02T20:00"), instant("2012-07-03T17:00"), instant("2012-07-05T20:00")
    ]  # fmt: skip
    _, winter = engine.session_closes("XNAS", date(2012, 1, 3), date(2012, 1, 3))
    assert winter.tolist() == [instant("2012-01-03T21:00")]


def test_sessions_reach_back_before_the_library_default():
    """The sample's 3,270 sessions from 2000 on are all known, 11 September 2001 is none."""
    sessions, _ = engine.session_closes("XNAS", date(2000, 3, 1), date(2013, 3, 1))
    assert len(sessions) == 3270
    assert np.datetime64("2001-09-11") not in sessions
    assert len(engine.session_closes("XNYS", date(1950, 1, 1), date(1950, 12, 31))[0]) > 240


@pytest.mark.parametrize("mic", ["XNAS", "XHKG", "XXXX"])
@pytest.mark.parametrize("now", ["2012-12-31T17:00", "2012-12-28T21:00", "2012-07-03T16:59:59.5"])
@pytest.mark.parametrize(("spec", "counted"), [("1m", 0), ("5m", 0), ("1d", 1), ("1w", 1)])
def test_until_its_next_change_the_latest_session_stays_and_then_it_is_another(
    mic, now, spec, counted
):
    """Openings count for minutes, closes for days; weekends, holidays and early closes too."""
    instant = datetime.fromisoformat(now).replace(tzinfo=UTC)
    change = engine.next_change(mic, BarSpec.parse(spec), instant)
    before = engine.latest_sessions(mic, instant)[counted]
    assert change > instant
    assert engine.latest_sessions(mic, change - timedelta(seconds=1))[counted] == before
    assert engine.latest_sessions(mic, change)[counted] > before


def test_an_unknown_venue_names_the_nearest():
    """A mistyped MIC is a one-line error."""
    with pytest.raises(UnknownNameError, match=r"unknown venue 'XLOM', did you mean 'XLON'"):
        engine.session_closes("XLOM", date(2012, 1, 1), date(2012, 2, 1))


def test_a_calendar_with_bounds_is_cut_not_refused():
    """Seoul's holidays are recorded from 1956 on only."""
    sessions, _ = engine.session_closes("XKRX", date(1940, 1, 1), date(1956, 2, 1))
    assert str(sessions[0]) == "1956-01-02"
    assert len(engine.session_closes("XKRX", date(1940, 1, 1), date(1941, 1, 1))[0]) == 0


def test_intraday_bars_step_from_the_open_and_the_last_is_shorter():
    """An early close leaves four bars of an hour, the last of half an hour."""
    sessions, ends = engine.bar_ends("XNAS", BarSpec(1, "h"), date(2012, 7, 3), date(2012, 7, 4))
    assert ends.tolist() == [
        instant(f"2012-07-03T{at}") for at in ("14:30", "15:30", "16:30", "17:00")
    ]
    assert set(sessions.astype(str)) == {"2012-07-03"}
    _, year = engine.bar_ends("XNAS", BarSpec(1, "m"), date(2013, 1, 2), date(2013, 12, 31))
    assert len(year) == 252 * 390 - 3 * 180


def test_a_lunch_break_makes_no_bars():
    """Tokyo pauses from 11:30 to 12:30."""
    _, ends = engine.bar_ends("XTKS", BarSpec(30, "m"), date(2012, 7, 3), date(2012, 7, 3))
    assert len(ends) == 10
    assert instant("2012-07-03T03:00") not in ends
    assert ends[-1] == instant("2012-07-03T06:00")


def test_a_week_ends_with_its_last_session_and_only_when_it_is_over():
    """Good Friday moves a week's end to Thursday; a week cut by the range does not count."""
    sessions, _ = engine.bar_ends("XNAS", BarSpec(1, "w"), date(2012, 4, 2), date(2012, 4, 18))
    assert sessions.astype(str).tolist() == ["2012-04-05", "2012-04-13"]


def test_bars_of_several_days_do_not_depend_on_where_the_range_begins():
    """The same session ends the same bar in every range."""
    spec = BarSpec(3, "d")
    whole, _ = engine.bar_ends("XNAS", spec, date(2012, 1, 3), date(2012, 3, 1))
    later, _ = engine.bar_ends("XNAS", spec, date(2012, 2, 8), date(2012, 3, 1))
    assert whole.tolist()[-len(later) :] == later.tolist()


@pytest.mark.parametrize(
    ("now", "begun", "ended"),
    [
        (datetime(2012, 7, 3, 16, 59, tzinfo=UTC), "2012-07-03", "2012-07-02"),
        (datetime(2012, 7, 3, 17, 0, tzinfo=UTC), "2012-07-03", "2012-07-03"),
        (datetime(2012, 7, 4, 18, 0, tzinfo=UTC), "2012-07-03", "2012-07-03"),
        (datetime(2012, 7, 5, 13, 0, tzinfo=UTC), "2012-07-03", "2012-07-03"),
    ],
)
def test_the_latest_sessions_follow_the_clock(now, begun, ended):
    """A session has begun at its open and is over at its close, early ones too."""
    assert tuple(map(str, engine.latest_sessions("XNAS", now))) == (begun, ended)
