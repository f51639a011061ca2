"""The figures of one run, compiled: those of the analytics engine that need no benchmark.

Imports numba: load it on first use only.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.engines.strategy.calc.fast.measuring import (
    deviation_of,
    follow_drawdown,
    ratio_of,
    sum_powers,
    write_returns,
)
from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats, Ints

N_FIGURES = 16


@compiled
def measure_run(
    nav: Floats,
    closes: Ints,
    fills: tuple[Ints, Ints, Floats, Floats, Floats],
    position: Floats,
    terms: Floats,
) -> Floats:
    """Return a run's figures in the order of `RunFigures`.

    Parameters
    ----------
    nav
        shape (T,), currency, T at least 1.
    closes
        Index of each session's last bar; empty where every bar is a session of its own.
    fills
        Bar, instrument, quantity, commission and pnl of each fill, see `Fills`.
    position
        Signed units held after each fill.
    terms
        Opening cash, years (NaN below one), sessions per year, risk-free rate and target
        return per session.
    """
    out = np.empty(N_FIGURES)
    out[:7] = measure_nav(nav, closes, terms)
    _measure_fills(fills, position, len(nav), out[7:])
    return out


@compiled
def measure_nav(nav: Floats, closes: Ints, terms: Floats) -> Floats:
    """Return the first seven figures of `RunFigures`; see `measure_run`."""
    at_close = nav
    if len(closes):
        at_close = np.empty(len(closes))
        for i in range(len(closes)):
            at_close[i] = nav[closes[i]]
    cash, years, target = terms[0], terms[1], terms[4]
    count = len(at_close)
    scale = math.sqrt(terms[2])
    returns = np.empty(count)
    write_returns(at_close, cash, returns)
    mean = sum_powers(returns, 0.0)[0] / count
    deviation = deviation_of(sum_powers(returns, mean)[1], count)
    _, worst = follow_drawdown(at_close, cash, 1.0)
    total = at_close[count - 1] / cash - 1.0
    annual = math.nan
    if 1.0 + total >= 0.0 and years > 0.0:
        annual = (1.0 + total) ** (1.0 / years) - 1.0
    shortfall = 0.0
    for i in range(count):
        over = min(returns[i] - target, 0.0)
        shortfall += over * over
    out = np.empty(7)
    out[0] = total
    out[1] = annual
    out[2] = deviation * scale
    out[3] = ratio_of(mean - terms[3], deviation) * scale
    out[4] = ratio_of(mean - target, math.sqrt(shortfall / count)) * scale
    out[5] = ratio_of(annual, abs(worst - 1.0))
    out[6] = worst - 1.0
    return out


@compiled
def _measure_fills(
    fills: tuple[Ints, Ints, Floats, Floats, Floats], position: Floats, n_bars: int, out: Floats
) -> None:
    # Holdings from flat to flat, see `compute_round_trips`: closed ones only.
    bars, instruments, quantities, commissions, pnls = fills
    columns = 1 + (instruments.max() if len(bars) else 0)
    held, pnl, fees = np.zeros(columns), np.zeros(columns), np.zeros(columns)
    entry_bar = np.zeros(columns, np.int64)
    trips = wins = n_held = last_bar = 0
    won = lost = commission = held_bars = trip_bars = 0.0
    best = -math.inf
    worst = math.inf
    for i in range(len(bars)):
        bar, column, after, paid = bars[i], instruments[i], position[i], commissions[i]
        before = held[column]
        held_bars += (bar - last_bar) * (n_held > 0)
        last_bar = bar
        n_held += (after != 0.0) - (before != 0.0)
        commission += paid
        share = 0.0
        if before * quantities[i] < 0.0:
            share = paid * (-before / quantities[i]) if before * after < 0.0 else paid
            pnl[column] += pnls[i]
            fees[column] += share
            if before * after <= 0.0:
                net = pnl[column] - fees[column]
                trips += 1
                wins += net > 0.0
                won += max(net, 0.0)
                lost -= min(net, 0.0)
                best = max(best, net)
                worst = min(worst, net)
                trip_bars += bar - entry_bar[column]
        if before * after <= 0.0:
            entry_bar[column] = bar
            pnl[column] = fees[column] = 0.0
        fees[column] += paid - share
        held[column] = after
    out[0] = (held_bars + (n_bars - last_bar) * (n_held > 0)) / n_bars
    out[1] = commission
    out[2] = trips
    _write_trips(trips, wins, (won, lost), (best, worst), trip_bars, out[3:])


@compiled
def _write_trips(
    trips: int,
    wins: int,
    sums: tuple[float, float],
    extremes: tuple[float, float],
    bars: float,
    out: Floats,
) -> None:
    won, lost = sums
    out[:] = math.nan
    if trips:
        out[0] = wins / trips
        out[1] = won / lost if lost > 0.0 else math.nan
        out[2] = (won - lost) / trips
        out[3] = extremes[0]
        out[4] = extremes[1]
        out[5] = bars / trips
