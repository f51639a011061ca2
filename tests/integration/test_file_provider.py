"""CSV and Parquet files become bars, or one line that says where they are wrong."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import csv

from bifrost_kernel.domain.bars import BarSpec
from bifrost_kernel.domain.errors import BifrostError, DataError, InvalidInputError
from bifrost_kernel.domain.instruments import Instrument, InstrumentId
from bifrost_kernel.providers.file.adapter import FileProvider

AAPL = Instrument(InstrumentId("AAPL", "XNAS"), provider="file")
FREE = Instrument(InstrumentId("MINE", "XXXX"), provider="file")
DAILY, MINUTE = BarSpec(1, "d"), BarSpec(1, "m")
HEAD = "Date,Open,High,Low,Close,Volume"
ROWS = ["2005-01-03,10,12,9,11,100", "2005-01-04,11,13,10,12,200", "2005-01-05,12,14,11,13,300"]


class FixedClock:
    """A clock that stands still."""

    def now(self):
        """Return the one instant."""
        return datetime(2024, 1, 2, tzinfo=UTC)

    def elapsed_seconds(self):
        """Return nothing elapsed."""
        return 0.0


PROVIDER = FileProvider(FixedClock())


@pytest.fixture
def write(tmp_path):
    """Write lines to a file and return its path."""

    def _write(*lines, name="bars.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding=encoding)
        return str(path)

    return _write


def _stamps(*stamps):
    return [f"{stamp},10,12,9,11,100" for stamp in stamps]


def _ends(raw):
    return raw.series.end.astype("datetime64[ns]").astype("datetime64[s]").astype(str).tolist()


def test_a_plain_file_becomes_bars(write):
    """Dates, prices and volume; the range is that of the file."""
    path = write(HEAD, *ROWS)
    raw = PROVIDER.read(path, AAPL, None)
    assert raw.series.instrument_id == AAPL.id
    assert raw.series.spec == DAILY
    assert raw.series.close.tolist() == [11.0, 12.0, 13.0]
    assert raw.series.volume.tolist() == [100.0, 200.0, 300.0]
    assert _ends(raw)[0] == "2005-01-03T21:00:00"
    assert (raw.first_asked, raw.last_asked) == (date(2005, 1, 3), date(2005, 1, 5))
    assert (raw.lineage.provider, raw.lineage.source) == ("file", path)


@pytest.mark.parametrize(
    "lines",
    [
        ["DATE;OPEN;HIGH;LOW;CLOSE;VOL", *[row.replace(",", ";") for row in ROWS]],
        ["date\topen\thigh\tlow\tclose\tvolume", *[row.replace(",", "\t") for row in ROWS]],
        ["Date;Open;High;Low;Close;Volume", *[row.replace(",", ",0;") for row in
         [f"{r.split(',', 1)[0]};{r.split(',', 1)[1]}" for r in ROWS]]],
        ["", "Date,Open,High,Low,Close,Volume", *ROWS],
        ["\ufeff" + HEAD, *ROWS],
        ["<DATE>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>", *ROWS],
        [",Open,High,Low,Close,Volume", *ROWS],
        ["Volume,Close,Low,High,Open,Date", *[",".join(row.split(",")[::-1]) for row in ROWS]],
        [HEAD, *[row.replace("-", "") for row in ROWS]],
        [HEAD, *[row.replace("2005-01-0", "0").replace(",", ".01.2005,", 1) for row in ROWS]],
        [HEAD, *[row.replace("2005-01-0", "0").replace(",", "-Jan-2005,", 1) for row in ROWS]],
        [HEAD, *[row.replace(",", " 16:00:00-05:00,", 1) for row in ROWS]],
        [HEAD + ",Symbol", *[f"{row},AAPL" for row in ROWS], "2005-01-03,1,1,1,1,1,IBM"],
    ],
)  # fmt: skip
def test_every_usual_form_of_a_csv_file_gives_the_same_bars(write, lines):
    """Separators, decimal commas, column order, date forms, byte order marks."""
    raw = PROVIDER.read(write(*lines), AAPL, DAILY)
    assert raw.series.session_date.astype(str).tolist() == [
        "2005-01-03",
        "2005-01-04",
        "2005-01-05",
    ]
    assert raw.series.open.tolist() == [10.0, 11.0, 12.0]
    assert raw.series.volume.tolist() == [100.0, 200.0, 300.0]


def test_a_packed_file_is_read_whatever_its_name(write, tmp_path):
    """Gzip is known by its first bytes."""
    plain = write(HEAD, *ROWS)
    for name in ("bars.csv.gz", "bars.dat"):
        (tmp_path / name).write_bytes(gzip.compress(Path(plain).read_bytes()))
        assert len(PROVIDER.read(str(tmp_path / name), AAPL, None).series) == 3


@pytest.mark.parametrize("with_index", [True, False])
@pytest.mark.parametrize("zone", [None, "America/New_York"])
def test_a_parquet_file_gives_the_same_bars(tmp_path, with_index, zone):
    """Dates in the index or in a column, with a zone or without."""
    index = pd.to_datetime(["2005-01-03", "2005-01-04", "2005-01-05"]).tz_localize(zone)
    prices = {"open": [10.0] * 3, "high": [12] * 3, "low": [9.0] * 3, "close": [11.0] * 3}
    frame = pd.DataFrame(prices | {"volume": [1, 2, 3]}, index=index.rename("date"))
    path = tmp_path / "bars.parquet"
    (frame if with_index else frame.reset_index()).to_parquet(path)
    raw = PROVIDER.read(str(path), AAPL, None)
    assert raw.series.spec == DAILY
    assert _ends(raw) == ["2005-01-03T21:00:00", "2005-01-04T21:00:00", "2005-01-05T21:00:00"]


@pytest.mark.parametrize(
    ("stamps", "options", "ends"),
    [
        (["2005-01-03 09:31", "2005-01-03 09:32"], {}, "2005-01-03T14:31:00"),
        (["2005-01-03T09:31:00", "2005-01-03T09:32:00"], {}, "2005-01-03T14:31:00"),
        (["03.01.2005 09:31", "03.01.2005 09:32"], {}, "2005-01-03T14:31:00"),
        (["20050103 093100", "20050103 093200"], {}, "2005-01-03T14:31:00"),
        (["2005-01-03 9:31:00 AM", "2005-01-03 9:32:00 AM"], {}, "2005-01-03T14:31:00"),
        (["1104762660", "1104762720"], {}, "2005-01-03T14:31:00"),
        (["1104762660000", "1104762720000"], {}, "2005-01-03T14:31:00"),
        (["1104762660000000000", "1104762720000000000"], {}, "2005-01-03T14:31:00"),
        (["2005-01-03T14:31:00Z", "2005-01-03T14:32:00Z"], {}, "2005-01-03T14:31:00"),
        (["2005-01-03 09:31:00-05:00", "2005-01-03 09:32:00-05:00"], {}, "2005-01-03T14:31:00"),
        (["2005-01-03 09:30", "2005-01-03 09:31"], {"stamp": "start"}, "2005-01-03T14:31:00"),
        (["2005-01-03 14:31", "2005-01-03 14:32"], {"timezone": "UTC"}, "2005-01-03T14:31:00"),
    ],
)
def test_every_usual_form_of_a_time_is_the_same_instant(write, stamps, options, ends):
    """Text, seconds, milliseconds, offsets, starts and zones."""
    raw = PROVIDER.read(write(HEAD, *_stamps(*stamps)), AAPL, None, **options)
    assert raw.series.spec == MINUTE
    assert _ends(raw)[0] == ends


@pytest.mark.parametrize(
    "stamps", [("01/03/2005", "1/13/2005"), ("03/01/2005", "13/1/2005"), ("1/3/05", "1/13/05")]
)
def test_days_and_months_are_told_apart_where_it_can_be_done(write, stamps):
    """One day beyond the twelfth settles the whole file."""
    raw = PROVIDER.read(write(HEAD, *_stamps(*stamps)), AAPL, DAILY)
    assert raw.series.session_date.astype(str).tolist() == ["2005-01-03", "2005-01-13"]


@pytest.mark.parametrize("clock", [("09:31", "09:32"), ("09:31:00", "09:32:00"), ("931", "932")])
def test_a_date_and_a_time_column_are_one_stamp(write, clock):
    """Date here, time there: together they are the instant."""
    lines = [f"2005-01-03,{one},10,12,9,11,100" for one in clock]
    raw = PROVIDER.read(write("Date,Time,Open,High,Low,Close,Volume", *lines), AAPL, None)
    assert _ends(raw) == ["2005-01-03T14:31:00", "2005-01-03T14:32:00"]


def test_offsets_on_both_sides_of_a_clock_change_are_instants(write):
    """Winter and summer offsets in one file are no contradiction."""
    stamps = ["2005-04-01T16:00:00-05:00", "2005-04-04T16:00:00-04:00"]
    raw = PROVIDER.read(write(HEAD, *_stamps(*stamps)), AAPL, BarSpec(1, "h"))
    assert _ends(raw) == ["2005-04-01T21:00:00", "2005-04-04T20:00:00"]


def test_columns_can_be_named_by_hand(write):
    """A person's word wins, and an empty name leaves a column out."""
    path = write("when,o,h,l,Settle,Adj Close", *[row.rsplit(",", 1)[0] + ",1" for row in ROWS])
    with pytest.raises(DataError, match="no column for date, close"):
        PROVIDER.read(path, AAPL, None)
    named = {"date": "when", "close": "Settle", "adj_close": ""}
    raw = PROVIDER.read(path, AAPL, None, columns=named)
    assert raw.series.close.tolist() == [11.0, 12.0, 13.0]
    assert raw.actions == ()


def test_an_adjusted_close_gives_the_splits(write):
    """A file that knows adjusted closes knows its splits."""
    rows = [
        "2005-01-03,20,21,19,20,9,10",
        "2005-01-04,20,21,19,20,9,10",
        "2005-01-05,10,11,9,10,9,10",
    ]
    path = write(HEAD + ",Adj Close", *rows)
    (action,) = PROVIDER.read(path, AAPL, None).actions
    assert (action.ex_date, action.value) == ("2005-01-05", 2.0)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["Date,Open,High,Low,Volume", "2005-01-03,1,1,1,1"], ["no column for close", "'Volume'"]),
        (ROWS, ["no column for date", "'2005-01-03'"]),
        ([HEAD], ["no rows of bars"]),
        ([HEAD, ROWS[0], "soon,1,1,1,1,1"], ["line 3", "'soon'"]),
        ([HEAD, ROWS[0], "2005-02-30,1,1,1,1,1"], ["line 3", "'2005-02-30'"]),
        ([HEAD, "20050103,1,1,1,1,1", "20050230,1,1,1,1,1"], ["line 3", "20050230"]),
        ([f"Time,{HEAD}", "931,20050103,1,1,1,1,1", "2575,20050103,1,1,1,1,1"], ["line 3", "2575"]),
        ([HEAD, ROWS[0], "2005-01-04,1,x,1,1,1"], ["line 3", "'x'"]),
        ([HEAD, ROWS[0], "2005-01-04,1,1,1"], ["line 3", "Expected 6 columns"]),
        ([HEAD, ROWS[0], ",1,1,1,1,1"], ["none in row 1"]),
        ([HEAD, ROWS[0], "2005-01-04,1,1,1,,1"], ["non finite", "row 1", "close=nan"]),
        ([HEAD, ROWS[0], "2005-01-04,1,1,-1,1,1"], ["non positive", "low=-1"]),
        ([HEAD, ROWS[1], ROWS[0]], ["unsorted", "2005-01-03"]),
        ([HEAD, ROWS[0], ROWS[0]], ["duplicate", "2005-01-03"]),
        ([HEAD, *_stamps("03/04/2005", "05/06/2005")], ["cannot tell days from months"]),
        (
            [HEAD, *_stamps("2005-01-03T14:31:00Z", "2005-01-03 14:32:00")],
            ["line 3", "time zone", "'2005-01-03 14:32:00'"],
        ),
        (["Date,Open,High,Low,Close,close", "2005-01-03,1,1,1,1,1"], ["'Close', 'close'"]),
        ([HEAD + ",Symbol", f"{ROWS[0]},IBM"], ["no rows of 'AAPL'", "'IBM'"]),
    ],
)
def test_a_bad_file_is_one_line_that_says_where(write, lines, says):
    """What is wrong, in which line, with which value."""
    with pytest.raises(DataError) as caught:
        PROVIDER.read(write(*lines), AAPL, DAILY if "Z" not in str(lines) else None)
    text = str(caught.value)
    assert "\n" not in text
    for word in says:
        assert word in text


def test_garbage_far_into_a_large_file_is_named_by_its_line(write):
    """The first block looked like dates; line 200,002 does not."""
    days = np.datetime64("1000-01-01") + np.arange(200_000)
    path = write(HEAD, *_stamps(*days.astype(str)), "soon,1,1,1,1,1")
    with pytest.raises(DataError, match=r"line #?200002.*soon"):
        PROVIDER.read(path, FREE, DAILY)


def _make_folder(path):
    path.mkdir()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: path.name, "does not exist"),
        (_make_folder, "is a folder"),
        (lambda path: path.write_bytes(b""), "is empty"),
        (lambda path: path.write_bytes(b"\n\n \n"), "is empty"),
        (lambda path: path.write_bytes(bytes(range(256)) * 10), "binary"),
        (lambda path: path.write_bytes(b"Date,Cl\xf6se\n1,2\n"), "not UTF-8"),
        (lambda path: path.write_bytes(b"\x1f\x8b\x08rubbish"), "cannot be read"),
        (lambda path: path.write_bytes(b"PAR1rubbish"), "cannot be read"),
    ],
)
@pytest.mark.parametrize("name", ["bars.csv", "bars.parquet"])
def test_what_is_no_table_is_one_line(tmp_path, make, says, name):
    """Nothing there, a folder, nothing in it, not text, damaged."""
    path = tmp_path / name
    make(path)
    with pytest.raises(DataError) as caught:
        PROVIDER.read(str(path), AAPL, None)
    text = str(caught.value)
    assert str(path) in text
    assert "\n" not in text
    assert says in text or (name.endswith("parquet") and "cannot be read" in text)


def test_a_cut_off_parquet_file_is_one_line(tmp_path):
    """Half a file is no file."""
    path = tmp_path / "bars.parquet"
    pd.DataFrame({"date": ["2005-01-03"], "open": [1.0]}).to_parquet(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match="cannot be read"):
        PROVIDER.read(str(path), AAPL, None)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"timezone": "Mars/Olympus"}, "was 'Mars/Olympus'"),
        ({"stamp": "middle"}, "was 'middle'"),
        ({"columns": {"clse": "Close"}}, "did you mean 'close'"),
        ({"columns": {"close": "Clse"}}, "did you mean 'Close'"),
    ],
)
def test_a_wrong_option_is_one_line(write, options, says):
    """What cannot be used is named."""
    with pytest.raises(InvalidInputError) as caught:
        PROVIDER.read(write(HEAD, *ROWS), AAPL, None, **options)
    assert says in str(caught.value)


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    prices=st.lists(st.floats(1e-6, 1e9), min_size=2, max_size=30),
    start=st.dates(date(1960, 1, 1), date(2100, 1, 1)),
)
def test_what_is_written_is_read_to_the_last_bit(tmp_path, prices, start):
    """A price survives CSV and Parquet bit by bit."""
    days = np.datetime64(start) + np.arange(len(prices))
    columns = dict.fromkeys(("open", "high", "low", "close"), prices)
    frame = pd.DataFrame({"date": days.astype(str), **columns, "volume": 1.5})
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.assign(date=days).to_parquet(tmp_path / "a.parquet")
    for name in ("a.csv", "a.parquet"):
        series = PROVIDER.read(str(tmp_path / name), FREE, None).series
        assert series.close.tolist() == prices
        assert (series.session_date == days).all()


def test_any_bytes_are_bars_or_one_line(tmp_path):
    """No file whatever ends in anything but bars or one line."""
    rng = np.random.default_rng(7)
    good = "\n".join([HEAD, *ROWS]).encode()
    path = tmp_path / "bars.csv"
    said = []
    for _ in range(300):
        cells = bytearray(good)
        for place in rng.integers(0, len(cells), 3):
            cells[place] = int(rng.integers(1, 256))
        path.write_bytes(bytes(cells))
        try:
            PROVIDER.read(str(path), AAPL, None)
        except BifrostError as error:
            said.append(str(error))
    assert len(said) > 100
    assert not any("\n" in one for one in said)


def test_a_large_file_is_read_whole(tmp_path):
    """Block by block, and not a row is lost or moved where blocks meet."""
    count = 400_000
    stamps = np.datetime64("2010-01-01T00:01") + np.arange(count)
    price = np.round(np.linspace(10, 90, count), 2)
    columns = dict.fromkeys(("open", "high", "low", "close"), price)
    frame = pd.DataFrame({"date": stamps, **columns, "volume": np.arange(count)})
    path = tmp_path / "bars.csv"
    csv.write_csv(pa.Table.from_pandas(frame, preserve_index=False), path)
    series = PROVIDER.read(str(path), FREE, MINUTE).series
    assert series.end.tolist() == stamps.astype("datetime64[ns]").astype(np.int64).tolist()
    assert (series.close == price).all()
    assert (series.volume == np.arange(count)).all()
