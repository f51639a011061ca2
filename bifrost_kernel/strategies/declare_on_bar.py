"""How a strategy is declared that is called at each bar: a function of `now`."""

from __future__ import annotations

import inspect
from types import FunctionType
from typing import TYPE_CHECKING, Any, overload

from bifrost_kernel.domain.errors import InvalidInputError, require
from bifrost_kernel.domain.strategies import Scope, Strategy
from bifrost_kernel.strategies.signature import (
    describe,
    first_parameter,
    read_name,
    read_scope,
    read_signature,
    with_plain_defaults,
)
from bifrost_kernel.strategies.source import read_sources

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bifrost_kernel.domain.strategies import Parameter

    OnBar = Callable[..., None]
    Prepare = Callable[..., Sequence[Any]]
    Warmup = Callable[[Mapping[str, Any]], int]

_MOST_STATE = 1_000_000


@overload
def on_bar(target: OnBar) -> Strategy: ...
@overload
def on_bar(
    target: None = None,
    *,
    compiled: bool = False,
    scope: str | Scope = Scope.EACH,
    name: str | None = None,
    warmup: Warmup | None = None,
    state: int = 0,
    prepare: Prepare | None = None,
) -> Callable[[OnBar], Strategy]: ...
def on_bar(
    target: OnBar | None = None,
    *,
    compiled: bool = False,
    scope: str | Scope = Scope.EACH,
    name: str | None = None,
    warmup: Warmup | None = None,
    state: int = 0,
    prepare: Prepare | None = None,
) -> Strategy | Callable[[OnBar], Strategy]:
    """Make a strategy of the function below, which is called at each bar: ``@bf.on_bar``.

    Parameters
    ----------
    target
        ``f(now, fast=10, ...)``. It is called at each bar's close, looks around and sends its
        orders through `now`, and returns nothing. What `now` offers stands at `bf.Now`.
    compiled
        Run it as machine code, which a function of numbers and arrays can become. The figures
        are the same either way.
    scope
        ``each``: called for each instrument that has a bar, in column order. ``together``: called
        once per bar of the timeline; ``now.on(0)``, ``now.on(1)``, ... are the instruments.
    name
        How it is called; None = the function's name.
    warmup
        ``warmup(parameters)``: bars needed before the first decision; lets a range that is too
        short be refused with a helpful message.
    state
        How many numbers ``now.state`` keeps from bar to bar, zeros at the start: own ones for
        each instrument, or with ``together`` one set for all.
    prepare
        ``prepare(bars, fast, ...)`` returns a list of arrays, worked out once before the run;
        ``now.study(0)`` is the first one's value at the present bar. Each has one value for each
        bar: shape (T,) for the `BarSeries` of one instrument, (T, K) for the `BarPanel` of
        ``together``. It is given those of the strategy's parameters that it names. What it works
        out for a bar must not depend on later bars.

    Returns
    -------
    Strategy
        It takes the function's place.

    Raises
    ------
    InvalidInputError
        The function has no first parameter called ``now``, or an option cannot be used.

    Examples
    --------
    >>> import bifrost_kernel as bf
    >>> def averages(bars, fast, slow):
    ...     return [bf.indicators.sma(bars.close, n) for n in (fast, slow)]
    >>> @bf.on_bar(prepare=averages)
    ... def cross(now, fast=10, slow=30):
    ...     "Long while the fast average is above the slow one."
    ...     if now.study(0) > now.study(1):
    ...         if now.position == 0:
    ...             now.buy()
    ...     elif now.position > 0:
    ...         now.close_position()
    >>> cross.read_parameters({})
    {'fast': 10, 'slow': 30}
    """

    def declare(function: OnBar) -> Strategy:
        return on_bar_from_function(
            function, compiled=compiled, scope=scope, name=name, warmup=warmup, state=state,
            prepare=prepare,
        )  # fmt: skip

    return declare if target is None else declare(target)


def on_bar_from_function(
    function: Any,
    *,
    compiled: bool = False,
    scope: str | Scope = Scope.EACH,
    name: str | None = None,
    warmup: Warmup | None = None,
    state: int = 0,
    prepare: Prepare | None = None,
) -> Strategy:
    """Return the strategy that a function of `now` is.

    Parameters
    ----------
    function, compiled, scope, name, warmup, state, prepare
        As for `on_bar`.

    Raises
    ------
    InvalidInputError
        See `on_bar`.
    UnknownNameError
        No such scope.
    """
    if not isinstance(function, FunctionType):
        raise InvalidInputError(
            f"on_bar: expected a function of now, was {function!r}. "
            "Put @bf.on_bar, or @bf.on_bar(...), above a def",
        )
    label = read_name(function, name)
    first = first_parameter(function)
    if first is not None and first != "now":
        raise InvalidInputError(
            f"{label}: expected now as first parameter, was {first!r}. "
            f"Write def {label}(now, ...), or @bf.strategy for a function of bars",
            context={"strategy": label},
        )
    parameters = read_signature(function, label, "now")
    is_count = isinstance(state, int) and not isinstance(state, bool)
    require(
        is_count and 0 <= state <= _MOST_STATE, f"{label}: state", state,
        f"a whole number from 0 to {_MOST_STATE:,}", "state=2 keeps now.state[0] and now.state[1]",
    )  # fmt: skip
    require(isinstance(compiled, bool), f"{label}: compiled", compiled, "True or False")
    require(warmup is None or callable(warmup), f"{label}: warmup", warmup, "a function")
    _check_prepare(prepare, label, parameters)
    summary, description = describe(function.__doc__, label, parameters)
    return Strategy(
        name=label,
        summary=summary,
        parameters=parameters,
        build=None,
        scope=read_scope(scope),
        source=_source(function, prepare, state),
        warmup=warmup,
        description=description,
        on_bar=with_plain_defaults(function),
        is_compiled=compiled,
        prepare=prepare,
        n_state=state,
    )


def on_bar_source(declared: Strategy) -> str:
    """Return the text of such a strategy as it stands now: both functions, and what they use."""
    return _source(declared.on_bar, declared.prepare, declared.n_state)


def _source(function: object, prepare: object, state: int) -> str:
    functions = [one for one in (function, prepare) if isinstance(one, FunctionType)]
    return read_sources(*functions) + (f"\nstate = {state}\n" if state else "")


def _check_prepare(prepare: Any, label: str, parameters: tuple[Parameter, ...]) -> None:
    if prepare is None:
        return
    require(
        isinstance(prepare, FunctionType), f"{label}: prepare", prepare, "a function of bars",
        "Write def studies(bars, fast): return [...]",
    )  # fmt: skip
    known = {one.name for one in parameters}
    given = list(inspect.signature(prepare).parameters.values())
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if not given or given[0].kind not in kinds or given[0].name in known:
        raise InvalidInputError(
            f"{label}: prepare: expected the bars as first parameter, was "
            f"{str(given[0]) if given else 'none'!r}. Write def studies(bars, ...)",
            context={"strategy": label},
        )
    for one in given[1:]:
        is_open = one.kind in {one.VAR_KEYWORD, one.VAR_POSITIONAL}
        if not is_open and one.name not in known and one.default is one.empty:
            raise InvalidInputError(
                f"{label}: prepare: expected parameters of the strategy "
                f"({', '.join(sorted(known)) or 'it has none'}), was {one.name!r}",
                context={"parameter": one.name},
            )
