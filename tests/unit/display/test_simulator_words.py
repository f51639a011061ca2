"""Every view says which simulator ran, why, and what a check of it found."""

from dataclasses import replace
from datetime import date
from html import unescape

import pytest

from bifrost_kernel.display import bokeh_loader
from bifrost_kernel.display.backtest import BacktestView
from bifrost_kernel.display.runs import ComparisonView, RunsView
from bifrost_kernel.display.simulators import check_html, check_text
from bifrost_kernel.display.status import StatusView
from bifrost_kernel.engines.strategy.model import Difference, SimulatorCheck
from tests.backtest_samples import minute_series, renamed, sample_report

HOSTILE = "<script>alert(1)</script>"
COMPILED, REFERENCE = "compiled 0.1.0", "backtrader 1.9.78.123"
PRICE = Difference(
    1037, date(2004, 4, 22), 3, "fill price", "13.870000000000001", "13.87", "AAPL.XNAS"
)
AGREES = SimulatorCheck(COMPILED, REFERENCE, 0.0006, 0.225, 3270, 84, 1)
DIFFERS = replace(AGREES, difference=PRICE)
LONE = SimulatorCheck(REFERENCE, "", reason="only backtrader can run this. compiled: it is a class")
PLAIN = sample_report()


@pytest.fixture(autouse=True)
def _afresh():
    """Each test begins with a kernel that has shown nothing."""
    bokeh_loader.forget()
    yield
    bokeh_loader.forget()


def run_on(simulator, report=PLAIN, **manifest):
    """Return a report of a run on that simulator."""
    changed = renamed(report, simulator=simulator, **manifest)
    return replace(changed, result=replace(changed.result, simulator=simulator))


def on_one_line(text):
    """Return text without its line breaks."""
    return " ".join(text.split())


def test_a_run_says_which_simulator_ran_it():
    """As a chip and among what it was made of; in the text's foot; in the list and its frame."""
    report = run_on(COMPILED)
    view = BacktestView(report)
    assert f'<span class="bf-chip">{COMPILED}</span>' in view._repr_html_()
    assert f"{COMPILED}, asked for auto" in view._repr_html_()
    assert f"· {COMPILED} ·" in repr(view)
    runs = RunsView(((report.manifest, report.performance.metrics),))
    assert f">{COMPILED}<" in runs._repr_html_()
    assert COMPILED in repr(runs)
    assert runs.df["simulator"].tolist() == [COMPILED]
    assert runs.df["check"].tolist() == [""]
    assert "ran on" not in repr(view) + view._repr_html_()
    assert "bf-check" not in view._repr_html_().replace(".bf-check", "")


def test_a_fallback_is_explained_in_one_sentence():
    """Why auto did not compile it, in the report and among what it was made of."""
    view = BacktestView(run_on(REFERENCE, fallback=f"a bt.Strategy class runs as it is {HOSTILE}"))
    words = "ran on backtrader: a bt.Strategy class runs as it is"
    assert view._repr_html_().count(words) == 2
    assert HOSTILE not in view._repr_html_()
    assert f"\n{words}" in repr(view)


def test_agreement_is_told_with_counts_times_and_their_ratio():
    """One quiet line."""
    report = run_on(COMPILED, check=AGREES)
    words = (
        "compiled and backtrader agree: 3,270 bars, 84 orders, 1 fill, every value to the last "
        "bit. compiled took 0.6 ms, backtrader 225 ms, 375 times as long."
    )
    text = check_text(AGREES)
    assert text.replace("\N{THIN SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ") == words
    assert "compiled and backtrader agree" in on_one_line(repr(BacktestView(report)))
    html = BacktestView(report)._repr_html_()
    assert 'class="bf-check bf-check-good"' in html
    assert html.index("bf-check bf-check-good") > html.index('class="bf-headline"')
    assert BacktestView(report).check is AGREES


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        ((2.0, 0.5), "backtrader took 500 ms, compiled 2.0 s, 4.0 times as long"),
        ((0.0, 0.5), "compiled took 0 µs, backtrader 500 ms."),
    ],
)
def test_the_quicker_one_is_named_first_whichever_it_is(seconds, words):
    """A clock too coarse to measure gives no ratio."""
    check = replace(AGREES, elapsed_seconds=seconds[0], other_seconds=seconds[1])
    text = check_text(check)
    assert words in text.replace("\N{THIN SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


def test_a_difference_stands_first_in_red_with_both_values_and_what_to_do():
    """Bar, day, order, figure, instrument, every digit, the way out."""
    report = run_on(COMPILED, check=DIFFERS)
    html, text = BacktestView(report)._repr_html_(), on_one_line(repr(BacktestView(report)))
    words = (
        "First at bar 1037 (2004-04-22), order 3, fill price of AAPL.XNAS: 13.870000000000001 on "
        "compiled, 13.87 on backtrader. Do not rely on these figures: --engine backtrader gives "
        "the reference's, and report this line."
    )
    assert words in unescape(html)
    assert f"!! COMPILED AND BACKTRADER DIFFER. {words}" in text
    assert html.index("bf-check bf-check-bad") < html.index('class="bf-headline"')
    runs = RunsView(((report.manifest, report.performance.metrics),))
    assert f"{COMPILED}, DIFFERS" in repr(runs)
    assert runs.df["check"].tolist() == ["differs"]
    sides = ComparisonView(run_on(COMPILED), report)
    assert sides.differences.loc["simulator"].tolist() == [COMPILED, f"{COMPILED}, DIFFERS"]


def test_the_references_own_figures_are_not_doubted():
    """Who asked for the reference may rely on it."""
    check = replace(DIFFERS, simulator=REFERENCE, other=COMPILED)
    text = on_one_line(check_text(check))
    assert "These figures are backtrader's, the reference's; do not rely on compiled" in text
    assert "Do not rely on these figures" not in text


def test_a_difference_of_the_account_has_no_order_and_one_within_the_day_has_its_time():
    """The bar's end, which two bars of one session do not share."""
    found = replace(PRICE, bar=3, order_ref=0, figure="cash", instrument="")
    report = run_on(
        COMPILED, sample_report(minute_series(400)), check=replace(DIFFERS, difference=found)
    )
    assert "First at bar 3 (2010-01-04 14:34), cash: 13.87" in repr(BacktestView(report)).replace(
        "\n", " "
    )


def test_a_check_that_was_not_possible_says_why():
    """Quietly: nothing is wrong."""
    report = run_on(REFERENCE, check=LONE)
    words = "Not checked. Only backtrader can run this. compiled: it is a class"
    assert words == check_text(LONE)
    assert 'class="bf-check"' in check_html(LONE)
    runs = RunsView(((report.manifest, report.performance.metrics),))
    assert runs.df["check"].tolist() == ["not checked"]


def test_hostile_values_stay_text():
    """A difference's words come from outside."""
    hostile = replace(PRICE, figure=HOSTILE, left=HOSTILE, right=HOSTILE, instrument=HOSTILE)
    for check in (
        replace(DIFFERS, difference=hostile),
        replace(LONE, reason=HOSTILE),
        replace(AGREES, simulator=HOSTILE, other=HOSTILE),
    ):
        assert HOSTILE not in check_html(check)


@pytest.mark.parametrize(
    ("libraries", "words"),
    [
        ((("backtrader", "1.9"),), "compiled, then backtrader\n"),
        ((), 'compiled, then backtrader (not installed: pip install "bifrost_kernel[backtrader]")'),
    ],
)
def test_the_status_says_which_simulators_can_run(libraries, words):
    """In the order that auto tries them."""
    view = StatusView(
        home="a-folder", libraries=(("bifrost_kernel", "0.1.0"), *libraries),
        simulators=("compiled", "backtrader"), providers=(), symbols=5, strategies=11,
    )  # fmt: skip
    assert words in repr(view)
