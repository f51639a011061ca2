"""Data frames of every shape become bars, or one line that says why not."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from bifrost_kernel.domain.bars import ActionKind, Adjustment, BarSpec
from bifrost_kernel.domain.errors import BifrostError, DataError, InvalidInputError
from bifrost_kernel.engines.marketdata import engine
from bifrost_kernel.providers.frame.adapter import FrameProvider


class FixedClock:
    """A clock that stands still."""

    def now(self):
        """Return the one instant."""
        return datetime(2024, 1, 2, tzinfo=UTC)

    def elapsed_seconds(self):
        """Return nothing elapsed."""
        return 0.0


PROVIDER = FrameProvider(FixedClock())
DAYS = pd.bdate_range("2020-03-02", periods=10)


def _daily(**changes):
    count = np.arange(10)
    columns = {
        "Open": 10.0 + count,
        "High": 12.0 + count,
        "Low": 9.0 + count,
        "Close": 11.0 + count,
        "Volume": 100 * (count + 1),
    }
    return pd.DataFrame(columns | changes, index=DAYS)


def _minutes(zone=None, start="2020-03-02 09:31"):
    index = pd.date_range(start, periods=390, freq="min", tz=zone)
    columns = {"open": 10.0, "high": 11.0, "low": 9.0, "close": 10.5, "volume": 100}
    return pd.DataFrame(columns, index=index)


def _read_one(frame, **options):
    (raw,) = PROVIDER.read(frame, **options)
    return raw


def _first_end(raw):
    return str(raw.series.end[:1].astype("datetime64[ns]").astype("datetime64[s]")[0])


def test_a_plain_frame_is_an_instrument_of_no_market():
    """Without a name it is FRAME on XXXX, where a day ends at midnight UTC."""
    raw = _read_one(_daily())
    assert str(raw.series.instrument_id) == "FRAME.XXXX"
    assert str(raw.series.spec) == "1d"
    assert raw.series.close.tolist() == _daily()["Close"].tolist()
    assert _first_end(raw) == "2020-03-03T00:00:00"
    assert raw.lineage.provider == "frame"


def test_a_venue_brings_its_calendar():
    """SYMBOL.MIC ends the day when that venue closes."""
    raw = _read_one(_daily(), symbols=("aapl.xnas",))
    assert str(raw.series.instrument_id) == "AAPL.XNAS"
    assert _first_end(raw) == "2020-03-02T21:00:00"


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_any_resolution_of_the_index_gives_the_same_ends(unit):
    """Pandas may count seconds or nanoseconds; instants do not change."""
    frame = _minutes()
    frame.index = frame.index.as_unit(unit)
    assert _first_end(_read_one(frame)) == "2020-03-02T09:31:00"


@pytest.mark.parametrize(
    "shape",
    [
        lambda frame: frame.rename(columns=str.upper),
        lambda frame: frame.rename(columns=str.lower).rename_axis("date").reset_index(),
        lambda frame: frame.reset_index(names="Timestamp"),
        lambda frame: frame.reset_index(names="Date").astype({"Date": str}),
        lambda frame: frame.set_index(frame.index.to_period("D")),
        lambda frame: frame.set_index(frame.index.date),
        lambda frame: frame.set_index(frame.index.strftime("%d %B %Y")),
        lambda frame: frame[["Volume", "Low", "Close", "Open", "High"]].assign(note="text"),
        lambda frame: frame.astype({"Volume": "Int64", "Open": "object", "Close": "Float64"}),
        lambda frame: frame.convert_dtypes(dtype_backend="pyarrow"),
    ],
)
def test_every_usual_shape_of_a_frame_gives_the_same_bars(shape):
    """Case, order, a column or an index of dates, dtypes: the bars are the same."""
    raw = _read_one(shape(_daily()))
    expected = _read_one(_daily())
    for field in ("end", "open", "high", "low", "close", "volume"):
        assert getattr(raw.series, field).tolist() == getattr(expected.series, field).tolist()


@pytest.mark.parametrize(
    "frames",
    [
        {"AAA": _daily(), "BBB": _daily()},
        pd.concat([_daily().assign(symbol="AAA"), _daily().assign(symbol="BBB")]),
        pd.concat([_daily().assign(Ticker="AAA"), _daily().assign(Ticker="BBB")]).reset_index(
            names="Date"
        ),
        pd.concat({"AAA": _daily(), "BBB": _daily()}, names=["symbol", "date"]),
        pd.concat({"AAA": _daily(), "BBB": _daily()}),
        pd.concat({"AAA": _daily(), "BBB": _daily()}, axis=1),
        pd.concat({"AAA": _daily(), "BBB": _daily()}, axis=1).swaplevel(axis=1),
    ],
)
def test_several_instruments_come_apart_by_symbol(frames):
    """A mapping, a long frame and a wide frame mean the same."""
    raws = PROVIDER.read(frames)
    assert [str(one.series.instrument_id) for one in raws] == ["AAA.XXXX", "BBB.XXXX"]
    for one in raws:
        assert one.series.close.tolist() == _daily()["Close"].tolist()
    (chosen,) = PROVIDER.read(frames, symbols=("BBB",))
    assert str(chosen.series.instrument_id) == "BBB.XXXX"


def test_a_wide_frame_with_holes_gives_each_instrument_its_own_days():
    """A day on which one of them did not trade is no bar of that one."""
    frames = pd.concat({"AAA": _daily(), "BBB": _daily().iloc[3:]}, axis=1)
    first, second = PROVIDER.read(frames)
    assert (len(first.series), len(second.series)) == (10, 7)


def test_a_bar_set_can_be_made_of_frames():
    """What is read can be assembled, with a fingerprint that the prices decide."""
    raws = PROVIDER.read({"AAA": _daily(), "BBB": _daily()})
    bars = engine.assemble(raws, Adjustment.ALL, None, None)
    other = engine.assemble(
        PROVIDER.read({"AAA": _daily(), "BBB": _daily(Close=11.5 + np.arange(10))}),
        Adjustment.ALL,
        None,
        None,
    )
    assert len(bars) == 20
    assert bars.fingerprint != other.fingerprint


def test_an_adjusted_close_gives_the_splits():
    """A frame that knows adjusted closes knows its splits."""
    close = np.array([20.0] * 5 + [10.0] * 5)
    frame = _daily(Open=close, High=close + 1, Low=close - 1, Close=close)
    frame["Adj Close"] = 10.0
    (action,) = _read_one(frame, symbols=("AAPL.XNAS",)).actions
    assert (action.ex_date, action.kind, action.value) == ("2020-03-09", ActionKind.SPLIT, 2.0)


def test_naive_minutes_are_read_by_the_venues_clock():
    """New York's half past nine is New York's; without a venue it is UTC."""
    assert _first_end(_read_one(_minutes(), symbols=("AAPL.XNAS",))) == "2020-03-02T14:31:00"
    assert _first_end(_read_one(_minutes())) == "2020-03-02T09:31:00"
    raw = _read_one(_minutes(), timezone="Europe/Berlin")
    assert _first_end(raw) == "2020-03-02T08:31:00"
    assert "times read as Europe/Berlin" in raw.lineage.steps


def test_minutes_with_a_time_zone_are_instants():
    """A zone in the frame wins over every default."""
    frame = _minutes("America/New_York")
    assert _first_end(_read_one(frame)) == "2020-03-02T14:31:00"
    assert _first_end(_read_one(frame.tz_convert("Asia/Tokyo"))) == "2020-03-02T14:31:00"


def test_stamps_of_the_start_become_ends():
    """A bar that began at 9:30 ended at 9:31."""
    frame = _minutes(start="2020-03-02 09:30")
    raw = _read_one(frame, symbols=("AAPL.XNAS",), stamp="start")
    assert _first_end(raw) == "2020-03-02T14:31:00"


def test_columns_can_be_named_by_hand():
    """A person's word wins over what is usual."""
    frame = _daily().rename(columns={"Close": "Settle"}).assign(Last=1.0)
    assert _read_one(frame, columns={"close": "Settle"}).series.close[0] == 11.0


def test_a_missing_volume_is_nought_and_said():
    """Foreign exchange has no volume; the lineage says what was done."""
    raw = _read_one(_daily().drop(columns="Volume"))
    assert raw.series.volume.tolist() == [0.0] * 10
    assert "no volume column: volume is 0" in raw.lineage.steps


def _with(row, column, value):
    frame = _daily()
    frame[column] = frame[column].astype(float)
    frame.iloc[row, frame.columns.get_loc(column)] = value
    return frame


MIXED = _daily().set_axis(
    [*DAYS[:4], *[one.tz_localize("UTC") for one in DAYS[4:]]], axis=0
)  # fmt: skip


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (_with(3, "Close", np.nan), ["non finite", "row 3", "2020-03-05", "nan"]),
        (_with(3, "Low", -1.0), ["non positive", "row 3", "2020-03-05", "-1"]),
        (_with(3, "Open", 0.0), ["non positive", "row 3", "2020-03-05"]),
        (_with(3, "High", np.inf), ["non finite", "row 3", "2020-03-05", "inf"]),
        (_with(3, "Volume", -5), ["negative volume", "row 3", "-5"]),
        (_with(3, "High", 1.0), ["high below low", "row 3"]),
        (_daily().iloc[::-1], ["unsorted", "row 1", "2020-03-12"]),
        (_daily().iloc[[0, 1, 2, 2, 3]], ["duplicate", "row 3", "2020-03-04"]),
        (MIXED, ["row 4", "time zone", "2020-03-06"]),
        (_daily().drop(columns="Close"), ["no column for close", "'Open'", "columns="]),
        (_daily().iloc[:0], ["no rows"]),
        (_daily(Open="ten"), ["column 'Open'", "expected numbers", "ten"]),
        (_daily().reset_index(drop=True), ["no column for date"]),
        (_daily().assign(open=1.0), ["'Open', 'open'"]),
        (_daily().set_axis([*DAYS[:9].astype(str), "soon"], axis=0), ["row 9", "'soon'"]),
        (_daily().set_axis([*DAYS[:9], pd.NaT], axis=0), ["row 9"]),
    ],
)
def test_a_bad_frame_is_one_line_that_names_the_first_bad_row(frame, says):
    """What, where, which value: in one line."""
    with pytest.raises(DataError) as caught:
        PROVIDER.read(frame, symbols=("AAPL.XNAS",))
    text = str(caught.value)
    assert "\n" not in text
    for word in says:
        assert word in text


@pytest.mark.parametrize(
    ("frames", "options", "says"),
    [
        (5, {}, "expected a pandas DataFrame, was int"),
        ({}, {}, "empty mapping"),
        ({"AAA": [1, 2]}, {}, "frame 'AAA': expected a pandas DataFrame, was list"),
        (_daily(), {"symbols": ("A", "B")}, "expected one symbol for one frame, was A, B"),
        ({"AAA": _daily()}, {"symbols": ("BBB",)}, "expected one of AAA.XXXX, was 'BBB'"),
        ({"A": _minutes(), "B": _minutes("UTC")}, {}, "B.XXXX with and A.XXXX without"),
        (_minutes(), {"timezone": "Mars/Olympus"}, "was 'Mars/Olympus'"),
        (_minutes(), {"stamp": "middle"}, "was 'middle'"),
        (_daily(), {"columns": {"clse": "Close"}}, "did you mean 'close'"),
        (_daily(), {"columns": {"close": "Clse"}}, "did you mean 'Close'"),
        (_daily().iloc[[0, 2, 7]], {}, "Give the interval"),
        (_daily(), {"spec": BarSpec(1, "m"), "timezone": "UTC", "stamp": ""}, "was ''"),
    ],
)
def test_a_wrong_request_is_one_line_with_the_way_out(frames, options, says):
    """What cannot be used is said before anything is made of it."""
    with pytest.raises(InvalidInputError) as caught:
        PROVIDER.read(frames, **options)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_hour_that_the_clocks_repeat_is_one_line():
    """A wall time that happened twice is no instant."""
    frame = _minutes(start="2020-11-01 01:00")
    with pytest.raises(BifrostError) as caught:
        PROVIDER.read(frame, timezone="America/New_York")
    assert "\n" not in str(caught.value)
