"""The one face of analytics: a nav series in, its performance out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bifrost_kernel.domain.errors import require
from bifrost_kernel.engines.analytics.calc import (
    METRICS,
    calendar,
    distribution,
    drawdown,
    exposure,
    ratios,
    relative,
    returns,
    round_trips,
)
from bifrost_kernel.engines.analytics.calc.returns import sessions_per_year
from bifrost_kernel.engines.analytics.model import Performance

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Dates, Floats, Ints
    from bifrost_kernel.engines.analytics.calc.calendar import Months
    from bifrost_kernel.engines.analytics.model import Drawdown

__all__ = ["sessions_per_year", "summarise"]

_DEEPEST = 10


class _Track(NamedTuple):
    """One nav series on session closes, and what is taken from it."""

    dates: Dates
    nav: Floats
    returns: Floats
    total: float
    years: float
    annual: float
    drawdown: Floats
    yearly: Floats
    monthly: Floats


class _Rates(NamedTuple):
    """The assumptions, per session."""

    risk_free: float
    target: float
    sessions_per_year: float


def summarise(
    *,
    session_date: Dates,
    nav: Floats,
    opening_cash: float,
    benchmark_nav: Floats,
    gross_exposure: Floats,
    traded_notional: Floats,
    round_trip_pnl: Floats,
    round_trip_bars: Floats | Ints,
    commission: float,
    risk_free_per_year: float = 0.0,
    minimum_acceptable_return_per_year: float = 0.0,
    sessions_per_year: float = 252.0,
) -> Performance:
    """Compute the performance of an account.

    Parameters
    ----------
    session_date
        shape (T,), datetime64[D], never decreasing: the session of each bar. Intraday bars
        are reduced to the last one of their session.
    nav
        shape (T,), currency: at each bar's close.
    opening_cash
        Currency, positive: nav before the first bar.
    benchmark_nav
        shape (T,), currency: from the same opening cash.
    gross_exposure
        shape (T,), currency, 0 or more: sum of |market value| at each bar's close.
    traded_notional
        shape (T,), currency, 0 or more: |quantity| * price of the bar's fills.
    round_trip_pnl
        shape (R,), currency, net of commission: closed round trips only, in order of exit.
    round_trip_bars
        shape (R,): bars from entry to exit.
    commission
        Currency: all commission paid.
    risk_free_per_year, minimum_acceptable_return_per_year
        Fraction per year, above -1; compounded down to a session.
    sessions_per_year
        Positive, as the function of that name tells it.

    Returns
    -------
    Performance
        `METRICS` of ``calc`` defines every figure.

    Raises
    ------
    InvalidInputError
        No bars, arrays of different lengths, sessions out of order, opening cash that is not
        positive.

    Notes
    -----
    A figure that cannot be told is NaN, never infinite, and nothing is warned about: NaN nav
    makes NaN of all that depends on it, and so do returns after a ruin (nav of 0 or less).
    Nothing under a year is annualised but volatility and the ratios built on it.
    """
    timeline = (nav, benchmark_nav, gross_exposure, traded_notional)
    _check(session_date, timeline, round_trip_pnl, round_trip_bars)
    require(0.0 < opening_cash < np.inf, "opening cash", opening_cash, "a positive amount")
    rates = _rates(risk_free_per_year, minimum_acceptable_return_per_year, float(sessions_per_year))
    with np.errstate(all="ignore"):
        closes = returns.find_session_closes(session_date)
        dates = session_date[closes]
        months = calendar.find_months(dates)
        mine = _track(dates, months, nav[closes], opening_cash)
        theirs = _track(dates, months, benchmark_nav[closes], opening_cash)
        falls = drawdown.find_drawdowns(mine.drawdown, dates, _DEEPEST)
        against, errors = _benchmark_figures(mine, theirs, rates)
        values = {
            **_return_figures(mine, rates),
            **_drawdown_figures(mine, falls),
            **_distribution_figures(mine),
            **_exposure_figures(gross_exposure, nav, traded_notional, mine.years),
            **_commission_figures(float(commission), opening_cash),
            **_round_trip_figures(round_trip_pnl, np.asarray(round_trip_bars, dtype=np.float64)),
            **against,
            "risk_free": float(risk_free_per_year),
            "minimum_acceptable_return": float(minimum_acceptable_return_per_year),
            "sessions_per_year": rates.sessions_per_year,
            "sessions": float(len(closes)),
        }
    sharpe = values["sharpe"]
    errors["sharpe"] = ratios.sharpe_standard_error(sharpe, len(closes), rates.sessions_per_year)
    names = [one.name for one in METRICS]
    return Performance(
        metrics={name: _finite(values[name]) for name in names},
        standard_errors={name: _finite(errors[name]) for name in names if name in errors},
        session_date=mine.dates,
        nav=mine.nav,
        benchmark_nav=theirs.nav,
        daily_return=mine.returns,
        benchmark_return=theirs.returns,
        drawdown=mine.drawdown,
        drawdowns=falls,
        years=months.years,
        yearly=mine.yearly,
        benchmark_yearly=theirs.yearly,
        monthly=mine.monthly,
    )


def _track(dates: Dates, months: Months, nav: Floats, opening_cash: float) -> _Track:
    nav = np.where(np.isfinite(nav), nav, np.nan)
    total = returns.total_return(nav, opening_cash)
    years = returns.count_years(dates)
    under = drawdown.drawdown_series(nav, opening_cash)
    return _Track(
        dates=dates,
        nav=nav,
        returns=returns.simple_returns(nav, opening_cash),
        total=total,
        years=years,
        annual=returns.annual_return(total, years),
        drawdown=under,
        yearly=calendar.yearly_returns(months, nav, opening_cash),
        monthly=calendar.monthly_returns(months, nav, opening_cash),
    )


def _return_figures(mine: _Track, rates: _Rates) -> dict[str, float]:
    scale = rates.sessions_per_year
    return {
        "total_return": mine.total,
        "annual_return": mine.annual,
        "annual_volatility": ratios.annual_volatility(mine.returns, scale),
        "sharpe": ratios.sharpe_ratio(mine.returns, rates.risk_free, scale),
        "sortino": ratios.sortino_ratio(mine.returns, rates.target, scale),
        "calmar": ratios.calmar_ratio(mine.annual, drawdown.max_drawdown(mine.drawdown)),
    }


def _drawdown_figures(mine: _Track, falls: tuple[Drawdown, ...]) -> dict[str, float]:
    deepest = drawdown.max_drawdown(mine.drawdown)
    return {
        "max_drawdown": deepest,
        "max_drawdown_sessions": drawdown.deepest_drawdown_sessions(falls, deepest),
        "longest_drawdown_sessions": drawdown.longest_drawdown_sessions(mine.drawdown),
        "current_drawdown": float(mine.drawdown[-1]),
        "current_drawdown_sessions": drawdown.current_drawdown_sessions(mine.drawdown),
    }


def _distribution_figures(mine: _Track) -> dict[str, float]:
    best, worst = returns.best_and_worst(mine.returns)
    skewness, kurtosis = distribution.skewness_and_kurtosis(mine.returns)
    losses = distribution.sort_losses(mine.returns)
    return {
        "skewness": skewness,
        "excess_kurtosis": kurtosis,
        "value_at_risk_95": distribution.value_at_risk(losses, 0.95),
        "expected_shortfall_95": distribution.expected_shortfall(losses, 0.95),
        "value_at_risk_99": distribution.value_at_risk(losses, 0.99),
        "expected_shortfall_99": distribution.expected_shortfall(losses, 0.99),
        "best_session": best,
        "worst_session": worst,
        "positive_sessions": distribution.positive_share(mine.returns),
    }


def _exposure_figures(
    gross_exposure: Floats, nav: Floats, traded_notional: Floats, years: float
) -> dict[str, float]:
    mean_gross, max_gross = exposure.gross_leverage(gross_exposure, nav)
    turned = exposure.turnover(traded_notional, nav)
    return {
        "exposure": exposure.time_in_market(gross_exposure),
        "mean_gross_exposure": mean_gross,
        "max_gross_exposure": max_gross,
        "turnover": turned,
        "turnover_per_year": turned / years,
    }


def _commission_figures(commission: float, opening_cash: float) -> dict[str, float]:
    return {
        "commission": commission,
        "commission_of_cash": exposure.commission_of_cash(commission, opening_cash),
    }


def _round_trip_figures(pnl: Floats, bars: Floats) -> dict[str, float]:
    best, worst = returns.best_and_worst(pnl)
    winning, losing = round_trips.longest_streaks(pnl)
    return {
        "round_trips": float(len(pnl)),
        "hit_rate": round_trips.hit_rate(pnl),
        "profit_factor": round_trips.profit_factor(pnl),
        "payoff_ratio": round_trips.payoff_ratio(pnl),
        "expectancy": round_trips.expectancy(pnl),
        "average_win": round_trips.average_win(pnl),
        "average_loss": round_trips.average_loss(pnl),
        "best_round_trip": best,
        "worst_round_trip": worst,
        "longest_winning_streak": winning,
        "longest_losing_streak": losing,
        "average_bars_held": round_trips.average_bars_held(bars),
    }


def _benchmark_figures(
    mine: _Track, theirs: _Track, rates: _Rates
) -> tuple[dict[str, float], dict[str, float]]:
    scale = rates.sessions_per_year
    line = relative.fit_market_line(mine.returns, theirs.returns, rates.risk_free)
    alpha, alpha_error = relative.annual_alpha(line, mine.years, scale)
    ratio = relative.information_ratio(mine.returns, theirs.returns, scale)
    up, down = relative.capture_ratios(mine.monthly, theirs.monthly)
    figures = {
        "benchmark_total_return": theirs.total,
        "benchmark_annual_return": theirs.annual,
        "benchmark_volatility": ratios.annual_volatility(theirs.returns, scale),
        "benchmark_sharpe": ratios.sharpe_ratio(theirs.returns, rates.risk_free, scale),
        "benchmark_max_drawdown": drawdown.max_drawdown(theirs.drawdown),
        "alpha": alpha,
        "beta": line.beta,
        "correlation": relative.correlation(mine.returns, theirs.returns),
        "active_return": relative.active_return(mine.returns, theirs.returns, mine.years, scale),
        "tracking_error": relative.tracking_error(mine.returns, theirs.returns, scale),
        "information_ratio": ratio,
        "up_capture": up,
        "down_capture": down,
    }
    errors = {
        "alpha": alpha_error,
        "beta": line.beta_error,
        "information_ratio": ratios.sharpe_standard_error(ratio, len(mine.returns), scale),
    }
    return figures, errors


def _check(
    session_date: Dates, timeline: tuple[Floats, ...], pnl: Floats, bars: Floats | Ints
) -> None:
    count = len(session_date)
    require(count > 0, "session dates", count, "at least one bar")
    lengths = tuple(len(one) for one in timeline)
    require(set(lengths) == {count}, "lengths of the arrays per bar", lengths, f"{count} each")
    is_sorted = bool((session_date[1:] >= session_date[:-1]).all())
    require(is_sorted, "session dates", "" if is_sorted else str(session_date[:3]), "oldest first")
    require(len(pnl) == len(bars), "lengths of the round-trip arrays", (len(pnl), len(bars)),
            "equal")  # fmt: skip


def _rates(risk_free: float, target: float, sessions_per_year: float) -> _Rates:
    require(sessions_per_year > 0.0, "sessions per year", sessions_per_year, "a positive number")
    for name, rate in (("risk-free rate", risk_free), ("minimum acceptable return", target)):
        require(rate > -1.0, name, rate, "a fraction per year above -1")
    return _Rates(
        returns.per_session(risk_free, sessions_per_year),
        returns.per_session(target, sessions_per_year),
        sessions_per_year,
    )


def _finite(value: float) -> float:
    return value if np.isfinite(value) else float("nan")
