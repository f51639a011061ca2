"""The Provider port, over all adapters that have bars of their own and a fake."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime

import numpy as np
import pytest

from bifrost_kernel.domain.bars import BarSpec, Lineage
from bifrost_kernel.domain.errors import InvalidInputError, NoDataError
from bifrost_kernel.domain.instruments import Instrument, InstrumentId
from bifrost_kernel.engines.marketdata import engine
from bifrost_kernel.engines.marketdata.model import RawBars
from bifrost_kernel.providers.file.adapter import FileProvider
from bifrost_kernel.providers.frame.adapter import FrameProvider
from bifrost_kernel.providers.sample.adapter import SampleProvider
from bifrost_kernel.providers.synthetic.adapter import SyntheticProvider
from bifrost_kernel.providers.yahoo.adapter import YahooProvider

DAILY = BarSpec(1, "d")
NOW = datetime(2024, 6, 14, 21, 0, tzinfo=UTC)
START, END = date(2006, 7, 3), date(2006, 7, 14)
SESSIONS = ["2006-07-03", "2006-07-05", "2006-07-06", "2006-07-07", "2006-07-10"]
SESSIONS += ["2006-07-11", "2006-07-12", "2006-07-13", "2006-07-14"]


class FixedClock:
    """A clock that stands still."""

    def now(self):
        """Return the one instant."""
        return NOW

    def elapsed_seconds(self):
        """Return nothing elapsed."""
        return 0.0


class FakeProvider:
    """Flat prices on every session, as plain as can be."""

    name = "fake"

    def instruments(self):
        """Return the one it has."""
        return (Instrument(InstrumentId("FLAT", "XNYS"), "Flat", provider="fake"),)

    def fetch(self, instrument, spec, start, end):
        """Return flat bars of 2000 to 2013."""
        if start and end and start > end:
            raise InvalidInputError(f"range: expected start <= end, was {start} to {end}")
        low, high = max(start or date.min, date(2000, 1, 3)), min(end or date.max, date(2013, 3, 1))
        days, _ = engine.session_closes(instrument.id.mic, low, max(low, high))
        if instrument not in self.instruments() or spec != DAILY or low > high or len(days) == 0:
            raise NoDataError(f"{instrument.id}: no {spec} bars from {start} to {end}. Ask else")
        flat = np.full(len(days), 10.0)
        prices = dict.fromkeys(("open", "high", "low", "close", "volume"), flat)
        series = engine.series_from_columns(instrument.id, spec, session_date=days, **prices)
        return RawBars(series, (), Lineage("fake", "nowhere", NOW), start, end)


SOURCES = {
    "sample": SampleProvider(FixedClock()),
    "synthetic": SyntheticProvider(FixedClock()),
    "fake": FakeProvider(),
}
EVERY = {
    **SOURCES,
    "file": FileProvider(FixedClock()),
    "frame": FrameProvider(FixedClock()),
    "yahoo": YahooProvider(FixedClock()),
}


@pytest.fixture(params=SOURCES)
def provider(request):
    """A provider that has bars without being given any."""
    return SOURCES[request.param]


@pytest.fixture(params=EVERY)
def any_provider(request):
    """Any provider."""
    return EVERY[request.param]


def _one_line(caught):
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_its_name_is_what_its_instruments_say(any_provider):
    """Each listed instrument has a name and points back to its provider."""
    for one in any_provider.instruments():
        assert one.provider == any_provider.name
        assert one.name


def test_bars_are_sound_complete_and_labelled(provider):
    """Every listed instrument's bars pass validation and are on the calendar's sessions."""
    for one in provider.instruments():
        raw = engine.validate(provider.fetch(one, DAILY, None, None))
        assert raw.series.instrument_id == one.id
        assert raw.series.spec == DAILY
        assert engine.assess(raw.series, actions=raw.actions).completeness == 1.0
        assert raw.lineage.provider == provider.name
        assert raw.lineage.source
        assert raw.lineage.fetched_at == NOW
        assert raw.lineage.is_synthetic == (provider.name == "synthetic")


def test_a_range_holds_its_sessions_both_ends_included(provider):
    """The fourth of July is no session; the first and last day asked for are in."""
    raw = provider.fetch(provider.instruments()[0], DAILY, START, END)
    assert raw.series.session_date.astype(str).tolist() == SESSIONS
    assert (raw.first_asked, raw.last_asked) == (START, END)


def test_a_part_of_a_range_has_the_same_bars(provider):
    """Bars do not depend on what else is asked for."""
    one = provider.instruments()[0]
    whole = provider.fetch(one, DAILY, date(2006, 1, 3), date(2006, 12, 29)).series
    part = provider.fetch(one, DAILY, START, END).series
    rows = np.isin(whole.end, part.end)
    for name in ("open", "high", "low", "close", "volume"):
        assert getattr(whole, name)[rows].tobytes() == getattr(part, name).tobytes()


def test_a_range_without_a_session_is_no_data(provider):
    """A weekend is not an empty series."""
    with pytest.raises(NoDataError) as caught:
        provider.fetch(provider.instruments()[0], DAILY, date(2006, 7, 8), date(2006, 7, 9))
    assert "2006-07-08" in _one_line(caught)


def test_a_range_long_ago_is_no_data(provider):
    """What is before the first bar is said so."""
    with pytest.raises(NoDataError) as caught:
        provider.fetch(provider.instruments()[0], DAILY, date(1970, 1, 1), date(1971, 1, 1))
    assert "1970-01-01" in _one_line(caught)


def test_an_interval_it_lacks_is_no_data(provider):
    """Seconds are nowhere to be had, and the message says what was asked."""
    with pytest.raises(NoDataError) as caught:
        provider.fetch(provider.instruments()[0], BarSpec(1, "s"), START, END)
    assert "1s" in _one_line(caught)


def test_an_empty_range_is_refused_by_every_provider(any_provider):
    """A start after the end is the asker's mistake."""
    instrument = Instrument(InstrumentId("AAPL", "XNAS"), provider=any_provider.name)
    with pytest.raises(InvalidInputError) as caught:
        any_provider.fetch(instrument, DAILY, END, START)
    assert "2006-07-14" in _one_line(caught)


def test_the_sample_names_what_it_has_and_how_to_get_others():
    """An unknown symbol shows the way."""
    instrument = Instrument(InstrumentId("TSLA", "XNAS"))
    with pytest.raises(NoDataError) as caught:
        SOURCES["sample"].fetch(instrument, DAILY, None, None)
    text = _one_line(caught)
    for word in ("TSLA.XNAS", "AAPL.XNAS", "IBM.XNYS", "--provider yahoo", "import a file"):
        assert word in text


def test_the_sample_sends_who_wants_minutes_to_the_synthetic_ones():
    """An interval that is not daily shows the way."""
    instrument = SOURCES["sample"].instruments()[0]
    with pytest.raises(NoDataError, match="--provider synthetic"):
        SOURCES["sample"].fetch(instrument, BarSpec(1, "m"), None, None)


def test_the_sample_has_the_real_splits_and_no_false_one():
    """A crash of 52 % is a crash, and the two splits are splits."""
    raw = SOURCES["sample"].fetch(SOURCES["sample"].instruments()[0], DAILY, None, None)
    splits = [(one.ex_date, one.value) for one in raw.actions if one.kind.value == "split"]
    assert splits == [("2000-06-21", 2.0), ("2005-02-28", 2.0)]
    late = SOURCES["sample"].fetch(
        SOURCES["sample"].instruments()[0], DAILY, date(2001, 1, 2), date(2001, 12, 31)
    )
    assert [one.ex_date for one in late.actions if one.kind.value == "split"] == ["2005-02-28"]


@pytest.mark.parametrize("one", SOURCES["sample"].instruments(), ids=str)
def test_the_sample_is_the_package_figure_by_figure(one):
    """What the package's own reader finds is what comes through, to the last bit."""
    from bokeh_sampledata import stocks

    theirs = getattr(stocks, one.id.symbol)
    series = SOURCES["sample"].fetch(one, DAILY, None, None).series
    assert series.session_date.astype(str).tolist() == theirs["date"]
    for field in ("open", "high", "low", "close", "volume"):
        assert getattr(series, field).tolist() == theirs[field]


@pytest.mark.parametrize("name", ["file", "frame"])
def test_what_a_person_brought_is_not_fetched_again(name):
    """The bars of files and frames lie in the store, or with the person."""
    instrument = Instrument(InstrumentId("MINE", "XXXX"), provider=name)
    with pytest.raises(NoDataError) as caught:
        EVERY[name].fetch(instrument, DAILY, None, None)
    assert "MINE.XXXX" in _one_line(caught)


def test_making_every_provider_imports_nothing_heavy():
    """Constructors are cheap: pandas, pyarrow and yfinance come on first use."""
    code = (
        "import sys\n"
        "from bifrost_kernel.providers.file.adapter import FileProvider\n"
        "from bifrost_kernel.providers.frame.adapter import FrameProvider\n"
        "from bifrost_kernel.providers.sample.adapter import SampleProvider\n"
        "from bifrost_kernel.providers.synthetic.adapter import SyntheticProvider\n"
        "from bifrost_kernel.providers.yahoo.adapter import YahooProvider\n"
        "from bifrost_kernel.storage.instruments import SqlInstrumentStore\n"
        "makers = (FileProvider, FrameProvider, SampleProvider, SyntheticProvider, YahooProvider)\n"
        "seeds = [one for make in makers for one in make(None).instruments()]\n"
        "SqlInstrumentStore(None, seeds)\n"
        "heavy = {'pandas', 'pyarrow', 'yfinance', 'exchange_calendars', 'sqlalchemy', 'scipy'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
