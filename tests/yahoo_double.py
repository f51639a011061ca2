"""A double of Yahoo Finance on loopback, for the real yfinance to ask."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from bifrost_kernel.domain.bars import BarSpec
from bifrost_kernel.domain.instruments import Instrument, InstrumentId
from bifrost_kernel.providers.yahoo.adapter import YahooProvider
from bifrost_kernel.providers.yahoo.config import YahooConfig

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


@contextmanager
def yahoo_of(double, folder):
    """Serve the double, and give the provider that asks it."""

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
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield YahooProvider(FixedClock(), YahooConfig(address, 2.0, cache_folder=str(folder)))
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
