"""Longer bars, one timeline, and the bar set with its fingerprint."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from bifrost_kernel.domain.bars import Adjustment, BarSpec
from bifrost_kernel.domain.errors import InvalidInputError, NoDataError
from bifrost_kernel.domain.instruments import InstrumentId
from bifrost_kernel.engines.marketdata import engine
from tests.market_samples import daily, dividend, minutes, raw, split, with_columns

IBM = InstrumentId("IBM", "XNYS")
HOUR, WEEK, DAY = BarSpec(1, "h"), BarSpec(1, "w"), BarSpec(1, "d")


def test_minutes_become_hours_by_hand():
    """Open of the first, high, low, close of the last, and the sum of volumes."""
    whole = minutes("2012-07-03", "2012-07-03")
    hours = engine.resample(whole, HOUR)
    _, ends = engine.bar_ends("XNAS", HOUR, date(2012, 7, 3), date(2012, 7, 3))
    assert hours.end.tolist() == ends.tolist()
    part = whole.take(slice(60, 120))
    assert hours.open[1] == part.open[0]
    assert hours.high[1] == part.high.max()
    assert hours.low[1] == part.low.min()
    assert hours.close[1] == part.close[-1]
    assert hours.volume[1] == part.volume.sum()


def test_minutes_become_the_days_of_the_calendar():
    """A day of minutes ends at its session's close."""
    days = engine.resample(minutes(), DAY)
    _, closes = engine.session_closes("XNAS", date(2012, 7, 2), date(2012, 7, 5))
    assert days.end.tolist() == closes.tolist()
    assert len(engine.resample(minutes(), BarSpec(2, "h"))) == 4 + 2 + 4


def test_bars_outside_the_hours_stay_among_themselves():
    """Half an hour before the open and after the close do not mix with the session."""
    inside = minutes("2012-07-02", "2012-07-02")
    step = 60_000_000_000
    early = inside.end[0] - step * np.arange(30, 0, -1)
    late = inside.end[-1] + step * np.arange(1, 31)
    ends = np.concatenate([early, inside.end, late])
    prices = {name: np.ones(len(ends)) for name in ("open", "high", "low", "close", "volume")}
    whole = engine.series_from_columns(inside.instrument_id, inside.spec, timestamps=ends, **prices)
    hours = engine.resample(whole, HOUR)
    assert hours.volume.tolist() == [30, 60, 60, 60, 60, 60, 60, 30, 30]
    assert hours.end[0] == inside.end[0] - step


def test_weeks_are_monday_to_sunday():
    """A holiday week ends on its last session."""
    weeks = engine.resample(daily("2012-04-02", "2012-04-13"), WEEK)
    assert weeks.session_date.astype(str).tolist() == ["2012-04-05", "2012-04-13"]


@pytest.mark.parametrize(
    ("source", "target", "is_possible"),
    [
        ("1m", "5m", True), ("1m", "1h", True), ("5m", "1d", True), ("1d", "1w", True),
        ("1d", "3d", True), ("1w", "2w", True), ("1m", "1w", True), ("1m", "1m", True),
        ("5m", "1m", False), ("2m", "5m", False), ("1d", "1h", False), ("1w", "1d", False),
        ("2d", "1w", False), ("1w", "7d", False), ("2w", "4w", False),
    ],
)  # fmt: skip
def test_only_multiples_can_be_joined(source, target, is_possible):
    """Five minutes are not made of two."""
    assert engine.can_resample(BarSpec.parse(source), BarSpec.parse(target)) is is_possible
    if not is_possible and source == "5m":
        with pytest.raises(InvalidInputError, match="multiple of the bars' own 5m, was 1m"):
            engine.resample(minutes(spec=BarSpec(5, "m")), BarSpec(1, "m"))


def test_the_timeline_is_the_union_and_holes_are_nan():
    """An instrument without a bar at an end has NaN and no bar there."""
    aapl = daily("2012-07-02", "2012-07-10")
    ibm = daily("2012-07-05", "2012-07-12", instrument_id=IBM, seed=1)
    bars = engine.assemble([raw(aapl), raw(ibm)], Adjustment.NONE, None, None)
    panel = engine.align(bars)
    assert (len(panel), panel.close.shape) == (8, (8, 2))
    assert panel.has_bar.sum(axis=0).tolist() == [len(aapl), len(ibm)]
    assert np.isnan(panel.close[~panel.has_bar]).all()
    assert np.array_equal(panel.close[panel.has_bar[:, 1], 1], ibm.close)
    assert (np.diff(panel.end) > 0).all()


def test_a_bar_set_is_adjusted_before_it_is_clipped():
    """The split inside the range shows in the clipped bars, and is among the actions."""
    series = daily("2012-07-02", "2012-07-31")
    one = raw(
        series, split("2012-07-05", 2.0), split("2012-07-20", 3.0), dividend("2012-07-06", 0.3)
    )
    bars = engine.assemble([one], Adjustment.SPLITS, date(2012, 7, 3), date(2012, 7, 10))
    assert bars.series[0].close[0] == pytest.approx(series.close[1] / 6)
    assert [(a.ex_date, a.value) for a in bars.actions] == [
        ("2012-07-05", 2.0), ("2012-07-06", pytest.approx(0.1))
    ]  # fmt: skip
    assert bars.lineage[0].steps == (
        "made for a test",
        "adjusted: splits, anchored at 2012-07-31",
        "clipped: 2012-07-03 to 2012-07-10",
    )


def test_the_announced_dividend_is_told_when_prices_are_raw():
    """Without adjustment actions are as announced."""
    one = raw(daily(), dividend("2012-07-06", 0.3), split("2012-08-01", 2.0))
    assert engine.assemble([one], Adjustment.NONE, None, None).actions[0].value == 0.3


def test_a_split_inside_a_week_is_taken_out_before_the_days_are_joined():
    """Joined first, the week's high would stand at the old price."""
    series = daily("2012-07-09", "2012-07-13", columns={
        "open": [100.0, 100, 50, 50, 50], "high": [101.0, 101, 51, 51, 51],
        "low": [99.0, 99, 49, 49, 49], "close": [100.0, 100, 50, 50, 50], "volume": [1.0] * 5,
    })  # fmt: skip
    bars = engine.assemble(
        [raw(series, split("2012-07-11", 2.0))], Adjustment.SPLITS, None, None, spec=WEEK
    )
    assert (bars.series[0].high[0], bars.series[0].open[0]) == (51.0, 50.0)
    assert bars.lineage[0].steps[-1] == "resampled: 1d to 1w"


def test_an_empty_range_says_what_there_is():
    """The way out is a range inside."""
    with pytest.raises(NoDataError, match=r"there is 2012-01-03 to 2012-12-31\. Ask for another"):
        engine.assemble([raw(daily())], Adjustment.ALL, date(2015, 1, 1), None)


def test_a_bar_set_needs_one_interval_and_each_instrument_once():
    """Nothing, mixed lengths, and twins are refused."""
    for raws, words in (
        ([], "at least one"),
        ([raw(daily()), raw(minutes())], "one interval for all, was 1d, 1m"),
        ([raw(daily()), raw(daily())], "was twice 'AAPL.XNAS'"),
    ):
        with pytest.raises(InvalidInputError, match=words):
            engine.assemble(raws, Adjustment.NONE, None, None)


def test_the_fingerprint_changes_with_everything_a_result_depends_on():
    """A price, an id, the adjustment, an action, the order; not who fetched it when."""
    aapl, ibm = daily(), daily(instrument_id=IBM, seed=1)

    def fingerprint(*raws, adjustment=Adjustment.NONE):
        return engine.assemble(raws, adjustment, None, None).fingerprint

    volume = aapl.volume.copy()
    volume[-1] += 1
    prints = [
        fingerprint(raw(aapl)),
        fingerprint(raw(with_columns(aapl, volume=volume))),
        fingerprint(raw(replace(aapl, instrument_id=IBM))),
        fingerprint(raw(aapl), adjustment=Adjustment.ALL),
        fingerprint(raw(aapl, dividend("2012-08-09", 2.65))),
        fingerprint(raw(aapl, dividend("2012-08-09", 2.66))),
        fingerprint(raw(aapl), raw(ibm)),
        fingerprint(raw(ibm), raw(aapl)),
    ]
    assert len(set(prints)) == len(prints)
    assert all(len(one) == 64 for one in prints)
    later = replace(raw(aapl).lineage, fetched_at=datetime(2030, 1, 1, tzinfo=UTC), source="other")
    assert fingerprint(replace(raw(aapl), lineage=later)) == prints[0]


def test_the_fingerprint_of_the_same_bars_never_changes():
    """Runs of years ago can be told to have seen the same data, on any machine."""
    columns = {name: [1.0, 2.0] for name in ("open", "high", "low", "close")}
    series = daily("2012-07-02", "2012-07-03", columns={**columns, "volume": [0.0, 3.0]})
    told = (split("2012-07-03", 2.0), dividend("2012-07-03", 0.25))
    found = engine.assemble([raw(series, *told)], Adjustment.NONE, None, None).fingerprint
    assert found == "0356db397c9d1cea32385c9853e3990bc9cfcbcedf6f41c12a5ba454393e0efa"
