"""How a strategy is declared: a function of bars with typed parameters, or a class as it is."""

from __future__ import annotations

from dataclasses import replace
from types import FunctionType
from typing import TYPE_CHECKING, Any, cast, overload

from bifrost_kernel.domain.errors import InvalidInputError
from bifrost_kernel.domain.strategies import Parameter, Scope, Strategy
from bifrost_kernel.strategies.declare_on_bar import on_bar_from_function, on_bar_source
from bifrost_kernel.strategies.signature import (
    KINDS,
    describe,
    first_parameter,
    read_name,
    read_scope,
    read_signature,
    with_plain_defaults,
)
from bifrost_kernel.strategies.source import is_from, read_class_source, read_source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bifrost_kernel.domain.strategies import Signals, Value

    Build = Callable[..., Signals]
    Warmup = Callable[[Mapping[str, Any]], int]

_NATIVE = "backtrader"


def param(
    default: Value,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    summary: str = "",
) -> Any:
    """Declare a parameter with its range, as a default in a strategy's signature.

    Parameters
    ----------
    default
        Its value when none is given; its type is the parameter's type.
    low, high
        Inclusive range of a number; None = open.
    choices
        Allowed values of a text.
    summary
        What it does, with its unit.
    """
    return Parameter("", default, low=low, high=high, choices=tuple(choices), summary=summary)


@overload
def strategy(target: Build) -> Strategy: ...
@overload
def strategy(
    target: None = None,
    *,
    name: str | None = None,
    scope: str | Scope = Scope.EACH,
    warmup: Warmup | None = None,
) -> Callable[[Build], Strategy]: ...
def strategy(
    target: Build | None = None,
    *,
    name: str | None = None,
    scope: str | Scope = Scope.EACH,
    warmup: Warmup | None = None,
) -> Strategy | Callable[[Build], Strategy]:
    """Make a strategy of the function below: ``@strategy`` or ``@strategy(scope="together")``.

    Parameters
    ----------
    target
        ``f(bars, fast=10, ...) -> Signals``.
    name
        How it is called; None = the function's name.
    scope
        ``each``: the function sees one instrument's `BarSeries` at a time. ``together``: it
        sees all of them as one `BarPanel`.
    warmup
        ``warmup(parameters)``: bars needed before the first decision; lets a range that is
        too short be refused with a helpful message.

    Returns
    -------
    Strategy
        It takes the function's place; the function is its `build`.

    Examples
    --------
    >>> from bifrost_kernel.domain.strategies import Signals
    >>> @strategy
    ... def rises(bars, by=param(0.01, low=0.0, summary="fraction of the open")):
    ...     return Signals(entries=bars.close > bars.open * (1 + by))
    >>> rises.read_parameters({})
    {'by': 0.01}
    """

    def declare(function: Build) -> Strategy:
        if isinstance(function, type):
            return strategy_from_class(function)
        return strategy_from_function(function, name=name, scope=scope, warmup=warmup)

    return declare if target is None else declare(target)


def strategy_from_function(
    function: Callable[..., Any],
    *,
    name: str | None = None,
    scope: str | Scope = Scope.EACH,
    warmup: Warmup | None = None,
) -> Strategy:
    """Return the strategy that a function of bars is.

    Parameters
    ----------
    function
        A function of bars; one whose first parameter is called ``now`` is taken as one that is
        called at each bar (`on_bar`).
    name, scope, warmup
        As for `strategy`.

    Raises
    ------
    InvalidInputError
        Not a plain function, no parameter for the bars, a parameter without a usable default,
        ``*args`` or ``**kwargs``.
    UnknownNameError
        No such scope.
    """
    if not isinstance(function, FunctionType):
        raise InvalidInputError(
            f"strategy: expected a function of bars, was {function!r}. "
            "Put @strategy, or @strategy(name=...), above a def",
        )
    if first_parameter(function) == "now":
        return on_bar_from_function(function, name=name, scope=scope, warmup=warmup)
    label = read_name(function, name)
    sees = read_scope(scope)
    parameters = read_signature(function, label, "bars")
    summary, description = describe(function.__doc__, label, parameters)
    return Strategy(
        name=label,
        summary=summary,
        parameters=parameters,
        build=with_plain_defaults(function),
        scope=sees,
        source=read_source(function),
        warmup=warmup,
        description=description,
    )


def strategy_from_class(cls: type) -> Strategy:
    """Return the strategy that an unmodified ``bt.Strategy`` subclass is.

    Parameters
    ----------
    cls
        The class. Its `params` of type int, float, bool or str become parameters; others
        stay at their defaults.

    Raises
    ------
    InvalidInputError
        Another class.
    """
    natives = [one for one in cls.__mro__ if is_from(one, _NATIVE) and one.__name__ == "Strategy"]
    if not natives:
        base = cls.__mro__[1].__name__ if cls is not object else "nothing"
        raise InvalidInputError(
            f"strategy {cls.__name__}: expected a subclass of backtrader.Strategy or a function "
            f"of bars, was a class built on {base}",
            context={"class": cls.__name__},
        )
    # The `params` of a Backtrader class is a class that lists its own entries.
    pairs = cast("Any", cls).params._getitems()  # noqa: SLF001 - there is no public way
    parameters = tuple(
        Parameter(name, default) for name, default in pairs if isinstance(default, KINDS)
    )
    summary, description = describe(cls.__doc__, cls.__name__, parameters)
    return Strategy(
        name=cls.__name__,
        summary=summary,
        parameters=parameters,
        build=None,
        source=read_class_source(cls, _NATIVE),
        native=cls,
        native_simulator=_NATIVE,
        description=description,
    )


def renew_source(declared: Strategy) -> Strategy:
    """Return the strategy with its source as it stands now.

    Parameters
    ----------
    declared
        A strategy whose helpers or settings in the notebook may have changed since.

    Notes
    -----
    What a notebook function refers to is looked up when it runs, so its text is only
    complete at that moment.
    """
    if declared.native is not None:
        return replace(declared, source=read_class_source(declared.native, _NATIVE))
    if isinstance(declared.build, FunctionType):
        return replace(declared, source=read_source(declared.build))
    if declared.on_bar is not None:
        return replace(declared, source=on_bar_source(declared))
    return declared
