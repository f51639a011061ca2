"""What the Yahoo provider refuses of a loopback double of Yahoo Finance, in one line each."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from bifrost_kernel.domain.bars import BarSpec
from bifrost_kernel.domain.errors import InvalidInputError, NoDataError, ProviderError
from bifrost_kernel.domain.instruments import Instrument, InstrumentId
from bifrost_kernel.providers.yahoo.adapter import YahooProvider
from bifrost_kernel.providers.yahoo.config import YahooConfig
from tests.yahoo_double import (
    DAILY,
    FIRST,
    LAST,
    MINUTE,
    NVDA,
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


def test_minutes_that_yahoo_no_longer_keeps_are_refused_with_the_limit(provider, double):
    """The limit is named, and Yahoo is not bothered."""
    with pytest.raises(NoDataError, match="for 29 days, since 2024-05-16"):
        provider.fetch(NVDA, MINUTE, date(2024, 1, 2), LAST)
    assert double.asked == []


def test_an_interval_that_yahoo_lacks_names_those_it_has(provider):
    """A wrong interval lists the right ones."""
    with pytest.raises(NoDataError, match="1m, 2m, 5m, 15m, 30m, 1h, 1d"):
        provider.fetch(NVDA, BarSpec(3, "m"), FIRST, LAST)


def _failure(provider, kind, code, **options):
    with pytest.raises(kind) as caught:
        provider.fetch(NVDA, DAILY, options.get("start", FIRST), options.get("end"))
    text = str(caught.value)
    assert "\n" not in text
    assert "NVDA" in text
    assert caught.value.code == code
    return text


def test_a_stale_answer_is_refused(provider, double):
    """An answer up to now must hold the last session that is over."""
    double.days, double.closes = double.days[:-3], double.closes[:-3]
    text = _failure(provider, ProviderError, "stale")
    assert "up to 2024-06-13, was 2024-06-11" in text


@pytest.mark.parametrize("value", [-1.0, 0.0, None, float("inf")])
@pytest.mark.parametrize("name", ["close", "low"])
def test_a_price_that_is_missing_or_not_positive_is_refused(provider, double, name, value):
    """One bad price spoils the answer; nothing of it comes through."""
    double.changes = {name: (3, value)}
    text = _failure(provider, ProviderError, "unsound")
    assert "2024-06-06" in text


def test_another_symbols_answer_is_refused(provider, double):
    """Bars of another instrument are never taken for this one's."""
    double.meta = {"symbol": "AMD"}
    assert "expected bars of 'NVDA', was 'AMD'" in _failure(provider, ProviderError, "wrong-symbol")


def test_another_currency_is_refused(provider, double):
    """Prices in euro are not prices in dollars."""
    double.meta = {"currency": "EUR"}
    text = _failure(provider, ProviderError, "wrong-currency")
    assert "expected prices in USD" in text


def test_another_interval_is_refused(provider, double):
    """Weeks are not days."""
    double.meta = {"dataGranularity": "1wk"}
    _failure(provider, ProviderError, "wrong-interval")


def test_an_answer_without_rows_is_no_data(provider, double):
    """An empty answer is an error, never an empty series."""
    double.days = []
    double.closes = []
    _failure(provider, NoDataError, "empty")


def test_an_unknown_symbol_is_no_data_with_yahoos_reason(provider, double):
    """What Yahoo says about a symbol is passed on."""
    reason = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
    double.status, double.body = 404, json.dumps({"chart": {"result": None, "error": reason}})
    double.body = double.body.encode()
    assert "may be delisted" in _failure(provider, NoDataError, "empty")


def test_too_many_requests_say_wait(provider, double):
    """A refusal for haste is told apart from a failure."""
    double.status, double.body = 429, b"Too Many Requests"
    assert "Wait some minutes" in _failure(provider, ProviderError, "rate-limited")


@pytest.mark.parametrize("status", [200, 503])
def test_a_web_page_instead_of_an_answer_is_refused(provider, double, status):
    """HTML is not data."""
    double.status, double.body = status, b"<!doctype html><html><body>Sorry</body></html>"
    assert "not JSON" in _failure(provider, ProviderError, "not-json")


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"chart": {"result": [{}], "error": null}}'])
def test_an_answer_of_another_shape_is_refused(provider, double, body):
    """JSON that is no chart is refused in one line."""
    double.body = body
    with pytest.raises((ProviderError, NoDataError)) as caught:
        provider.fetch(NVDA, DAILY, FIRST, None)
    assert "\n" not in str(caught.value)


def test_no_answer_in_time_is_one_line(provider, double):
    """Silence ends."""
    double.delay = 1.5
    hasty = replace(provider._config, timeout_seconds=0.3)
    _failure(YahooProvider(FixedClock(), hasty), ProviderError, "timeout")


def test_a_closed_door_is_one_line(tmp_path):
    """Without a network the reason is said, and nothing empty comes back."""
    closed = YahooConfig("http://127.0.0.1:9", 2.0, cache_folder=str(tmp_path))
    _failure(YahooProvider(FixedClock(), closed), ProviderError, "unreachable")


def test_nothing_is_printed_when_it_fails(provider, double, capfd):
    """Only the error speaks."""
    double.status, double.body = 429, b"Too Many Requests"
    _failure(provider, ProviderError, "rate-limited")
    said = capfd.readouterr()
    assert (said.out, said.err) == ("", "")


def test_a_good_answer_follows_a_bad_one(provider, double):
    """A failure leaves no trace in the next question."""
    double.body = b"<html>"
    _failure(provider, ProviderError, "not-json")
    double.body = None
    assert len(provider.fetch(NVDA, DAILY, FIRST, LAST).series) == 10


def test_a_start_after_the_end_is_refused_before_asking(provider, double):
    """Yahoo is not asked for nothing."""
    with pytest.raises(InvalidInputError, match="start <= end"):
        provider.fetch(NVDA, DAILY, LAST, FIRST)
    assert double.asked == []


def test_a_venue_that_yahoo_does_not_know_is_named(provider):
    """An unknown venue is not guessed."""
    instrument = Instrument(InstrumentId("SYN1", "XSYN"), provider="yahoo")
    with pytest.raises(NoDataError, match="no such venue"):
        provider.fetch(instrument, DAILY, FIRST, LAST)
