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


def test_a_benchmark_that_is_the_strategy_itself_proves_nothing_and_harms_nothing():
    """An alpha of exactly zero without error is left out."""
    held = judged({"alpha": 0.0}, sharpe=0.84, alpha=0.0)
    assert held.verdict is Verdict.CREDIBLE
    assert "beta" not in held.reason


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({"sessions": 100.0}, "too short"),
        ({"round_trips": 0.0, "exposure": 0.0}, "Nothing was traded"),
        ({"round_trips": 3.0, "exposure": 0.01}, "3 round trips are too few"),
    ],
)
def test_too_little_is_not_judged(figures, words):
    """A short time, no trades, hardly ever invested."""
    judgement = judged(**figures)
    assert judgement.verdict is Verdict.UNKNOWN
    assert words in judgement.reason


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
