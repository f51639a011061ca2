"""Findings: each fault is seen, named, and only where it is."""

import numpy as np
import pytest

from bifrost_kernel.domain.errors import DataError
from bifrost_kernel.domain.instruments import InstrumentId
from bifrost_kernel.engines.marketdata import engine
from bifrost_kernel.engines.marketdata.model import Severity
from tests.market_samples import AAPL, daily, minutes, raw, split, with_columns

SOUND = daily()


def rules(series, **options):
    """Return the findings by rule."""
    return {one.rule: one for one in engine.assess(series, **options).findings}


def changed(field, row, value):
    """Return the sound series with one value changed."""
    column = np.array(getattr(SOUND, field))
    column[row] = value
    return with_columns(SOUND, **{field: column})


def test_a_sound_series_is_complete_and_without_findings():
    """Nothing is found where nothing is wrong."""
    report = engine.assess(SOUND)
    assert (report.bars, report.expected_bars, report.completeness) == (250, 250, 1.0)
    assert report.findings == ()
    assert report.is_usable
    assert engine.validate(raw(SOUND)).series is SOUND


@pytest.mark.parametrize(
    ("series", "rule"),
    [
        (changed("close", 7, np.nan), "non_finite"),
        (changed("volume", 7, np.inf), "non_finite"),
        (changed("low", 7, 0.0), "non_positive"),
        (changed("open", 7, -1.0), "non_positive"),
        (changed("high", 7, 1.0), "high_below_low"),
        (changed("volume", 7, -5.0), "negative_volume"),
        (changed("end", 7, SOUND.end[6]), "duplicate"),
        (changed("end", 7, SOUND.end[5]), "unsorted"),
    ],
)
def test_unsound_bars_are_errors_and_never_pass_validation(series, rule):
    """The finding and the refusal both name the first offending bar."""
    finding = rules(series)[rule]
    assert (finding.severity, finding.count) == (Severity.ERROR, 1)
    assert finding.first == str(series.session_date[7])
    with pytest.raises(DataError, match=rf"{rule.replace('_', ' ')} in .* first in row") as caught:
        engine.validate(raw(series))
    assert caught.value.context["row"] == 7
    assert "\n" not in str(caught.value)
    assert not engine.assess(series).is_usable


def test_an_open_outside_high_and_low_is_a_doubt_not_a_refusal():
    """Real feeds have such bars."""
    series = changed("open", 3, SOUND.high[3] + 1)
    assert rules(series)["outside_range"].severity is Severity.WARNING
    assert engine.validate(raw(series)).series is series


def test_missing_sessions_are_counted_against_the_calendar():
    """Two of 250 sessions missing is 99.2 %: below the line, so a warning."""
    keep = np.ones(len(SOUND), dtype=bool)
    keep[[10, 11]] = False
    report = engine.assess(SOUND.take(keep))
    found = {one.rule: one for one in report.findings}
    assert report.completeness == pytest.approx(248 / 250)
    assert (found["gap"].count, found["gap"].first) == (2, str(SOUND.session_date[10]))
    assert "at most 2 in a row" in found["gap"].message
    assert found["completeness"].severity is Severity.WARNING
    keep[11] = True
    assert "completeness" not in rules(SOUND.take(keep))


def test_missing_minutes_are_found_by_their_instant():
    """A hole of three minutes is one gap of three bars."""
    whole = minutes()
    keep = np.ones(len(whole), dtype=bool)
    keep[100:103] = False
    gap = rules(whole.take(keep))["gap"]
    assert (gap.count, gap.first) == (3, "2012-07-02T15:11:00Z")


def test_bars_on_holidays_are_reported():
    """Independence Day has no session."""
    columns = {
        name: getattr(SOUND, name)[:2] for name in ("open", "high", "low", "close", "volume")
    }
    series = engine.series_from_columns(
        AAPL, SOUND.spec, session_date=["2012-07-03", "2012-07-04"], **columns
    )
    assert rules(series)["not_a_session"].first == "2012-07-04"


def test_minutes_in_the_wrong_time_zone_smell():
    """New York minutes read as UTC lie hours before the open."""
    good = minutes()
    shifted = engine.series_from_columns(
        AAPL, good.spec, timestamps=good.end - 4 * 3_600_000_000_000,
        **{name: getattr(good, name) for name in ("open", "high", "low", "close", "volume")},
    )  # fmt: skip
    finding = rules(shifted)["time_zone"]
    assert finding.count == 240 + 210 + 240
    assert "time_zone" not in rules(good)


def test_a_feed_that_stands_still_is_found_from_five_bars_on():
    """Four equal bars are chance, five are a stale run."""
    for length, is_found in ((4, False), (5, True)):
        columns = {}
        for name in ("open", "high", "low", "close"):
            columns[name] = np.array(getattr(SOUND, name))
            columns[name][20 : 20 + length] = columns[name][20]
        found = rules(with_columns(SOUND, **columns))
        assert ("stale_run" in found) is is_found
    assert (found["stale_run"].count, found["stale_run"].first) == (5, str(SOUND.session_date[20]))


def scaled(row, factor):
    """Return the sound series with all prices from a row on multiplied."""
    columns = {}
    for name in ("open", "high", "low", "close"):
        columns[name] = np.array(getattr(SOUND, name))
        columns[name][row:] *= factor
    return with_columns(SOUND, **columns)


@pytest.mark.parametrize(
    ("factor", "name"), [(1 / 2, "2:1"), (1 / 7, "7:1"), (2 / 3, "3:2"), (10.0, "1:10")]
)
def test_a_jump_by_a_simple_fraction_looks_like_that_split(factor, name):
    """Two for one, seven for one, three for two, and one for ten."""
    finding = rules(scaled(50, factor))["split_like"]
    assert finding.severity is Severity.WARNING
    assert finding.first == str(SOUND.session_date[50])
    assert f"like {name}" in finding.message


def test_a_known_split_is_a_note_and_a_crash_is_not_a_split():
    """The action explains its jump; a fall of 43 % is a move that nobody split."""
    ex_date = str(SOUND.session_date[50])
    found = rules(scaled(50, 0.5), actions=(split(ex_date, 2.0),))
    assert found["known_split"].severity is Severity.NOTE
    assert "split_like" not in found
    crash = rules(scaled(50, 0.57))
    assert crash["jump"].severity is Severity.NOTE
    assert "split_like" not in crash


def test_a_split_that_is_out_of_the_prices_already_is_not_reported():
    """Adjusted bars with their actions beside them are clean."""
    assert rules(SOUND, actions=(split(str(SOUND.session_date[50]), 2.0),)) == {}


def test_no_market_means_no_verdict_on_completeness():
    """Bars that belong to no venue are judged, but for gaps."""
    series = daily(instrument_id=InstrumentId("MINE", "XXXX"))
    found = rules(series.take(slice(0, None, 3)))
    assert set(found) == {"no_calendar"}


def test_errors_come_before_warnings_before_notes():
    """The worst stands first."""
    series = with_columns(scaled(50, 0.57), volume=changed("volume", 9, -1.0).volume)
    keep = np.ones(len(series), dtype=bool)
    keep[[100, 101]] = False
    severities = [one.severity for one in engine.assess(series.take(keep)).findings]
    assert severities == [Severity.ERROR, Severity.WARNING, Severity.NOTE, Severity.NOTE]


def test_degenerate_series_have_a_report():
    """No bar and one bar are judged too."""
    assert engine.assess(SOUND.take(slice(0, 0))).completeness == 1.0
    assert engine.assess(SOUND.take(slice(0, 1))).expected_bars == 1
