"""What a strategy is: typed parameters in, arrays of wishes out.

A strategy looks at bars and says, for every bar, what it would like to do. It
never touches an account: the simulator turns the wishes into orders by the rules
written at `Signals`, and every simulator follows the same rules.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from bifrost_kernel.domain.errors import InvalidInputError, UnknownNameError, require

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bifrost_kernel.domain.bars import Bools, Floats

Value = int | float | bool | str


class Scope(StrEnum):
    """What a strategy is shown at once."""

    EACH = "each"
    TOGETHER = "together"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One knob of a strategy.

    Parameters
    ----------
    name, default
        Its name, and its value when none is given; the default's type is the
        parameter's type (int, float, bool or str).
    low, high
        Inclusive range of a number; None = open.
    choices
        Allowed values of a text.
    summary
        What it does, with its unit.
    """

    name: str
    default: Value
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    summary: str = ""

    def read(self, value: object) -> Value:
        """Return `value` as this parameter's type, or raise `InvalidInputError`."""
        result = self._convert(value)
        if isinstance(result, (int, float)) and not isinstance(result, bool):
            inside = (self.low is None or result >= self.low) and (
                self.high is None or result <= self.high
            )
            require(math.isfinite(result) and inside, self.name, value, self.expectation)
        if self.choices:
            require(result in self.choices, self.name, value, self.expectation)
        return result

    @property
    def expectation(self) -> str:
        """The allowed values in words: ``an int from 1 to 500``."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        kind = type(self.default).__name__
        noun = f"{'an' if kind == 'int' else 'a'} {kind}"
        if self.low is not None and self.high is not None:
            return f"{noun} from {self.low:g} to {self.high:g}"
        if self.low is not None:
            return f"{noun} of at least {self.low:g}"
        if self.high is not None:
            return f"{noun} of at most {self.high:g}"
        return noun

    def _convert(self, value: object) -> Value:
        kind = type(self.default)
        try:
            if kind is bool:
                return _read_bool(value)
            if kind is str:
                return str(value)
            require(not isinstance(value, bool), self.name, value, self.expectation)
            number = float(value)  # type: ignore[arg-type]
            if kind is int:
                require(number == int(number), self.name, value, self.expectation)
                return int(number)
        except (TypeError, ValueError, OverflowError) as error:
            if isinstance(error, InvalidInputError):
                raise
            raise InvalidInputError(
                f"{self.name}: expected {self.expectation}, was {value!r}",
                context={"name": self.name, "value": value},
            ) from None
        else:
            return number


def _read_bool(value: object) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    return words[str(value).lower()] if str(value).lower() in words else _no_bool(value)


def _no_bool(value: object) -> bool:
    raise ValueError(value)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Signals:
    """What a strategy wishes at each bar, decided at that bar's close.

    Every array is shape (T,) for a strategy of scope EACH and (T, K) for one of
    scope TOGETHER. Flags are bool; numbers are float64 with NaN for "nothing".

    Parameters
    ----------
    entries, exits
        Go long when flat or short; leave a long position.
    short_entries, short_exits
        Go short when flat or long; leave a short position.
    target_size
        Signed units to hold from the next bar on.
    target_weight
        Signed fraction of nav to hold from the next bar on; 0 means flat.
    limit_price, stop_price
        Price of the entry order, above zero: a limit, a stop, or with both a stop-limit;
        NaN for a market order.
    stop_distance, profit_distance, trail_distance
        Currency per unit, above zero, between the entry's reference price (its limit price,
        else its stop price, else this bar's close) and the protective stop, the profit
        target, the trailing stop. Together with an entry they make a bracket.

    Notes
    -----
    The rules that every simulator follows. They are gone through once at each bar of the
    timeline: first rules 1 and 2, instrument by instrument in column order, then rule 3.
    q is the instrument's position at this bar's close. "Cancel" means all orders of the
    instrument that are still open, oldest first, bracket children included; "close" means a
    market order of -q.

    1. ``exits`` with q > 0, or ``short_exits`` with q < 0: cancel; close.
    2. ``entries`` with q <= 0: nothing while an entry order to buy is still open. Otherwise
       cancel; close if q < 0 and rule 1 has not just done it; then order the entry: the run's
       size (q as it is now, so percent sizing turns a short into a long of the same number of
       units), at ``limit_price`` / ``stop_price`` or at market. A size of 0 orders nothing.
       ``short_entries`` with q >= 0 mirrors it. Where both are set on one bar, neither is
       acted on.

       With distances the entry is a bracket of the same size: sent in the order entry, stop,
       trailing stop, profit target. The children wait until the whole entry is filled, are
       live from the bar after, and the first to fill cancels the others. A rejected or
       cancelled entry cancels its children. A trailing stop starts at its distance from the
       reference price and follows the closes of the bars on which it was live. A protective
       price that is not above zero is left out.
    3. ``target_size`` or ``target_weight`` not NaN (one of them; the flags of that instrument
       and bar are then not looked at): cancel; order the difference at market. For a size it
       is target - q. For a weight w it is -q if w = 0, else
       int(leverage x (abs(w x nav - v) // close)) units in the direction of w x nav - v, with
       nav the account's and v the position's value at this close (Backtrader's
       ``order_target_percent``). Instruments whose order runs against their holding (q > 0 and
       a sale, q < 0 and a purchase) go first, then the others, each group in column order;
       every difference is taken before the first of them fills.
    4. An instrument without a bar at this point of the timeline is left alone: its flags and
       targets are not looked at.

    Orders are first matched on the bar after; those of the last bar never fill. With
    cheat-on-close a market order is matched on the bar after too, at the close it was sent
    at. With cheat-on-open a bar's wishes are acted on just before the open of the instrument's
    next bar and matched on that same bar: q is the position then, that open takes the place
    of "this bar's close" for sizes, reference prices and v, and nav is that of the close before.
    """

    entries: Bools | None = None
    exits: Bools | None = None
    short_entries: Bools | None = None
    short_exits: Bools | None = None
    target_size: Floats | None = None
    target_weight: Floats | None = None
    limit_price: Floats | None = None
    stop_price: Floats | None = None
    stop_distance: Floats | None = None
    profit_distance: Floats | None = None
    trail_distance: Floats | None = None

    FLAGS: ClassVar[tuple[str, ...]] = ("entries", "exits", "short_entries", "short_exits")

    def given(self) -> dict[str, Any]:
        """Return the arrays that are set, by name."""
        pairs = ((one.name, getattr(self, one.name)) for one in fields(self))
        return {name: array for name, array in pairs if array is not None}


@dataclass(frozen=True, slots=True, eq=False)
class Strategy:
    """A named idea with typed parameters.

    Parameters
    ----------
    name, summary
        How it is called, and what it does in one line.
    parameters
        Its knobs, in the order of its signature.
    build
        ``build(bars, **parameters) -> Signals``; `bars` is a `BarSeries` for scope
        EACH and a `BarPanel` for scope TOGETHER. Pure: same in, same out. None for a
        strategy in another form.
    scope
        Whether it sees one instrument at a time or all of them.
    source
        Its source text; what its version is made from.
    native, native_simulator
        A strategy class that one simulator runs as it is (then `build` is None), and
        that simulator's name.
    warmup
        ``warmup(parameters)``: bars that are needed before the first decision, the bar of
        the decision included; None = not known.
    description
        The help in full: idea, rule, parameters, sources.
    on_bar
        ``on_bar(now, **parameters) -> None``, called at each bar's close: for each
        instrument that has a bar there, in column order (scope EACH), or once (TOGETHER).
        It looks around and sends its orders through `now`, whose law stands at
        `engines.strategy.calc.now.Now`. None for a strategy in another form.
    is_compiled
        `on_bar` runs as machine code where the simulator can.
    prepare
        ``prepare(bars, **parameters)`` -> arrays worked out before the run, which `on_bar`
        reads bar by bar as ``now.study(0)``, ``now.study(1)``, ...: each of shape (T,) for a
        `BarSeries` (scope EACH), (T, K) for a `BarPanel` (TOGETHER). None = no arrays.
    n_state
        How many float64 places ``now.state`` has: an own set for each instrument (EACH), one
        for all (TOGETHER).
    """

    name: str
    summary: str
    parameters: tuple[Parameter, ...]
    build: Callable[..., Signals] | None
    scope: Scope = Scope.EACH
    source: str = ""
    native: type | None = None
    native_simulator: str | None = None
    warmup: Callable[[Mapping[str, Any]], int] | None = None
    description: str = ""
    on_bar: Callable[..., None] | None = None
    is_compiled: bool = False
    prepare: Callable[..., Sequence[Floats]] | None = None
    n_state: int = 0

    def getdoc(self) -> str:
        """Return what IPython shows for ``strategy?``."""
        return self.description or self.summary

    def read_parameters(self, given: Mapping[str, object]) -> dict[str, Value]:
        """Return every parameter's value: the given ones checked, the others by default."""
        known = {one.name: one for one in self.parameters}
        for name in given:
            if name not in known:
                raise UnknownNameError.of(f"parameter of {self.name}", name, known)
        return {
            name: one.read(given[name]) if name in given else one.default
            for name, one in known.items()
        }
