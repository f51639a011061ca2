"""The strategy engine's one face: what an idea wishes, what became of it, and against what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import numpy as np

from bifrost_kernel.domain.errors import InvalidInputError
from bifrost_kernel.domain.strategies import Scope
from bifrost_kernel.engines.strategy.calc.benchmark import compute_buy_and_hold
from bifrost_kernel.engines.strategy.calc.calling import as_read_only, call_build, call_prepare
from bifrost_kernel.engines.strategy.calc.difference import find_difference
from bifrost_kernel.engines.strategy.calc.studies import (
    check_studies,
    split_studies,
    stack_studies,
)
from bifrost_kernel.engines.strategy.calc.trips import compute_round_trips
from bifrost_kernel.engines.strategy.calc.versions import compute_version
from bifrost_kernel.engines.strategy.calc.wishes import check_answer, keep_on_bars, lay_out

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

    from bifrost_kernel.domain.backtest import BacktestResult, Fills, RoundTrips
    from bifrost_kernel.domain.bars import BarPanel, BarSet, Dates, Floats
    from bifrost_kernel.domain.strategies import Signals, Strategy
    from bifrost_kernel.domain.trading import Trading
    from bifrost_kernel.engines.strategy.calc.fast import options as fast
    from bifrost_kernel.engines.strategy.model import (
        Crossings,
        Difference,
        MarketRun,
        RunFigures,
        SweepFigures,
    )


def signals_for(
    strategy: Strategy, parameters: Mapping[str, object], bars: BarSet, panel: BarPanel
) -> Signals:
    """Return what the strategy wishes, on the panel's timeline.

    Parameters
    ----------
    strategy
        One that has a function.
    parameters
        A value for every parameter, as `Strategy.read_parameters` gives them.
    bars, panel
        The bars, and the same bars on one timeline (T bars, K instruments).

    Returns
    -------
    Signals
        Every array of shape (T, K); False or NaN where an instrument has no bar.

    Raises
    ------
    InvalidInputError
        Too few bars for the strategy's warm-up, or an answer that cannot be acted on.
    SimulationError
        The function raised; the message names the line.

    Notes
    -----
    The function sees arrays that it cannot write to.
    """
    require_enough_bars(strategy, parameters, panel)
    if strategy.scope is Scope.TOGETHER:
        answer = call_build(strategy, parameters, as_read_only(panel))
        shape = panel.has_bar.shape
        return keep_on_bars(
            check_answer(answer, strategy.name, panel.session_date, shape), panel.has_bar
        )
    answers = [
        check_answer(
            call_build(strategy, parameters, as_read_only(one)),
            strategy.name,
            one.session_date,
            (len(one),),
        )
        for one in bars.series
    ]
    return lay_out(answers, panel.has_bar)


def studies_for(
    strategy: Strategy, parameters: Mapping[str, object], bars: BarSet, panel: BarPanel
) -> tuple[Floats, ...]:
    """Return what the strategy's `prepare` works out before a run.

    Parameters
    ----------
    strategy
        One that is called at each bar.
    parameters
        A value for every parameter, as `Strategy.read_parameters` gives them.
    bars, panel
        The bars, and the same bars on one timeline (T bars, K instruments).

    Returns
    -------
    tuple of arrays
        For each instrument one of shape (S, T_k), as in `SimulationJob.studies`; none when
        nothing is prepared.

    Raises
    ------
    InvalidInputError
        Too few bars for the strategy's warm-up, or an answer that is no list of arrays of
        numbers with one place for each bar.
    SimulationError
        The function raised; the message names the line.

    Notes
    -----
    The function sees arrays that it cannot write to, and what it answers is copied.
    """
    require_enough_bars(strategy, parameters, panel)
    if strategy.prepare is None:
        return ()
    name = strategy.name
    if strategy.scope is Scope.TOGETHER:
        answer = call_prepare(strategy, parameters, as_read_only(panel))
        return split_studies(check_studies(answer, name, panel.has_bar.shape), panel.has_bar)
    return stack_studies(
        [
            check_studies(call_prepare(strategy, parameters, as_read_only(one)), name, (len(one),))
            for one in bars.series
        ],
        name,
    )


def require_enough_bars(
    strategy: Strategy, parameters: Mapping[str, object], panel: BarPanel
) -> None:
    """Raise `InvalidInputError` when no instrument has bars enough for a first decision.

    Parameters
    ----------
    strategy
        Its `warmup` says how many bars that takes; without one nothing is checked.
    parameters
        A value for every parameter.
    panel
        The bars on one timeline.

    Notes
    -----
    One bar more is asked for than the warm-up: a decision is acted on at the next bar.
    """
    if strategy.warmup is None:
        return
    needed = strategy.warmup(parameters) + 1
    counts = panel.has_bar.sum(axis=0)
    if not len(counts) or counts.max() >= needed:
        return
    longest = int(np.argmax(counts))
    asked = "".join(f" {name}={parameters[name]}" for name in _stretching(strategy, parameters))
    raise InvalidInputError(
        f"{strategy.name}{asked} needs at least {needed} bars, "
        f"{panel.instrument_ids[longest]} has {counts[longest]} in this range. "
        "Ask for a longer range or smaller windows",
        context={"needed": needed, "bars": int(counts[longest])},
    )


def strategy_version(strategy: Strategy, parameters: Mapping[str, object]) -> str:
    """Return the SHA-256 (hex) of what the strategy does with these parameters.

    Parameters
    ----------
    strategy
        Its source counts without comments, layout, docstrings, name and defaults.
    parameters
        A value for every parameter.
    """
    return compute_version(strategy.source, str(strategy.scope), parameters)


def round_trips(fills: Fills, n_instruments: int) -> RoundTrips:
    """Return the holdings from flat to flat behind the fills.

    Parameters
    ----------
    fills
        Executions in order.
    n_instruments
        How many instruments the run has.
    """
    return compute_round_trips(fills, n_instruments)


def first_difference(left: BacktestResult, right: BacktestResult) -> Difference | None:
    """Return the first place where two results of one job are not the same; None = nowhere.

    Parameters
    ----------
    left, right
        What two simulators handed back. Every value is compared, to the last bit; NaN is NaN.
    """
    return find_difference(left, right)


def buy_and_hold_nav(close: Floats, cash: float, dividends: Floats | None = None) -> Floats:
    """Return the nav of buying equal weights at the first closes and holding them.

    Parameters
    ----------
    close
        shape (T, K), currency per unit; NaN where an instrument has no bar.
    cash
        Opening cash, currency.
    dividends
        shape (T, K), currency per unit at its ex-date's bar; None = none.

    Returns
    -------
    Floats
        shape (T,), currency.
    """
    return compute_buy_and_hold(close, cash, dividends)


def _stretching(strategy: Strategy, parameters: Mapping[str, object]) -> list[str]:
    # The parameters that set the warm-up are those whose change changes it.
    if strategy.warmup is None:
        return []
    base = strategy.warmup(parameters)
    windows = {
        name: value
        for name, value in parameters.items()
        if isinstance(value, int) and not isinstance(value, bool)
    }
    return [
        name
        for name, value in windows.items()
        if strategy.warmup({**parameters, name: value + 1}) != base
    ]


def cross_averages(close: ArrayLike, fast: int, slow: int) -> Crossings:
    """Return where the simple average of `fast` closes crosses that of `slow` closes.

    Parameters
    ----------
    close
        shape (T,), currency per unit, finite.
    fast, slow
        Lengths in bars, fast < slow: any other pair is refused.

    Returns
    -------
    Crossings
        Exactly where ``crossover(sma(close, fast), sma(close, slow))`` is 1 or -1.
    """
    from bifrost_kernel.engines.strategy.calc.fast import runs

    return runs.cross_averages(close, fast, slow)


def simulate_crossings(
    open: ArrayLike,  # noqa: A002  # the field's own word
    close: ArrayLike,
    fast: int,
    slow: int,
    trading: Trading,
    **options: Unpack[fast.CrossingOptions],
) -> MarketRun:
    """Trade the crossings of two simple averages: decided at the close, filled at the next bar.

    Parameters
    ----------
    open, close
        shape (T,), currency per unit. Opens are looked at where an order fills.
    fast, slow
        Lengths in bars, fast < slow. Long when the fast one crosses above, out when below.
    trading
        The account; leverage, interest, futures, fillers and cheat-on-open are refused.
    **options
        See `CrossingOptions`.

    Returns
    -------
    MarketRun
        Equal to a whole backtest of these wishes, bit for bit.
    """
    from bifrost_kernel.engines.strategy.calc.fast import runs

    return runs.simulate_crossings(open, close, (fast, slow), trading, options)


def simulate_market(
    open: ArrayLike,  # noqa: A002  # the field's own word
    close: ArrayLike,
    trading: Trading,
    **options: Unpack[fast.MarketOptions],
) -> MarketRun:
    """Trade flags, or units to hold, of one instrument by the rules at `Signals`.

    Parameters
    ----------
    open, close, trading
        As for `simulate_crossings`.
    **options
        The wishes and more: see `MarketOptions`.
    """
    from bifrost_kernel.engines.strategy.calc.fast import runs

    return runs.simulate_market(open, close, trading, options)


def simulate_weights(
    open: ArrayLike,  # noqa: A002  # the field's own word
    close: ArrayLike,
    weights: ArrayLike,
    trading: Trading,
    **options: Unpack[fast.WeightOptions],
) -> MarketRun:
    """Hold target weights of several instruments that have a bar at every time.

    Parameters
    ----------
    open, close
        shape (T, K), currency per unit.
    weights
        shape (T, K), signed fraction of nav to hold from the next bar on, NaN = leave it; with
        the option `bars` shape (R, K), a row for each of them.
    trading
        As for `simulate_crossings`; the sizing is not looked at.
    **options
        See `WeightOptions`.
    """
    from bifrost_kernel.engines.strategy.calc.fast import runs

    return runs.simulate_weights(open, close, weights, trading, options)


def simulate_cross_sweep(
    open: ArrayLike,  # noqa: A002  # the field's own word
    close: ArrayLike,
    fast: ArrayLike,
    slow: ArrayLike,
    trading: Trading,
    **options: Unpack[fast.SweepOptions],
) -> SweepFigures:
    """Run `simulate_crossings` for many pairs at once, with the GIL released.

    Parameters
    ----------
    open, close, trading
        As for `simulate_crossings`.
    fast, slow
        shape (P,), bars, each fast one below its slow one.
    **options
        See `SweepOptions`.

    Notes
    -----
    Memory grows with the number of distinct lengths, not with that of pairs or bars. Pairs may
    be split over threads: a pair's result does not depend on what it is asked together with.
    """
    from bifrost_kernel.engines.strategy.calc.fast import sweeping

    return sweeping.simulate_cross_sweep(open, close, (fast, slow), trading, options)


def measure_market(
    run: MarketRun, session_date: Dates, **options: Unpack[fast.MeasureOptions]
) -> RunFigures:
    """Return a run's figures: those of a performance that need no benchmark.

    Parameters
    ----------
    run
        T bars.
    session_date
        shape (T,), never decreasing: the session of each bar.
    **options
        See `MeasureOptions`.
    """
    from bifrost_kernel.engines.strategy.calc.fast import sweeping

    return sweeping.measure_market(run, session_date, options)
