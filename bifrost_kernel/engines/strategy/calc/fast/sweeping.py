"""Sweeps and summaries as plain calls.

Imports numba: load it on first use only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.domain.errors import require
from bifrost_kernel.engines.analytics.calc.returns import count_years, per_session
from bifrost_kernel.engines.strategy.calc.fast import sweep
from bifrost_kernel.engines.strategy.calc.fast.figures import measure_nav, measure_run
from bifrost_kernel.engines.strategy.calc.fast.market import run_crossings
from bifrost_kernel.engines.strategy.calc.fast.measuring import ROUNDING
from bifrost_kernel.engines.strategy.calc.fast.reading import read_closes, read_pairs
from bifrost_kernel.engines.strategy.calc.fast.runs import (
    ALWAYS_IN,
    LONG_ONLY,
    raise_fault,
    read_prices,
)
from bifrost_kernel.engines.strategy.calc.fast.settings import pack_settings
from bifrost_kernel.engines.strategy.model import RunFigures, SweepFigures

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from bifrost_kernel.domain.bars import Bools, Dates, Floats, Ints
    from bifrost_kernel.domain.trading import Trading
    from bifrost_kernel.engines.strategy.calc.fast.options import MeasureOptions, SweepOptions
    from bifrost_kernel.engines.strategy.model import MarketRun

# Below this share of the sum of squares, what is left after the mean is taken out is uncertain.
_CANCELLED = 1e-6


def measure_market(run: MarketRun, session_date: Dates, options: MeasureOptions) -> RunFigures:
    """Return a run's figures; see `engine.measure_market`."""
    closes = read_closes(session_date, len(run.nav))
    per_year = _read_per_year(options.get("sessions_per_year"))
    risk_free = options.get("risk_free_per_year", 0.0)
    target = options.get("minimum_acceptable_return_per_year", 0.0)
    rates = (
        _per_session(risk_free, "risk_free_per_year", per_year),
        _per_session(target, "minimum_acceptable_return_per_year", per_year),
    )
    terms = np.array((run.opening_cash, count_years(session_date), per_year, *rates))
    fills = run.fills
    columns = (fills.bar, fills.instrument, fills.quantity, fills.commission, fills.pnl)
    return RunFigures(*measure_run(run.nav, closes, columns, fills.position, terms).tolist())


def simulate_cross_sweep(
    open_: ArrayLike,
    close: ArrayLike,
    lengths: tuple[ArrayLike, ArrayLike],
    trading: Trading,
    options: SweepOptions,
) -> SweepFigures:
    """Trade the crossings of many pairs of averages; see `engine.simulate_cross_sweep`."""
    prices = read_prices(open_, close, options, trading)
    pairs = read_pairs(*lengths)
    closes = read_closes(options.get("session_date"), len(prices.close))
    per_year = _read_per_year(options.get("sessions_per_year"))
    codes = ALWAYS_IN if options.get("allows_short") else LONG_ONLY
    numbers = pack_settings(trading)
    marks, mark_at = _find_marks(prices.close, closes)
    periods, places = np.unique(pairs, return_inverse=True)
    states, fault, bar = sweep.run_sweep(
        prices, marks, mark_at, periods, places.reshape(pairs.shape), codes, numbers
    )
    raise_fault(fault, bar, prices)
    sharpe, doubtful = _sharpe_ratios(states, len(marks), per_year)
    for place in np.flatnonzero(doubtful):
        nav = np.empty(len(prices.close))
        run_crossings(prices, tuple(pairs[place].tolist()), codes, numbers, nav)
        terms = np.array((trading.cash, np.nan, per_year, 0.0, 0.0))
        sharpe[place] = measure_nav(nav, closes, terms)[3]
    return SweepFigures(
        fast=pairs[:, 0],
        slow=pairs[:, 1],
        final_nav=states[:, sweep.NAV],
        final_cash=states[:, sweep.CASH],
        max_drawdown=states[:, sweep.WORST] - 1.0,
        sharpe=sharpe,
        round_trips=states[:, sweep.N_FLAT].astype(np.int64),
        n_fills=states[:, sweep.N_FILLS].astype(np.int64),
        n_refused=states[:, sweep.N_REFUSED].astype(np.int64),
    )


def _read_per_year(value: float | None) -> float:
    if value is None:
        return 252.0
    require(value > 0.0, "sessions_per_year", value, "a positive number")
    return float(value)


def _per_session(rate: float, name: str, per_year: float) -> float:
    require(rate > -1.0, name, rate, "a fraction per year above -1")
    return per_session(rate, per_year)


def _find_marks(close: Floats, closes: Ints) -> tuple[Floats, Ints]:
    # Where nav is looked at: each session's close, and how many of them lie before each bar.
    if not len(closes):
        return close, closes
    is_close = np.zeros(len(close) + 1, np.int64)
    is_close[closes + 1] = 1
    return close[closes], np.cumsum(is_close)


def _sharpe_ratios(states: Floats, count: int, per_year: float) -> tuple[Floats, Bools]:
    squares, total = states[:, sweep.SQUARES], states[:, sweep.SUM]
    mean = total / count
    centred = squares - total * mean
    with np.errstate(all="ignore"):
        deviation = np.sqrt(np.maximum(centred, 0.0) / (count - 1))
        sharpe = np.where(deviation > ROUNDING, mean / deviation * np.sqrt(per_year), np.nan)
        doubtful = (squares > 0.0) & ~(centred > _CANCELLED * squares)
    return sharpe, doubtful | (states[:, sweep.WORST] <= 0.0) | np.isnan(squares)
