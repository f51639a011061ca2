"""The strategy that acts on wishes, by the rules written at `Signals`.

Imports backtrader: load it on first use only.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import backtrader as bt

if TYPE_CHECKING:
    from bifrost_kernel.simulators.backtrader.plan import Wish


class ArrayStrategy(bt.Strategy):  # type: ignore[misc]  # backtrader is untyped
    """Turns a plan's wishes into orders, at every bar of the timeline.

    Parameters
    ----------
    plan
        What to do at which bar.
    """

    params = (("plan", None),)

    def __init__(self) -> None:
        self._wishes = self.p.plan.wishes
        self._is_at_open = self.p.plan.is_at_open
        self._bar = -1
        self._open_orders: list[list[Any]] = [[] for _ in self.datas]
        self._entries: list[tuple[int, Any] | None] = [None] * len(self.datas)

    def start(self) -> None:
        """Fix the order in which the broker adds up holdings: the columns'."""
        for data in self.datas:
            self.broker.getposition(data)

    def next(self) -> None:
        """Act at the bar's close."""
        if not self._is_at_open:
            self._act()

    def prenext(self) -> None:
        """Act likewise while some instrument has no bar yet."""
        self.next()

    def nextstart(self) -> None:
        """Act likewise on the first bar that all instruments have."""
        self.next()

    def next_open(self) -> None:
        """Act just before the bar's open."""
        if self._is_at_open:
            self._act()

    def prenext_open(self) -> None:
        """Act likewise while some instrument has no bar yet."""
        self.next_open()

    def nextstart_open(self) -> None:
        """Act likewise on the first bar that all instruments have."""
        self.next_open()

    def _act(self) -> None:
        self._bar += 1
        wishes = self._wishes.get(self._bar)
        if wishes is None:
            return
        for wish in wishes:
            if not wish.has_target:
                self._follow_flags(wish)
        self._send_targets([wish for wish in wishes if wish.has_target])

    def _follow_flags(self, wish: Wish) -> None:
        column = wish.column
        held = self._held(column)
        leaves = (wish.leaves_long and held > 0) or (wish.leaves_short and held < 0)
        if leaves:
            self._cancel_all(column)
            self._order(column, -held)
        if wish.direction == 0 or held * wish.direction > 0 or self._has_entry(wish):
            return
        if not leaves:
            self._cancel_all(column)
            if held:
                self._order(column, -held)
        self._enter(wish)

    def _enter(self, wish: Wish) -> None:
        data = self.datas[wish.column]
        size = wish.direction * abs(self.getsizing(data, isbuy=wish.direction > 0))
        if not size:
            return
        children = _protections(wish, self._price(wish.column))
        entry = self._order(wish.column, size, transmit=not children, **_entry_terms(wish))
        self._entries[wish.column] = (wish.direction, entry)
        for number, terms in enumerate(children, start=1):
            is_last = number == len(children)
            self._order(wish.column, -size, parent=entry, transmit=is_last, **terms)

    def _send_targets(self, wishes: list[Wish]) -> None:
        reducing: list[tuple[int, float]] = []
        adding: list[tuple[int, float]] = []
        for wish in wishes:
            self._cancel_all(wish.column)
            held = self._held(wish.column)
            change = self._change(wish, held)
            (reducing if held * change < 0 else adding).append((wish.column, change))
        for column, change in reducing + adding:
            if change:
                self._order(column, change)

    def _change(self, wish: Wish, held: float) -> float:
        if not math.isnan(wish.target_size):
            return wish.target_size - held
        if wish.target_weight == 0:
            return -held
        data = self.datas[wish.column]
        price = self._price(wish.column)
        terms = self.broker.getcommissioninfo(data)
        missing = wish.target_weight * self.broker.getvalue() - self._value(wish.column, price)
        return math.copysign(terms.getsize(price, abs(missing)), missing)

    def _value(self, column: int, price: float) -> float:
        data = self.datas[column]
        if not self._is_at_open:
            return float(self.broker.getvalue(datas=[data]))
        terms = self.broker.getcommissioninfo(data)
        position = self.broker.getposition(data)
        if self.broker.p.shortcash:
            return float(terms.getvaluesize(position.size, price))
        return float(terms.getvalue(position, price))

    def _price(self, column: int) -> float:
        data = self.datas[column]
        return float(data.open[0] if self._is_at_open else data.close[0])

    def _held(self, column: int) -> float:
        return float(self.broker.getposition(self.datas[column]).size)

    def _has_entry(self, wish: Wish) -> bool:
        entry = self._entries[wish.column]
        return entry is not None and entry[0] == wish.direction and entry[1].alive()

    def _cancel_all(self, column: int) -> None:
        for order in self._open_orders[column]:
            if order.alive():
                self.broker.cancel(order)
        self._open_orders[column] = []

    def _order(self, column: int, size: float, **terms: Any) -> Any:
        send = self.buy if size > 0 else self.sell
        order = send(data=self.datas[column], size=abs(size), **terms)
        kept = self._open_orders[column]
        kept[:] = [one for one in kept if one.alive()]
        kept.append(order)
        return order


def _entry_terms(wish: Wish) -> dict[str, Any]:
    has_limit, has_stop = not math.isnan(wish.limit_price), not math.isnan(wish.stop_price)
    if has_limit and has_stop:
        return {
            "exectype": bt.Order.StopLimit,
            "price": wish.stop_price,
            "plimit": wish.limit_price,
        }
    if has_limit:
        return {"exectype": bt.Order.Limit, "price": wish.limit_price}
    if has_stop:
        return {"exectype": bt.Order.Stop, "price": wish.stop_price}
    return {}


def _protections(wish: Wish, price: float) -> list[dict[str, Any]]:
    """Return the children of an entry: stop, trailing stop, profit target."""
    given = [one for one in (wish.limit_price, wish.stop_price) if not math.isnan(one)]
    reference = given[0] if given else price
    children: list[dict[str, Any]] = []
    if not math.isnan(wish.stop_distance):
        stop = reference - wish.direction * wish.stop_distance
        children.append({"exectype": bt.Order.Stop, "price": stop})
    if not math.isnan(wish.trail_distance):
        children.append(
            {
                "exectype": bt.Order.StopTrail,
                "price": reference,
                "trailamount": wish.trail_distance,
            }
        )
    if not math.isnan(wish.profit_distance):
        target = reference + wish.direction * wish.profit_distance
        children.append({"exectype": bt.Order.Limit, "price": target})
    # a price of 0 would mean "not given" to Backtrader
    return [one for one in children if one["price"] > 0]
