"""The Yahoo provider drives the real yfinance against a loopback double of Yahoo Finance."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from bifrost_kernel.domain.bars import ActionKind, BarSpec
from bifrost_kernel.domain.errors import InvalidInputError, NoDataError, ProviderError
from bifrost_kernel.domain.instruments import Instrument, InstrumentId, InstrumentKind
from bifrost_kernel.providers.yahoo.adapter import YahooProvider
from bifrost_kernel.providers.yahoo.config import YahooConfig

pytestmark = pytest.mark.network

NEW_YORK = ZoneInfo("America/New_York")
NVDA = Instrument(InstrumentId("NVDA", "XNAS"), "NVIDIA", provider="yahoo")
DAILY, MINUTE = BarSpec(1, "d"), BarSpec(1, "m")
NOW = datetime(2024, 6, 14, 21, 0, tzinfo=UTC)
FIRST, SPLIT, LAST = date(2024, 6, 3), date(2024, 6, 10), date(2024, 6, 14)


class FixedClock:
    """A clock that stands still."""

    def __init__(self, now=NOW):
        self._now = now

    def now(self):
        """Return the one instant."""
        return self._now

    def elapsed_seconds(self):
        """Return nothing elapsed."""
        return 0.0


class Double:
    """What the loopback Yahoo answers; a test changes it."""

    def __init__(self):
        self.days = [FIRST + timedelta(days=n) for n in range(12)]
        self.days = [one for one in self.days if one.weekday() < 5]
        self.closes = [115.0, 116.44, 122.44, 121.0, 120.888, 121.79, 120.91, 125.2, 129.61, 131.88]
        self.changes = {}
        self.meta = {}
        self.status = 200
        self.body = None
        self.delay = 0.0
        self.asked = []

    def answer(self, path, query):
        """Return status, body and type of an answer."""
        self.asked.append((path, query))
        if not path.startswith("/v8/finance/chart/"):
            return 200, b"crumb", "text/plain"
        time.sleep(self.delay)
        if self.body is not None:
            return self.status, self.body, "text/html"
        body = self._minutes(query) if query["interval"] == ["1m"] else self._days(query)
        return self.status, json.dumps(body).encode(), "application/json"

    def _days(self, query):
        low, high = (float(query.get(key, ["0"])[0]) for key in ("period1", "period2"))
        opened = [datetime(d.year, d.month, d.day, 9, 30, tzinfo=NEW_YORK) for d in self.days]
        rows = [n for n, one in enumerate(opened) if low <= one.timestamp() <= (high or 9e9)]
        closes = [self.closes[n] for n in rows]
        quote = {
            "open": [c - 0.5 for c in closes],
            "high": [c + 1.0 for c in closes],
            "low": [c - 1.0 for c in closes],
            "close": list(closes),
            "volume": [1_000_000 * (n + 1) for n in rows],
        }
        for name, (row, value) in self.changes.items():
            quote[name][row] = value
        split_at = int(datetime(2024, 6, 10, 9, 30, tzinfo=NEW_YORK).timestamp())
        paid_at = int(datetime(2024, 6, 5, 9, 30, tzinfo=NEW_YORK).timestamp())
        events = {
            "splits": {"a": {"date": split_at, "numerator": 10, "denominator": 1}},
            "dividends": {"b": {"date": paid_at, "amount": 0.004}},
        }
        return self._chart([int(opened[n].timestamp()) for n in rows], quote, "1d", events)

    def _minutes(self, query):
        low, high = (float(query[key][0]) for key in ("period1", "period2"))
        stamps, periods = [], []
        for day in self.days:
            opened = datetime(day.year, day.month, day.day, 9, 30, tzinfo=NEW_YORK)
            if not low <= opened.timestamp() < high:
                continue
            start = int(opened.timestamp())
            stamps += [start + 60 * n for n in range(390)]
            period = {"timezone": "EDT", "gmtoffset": -14400, "start": start, "end": start + 23_400}
            periods.append([period])
        closes = [100.0 + n % 7 for n in range(len(stamps))]
        quote = {
            "open": closes,
            "high": [c + 1 for c in closes],
            "low": [c - 1 for c in closes],
            "close": list(closes),
            "volume": [100] * len(closes),
        }
        for name in ("open", "high", "low", "close", "volume"):
            quote[name] = [None if n == 5 else v for n, v in enumerate(quote[name])]
        return self._chart(stamps, quote, "1m", {}, tradingPeriods=periods)

    def _chart(self, stamps, quote, interval, events, **more):
        meta = {
            "symbol": "NVDA",
            "currency": "USD",
            "instrumentType": "EQUITY",
            "exchangeTimezoneName": "America/New_York",
            "gmtoffset": -14400,
            "dataGranularity": interval,
            "validRanges": ["1d", "max"],
            **more,
            **self.meta,
        }
        indicators = {"quote": [quote], "adjclose": [{"adjclose": quote["close"]}]}
        result = {"meta": meta, "timestamp": stamps, "events": events, "indicators": indicators}
        return {"chart": {"result": [result], "error": None}}


@pytest.fixture
def double():
    """A double of Yahoo with a good answer."""
    return Double()


@pytest.fixture
def provider(double, tmp_path):
    """The provider, pointed at the double."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked = urlsplit(self.path)
            status, body, kind = double.answer(asked.path, parse_qs(asked.query))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    yield YahooProvider(FixedClock(), YahooConfig(address, 2.0, cache_folder=str(tmp_path)))
    server.shutdown()
    server.server_close()
    thread.join()


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


def test_an_old_range_is_not_stale(provider, double):
    """Whoever asks for the past gets the past."""
    double.days, double.closes = double.days[:-3], double.closes[:-3]
    assert len(provider.fetch(NVDA, DAILY, FIRST, date(2024, 6, 6)).series) == 4


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


def test_pence_are_brought_to_pounds(provider, double):
    """London quotes pence; the instrument is in pounds."""
    double.meta = {"currency": "GBp"}
    pounds = Instrument(NVDA.id, currency="GBP", provider="yahoo")
    assert provider.fetch(pounds, DAILY, SPLIT, LAST).series.close[0] == 1.2179


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


@pytest.mark.filterwarnings("error")
def test_nothing_is_warned_of_when_it_succeeds(provider, capfd):
    """What yfinance mutters about itself is not passed on."""
    provider.fetch(NVDA, DAILY, FIRST, LAST)
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


def test_a_venue_that_yahoo_does_not_know_is_named(provider):
    """An unknown venue is not guessed."""
    instrument = Instrument(InstrumentId("SYN1", "XSYN"), provider="yahoo")
    with pytest.raises(NoDataError, match="no such venue"):
        provider.fetch(instrument, DAILY, FIRST, LAST)
