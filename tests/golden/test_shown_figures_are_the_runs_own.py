"""Every figure that a page or a terminal shows, read back and held against the run's own."""

import math
import re
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest

import bifrost_kernel as bf
from bifrost_kernel.engines.analytics.calc import METRICS


class Cells(HTMLParser):
    """Collects the rows of tables, and the pairs of description lists."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.rows, self.pairs, self.text = [], [], None
        self.feed(html)

    def handle_starttag(self, tag, attrs):  # noqa: ARG002 - the parser's signature
        """Begin a row or a cell."""
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th", "dt", "dd"}:
            self.text = ""

    def handle_endtag(self, tag):
        """Keep a cell."""
        if tag in {"td", "th"}:
            self.rows[-1].append(self.text.strip())
        if tag in {"dt", "dd"}:
            self.pairs.append((tag, self.text.strip()))

    def handle_data(self, data):
        """Read on."""
        if self.text is not None:
            self.text += data


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """Open a desk on an empty home."""
    return bf.open_desk(tmp_path_factory.mktemp("shown"))


@pytest.fixture(
    scope="module",
    params=[
        ("sma_cross", "AAPL", {"commission": 0.001}),
        ("donchian_breakout", "IBM", {"params": {"allows_short": True}, "adjust": "splits"}),
        ("sma_cross", "FB", {"benchmark": "IBM"}),
    ],
    ids=["long", "short", "under a year"],
)
def run(request, desk):
    """Run something."""
    name, symbol, options = request.param
    return desk.backtest(name, symbol, **options)


def agrees(text, value, scale=1.0):
    """Return whether a text is that value, rounded to the text's own decimals."""
    bare = re.sub(r"[^0-9.\N{MINUS SIGN}]", "", text).replace("\N{MINUS SIGN}", "-")
    if not bare.strip("-"):
        # an en dash says that there is no figure, a dot that nothing moved
        return math.isnan(value) or (text == "·" and abs(value * scale) < 0.05)
    decimals = len(bare.partition(".")[2])
    return abs(float(bare) - value * scale) <= 0.5 * 10.0**-decimals * (1 + 1e-9)


def test_every_metric_stands_on_the_page_with_its_error_and_unit(run):
    """By its label; percent for fractions, and no error where there is none."""
    pairs = Cells(run._repr_html_()).pairs
    shown = {term: text for (kind, term), (_, text) in pairwise(pairs) if kind == "dt"}
    for one in METRICS:
        scale = 100.0 if one.unit == "fraction" else 1.0
        value, _, error = shown[one.label].partition(" ± ")
        assert agrees(value, run.metrics[one.name], scale), (one.name, value)
        assert ("%" in value) == (scale == 100.0 and math.isfinite(run.metrics[one.name]))
        known = run.standard_errors.get(one.name, math.nan)
        assert bool(error) == math.isfinite(known), (one.name, error)
        assert not error or agrees(error.split()[0], known, scale), (one.name, error)


def test_the_calendar_and_the_drawdowns_on_the_page_are_the_runs(run):
    """Months, years, benchmark; depth, dates and length."""
    rows = Cells(run._repr_html_()).rows
    for row in (one for one in rows if re.fullmatch(r"\d{4}", one[0])):
        year = int(row[0])
        expected = [*run.monthly.loc[year], *run.yearly.loc[year, ["strategy", "benchmark"]]]
        assert all(agrees(*both, 100.0) for both in zip(row[1:], expected, strict=True)), row
    place = rows.index(["Depth", "Peak", "Trough", "Recovery", "Sessions"])
    for row, one in zip(rows[place + 1 :], run.report.performance.drawdowns, strict=False):
        assert agrees(row[0], one.depth, 100.0)
        assert row[1:4] == [one.peak, one.trough, one.recovery or "not yet"]
        assert int(row[4].replace(",", "")) == one.sessions


def test_the_text_twin_shows_the_same_headlines_and_calendar(run):
    """Headline by headline, year by year."""
    lines = repr(run).splitlines()
    pairs = Cells(run._repr_html_()).pairs[:18]
    for (_, label), (_, text), (_, note) in zip(pairs[::3], pairs[1::3], pairs[2::3], strict=True):
        line = next(one for one in lines if one.strip().startswith(label)).split()
        for word in f"{text} {note}".replace("\N{NARROW NO-BREAK SPACE}", " ").split():
            assert word in line, (label, word)
    for year in run.monthly.index:
        line = next(one for one in lines if one.startswith(f"{year} "))
        known = [one for one in run.monthly.loc[year] if np.isfinite(one)]
        expected = [*known, *run.yearly.loc[year, ["strategy", "benchmark"]]]
        assert all(agrees(*both, 100.0) for both in zip(line.split()[1:], expected, strict=True))


def test_the_money_of_futures_is_price_times_multiplier(desk):
    """Notional of fills, turnover and exposure; margin is not what is traded."""
    run = desk.backtest(
        "sma_cross", "IBM", adjust="none", commission_kind="futures", commission=2.0,
        margin=2000.0, multiplier=50.0, size=3, cash=500_000,
    )  # fmt: skip
    fills, closes = run.fills, desk.bars("IBM", adjust="none").closes.iloc[:, 0]
    np.testing.assert_allclose(fills["notional"], 3 * 50.0 * fills["price"])
    turned = fills["notional"].sum() / 2 / run.nav.mean()
    assert run.metrics["turnover"] == pytest.approx(turned)
    held = run.positions.iloc[:, 0].abs() * closes * 50.0
    assert run.metrics["max_gross_exposure"] == pytest.approx((held / run.nav).max())
    trips = run.round_trips[~run.round_trips["is_open"]]
    moves = trips["exit_price"] - trips["entry_price"]
    np.testing.assert_allclose(trips["net_pnl"], 3 * 50.0 * moves - 2 * 3 * 2.0)
