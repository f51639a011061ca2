"""The BarStore port, over the Parquet store and the one in memory."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from bifrost_kernel.domain.bars import BarSpec
from bifrost_kernel.domain.errors import InvalidInputError
from bifrost_kernel.domain.instruments import InstrumentId
from bifrost_kernel.storage.bars import ParquetBarStore
from bifrost_kernel.storage.memory import MemoryBarStore
from tests.market_samples import (
    AAPL,
    DAY,
    MINUTE,
    daily,
    dividend,
    equal,
    minutes,
    raw,
    split,
    with_columns,
)


@pytest.fixture(params=["parquet", "memory"])
def store(request, tmp_path):
    """Each store in turn, empty."""
    return ParquetBarStore(tmp_path / "bars") if request.param == "parquet" else MemoryBarStore()


def load(store, start=None, end=None, *, spec=DAY, provider="sample", instrument_id=AAPL):
    """Load a range of AAPL's days."""
    return store.load(provider, instrument_id, spec, start, end)


def test_nothing_is_there_before_anything_was_saved(store):
    """None means never, which is not the same as no bars."""
    assert load(store) is None


def test_what_was_saved_comes_back_to_the_last_bit(store):
    """Bars, actions, lineage and what was asked."""
    answer = raw(
        daily(), dividend("2012-08-09", 2.65), split("2014-06-09", 7.0),
        asked=(date(2012, 1, 1), date(2012, 12, 31)),
    )  # fmt: skip
    store.save(answer)
    found = load(store)
    assert equal(found.series, answer.series)
    assert found.actions == answer.actions
    assert found.lineage == answer.lineage
    assert (found.first_asked, found.last_asked) == (date(2012, 1, 1), date(2012, 12, 31))


def test_odd_numbers_survive(store):
    """The smallest and largest numbers, and zero volume, are kept as they are."""
    series = daily("2012-07-02", "2012-07-06")
    volume = np.array([0.0, 5e-324, 1.7976931348623157e308, 0.1])
    store.save(raw(with_columns(series, volume=volume)))
    assert load(store).series.volume.tolist() == volume.tolist()


@pytest.mark.parametrize("spec", [DAY, MINUTE])
def test_a_range_holds_its_sessions_only_but_all_actions(store, spec):
    """Both ends are included; minutes over a year's end too."""
    whole = (
        daily("2012-11-01", "2013-02-28") if spec == DAY else minutes("2012-12-28", "2013-01-03")
    )
    store.save(raw(whole, split("2010-01-04", 2.0)))
    start, end = date(2012, 12, 31), date(2013, 1, 2)
    found = load(store, start, end, spec=spec)
    wanted = (whole.session_date >= np.datetime64(start)) & (
        whole.session_date <= np.datetime64(end)
    )
    assert 0 < wanted.sum() < len(whole)
    assert equal(found.series, whole.take(wanted))
    assert len(found.actions) == 1
    assert len(load(store, date(1999, 1, 1), date(1999, 2, 1), spec=spec).series) == 0


def test_new_bars_replace_those_of_the_same_end(store):
    """An overlap takes the newer figures; the rest stays."""
    old, new = daily("2012-01-03", "2012-06-29"), daily("2012-06-01", "2012-12-31", seed=9)
    store.save(raw(old, dividend("2012-02-01", 1.0), dividend("2012-03-01", 1.0)))
    store.save(raw(new, dividend("2012-03-01", 2.0), split("2012-09-04", 2.0)))
    found = load(store)
    count = len(found.series) - len(new)
    assert equal(found.series.take(slice(count, None)), new)
    assert equal(found.series.take(slice(0, count)), old.take(slice(0, count)))
    assert [(one.ex_date, one.value) for one in found.actions] == [
        ("2012-02-01", 1.0), ("2012-03-01", 2.0), ("2012-09-04", 2.0)
    ]  # fmt: skip


def test_older_bars_can_come_later(store):
    """History that is fetched backwards is sorted."""
    store.save(raw(minutes("2012-07-05", "2012-07-06")))
    store.save(raw(minutes("2012-07-02", "2012-07-03")))
    found = load(store, spec=MINUTE).series
    assert len(found) == 390 * 3 + 210
    assert (np.diff(found.end) > 0).all()


def test_ranges_that_touch_are_one(store):
    """What was asked is joined day by day; a hole between keeps them apart."""
    store.save(raw(daily("2012-01-03", "2012-01-31"), asked=(date(2012, 1, 1), date(2012, 1, 31))))
    store.save(raw(daily("2012-02-01", "2012-02-29"), asked=(date(2012, 2, 1), date(2012, 2, 29))))
    found = load(store)
    assert (found.first_asked, found.last_asked) == (date(2012, 1, 1), date(2012, 2, 29))
    store.save(raw(daily("2012-06-01", "2012-06-29"), asked=(date(2012, 6, 1), date(2012, 6, 30))))
    found = load(store, date(2012, 1, 1), date(2012, 2, 1))
    assert (found.first_asked, found.last_asked) == (date(2012, 1, 1), date(2012, 2, 29))
    found = load(store, date(2012, 5, 1), date(2012, 7, 1))
    assert (found.first_asked, found.last_asked) == (date(2012, 6, 1), date(2012, 6, 30))


def test_an_answer_without_bars_still_says_what_was_asked(store):
    """Sessions known not to exist need not be asked again."""
    store.save(raw(daily("2012-07-02", "2012-07-31"), asked=(date(2012, 7, 1), date(2012, 7, 31))))
    nothing = daily("2012-07-02", "2012-07-02").take(slice(0, 0))
    store.save(raw(nothing, asked=(date(2012, 8, 1), date(2013, 1, 1))))
    found = load(store)
    assert found.last_asked == date(2013, 1, 1)
    assert len(found.series) == 21


def test_an_open_answer_speaks_for_its_last_bar_at_most(store):
    """Without a last session asked, nothing is claimed beyond the bars."""
    store.save(raw(daily("2012-07-02", "2012-07-31")))
    found = load(store)
    assert (found.first_asked, found.last_asked) == (None, date(2012, 7, 31))


def test_until_when_there_is_nothing_new_is_told_of_the_last_sessions_only(store):
    """An answer that reaches further makes the older word worthless; one of before does not."""
    noon = datetime(2012, 8, 1, 12, 0, tzinfo=UTC)
    july, may = (daily(f"2012-{month}-01", f"2012-{month}-31") for month in ("07", "05"))
    asked = {"asked": (date(2012, 7, 1), date(2012, 7, 31))}
    store.save(replace(raw(july, **asked), nothing_new_before=noon))
    assert load(store).nothing_new_before == noon
    store.save(raw(may, asked=(date(2012, 5, 1), date(2012, 5, 31))))
    assert load(store).nothing_new_before == noon
    assert load(store, date(2012, 5, 1), date(2012, 5, 20)).nothing_new_before is None
    store.save(raw(daily("2012-08-01", "2012-08-31"), asked=(date(2012, 8, 1), date(2012, 8, 31))))
    assert load(store).nothing_new_before is None
    store.save(replace(raw(july, **asked), nothing_new_before=noon))
    assert load(store).nothing_new_before is None


def test_replacing_drops_what_was_known_of_new_bars(store):
    """Only the answer that is there now counts."""
    noon = datetime(2013, 1, 1, 12, 0, tzinfo=UTC)
    store.save(replace(raw(daily()), nothing_new_before=noon))
    store.save(raw(daily()), replaces=True)
    assert load(store).nothing_new_before is None


def test_the_newest_lineage_is_told(store):
    """Who answered last, and when."""
    store.save(raw(daily()))
    later = replace(raw(daily()).lineage, fetched_at=datetime(2026, 5, 1, tzinfo=UTC), steps=())
    store.save(replace(raw(daily()), lineage=later))
    assert load(store).lineage == later


def test_replacing_drops_what_was_there(store):
    """Bars, actions and asked ranges of before are gone."""
    store.save(raw(daily("2011-01-03", "2011-12-30"), split("2011-06-01", 2.0)))
    answer = raw(daily("2012-01-03", "2012-12-31"), asked=(date(2012, 1, 1), date(2012, 12, 31)))
    store.save(answer, replaces=True)
    found = load(store)
    assert equal(found.series, answer.series)
    assert (found.actions, found.first_asked) == ((), date(2012, 1, 1))


def test_forgetting_is_complete_and_of_one_series_only(store):
    """Other intervals, providers and instruments stay."""
    other = InstrumentId("AAP", "XNAS")
    store.save(raw(daily()))
    store.save(raw(minutes()))
    store.save(raw(daily(), provider="file"))
    store.save(raw(daily(instrument_id=other)))
    store.forget("sample", AAPL, DAY)
    assert load(store) is None
    assert load(store, spec=MINUTE) is not None
    assert load(store, provider="file") is not None
    assert load(store, instrument_id=other) is not None
    store.forget("sample", AAPL, BarSpec(1, "w"))


def test_bars_out_of_order_are_refused(store):
    """The store keeps sorted bars; validation comes before it."""
    series = daily()
    with pytest.raises(InvalidInputError, match="out of order"):
        store.save(raw(series.take(np.arange(len(series))[::-1])))
    assert load(store) is None


def test_loaded_arrays_cannot_be_written(store):
    """Nobody changes the store's bars by accident."""
    store.save(raw(minutes("2012-12-28", "2013-01-03")))
    for series in (
        load(store, spec=MINUTE).series,
        load(store, date(2013, 1, 1), spec=MINUTE).series,
    ):
        for name in ("end", "session_date", "open", "high", "low", "close", "volume"):
            with pytest.raises(ValueError, match="read-only"):
                getattr(series, name)[0] = getattr(series, name)[1]
