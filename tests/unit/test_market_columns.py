"""From a provider's columns to a series."""

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest

from bifrost_kernel.domain.bars import BarSpec
from bifrost_kernel.domain.errors import DataError, InvalidInputError
from bifrost_kernel.domain.instruments import InstrumentId
from bifrost_kernel.engines.marketdata import engine
from tests.market_samples import AAPL, DAY, MINUTE

HOUR, WEEK = BarSpec(1, "h"), BarSpec(1, "w")


def build(spec, count=1, instrument_id=AAPL, **stamps):
    """Build a series whose prices do not matter."""
    columns = {name: [1.0] * count for name in ("open", "high", "low", "close", "volume")}
    return engine.series_from_columns(instrument_id, spec, **columns, **stamps)


def ends(series):
    """Return the ends as text, UTC."""
    return series.end.astype("datetime64[ns]").astype("datetime64[s]").astype(str).tolist()


@pytest.mark.parametrize(
    "days",
    [["2012-07-03"], [date(2012, 7, 3)], np.array(["2012-07-03"], dtype="datetime64[D]"),
     pd.Series([pd.Timestamp("2012-07-03")])],
)  # fmt: skip
def test_a_session_date_ends_at_that_sessions_close(days):
    """Dates may come as text, date or datetime64; the early close of 3 July is kept."""
    assert ends(build(DAY, session_date=days)) == ["2012-07-03T17:00:00"]


def test_a_date_without_a_session_keeps_an_ordinary_close():
    """A bar of Independence Day is not lost: it ends at 16:00 New York."""
    series = build(DAY, session_date=["2012-07-04"])
    assert ends(series) == ["2012-07-04T20:00:00"]
    assert str(series.session_date[0]) == "2012-07-04"


@pytest.mark.parametrize("day", ["2012-04-02", "2012-04-05", "2012-04-08"])
def test_any_day_of_a_week_stands_for_the_week(day):
    """Monday, Thursday and Sunday name the week that ended on Maundy Thursday."""
    series = build(WEEK, session_date=[day])
    assert (ends(series), str(series.session_date[0])) == (["2012-04-05T20:00:00"], "2012-04-05")


def test_daily_timestamps_count_by_the_venues_own_date():
    """Midnight UTC is a date; an evening in New York is that day's, though UTC says tomorrow."""
    midnight = build(DAY, timestamps=pd.DatetimeIndex(["2012-07-03"], tz="UTC"))
    evening = build(DAY, timestamps=[datetime(2012, 7, 4, 0, 30, tzinfo=UTC)])
    assert str(midnight.session_date[0]) == str(evening.session_date[0]) == "2012-07-03"


def test_a_start_becomes_an_end_cut_at_the_close():
    """The hour that begins at 12:30 on an early close ends at 13:00."""
    begun = pd.DatetimeIndex(["2012-07-03 09:30", "2012-07-03 12:30"], tz="America/New_York")
    series = build(HOUR, 2, timestamps=begun, stamps="start")
    assert ends(series) == ["2012-07-03T14:30:00", "2012-07-03T17:00:00"]


def test_stamps_mean_the_same_instant_in_every_form():
    """Aware, naive with a zone, ISO text over a change of clocks, and nanoseconds agree."""
    utc = ["2012-11-02T14:00", "2012-11-05T15:00"]
    aware = [datetime.fromisoformat(f"{one}+00:00") for one in utc]
    forms = [
        {"timestamps": aware},
        {"timestamps": [aware[0], aware[1].astimezone(timezone(timedelta(hours=-5)))]},
        {"timestamps": ["2012-11-02T10:00-04:00", "2012-11-05 10:00:00-05:00"]},
        {
            "timestamps": pd.Series(["2012-11-02 10:00", "2012-11-05 10:00"]),
            "time_zone": "America/New_York",
        },
        {"timestamps": np.array(utc, dtype="datetime64[s]"), "time_zone": "UTC"},
        {"timestamps": np.array(utc, dtype="datetime64[ns]").astype(np.int64)},
    ]
    for form in forms:
        assert ends(build(HOUR, 2, **form)) == ["2012-11-02T14:00:00", "2012-11-05T15:00:00"]


def test_a_session_that_begins_the_evening_before_has_its_own_date():
    """Chicago futures of Sunday evening belong to Monday."""
    series = build(
        HOUR,
        instrument_id=InstrumentId("ES", "CMES"),
        timestamps=[datetime(2012, 7, 9, 0, 0, tzinfo=UTC)],
    )
    assert str(series.session_date[0]) == "2012-07-09"


def test_bars_outside_the_hours_carry_the_local_date():
    """A bar at 08:00 New York belongs to that day, one of Saturday to Saturday."""
    stamps = pd.DatetimeIndex(["2012-07-02 08:00", "2012-07-07 10:00"], tz="America/New_York")
    series = build(MINUTE, 2, timestamps=stamps)
    assert series.session_date.astype(str).tolist() == ["2012-07-02", "2012-07-07"]


@pytest.mark.parametrize(
    ("stamps", "error", "words"),
    [
        ({}, InvalidInputError, "session_date or timestamps"),
        ({"session_date": ["2012-07-03"]}, InvalidInputError, "need timestamps"),
        ({"timestamps": ["2012-07-03 10:00"]}, InvalidInputError, "without a time zone"),
        ({"timestamps": ["noon"]}, DataError, "unreadable"),
        ({"timestamps": [None], "time_zone": "UTC"}, DataError, "none in row 0"),
        ({"timestamps": ["2012-07-03 10:00"], "time_zone": "Mars/Base"}, DataError, "Mars"),
        ({"timestamps": ["2012-07-03T10:00Z"], "stamps": "middle"}, InvalidInputError, "'middle'"),
    ],
)
def test_stamps_that_are_no_instants_are_one_line_errors(stamps, error, words):
    """The message says what was there and what to do."""
    with pytest.raises(error, match=words) as caught:
        build(HOUR, **stamps)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "mixed",
    [
        [datetime(2012, 7, 3, 14, tzinfo=UTC), datetime(2012, 7, 3, 15)],  # noqa: DTZ001
        ["2012-07-03T14:00Z", "2012-07-03T15:00"],
    ],
)
def test_time_zones_in_some_rows_only_are_refused(mixed):
    """Guessing the rest would move bars by hours."""
    with pytest.raises(DataError, match="all with a time zone or all without"):
        build(HOUR, 2, timestamps=mixed)


def test_columns_must_be_numbers_of_the_stamps_length():
    """Text, tables and short columns are refused by name."""
    good = {name: [1.0] for name in ("open", "high", "low", "close", "volume")}
    for bad, words in (
        ({"high": ["x"]}, "'high': expected numbers"),
        ({"low": [1.0, 2.0]}, "'low': expected 1 rows"),
        ({"volume": [[1.0]]}, "'volume': expected one dimension"),
    ):
        with pytest.raises(DataError, match=words):
            engine.series_from_columns(AAPL, DAY, session_date=["2012-07-03"], **(good | bad))


def test_the_series_is_read_only_and_apart_from_the_callers_arrays():
    """Changing what was passed in does not change the bars, and the bars cannot be changed."""
    mine = np.array([1.0])
    columns = dict.fromkeys(("open", "high", "low", "close", "volume"), mine)
    series = engine.series_from_columns(AAPL, DAY, session_date=["2012-07-03"], **columns)
    mine[0] = 9.0
    assert series.close[0] == 1.0
    for name in ("end", "session_date", "open", "high", "low", "close", "volume"):
        assert not getattr(series, name).flags.writeable
