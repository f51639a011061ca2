"""Fetching: what is asked of whom, what is kept, and what a person gets."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from bifrost_kernel.domain.errors import (
    CorruptDataError,
    DataError,
    InvalidInputError,
    NoDataError,
    ProviderError,
    UnknownNameError,
)
from bifrost_kernel.domain.instruments import Instrument, InstrumentId
from bifrost_kernel.engines.marketdata import engine
from bifrost_kernel.storage.bars import ParquetBarStore
from bifrost_kernel.workflows import marketdata
from tests.market_desk import Desk, Shop
from tests.market_samples import (
    AAPL,
    DAY,
    daily,
    dividend,
    equal,
    minutes,
    raw,
    split,
    with_columns,
)

IBM = InstrumentId("IBM", "XNYS")


@pytest.fixture
def shop():
    """A provider of AAPL's year 2012, with a split and a dividend."""
    actions = (split("2012-06-01", 2.0), dividend("2012-08-09", 2.65))
    return Shop(daily("2012-01-03", "2012-12-31"), actions=actions)


@pytest.fixture
def desk(tmp_path, shop):
    """A desk with that provider, at noon of the last session of 2012."""
    return Desk(tmp_path, shop)


def test_a_past_range_is_asked_once(desk, shop):
    """The second time, and any part of it, comes from the store."""
    first = desk.fetch("AAPL", start="2012-03-01", end="2012-06-30")
    again = desk.fetch("AAPL", start="2012-03-01", end="2012-06-30")
    part = desk.fetch("AAPL", start="2012-04-02", end="2012-05-01")
    assert shop.asked == [("1d", "2012-03-01", "2012-06-30")]
    assert first.fingerprint == again.fingerprint != part.fingerprint
    assert equal(part.series[0], daily("2012-01-03", "2012-12-31").take(slice(62, 83)))


def test_only_what_is_missing_is_asked(desk, shop):
    """A wider range asks for its two ends; a range apart asks for the hole as well."""
    desk.fetch("AAPL", start="2012-05-01", end="2012-05-31")
    desk.fetch("AAPL", start="2012-04-02", end="2012-06-29")
    desk.fetch("AAPL", start="2012-10-01", end="2012-10-31")
    assert shop.asked[1:] == [
        ("1d", "2012-04-02", "2012-04-30"), ("1d", "2012-06-01", "2012-06-29"),
        ("1d", "2012-06-30", "2012-10-31"),
    ]  # fmt: skip
    whole = desk.fetch("AAPL", start="2012-04-02", end="2012-10-31")
    assert len(shop.asked) == 4
    wanted, _ = engine.session_closes("XNAS", date(2012, 4, 2), date(2012, 10, 31))
    assert np.array_equal(whole.series[0].session_date, wanted)


def test_what_is_known_not_to_exist_is_not_asked_again(desk, shop):
    """Before the first bar there is nothing, and that is remembered."""
    desk.fetch("AAPL", start="2012-01-03", end="2012-03-30")
    desk.fetch("AAPL", start="2011-01-01", end="2012-03-30")
    desk.fetch("AAPL", start="2011-01-01", end="2012-03-30")
    assert shop.asked[1:] == [("1d", "2011-01-01", "2012-01-02")]


def test_a_session_that_is_not_over_is_left_out_and_asked_again(desk, shop):
    """At noon today's bar is no bar; after the close it is fetched, and only it."""
    assert str(desk.fetch("AAPL").series[0].session_date[-1]) == "2012-12-28"
    desk.fetch("AAPL")
    assert shop.asked == [("1d", None, None)]
    desk.time = datetime(2012, 12, 31, 21, 0, tzinfo=UTC)
    assert str(desk.fetch("AAPL").series[0].session_date[-1]) == "2012-12-31"
    assert shop.asked[1:] == [("1d", "2012-12-29", None)]


def test_a_bar_that_comes_late_is_asked_for_again(desk, shop):
    """The provider did not have Friday's bar yet; it is not taken for a hole."""
    whole = shop.series[AAPL, DAY]
    shop.series[AAPL, DAY] = whole.take(slice(0, -2))
    assert str(desk.fetch("AAPL").series[0].session_date[-1]) == "2012-12-27"
    shop.series[AAPL, DAY] = whole
    assert str(desk.fetch("AAPL").series[0].session_date[-1]) == "2012-12-28"
    assert shop.asked[1:] == [("1d", "2012-12-28", None)]


def test_a_source_that_ended_long_ago_is_asked_once_a_session(desk, shop):
    """Nothing new for years is an answer."""
    desk.time = datetime(2026, 7, 31, 22, 0, tzinfo=UTC)
    assert len(desk.fetch("AAPL")) == len(desk.fetch("AAPL")) == 250
    assert shop.asked == [("1d", None, None)]
    desk.time = datetime(2026, 8, 3, 22, 0, tzinfo=UTC)
    assert len(desk.fetch("AAPL")) == len(desk.fetch("AAPL")) == 250
    assert shop.asked[1:] == [("1d", "2026-08-01", None)]


def test_minutes_of_the_running_session_are_there(tmp_path):
    """At noon there are the minutes until noon, and later the rest is fetched."""
    shop = Shop(minutes("2012-12-28", "2012-12-31"))
    desk = Desk(tmp_path, shop)
    assert len(desk.fetch("AAPL", spec="1m")) == 390 + 150
    desk.time = datetime(2012, 12, 31, 22, 0, tzinfo=UTC)
    assert len(desk.fetch("AAPL", spec="1m")) == 780
    assert shop.asked[1:] == [("1m", "2012-12-29", None)]


def test_when_the_source_fails_the_stored_bars_serve_and_say_so(desk, shop):
    """Only for an open end; a range that was asked for by name is not cut silently."""
    desk.fetch("AAPL", end="2012-11-30")
    shop.failure = ProviderError("shop is closed")
    bars = desk.fetch("AAPL")
    assert str(bars.series[0].session_date[-1]) == "2012-11-30"
    assert "not updated after 2012-11-30: shop is closed" in bars.lineage[0].steps
    for options in ({"end": "2012-12-20"}, {"refresh": True}):
        with pytest.raises(ProviderError, match="shop is closed"):
            desk.fetch("AAPL", **options)
    shop.failure = None
    assert len(desk.fetch("AAPL")) == 249


def test_adjustment_uses_the_actions_of_the_provider(desk, shop):
    """Raw bars are stored, adjusted ones are handed out."""
    none, splits, both = (desk.fetch("AAPL", adjust=how) for how in ("none", "splits", "all"))
    assert splits.series[0].close[0] == none.series[0].close[0] / 2
    assert both.series[0].close[0] < splits.series[0].close[0]
    assert len({one.fingerprint for one in (none, splits, both)}) == 3
    assert [one.ex_date for one in both.actions] == ["2012-06-01", "2012-08-09"]
    assert len(shop.asked) == 1


def test_longer_bars_are_joined_from_what_there_is(tmp_path):
    """Days from minutes, weeks from days, five minutes from one; the lineage says so."""
    shop = Shop(minutes("2012-07-02", "2012-07-13"))
    desk = Desk(tmp_path, shop)
    five = desk.fetch("AAPL", spec="5m", start="2012-07-02", end="2012-07-13")
    assert five.lineage[0].steps[-1] == "resampled: 1m to 5m"
    assert len(five) == 8 * 78 + 42
    assert len(desk.fetch("AAPL", spec="1d", start="2012-07-02", end="2012-07-13")) == 9
    assert len(desk.fetch("AAPL", spec="1w", start="2012-07-02", end="2012-07-13")) == 2
    assert shop.asked.count(("1m", "2012-07-02", "2012-07-13")) == 1


def test_weeks_are_made_of_adjusted_days(desk):
    """The split of 1 June, a Friday, does not stand inside its week."""
    week = desk.fetch("AAPL", spec="1w", adjust="splits", start="2012-05-29", end="2012-06-01")
    days = desk.fetch("AAPL", adjust="splits", start="2012-05-29", end="2012-06-01")
    assert week.series[0].high[0] == days.series[0].high.max()
    assert "resampled: 1d to 1w" in week.lineage[0].steps


def test_made_up_bars_are_not_kept(tmp_path):
    """They can be made again, and the store holds what markets did."""
    shop = Shop(daily(), is_synthetic=True)
    desk = Desk(tmp_path, shop)
    assert desk.fetch("AAPL").is_synthetic
    assert desk.store.load("shop", AAPL, DAY, None, None) is None


def test_universes_stand_for_their_members_and_nobody_comes_twice(tmp_path):
    """Order is kept; a member that is also named comes once."""
    shop = Shop(daily(), daily(instrument_id=IBM, seed=1))
    desk = Desk(tmp_path, shop)
    marketdata.put_universe(desk.instruments, "pair", ["IBM", "AAPL"])
    assert desk.fetch("AAPL", "pair").instrument_ids == (AAPL, IBM)
    assert desk.fetch("pair").instrument_ids == (IBM, AAPL)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"start": "2012-06-02", "end": "2012-06-01"}, InvalidInputError, "start <= end"),
        ({"provider": "shopp"}, UnknownNameError, "unknown provider 'shopp', did you mean 'shop'"),
        ({"start": "2011-01-01", "end": "2011-02-01"}, NoDataError, "shop has none there"),
        ({"spec": "1m"}, NoDataError, "shop has no 1m"),
    ],
)
def test_what_cannot_be_had_is_a_one_line_error(desk, options, error, words):
    """And nothing is stored."""
    with pytest.raises(error, match=words):
        desk.fetch("AAPL", **options)
    assert desk.store.load("shop", AAPL, DAY, None, None) is None


def test_unknown_and_missing_symbols_are_refused(desk):
    """With the nearest name, or the hint that one is needed."""
    with pytest.raises(UnknownNameError, match="did you mean 'AAPL'"):
        desk.fetch("APPL")
    with pytest.raises(InvalidInputError, match="symbols: expected at least one"):
        desk.fetch()


def test_an_empty_stored_range_says_what_range_there_is(desk):
    """The bars of another year are stored."""
    desk.fetch("AAPL", start="2012-05-01", end="2012-05-31")
    with pytest.raises(NoDataError, match="there is 2012-01-03 to 2012-05-31"):
        desk.fetch("AAPL", start="2011-05-01", end="2011-05-31")


def test_unsound_bars_never_reach_the_store(desk, shop):
    """A provider that answers nonsense is named, and nothing of it is kept."""
    whole = shop.series[AAPL, DAY]
    close = whole.close.copy()
    close[5] = np.nan
    shop.series[AAPL, DAY] = with_columns(whole, close=close)
    with pytest.raises(DataError, match="'shop': expected sound bars, was non finite"):
        desk.fetch("AAPL")
    assert desk.store.load("shop", AAPL, DAY, None, None) is None


def test_bars_of_somebody_else_never_reach_the_store(tmp_path):
    """Asked for AAPL, answered with IBM."""

    class Swapped(Shop):
        def fetch(self, instrument, spec, start, end):
            answer = super().fetch(instrument, spec, start, end)
            return replace(answer, series=replace(answer.series, instrument_id=IBM))

    desk = Desk(tmp_path, Swapped(daily()))
    with pytest.raises(ProviderError, match=r"expected 1d bars of AAPL\.XNAS, was 1d bars of IBM"):
        desk.fetch("AAPL")
    assert desk.store.load("shop", IBM, DAY, None, None) is None


def test_refreshing_asks_for_all_that_is_stored_and_replaces_it(desk, shop):
    """A bar that the source has withdrawn is gone, one outside the asked range is kept fresh."""
    desk.fetch("AAPL", start="2012-02-01", end="2012-06-29")
    shop.series[AAPL, DAY] = daily(seed=7).take(np.arange(250) != 60)
    bars = desk.fetch("AAPL", start="2012-03-01", end="2012-07-31", refresh=True)
    assert shop.asked[-1] == ("1d", "2012-02-01", "2012-07-31")
    stored = desk.store.load("shop", AAPL, DAY, None, None).series
    kept = daily(seed=7).take(np.arange(250) != 60)
    inside = (kept.session_date >= np.datetime64("2012-02-01")) & (
        kept.session_date <= np.datetime64("2012-07-31")
    )
    assert equal(stored, kept.take(inside))
    assert str(bars.series[0].session_date[0]) == "2012-03-01"


def test_refreshing_mends_a_corrupt_store(tmp_path, shop):
    """The error says --refresh, and --refresh works."""
    desk = Desk(tmp_path, shop, store=ParquetBarStore(tmp_path / "bars"))
    whole = desk.fetch("AAPL")
    next((tmp_path / "bars").rglob("*.parquet")).write_bytes(b"broken")
    with pytest.raises(CorruptDataError, match="--refresh"):
        desk.fetch("AAPL")
    assert desk.fetch("AAPL", refresh=True).fingerprint == whole.fingerprint
    assert desk.fetch("AAPL").fingerprint == whole.fingerprint


def test_the_fingerprint_does_not_know_the_store(tmp_path, shop):
    """Parquet or memory, fetched at once or in pieces: the same bars, the same hash."""
    one = Desk(tmp_path, shop)
    other = Desk(tmp_path, shop, store=ParquetBarStore(tmp_path / "bars"))
    for start, end in (("2012-06-01", "2012-06-29"), ("2012-02-01", "2012-03-01")):
        other.fetch("AAPL", start=start, end=end)
    assert one.fetch("AAPL").fingerprint == other.fetch("AAPL").fingerprint


def test_imported_bars_are_found_again_without_their_file(desk):
    """The instrument is registered, its provider is the file's name, nobody needs to be asked."""
    instrument = marketdata.instrument_for_import(desk.instruments, "mine.xnas")
    series = daily(instrument_id=instrument.id)
    report = marketdata.import_bars(
        raw(series, provider="file"), instrument=instrument, instruments=desk.instruments,
        store=desk.store,
    )  # fmt: skip
    assert (report.bars, report.completeness) == (250, 1.0)
    bars = desk.fetch("MINE")
    assert equal(bars.series[0], series)
    assert marketdata.assess_bars(bars)[0].is_usable


def test_importing_for_a_known_symbol_leaves_its_provider(desk):
    """The file's bars stand beside the provider's own."""
    instrument = marketdata.instrument_for_import(desk.instruments, "AAPL")
    assert instrument.provider == "shop"
    series = daily(seed=11)
    marketdata.import_bars(
        raw(series, provider="file"), instrument=instrument, instruments=desk.instruments,
        store=desk.store,
    )  # fmt: skip
    assert equal(desk.fetch("AAPL", provider="file").series[0], series)
    assert not np.array_equal(desk.fetch("AAPL").series[0].close, series.close[:-1])
    assert desk.instruments.resolve("AAPL").provider == "shop"


def test_unsound_files_are_not_imported(desk):
    """Neither bars nor instrument are kept."""
    instrument = marketdata.instrument_for_import(desk.instruments, "NEW")
    assert instrument.id == InstrumentId("NEW", "XXXX")
    series = daily(instrument_id=instrument.id)
    bad = with_columns(series, high=series.low / 2)
    with pytest.raises(DataError, match="high below low"):
        marketdata.import_bars(
            raw(bad, provider="file"), instrument=instrument, instruments=desk.instruments,
            store=desk.store,
        )  # fmt: skip
    with pytest.raises(UnknownNameError):
        desk.instruments.resolve("NEW")


def test_symbols_are_added_aliased_retired_and_restored(desk):
    """Each verb is one change in the store."""
    store = desk.instruments
    marketdata.add_instrument(store, Instrument(IBM, "Business Machines", provider="shop"))
    assert marketdata.alias_instrument(store, "IBM", "big blue").aliases == ("BIG BLUE",)
    assert store.resolve("big blue").id == IBM
    marketdata.retire_instrument(store, "IBM")
    assert marketdata.search_instruments(store, "IBM") == ()
    assert marketdata.search_instruments(store, "IBM", with_retired=True)[0].is_retired
    marketdata.restore_instrument(store, "IBM")
    assert [one.id for one in marketdata.search_instruments(store, "busi")] == [IBM]
    assert marketdata.put_universe(store, "two", ["IBM", "AAPL", "IBM"]) == (IBM, AAPL)
    marketdata.put_universe(store, "two", [])
    assert "two" not in store.universes()
