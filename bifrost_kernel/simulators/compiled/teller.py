"""The compiled broker as plain Python asks it: worked on only when something is asked.

Imports numba: load it on first use only.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from bifrost_kernel.domain.errors import InvalidInputError
from bifrost_kernel.engines.strategy.calc.compiled.books import (
    DONE,
    FAULTS,
    NEEDS_ROOM,
    NEVER,
    grow_books,
)
from bifrost_kernel.engines.strategy.calc.compiled.broker import has_room
from bifrost_kernel.engines.strategy.calc.compiled.driver import advance_broker
from bifrost_kernel.engines.strategy.calc.compiled.rows import ACCOUNT, HOLDING, ORDER
from bifrost_kernel.engines.strategy.calc.compiled.sending import (
    cancel,
    send,
    send_target_size,
    send_target_value,
    send_target_weight,
    size_by_sizing,
    valid_until,
)

if TYPE_CHECKING:
    from bifrost_kernel.engines.strategy.calc.compiled.books import Books
    from bifrost_kernel.engines.strategy.calc.stage import Stage
    from bifrost_kernel.engines.strategy.calc.terms import Terms

_TARGETS = {
    "units": send_target_size,
    "currency": send_target_value,
    "fraction": send_target_weight,
}
_ORDERS_PER_CALL = 8


def _place(layout: Any, name: str) -> int:
    return int(layout.fields[name][1]) // 8


_CASH, _NAV = (_place(ACCOUNT, name) for name in ("cash", "nav"))
_N_ORDERS, _N_SUBMITTED, _N_KEPT, _FAULT, _FAULT_VALUE = (
    _place(ACCOUNT, name) for name in ("n_orders", "n_submitted", "n_kept", "fault", "fault_value")
)
_SIZE, _PRICE = (_place(HOLDING, name) for name in ("size", "price"))
_STATUS, _FILLED = (_place(ORDER, name) for name in ("status", "filled"))
_HOLDING_WIDTH, _ORDER_WIDTH = HOLDING.itemsize // 8, ORDER.itemsize // 8


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

    Notes
    -----
    While no order is open, a bar changes neither holdings nor orders, and cash only by
    dividends, interest and futures' gains. So most questions of a function that rarely trades
    are answered from memory, and the bars in between are worked through in one go.
    """

    __slots__ = (
        "_account",
        "_bar",
        "_counts",
        "_has_flows",
        "_has_open",
        "_holdings",
        "_order_counts",
        "_orders",
        "_stage",
        "books",
    )

    def __init__(self, books: Books, stage: Stage) -> None:
        self.books = books
        self._stage = stage
        self._account, self._counts = _views(books.account)
        self._holdings, _ = _views(books.holdings)
        self._orders, self._order_counts = _views(books.orders)
        settings: Any = books.settings
        is_charged = settings["interest_per_day"][0] != 0 or not settings["is_stock"][0]
        self._has_flows = bool(is_charged) or len(books.payments) > 0
        self._has_open = False
        self._bar = -1

    @property
    def n_orders(self) -> int:
        """How many orders were sent."""
        return self._counts[_N_ORDERS]

    def position(self, column: int) -> float:
        """Return the signed units held of an instrument."""
        if self._has_open and self._bar != self._stage.bar:
            self.catch_up()
        return self._holdings[column * _HOLDING_WIDTH + _SIZE]

    def entry_price(self, column: int) -> float:
        """Return the average price of a holding."""
        if self._has_open and self._bar != self._stage.bar:
            self.catch_up()
        return self._holdings[column * _HOLDING_WIDTH + _PRICE]

    def cash(self) -> float:
        """Return the account's cash."""
        if (self._has_open or self._has_flows) and self._bar != self._stage.bar:
            self.catch_up()
        return self._account[_CASH]

    def nav(self) -> float:
        """Return the account's nav at this close."""
        if self._bar != self._stage.bar and not self._is_at_rest():
            self.catch_up()
        return self._account[_NAV]

    def status(self, ref: int) -> int:
        """Return an order's status, an index into ORDER_STATUSES."""
        if self._has_open and self._bar != self._stage.bar:
            self.catch_up()
        return self._order_counts[ref * _ORDER_WIDTH + _STATUS]

    def filled(self, ref: int) -> float:
        """Return the signed units of an order that are filled."""
        if self._has_open and self._bar != self._stage.bar:
            self.catch_up()
        return self._orders[ref * _ORDER_WIDTH + _FILLED]

    def sizing(self, column: int) -> float:
        """Return the units that the run's sizing orders."""
        self._stand_here()
        size = float(size_by_sizing(self.books, column))
        if self._counts[_FAULT]:
            self._settle_fault()
        return size

    def send(self, column: int, size: float, terms: Terms) -> int:
        """Send an order of so many signed units and return its ref."""
        self._stand_here()
        books = self.books
        valid_us = NEVER if math.isnan(terms.days) else valid_until(books, column, terms.days)
        ref = send(
            books, column, terms.kind, size, terms.price, terms.limit_price, terms.trail,
            terms.trail_fraction, valid_us, terms.oco, terms.parent, terms.transmit,
        )  # fmt: skip
        self._look()
        if self._counts[_FAULT]:
            self._settle_fault()
            return self.send(column, size, terms)
        return int(ref)

    def send_target(self, column: int, measure: str, amount: float) -> int:
        """Order what is missing to a target and return the ref or 0."""
        self._stand_here()
        ref = _TARGETS[measure](self.books, column, amount)
        self._look()
        if self._counts[_FAULT]:
            self._settle_fault()
            return self.send_target(column, measure, amount)
        return int(ref)

    def cancel(self, ref: int) -> bool:
        """Cancel an order; return True if it was open."""
        self._stand_here()
        while not has_room(self.books, _ORDERS_PER_CALL):
            self._grow()
        was_open = bool(cancel(self.books, ref))
        self._look()
        return was_open

    def catch_up(self) -> None:
        """Work through the bars up to and including the present one.

        Raises
        ------
        BrokerFault
            The broker cannot go on.
        """
        stop = self._stage.bar + 1
        while (code := advance_broker(self.books, stop)) != DONE:
            if code != NEEDS_ROOM:
                raise BrokerFault
            self._grow()
        self._bar = self._stage.bar
        self._look()

    def _stand_here(self) -> None:
        if self._bar != self._stage.bar:
            self.catch_up()

    def _is_at_rest(self) -> bool:
        # Of many instruments it would take as long to ask each as to work through the bar.
        holdings = self._holdings
        is_one = len(holdings) == _HOLDING_WIDTH
        return is_one and holdings[_SIZE] == 0 and not (self._has_open or self._has_flows)

    def _look(self) -> None:
        counts = self._counts
        self._has_open = counts[_N_KEPT] != 0 or counts[_N_SUBMITTED] != 0

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
        self._orders, self._order_counts = _views(self.books.orders)


def _views(table: Any) -> tuple[memoryview[float], memoryview[int]]:
    """Return a table of records as plain numbers: the same places as floats and as ints."""
    floats: Any = memoryview(table.view("f8"))
    return floats, memoryview(table.view("i8"))
