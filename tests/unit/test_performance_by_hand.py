"""Every performance figure against numbers that can be worked out on paper."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bifrost_kernel.domain.errors import InvalidInputError
from bifrost_kernel.engines.analytics.calc import METRICS
from bifrost_kernel.engines.analytics.engine import summarise

EMPTY = np.empty(0)


def days(*texts):
    """Return session dates."""
    return np.array(texts, dtype="datetime64[D]")


def weekdays(count, start="2020-01-01"):
    """Return so many Mondays to Fridays."""
    return np.busday_offset(start, np.arange(count), roll="forward")


def judge(nav, dates=None, **changes):
    """Summarise an account that opened with 100 and, unless told, held and traded nothing."""
    nav = np.asarray(nav, dtype=np.float64)
    zeros = np.zeros(len(nav))
    words = {
        "session_date": weekdays(len(nav)) if dates is None else dates,
        "nav": nav,
        "opening_cash": 100.0,
        "benchmark_nav": np.full(len(nav), 100.0),
        "gross_exposure": zeros,
        "traded_notional": zeros,
        "round_trip_pnl": EMPTY,
        "round_trip_bars": EMPTY,
        "commission": 0.0,
    }
    return summarise(**{**words, **changes})


def test_the_figures_come_in_the_order_of_their_definitions_and_none_is_left_out():
    """Metrics are keyed by METRICS, in its order, each with a label, a unit and a convention."""
    assert list(judge([101.0, 99.0]).metrics) == [one.name for one in METRICS]
    assert len({one.name for one in METRICS}) == len(METRICS)
    for one in METRICS:
        assert one.label
        assert one.convention.endswith(".")
        assert one.unit in {
            "fraction", "ratio", "sessions", "bars", "count", "currency", "per_year",
        }  # fmt: skip


def test_the_first_return_is_against_the_opening_cash():
    """100 -> 110 -> 99 is +10 % and -10 %."""
    report = judge([110.0, 99.0])
    np.testing.assert_allclose(report.daily_return, [0.10, -0.10], rtol=0, atol=1e-15)
    assert report.metrics["total_return"] == pytest.approx(-0.01, abs=1e-15)


def test_volatility_sharpe_and_sortino_on_two_returns():
    """Returns +10 %, -5 %: mean 2.5 %, sd 15 %/sqrt 2, downside sqrt(5 %^2 / 2)."""
    figures = judge([110.0, 104.5]).metrics
    # sd = sqrt(((.10 - .025)^2 + (-.05 - .025)^2) / 1) = .075 * sqrt 2
    sd = 0.075 * math.sqrt(2.0)
    assert figures["annual_volatility"] == pytest.approx(sd * math.sqrt(252.0), rel=1e-12)
    assert figures["sharpe"] == pytest.approx(math.sqrt(252.0) * 0.025 / sd, rel=1e-12)
    # downside: sqrt((0^2 + .05^2) / 2), the gain counts as a zero in the mean
    downside = 0.05 / math.sqrt(2.0)
    assert figures["sortino"] == pytest.approx(math.sqrt(252.0) * 0.025 / downside, rel=1e-12)


def test_the_standard_error_of_sharpe_is_lo_2002():
    """Per session: sqrt((1 + s^2 / 2) / T), scaled by sqrt 252."""
    report = judge([110.0, 104.5, 115.0, 110.0])
    per_session = report.metrics["sharpe"] / math.sqrt(252.0)
    expected = math.sqrt(252.0) * math.sqrt((1.0 + per_session**2 / 2.0) / 4.0)
    assert report.standard_errors["sharpe"] == pytest.approx(expected, rel=1e-12)


def test_the_risk_free_rate_and_the_target_are_compounded_down_to_a_session():
    """A rate that compounds to 1 % a session takes 1 % off every return."""
    a_year = 1.01**252 - 1.0
    plain = judge([110.0, 104.5])
    charged = judge([110.0, 104.5], risk_free_per_year=a_year)
    sd = 0.075 * math.sqrt(2.0)
    assert charged.metrics["sharpe"] == pytest.approx(math.sqrt(252.0) * 0.015 / sd, rel=1e-9)
    assert charged.metrics["sortino"] == plain.metrics["sortino"]
    aimed = judge([110.0, 104.5], minimum_acceptable_return_per_year=a_year)
    # returns over target: +9 %, -6 %; mean 1.5 %, downside .06 / sqrt 2
    expected = math.sqrt(252.0) * 0.015 / (0.06 / math.sqrt(2.0))
    assert aimed.metrics["sortino"] == pytest.approx(expected, rel=1e-9)
    assert aimed.metrics["minimum_acceptable_return"] == a_year


def test_annual_return_is_compound_growth_over_calendar_time():
    """100 -> 121 over 730.5 days is 10 % a year."""
    # 2020-01-01 to 2021-12-30 is 730 days with both ends; 121 = 100 * 1.1^2
    report = judge([100.0, 121.0], days("2020-01-01", "2021-12-30"))
    assert report.metrics["annual_return"] == pytest.approx(1.21 ** (365.25 / 730.0) - 1.0)


def test_nothing_under_a_year_is_annualised():
    """Eleven months have a total return but no annual one, nor a ratio built on it."""
    # the benchmark must vary, or there would be no alpha in any case
    short = days("2020-01-02", "2020-06-01", "2020-07-01", "2020-11-30")
    nav, moving = [101.0, 99.0, 105.0, 110.0], np.array([101.0, 100.0, 103.0, 104.0])
    figures = judge(nav, short, benchmark_nav=moving).metrics
    assert figures["total_return"] == pytest.approx(0.10)
    for name in (
        "annual_return", "calmar", "benchmark_annual_return", "alpha", "active_return",
        "turnover_per_year",
    ):  # fmt: skip
        assert math.isnan(figures[name]), name
    long = days("2020-01-02", "2020-06-01", "2020-07-01", "2021-01-30")
    figures = judge(nav, long, benchmark_nav=moving).metrics
    assert not any(math.isnan(figures[name]) for name in ("annual_return", "alpha", "calmar"))


def test_no_change_under_a_year_has_no_annual_return_either():
    """1 to the power of anything is 1, and still nothing is annualised."""
    assert math.isnan(judge([100.0, 100.0]).metrics["annual_return"])


def test_a_calendar_year_of_sessions_is_a_whole_year():
    """The first session of 2012 was the third of January, the last the 31st of December."""
    report = judge([100.0, 120.0], days("2012-01-03", "2012-12-31"))
    assert report.metrics["annual_return"] == pytest.approx(1.2 ** (365.25 / 364.0) - 1.0)


def test_drawdown_starts_from_the_opening_cash():
    """An account that loses from its first bar is under water at once."""
    report = judge([90.0, 95.0, 80.0])
    np.testing.assert_allclose(report.drawdown, [-0.10, -0.05, -0.20], atol=1e-15)
    assert report.metrics["max_drawdown"] == pytest.approx(-0.20)
    (only,) = report.drawdowns
    assert (only.peak, only.trough, only.recovery) == ("2020-01-01", "2020-01-03", None)
    # from the opening, one session before the first close, to the third close
    assert only.sessions == 3
    assert report.metrics["current_drawdown_sessions"] == 3


def test_drawdowns_are_told_with_dates_deepest_first():
    """Two falls with a recovery between them, and one still open."""
    #        Wed  Thu  Fri   Mon   Tue   Wed   Thu
    nav = [110.0, 99.0, 110.0, 120.0, 90.0, 96.0, 118.0]
    report = judge(nav)
    deep, shallow = report.drawdowns
    assert (deep.peak, deep.trough, deep.recovery) == ("2020-01-06", "2020-01-07", None)
    assert deep.depth == pytest.approx(-0.25)
    assert deep.sessions == 3
    assert (shallow.peak, shallow.trough, shallow.recovery) == (
        "2020-01-01", "2020-01-02", "2020-01-03",
    )  # fmt: skip
    assert shallow.sessions == 2
    figures = report.metrics
    assert figures["max_drawdown_sessions"] == 3
    assert figures["longest_drawdown_sessions"] == 3
    assert figures["current_drawdown"] == pytest.approx(118.0 / 120.0 - 1.0)


def test_the_longest_drawdown_need_not_be_the_deepest():
    """A shallow fall of five sessions and a deep one of two."""
    nav = [99.0, 99.0, 99.0, 99.0, 101.0, 80.0, 102.0]
    figures = judge(nav).metrics
    assert figures["max_drawdown"] == pytest.approx(80.0 / 101.0 - 1.0)
    assert figures["max_drawdown_sessions"] == 2
    assert figures["longest_drawdown_sessions"] == 5
    assert figures["current_drawdown_sessions"] == 0


def test_calmar_is_growth_over_the_deepest_fall():
    """20 % in a year with a fall of 10 % on the way."""
    report = judge([90.0, 120.0], days("2012-01-03", "2012-12-31"))
    growth = 1.2 ** (365.25 / 364.0) - 1.0
    assert report.metrics["calmar"] == pytest.approx(growth / 0.10)


def test_value_at_risk_and_expected_shortfall_of_twenty_and_forty_sessions():
    """Of 20 losses the worst is the 95 % tail; of 30 the second worst counts by half."""
    losses = np.array([0.01 * k for k in range(1, 21)])  # 1 % ... 20 %
    nav = 100.0 * np.cumprod(1.0 - losses)
    figures = judge(nav).metrics
    # rank ceil(.95 * 20) = 19 ascending: 19 %; the worst twentieth is the 20 % alone
    assert figures["value_at_risk_95"] == pytest.approx(0.19)
    assert figures["expected_shortfall_95"] == pytest.approx(0.20)
    losses = np.array([0.01 * k for k in range(1, 31)])
    figures = judge(100.0 * np.cumprod(1.0 - losses)).metrics
    # rank ceil(28.5) = 29: 29 %; tail of 1.5 sessions: (30 % + 29 % / 2) / 1.5
    assert figures["value_at_risk_95"] == pytest.approx(0.29)
    assert figures["expected_shortfall_95"] == pytest.approx((0.30 + 0.5 * 0.29) / 1.5)


def test_a_tail_of_less_than_one_session_is_not_told():
    """19 sessions have no worst twentieth; 99 have no worst hundredth."""
    figures = judge(np.linspace(100.0, 90.0, 19)).metrics
    assert math.isnan(figures["value_at_risk_95"])
    assert math.isnan(figures["expected_shortfall_95"])
    figures = judge(np.linspace(100.0, 90.0, 99)).metrics
    assert not math.isnan(figures["value_at_risk_95"])
    assert math.isnan(figures["value_at_risk_99"])
    assert not math.isnan(judge(np.linspace(100.0, 90.0, 100)).metrics["value_at_risk_99"])


def test_moments_of_a_lopsided_sample():
    """Returns 0, 0, 0, 4 %: m2 = 3e-4, m3 = 6e-6, m4 = 21e-8 by hand."""
    figures = judge([100.0, 100.0, 100.0, 104.0]).metrics
    # mean 1 %; deviations -1, -1, -1, +3 (in %): m2 = 12/4 = 3, m3 = 24/4 = 6, m4 = 84/4 = 21
    assert figures["skewness"] == pytest.approx(6.0 / 3.0**1.5)
    assert figures["excess_kurtosis"] == pytest.approx(21.0 / 9.0 - 3.0)
    assert figures["positive_sessions"] == 0.25
    assert (figures["best_session"], figures["worst_session"]) == (pytest.approx(0.04), 0.0)


def test_round_trips_by_hand():
    """Pnl +30, -10, 0, +10, +20, -40 in order of exit."""
    pnl, bars = np.array([30.0, -10.0, 0.0, 10.0, 20.0, -40.0]), np.array([1, 2, 3, 4, 5, 9])
    figures = judge([101.0, 102.0], round_trip_pnl=pnl, round_trip_bars=bars).metrics
    assert figures["round_trips"] == 6
    assert figures["hit_rate"] == 0.5
    assert figures["profit_factor"] == pytest.approx(60.0 / 50.0)
    assert figures["average_win"] == pytest.approx(20.0)
    assert figures["average_loss"] == pytest.approx(-25.0)
    assert figures["payoff_ratio"] == pytest.approx(0.8)
    assert figures["expectancy"] == pytest.approx(10.0 / 6.0)
    assert (figures["best_round_trip"], figures["worst_round_trip"]) == (30.0, -40.0)
    assert (figures["longest_winning_streak"], figures["longest_losing_streak"]) == (2, 1)
    assert figures["average_bars_held"] == 4.0


def test_exposure_turnover_and_commission_by_hand():
    """Half of four bars held, 200 % at most; 600 traded on a mean nav of 100."""
    report = judge(
        [100.0, 100.0, 100.0, 100.0],
        days("2020-01-01", "2020-06-01", "2021-06-01", "2021-12-30"),
        gross_exposure=np.array([0.0, 50.0, 200.0, 0.0]),
        traded_notional=np.array([0.0, 200.0, 300.0, 100.0]),
        commission=2.5,
    )
    figures = report.metrics
    assert figures["exposure"] == 0.5
    assert figures["mean_gross_exposure"] == pytest.approx(0.625)
    assert figures["max_gross_exposure"] == pytest.approx(2.0)
    assert figures["turnover"] == pytest.approx(3.0)
    assert figures["turnover_per_year"] == pytest.approx(3.0 * 365.25 / 730.0)
    assert (figures["commission"], figures["commission_of_cash"]) == (2.5, 0.025)


def test_the_market_line_of_a_doubled_benchmark():
    """Twice the benchmark and one per mille a session: beta 2, alpha 25.2 % a year, no error."""
    dates = days("2020-01-01", "2020-07-01", "2020-10-01", "2021-01-01", "2021-03-01")
    moves = np.array([0.01, -0.02, 0.03, 0.0, -0.01])
    report = judge(
        100.0 * np.cumprod(1.001 + 2.0 * moves),
        dates,
        benchmark_nav=100.0 * np.cumprod(1.0 + moves),
    )
    figures = report.metrics
    assert figures["beta"] == pytest.approx(2.0, rel=1e-9)
    assert figures["alpha"] == pytest.approx(0.252, rel=1e-9)
    assert figures["correlation"] == pytest.approx(1.0, rel=1e-12)
    assert report.standard_errors["beta"] == pytest.approx(0.0, abs=1e-9)
    # active returns: .001 + moves; mean .001 + .002, sd of moves
    assert figures["active_return"] == pytest.approx(252.0 * 0.003, rel=1e-9)
    sd = float(np.std(moves, ddof=1))
    assert figures["tracking_error"] == pytest.approx(sd * math.sqrt(252.0), rel=1e-9)
    assert figures["information_ratio"] == pytest.approx(0.003 / sd * math.sqrt(252.0), rel=1e-9)


def test_capture_counts_months_by_the_benchmark():
    """Up months +10 % and +21 % caught as +5 % and +10.25 %; a down month of -10 % as -20 %."""
    dates = days("2020-01-31", "2020-02-28", "2020-03-31")
    theirs = 100.0 * np.cumprod([1.10, 0.90, 1.21])
    mine = 100.0 * np.cumprod([1.05, 0.80, 1.1025])
    figures = judge(mine, dates, benchmark_nav=theirs).metrics
    # geometric means: sqrt(1.10 * 1.21) - 1 against sqrt(1.05 * 1.1025) - 1
    up = (math.sqrt(1.05 * 1.1025) - 1.0) / (math.sqrt(1.10 * 1.21) - 1.0)
    assert figures["up_capture"] == pytest.approx(up)
    assert figures["down_capture"] == pytest.approx(2.0)


def test_the_calendar_compounds_within_months_and_years():
    """Two years, three months; a month without a session stays empty."""
    dates = days("2020-11-30", "2020-12-01", "2020-12-31", "2022-02-01")
    report = judge([110.0, 99.0, 121.0, 133.1], dates)
    np.testing.assert_array_equal(report.years, [2020, 2022])
    np.testing.assert_allclose(report.yearly, [0.21, 0.10])
    np.testing.assert_allclose(report.monthly[0, 10:], [0.10, 0.10])
    assert report.monthly[1, 1] == pytest.approx(0.10)
    assert np.isnan(report.monthly).sum() == 24 - 3
    np.testing.assert_allclose(report.benchmark_yearly, [0.0, 0.0])


def test_intraday_bars_are_reduced_to_session_closes_but_exposure_counts_bars():
    """Three bars on one day and two on the next make two returns."""
    dates = days("2020-01-02", "2020-01-02", "2020-01-02", "2020-01-03", "2020-01-03")
    report = judge(
        [500.0, 1.0, 110.0, 300.0, 121.0],
        dates,
        gross_exposure=np.array([1.0, 1.0, 0.0, 0.0, 0.0]),
    )
    np.testing.assert_allclose(report.daily_return, [0.10, 0.10])
    np.testing.assert_array_equal(report.session_date, dates[[2, 4]])
    assert report.metrics["sessions"] == 2
    assert report.metrics["max_drawdown"] == 0.0
    assert report.metrics["exposure"] == pytest.approx(0.4)


def test_weekly_bars_are_scaled_by_their_own_number_a_year():
    """Volatility grows with the square root of the sessions in a year."""
    daily, weekly = judge([110.0, 99.0]), judge([110.0, 99.0], sessions_per_year=52.0)
    ratio = daily.metrics["annual_volatility"] / weekly.metrics["annual_volatility"]
    assert ratio == pytest.approx(math.sqrt(252.0 / 52.0))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"opening_cash": 0.0}, "opening cash: expected a positive amount, was 0.0"),
        ({"opening_cash": math.nan}, "opening cash: expected a positive amount, was nan"),
        ({"benchmark_nav": np.ones(3)}, "lengths of the arrays per bar: expected 2 each, was"),
        ({"session_date": days("2020-01-02", "2020-01-01")}, "session dates: expected oldest"),
        ({"round_trip_pnl": np.ones(1)}, "lengths of the round-trip arrays: expected equal, was"),
        ({"risk_free_per_year": -1.0}, "risk-free rate: expected a fraction per year above -1"),
        ({"sessions_per_year": 0.0}, "sessions per year: expected a positive number, was 0.0"),
    ],
)
def test_a_broken_question_is_refused_in_one_line(changes, message):
    """The message names the value and what was expected."""
    with pytest.raises(InvalidInputError) as caught:
        judge([101.0, 102.0], **changes)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_no_bars_are_refused():
    """There is nothing to say about an account that saw no bar."""
    with pytest.raises(InvalidInputError, match="at least one bar, was 0"):
        judge([])
