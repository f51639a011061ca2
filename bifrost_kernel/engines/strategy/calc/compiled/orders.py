"""An order's life besides its fills: notification, brackets, one-cancels-others, cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bifrost_kernel.domain.backtest import ORDER_STATUSES
from bifrost_kernel.domain.orders import OrderStatus
from bifrost_kernel.engines.strategy.calc.compiled.books import FAULTS
from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.engines.strategy.calc.compiled.books import Books

PENDING_NEW: Final = ORDER_STATUSES.index(OrderStatus.PENDING_NEW)
NEW: Final = ORDER_STATUSES.index(OrderStatus.NEW)
PARTIALLY_FILLED: Final = ORDER_STATUSES.index(OrderStatus.PARTIALLY_FILLED)
FILLED: Final = ORDER_STATUSES.index(OrderStatus.FILLED)
CANCELED: Final = ORDER_STATUSES.index(OrderStatus.CANCELED)
EXPIRED: Final = ORDER_STATUSES.index(OrderStatus.EXPIRED)
MARGIN: Final = ORDER_STATUSES.index(OrderStatus.MARGIN)
REJECTED: Final = ORDER_STATUSES.index(OrderStatus.REJECTED)
_BRACKET_FAULT: Final = FAULTS.index("bracket")


@compiled
def notify(books: Books, ref: int, status: int) -> None:
    """Put an order into a state and note that the strategy will hear of it."""
    account, order = books.account[0], books.orders[ref]
    order.status = status
    order.final_bar = account.bar
    event = books.events[account.n_events]
    event.ref = ref
    event.bar = account.told_bar
    event.status = status
    event.filled = order.filled
    event.average = order.average
    account.n_events += 1


@compiled
def accept(books: Books, ref: int) -> None:
    """Put an order at the end of the queue of those that wait to be matched."""
    account = books.account[0]
    books.orders[ref].noted_close = 0.0
    books.queue[account.n_kept] = ref
    account.n_kept += 1
    notify(books, ref, NEW)


@compiled
def transmit(books: Books, ref: int) -> None:
    """Hand an order over to the submission check of the next bar."""
    account, order = books.account[0], books.orders[ref]
    if order.is_transmitted:
        account.has_repeats = 1
    order.is_transmitted = 1
    books.submitted[account.n_submitted] = ref
    account.n_submitted += 1
    notify(books, ref, PENDING_NEW)


@compiled
def cancel_waiting(books: Books, ref: int) -> bool:
    """Cancel one order without its bracket; False when it was not waiting to be matched."""
    if not _remove(books, ref):
        return False
    notify(books, ref, CANCELED)
    dissolve_group(books, ref)
    return True


@compiled
def dissolve_group(books: Books, ref: int) -> None:
    """Cancel what waits of an order's one-cancels-others group, the last in the queue first.

    Notes
    -----
    An order without a group is one of its own; alone it has nothing else to cancel unless it was
    transmitted twice.
    """
    orders, queue, account = books.orders, books.queue, books.account[0]
    leader = orders[ref].oco
    group = orders[leader]
    group_round = group.oco_round
    n_others = group.oco_count - (orders[ref].oco_joined == group_round)
    group.oco_round += 1
    group.oco_count = 0
    if not (n_others or account.has_repeats):
        return
    for at in range(account.n_kept - 1, -1, -1):
        other = queue[at]
        if orders[other].oco == leader and orders[other].oco_joined == group_round:
            _close_gap(books, at)
            notify(books, other, CANCELED)
    for at in range(account.n_end - 1, account.n_read - 1, -1):
        other = queue[at]
        if orders[other].oco == leader and orders[other].oco_joined == group_round:
            queue[at] = 0
            notify(books, other, CANCELED)


@compiled
def cancel_bracket(books: Books, ref: int) -> None:
    """Cancel what is left of an order's bracket, in the order in which it was sent."""
    orders = books.orders
    parent = orders[ref].parent
    leader = orders[parent or ref]
    other = leader.group_head
    leader.group_head = leader.group_tail = leader.has_group = 0
    while other:
        cancel_waiting(books, other)
        other = orders[other].group_next


@compiled
def follow_fill(books: Books, ref: int) -> None:
    """After a whole fill: a child cancels its siblings, a parent wakes its children."""
    orders, account = books.orders, books.account[0]
    order = orders[ref]
    if order.parent:
        cancel_bracket(books, ref)
        return
    if not order.group_head:
        account.fault = _BRACKET_FAULT
        return
    order.group_head = orders[order.group_head].group_next
    if not order.group_head:
        order.group_tail = 0
    child = order.group_head
    while child:
        orders[child].active_from = min(orders[child].active_from, account.bar + 1)
        child = orders[child].group_next


@compiled
def _remove(books: Books, ref: int) -> bool:
    queue, account = books.queue, books.account[0]
    for at in range(account.n_read, account.n_end):
        if queue[at] == ref:
            queue[at] = 0
            return True
    for at in range(account.n_kept):
        if queue[at] == ref:
            _close_gap(books, at)
            return True
    return False


@compiled
def _close_gap(books: Books, at: int) -> None:
    queue, account = books.queue, books.account[0]
    account.n_kept -= 1
    for place in range(at, account.n_kept):
        queue[place] = queue[place + 1]
