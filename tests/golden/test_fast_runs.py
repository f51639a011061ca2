"""Fast runs on real prices: equal to whole backtests, to analytics, and to each other."""

import functools
import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from bifrost_kernel.domain.strategies import Signals
from bifrost_kernel.domain.trading import (
    Commission,
    CommissionKind,
    Sizing,
    SizingKind,
    Slippage,
    SlippageKind,
    Trading,
)
from bifrost_kernel.engines.analytics import engine as analytics
from bifrost_kernel.engines.strategy import engine
from bifrost_kernel.engines.strategy.calc.indicators import crossover, sma
from bifrost_kernel.simulators.backtrader import BacktraderSimulator
from tests.simulation_samples import Steps, make_bars, make_job, make_series

HUNDRED = Trading(
    commission=Commission(CommissionKind.PERCENT, 0.001), sizing=Sizing(SizingKind.UNITS, 100.0)
)
ALL_IN = Trading(
    commission=Commission(CommissionKind.PER_SHARE, 0.005),
    sizing=Sizing(SizingKind.PERCENT, 99.0),
    slippage=Slippage(SlippageKind.PERCENT, 0.001, on_open=True),
)
SYMBOLS = ("AAPL", "GOOG", "IBM", "MSFT")
GRID = [(f, s) for f in range(5, 51, 3) for s in range(20, 201, 3) if f < s]
PRICES = ("open", "high", "low", "close")


@functools.cache
def sample(symbol):
    """Return raw sample prices by name, and the sessions."""
    from bokeh.sampledata import stocks

    table = getattr(stocks, symbol)
    prices = {name: np.array(table[name], dtype=np.float64) for name in PRICES}
    return prices, np.array(table["date"], dtype="datetime64[D]")


def run_whole(prices, signals, trading):
    """Run the whole backtest on Backtrader."""
    series = make_series("S", np.column_stack([prices[name] for name in PRICES]))
    terms = {name: getattr(trading, name) for name in ("cash", "commission", "sizing", "slippage")}
    return BacktraderSimulator().run(make_job(make_bars(series), signals=signals, **terms), Steps())


def crossed(close, fast, slow):
    """Return the crossings by the indicators."""
    return crossover(sma(close, fast), sma(close, slow))


def test_the_documented_run_has_its_documented_figures():
    """SMA 10/30 on raw AAPL, 100 units, 0.1 %: cash 1041956.6720400003 after 116 fills."""
    prices, _ = sample("AAPL")
    run = engine.simulate_crossings(prices["open"], prices["close"], 10, 30, HUNDRED)
    assert run.final_cash == run.final_nav == 1041956.6720400003
    assert len(run.fills) == 116
    assert (run.n_orders, run.n_refused) == (116, 0)


def test_bar_737_of_apple_keeps_its_side():
    """There the averages differ by 1.8e-15, which rolling sums get wrong."""
    close = sample("AAPL")[0]["close"]
    gap = math.fsum(close[728:738]) / 10 - math.fsum(close[708:738]) / 30
    assert 0 < abs(gap) < 1e-14
    crossings = engine.cross_averages(close, 10, 30)
    expected = crossed(close, 10, 30)
    assert crossings.bar.tolist() == np.flatnonzero(np.abs(expected) == 1).tolist()
    assert crossings.direction.tolist() == expected[crossings.bar].tolist()


@pytest.mark.parametrize("trading", [HUNDRED, ALL_IN], ids=["hundred", "all in"])
@pytest.mark.parametrize("allows_short", [False, True])
def test_runs_on_real_prices_equal_backtrader(trading, allows_short):
    """Thousands of bars, many blocks: nav, cash and fills to the last bit."""
    prices, _ = sample("GOOG")
    cross = crossed(prices["close"], 4, 9)
    up, down = (cross > 0)[:, None], (cross < 0)[:, None]
    wishes = {"short_entries": down} if allows_short else {"exits": down}
    whole = run_whole(prices, Signals(entries=up, **wishes), trading)
    fast = engine.simulate_crossings(
        prices["open"], prices["close"], 4, 9, trading, allows_short=allows_short,
        high=prices["high"], low=prices["low"],
    )  # fmt: skip
    flags = engine.simulate_market(
        prices["open"], prices["close"], trading, high=prices["high"], low=prices["low"],
        entries=up[:, 0], **{name: array[:, 0] for name, array in wishes.items()},
    )  # fmt: skip
    for run in (fast, flags):
        assert run.nav.tolist() == whole.nav.tolist()
        assert run.cash.tolist() == whole.cash.tolist()
        assert run.fills.price.tolist() == whole.fills.price.tolist()
        assert run.fills.quantity.tolist() == whole.fills.quantity.tolist()
        assert run.fills.pnl.tolist() == whole.fills.pnl.tolist()


def test_a_state_that_lasts_is_the_same_wish_at_every_bar():
    """Flags that are up for months order once, as on Backtrader."""
    prices, _ = sample("IBM")
    above = sma(prices["close"], 10) > sma(prices["close"], 30)
    whole = run_whole(prices, Signals(entries=above[:, None], exits=~above[:, None]), HUNDRED)
    run = engine.simulate_market(
        prices["open"], prices["close"], HUNDRED, entries=above, exits=~above
    )
    assert run.nav.tolist() == whole.nav.tolist()


def test_monthly_equal_weights_on_real_prices_equal_backtrader():
    """Four stocks, rebalanced monthly, tight cash: every fill, and nav summed in column order."""
    tables, dates = zip(*(sample(symbol) for symbol in SYMBOLS), strict=True)
    shared = functools.reduce(np.intersect1d, dates)
    kept = [np.isin(one, shared) for one in dates]
    prices = {
        name: np.column_stack([table[name][rows] for table, rows in zip(tables, kept, strict=True)])
        for name in PRICES
    }
    weights = np.full(prices["close"].shape, np.nan)
    months = shared.astype("datetime64[M]")
    weights[np.flatnonzero(months[1:] != months[:-1]) + 1] = 0.25
    series = [
        make_series(symbol, np.column_stack([prices[name][:, column] for name in PRICES]))
        for column, symbol in enumerate(SYMBOLS)
    ]
    job = make_job(
        make_bars(*series), signals=Signals(target_weight=weights), cash=5_000.0,
        commission=HUNDRED.commission,
    )  # fmt: skip
    whole = BacktraderSimulator().run(job, Steps())
    run = engine.simulate_weights(prices["open"], prices["close"], weights, job.spec.trading)
    bars = np.flatnonzero(~np.isnan(weights[:, 0]))
    sparse = engine.simulate_weights(
        prices["open"], prices["close"], weights[bars], job.spec.trading, bars=bars
    )
    assert run.n_refused > 0
    for one in (run, sparse):
        assert one.nav.tolist() == whole.nav.tolist()
        assert one.cash.tolist() == whole.cash.tolist()
        assert one.fills.instrument.tolist() == whole.fills.instrument.tolist()
        assert one.fills.quantity.tolist() == whole.fills.quantity.tolist()


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_every_pair_of_the_sweep_has_exact_signals(symbol):
    """910 pairs: as many fills as the indicators' crossings make, and the same final nav."""
    prices, _ = sample(symbol)
    pairs = np.array(GRID)
    sweep = engine.simulate_cross_sweep(
        prices["open"], prices["close"], pairs[:, 0], pairs[:, 1], HUNDRED
    )
    averages = {one: sma(prices["close"], one) for one in np.unique(pairs)}
    for place, (fast, slow) in enumerate(GRID):
        cross = crossover(averages[fast], averages[slow])
        run = engine.simulate_market(
            prices["open"], prices["close"], HUNDRED, entries=cross > 0, exits=cross < 0
        )
        assert sweep.final_nav[place] == run.final_nav
        assert sweep.n_fills[place] == len(run.fills)


def test_pairs_split_over_threads_give_the_same_figures():
    """What a pair is asked together with, and on which thread, changes no bit."""
    prices, dates = sample("AAPL")
    pairs = np.array(GRID)

    def swept(rows):
        return engine.simulate_cross_sweep(
            prices["open"], prices["close"], pairs[rows, 0], pairs[rows, 1], HUNDRED,
            session_date=dates,
        )  # fmt: skip

    whole = swept(np.arange(len(pairs)))
    halves = np.array_split(np.random.default_rng(1).permutation(len(pairs)), 2)
    with ThreadPoolExecutor(2) as pool:
        for rows, part in zip(halves, pool.map(swept, halves), strict=True):
            for name in ("final_nav", "max_drawdown", "sharpe", "round_trips", "n_refused"):
                assert getattr(part, name).tolist() == getattr(whole, name)[rows].tolist()


def summary_of(run, dates, close, per_year, rate=0.0):
    """Return the metrics that the analytics engine computes of a run."""
    trips = engine.round_trips(run.fills, 1)
    closed = trips.exit_bar >= 0
    position = np.zeros(len(run.nav))
    for bar, held in zip(run.fills.bar, run.fills.position, strict=True):
        position[bar:] = held
    return analytics.summarise(
        session_date=dates,
        nav=run.nav,
        opening_cash=run.opening_cash,
        benchmark_nav=run.nav,
        gross_exposure=np.abs(position * close),
        traded_notional=np.zeros(len(run.nav)),
        round_trip_pnl=(trips.pnl - trips.commission)[closed],
        round_trip_bars=(trips.exit_bar - trips.entry_bar)[closed],
        commission=float(run.fills.commission.sum()),
        risk_free_per_year=rate,
        minimum_acceptable_return_per_year=rate,
        sessions_per_year=per_year,
    ).metrics


def assert_figures(figures, metrics):
    """Assert that every figure is the metric of its name, within the stated tolerance."""
    for name in figures.__slots__:
        mine = getattr(figures, name)
        assert mine == pytest.approx(metrics[name], rel=1e-9, abs=1e-12, nan_ok=True), name
    assert figures.max_drawdown == metrics["max_drawdown"]
    assert figures.total_return == metrics["total_return"]


@pytest.mark.parametrize("symbol", SYMBOLS)
@pytest.mark.parametrize("trading", [HUNDRED, ALL_IN], ids=["hundred", "all in"])
@pytest.mark.parametrize("allows_short", [False, True])
def test_figures_are_those_of_the_analytics_engine(symbol, trading, allows_short):
    """Returns, volatility, Sharpe, drawdown, round trips and all the others, daily bars."""
    prices, dates = sample(symbol)
    run = engine.simulate_crossings(
        prices["open"], prices["close"], 10, 30, trading, allows_short=allows_short,
        high=prices["high"], low=prices["low"],
    )  # fmt: skip
    figures = engine.measure_market(run, dates, risk_free_per_year=0.02,
                                    minimum_acceptable_return_per_year=0.02)  # fmt: skip
    assert_figures(figures, summary_of(run, dates, prices["close"], 252.0, rate=0.02))


def test_figures_of_intraday_bars_are_taken_at_session_closes():
    """Three bars a session: one run and the sweep reduce nav to the sessions' last bars."""
    prices, dates = sample("MSFT")
    sessions = dates[np.arange(len(dates)) // 3]
    run = engine.simulate_crossings(prices["open"], prices["close"], 10, 30, HUNDRED)
    metrics = summary_of(run, sessions, prices["close"], 252.0)
    assert_figures(engine.measure_market(run, sessions), metrics)
    sweep = engine.simulate_cross_sweep(
        prices["open"], prices["close"], [10, 12], [30, 31], HUNDRED, session_date=sessions
    )
    assert sweep.max_drawdown[0] == metrics["max_drawdown"]
    assert sweep.sharpe[0] == pytest.approx(metrics["sharpe"], rel=1e-9)
    assert sweep.final_nav[0] == run.final_nav
    assert sweep.round_trips[0] == metrics["round_trips"]


def test_sharpe_ratios_of_a_sweep_are_those_of_the_analytics_engine():
    """Daily bars: drawdown equal, Sharpe within 1e-9; a ruined account has no Sharpe ratio."""
    prices, dates = sample("AAPL")
    close = prices["close"]
    ruined = Trading(cash=200.0, sizing=Sizing(SizingKind.UNITS, 40.0))
    for trading, allows_short in ((HUNDRED, False), (HUNDRED, True), (ruined, True)):
        sweep = engine.simulate_cross_sweep(
            prices["open"], close, [5, 20, 11], [20, 100, 200], trading, allows_short=allows_short
        )
        for place in range(3):
            pair = int(sweep.fast[place]), int(sweep.slow[place])
            run = engine.simulate_crossings(
                prices["open"], close, *pair, trading, allows_short=allows_short
            )
            metrics = summary_of(run, dates, close, 252.0)
            assert sweep.max_drawdown[place] == metrics["max_drawdown"]
            assert sweep.sharpe[place] == pytest.approx(metrics["sharpe"], rel=1e-9, nan_ok=True)
    assert sweep.max_drawdown.min() < -1
    assert np.isnan(sweep.sharpe).any()
