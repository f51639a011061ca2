"""All that a run keeps: bars, account, orders, events and fills, as plain arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import numpy as np

from bifrost_kernel.domain.bars import ActionKind
from bifrost_kernel.engines.strategy.calc.compiled.rows import (
    ACCOUNT,
    EVENT,
    FILL,
    HOLDING,
    ORDER,
    PAYMENT,
)
from bifrost_kernel.engines.strategy.calc.compiled.settings import make_settings

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarPanel, BarSet, CorporateAction, Floats, Ints
    from bifrost_kernel.domain.trading import Trading
    from bifrost_kernel.engines.strategy.calc.compiled.rows import (
        Account,
        Event,
        FillRow,
        Holding,
        OrderRow,
        Payment,
        Settings,
        Table,
    )

NEVER: Final = 2**63 - 1
"""`valid_us` of an order that does not expire."""

DONE: Final = 0
NEEDS_ROOM: Final = 1
FAILED: Final = 2
"""What a driver returns: it stands before `stop_bar`; `grow_books` first; see `account.fault`."""

FAULTS: Final = (
    "none",
    "value",
    "size",
    "price",
    "plimit",
    "trailamount",
    "trailpercent",
    "division",
    "whole",
    "bracket",
    "room",
)
"""`account.fault`: cash or nav is no longer finite; a term of an order is not; a price of zero to
divide by; a size too large to be a whole number; a bracket whose parent filled twice; no room for
an order that a function sent."""


class Books(NamedTuple):
    """A run's whole state; every array but the bars is written to.

    Parameters
    ----------
    settings, account
        shape (1,), records SETTINGS and ACCOUNT.
    orders
        records ORDER; the order with ref r stands at r, place 0 is not used.
    holdings
        shape (K,), records HOLDING, one for each column.
    queue, submitted
        Refs of orders that wait to be matched, and of those that wait to be checked.
    events, fills
        records EVENT and FILL, in the order in which they happened.
    open, high, low, close, volume
        The instruments' own bars, one instrument after the other (`holdings.offset`).
    place
        For the own bars of instruments that lack some: their index in the timeline; of no
        length when all instruments have every bar.
    end, session
        shape (T,): the timeline in nanoseconds, and its sessions in days, since 1970-01-01 UTC;
        which of them the simulated clock goes by is `settings.by_session`.
    payments
        records PAYMENT by bar: dividends due, currency per unit.
    nav, cash, dividends
        shape (T,), currency: what the strategy is told at each bar.
    change
        shape (K,): scratch room for targets.
    """

    settings: Table[Settings]
    account: Table[Account]
    orders: Table[OrderRow]
    holdings: Table[Holding]
    queue: Ints
    submitted: Ints
    events: Table[Event]
    fills: Table[FillRow]
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    place: Ints
    end: Ints
    session: Ints
    payments: Table[Payment]
    nav: Floats
    cash: Floats
    dividends: Floats
    change: Floats


def make_books(
    bars: BarSet,
    panel: BarPanel,
    trading: Trading,
    dividends: tuple[CorporateAction, ...] = (),
    *,
    acts_at_open: bool = False,
) -> Books:
    """Return the books of a run that has not begun.

    Parameters
    ----------
    bars, panel
        K instruments, each with at least one bar, and the same bars on one timeline (T bars).
    trading
        The account and its broker.
    dividends
        Cash dividends to pay into the account.
    acts_at_open
        The strategy acts before a bar's open instead of at its close.

    Notes
    -----
    Bars are shared where memory allows, and never written to.
    """
    n_bars, n_columns = panel.has_bar.shape
    lengths = [len(one) for one in bars.series]
    is_whole = all(one == n_bars for one in lengths)
    account = np.zeros(1, ACCOUNT)
    account["cash"] = account["nav"] = trading.cash
    account["bar"] = -1
    tables: dict[str, Any] = {name: np.zeros(n, kind) for name, (n, kind) in _TABLES.items()}
    for name in _OWN:
        tables[name] = _joined([getattr(one, name) for one in bars.series])
    place = np.zeros(0, np.int64)
    if not is_whole:
        place = np.concatenate([np.searchsorted(panel.end, one.end) for one in bars.series])
    return Books(
        settings=make_settings(trading, panel, acts_at_open=acts_at_open),
        account=cast("Table[Account]", account),
        holdings=_holdings(lengths, n_bars),
        **tables,
        place=_shared(place.astype(np.int64, copy=False)),
        end=_shared(panel.end),
        session=_shared(panel.session_date.astype("M8[D]", copy=False).view(np.int64)),
        payments=_payments(bars, panel, dividends),
        nav=np.empty(n_bars),
        cash=np.empty(n_bars),
        dividends=np.zeros(n_bars),
        change=np.zeros(n_columns),
    )


_OWN = ("open", "high", "low", "close", "volume")
_TABLES: dict[str, tuple[int, Any]] = {
    "orders": (256, ORDER),
    "queue": (256, np.int64),
    "submitted": (256, np.int64),
    "events": (1024, EVENT),
    "fills": (256, FILL),
}


def grow_books(books: Books) -> Books:
    """Return the same books with twice the room for orders, events and fills."""
    wider: dict[str, Any] = {}
    for name in _TABLES:
        table = getattr(books, name)
        wider[name] = np.zeros(2 * len(table), table.dtype)
        wider[name][: len(table)] = table
    return books._replace(**wider)


def _joined(arrays: list[Floats]) -> Any:
    return _shared(arrays[0] if len(arrays) == 1 else np.concatenate(arrays))


def _shared(array: Any) -> Any:
    # one type for the compiler, whether or not the caller's array may be written to
    result = np.ascontiguousarray(array).view()
    result.setflags(write=False)
    return result


def _holdings(lengths: list[int], n_bars: int) -> Any:
    holdings = np.zeros(len(lengths), HOLDING)
    holdings["length"] = lengths
    holdings["offset"] = np.cumsum([0, *lengths[:-1]])
    holdings["is_dense"] = [one == n_bars for one in lengths]
    holdings["index"] = holdings["bar"] = holdings["tried_bar"] = -1
    return holdings


def _payments(bars: BarSet, panel: BarPanel, dividends: tuple[CorporateAction, ...]) -> Any:
    columns = {one: column for column, one in enumerate(bars.instrument_ids)}
    due = []
    for action in dividends:
        column = columns.get(action.instrument_id)
        if column is None or action.kind is not ActionKind.DIVIDEND:
            continue
        series = bars.series[column]
        first = int(np.searchsorted(series.session_date, np.datetime64(action.ex_date, "D")))
        if first < len(series):
            bar = int(np.searchsorted(panel.end, series.end[first]))
            due.append((bar, column, action.value))
    due.sort(key=lambda one: one[0])
    return np.array(due, PAYMENT)
