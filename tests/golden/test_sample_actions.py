"""Known facts about five companies, read off the sample's adjusted closes."""

import numpy as np
import pytest
from bokeh.sampledata import stocks

from bifrost_kernel.domain.bars import ActionKind, Adjustment
from bifrost_kernel.domain.instruments import InstrumentId
from bifrost_kernel.engines.marketdata import engine
from bifrost_kernel.engines.marketdata.model import Severity
from tests.market_samples import DAY

FIELDS = ("open", "high", "low", "close", "volume")


def sample(symbol):
    """Return the raw bars, the adjusted closes and the derived actions."""
    rows = getattr(stocks, symbol)
    series = engine.series_from_columns(
        InstrumentId(symbol, "XNAS"), DAY, session_date=rows["date"],
        **{name: rows[name] for name in FIELDS},
    )  # fmt: skip
    adjusted = np.array(rows["adj_close"])
    return series, adjusted, engine.actions_from_adjusted_close(series, adjusted)


def told(actions, kind):
    """Return (ex-date, value) of one kind."""
    return [(one.ex_date, one.value) for one in actions if one.kind is kind]


def test_the_splits_of_the_sample_are_those_that_happened():
    """Apple 2000 and 2005, Microsoft 2003, all two for one, and no other."""
    splits = {
        s: told(sample(s)[2], ActionKind.SPLIT) for s in ("AAPL", "MSFT", "IBM", "GOOG", "FB")
    }
    assert splits == {
        "AAPL": [("2000-06-21", 2.0), ("2005-02-28", 2.0)], "MSFT": [("2003-02-18", 2.0)],
        "IBM": [], "GOOG": [], "FB": [],
    }  # fmt: skip


def test_the_dividends_of_the_sample_are_those_that_were_paid():
    """Apple's first three, Microsoft's special of 2004, IBM's 52 quarters, and none of Google."""
    assert told(sample("AAPL")[2], ActionKind.DIVIDEND) == [
        ("2012-08-09", 2.65), ("2012-11-07", 2.65), ("2013-02-07", 2.65)
    ]  # fmt: skip
    microsoft = dict(told(sample("MSFT")[2], ActionKind.DIVIDEND))
    assert len(microsoft) == 37
    assert (microsoft["2003-02-19"], microsoft["2004-11-15"], microsoft["2013-02-19"]) == (
        0.08,
        3.08,
        0.23,
    )
    ibm = told(sample("IBM")[2], ActionKind.DIVIDEND)
    assert len(ibm) == 52
    # dividends per share by year, as the company's annual reports give them
    by_year = {2001: 0.55, 2002: 0.59, 2003: 0.63, 2004: 0.70, 2005: 0.78, 2006: 1.10, 2007: 1.50,
               2008: 1.90, 2009: 2.15, 2010: 2.50, 2011: 2.90, 2012: 3.30}  # fmt: skip
    for year, paid in by_year.items():
        assert sum(value for day, value in ibm if day.startswith(str(year))) == pytest.approx(paid)
    assert told(sample("GOOG")[2], ActionKind.DIVIDEND) == []


@pytest.mark.parametrize("symbol", ["AAPL", "MSFT", "IBM", "GOOG", "FB"])
def test_the_derived_actions_make_the_adjusted_close_again(symbol):
    """With the source's own dividend factor, close / (close + D) of the ex-date, to 1e-11."""
    series, adjusted, actions = sample(symbol)
    factor = np.ones(len(series))
    for one in actions:
        row = int(np.searchsorted(series.session_date, np.datetime64(one.ex_date)))
        close = series.close[row]
        factor[:row] *= (
            1 / one.value if one.kind is ActionKind.SPLIT else close / (close + one.value)
        )
    made = series.close * factor
    expected = adjusted * made[-1] / adjusted[-1]
    assert np.abs(made / expected - 1).max() < 1e-11


@pytest.mark.parametrize(
    ("symbol", "distance"),
    [("GOOG", 1e-14), ("FB", 1e-14), ("AAPL", 2e-4), ("IBM", 4e-4), ("MSFT", 2e-3)],
)
def test_the_adjusted_prices_differ_from_the_source_by_the_dividend_convention_only(
    symbol, distance
):
    """1 - D / close before it is not close / (close + D): at most 0.2 %, at Microsoft's special."""
    series, adjusted, actions = sample(symbol)
    ours = engine.adjust(series, actions, Adjustment.ALL).close
    assert np.abs(ours / (adjusted * ours[-1] / adjusted[-1]) - 1).max() < distance


def test_the_crash_of_apple_is_no_split():
    """-45.1 % and -49.6 % were splits; -51.9 % on 2000-09-29 was a crash."""
    series, _, actions = sample("AAPL")
    found = {one.rule: one for one in engine.assess(series).findings}
    assert (found["split_like"].count, found["split_like"].first) == (2, "2000-06-21")
    assert (found["jump"].count, found["jump"].first) == (1, "2000-09-29")
    assert "-51.9%" in found["jump"].message
    known = {one.rule: one.severity for one in engine.assess(series, actions=actions).findings}
    assert known == {"known_split": Severity.NOTE, "jump": Severity.NOTE}


@pytest.mark.parametrize("symbol", ["AAPL", "MSFT", "IBM", "GOOG", "FB"])
def test_the_sample_is_complete(symbol):
    """Every session between the first and the last has its bar."""
    report = engine.assess(sample(symbol)[0])
    assert report.completeness == 1.0
    assert report.is_usable
