"""What a strategy calls: orders, targets, cancel. Backtrader's strategy methods, compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.engines.strategy.calc.compiled.books import Books


@compiled
def send(  # noqa: PLR0917  # compiled code takes positions
    books: Books,
    column: int,
    kind: int,
    size: float,
    price: float,
    limit_price: float,
    trail_amount: float,
    trail_fraction: float,
    valid_us: int,
    oco: int,
    parent: int,
    transmit: bool,  # noqa: FBT001  # likewise
) -> int:
    """Send an order and return its ref; 0 = nothing was ordered (size 0, or a fault).

    Parameters
    ----------
    books
        The run.
    column
        The instrument; it has had a bar.
    kind
        Index into ORDER_TYPES.
    size
        Signed units.
    price
        Limit of a limit order, trigger of a stop, reference of a trailing stop; NaN = not given.
    limit_price
        Limit of a stop-limit and of a trailing stop-limit; NaN = not given.
    trail_amount, trail_fraction
        Distance of a trailing stop: currency per unit, or a fraction of the price; NaN = not
        given.
    valid_us
        Microseconds since 1970 after which it expires; NEVER = good till cancelled.
    oco, parent
        Refs; 0 = none.
    transmit
        False = hold it back until an order of the same bracket is transmitted.

    Notes
    -----
    Nothing is judged here but what Backtrader's records refuse: terms that are not finite set
    `account.fault`. Out of room it sets the fault "room".
    """
    raise NotImplementedError


@compiled
def cancel(books: Books, ref: int) -> bool:
    """Cancel an order and its bracket; False when it was not waiting to be matched."""
    raise NotImplementedError


@compiled
def size_by_sizing(books: Books, column: int) -> float:
    """Return the units that the run's sizing orders, as Backtrader's sizer gives them.

    Parameters
    ----------
    books
        The run.
    column
        The instrument.

    Notes
    -----
    Percent sizing returns a holding's own size, negative for a short; the order takes its
    magnitude.
    """
    raise NotImplementedError


@compiled
def send_target_size(books: Books, column: int, size: float) -> int:
    """Order what is missing to a holding of `size` signed units; return the ref or 0."""
    raise NotImplementedError


@compiled
def send_target_value(books: Books, column: int, value: float) -> int:
    """Order what is missing to a holding worth `value` at this close; return the ref or 0."""
    raise NotImplementedError


@compiled
def send_target_weight(books: Books, column: int, weight: float) -> int:
    """Order what is missing to a holding worth `weight` x nav; return the ref or 0."""
    raise NotImplementedError


@compiled
def valid_until(books: Books, column: int, days: float) -> int:
    """Return the `valid_us` of an order good for `days` from the instrument's bar.

    Parameters
    ----------
    books
        The run.
    column
        The instrument.
    days
        NaN = good till cancelled; 0 = to the end of that bar's day; else days, fractions
        allowed, rounded to whole microseconds as ``datetime.timedelta`` does.
    """
    raise NotImplementedError
