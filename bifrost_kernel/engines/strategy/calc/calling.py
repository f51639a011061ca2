"""Asking a strategy's function, and saying in one line where it went wrong."""

from __future__ import annotations

import inspect
import re
import traceback
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from bifrost_kernel.domain.errors import BifrostError, SimulationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bifrost_kernel.domain.bars import BarPanel, BarSeries
    from bifrost_kernel.domain.strategies import Strategy

Shown = TypeVar("Shown", "BarSeries", "BarPanel")


def as_read_only(bars: Shown) -> Shown:
    """Return the same bars behind arrays that cannot be written to."""
    guarded: dict[str, Any] = {}
    for one in fields(bars):
        value = getattr(bars, one.name)
        if isinstance(value, np.ndarray):
            view = value.view()
            view.flags.writeable = False
            guarded[one.name] = view
    return replace(bars, **guarded)


def call_build(
    strategy: Strategy, parameters: Mapping[str, object], bars: BarSeries | BarPanel
) -> object:
    """Return what the strategy's function answers to these bars.

    Parameters
    ----------
    strategy
        One that has a function.
    parameters
        A value for every parameter.
    bars
        What the function is shown.

    Raises
    ------
    SimulationError
        The function raised; the message holds the exception, the line and its text. Errors
        that Bifrost raises on purpose pass through as they are.
    """
    if strategy.build is None:
        raise SimulationError(
            f"strategy {strategy.name!r}: expected a function of bars, was a class that only "
            f"{strategy.native_simulator} can run. Run it with --engine {strategy.native_simulator}"
        )
    return _call(strategy, strategy.build, bars, parameters)


def call_prepare(
    strategy: Strategy, parameters: Mapping[str, object], bars: BarSeries | BarPanel
) -> object:
    """Return what the strategy's `prepare` answers to these bars.

    Parameters
    ----------
    strategy, parameters, bars
        As for `call_build`. The function is given those of the parameters that it names.

    Raises
    ------
    SimulationError
        The function raised; the message holds the exception, the line and its text.
    """
    prepare = strategy.prepare
    if prepare is None:
        return ()
    named = list(inspect.signature(prepare).parameters.values())[1:]
    takes_all = any(one.kind is one.VAR_KEYWORD for one in named)
    wanted = {one.name for one in named}
    given = {name: value for name, value in parameters.items() if takes_all or name in wanted}
    return _call(strategy, prepare, bars, given)


def _call(
    strategy: Strategy,
    function: Callable[..., object],
    bars: BarSeries | BarPanel,
    parameters: Mapping[str, object],
) -> object:
    try:
        return function(bars, **parameters)
    except BifrostError:
        raise
    except (Exception, SystemExit) as error:  # leaving the program is no answer to a question
        place = _place(error, function)
        reason = " ".join(str(error).split())
        raise SimulationError(
            f"strategy {strategy.name!r} raised {type(error).__name__}: {reason}, {place}",
            context={"strategy": strategy.name, "exception": type(error).__name__, "at": place},
        ) from error


def _place(error: BaseException, build: object) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    code = getattr(build, "__code__", None)
    own = [one for one in frames if code is not None and one.filename == code.co_filename]
    frame = (own or frames)[-1]
    is_cell = frame.filename.startswith("<") or re.search(r"ipykernel_\d+", frame.filename)
    name = "the cell" if is_cell else re.split(r"[\\/]", frame.filename)[-1]
    text = f": {frame.line}" if frame.line else ""
    return f"in line {frame.lineno} of {name}{text}"
