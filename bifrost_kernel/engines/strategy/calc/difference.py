"""Two results of one job held against each other, to the last bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bifrost_kernel.domain.backtest import ORDER_STATUSES, ORDER_TYPES
from bifrost_kernel.engines.strategy.model import Difference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bifrost_kernel.domain.backtest import BacktestResult
    from bifrost_kernel.domain.bars import Bools, Ints
    from bifrost_kernel.domain.instruments import InstrumentId

_NONE = "none"
_FIRST, _LAST = -1, np.iinfo(np.int64).max
_WORDS = {"type": ORDER_TYPES, "status": ORDER_STATUSES}


@dataclass(frozen=True, slots=True)
class _Table:
    # Of a result: which columns tell a row's place (its bar first), its order, and what it is.
    name: str
    row: str
    identity: tuple[str, ...]
    ref: str | None
    said: tuple[str, ...]


_ORDERS = _Table(
    "orders", "order", ("bar", "ref", "instrument"), "ref",
    ("ref", "bar", "instrument", "type", "quantity"),
)  # fmt: skip
_EVENTS = _Table("order_events", "order event", ("bar", "ref"), "ref", ("ref", "bar", "status"))
_FILLS = _Table(
    "fills", "fill", ("bar", "order_ref", "instrument"), "order_ref",
    ("order_ref", "bar", "instrument", "quantity", "price"),
)  # fmt: skip
_TRIPS = _Table(
    "round_trips", "round trip", ("entry_bar", "instrument"), None,
    ("entry_bar", "instrument", "quantity", "entry_price"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Found:
    bar: int
    order_ref: int
    figure: str
    values: tuple[str, str]
    column: int = -1


@dataclass(frozen=True, slots=True)
class _Rows:
    # The rows that stand for the same thing in both results, and where each is found: (n,).
    left: Any
    right: Any
    bar: Ints
    order_ref: Ints

    def __len__(self) -> int:
        return len(self.bar)

    def at(self, bar: Ints) -> _Rows:
        return _Rows(self.left, self.right, bar, self.order_ref)

    def pair(self, name: str) -> tuple[Any, Any]:
        return getattr(self.left, name)[: len(self)], getattr(self.right, name)[: len(self)]

    def compare(self, **figures: str) -> Iterator[_Found]:
        for name, figure in figures.items():
            one, other = self.pair(name)
            rows = np.flatnonzero(_unequal(one, other))
            if len(rows):
                row = rows[np.lexsort((self.order_ref[rows], self.bar[rows]))[0]]
                words = _WORDS.get(name)
                shown = _show(one[row], words), _show(other[row], words)
                yield _Found(int(self.bar[row]), int(self.order_ref[row]), figure, shown)


def find_difference(left: BacktestResult, right: BacktestResult) -> Difference | None:
    """Return the first place where two results of one job are not the same.

    Parameters
    ----------
    left, right
        Results on one timeline, each as its simulator handed it back.

    Returns
    -------
    Difference or None
        The earliest bar; there the bar itself, then the lowest order, then the account, then
        the round trips. None when order events, orders, fills, round trips, positions, cash,
        nav, dividends and timeline are all the same.

    Notes
    -----
    Values are the same when they are equal (0.0 and -0.0 are) or both NaN. Of a row that one
    result has and the other lacks, the whole row is the difference, and rows after it are not
    looked at: they stand for other things.
    """
    if left.instrument_ids != right.instrument_ids:
        names = ", ".join(map(str, left.instrument_ids)), ", ".join(map(str, right.instrument_ids))
        found = [_Found(0, _FIRST, "instruments", names)]
    else:
        found = [
            *_bars(left, right, _FIRST, end="bar end", session_date="session date", close="close"),
            *_orders(left, right),
            *_bars(left, right, _LAST, position="position", dividends="dividends", cash="cash",
                   nav="nav"),
            *_round_trips(left, right),
        ]  # fmt: skip
    if not found:
        return None
    # `min` keeps the earlier of two that stand at the same place: cause before consequence.
    first = min(found, key=lambda one: (one.bar, one.order_ref))
    longer = left if len(left.end) >= len(right.end) else right
    # An order of the last bar may be told of after it.
    bar = min(first.bar, len(longer.end) - 1)
    return Difference(
        bar=bar,
        day=longer.session_date[bar].item(),
        order_ref=0 if first.order_ref in (_FIRST, _LAST) else first.order_ref,
        figure=first.figure,
        left=first.values[0],
        right=first.values[1],
        instrument=str(left.instrument_ids[first.column]) if first.column >= 0 else "",
    )


def _bars(
    left: BacktestResult, right: BacktestResult, place: int, **figures: str
) -> Iterator[_Found]:
    count = min(len(left.end), len(right.end))
    for name, figure in figures.items():
        one, other = getattr(left, name)[:count], getattr(right, name)[:count]
        unequal = _unequal(one, other)
        if unequal.any():
            where = np.unravel_index(unequal.argmax(), unequal.shape)
            column = int(where[1]) if len(where) > 1 else -1
            shown = _show(one[where]), _show(other[where])
            yield _Found(int(where[0]), place, figure, shown, column)
    if place == _FIRST and len(left.end) != len(right.end):
        counts = repr(len(left.end)), repr(len(right.end))
        yield _Found(count, _FIRST, "number of bars", counts)


def _orders(left: BacktestResult, right: BacktestResult) -> Iterator[_Found]:
    # In the order in which an order's life brings them: its terms, its news, its fills, its end.
    lone, orders = _pair_up(_ORDERS, left, right)
    yield from lone
    yield from orders.compare(
        type="order type", quantity="order quantity", price="order price",
        limit_price="order limit price", parent_ref="order parent",
    )  # fmt: skip
    lone, events = _pair_up(_EVENTS, left, right)
    yield from lone
    yield from events.compare(status="order event status")
    lone, fills = _pair_up(_FILLS, left, right)
    yield from lone
    yield from fills.compare(
        quantity="fill quantity", price="fill price", commission="fill commission",
        pnl="fill pnl", position="position after the fill",
    )  # fmt: skip
    yield from events.compare(
        filled_quantity="order event filled quantity", average_price="order event average price"
    )
    yield from orders.at(np.minimum(*orders.pair("final_bar"))).compare(
        status="order status", filled_quantity="order filled quantity",
        average_price="order average price", final_bar="bar of the order's last change",
    )  # fmt: skip


def _round_trips(left: BacktestResult, right: BacktestResult) -> Iterator[_Found]:
    lone, trips = _pair_up(_TRIPS, left, right)
    yield from lone
    last = len(left.end) - 1
    closed = (np.where(one < 0, last, one) for one in trips.pair("exit_bar"))
    yield from trips.at(np.minimum(*closed)).compare(
        quantity="round trip quantity", entry_price="round trip entry price",
        exit_bar="round trip exit bar", exit_price="round trip exit price",
        pnl="round trip pnl", commission="round trip commission",
    )  # fmt: skip


def _pair_up(
    kind: _Table, left: BacktestResult, right: BacktestResult
) -> tuple[list[_Found], _Rows]:
    # The first row that stands alone, if one does, and those before it, which go together.
    tables = getattr(left, kind.name), getattr(right, kind.name)
    count = min(map(len, tables))
    same = np.ones(count, dtype=np.bool_)
    for name in kind.identity:
        one, other = (getattr(table, name)[:count] for table in tables)
        same &= one == other
    lone = []
    if not same.all() or len(tables[0]) != len(tables[1]):
        count = count if same.all() else int(same.argmin())
        lone.append(_lone_row(kind, tables, count, left.instrument_ids))
    bars = getattr(tables[0], kind.identity[0])[:count]
    refs = np.full(count, _LAST) if kind.ref is None else getattr(tables[0], kind.ref)[:count]
    return lone, _Rows(*tables, bars, refs)


def _lone_row(
    kind: _Table, tables: tuple[Any, Any], row: int, names: tuple[InstrumentId, ...]
) -> _Found:
    places = [
        (int(getattr(one, kind.identity[0])[row]),
         _LAST if kind.ref is None else int(getattr(one, kind.ref)[row]))
        for one in tables
        if row < len(one)
    ]  # fmt: skip
    bar, order_ref = min(places)
    words = {**_WORDS, "instrument": names}

    def describe(table: Any) -> str:
        if row >= len(table):
            return _NONE
        shown = (_show(getattr(table, name)[row], words.get(name)) for name in kind.said)
        pairs = zip(kind.said, shown, strict=True)
        return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in pairs)

    return _Found(bar, order_ref, kind.row, (describe(tables[0]), describe(tables[1])))


def _unequal(one: Any, other: Any) -> Bools:
    unequal: Bools = one != other
    if one.dtype.kind == "f" and other.dtype.kind == "f":
        unequal &= ~(np.isnan(one) & np.isnan(other))
    return unequal


def _show(value: Any, words: tuple[Any, ...] | None = None) -> str:
    plain = value.item()
    if words is not None:
        return str(words[plain])
    return repr(plain) if isinstance(plain, (int, float)) else str(value)
