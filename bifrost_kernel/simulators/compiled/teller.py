"""The compiled broker as plain Python asks it: worked on only when something is asked.

Imports numba: load it on first use only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bifrost_kernel.domain.errors import InvalidInputError
from bifrost_kernel.engines.strategy.calc.compiled.addressed import (
    CURRENCY,
    FRACTION,
    IS_OPEN,
    NO_ROOM,
    UNITS,
    advance_at,
    cancel_at,
    send_at,
    send_target_at,
    size_at,
)
from bifrost_kernel.engines.strategy.calc.compiled.books import (
    DONE,
    FAULTS,
    NEEDS_ROOM,
    grow_books,
)
from bifrost_kernel.engines.strategy.calc.compiled.rows import ACCOUNT, HOLDING, ORDER

if TYPE_CHECKING:
    from bifrost_kernel.engines.strategy.calc.compiled.books import Books
    from bifrost_kernel.engines.strategy.calc.stage import Stage
    from bifrost_kernel.engines.strategy.calc.terms import Terms

_MEASURES = {"units": UNITS, "currency": CURRENCY, "fraction": FRACTION}


def _place(layout: Any, name: str) -> int:
    return int(layout.fields[name][1]) // 8


_CASH, _NAV = (_place(ACCOUNT, name) for name in ("cash", "nav"))
_N_ORDERS, _FAULT, _FAULT_VALUE = (
    _place(ACCOUNT, name) for name in ("n_orders", "fault", "fault_value")
)
_SIZE = _place(HOLDING, "size")
_STATUS, _FILLED = (_place(ORDER, name) for name in ("status", "filled"))
_HOLDING_WIDTH, _ORDER_WIDTH = HOLDING.itemsize // 8, ORDER.itemsize // 8


def place_of_holding(column: int, name: str) -> int:
    """Return where a number of an instrument's holding stands in `Teller.holdings`."""
    return column * _HOLDING_WIDTH + _place(HOLDING, name)


class BrokerFault(BaseException):  # no error of the function, which must not catch it
    """The broker cannot go on; which fault it is stands in ``account.fault``."""


class Teller:
    """The broker of a run, as far behind the present bar as nobody can notice.

    Parameters
    ----------
    books
        The run, not yet begun.
    stage
        Knows which bar is the present.

    Attributes
    ----------
    books
        The run; its tables are replaced when they grow.
    bar
        The bar that the broker has worked through last, -1 before the first.
    has_open
        Whether an order may fill, so that a bar can change holdings.
    holdings
        The instruments' holdings as plain numbers; see `place_of_holding`.

    Notes
    -----
    While no order is open, a bar changes neither holdings nor orders, and cash only by
    dividends, interest and futures' gains. So most questions of a function that rarely trades
    are answered from memory, and the bars in between are worked through in one go.
    """

    __slots__ = (
        "_account",
        "_addresses",
        "_counts",
        "_has_flows",
        "_order_counts",
        "_orders",
        "_stage",
        "bar",
        "books",
        "has_open",
        "holdings",
    )

    def __init__(self, books: Books, stage: Stage) -> None:
        self.books = books
        self._addresses = books.addresses
        self._stage = stage
        self._account, self._counts = _views(books.account)
        self.holdings, _ = _views(books.holdings)
        self._orders, self._order_counts = _views(books.orders)
        settings: Any = books.settings
        is_charged = settings["interest_per_day"][0] != 0 or not settings["is_stock"][0]
        self._has_flows = bool(is_charged) or len(books.payments) > 0
        self.has_open = False
        self.bar = -1

    @property
    def n_orders(self) -> int:
        """How many orders were sent."""
        return self._counts[_N_ORDERS]

    def cash(self) -> float:
        """Return the account's cash."""
        if (self.has_open or self._has_flows) and self.bar != self._stage.bar:
            self.catch_up()
        return self._account[_CASH]

    def nav(self) -> float:
        """Return the account's nav at this close."""
        if self.bar != self._stage.bar and not self._is_at_rest():
            self.catch_up()
        return self._account[_NAV]

    def status(self, ref: int) -> int:
        """Return an order's status, an index into ORDER_STATUSES."""
        if self.has_open and self.bar != self._stage.bar:
            self.catch_up()
        return self._order_counts[ref * _ORDER_WIDTH + _STATUS]

    def filled(self, ref: int) -> float:
        """Return the signed units of an order that are filled."""
        if self.has_open and self.bar != self._stage.bar:
            self.catch_up()
        return self._orders[ref * _ORDER_WIDTH + _FILLED]

    def sizing(self, column: int) -> float:
        """Return the units that the run's sizing orders."""
        self._stand_here()
        size = float(size_at(self._addresses, column))
        if self._counts[_FAULT]:
            self._settle_fault()
        return size

    def send(self, column: int, size: float, terms: Terms) -> int:
        """Send an order of so many signed units and return its ref."""
        self._stand_here()
        kind, price, limit_price, trail, fraction, days, oco, parent, transmits = terms
        self.has_open = True
        ref = send_at(
            self._addresses, column, kind, size, price, limit_price, trail, fraction, days, oco,
            parent, transmits,
        )  # fmt: skip
        if self._counts[_FAULT]:
            self._settle_fault()
            return self.send(column, size, terms)
        return int(ref)

    def send_target(self, column: int, measure: str, amount: float) -> int:
        """Order what is missing to a target and return the ref or 0."""
        self._stand_here()
        self.has_open = True
        ref = send_target_at(self._addresses, column, _MEASURES[measure], float(amount))
        if self._counts[_FAULT]:
            self._settle_fault()
            return self.send_target(column, measure, amount)
        return int(ref)

    def cancel(self, ref: int) -> bool:
        """Cancel an order; return True if it was open."""
        self._stand_here()
        while (answer := cancel_at(self._addresses, ref)) == NO_ROOM:
            self._grow()
        return answer == 1

    def catch_up(self) -> None:
        """Work through the bars up to and including the present one.

        Raises
        ------
        BrokerFault
            The broker cannot go on.
        """
        bar = self._stage.bar
        while (code := advance_at(self._addresses, bar + 1)) not in {DONE, IS_OPEN}:
            if code != NEEDS_ROOM:
                raise BrokerFault
            self._grow()
        self.has_open = code == IS_OPEN
        self.bar = bar

    def _stand_here(self) -> None:
        if self.bar != self._stage.bar:
            self.catch_up()

    def _is_at_rest(self) -> bool:
        # Of many instruments it would take as long to ask each as to work through the bar.
        holdings = self.holdings
        is_one = len(holdings) == _HOLDING_WIDTH
        return is_one and holdings[_SIZE] == 0 and not (self.has_open or self._has_flows)

    def _settle_fault(self) -> None:
        """Make room, or raise what Backtrader's call would have raised."""
        name, value = FAULTS[self._counts[_FAULT]], self._account[_FAULT_VALUE]
        self._counts[_FAULT] = 0
        if name == "room":
            self._grow()
        elif name == "division":
            raise ZeroDivisionError("float division by zero")
        elif name == "whole":
            raise OverflowError("cannot convert float infinity to integer")
        else:
            raise InvalidInputError(
                f"order {name}: expected a finite number, was {value}", context={"name": name}
            )

    def _grow(self) -> None:
        self.books = grow_books(self.books)
        self._addresses = self.books.addresses
        self._orders, self._order_counts = _views(self.books.orders)


def _views(table: Any) -> tuple[memoryview[float], memoryview[int]]:
    """Return a table of records as plain numbers: the same places as floats and as ints."""
    floats: Any = memoryview(table.view("f8"))
    return floats, memoryview(table.view("i8"))
