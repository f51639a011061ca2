"""Bars that tests are made of."""

from datetime import UTC, date, datetime

import numpy as np

from bifrost_kernel.domain.bars import ActionKind, BarSeries, BarSpec, CorporateAction, Lineage
from bifrost_kernel.domain.instruments import InstrumentId
from bifrost_kernel.engines.marketdata import engine
from bifrost_kernel.engines.marketdata.model import RawBars

AAPL = InstrumentId("AAPL", "XNAS")
DAY, MINUTE = BarSpec(1, "d"), BarSpec(1, "m")
FETCHED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def lineage(provider="sample", *, is_synthetic=False):
    """Say where bars came from."""
    return Lineage(provider, "a test", FETCHED, ("made for a test",), is_synthetic)


def walk(count, seed=0, scale=0.01):
    """Return OHLCV columns of a random walk that obey every rule."""
    rng = np.random.default_rng(seed)
    close = np.round(100 * np.exp(np.cumsum(rng.normal(0, scale, count))), 4)
    open_ = np.round(close * np.exp(rng.normal(0, scale / 3, count)), 4)
    high = np.maximum(open_, close) + 0.25
    low = np.minimum(open_, close) * 0.99
    volume = rng.integers(1, 1_000_000, count).astype(float)
    return {"open": open_, "high": high, "low": low, "close": close, "volume": volume}


def daily(start="2012-01-03", end="2012-12-31", *, instrument_id=AAPL, seed=0, columns=None):
    """Return a bar for every session of a range."""
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    sessions, _ = engine.session_closes(instrument_id.mic, first, last)
    columns = columns or walk(len(sessions), seed)
    return engine.series_from_columns(instrument_id, DAY, session_date=sessions, **columns)


def minutes(start="2012-07-02", end="2012-07-05", *, spec=MINUTE, instrument_id=AAPL, seed=0):
    """Return a bar for every minute of the sessions of a range."""
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    _, ends = engine.bar_ends(instrument_id.mic, spec, first, last)
    columns = walk(len(ends), seed, scale=1e-4)
    return engine.series_from_columns(instrument_id, spec, timestamps=ends, **columns)


def raw(series, *actions, provider="sample", asked=(None, None), is_synthetic=False):
    """Wrap a series as a provider's answer."""
    return RawBars(series, tuple(actions), lineage(provider, is_synthetic=is_synthetic), *asked)


def split(ex_date, ratio, instrument_id=AAPL):
    """Return a split."""
    return CorporateAction(instrument_id, ex_date, ActionKind.SPLIT, ratio)


def dividend(ex_date, value, instrument_id=AAPL):
    """Return a dividend."""
    return CorporateAction(instrument_id, ex_date, ActionKind.DIVIDEND, value)


def with_columns(series, **columns):
    """Return the series with some columns replaced."""
    names = ("end", "session_date", "open", "high", "low", "close", "volume")
    kept = {name: columns.get(name, getattr(series, name)) for name in names}
    return BarSeries(series.instrument_id, series.spec, **kept)


def equal(one, other):
    """Tell whether two series are the same to the last bit."""
    names = ("end", "session_date", "open", "high", "low", "close", "volume")
    same = all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)
    return same and (one.instrument_id, one.spec) == (other.instrument_id, other.spec)
