"""What every figure of a performance report is, in the order in which it is shown."""

from __future__ import annotations

from bifrost_kernel.engines.analytics.model import MetricDefinition

_M = MetricDefinition

_RETURN = (
    _M(
        "total_return", "Total return", "fraction", "return",
        "Last nav / opening cash - 1, over the whole time.",
    ),
    _M(
        "annual_return", "Annual return", "fraction", "return",
        "Compound annual growth rate by calendar time (days / 365.25); NaN under a year (GIPS).",
    ),
    _M(
        "annual_volatility", "Volatility", "fraction", "risk",
        "Standard deviation (ddof 1) of session returns * sqrt(sessions per year).",
    ),
    _M(
        "sharpe", "Sharpe", "ratio", "risk",
        "sqrt(sessions per year) * mean / standard deviation (ddof 1) of returns above the "
        "risk-free rate; standard error by Lo (2002) for independent returns.",
    ),
    _M(
        "sortino", "Sortino", "ratio", "risk",
        "sqrt(sessions per year) * mean(r - MAR) / root mean square of min(r - MAR, 0) over all "
        "sessions; NaN when no session fell short.",
    ),
    _M(
        "calmar", "Calmar", "ratio", "risk",
        "Annual return / |max drawdown|, over the whole time.",
    ),
    _M(
        "max_drawdown", "Max drawdown", "fraction", "risk",
        "Deepest fall from a peak of session-close nav, opening cash included; 0 or negative.",
    ),
    _M(
        "max_drawdown_sessions", "Max drawdown length", "sessions", "risk",
        "From the peak of the deepest drawdown to its recovery, or to the last session.",
    ),
    _M(
        "longest_drawdown_sessions", "Longest drawdown", "sessions", "risk",
        "Longest time from a peak to its recovery, or to the last session.",
    ),
    _M(
        "current_drawdown", "Current drawdown", "fraction", "risk",
        "Last nav against the highest so far; 0 or negative.",
    ),
    _M(
        "current_drawdown_sessions", "Current drawdown length", "sessions", "risk",
        "Sessions since the last peak; 0 at a peak.",
    ),
)  # fmt: skip

_DISTRIBUTION = (
    _M(
        "skewness", "Skewness", "ratio", "risk",
        "Population g1 = m3 / m2^1.5 of session returns (biased); negative = long tail of losses.",
    ),
    _M(
        "excess_kurtosis", "Excess kurtosis", "ratio", "risk",
        "Population g2 = m4 / m2^2 - 3 of session returns (biased); 0 for a normal distribution.",
    ),
    _M(
        "value_at_risk_95", "VaR 95 %, 1 session", "fraction", "risk",
        "Historical, positive = loss; inverse empirical distribution (Hyndman-Fan type 1); NaN "
        "below 20 sessions.",
    ),
    _M(
        "expected_shortfall_95", "ES 95 %, 1 session", "fraction", "risk",
        "Historical, positive = loss; mean of the worst 5 % of sessions (Rockafellar-Uryasev).",
    ),
    _M(
        "value_at_risk_99", "VaR 99 %, 1 session", "fraction", "risk",
        "As at 95 %; NaN below 100 sessions.",
    ),
    _M(
        "expected_shortfall_99", "ES 99 %, 1 session", "fraction", "risk",
        "As at 95 %, the worst 1 %.",
    ),
    _M(
        "best_session", "Best session", "fraction", "risk",
        "Largest return of a session.",
    ),
    _M(
        "worst_session", "Worst session", "fraction", "risk",
        "Smallest return of a session.",
    ),
    _M(
        "positive_sessions", "Positive sessions", "fraction", "risk",
        "Share of sessions with a return above zero.",
    ),
)  # fmt: skip

_EXPOSURE = (
    _M(
        "exposure", "Time in market", "fraction", "exposure",
        "Share of bars that closed with a position.",
    ),
    _M(
        "mean_gross_exposure", "Mean gross exposure", "fraction", "exposure",
        "Mean of sum |market value| / nav over all bars, flat ones as 0.",
    ),
    _M(
        "max_gross_exposure", "Highest gross exposure", "fraction", "exposure",
        "Maximum of sum |market value| / nav over all bars.",
    ),
    _M(
        "turnover", "Turnover", "ratio", "exposure",
        "Half the traded notional / mean nav, over the whole time (one-way).",
    ),
    _M(
        "turnover_per_year", "Turnover per year", "per_year", "exposure",
        "Turnover / calendar years; NaN under a year.",
    ),
    _M(
        "commission", "Commission", "currency", "exposure",
        "All commission paid; interest charged on what the fills closed is in it.",
    ),
    _M(
        "commission_of_cash", "Commission / opening cash", "fraction", "exposure",
        "All commission paid / opening cash.",
    ),
)  # fmt: skip

_ROUND_TRIPS = (
    _M(
        "round_trips", "Round trips", "count", "round trips",
        "Holdings from flat to flat that were closed.",
    ),
    _M(
        "hit_rate", "Hit rate", "fraction", "round trips",
        "Share of closed round trips with a pnl above zero, net of commission.",
    ),
    _M(
        "profit_factor", "Profit factor", "ratio", "round trips",
        "Sum of winners / |sum of losers|, net of commission; NaN where nothing was lost.",
    ),
    _M(
        "payoff_ratio", "Payoff ratio", "ratio", "round trips",
        "Average win / |average loss|; NaN unless there are both.",
    ),
    _M(
        "expectancy", "Expectancy", "currency", "round trips",
        "Mean pnl of a closed round trip, net of commission.",
    ),
    _M(
        "average_win", "Average win", "currency", "round trips",
        "Mean pnl of the winners, net of commission.",
    ),
    _M(
        "average_loss", "Average loss", "currency", "round trips",
        "Mean pnl of the losers, net of commission; negative.",
    ),
    _M(
        "best_round_trip", "Best round trip", "currency", "round trips",
        "Largest pnl, net of commission.",
    ),
    _M(
        "worst_round_trip", "Worst round trip", "currency", "round trips",
        "Smallest pnl, net of commission.",
    ),
    _M(
        "longest_winning_streak", "Longest winning streak", "count", "round trips",
        "Most winners in a row, in order of exit.",
    ),
    _M(
        "longest_losing_streak", "Longest losing streak", "count", "round trips",
        "Most losers in a row, in order of exit.",
    ),
    _M(
        "average_bars_held", "Average bars held", "bars", "round trips",
        "Mean of bars from entry to exit of closed round trips.",
    ),
)  # fmt: skip

_BENCHMARK = (
    _M(
        "benchmark_total_return", "Benchmark total return", "fraction", "benchmark",
        "As total return, of the benchmark's nav.",
    ),
    _M(
        "benchmark_annual_return", "Benchmark annual return", "fraction", "benchmark",
        "As annual return, of the benchmark's nav.",
    ),
    _M(
        "benchmark_volatility", "Benchmark volatility", "fraction", "benchmark",
        "As volatility, of the benchmark's nav.",
    ),
    _M(
        "benchmark_sharpe", "Benchmark Sharpe", "ratio", "benchmark",
        "As Sharpe, of the benchmark's nav.",
    ),
    _M(
        "benchmark_max_drawdown", "Benchmark max drawdown", "fraction", "benchmark",
        "As max drawdown, of the benchmark's nav.",
    ),
    _M(
        "alpha", "Alpha", "fraction", "benchmark",
        "Jensen's: intercept of excess on excess benchmark returns * sessions per year, not "
        "compounded; NaN under a year; Newey-West error.",
    ),
    _M(
        "beta", "Beta", "ratio", "benchmark",
        "Slope of excess on excess benchmark returns, least squares; Newey-West error.",
    ),
    _M(
        "correlation", "Correlation", "ratio", "benchmark",
        "Pearson, of session returns.",
    ),
    _M(
        "active_return", "Active return", "fraction", "benchmark",
        "Sessions per year * mean of return less benchmark return (arithmetic); NaN under a year.",
    ),
    _M(
        "tracking_error", "Tracking error", "fraction", "benchmark",
        "Standard deviation (ddof 1) of active returns * sqrt(sessions per year).",
    ),
    _M(
        "information_ratio", "Information ratio", "ratio", "benchmark",
        "Mean active return / its standard deviation * sqrt(sessions per year); standard error by "
        "Lo (2002).",
    ),
    _M(
        "up_capture", "Up capture", "ratio", "benchmark",
        "Geometric mean return / the benchmark's, of the months in which the benchmark rose.",
    ),
    _M(
        "down_capture", "Down capture", "ratio", "benchmark",
        "Geometric mean return / the benchmark's, of the months in which the benchmark fell.",
    ),
)  # fmt: skip

_ASSUMPTIONS = (
    _M(
        "risk_free", "Risk-free rate", "fraction", "assumptions",
        "Per year, compounded; used by Sharpe, alpha and beta.",
    ),
    _M(
        "minimum_acceptable_return", "Minimum acceptable return", "fraction", "assumptions",
        "Per year, compounded; MAR, used by Sortino.",
    ),
    _M(
        "sessions_per_year", "Sessions per year", "per_year", "assumptions",
        "What volatility, the ratios, alpha and active return are scaled with.",
    ),
    _M(
        "sessions", "Sessions", "count", "assumptions",
        "Number of session returns behind every figure.",
    ),
)  # fmt: skip

METRICS: tuple[MetricDefinition, ...] = (
    *_RETURN, *_DISTRIBUTION, *_EXPOSURE, *_ROUND_TRIPS, *_BENCHMARK, *_ASSUMPTIONS,
)  # fmt: skip
