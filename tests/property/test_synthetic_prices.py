"""Laws of the made-up prices: same seed, same bits, whatever is asked."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bifrost_kernel.domain.bars import BarSpec
from bifrost_kernel.domain.instruments import Instrument, InstrumentId
from bifrost_kernel.engines.marketdata import engine
from bifrost_kernel.providers.synthetic.adapter import SyntheticProvider
from bifrost_kernel.providers.synthetic.config import SyntheticConfig

FIELDS = ("end", "open", "high", "low", "close", "volume")
DAYS = st.dates(date(2000, 1, 3), date(2014, 12, 1))
SYMBOLS = st.sampled_from(["SYN1.XSYN", "SYN5.XSYN", "AAPL.XNAS", "VOD.XLON", "BTC.XXXX"])


class FixedClock:
    """A clock that stands still."""

    def now(self):
        """Return the one instant."""
        return datetime(2024, 1, 2, tzinfo=UTC)

    def elapsed_seconds(self):
        """Return nothing elapsed."""
        return 0.0


def _fetch(name, spec, start, end, **config):
    provider = SyntheticProvider(FixedClock(), SyntheticConfig(**config))
    instrument = Instrument(InstrumentId.parse(name), provider="synthetic")
    return provider.fetch(instrument, BarSpec.parse(spec), start, end).series


@settings(deadline=None, max_examples=25)
@given(
    name=SYMBOLS,
    spec=st.sampled_from(["1m", "5m", "7m", "1h", "1d"]),
    start=DAYS,
    lengths=st.tuples(st.integers(0, 20), st.integers(7, 15), st.integers(0, 20)),
)
def test_a_part_has_the_same_bits_as_the_whole(name, spec, start, lengths):
    """Any sub-range, asked for alone, is the same bar by bar and bit by bit."""
    before, length, after = lengths
    end = start + timedelta(days=length)
    first = max(start - timedelta(days=before), date(2000, 1, 3))
    whole = _fetch(name, spec, first, end + timedelta(days=after))
    part = _fetch(name, spec, start, end)
    rows = np.isin(whole.end, part.end)
    assert rows.sum() == len(part)
    for field in FIELDS:
        assert getattr(whole, field)[rows].tobytes() == getattr(part, field).tobytes()


@settings(deadline=None, max_examples=15)
@given(name=SYMBOLS, spec=st.sampled_from(["5m", "30m", "1h", "1d"]), start=DAYS)
def test_longer_bars_are_made_of_the_minutes(name, spec, start):
    """A bar of any length is its minutes put together."""
    end = start + timedelta(days=6)
    minutes = _fetch(name, "1m", start, end)
    joined = engine.resample(minutes, BarSpec.parse(spec))
    longer = _fetch(name, spec, start, end)
    for field in FIELDS:
        assert getattr(joined, field).tolist() == getattr(longer, field).tolist()


@settings(deadline=None, max_examples=15)
@given(name=SYMBOLS, seed=st.integers(0, 2**32), start=DAYS)
def test_minutes_are_possible_prices(name, seed, start):
    """Whole cents, high and low around open and close, volume in units, every bar there."""
    series = _fetch(name, "1m", start, start + timedelta(days=6), seed=seed)
    top, bottom = np.maximum(series.open, series.close), np.minimum(series.open, series.close)
    assert (series.high >= top).all()
    assert (series.low <= bottom).all()
    assert (series.low > 0).all()
    for field in ("open", "high", "low", "close"):
        cents = getattr(series, field) * 100
        assert np.abs(cents - np.rint(cents)).max() < 1e-6
    assert (series.volume >= 1).all()
    assert (series.volume == np.rint(series.volume)).all()
    assert engine.assess(series).completeness == 1.0


def test_another_seed_or_symbol_makes_other_prices():
    """Nothing is the same by accident."""
    start, end = date(2012, 1, 3), date(2012, 1, 31)
    paths = [
        _fetch(name, "1d", start, end, seed=seed).close.tolist()
        for seed in (1, 2)
        for name in ("SYN1.XSYN", "SYN2.XSYN", "AAPL.XNAS")
    ]
    assert len({tuple(one) for one in paths}) == len(paths)


def test_the_default_prices_never_change():
    """Examples and saved runs rest on these figures."""
    days = _fetch("SYN1.XSYN", "1d", None, None)
    assert (len(days), str(days.session_date[0]), str(days.session_date[-1])) == (
        3310, "2000-01-03", "2013-03-01",
    )  # fmt: skip
    assert [days.close[0], days.close[-1]] == [44.85, 52.14]
    minutes = _fetch("SYN1.XSYN", "1m", None, None)
    assert (len(minutes), str(minutes.session_date[0]), str(minutes.session_date[-1])) == (
        96_960, "2012-01-03", "2012-12-31",
    )  # fmt: skip
    assert minutes.close[-1] == 51.6


def test_days_look_like_a_stock():
    """Volatility is near what was asked for, comes in clusters, and has fat tails."""
    returns = np.concatenate(
        [
            np.diff(np.log(_fetch(f"SYN{n}.XSYN", "1d", date(2000, 1, 3), None).close))
            for n in range(1, 6)
        ]
    )
    assert 0.18 < returns.std() * np.sqrt(252) < 0.32
    squares = returns**2
    assert np.corrcoef(squares[1:], squares[:-1])[0, 1] > 0.05
    assert ((returns - returns.mean()) ** 4).mean() / returns.var() ** 2 > 3.3


def test_volume_is_high_at_both_ends_of_a_session():
    """The day's volume has the shape of a U."""
    minutes = _fetch("SYN1.XSYN", "1m", date(2012, 3, 1), date(2012, 3, 30))
    by_minute = minutes.volume.reshape(-1, 390).mean(axis=0)
    assert by_minute[:30].mean() > 2 * by_minute[180:210].mean()
    assert by_minute[-30:].mean() > 2 * by_minute[180:210].mean()


def test_no_session_repeats_another():
    """Each day has minutes of its own: their returns have nothing to do with each other."""
    minutes = _fetch("SYN1.XSYN", "1m", date(2012, 3, 1), date(2012, 3, 30))
    by_day = np.diff(np.log(minutes.close.reshape(-1, 390)), axis=1)
    related = np.corrcoef(by_day) - np.eye(len(by_day))
    assert np.abs(related).max() < 0.3


def test_an_early_close_has_fewer_minutes():
    """The sessions are the real ones: Black Friday ends at one o'clock."""
    minutes = _fetch("SYN1.XSYN", "1m", date(2012, 11, 23), date(2012, 11, 23))
    assert len(minutes) == 210
