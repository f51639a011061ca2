"""All that a run keeps: bars, account, orders, events and fills, as plain arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar, cast

import numpy as np

from bifrost_kernel.domain.errors import require
from bifrost_kernel.engines.strategy.calc.compiled.rows import (
    ACCOUNT,
    EVENT,
    FILL,
    HOLDING,
    ORDER,
    PAYMENT,
    SETTINGS,
)
from bifrost_kernel.engines.strategy.calc.compiled.settings import make_settings
from bifrost_kernel.engines.strategy.calc.jobs import find_payments
from bifrost_kernel.engines.strategy.calc.plan import Wishes

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    addresses
        Where the arrays lie, for compiled code; see `bind`.
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
    addresses: Ints


Bundle = TypeVar("Bundle", Books, Wishes)

BOOK_FIELDS: Final[dict[str, Any]] = {
    "settings": SETTINGS,
    "account": ACCOUNT,
    "orders": ORDER,
    "holdings": HOLDING,
    "queue": np.int64,
    "submitted": np.int64,
    "events": EVENT,
    "fills": FILL,
    **dict.fromkeys(("open", "high", "low", "close", "volume"), np.float64),
    **dict.fromkeys(("place", "end", "session"), np.int64),
    "payments": PAYMENT,
    **dict.fromkeys(("nav", "cash", "dividends", "change"), np.float64),
}


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
    books = Books(
        settings=make_settings(trading, panel, acts_at_open=acts_at_open),
        account=cast("Table[Account]", account),
        holdings=_holdings(lengths, n_bars),
        **tables,
        place=place.astype(np.int64, copy=False),
        end=np.ascontiguousarray(panel.end, dtype=np.int64),
        session=np.ascontiguousarray(panel.session_date, dtype="M8[D]").view(np.int64),
        payments=cast("Table[Payment]", np.array(find_payments(bars, panel, dividends), PAYMENT)),
        nav=np.empty(n_bars),
        cash=np.empty(n_bars),
        dividends=np.zeros(n_bars),
        change=np.zeros(n_columns),
        addresses=np.zeros(0, np.int64),
    )
    return bind(books, BOOK_FIELDS)


_OWN = ("open", "high", "low", "close", "volume")
_TABLES: dict[str, tuple[int, Any]] = {
    "orders": (4096, ORDER),
    "queue": (4096, np.int64),
    "submitted": (4096, np.int64),
    "events": (16_384, EVENT),
    "fills": (4096, FILL),
}


def grow_books(books: Books) -> Books:
    """Return the same books with four times the room for orders, events and fills."""
    wider: dict[str, Any] = {}
    for name in _TABLES:
        table = getattr(books, name)
        wider[name] = np.zeros(4 * len(table), table.dtype)
        wider[name][: len(table)] = table
    return bind(books._replace(**wider), BOOK_FIELDS)


def bind(bundle: Bundle, fields: Mapping[str, Any]) -> Bundle:
    """Return a named tuple with the addresses of its arrays as they are now.

    Parameters
    ----------
    bundle
        `Books` or `Wishes`; address and length of each array go into its last field.
    fields
        numpy's type of each array's items, by name: BOOK_FIELDS or WISH_FIELDS.

    Raises
    ------
    InvalidInputError
        An array is not of the type that compiled code takes it for.
    """
    found = np.empty((len(fields), 2), np.int64)
    for row, (name, kind) in enumerate(fields.items()):
        array = getattr(bundle, name)
        fits = array.dtype == kind and array.ndim == 1 and array.flags.c_contiguous
        require(fits, name, array.dtype, f"one row of {kind}")
        found[row] = array.__array_interface__["data"][0], len(array)
    bound: Bundle = bundle._replace(addresses=found.reshape(-1))
    return bound


def _joined(arrays: list[Floats]) -> Any:
    joined = arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
    return np.ascontiguousarray(joined, dtype=np.float64)


def _holdings(lengths: list[int], n_bars: int) -> Any:
    holdings = np.zeros(len(lengths), HOLDING)
    holdings["length"] = lengths
    holdings["offset"] = np.cumsum([0, *lengths[:-1]])
    holdings["is_dense"] = [one == n_bars for one in lengths]
    holdings["index"] = holdings["bar"] = holdings["tried_bar"] = -1
    return holdings
