"""What holds for the performance of any account."""

from __future__ import annotations

import math

import hypothesis.extra.numpy as npst
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bifrost_kernel.engines.analytics.engine import summarise

# returns of half a percent's grain: no two differ by mere rounding
RETURN = st.integers(-100, 120).map(lambda n: n / 200.0)
RETURNS = npst.arrays(np.float64, st.integers(2, 400), elements=RETURN)
TESTED = settings(max_examples=60)


def judge(moves, cash=1e6, benchmark=None, **changes):
    """Summarise an account with these returns a session."""
    count = len(moves)
    other = np.zeros(count) if benchmark is None else benchmark
    words = {
        "session_date": np.busday_offset("2001-01-01", np.arange(count)),
        "nav": cash * np.cumprod(1.0 + moves),
        "opening_cash": cash,
        "benchmark_nav": cash * np.cumprod(1.0 + other),
        "gross_exposure": np.zeros(count),
        "traded_notional": np.zeros(count),
        "round_trip_pnl": np.empty(0),
        "round_trip_bars": np.empty(0),
        "commission": 0.0,
    }
    return summarise(**{**words, **changes})


def assert_same(mine, theirs, names):
    """Compare figures, NaN to NaN."""
    for name in names:
        assert mine[name] == pytest.approx(theirs[name], rel=1e-6, abs=1e-9, nan_ok=True), name


@TESTED
@given(RETURNS, st.floats(1e-3, 1e9))
def test_the_size_of_the_account_does_not_matter(moves, cash):
    """Every figure but amounts of money is the same for any opening cash."""
    mine, theirs = judge(moves).metrics, judge(moves, cash).metrics
    assert_same(mine, theirs, mine)


@TESTED
@given(RETURNS)
def test_moments_and_tails_do_not_know_the_direction_of_time(moves):
    """Reversed in time: same volatility, Sharpe, moments, tails and total; not drawdown."""
    forward, backward = judge(moves).metrics, judge(moves[::-1]).metrics
    names = (
        "total_return", "annual_volatility", "sharpe", "sortino", "skewness", "excess_kurtosis",
        "value_at_risk_95", "expected_shortfall_95", "positive_sessions", "best_session",
    )  # fmt: skip
    assert_same(forward, backward, names)


@TESTED
@given(RETURNS)
def test_drawdowns_lie_between_nothing_and_everything(moves):
    """0 at a peak, above -1 while nav is positive; each told one is among the series."""
    report = judge(moves)
    assert (report.drawdown <= 0.0).all()
    assert (report.drawdown > -1.0).all()
    depths = [one.depth for one in report.drawdowns]
    assert depths == sorted(depths)
    assert report.metrics["max_drawdown"] == (depths[0] if depths else 0.0)
    assert report.metrics["max_drawdown"] <= min(0.0, report.metrics["total_return"] + 1e-12)
    for one in report.drawdowns:
        assert one.peak <= one.trough
        assert one.recovery is None or one.trough < one.recovery
        assert one.sessions >= 1
    under = int((report.drawdown < 0.0).sum())
    recovered = sum(one.recovery is not None for one in report.drawdowns)
    if len(depths) < 10:
        assert sum(one.sessions for one in report.drawdowns) == under + recovered


@TESTED
@given(RETURNS)
def test_the_mean_of_the_tail_is_no_smaller_than_its_edge(moves):
    """ES >= VaR, 99 % >= 95 %, and the worst session >= both."""
    figures = judge(moves).metrics
    for share in ("95", "99"):
        var, shortfall = figures[f"value_at_risk_{share}"], figures[f"expected_shortfall_{share}"]
        assert math.isnan(var) == math.isnan(shortfall)
        if not math.isnan(var):
            assert var - 1e-12 <= shortfall <= -figures["worst_session"] + 1e-12
    if len(moves) >= 100:
        assert figures["value_at_risk_99"] >= figures["value_at_risk_95"]
        assert figures["expected_shortfall_99"] >= figures["expected_shortfall_95"] - 1e-12


@TESTED
@given(RETURNS)
def test_days_months_and_years_compound_to_the_same_total(moves):
    """Nothing is lost or counted twice between the tables."""
    report = judge(moves)
    total = 1.0 + report.metrics["total_return"]
    assert np.prod(1.0 + report.daily_return) == pytest.approx(total, rel=1e-9)
    assert np.prod(1.0 + report.yearly) == pytest.approx(total, rel=1e-9)
    assert np.nanprod(1.0 + report.monthly) == pytest.approx(total, rel=1e-9)
    np.testing.assert_allclose(
        np.nanprod(1.0 + report.monthly, axis=1), 1.0 + report.yearly, rtol=1e-9
    )


@TESTED
@given(RETURNS, st.integers(1, 5))
def test_more_bars_in_a_session_change_nothing_but_exposure(moves, bars):
    """Bars before a session's last one are not seen by the figures of sessions."""
    daily = judge(moves)
    count = len(moves)
    noise = np.tile(np.arange(1.0, bars + 1.0), count)
    noise[bars - 1 :: bars] = daily.nav
    intraday = judge(
        np.zeros(count * bars),
        session_date=np.repeat(daily.session_date, bars),
        nav=noise,
        benchmark_nav=np.repeat(daily.benchmark_nav, bars),
    )
    assert_same(daily.metrics, intraday.metrics, daily.metrics)


@TESTED
@given(RETURNS, st.integers(0, 2**32 - 1))
def test_the_market_line_is_the_least_of_squares(moves, seed):
    """Residuals are orthogonal to the benchmark, and correlation has the sign of beta."""
    benchmark = np.random.default_rng(seed).normal(0.0, 0.02, len(moves))
    report = judge(moves, benchmark=benchmark)
    beta, linked = report.metrics["beta"], report.metrics["correlation"]
    if math.isnan(beta):
        assert len(moves) < 3
        return
    mine, theirs = report.daily_return, report.benchmark_return
    residual = mine - mine.mean() - beta * (theirs - theirs.mean())
    assert residual @ (theirs - theirs.mean()) == pytest.approx(0.0, abs=1e-9 * len(moves))
    if not math.isnan(linked):
        assert -1.0 <= linked <= 1.0
        assert linked * beta >= -1e-12


@TESTED
@given(npst.arrays(np.float64, st.integers(1, 60), elements=st.integers(-50, 50).map(float)))
def test_round_trips_add_up(pnl):
    """Expectancy is hit rate times average win plus miss rate times average loss."""
    figures = judge(np.zeros(3), round_trip_pnl=pnl, round_trip_bars=np.ones(len(pnl))).metrics
    wins, losses = int((pnl > 0).sum()), int((pnl < 0).sum())
    gained = wins * figures["average_win"] if wins else 0.0
    lost = losses * figures["average_loss"] if losses else 0.0
    assert figures["expectancy"] * len(pnl) == pytest.approx(gained + lost, abs=1e-9)
    assert figures["longest_winning_streak"] <= wins
    assert figures["longest_losing_streak"] <= losses
    assert (figures["longest_winning_streak"] > 0) == (wins > 0)
