"""What a run is called, and its figures in words."""

from dataclasses import replace

import pytest

from bifrost_kernel.display import wording
from bifrost_kernel.display.calendar_table import calendar_html, heat_class, percent_text
from bifrost_kernel.domain.instruments import InstrumentId
from bifrost_kernel.domain.trading import (
    Commission,
    CommissionKind,
    Sizing,
    SizingKind,
    Slippage,
    SlippageKind,
    Trading,
)
from tests.backtest_samples import renamed, sample_report, sample_series

REPORT = sample_report()
SPEC = REPORT.manifest.spec


@pytest.mark.parametrize(
    ("trading", "words"),
    [
        (Trading(), "95_% of cash, no commission"),
        (
            Trading(sizing=Sizing(SizingKind.UNITS, 100), commission=Commission(rate=0.001)),
            "100 units, 0.1_% commission",
        ),
        (
            Trading(commission=Commission(CommissionKind.PER_SHARE, 0.005), leverage=2),
            "95_% of cash, 0.005 a unit commission, leverage 2",
        ),
        (
            Trading(slippage=Slippage(SlippageKind.PERCENT, 0.0005), is_cheat_on_close=True),
            "95_% of cash, no commission, 0.05_% slippage, fills at the signal's own close",
        ),
        (
            Trading(slippage=Slippage(SlippageKind.FIXED, 0.02), is_cheat_on_open=True),
            "95_% of cash, no commission, 0.02 slippage, decides at the open that fills",
        ),
        (
            Trading(commission=Commission(CommissionKind.FUTURES, 2.5, margin=1000)),
            "95_% of cash, 2.5 a contract commission",
        ),
        (
            Trading(commission=Commission(CommissionKind.PER_ORDER, 1)),
            "95_% of cash, 1 a fill commission",
        ),
    ],
)
def test_the_account_in_words(trading, words):
    """Sizing, costs, and every switch that flatters."""
    assert wording.describe_trading(trading) == words.replace("_", "\u202f")


def test_many_instruments_are_counted():
    """Four by name, the rest by number."""
    ids = tuple(InstrumentId(f"S{at}", "XNAS") for at in range(7))
    name = wording.name_run(replace(SPEC, instrument_ids=ids))
    assert name == "sma_cross · S0.XNAS, S1.XNAS, S2.XNAS, S3.XNAS and 3 more"


def test_nothing_under_a_year_is_annualised():
    """The total return stands first, and says why."""
    short = wording.headlines(sample_report(sample_series(count=150)))
    assert short[0].label == "Total return"
    assert short[0].note.startswith("under a year; buy and hold")
    assert wording.headlines(REPORT)[0].label == "Annual return"


def test_a_drawdown_that_lasts_is_not_recovered():
    """Month of the peak, and of the recovery where there is one."""
    notes = {one.label: one.note for one in wording.headlines(REPORT)}
    assert notes["Max drawdown"] == "2000-07 to 2004-11"
    ibm = sample_report(sample_series("IBM", count=750))
    notes = {one.label: one.note for one in wording.headlines(ibm)}
    assert notes["Max drawdown"] == "2002-01, not recovered"


def test_a_named_benchmark_is_called_by_its_name():
    """Buy and hold only where it is what was traded."""
    named = renamed(REPORT, spec=replace(SPEC, benchmark=InstrumentId("SPY", "ARCX")))
    named = replace(named, benchmark_name="buy and hold SPY.ARCX")
    assert wording.benchmark_label(named) == "buy and hold SPY.ARCX"
    assert wording.headlines(named)[0].note.startswith("buy and hold SPY.ARCX ")
    assert wording.benchmark_label(REPORT) == "buy and hold"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.123, "fraction", "12.3\u202f%"),
        (58.0, "count", "58"),
        (33.25, "bars", "33.2"),
        (1234567.8, "currency", "1,234,568"),
        (-0.305, "ratio", "\u22120.30"),
        (float("nan"), "count", "\u2013"),
    ],
)
def test_figures_are_shown_in_their_unit(value, unit, text):
    """As the definition says."""
    assert wording.format_metric(value, unit) == text


def test_every_figure_of_a_report_is_defined():
    """No label is made up from a name."""
    assert set(REPORT.performance.metrics) <= set(wording.definitions())
    assert wording.label_of("made_up_figure", {}) == "Made up figure"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (0.01, "bf-g1"), (0.149, "bf-g5"), (3.0, "bf-g5"), (-0.031, "bf-l2"), (-0.9, "bf-l5"),
        (0.0004, None), (float("nan"), None),
    ],
)  # fmt: skip
def test_heat_follows_sign_and_size(value, kind):
    """Gains one way, losses the other, nothing for nothing."""
    assert heat_class(value, 0.15) == kind


def test_months_without_sessions_are_blank_and_flat_ones_dots():
    """Nothing to say is not a zero."""
    assert percent_text(float("nan")) == ""
    assert percent_text(0.0) == percent_text(-0.0004) == "·"
    assert percent_text(0.123) == "+12.3"


def test_an_account_that_hardly_moves_still_shows_its_months():
    """Two decimals, and its largest month in the strongest colour."""
    small = replace(REPORT.performance, monthly=REPORT.performance.monthly / 100)
    html = calendar_html(small, "Hold")
    assert '<td class="bf-g5">+0.34</td>' in html
    assert "+0.27" in html


def test_the_calendar_has_a_row_for_each_year():
    """With the sign in the figure and the colour behind it."""
    html = calendar_html(REPORT.performance, "Hold")
    assert html.count('<th scope="row">') == 14
    assert '<td class="bf-g5">+27.2</td>' in html
    assert '<td class="bf-l5">\u221213.1</td>' in html
