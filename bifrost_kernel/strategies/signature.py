"""What a strategy's signature says: its first parameter, its knobs, its help."""

from __future__ import annotations

import inspect
from dataclasses import replace
from types import FunctionType
from typing import Any

from bifrost_kernel.domain.errors import InvalidInputError, UnknownNameError, require
from bifrost_kernel.domain.strategies import Parameter, Scope

KINDS = (bool, int, float, str)
_EXAMPLE = "Write for example fast=10 or fast: int = param(10, low=1, high=500)"


def read_name(function: FunctionType, name: str | None) -> str:
    """Return how the strategy is called: `name`, or the function's name.

    Raises
    ------
    InvalidInputError
        It cannot be a Python name.
    """
    label = name or function.__name__
    if not label.isidentifier():
        raise InvalidInputError(
            f"strategy name {label!r}: expected a name such as my_idea. "
            "Use def, or strategy(name=...)",
            context={"name": label},
        )
    return label


def read_scope(scope: str | Scope) -> Scope:
    """Return the scope of that name, or raise `UnknownNameError`."""
    scopes = [one.value for one in Scope]
    if scope not in scopes:
        raise UnknownNameError.of("scope", str(scope), scopes)
    return Scope(scope)


def first_parameter(function: object) -> str | None:
    """Return the name of a plain function's first parameter; None without one."""
    if not isinstance(function, FunctionType) or not function.__code__.co_argcount:
        return None
    return function.__code__.co_varnames[0]


def read_signature(function: FunctionType, label: str, shown: str) -> tuple[Parameter, ...]:
    """Return the parameters that a strategy's function declares.

    Parameters
    ----------
    function, label
        The function, and how the strategy is called, for messages.
    shown
        What its first parameter is: ``bars`` or ``now``.

    Raises
    ------
    InvalidInputError
        No first parameter without a default, a parameter without a usable default, ``*args`` or
        ``**kwargs``.
    """
    given = list(inspect.signature(function).parameters.values())
    if not given or given[0].default is not inspect.Parameter.empty or _is_variadic(given[0]):
        noun = "the bars" if shown == "bars" else shown
        raise InvalidInputError(
            f"{label}: expected {noun} as first parameter, was "
            f"{str(given[0]) if given else 'none'!r}. Write def {label}({shown}, ...)",
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
    require(isinstance(default, KINDS), where, default, "an int, float, bool or text", _EXAMPLE)
    if one.annotation in (float, "float") and type(default) is int:
        default = float(default)
    if found.low is not None and found.high is not None:
        require(found.low <= found.high, f"{where}: low", found.low, f"at most {found.high:g}")
    named = replace(found, name=one.name, default=default)
    named.read(default)
    return named


def with_plain_defaults(function: FunctionType) -> FunctionType:
    """Return the function with values for defaults where it declares parameters.

    Notes
    -----
    ``build(bars)`` without parameters shall see values; the function itself keeps its
    declarations, so that it can be made a strategy again.
    """

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


def describe(doc: str | None, label: str, parameters: tuple[Parameter, ...]) -> tuple[str, str]:
    """Return a strategy's summary, and its help with the parameters in it.

    Parameters
    ----------
    doc
        The docstring; without one its name in words stands in.
    label, parameters
        How it is called, and its knobs.
    """
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
