"""The strategy engine's one face: what an idea wishes, what became of it, and against what."""

from __future__ import annotations

from typing import TYPE_CHECKING

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

    from bifrost_kernel.domain.backtest import BacktestResult, Fills, RoundTrips
    from bifrost_kernel.domain.bars import BarPanel, BarSet, Floats
    from bifrost_kernel.domain.strategies import Signals, Strategy
    from bifrost_kernel.engines.strategy.model import Difference


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
