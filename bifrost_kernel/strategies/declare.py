"""How a strategy is declared: a function of bars with typed parameters, or a class as it is."""

from __future__ import annotations

import inspect
from dataclasses import replace
from types import FunctionType
from typing import TYPE_CHECKING, Any, cast, overload

from bifrost_kernel.domain.errors import InvalidInputError, UnknownNameError, require
from bifrost_kernel.domain.strategies import Parameter, Scope, Strategy
from bifrost_kernel.strategies.source import is_from, read_class_source, read_source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bifrost_kernel.domain.strategies import Signals, Value

    Build = Callable[..., Signals]
    Warmup = Callable[[Mapping[str, Any]], int]

_NATIVE = "backtrader"
_KINDS = (bool, int, float, str)
_EXAMPLE = "Write for example fast=10 or fast: int = param(10, low=1, high=500)"


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
    function, name, scope, warmup
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
    label = name or function.__name__
    if not label.isidentifier():
        raise InvalidInputError(
            f"strategy name {label!r}: expected a name such as my_idea. "
            "Use def, or strategy(name=...)",
            context={"name": label},
        )
    scopes = [one.value for one in Scope]
    if scope not in scopes:
        raise UnknownNameError.of("scope", str(scope), scopes)
    parameters = _read_signature(function, label)
    summary, description = _describe(function.__doc__, label, parameters)
    return Strategy(
        name=label,
        summary=summary,
        parameters=parameters,
        build=_with_plain_defaults(function),
        scope=Scope(scope),
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
        Parameter(name, default) for name, default in pairs if isinstance(default, _KINDS)
    )
    summary, description = _describe(cls.__doc__, cls.__name__, parameters)
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
    return declared


def _read_signature(function: FunctionType, label: str) -> tuple[Parameter, ...]:
    given = list(inspect.signature(function).parameters.values())
    if not given or given[0].default is not inspect.Parameter.empty or _is_variadic(given[0]):
        raise InvalidInputError(
            f"{label}: expected the bars as first parameter, was "
            f"{str(given[0]) if given else 'none'!r}. Write def {label}(bars, ...)",
            context={"strategy": label},
        )
    return tuple(_read_parameter(one, label) for one in given[1:])


def _is_variadic(one: inspect.Parameter) -> bool:
    return one.kind in {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}


def _read_parameter(one: inspect.Parameter, label: str) -> Parameter:
    where = f"{label}: parameter {one.name!r}"
    if _is_variadic(one) or one.kind is inspect.Parameter.POSITIONAL_ONLY:
        raise InvalidInputError(
            f"{where}: expected a named parameter with a default, was {str(one)!r}. {_EXAMPLE}",
            context={"parameter": one.name},
        )
    if one.default is inspect.Parameter.empty:
        raise InvalidInputError(
            f"{where}: expected a default, was none. {_EXAMPLE}", context={"parameter": one.name}
        )
    found = one.default if isinstance(one.default, Parameter) else Parameter("", one.default)
    default = found.default
    require(isinstance(default, _KINDS), where, default, "an int, float, bool or text", _EXAMPLE)
    if one.annotation in (float, "float") and type(default) is int:
        default = float(default)
    if found.low is not None and found.high is not None:
        require(found.low <= found.high, f"{where}: low", found.low, f"at most {found.high:g}")
    named = replace(found, name=one.name, default=default)
    named.read(default)
    return named


def _with_plain_defaults(function: FunctionType) -> FunctionType:
    # `build(bars)` without parameters shall see values; the function itself keeps its
    # declarations, so that it can be made a strategy again.
    def plain(value: Any) -> Any:
        return value.default if isinstance(value, Parameter) else value

    defaults = tuple(plain(one) for one in function.__defaults__ or ())
    bare = FunctionType(
        function.__code__, function.__globals__, function.__name__, defaults, function.__closure__
    )
    named = (function.__kwdefaults__ or {}).items()
    bare.__kwdefaults__ = {key: plain(value) for key, value in named}
    for name in ("__module__", "__qualname__", "__doc__", "__annotations__"):
        setattr(bare, name, getattr(function, name))
    return bare


def _describe(doc: str | None, label: str, parameters: tuple[Parameter, ...]) -> tuple[str, str]:
    text = inspect.cleandoc(doc) if doc else label.replace("_", " ")
    summary = " ".join(text.split("\n\n")[0].split())
    if not parameters or "\nParameters\n" in text:
        return summary, text
    lines = ["Parameters", "----------"]
    for one in parameters:
        told = f"{one.expectation}, by default {one.default!r}."
        line = f"{one.summary}: {told}" if one.summary else told[0].upper() + told[1:]
        lines += [one.name, f"    {line}"]
    body, mark, references = text.partition("\nReferences\n")
    block = "\n".join(lines)
    return summary, f"{body.rstrip()}\n\n{block}" + (f"\n{mark}{references}" if mark else "")
