"""`now`: what a function called at each bar sees, and how it sends its orders.

This page is the law of ``@bf.on_bar``: the same function means the same thing in plain Python,
compiled, and on Backtrader, to the last bit.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from bifrost_kernel.domain.backtest import ORDER_STATUSES
from bifrost_kernel.domain.orders import OrderStatus
from bifrost_kernel.engines.strategy.calc.sight import Sight
from bifrost_kernel.engines.strategy.calc.terms import (
    A_DISTANCE,
    A_PRICE,
    LIMIT,
    MARKET,
    STOP,
    TRAILING_STOP,
    Terms,
    read_above_zero,
    read_number,
    read_ref,
    read_size,
    read_terms,
)

if TYPE_CHECKING:
    from bifrost_kernel.domain.errors import InvalidInputError

_AT_MARKET = Terms(MARKET)
_NO_TERMS = (None,) * 5
_PLAIN, _LARGE = (float, int), 1e300
_ALIVE = frozenset(
    ORDER_STATUSES.index(one)
    for one in (OrderStatus.PENDING_NEW, OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED)
)


class Now(Sight):
    """The present bar of one instrument, the account, and the way to the broker.

    Parameters
    ----------
    stage, column
        See `Sight`, where everything that can be read is.

    Notes
    -----
    **What can be read.** The bar: ``bar``, ``index``, ``column``, ``count``, ``has_bar``,
    ``open``, ``high``, ``low``, ``close``, ``volume``, ``time_ns``, ``day``. Bars up to now:
    ``opens``, ``highs``, ``lows``, ``closes``, ``volumes``. What was prepared: `study`,
    `studies`. The account: ``position``, ``entry_price``, ``cash``, ``nav``. One's own memory:
    ``state``. Another instrument: `on`. An order: `is_alive`, `status`, `filled`.

    **What can be sent.** `buy`, `sell`, `close_position`, `target_size`, `target_value`,
    `target_weight`, `buy_bracket`, `sell_bracket`, `cancel`.

    **When it is called.** At each bar's close, after the broker has worked through that bar:
    for each instrument that has a bar there, in column order (scope EACH), or once (scope
    TOGETHER, where `now` itself is the first instrument and ``now.on(k)`` are all of them). From
    the very first bar on: a function that needs more bars looks at ``now.index``, or at NaN in
    its studies. It returns nothing.

    **When orders are seen.** The broker sees an order at the instrument's next bar, so one of
    the last bar never fills, and what is sent now changes neither ``position`` nor ``cash`` nor
    ``nav`` before that. With cheat-on-close a market order fills at the close it was sent at. An
    order can be cancelled from the bar after the one at which it was sent; before that `cancel`
    answers False.

    **Units and NaN.** Prices are currency per unit, sizes are units, ``position`` and `filled`
    signed units (+ bought, - sold), ``cash`` and ``nav`` currency; floats are float64. Before an
    instrument's first bar its prices are NaN, its arrays empty, and orders for it an error. At
    a bar of the timeline that it lacks, ``has_bar`` is False and its prices are those of its
    last bar. Nothing here holds a later bar, so looking ahead is not possible.

    **Refs.** Orders are numbered 1, 2, 3 ... as they are sent. 0 stands for "nothing was
    ordered": it is not alive, has filled 0 units, and cannot be cancelled. A float of a whole
    number is taken too, as ``now.state`` holds floats.

    **Errors.** A term that is NaN, infinite, negative, or 0 where that means nothing, terms that
    contradict each other, a ref that no order has and a column that is none raise
    `InvalidInputError` with the call, the bar, the term and its value; nothing is sent. Terms
    are looked at whether or not anything would be ordered.
    """

    __slots__ = ()

    def buy(  # noqa: PLR0917  # compiled code knows no keyword-only terms
        self,
        size: float | None = None,
        limit: float | None = None,
        stop: float | None = None,
        trail: float | None = None,
        trail_fraction: float | None = None,
        days: float | None = None,
        at_close: bool = False,  # noqa: FBT001, FBT002  # compiled code takes them by place too
        oco: float = 0,
        parent: float = 0,
        transmit: bool = True,  # noqa: FBT001, FBT002
    ) -> int:
        """Send an order to buy, and return its ref.

        Parameters
        ----------
        size
            Units, 0 or more; 0 orders nothing. None = the run's sizing: so many units, or
            percent of the free cash at this close; a holding's units where there is one.
        limit
            Alone a LIMIT order. Without any price: a MARKET order.
        stop
            The trigger. Alone a STOP order, with `limit` a STOP_LIMIT order.
        trail, trail_fraction
            The distance of a TRAILING_STOP, currency per unit or a fraction of the price. `stop`
            is then its reference price, None = the close: the trigger starts at that distance
            from it and follows the closes of the bars on which the order is live. With `limit`
            a TRAILING_STOP_LIMIT: its limit follows the trigger, at the distance that `limit`
            had from the reference price.
        days
            None: until it is cancelled. 0: to the end of the day. Otherwise it expires on the
            first bar that is later than so many days after this one; fractions count, to the
            microsecond. A market order never expires.
        at_close
            A CLOSE order, at the session's close; without prices.
        oco
            Ref of an order: when one of the two fills, expires or is cancelled, the other is
            cancelled.
        parent
            Ref of an order that was sent with ``transmit=False``, which this one waits for: it is
            live from the bar after the parent's whole fill, and is cancelled with the parent and
            by the first sibling to fill.
        transmit
            False: it is kept back until one of its group (parent and children) is sent with
            True.

        Returns
        -------
        int
            The order's ref; 0 when nothing was ordered.
        """
        return self._order(
            "now.buy", 1.0, size, limit, stop, trail, trail_fraction, days, at_close, oco, parent,
            transmit,
        )  # fmt: skip

    def sell(  # noqa: PLR0917  # compiled code knows no keyword-only terms
        self,
        size: float | None = None,
        limit: float | None = None,
        stop: float | None = None,
        trail: float | None = None,
        trail_fraction: float | None = None,
        days: float | None = None,
        at_close: bool = False,  # noqa: FBT001, FBT002
        oco: float = 0,
        parent: float = 0,
        transmit: bool = True,  # noqa: FBT001, FBT002
    ) -> int:
        """Send an order to sell, and return its ref: `buy` the other way round."""
        return self._order(
            "now.sell", -1.0, size, limit, stop, trail, trail_fraction, days, at_close, oco, parent,
            transmit,
        )  # fmt: skip

    def close_position(  # noqa: PLR0917  # compiled code knows no keyword-only terms
        self,
        limit: float | None = None,
        stop: float | None = None,
        trail: float | None = None,
        trail_fraction: float | None = None,
        days: float | None = None,
        at_close: bool = False,  # noqa: FBT001, FBT002
        oco: float = 0,
        parent: float = 0,
        transmit: bool = True,  # noqa: FBT001, FBT002
    ) -> int:
        """Send an order that takes the holding to nothing, and return its ref; 0 when flat.

        Parameters
        ----------
        limit, stop, trail, trail_fraction, days, at_close, oco, parent, transmit
            As for `buy`.
        """
        held = self.position
        return self._order(
            "now.close_position", -1.0 if held > 0 else 1.0, abs(held), limit, stop, trail,
            trail_fraction, days, at_close, oco, parent, transmit,
        )  # fmt: skip

    def target_size(self, units: float) -> int:
        """Order at market what is missing to hold so many signed units; return the ref or 0."""
        return self._target("now.target_size", "units", units)

    def target_value(self, currency: float) -> int:
        """Order at market, in whole units, what is missing to hold so much; return the ref or 0.

        Parameters
        ----------
        currency
            Signed value to hold; 0 closes the holding.

        Notes
        -----
        Backtrader's ``order_target_value``: int(leverage x (missing // close)) units in the
        direction of what is missing to the position's value at this close.
        """
        return self._target("now.target_value", "currency", currency)

    def target_weight(self, fraction: float) -> int:
        """Order at market what is missing to a fraction of nav, as `target_value` does."""
        return self._target("now.target_weight", "fraction", fraction)

    def buy_bracket(  # noqa: PLR0917  # compiled code knows no keyword-only terms
        self,
        size: float | None = None,
        limit: float | None = None,
        stop: float | None = None,
        stop_loss: float | None = None,
        trail: float | None = None,
        take_profit: float | None = None,
    ) -> int:
        """Send an entry with the orders that protect it, and return the entry's ref.

        Parameters
        ----------
        size, limit, stop
            The entry, as for `buy`.
        stop_loss
            Trigger of a STOP order the other way; None = none.
        trail
            Distance of a TRAILING_STOP the other way, currency per unit; None = none. Its
            reference price is the entry's `limit`, else its `stop`, else the close.
        take_profit
            Price of a LIMIT order the other way; None = none.

        Returns
        -------
        int
            The entry's ref; its children have the refs after it, in this order: stop, trailing
            stop, target. 0 when nothing was ordered.

        Notes
        -----
        All have the entry's size. The children are live from the bar after the entry's whole
        fill, and the first to fill cancels the others; an entry that is cancelled, refused or
        expires takes them along.
        """
        return self._bracket(
            "now.buy_bracket", 1.0, size, limit, stop, stop_loss, trail, take_profit
        )

    def sell_bracket(  # noqa: PLR0917  # compiled code knows no keyword-only terms
        self,
        size: float | None = None,
        limit: float | None = None,
        stop: float | None = None,
        stop_loss: float | None = None,
        trail: float | None = None,
        take_profit: float | None = None,
    ) -> int:
        """Send a short entry with the orders that protect it: `buy_bracket` the other way round."""
        return self._bracket(
            "now.sell_bracket", -1.0, size, limit, stop, stop_loss, trail, take_profit
        )

    def cancel(self, ref: float) -> bool:
        """Cancel an order, its children and its OCO group; return True if it was open."""
        return bool(ref) and self._cancel(self._read_ref("now.cancel", ref))

    def is_alive(self, ref: float) -> bool:
        """Return True while an order can still fill; False for 0."""
        return bool(ref) and self._status(self._read_ref("now.is_alive", ref)) in _ALIVE

    def status(self, ref: float) -> int:
        """Return an order's status at this close, an index into `ORDER_STATUSES`."""
        return self._status(self._read_ref("now.status", ref))

    def filled(self, ref: float) -> float:
        """Return how much of an order is filled, signed units; 0 for 0."""
        return self._filled(self._read_ref("now.filled", ref)) if ref else 0.0

    def _order(  # noqa: PLR0917  # by place, as naming them would cost half of the call
        self,
        call: str,
        direction: float,
        size: float | None,
        limit: float | None,
        stop: float | None,
        trail: float | None,
        trail_fraction: float | None,
        days: float | None,
        at_close: bool,  # noqa: FBT001  # likewise
        oco: float,
        parent: float,
        transmit: bool,  # noqa: FBT001
    ) -> int:
        if self._index < 0:
            raise self._not_begun(call)
        terms = _AT_MARKET
        if (
            (limit, stop, trail, trail_fraction, days) != _NO_TERMS
            or at_close or oco or parent or not transmit
        ):  # fmt: skip
            terms = read_terms(
                self._place(call), self.close, self._n_orders, limit=limit, stop=stop, trail=trail,
                trail_fraction=trail_fraction, days=days, at_close=at_close, oco=oco,
                parent=parent, transmit=transmit,
            )  # fmt: skip
        units = self._read_units(call, direction, size)
        return self._send(direction * units, terms) if units else 0

    def _read_units(self, call: str, direction: float, size: float | None) -> float:
        if size is None:
            return abs(self._sizing(direction))
        if size.__class__ in _PLAIN and 0 <= size < _LARGE:
            return float(size)
        return read_size(self._place(call), size)

    def _bracket(  # noqa: PLR0917  # likewise
        self,
        call: str,
        direction: float,
        size: float | None,
        limit: float | None,
        stop: float | None,
        stop_loss: float | None,
        trail: float | None,
        take_profit: float | None,
    ) -> int:
        if self._index < 0:
            raise self._not_begun(call)
        place = self._place(call)
        entry = read_terms(place, self.close, self._n_orders, limit=limit, stop=stop)
        children: list[Terms] = []
        if stop_loss is not None:
            price = read_above_zero(place, "stop_loss", stop_loss, A_PRICE)
            children.append(Terms(STOP, price))
        if trail is not None:
            given = (one for one in (limit, stop, self.close) if one is not None)
            distance = read_above_zero(place, "trail", trail, A_DISTANCE)
            children.append(Terms(TRAILING_STOP, float(next(given)), trail=distance))
        if take_profit is not None:
            price = read_above_zero(place, "take_profit", take_profit, A_PRICE)
            children.append(Terms(LIMIT, price))
        units = self._read_units(call, direction, size)
        if not units:
            return 0
        parent = self._send(direction * units, entry._replace(transmit=not children))
        for number, child in enumerate(children, start=1):
            is_last = number == len(children)
            self._send(-direction * units, child._replace(parent=parent, transmit=is_last))
        return parent

    def _target(self, call: str, term: str, amount: float) -> int:
        if self._index < 0:
            raise self._not_begun(call)
        if not (amount.__class__ in _PLAIN and -_LARGE < amount < _LARGE):
            amount = read_number(self._place(call), term, amount)
        return self._send_target(term, amount)

    def _not_begun(self, call: str) -> InvalidInputError:
        name = self._stage.name(self._column)
        return self._place(call).refusal("instrument", name, "one that has had its first bar")

    def _read_ref(self, call: str, ref: Any) -> int:
        if ref.__class__ is int and 0 < ref <= self._n_orders:
            return int(ref)
        return read_ref(self._place(call), "ref", ref, self._n_orders)

    @property
    @abstractmethod
    def _n_orders(self) -> int:
        """How many orders were sent so far, of all instruments."""

    @abstractmethod
    def _sizing(self, direction: float) -> float:
        """Return the units that the run's sizing orders; `direction` is +1 or -1."""

    @abstractmethod
    def _send(self, size: float, terms: Terms) -> int:
        """Send an order of so many signed units, not 0, and return its ref."""

    @abstractmethod
    def _send_target(self, measure: str, amount: float) -> int:
        """Order what is missing; the measure is ``units``, ``currency`` or ``fraction``."""

    @abstractmethod
    def _cancel(self, ref: int) -> bool:
        """Cancel an order; return True if it was open."""

    @abstractmethod
    def _status(self, ref: int) -> int:
        """Return an order's status, an index into `ORDER_STATUSES`."""

    @abstractmethod
    def _filled(self, ref: int) -> float:
        """Return the signed units that are filled."""
