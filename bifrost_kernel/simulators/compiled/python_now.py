"""`now` in plain Python over the compiled broker.

Imports numba: load it on first use only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_kernel.engines.strategy.calc.now import Now
from bifrost_kernel.simulators.compiled.teller import place_of_holding

if TYPE_CHECKING:
    from bifrost_kernel.engines.strategy.calc.stage import Stage
    from bifrost_kernel.engines.strategy.calc.terms import Terms
    from bifrost_kernel.simulators.compiled.teller import Teller


class PythonNow(Now):
    """`now` for a function in plain Python.

    Parameters
    ----------
    stage, column
        See `Now`.
    teller
        The broker.
    """

    __slots__ = ("_price_at", "_size_at", "_teller")

    def __init__(self, stage: Stage, column: int, teller: Teller) -> None:
        super().__init__(stage, column)
        self._teller = teller
        self._size_at = place_of_holding(column, "size")
        self._price_at = place_of_holding(column, "price")

    @property
    def position(self) -> float:
        """Signed units held at this close."""
        teller = self._teller
        if teller.has_open and teller.bar != self._stage.bar:
            teller.catch_up()
        return teller.holdings[self._size_at]

    @property
    def entry_price(self) -> float:
        """Average price of what is held, currency per unit; 0 when flat."""
        teller = self._teller
        if teller.has_open and teller.bar != self._stage.bar:
            teller.catch_up()
        return teller.holdings[self._price_at]

    @property
    def cash(self) -> float:
        """The account's cash at this close."""
        return self._teller.cash()

    @property
    def nav(self) -> float:
        """The account's worth at this close: cash and what is held."""
        return self._teller.nav()

    @property
    def _n_orders(self) -> int:
        return self._teller.n_orders

    def _sizing(self, _direction: float) -> float:
        return self._teller.sizing(self._column)

    def _send(self, size: float, terms: Terms) -> int:
        return self._teller.send(self._column, size, terms)

    def _send_target(self, measure: str, amount: float) -> int:
        return self._teller.send_target(self._column, measure, amount)

    def _cancel(self, ref: int) -> bool:
        return self._teller.cancel(ref)

    def _status(self, ref: int) -> int:
        return self._teller.status(ref)

    def _filled(self, ref: int) -> float:
        return self._teller.filled(ref)
