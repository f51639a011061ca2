"""A fill: what it does to cash and holding, and the two checks for want of cash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bifrost_kernel.domain.trading import FillerKind
from bifrost_kernel.engines.strategy.calc.compiled.books import FAULTS
from bifrost_kernel.engines.strategy.calc.compiled.clock import day_of, instant_of, is_later
from bifrost_kernel.engines.strategy.calc.compiled.matching import CLOSE, MARKET
from bifrost_kernel.engines.strategy.calc.compiled.money import (
    bound_cash,
    commission_on,
    gain_of,
    moved,
)
from bifrost_kernel.engines.strategy.calc.compiled.orders import (
    FILLED,
    MARGIN,
    PARTIALLY_FILLED,
    cancel_bracket,
    dissolve_group,
    notify,
)
from bifrost_kernel.engines.strategy.calc.compiled.settings import FILLERS
from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.engines.strategy.calc.compiled.books import Books
    from bifrost_kernel.engines.strategy.calc.compiled.rows import OrderRow

_DIVISION_FAULT: Final = FAULTS.index("division")
_ALL: Final = FILLERS.index(FillerKind.ALL)
_FIXED_SIZE: Final = FILLERS.index(FillerKind.FIXED_SIZE)
_BAR_PERCENT: Final = FILLERS.index(FillerKind.BAR_PERCENT)


@compiled
def cash_after_trying(books: Books, order: OrderRow, cash: float) -> float:
    """Return what cash would be after an order, filled at the price it was sent with.

    Notes
    -----
    The orders that are checked on one bar are tried one after the other, on a holding that is
    only pretended.
    """
    settings, holding = books.settings[0], books.holdings[order.column]
    price = order.price
    if settings.is_cheat_on_open and order.kind == MARKET:
        price = books.open[holding.offset + holding.index]
    if holding.tried_bar != books.account[0].bar:
        holding.tried_bar = books.account[0].bar
        holding.tried_size = holding.size
    after, _, opened, closed = moved(holding.tried_size, 0.0, order.remaining, price)
    if closed != 0.0:
        cash += bound_cash(settings, -closed, price)
        cash -= commission_on(settings, closed, price)
    if opened != 0.0:
        cash -= bound_cash(settings, opened, price)
        cash -= commission_on(settings, opened, price)
    holding.tried_size = after
    return cash


@compiled
def execute(books: Books, ref: int, price: float) -> None:
    """Fill an order, as far as volume and cash allow, at a price.

    Notes
    -----
    Without the cash for its opening part only the closing part is filled; then the order is
    refused, and what hangs on it cancelled.
    """
    settings, account, order = books.settings[0], books.account[0], books.orders[ref]
    holding = books.holdings[order.column]
    size = order.remaining
    if settings.filler != _ALL:
        size = _size_by_volume(books, order)
    after, _, opened, closed = moved(holding.size, holding.price, size, price)
    gain = gain_of(settings, -closed, holding.price, price)
    cash = account.cash
    commission = 0.0
    if closed != 0.0:
        freed = bound_cash(settings, -closed, holding.price)
        cash += freed + gain if settings.is_stock else freed
        commission = commission_on(settings, closed, price)
        cash -= commission
        if not settings.is_stock:
            cash += gain_of(settings, -closed, holding.adjusted_from, price)
        account.cash = cash
    is_refused = False
    opening_commission = 0.0
    if opened != 0.0:
        cash -= bound_cash(settings, opened, price)
        opening_commission = commission_on(settings, opened, price)
        cash -= opening_commission
        if cash < 0.0:
            is_refused = True
            opened = opening_commission = 0.0
        else:
            if not settings.is_stock and abs(after) > abs(opened):
                cash += gain_of(settings, after - opened, holding.adjusted_from, price)
            holding.adjusted_from = price
            account.cash = cash
    executed = closed + opened
    if executed != 0.0:
        if closed != 0.0:
            commission += holding.interest
            holding.interest = 0.0
        _book(books, ref, executed, price, commission + opening_commission, gain)
    if is_refused:
        notify(books, ref, MARGIN)
        dissolve_group(books, ref)
        cancel_bracket(books, ref)


@compiled
def _book(
    books: Books, ref: int, executed: float, price: float, commission: float, gain: float
) -> None:
    order, account = books.orders[ref], books.account[0]
    holding = books.holdings[order.column]
    holding.size, holding.price, _, _ = moved(holding.size, holding.price, executed, price)
    if books.settings[0].interest_per_day != 0.0:
        holding.charged_day = day_of(books, holding)
    order.remaining -= executed
    value = order.filled * order.average + executed * price
    order.filled += executed
    if order.filled == 0.0:  # a bar whose high is below its low fills backwards
        account.fault = _DIVISION_FAULT
    order.average = value / order.filled
    fill = books.fills[account.n_fills]
    account.n_fills += 1
    fill.ref = ref
    fill.bar = account.told_bar
    fill.column = order.column
    fill.quantity = executed
    fill.price = price
    fill.commission = commission
    fill.pnl = gain
    fill.position = holding.size
    notify(books, ref, PARTIALLY_FILLED if order.remaining != 0.0 else FILLED)
    dissolve_group(books, ref)


@compiled
def _size_by_volume(books: Books, order: OrderRow) -> float:
    settings, holding = books.settings[0], books.holdings[order.column]
    at = holding.offset + holding.index
    if order.kind == CLOSE and order.noted_close != 0.0:
        # filled with the session's last close, one bar late
        at -= is_later(instant_of(books, holding), order.session_end_us)
    volume = float(books.volume[at])
    if settings.filler == _FIXED_SIZE:
        most = min(volume, settings.fill)
    elif settings.filler == _BAR_PERCENT:
        most = volume * settings.fill // 100.0
    else:
        parts = (books.high[at] - books.low[at] + settings.min_move) // settings.min_move
        if parts == 0.0:
            books.account[0].fault = _DIVISION_FAULT
            return 0.0
        most = volume / parts * settings.fill // 100.0
    size = min(float(most), abs(order.remaining))
    return size if order.size > 0.0 else -size
