"""Accounts about which little can be told: NaN where so, never infinite, never a warning."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bifrost_kernel.engines.analytics.engine import summarise

EMPTY = np.empty(0)
YEARS = np.arange("2018-01-01", "2020-01-01", dtype="datetime64[D]")
COUNT = len(YEARS)
WAVE = 100.0 + 10.0 * np.sin(np.arange(COUNT) / 9.0)

pytestmark = pytest.mark.filterwarnings("error")


def judge(nav, benchmark=WAVE, **changes):
    """Summarise an account that opened with 100."""
    nav = np.asarray(nav, dtype=np.float64)
    words = {
        "session_date": YEARS[: len(nav)],
        "nav": nav,
        "opening_cash": 100.0,
        "benchmark_nav": benchmark[: len(nav)],
        "gross_exposure": np.zeros(len(nav)),
        "traded_notional": np.zeros(len(nav)),
        "round_trip_pnl": EMPTY,
        "round_trip_bars": EMPTY,
        "commission": 0.0,
    }
    report = summarise(**{**words, **changes})
    values = [*report.metrics.values(), *report.standard_errors.values()]
    assert not any(math.isinf(one) for one in values)
    assert all(isinstance(one, float) for one in values)
    return report


def unknown(report):
    """Return the names of the figures that are NaN."""
    return {name for name, value in report.metrics.items() if math.isnan(value)}


NO_ROUND_TRIPS = {
    "hit_rate", "profit_factor", "payoff_ratio", "expectancy", "average_win", "average_loss",
    "best_round_trip", "worst_round_trip", "average_bars_held",
}  # fmt: skip


def test_an_account_that_never_trades_has_no_ratios_but_has_a_level():
    """Constant nav: volatility, drawdown and VaR are 0; ratios cannot be told."""
    report = judge(np.full(COUNT, 100.0))
    assert unknown(report) == NO_ROUND_TRIPS | {
        "sharpe", "sortino", "calmar", "skewness", "excess_kurtosis", "correlation",
    }  # fmt: skip
    for name in ("annual_return", "annual_volatility", "max_drawdown", "value_at_risk_95", "beta"):
        assert report.metrics[name] == 0.0
    assert report.drawdowns == ()


def test_steady_growth_varies_by_rounding_only_and_so_has_no_sharpe():
    """One per mille every session differs from itself in the sixteenth digit."""
    report = judge(100.0 * 1.001 ** np.arange(1, COUNT + 1))
    assert report.metrics["annual_volatility"] == 0.0
    assert {"sharpe", "sortino", "skewness", "calmar"} <= unknown(report)


def test_one_bar_has_a_return_and_little_else():
    """A single session: no deviation, no tail, no year."""
    report = judge([110.0])
    assert report.metrics["total_return"] == pytest.approx(0.10)
    assert {"annual_return", "annual_volatility", "sharpe", "beta"} <= unknown(report)
    assert math.isnan(report.standard_errors["sharpe"])


def test_a_benchmark_that_stands_still_has_no_market_line():
    """Without variance in the benchmark beta and alpha mean nothing."""
    report = judge(WAVE, np.full(COUNT, 100.0))
    assert {"alpha", "beta", "correlation", "up_capture", "down_capture"} <= unknown(report)
    assert report.metrics["tracking_error"] == pytest.approx(report.metrics["annual_volatility"])


def test_the_benchmark_itself_has_no_information_ratio():
    """Active returns are all zero."""
    report = judge(WAVE)
    assert report.metrics["beta"] == pytest.approx(1.0)
    assert report.metrics["tracking_error"] == 0.0
    assert {"information_ratio"} | NO_ROUND_TRIPS == unknown(report)


def test_only_winners_have_no_profit_factor():
    """A division by no loss is not infinite but unknown."""
    report = judge(WAVE, round_trip_pnl=np.array([1.0, 2.0]), round_trip_bars=np.array([1, 1]))
    assert {"profit_factor", "payoff_ratio", "average_loss"} <= unknown(report)
    assert report.metrics["hit_rate"] == 1.0
    report = judge(WAVE, round_trip_pnl=-np.array([1.0, 2.0]), round_trip_bars=np.array([1, 1]))
    assert report.metrics["profit_factor"] == 0.0
    assert {"payoff_ratio", "average_win"} <= unknown(report)


def test_a_ruined_account_has_lost_everything_and_its_ratios_are_unknown():
    """Nav of exactly 0 ends at -100 % a year; the returns after it mean nothing."""
    nav = WAVE.copy()
    nav[400:] = 0.0
    report = judge(nav)
    assert report.metrics["total_return"] == -1.0
    assert report.metrics["annual_return"] == -1.0
    assert report.metrics["max_drawdown"] == -1.0
    assert np.isnan(report.daily_return[401:]).all()
    assert report.daily_return[400] == -1.0
    assert {"sharpe", "sortino", "value_at_risk_95", "skewness", "alpha"} <= unknown(report)


def test_a_negative_nav_loses_more_than_everything():
    """Drawdown goes below -1; growth has no root."""
    nav = WAVE.copy()
    nav[-5:] = -20.0
    report = judge(nav)
    assert report.metrics["total_return"] == pytest.approx(-1.2)
    assert report.metrics["max_drawdown"] < -1.0
    assert {"annual_return", "sharpe", "mean_gross_exposure"} <= unknown(report)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_nav_that_is_no_number_makes_its_figures_unknown(bad):
    """No statistic quietly leaves the session out."""
    nav = WAVE.copy()
    nav[100] = bad
    report = judge(nav)
    assert {
        "annual_volatility", "sharpe", "sortino", "max_drawdown", "calmar", "skewness",
        "value_at_risk_95", "expected_shortfall_99", "best_session", "positive_sessions", "beta",
        "alpha", "correlation", "tracking_error", "current_drawdown", "max_drawdown_sessions",
        "longest_drawdown_sessions", "current_drawdown_sessions",
    } <= unknown(report)  # fmt: skip
    assert report.drawdowns == ()
    assert report.metrics["benchmark_sharpe"] == pytest.approx(judge(WAVE).metrics["sharpe"])


def test_a_benchmark_that_is_no_number_leaves_the_account_alone():
    """Only what is relative to it is unknown."""
    report = judge(WAVE, np.full(COUNT, math.nan))
    assert not math.isnan(report.metrics["sharpe"])
    assert {"benchmark_total_return", "beta", "alpha", "up_capture"} <= unknown(report)


def test_round_trips_and_exposure_that_are_no_numbers_are_unknown():
    """A NaN pnl spoils every figure of the round trips but their count."""
    pnl = np.array([1.0, math.nan, -1.0])
    report = judge(
        WAVE,
        round_trip_pnl=pnl,
        round_trip_bars=np.ones(3),
        gross_exposure=np.full(COUNT, math.nan),
        traded_notional=np.full(COUNT, math.nan),
        commission=math.nan,
    )
    assert report.metrics["round_trips"] == 3
    assert (NO_ROUND_TRIPS - {"average_bars_held"}) <= unknown(report)
    assert {"exposure", "mean_gross_exposure", "turnover", "commission"} <= unknown(report)


def test_figures_too_large_for_a_float_are_unknown_not_infinite():
    """An account that grows beyond 1e308 in a year."""
    report = judge(np.geomspace(100.0, 1e308, 360))
    assert math.isnan(report.metrics["annual_return"])
