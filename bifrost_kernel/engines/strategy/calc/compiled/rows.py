"""The rows of a run's tables: what each one keeps, and its layout for compiled code."""

from __future__ import annotations

from typing import Final, Protocol, TypeVar

import numpy as np

Row_co = TypeVar("Row_co", covariant=True)


class Table(Protocol[Row_co]):
    """A structured array as compiled code sees it: `table[i].field`."""

    def __getitem__(self, index: int, /) -> Row_co:
        """Return a row; writing to it writes to the table."""
        ...

    def __len__(self) -> int:
        """Return how many rows there are."""
        ...


class Settings(Protocol):
    """An account's settings; kinds are indices into the tuples of `settings`."""

    commission: int
    rate: float
    margin: float
    multiplier: float
    is_stock: int
    leverage: float
    interest_per_day: float
    charges_long: int
    short_cash: int
    slippage: int  # NONE for an amount of 0
    slip: float
    slips_open: int
    slips_limit: int
    slips_capped: int
    slips_outside: int
    filler: int
    fill: float
    min_move: float
    sizing: int
    units: float  # or percent / 100
    is_cheat_on_close: int
    is_cheat_on_open: int
    acts_at_open: int  # 1 = wishes are acted on before a bar's open
    by_session: int  # 1 = the simulated clock shows sessions, 0 = ends of bars
    n_columns: int


class Account(Protocol):
    """Where the run stands."""

    cash: float
    nav: float  # of the last close; opening cash before the first
    bar: int  # index of the bar that is worked on, -1 before the first
    told_bar: int  # at which bar the strategy hears of what happens now
    n_orders: int
    n_events: int
    n_fills: int
    n_submitted: int  # in `submitted`: sent, not yet checked
    n_kept: int  # `queue[:n_kept]` stands between bars, or was looked at on this one
    n_read: int  # `queue[n_read:n_end]` is still to be looked at on this bar
    n_end: int
    n_expiring: int  # orders ever sent that may expire
    has_repeats: int  # 1 once an order was transmitted twice
    n_paid: int  # in `payments`: paid so far
    n_acted: int  # wishes acted on so far
    fault: int  # index into FAULTS
    fault_value: float


class OrderRow(Protocol):
    """An order; statuses and kinds are indices into ORDER_STATUSES and ORDER_TYPES."""

    column: int
    kind: int
    status: int
    size: float  # signed units ordered
    price: float  # trigger or limit as it is now
    limit_price: float
    first_price: float  # both as they were when it was sent
    first_limit: float
    sent_close: float  # its instrument's close when it was sent
    sent_index: int  # its instrument's own bar when it was sent
    sent_bar: int  # the timeline's
    session_end_us: int  # of a close order: when the session of that bar ends
    trail_amount: float  # 0 = none
    trail_fraction: float
    limit_offset: float
    valid_us: int  # microseconds since 1970, or NEVER
    remaining: float  # signed units
    filled: float
    average: float
    noted_close: float  # what a close order noted; 0 = nothing
    is_triggered: int
    is_transmitted: int
    active_from: int  # bar from which it can be matched
    parent: int  # ref, 0 = none
    has_group: int  # 1 while its bracket (itself first) is kept together
    group_head: int  # refs, 0 = none
    group_tail: int
    group_next: int
    oco: int  # ref of the leader of its one-cancels-others group
    oco_count: int  # of a leader: how many belong to the group
    oco_joined: int  # round of the group that it belongs to
    oco_round: int  # of a leader: how often the group was dissolved
    final_bar: int  # of its last change


class Holding(Protocol):
    """An instrument: what is held of it, and the bar it is at."""

    size: float
    price: float
    adjusted_from: float  # futures: the price up to which gains are in cash
    interest: float  # charged, not yet booked in a fill
    charged_day: int
    tried_size: float  # the holding that the submission check pretends
    tried_bar: int
    entry: int  # ref of the last entry that a wish sent, 0 = none
    offset: int  # of its first bar in `open` .. `volume`
    length: int
    is_dense: int  # 1 = it has every bar of the timeline
    index: int  # its own bar now, -1 before its first
    bar: int  # that bar's place in the timeline


class Event(Protocol):
    """What the strategy was told of an order."""

    ref: int
    bar: int
    status: int
    filled: float
    average: float


class FillRow(Protocol):
    """An execution."""

    ref: int
    bar: int
    column: int
    quantity: float
    price: float
    commission: float
    pnl: float
    position: float


class Payment(Protocol):
    """A dividend that is due, currency per unit."""

    bar: int
    column: int
    amount: float


def _layout(row: type) -> np.dtype[np.void]:
    letters = {"int": "i8", "float": "f8"}
    return np.dtype([(name, letters[kind]) for name, kind in row.__annotations__.items()])


SETTINGS: Final = _layout(Settings)
ACCOUNT: Final = _layout(Account)
ORDER: Final = _layout(OrderRow)
HOLDING: Final = _layout(Holding)
EVENT: Final = _layout(Event)
FILL: Final = _layout(FillRow)
PAYMENT: Final = _layout(Payment)
