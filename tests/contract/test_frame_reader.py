"""The FrameReader port, over the reader of data frames and a fake."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from bifrost_kernel.domain.bars import Adjustment, Lineage
from bifrost_kernel.domain.errors import BifrostError, DataError, InvalidInputError
from bifrost_kernel.domain.instruments import InstrumentId
from bifrost_kernel.engines.marketdata import engine
from bifrost_kernel.engines.marketdata.model import RawBars
from bifrost_kernel.providers.frame.adapter import FrameProvider
from tests.market_samples import DAY, equal

NOW = datetime(2024, 6, 14, 21, tzinfo=UTC)
FIELDS = ("open", "high", "low", "close", "volume")


class FixedClock:
    """A clock that stands still."""

    def now(self):
        """Return the one instant."""
        return NOW

    def elapsed_seconds(self):
        """Return nothing elapsed."""
        return 0.0


class FakeReader:
    """The port for daily frames with an index of dates."""

    def read(self, frames, *, symbols=(), spec=None):
        """Return the bars of one frame, or of several by symbol."""
        if spec not in (None, DAY):
            raise InvalidInputError(f"bars: expected days, was {spec}")
        if isinstance(frames, pd.DataFrame):
            frames = {(symbols or ("FRAME",))[0]: frames}
        elif not isinstance(frames, dict) or not frames:
            raise InvalidInputError(f"expected a pandas DataFrame, was {type(frames).__name__}")
        unknown = sorted(set(symbols) - set(frames))
        if unknown:
            raise InvalidInputError(f"symbols: expected one of {list(frames)}, was {unknown[0]!r}")
        return tuple(self._read(one, frames[one]) for one in symbols or frames)

    def _read(self, symbol, frame):
        named = frame.rename(columns=str.lower)
        missing = [field for field in FIELDS if field not in named]
        if missing or frame.empty:
            raise DataError(f"frame {symbol}: no column for {missing}, {len(frame)} rows")
        key = InstrumentId.parse(symbol if "." in symbol else f"{symbol}.XXXX")
        days = [one.date().isoformat() for one in frame.index]
        columns = {field: named[field].to_numpy(float) for field in FIELDS}
        series = engine.series_from_columns(key, DAY, session_date=days, **columns)
        asked = (frame.index.min().date(), frame.index.max().date())
        return engine.validate(RawBars(series, (), Lineage("fake", "a data frame", NOW), *asked))


@pytest.fixture(params=["frame", "fake"])
def reader(request):
    """Each reader in turn."""
    return FrameProvider(FixedClock()) if request.param == "frame" else FakeReader()


def make_frame(**changes):
    """Return ten days of bars."""
    index = pd.bdate_range("2020-03-02", periods=10)
    columns = {"Open": 10.0, "High": 12.0, "Low": 9.0, "Close": 11.0, "Volume": 100}
    frame = pd.DataFrame(columns, index=index)
    growing = {"Close": 11.0 + np.arange(10), "High": 12.0 + np.arange(10)}
    return frame.assign(**(growing | changes))


def test_one_frame_gives_one_answer(reader):
    """Its prices as they stand, daily, with where they came from and when."""
    (raw,) = reader.read(make_frame())
    assert raw.series.spec == DAY
    assert raw.series.close.tolist() == make_frame()["Close"].tolist()
    assert str(raw.series.session_date[0]) == "2020-03-02"
    assert raw.lineage.fetched_at == NOW
    assert not raw.lineage.is_synthetic


def test_a_frame_without_a_name_belongs_to_no_market(reader):
    """It is called FRAME, and can be called otherwise."""
    (raw,) = reader.read(make_frame())
    assert str(raw.series.instrument_id) == "FRAME.XXXX"
    (raw,) = reader.read(make_frame(), symbols=("MINE",))
    assert str(raw.series.instrument_id) == "MINE.XXXX"


def test_a_venue_brings_its_calendar(reader):
    """The day ends when New York closes."""
    (raw,) = reader.read(make_frame(), symbols=("AAPL.XNAS",))
    assert str(raw.series.instrument_id) == "AAPL.XNAS"
    assert raw.series.end[0] == pd.Timestamp("2020-03-02 16:00", tz="America/New_York").value


def test_several_frames_keep_their_order_and_can_be_chosen_from(reader):
    """By symbol; a symbol that is not there is refused by its name."""
    frames = {"BBB": make_frame(), "AAA": make_frame(Close=11.5)}
    found = reader.read(frames)
    assert [one.series.instrument_id.symbol for one in found] == ["BBB", "AAA"]
    (chosen,) = reader.read(frames, symbols=("AAA",))
    assert chosen.series.close.tolist() == [11.5] * 10
    with pytest.raises(InvalidInputError, match="'CCC'"):
        reader.read(frames, symbols=("CCC",))


def test_reading_leaves_the_frame_alone_and_keeps_nothing_of_it(reader):
    """What a person does with the frame later does not change the bars."""
    frame, same = make_frame(), make_frame()
    (first,) = reader.read(frame)
    pd.testing.assert_frame_equal(frame, same)
    frame["Close"] = 9.5
    frame.iloc[0, :] = 1.0
    (second,) = reader.read(same)
    assert equal(first.series, second.series)
    with pytest.raises(ValueError, match="read-only"):
        first.series.close[0] = 1.0


def test_the_answers_make_a_bar_set(reader):
    """They can be joined, and the prices decide the fingerprint."""
    made = [
        engine.assemble(reader.read({"AAA": frame, "BBB": frame}), Adjustment.ALL, None, None)
        for frame in (make_frame(), make_frame(), make_frame(Open=10.5))
    ]
    assert [len(one) for one in made] == [20, 20, 20]
    assert made[0].fingerprint == made[1].fingerprint != made[2].fingerprint


@pytest.mark.parametrize(
    "frame",
    [
        make_frame().drop(columns="Close"),
        make_frame().iloc[:0],
        make_frame().iloc[::-1],
        make_frame().iloc[[0, 1, 1, 2]],
        make_frame(Low=-1.0),
        make_frame(Close=float("nan")),
        make_frame(High=1.0),
    ],
)
def test_a_frame_that_is_no_bars_is_refused_in_one_line(reader, frame):
    """Nothing is dropped, mended or sorted in silence."""
    with pytest.raises(DataError) as caught:
        reader.read(frame, symbols=("AAPL.XNAS",))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("given", [5, None, "frame", [make_frame()], {}])
def test_what_is_no_frame_is_refused(reader, given):
    """In one line, whatever it is."""
    with pytest.raises(BifrostError) as caught:
        reader.read(given)
    assert "\n" not in str(caught.value)
