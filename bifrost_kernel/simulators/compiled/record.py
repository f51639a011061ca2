"""The result of a run, made of its books."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bifrost_kernel.domain.backtest import ORDER_TYPES, BacktestResult, Fills, OrderEvents, Orders
from bifrost_kernel.domain.orders import OrderType
from bifrost_kernel.engines.strategy import engine
from bifrost_kernel.engines.strategy.calc.panels import carry_forward

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarPanel, Floats
    from bifrost_kernel.engines.strategy.calc.compiled.books import Books

_UNPRICED = [ORDER_TYPES.index(one) for one in (OrderType.MARKET, OrderType.CLOSE)]
_TWO_PRICED = [
    ORDER_TYPES.index(one) for one in (OrderType.STOP_LIMIT, OrderType.TRAILING_STOP_LIMIT)
]


def make_result(books: Books, panel: BarPanel, simulator: str) -> BacktestResult:
    """Return the result of a run that is over.

    Parameters
    ----------
    books
        The run.
    panel
        Its timeline.
    simulator
        Name and version of what ran.
    """
    fills = _make_fills(books)
    is_whole = not len(books.place)
    return BacktestResult(
        simulator=simulator,
        instrument_ids=panel.instrument_ids,
        end=panel.end,
        session_date=panel.session_date,
        nav=books.nav,
        cash=books.cash,
        position=_positions(fills, *panel.has_bar.shape),
        close=panel.close if is_whole else carry_forward(panel.close),
        fills=fills,
        orders=_make_orders(books),
        order_events=_make_events(books),
        round_trips=engine.round_trips(fills, len(panel.instrument_ids)),
        dividends=books.dividends,
    )


def _make_fills(books: Books) -> Fills:
    account: Any = books.account[0]
    rows: Any = books.fills
    rows = rows[: account["n_fills"]]
    names = ("ref", "bar", "column", "quantity", "price", "commission", "pnl", "position")
    return Fills(*(rows[name].copy() for name in names))


def _make_events(books: Books) -> OrderEvents:
    account: Any = books.account[0]
    rows: Any = books.events
    rows = rows[: account["n_events"]]
    # what happens after the last bar is told to nobody
    rows = rows[: np.searchsorted(rows["bar"], len(books.nav))]
    return OrderEvents(
        *(rows[name].copy() for name in ("ref", "bar", "status", "filled", "average"))
    )


def _make_orders(books: Books) -> Orders:
    account: Any = books.account[0]
    rows: Any = books.orders
    rows = rows[1 : account["n_orders"] + 1]
    kind, filled = rows["kind"].copy(), rows["filled"].copy()
    return Orders(
        ref=np.arange(1, len(rows) + 1, dtype=np.int64),
        parent_ref=rows["parent"].copy(),
        bar=rows["sent_bar"].copy(),
        instrument=rows["column"].copy(),
        type=kind,
        status=rows["status"].copy(),
        quantity=rows["size"].copy(),
        price=np.where(np.isin(kind, _UNPRICED), np.nan, rows["first_price"]),
        limit_price=np.where(np.isin(kind, _TWO_PRICED), rows["first_limit"], np.nan),
        filled_quantity=filled,
        average_price=np.where(filled == 0, np.nan, rows["average"]),
        final_bar=rows["final_bar"].copy(),
    )


def _positions(fills: Fills, n_bars: int, n_columns: int) -> Floats:
    result = np.zeros((n_bars, n_columns))
    for column in range(n_columns):
        own = np.flatnonzero(fills.instrument == column)
        bars = np.append(fills.bar[own], n_bars)
        if len(own):
            result[bars[0] :, column] = np.repeat(fills.position[own], np.diff(bars))
    return result
