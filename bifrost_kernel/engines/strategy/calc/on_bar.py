"""Calling a person's function at each bar: its parameters bound, its answer judged."""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any

from bifrost_kernel.domain.errors import InvalidInputError, SimulationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bifrost_kernel.domain.strategies import Strategy


def bind(strategy: Strategy, parameters: Mapping[str, object]) -> Callable[[Any], object]:
    """Return the strategy's function with its parameters fixed: ``f(now)``.

    Parameters
    ----------
    strategy
        One that is called at each bar.
    parameters
        A value for every parameter.

    Notes
    -----
    The values become the function's defaults, so that a call costs no more than one of a
    function of one argument.
    """
    function = strategy.on_bar
    if not isinstance(function, FunctionType):
        raise InvalidInputError(
            f"strategy {strategy.name}: expected a function of now, was {function!r}"
        )
    code = function.__code__
    values = dict(parameters)
    names = code.co_varnames[1 : code.co_argcount]
    keywords = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    if {*names, *keywords} != values.keys():  # a wrapper that takes *args and **kwargs
        return lambda now: function(now, **values)
    defaults = tuple(values[name] for name in names)
    bound = FunctionType(
        code, function.__globals__, function.__name__, defaults, function.__closure__
    )
    bound.__kwdefaults__ = {name: values[name] for name in keywords}
    return bound


def refuse_answer(name: str, answer: object, bar: int, where: str) -> SimulationError:
    """Return the error for a function that answered something.

    Parameters
    ----------
    name
        The strategy's.
    answer
        What came back instead of None.
    bar, where
        Index of the bar, and the bar in words.
    """
    was = type(answer).__name__
    bars_too = "; a function of bars returns Signals" if was == "Signals" else ""
    return SimulationError(
        f"strategy {name} failed at {where}: expected nothing back from a function that is called "
        f"at each bar, was {was}. It sends its orders through now, as in now.buy(){bars_too}",
        context={"strategy": name, "was": was, "bar": bar},
    )
