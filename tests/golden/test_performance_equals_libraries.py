"""Performance on real prices against independent libraries, every difference explained.

The account holds AAPL, the benchmark IBM (dividend-adjusted closes, 2000-03-01 to 2013-03-01).
"""

from __future__ import annotations

import math

import empyrical
import numpy as np
import pandas as pd
import pytest
import scipy.stats
import statsmodels.api as sm
from bokeh.sampledata import stocks

from bifrost_kernel.engines.analytics.engine import summarise

RISK_FREE = 0.03
TARGET = 0.05


@pytest.fixture(scope="module")
def prices():
    """Return both closes by date, as pandas sees them."""
    dates = pd.to_datetime(stocks.AAPL["date"])
    assert list(stocks.AAPL["date"]) == list(stocks.IBM["date"])
    return pd.DataFrame(
        {"mine": stocks.AAPL["adj_close"], "theirs": stocks.IBM["adj_close"]}, index=dates
    )


@pytest.fixture(scope="module")
def frame(prices):
    """Return session returns; the account opens at the first close."""
    return prices.pct_change().fillna(0.0)


@pytest.fixture(scope="module")
def report(prices):
    """Return the performance of a million held in AAPL."""
    nav = 1_000_000.0 * (prices / prices.iloc[0]).to_numpy()
    zeros = np.zeros(len(prices))
    return summarise(
        session_date=prices.index.to_numpy().astype("datetime64[D]"),
        nav=nav[:, 0],
        opening_cash=1_000_000.0,
        benchmark_nav=nav[:, 1],
        gross_exposure=nav[:, 0],
        traded_notional=zeros,
        round_trip_pnl=np.empty(0),
        round_trip_bars=np.empty(0),
        commission=0.0,
        risk_free_per_year=RISK_FREE,
        minimum_acceptable_return_per_year=TARGET,
    )


def daily(rate):
    """Return a rate per year compounded down to one of 252 sessions."""
    return (1.0 + rate) ** (1.0 / 252.0) - 1.0


def close(expected):
    """Compare to eleven digits."""
    return pytest.approx(expected, rel=1e-11)


def test_figures_without_a_convention_to_argue_about_equal_empyrical(report, frame):
    """Total return, volatility, Sharpe, Sortino, drawdown, beta."""
    figures, mine, theirs = report.metrics, frame["mine"], frame["theirs"]
    assert figures["total_return"] == close(empyrical.cum_returns_final(mine))
    assert figures["annual_volatility"] == close(empyrical.annual_volatility(mine))
    assert figures["sharpe"] == close(empyrical.sharpe_ratio(mine, risk_free=daily(RISK_FREE)))
    sortino = empyrical.sortino_ratio(mine, required_return=daily(TARGET))
    assert figures["sortino"] == close(sortino)
    assert figures["max_drawdown"] == close(empyrical.max_drawdown(mine))
    assert figures["benchmark_max_drawdown"] == close(empyrical.max_drawdown(theirs))
    assert figures["beta"] == close(empyrical.beta(mine, theirs, risk_free=daily(RISK_FREE)))


def test_annual_return_differs_from_empyrical_by_the_length_of_a_year(report, frame):
    """There 252 sessions are a year, here 365.25 days; Calmar follows."""
    figures = report.metrics
    theirs = empyrical.annual_return(frame["mine"])
    days = (frame.index[-1] - frame.index[0]).days + 1
    exponent = (365.25 / days) / (252.0 / len(frame))
    assert figures["annual_return"] == close((1.0 + theirs) ** exponent - 1.0)
    assert figures["annual_return"] == pytest.approx(theirs, rel=0.005)
    calmar = empyrical.calmar_ratio(frame["mine"])
    assert figures["calmar"] == close(calmar * figures["annual_return"] / theirs)


def test_alpha_differs_from_empyrical_by_compounding(report, frame):
    """There the daily alpha is compounded to a year, here multiplied."""
    compounded = empyrical.alpha(frame["mine"], frame["theirs"], risk_free=daily(RISK_FREE))
    per_session = (1.0 + compounded) ** (1.0 / 252.0) - 1.0
    assert report.metrics["alpha"] == close(252.0 * per_session)


def test_the_information_ratio_is_empyricals_excess_sharpe_scaled_to_a_year(report, frame):
    """There it is left per session."""
    per_session = empyrical.excess_sharpe(frame["mine"], frame["theirs"])
    assert report.metrics["information_ratio"] == close(per_session * math.sqrt(252.0))


def test_the_calendar_equals_empyrical_and_pandas(report, frame, prices):
    """Compounded years and months, and nav resampled to period ends."""
    years = empyrical.aggregate_returns(frame["mine"], "yearly")
    np.testing.assert_array_equal(report.years, years.index)
    np.testing.assert_allclose(report.yearly, years, rtol=1e-11)
    months = empyrical.aggregate_returns(frame["mine"], "monthly")
    for (year, month), value in months.items():
        row = list(report.years).index(year)
        assert report.monthly[row, month - 1] == pytest.approx(value, rel=1e-10, abs=1e-13)
    assert np.isfinite(report.monthly).sum() == len(months)
    ends = prices["theirs"].resample("YE").last()
    start = pd.Series([prices["theirs"].iloc[0]])
    expected = pd.concat([start, ends]).pct_change().dropna()
    np.testing.assert_allclose(report.benchmark_yearly, expected, rtol=1e-11)


def test_capture_equals_empyrical_without_its_twelfth_power(report, frame):
    """There the geometric mean month is compounded to a year before dividing."""
    monthly = {
        name: empyrical.aggregate_returns(frame[name], "monthly") for name in ("mine", "theirs")
    }
    for name, chosen in (
        ("up_capture", monthly["theirs"] > 0),
        ("down_capture", monthly["theirs"] < 0),
    ):
        a_year = [
            empyrical.annual_return(monthly[one][chosen], period="monthly")
            for one in ("mine", "theirs")
        ]
        a_month = [(1.0 + one) ** (1.0 / 12.0) - 1.0 for one in a_year]
        assert report.metrics[name] == pytest.approx(a_month[0] / a_month[1], rel=1e-10)


def test_moments_and_correlation_equal_scipy(report, frame):
    """Skewness and kurtosis are the biased ones; pandas' differ by the sample correction."""
    figures, mine = report.metrics, frame["mine"].to_numpy()
    assert figures["skewness"] == close(scipy.stats.skew(mine, bias=True))
    assert figures["excess_kurtosis"] == close(scipy.stats.kurtosis(mine, bias=True))
    count = len(mine)
    corrected = figures["skewness"] * math.sqrt(count * (count - 1)) / (count - 2)
    assert corrected == close(frame["mine"].skew())
    pearson = scipy.stats.pearsonr(frame["mine"], frame["theirs"]).statistic
    assert figures["correlation"] == close(pearson)


@pytest.mark.parametrize("confidence", [0.95, 0.99])
def test_the_tail_equals_numpy_and_the_minimum_of_rockafellar_and_uryasev(
    report, frame, confidence
):
    """VaR is numpy's inverted_cdf quantile; ES is the least c + mean(loss - c)+ / (1 - q)."""
    losses = -frame["mine"].to_numpy()
    name = f"{confidence * 100:.0f}"
    quantile = np.quantile(losses, confidence, method="inverted_cdf")
    assert report.metrics[f"value_at_risk_{name}"] == close(quantile)
    least = min(
        c + np.maximum(losses - c, 0.0).mean() / (1.0 - confidence) for c in np.unique(losses)
    )
    assert report.metrics[f"expected_shortfall_{name}"] == close(least)


def test_the_tail_lies_beside_empyricals_interpolated_one(report, frame):
    """There the quantile is interpolated and the tail a whole number of sessions."""
    figures, mine = report.metrics, frame["mine"]
    assert figures["value_at_risk_95"] == pytest.approx(
        -empyrical.value_at_risk(mine, cutoff=0.05), rel=0.01
    )
    assert figures["expected_shortfall_95"] == pytest.approx(
        -empyrical.conditional_value_at_risk(mine, cutoff=0.05), rel=0.01
    )


def test_the_market_line_and_its_errors_equal_statsmodels(report, frame):
    """Least squares with Newey-West errors at the same number of lags."""
    excess = frame - daily(RISK_FREE)
    lags = int(4 * (len(frame) / 100) ** (2 / 9))
    fit = sm.OLS(excess["mine"].to_numpy(), sm.add_constant(excess["theirs"].to_numpy())).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": False}
    )
    assert report.metrics["alpha"] == pytest.approx(252.0 * fit.params[0], rel=1e-9)
    assert report.metrics["beta"] == pytest.approx(fit.params[1], rel=1e-11)
    assert report.standard_errors["alpha"] == pytest.approx(252.0 * fit.bse[0], rel=1e-9)
    assert report.standard_errors["beta"] == pytest.approx(fit.bse[1], rel=1e-9)


def test_the_standard_error_of_sharpe_is_what_a_bootstrap_finds(report, frame):
    """Resampling sessions gives nearly the same spread of Sharpe ratios."""
    mine = frame["mine"].to_numpy()
    drawn = np.random.default_rng(7).choice(mine, size=(1000, len(mine)))
    sharpes = drawn.mean(axis=1) / drawn.std(axis=1, ddof=1) * math.sqrt(252.0)
    assert report.standard_errors["sharpe"] == pytest.approx(float(sharpes.std()), rel=0.08)


def test_drawdowns_equal_pandas_running_maximum(report, prices):
    """Depth, dates and length of the deepest, and the longest time between two highs."""
    nav = prices["mine"]
    under = nav / nav.cummax() - 1.0
    deepest = report.drawdowns[0]
    assert deepest.depth == close(under.min())
    assert deepest.trough == str(under.idxmin().date())
    assert deepest.peak == str(nav[: under.idxmin()].idxmax().date())
    after = nav[under.idxmin() :]
    assert deepest.recovery == str(after[after >= nav[deepest.peak]].index[0].date())
    assert deepest.sessions == len(nav[deepest.peak : deepest.recovery]) - 1
    depths = [one.depth for one in report.drawdowns]
    assert depths == sorted(depths)
    assert len(depths) == 10
    highs = np.flatnonzero(under.to_numpy() == 0.0)
    longest = max(np.diff([*highs, len(nav) - 1 + (highs[-1] != len(nav) - 1)]))
    assert report.metrics["longest_drawdown_sessions"] == pytest.approx(longest, abs=1)
    np.testing.assert_allclose(report.drawdown, under, atol=1e-13)
