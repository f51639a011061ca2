"""The FileReader port, over the reader of CSV and Parquet files and a fake."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bifrost_kernel.domain.bars import BarSpec, Lineage
from bifrost_kernel.domain.errors import DataError, InvalidInputError
from bifrost_kernel.domain.instruments import Instrument, InstrumentId
from bifrost_kernel.engines.marketdata import engine
from bifrost_kernel.engines.marketdata.model import RawBars
from bifrost_kernel.providers.file.adapter import FileProvider
from tests.market_samples import DAY, MINUTE, equal

NOW = datetime(2024, 6, 14, 21, tzinfo=UTC)
AAPL = Instrument(InstrumentId("AAPL", "XNAS"), provider="file")
HEAD = "Date,Open,High,Low,Close,Volume"
DAYS = ("2005-01-03,10,12,9,11,100", "2005-01-04,11,13,10,12,200", "2005-01-05,12,14,11,13,300")
MINUTES = ("2005-01-03 09:31:00,10,12,9,11,1", "2005-01-03 09:32:00,11,13,10,12,2")


class FixedClock:
    """A clock that stands still."""

    def now(self):
        """Return the one instant."""
        return NOW

    def elapsed_seconds(self):
        """Return nothing elapsed."""
        return 0.0


class FakeReader:
    """The port for plain CSV files with ISO stamps."""

    def read(self, path, instrument, spec, *, columns=None, timezone=None, stamp="end"):
        """Return the file's bars."""
        if stamp not in ("start", "end"):
            raise InvalidInputError(f"stamp: expected 'start' or 'end', was {stamp!r}")
        called = {field: field for field in ("date", "open", "high", "low", "close", "volume")}
        called |= {field: name.lower() for field, name in (columns or {}).items()}
        try:
            lines = list(csv.DictReader(Path(path).read_text().lower().splitlines()))
            stamps = [datetime.fromisoformat(one[called["date"]]) for one in lines]
            numbers = {
                field: [float(one[called[field]]) for one in lines] for field in list(called)[1:]
            }
            if not lines:
                raise ValueError("no rows")  # noqa: TRY301 - one message
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"file {path!r}: {' '.join(str(error).split())}") from None
        spec = spec or (MINUTE if any(one.hour for one in stamps) else DAY)
        when = {"timestamps": np.array(stamps, "datetime64[us]"), "stamps": stamp}
        when["time_zone"] = timezone or "America/New_York"
        if not spec.is_intraday:
            when = {"session_date": [one.date().isoformat() for one in stamps]}
        series = engine.series_from_columns(instrument.id, spec, **when, **numbers)
        days = series.session_date
        raw = RawBars(series, (), Lineage("fake", path, NOW), days[0].item(), days[-1].item())
        return engine.validate(raw)


@pytest.fixture(params=["file", "fake"])
def reader(request):
    """Each reader in turn."""
    return FileProvider(FixedClock()) if request.param == "file" else FakeReader()


@pytest.fixture
def write(tmp_path):
    """Write lines to a file and return its path."""

    def _write(*lines):
        path = tmp_path / "bars.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return str(path)

    return _write


def test_a_file_becomes_bars_of_the_instrument_that_was_named(reader, write):
    """Prices, volume, length, range and lineage."""
    path = write(HEAD, *DAYS)
    raw = reader.read(path, AAPL, DAY)
    assert (raw.series.instrument_id, raw.series.spec) == (AAPL.id, DAY)
    assert raw.series.open.tolist() == [10.0, 11.0, 12.0]
    assert raw.series.volume.tolist() == [100.0, 200.0, 300.0]
    assert (raw.first_asked, raw.last_asked) == (date(2005, 1, 3), date(2005, 1, 5))
    assert (raw.lineage.source, raw.lineage.fetched_at) == (path, NOW)
    assert not raw.lineage.is_synthetic


def test_days_end_when_their_venue_closes(reader, write):
    """Four in the afternoon in New York."""
    ends = reader.read(write(HEAD, *DAYS), AAPL, DAY).series.end
    assert ends[0] == pd.Timestamp("2005-01-03 16:00", tz="America/New_York").value


@pytest.mark.parametrize(("lines", "spec"), [(DAYS, "1d"), (MINUTES, "1m")])
def test_the_length_of_bars_is_read_off_the_stamps(reader, write, lines, spec):
    """Without a word from the person."""
    assert reader.read(write(HEAD, *lines), AAPL, None).series.spec == BarSpec.parse(spec)


def test_times_without_a_zone_are_the_venues_or_as_told(reader, write):
    """New York's half past nine, or UTC's half past two."""
    path = write(HEAD, *MINUTES)
    own = reader.read(path, AAPL, MINUTE).series
    there = write(HEAD, *[one.replace(" 09:", " 14:") for one in MINUTES])
    assert equal(own, reader.read(there, AAPL, MINUTE, timezone="UTC").series)


def test_stamps_of_the_start_become_ends(reader, write):
    """One minute later."""
    path = write(HEAD, *MINUTES)
    ends = reader.read(path, AAPL, MINUTE).series.end
    early = [one.replace("09:31", "09:30").replace("09:32", "09:31") for one in MINUTES]
    assert (reader.read(write(HEAD, *early), AAPL, MINUTE, stamp="start").series.end == ends).all()


def test_columns_can_be_named(reader, write):
    """A person's word for a column."""
    path = write(HEAD.replace("Close", "Settle"), *DAYS)
    found = reader.read(path, AAPL, DAY, columns={"close": "Settle"})
    assert found.series.close.tolist() == [11.0, 12.0, 13.0]


def test_the_same_file_is_read_the_same_way_again(reader, write):
    """Reading changes neither the file nor the reader."""
    path = write(HEAD, *DAYS)
    before = Path(path).read_bytes()
    first, second = reader.read(path, AAPL, DAY), reader.read(path, AAPL, DAY)
    assert equal(first.series, second.series)
    assert Path(path).read_bytes() == before


def test_what_was_read_cannot_be_written(reader, write):
    """Bars are facts."""
    series = reader.read(write(HEAD, *DAYS), AAPL, DAY).series
    with pytest.raises(ValueError, match="read-only"):
        series.close[0] = 1.0


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (HEAD,),
        ("Date,Open,High,Low,Volume", "2005-01-03,1,1,1,1"),
        (HEAD, DAYS[0], "soon,1,1,1,1,1"),
        (HEAD, DAYS[0], "2005-01-04,1,x,1,1,1"),
        (HEAD, DAYS[0], "2005-01-04,1,1,1"),
        (HEAD, DAYS[0], "2005-01-04,1,1,-1,1,1"),
        (HEAD, DAYS[1], DAYS[0]),
        (HEAD, DAYS[0], DAYS[0]),
    ],
)
def test_what_is_no_file_of_bars_is_refused_in_one_line(reader, write, lines):
    """Nothing is dropped, mended or sorted in silence."""
    path = write(*lines)
    with pytest.raises(DataError) as caught:
        reader.read(path, AAPL, DAY)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_refused_by_its_name(reader, tmp_path):
    """So that a slip can be seen."""
    with pytest.raises(DataError, match=r"no-such\.csv"):
        reader.read(str(tmp_path / "no-such.csv"), AAPL, None)


def test_a_stamp_is_a_start_or_an_end(reader, write):
    """Anything else is refused, not taken for one of them."""
    with pytest.raises(InvalidInputError, match="'middle'"):
        reader.read(write(HEAD, *MINUTES), AAPL, MINUTE, stamp="middle")
