"""The sentence of judgement claims no more than the figures allow."""

from dataclasses import replace

import numpy as np
import pytest

from bifrost_kernel.display.judgement import Verdict, judge
from tests.backtest_samples import sample_report, sample_series

PERFORMANCE = sample_report().performance


def judged(errors=None, **figures):
    """Judge the sample with other figures; the benchmark's share left out unless given."""
    metrics = {**PERFORMANCE.metrics, "alpha": float("nan"), **figures}
    found = {"sharpe": 0.28, **(errors or {})}
    return judge(replace(PERFORMANCE, metrics=metrics, standard_errors=found))


@pytest.mark.parametrize(
    ("sharpe", "verdict"),
    [
        (0.84, Verdict.CREDIBLE),  # 3 standard errors
        (0.42, Verdict.DOUBTFUL),  # 1.5
        (0.14, Verdict.LUCK),  # 0.5
        (-0.1, Verdict.NO_SKILL),
        (float("nan"), Verdict.UNKNOWN),
    ],
)
def test_the_verdict_follows_the_ratio_to_its_error(sharpe, verdict):
    """More standard errors above zero, more belief."""
    assert judged(sharpe=sharpe).verdict is verdict


def test_the_chance_is_the_normal_tail():
    """One and a half standard errors are reached by luck 7 times in 100."""
    reason = judged(sharpe=0.42).reason
    assert "luck alone does as well 7 times in 100" in reason
    assert "Sharpe 0.42 ± 0.28 over 13.0 years and 59 round trips" in reason
    assert "How many variants were tried is not counted" in reason


def test_the_weaker_of_two_claims_counts():
    """A good Sharpe ratio that is the market's own is no skill."""
    strong = {"sharpe": 0.84, "beta": 1.0}
    assert judged(**strong).verdict is Verdict.CREDIBLE
    drifting = judged({"alpha": 0.06}, alpha=0.03, **strong)
    assert drifting.verdict is Verdict.LUCK
    assert "beta 1.00" in drifting.reason
    assert judged({"alpha": 0.06}, alpha=-0.03, **strong).verdict is Verdict.NO_SKILL


def test_a_copy_of_the_benchmark_has_no_skill_of_its_own():
    """Its Sharpe ratio is the benchmark's, to the last session."""
    held = judged({"alpha": 1e-17}, sharpe=0.84, alpha=-2e-17, beta=1.0)
    assert held.verdict is Verdict.NO_SKILL
    assert "all of it the benchmark's (beta 1.00)" in held.reason
    assert "holding the benchmark instead would have done just as well" in held.reason


def test_a_gain_from_short_sales_is_held_against_selling_the_benchmark():
    """Where the benchmark fell, holding it would not have done better."""
    figures = {"sharpe": 0.47, "alpha": -0.09, "benchmark_sharpe": -0.9}
    short = judged({"alpha": 0.2}, beta=-0.48, **figures).reason
    assert "selling the benchmark short instead would have done better" in short
    assert "holding" not in short
    assert "holding the benchmark" in judged({"alpha": 0.2}, beta=0.48, **figures).reason


def test_a_benchmark_that_cannot_be_compared_with_is_left_out():
    """Without an alpha only the Sharpe ratio is weighed."""
    alone = judged(sharpe=0.84)
    assert alone.verdict is Verdict.CREDIBLE
    assert "beta" not in alone.reason


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({"round_trips": 0.0, "exposure": 0.0}, "Nothing was traded"),
        ({"round_trips": 3.0, "exposure": 0.01}, "3 round trips are too few"),
    ],
)
def test_too_little_is_not_judged(figures, words):
    """No trades, hardly ever invested."""
    judgement = judged(**figures)
    assert judgement.verdict is Verdict.UNKNOWN
    assert words in judgement.reason


@pytest.mark.parametrize(("last", "is_told"), [("2001-12-31", True), ("2001-12-20", False)])
def test_a_calendar_year_is_a_year_however_few_its_sessions(last, is_told):
    """2001 had 248 sessions; what is annualised is judged, and nothing shorter."""
    dates = np.arange("2001-01-02", last, dtype="datetime64[D]")
    metrics = {**PERFORMANCE.metrics, "sessions": 248.0}
    short = judge(replace(PERFORMANCE, metrics=metrics, session_date=dates))
    assert (short.verdict is not Verdict.UNKNOWN) is is_told
    assert ("0.98 years are too short" in short.reason) is not is_told


def test_a_holding_that_never_closed_is_judged_by_its_sessions():
    """Buy and hold has no round trip, yet years of returns."""
    assert judged(sharpe=0.84, round_trips=0.0, exposure=1.0).verdict is Verdict.CREDIBLE


def test_a_flat_account_is_told_apart():
    """No fill at all: there is nothing to judge."""
    series = sample_series(count=400)
    report = sample_report(series, fast=150, slow=399)
    assert len(report.result.fills) == 0
    assert judge(report.performance).verdict is Verdict.UNKNOWN


def test_the_judgement_reads_the_real_run():
    """The sample's own figures: good, but a seventh of it could be luck."""
    judgement = judge(PERFORMANCE)
    assert judgement.verdict is Verdict.DOUBTFUL
    share = PERFORMANCE.metrics["alpha"] / PERFORMANCE.standard_errors["alpha"]
    assert 1 < share < 2
    assert np.isfinite(share)
