"""The Yahoo provider drives the real yfinance against a loopback double of Yahoo Finance."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest

from bifrost_kernel.domain.bars import ActionKind
from bifrost_kernel.domain.instruments import Instrument, InstrumentId, InstrumentKind
from bifrost_kernel.providers.yahoo.adapter import YahooProvider
from tests.yahoo_double import (
    DAILY,
    FIRST,
    LAST,
    MINUTE,
    NOW,
    NVDA,
    SPLIT,
    Double,
    FixedClock,
    yahoo_of,
)

pytestmark = pytest.mark.network


@pytest.fixture
def double():
    """A double of Yahoo with a good answer."""
    return Double()


@pytest.fixture
def provider(double, tmp_path):
    """The provider, pointed at the double."""
    with yahoo_of(double, tmp_path) as pointed:
        yield pointed


def test_good_days_come_back_in_the_units_of_their_day(provider, double):
    """Prices, volume and dividend before a ten-for-one split are what traded then."""
    raw = provider.fetch(NVDA, DAILY, FIRST, LAST)
    series = raw.series
    assert series.session_date.astype(str).tolist() == [str(one) for one in double.days]
    assert series.close.tolist() == [
        *(round(one * 10, 4) for one in double.closes[:5]),
        *double.closes[5:],
    ]
    assert series.volume[[0, 4, 5]].tolist() == [100_000, 500_000, 6_000_000]
    ended = series.end[:1].astype("datetime64[ns]").astype("datetime64[s]")
    assert ended.astype(str).tolist() == ["2024-06-03T20:00:00"]
    assert [(one.ex_date, one.kind, one.value) for one in raw.actions] == [
        ("2024-06-05", ActionKind.DIVIDEND, 0.04),
        ("2024-06-10", ActionKind.SPLIT, 10.0),
    ]
    assert raw.lineage.provider == "yahoo"
    assert raw.lineage.fetched_at == NOW
    assert not raw.lineage.is_synthetic


def test_a_range_that_ends_before_a_split_is_undone_by_it_too(provider):
    """The question stays open to the present, since later splits are in Yahoo's prices."""
    raw = provider.fetch(NVDA, DAILY, FIRST, date(2024, 6, 5))
    assert raw.series.close.tolist() == [1150.0, 1164.4, 1224.4]
    assert [one.ex_date for one in raw.actions] == ["2024-06-05", "2024-06-10"]


def test_the_noise_of_single_precision_is_rounded_away(provider, double):
    """What single precision made of a price is the price again."""
    double.closes = [float(np.float32(one)) for one in double.closes]
    raw = provider.fetch(NVDA, DAILY, FIRST, LAST)
    assert raw.series.close[-3:].tolist() == [125.2, 129.61, 131.88]


def test_all_there_is_can_be_asked_for(provider):
    """Without a start the whole history is asked for."""
    assert len(provider.fetch(NVDA, DAILY, None, None).series) == 10


def test_a_bar_that_is_not_over_is_left_out(provider):
    """While the market is open, today's bar is not a bar yet."""
    now = datetime(2024, 6, 14, 18, 0, tzinfo=UTC)
    early = YahooProvider(FixedClock(now), provider._config)
    assert str(early.fetch(NVDA, DAILY, FIRST, None).series.session_date[-1]) == "2024-06-13"


def test_minutes_are_stamped_by_their_end_and_silent_ones_left_out(provider, double):
    """Minutes come in several answers, before the split in the units of their day."""
    raw = provider.fetch(NVDA, MINUTE, FIRST, LAST)
    series = raw.series
    assert len(series) == 10 * 390 - 2  # the double is silent once in each of two answers
    opened = np.datetime64("2024-06-03T13:31:00", "ns").astype(np.int64)
    assert series.end[0] == opened
    assert series.open[0] == 1000.0
    assert series.open[-1] < 110
    asked = [query for _, query in double.asked if query.get("interval") == ["1m"]]
    assert len(asked) == 2


def test_an_old_range_is_not_stale(provider, double):
    """Whoever asks for the past gets the past."""
    double.days, double.closes = double.days[:-3], double.closes[:-3]
    assert len(provider.fetch(NVDA, DAILY, FIRST, date(2024, 6, 6)).series) == 4


def test_pence_are_brought_to_pounds(provider, double):
    """London quotes pence; the instrument is in pounds."""
    double.meta = {"currency": "GBp"}
    pounds = Instrument(NVDA.id, currency="GBP", provider="yahoo")
    assert provider.fetch(pounds, DAILY, SPLIT, LAST).series.close[0] == 1.2179


@pytest.mark.filterwarnings("error")
def test_nothing_is_warned_of_when_it_succeeds(provider, capfd):
    """What yfinance mutters about itself is not passed on."""
    provider.fetch(NVDA, DAILY, FIRST, LAST)
    said = capfd.readouterr()
    assert (said.out, said.err) == ("", "")


@pytest.mark.parametrize(
    ("instrument_id", "kind", "asked"),
    [
        (InstrumentId("BRK.B", "XNYS"), InstrumentKind.EQUITY, "BRK-B"),
        (InstrumentId("VOD", "XLON"), InstrumentKind.EQUITY, "VOD.L"),
        (InstrumentId("SPY", "ARCX"), InstrumentKind.ETF, "SPY"),
        (InstrumentId("GSPC", "XNYS"), InstrumentKind.INDEX, "^GSPC"),
        (InstrumentId("EURUSD", "XXXX"), InstrumentKind.FX, "EURUSD=X"),
        (InstrumentId("BTC/USD", "XXXX"), InstrumentKind.CRYPTO, "BTC-USD"),
    ],
)
def test_yahoo_is_asked_by_its_own_symbol(provider, double, instrument_id, kind, asked):
    """Venues, kinds and class shares are spelt as Yahoo spells them."""
    double.meta = {"symbol": asked}
    instrument = Instrument(instrument_id, kind=kind, provider="yahoo")
    assert len(provider.fetch(instrument, DAILY, FIRST, date(2024, 6, 6)).series) == 4
    assert f"/v8/finance/chart/{asked}" in [path.replace("%5E", "^") for path, _ in double.asked]
