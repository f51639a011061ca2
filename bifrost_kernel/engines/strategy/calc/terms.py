"""The terms of an order as `now` takes them: which kind they make, and which are refused."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from bifrost_kernel.domain.backtest import ORDER_TYPES
from bifrost_kernel.domain.errors import InvalidInputError
from bifrost_kernel.domain.orders import OrderType

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Dates

NAN = math.nan
MARKET = ORDER_TYPES.index(OrderType.MARKET)
CLOSE = ORDER_TYPES.index(OrderType.CLOSE)
LIMIT = ORDER_TYPES.index(OrderType.LIMIT)
STOP = ORDER_TYPES.index(OrderType.STOP)
STOP_LIMIT = ORDER_TYPES.index(OrderType.STOP_LIMIT)
TRAILING_STOP = ORDER_TYPES.index(OrderType.TRAILING_STOP)
TRAILING_STOP_LIMIT = ORDER_TYPES.index(OrderType.TRAILING_STOP_LIMIT)

MICROSECONDS_PER_DAY = 86_400_000_000.0
MOST_DAYS = 365_000.0

A_PRICE = "a finite price above 0"
A_DISTANCE = "a finite distance above 0"
A_SIZE = "a finite number of units, 0 or more"
A_NUMBER = "a finite number"
A_LIFETIME = f"0 (to the end of the day), or 1e-11 to {MOST_DAYS:g} days"


class Place(NamedTuple):
    """Where an order is being sent, for messages.

    Parameters
    ----------
    call
        The call: ``now.buy``.
    bar
        Index into the timeline.
    session_date
        shape (T,): the timeline's sessions.
    """

    call: str
    bar: int
    session_date: Dates

    @property
    def where(self) -> str:
        """The bar in words: ``bar 12 (2005-03-04)``."""
        return f"bar {self.bar} ({self.session_date[self.bar]})"

    def refusal(self, term: str, value: object, expected: str) -> InvalidInputError:
        """Return the error that names call, bar, term, value and expectation."""
        shown = float(value) if isinstance(value, float) else value
        return InvalidInputError(
            f"{self.call} at {self.where}: {term}: expected {expected}, was {shown!r}",
            context={"name": term, "value": value, "bar": self.bar},
        )


class Terms(NamedTuple):
    """An order's terms, checked; what is not given is NaN.

    Parameters
    ----------
    kind
        Index into `ORDER_TYPES`.
    price
        The limit of a limit order, the trigger of a stop and of a stop-limit, the reference
        price of a trailing stop; NaN for a market or close order.
    limit_price
        The limit of a stop-limit and of a trailing stop-limit.
    trail, trail_fraction
        A trailing stop's distance: currency per unit, or a fraction of the price.
    days
        NaN = until it is cancelled; 0 = to the end of the day; else days from the instrument's
        last bar on, rounded to microseconds as ``datetime.timedelta`` does.
    oco, parent
        Refs of orders, 0 = none.
    transmit
        False: it waits until an order of its group is sent with True.
    """

    kind: int
    price: float = NAN
    limit_price: float = NAN
    trail: float = NAN
    trail_fraction: float = NAN
    days: float = NAN
    oco: int = 0
    parent: int = 0
    transmit: bool = True


def read_terms(
    place: Place,
    close: float,
    n_orders: int,
    *,
    limit: float | None = None,
    stop: float | None = None,
    trail: float | None = None,
    trail_fraction: float | None = None,
    days: float | None = None,
    at_close: bool = False,
    oco: float = 0,
    parent: float = 0,
    transmit: bool = True,
) -> Terms:
    """Return the terms in the form that a broker takes them.

    Parameters
    ----------
    place
        For messages.
    close
        The instrument's last close: the reference price of a trailing stop that names none.
    n_orders
        How many orders were sent so far, which are the refs there are.
    limit, stop, trail, trail_fraction, days, at_close, oco, parent, transmit
        As `Now.buy` takes them; None = not given.

    Raises
    ------
    InvalidInputError
        A price, distance or number of days that cannot be, terms that contradict each other,
        or a ref that no order has.
    """
    good_for = NAN if days is None else _read_days(place, days)
    limit_price = NAN if limit is None else read_above_zero(place, "limit", limit, A_PRICE)
    price = NAN if stop is None else read_above_zero(place, "stop", stop, A_PRICE)
    kind, is_trailing = _kind_of(place, limit, stop, trail, trail_fraction, at_close=at_close)
    if kind == LIMIT:
        price, limit_price = limit_price, NAN
    elif is_trailing and stop is None:
        price = close
    return Terms(
        kind,
        price,
        limit_price,
        NAN if trail is None else read_above_zero(place, "trail", trail, A_DISTANCE),
        NAN
        if trail_fraction is None
        else read_above_zero(place, "trail_fraction", trail_fraction, A_DISTANCE),
        good_for,
        read_ref(place, "oco", oco, n_orders) if oco else 0,
        read_ref(place, "parent", parent, n_orders) if parent else 0,
        bool(transmit),
    )


def read_number(place: Place, term: str, value: object, expected: str = A_NUMBER) -> float:
    """Return a finite number as float, or raise `InvalidInputError`."""
    if not isinstance(value, (str, bytes, bool)):
        try:
            number = float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError, OverflowError):
            number = NAN
        if math.isfinite(number):
            return number
    raise place.refusal(term, value, expected)


def read_above_zero(place: Place, term: str, value: object, expected: str) -> float:
    """Return a finite number above zero as float, or raise `InvalidInputError`."""
    number = read_number(place, term, value, expected)
    if number > 0:
        return number
    raise place.refusal(term, value, expected)


def read_size(place: Place, value: object) -> float:
    """Return a number of units, 0 or more, as float, or raise `InvalidInputError`."""
    number = read_number(place, "size", value, A_SIZE)
    if number >= 0:
        return number
    raise place.refusal("size", value, A_SIZE)


def read_ref(place: Place, term: str, value: object, n_orders: int) -> int:
    """Return the ref of an order that was sent, or raise `InvalidInputError`.

    Notes
    -----
    A float of a whole number is taken too: ``now.state`` holds floats.
    """
    expected = f"the ref of an order, 1 to {n_orders}" if n_orders else "no ref, there is no order"
    number = read_number(place, term, value, expected)
    if number == int(number) and 1 <= number <= n_orders:
        return int(number)
    raise place.refusal(term, value, expected)


def _read_days(place: Place, days: float) -> float:
    number = read_number(place, "days", days, A_LIFETIME)
    # less than a microsecond would be taken for 0
    if number == 0 or (0 < number <= MOST_DAYS and round(number * MICROSECONDS_PER_DAY) > 0):
        return number
    raise place.refusal("days", days, A_LIFETIME)


def _kind_of(
    place: Place,
    limit: float | None,
    stop: float | None,
    trail: float | None,
    trail_fraction: float | None,
    *,
    at_close: bool,
) -> tuple[int, bool]:
    """Return the order's kind, and whether it trails."""
    is_trailing = trail is not None or trail_fraction is not None
    if trail is not None and trail_fraction is not None:
        raise place.refusal("trail_fraction", trail_fraction, "none beside trail")
    if at_close:
        given = {"limit": limit, "stop": stop, "trail": trail, "trail_fraction": trail_fraction}
        for term, value in given.items():
            if value is not None:
                raise place.refusal(term, value, "none with at_close")
        return CLOSE, False
    if is_trailing:
        return (TRAILING_STOP if limit is None else TRAILING_STOP_LIMIT), True
    if stop is not None:
        return (STOP if limit is None else STOP_LIMIT), False
    return (MARKET if limit is None else LIMIT), False
