"""Which accounts the fast paths cover, and their settings as numbers for compiled code."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from bifrost_kernel.domain.errors import InvalidInputError
from bifrost_kernel.domain.trading import CommissionKind, FillerKind, SizingKind, SlippageKind

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats
    from bifrost_kernel.domain.trading import Slippage, Trading

PERCENT: Final = 0
PER_SHARE: Final = 1
PER_ORDER: Final = 2
UNITS: Final = 0
FRACTION: Final = 1
WHOLE_FRACTION: Final = 2

_COMMISSIONS = {
    CommissionKind.PERCENT: PERCENT,
    CommissionKind.PER_SHARE: PER_SHARE,
    CommissionKind.PER_ORDER: PER_ORDER,
}
_SIZINGS = {
    SizingKind.UNITS: UNITS,
    SizingKind.PERCENT: FRACTION,
    SizingKind.PERCENT_WHOLE: WHOLE_FRACTION,
}


class Settings(NamedTuple):
    """An account's settings as compiled code reads them.

    Parameters
    ----------
    cash
        Opening cash, currency.
    commission, rate
        PERCENT, PER_SHARE or PER_ORDER; see `domain.trading.Commission`.
    sizing, size
        UNITS (units), FRACTION or WHOLE_FRACTION (of free cash, 0 to 1).
    up, down
        Factors on the price that a purchase, a sale fills at: slippage in percent.
    above, below
        Currency per unit added to them likewise: fixed slippage.
    is_slipping, is_capped
        1 where market orders miss their price, and where the bar's high and low bound the
        price they fill at; else 0.
    fills_at_close
        1 where an order fills at the close it was sent at, else 0 (the next open).
    """

    cash: float
    commission: int
    rate: float
    sizing: int
    size: float
    up: float
    down: float
    above: float
    below: float
    is_slipping: int
    is_capped: int
    fills_at_close: int


@lru_cache(maxsize=64)
def pack_settings(trading: Trading) -> Floats:
    """Return the settings as numbers in the order of `Settings`, or refuse what is not covered.

    Parameters
    ----------
    trading
        The account and its broker.

    Returns
    -------
    Floats
        shape (12,), not to be written to.

    Raises
    ------
    InvalidInputError
        The fast paths cannot run such an account exactly; the message names the setting.
    """
    require_covered(trading)
    size = trading.sizing
    has_units = size.kind is SizingKind.UNITS
    slip = trading.slippage
    amount = slip.amount if slips(slip) else 0.0
    percent = amount if slip.kind is SlippageKind.PERCENT else 0.0
    fixed = amount if slip.kind is SlippageKind.FIXED else 0.0
    numbers = np.array(
        (
            trading.cash,
            _COMMISSIONS[trading.commission.kind],
            trading.commission.rate,
            _SIZINGS[size.kind],
            size.value if has_units else size.value / 100,
            1.0 + percent,
            1.0 - percent,
            fixed,
            -fixed,
            bool(amount),
            not slip.allows_outside,
            trading.is_cheat_on_close,
        ),
        dtype=np.float64,
    )
    numbers.flags.writeable = False
    return numbers


def slips(slippage: Slippage) -> bool:
    """Tell whether market orders miss their price at all."""
    return slippage.kind is not SlippageKind.NONE and slippage.on_open and slippage.amount > 0


def require_covered(trading: Trading) -> None:
    """Raise `InvalidInputError` naming the first setting that the fast paths do not cover."""
    commission, slippage = trading.commission, trading.slippage
    uncovered = (
        (commission.kind is CommissionKind.FUTURES, "futures commission"),
        (commission.margin is not None or commission.multiplier != 1.0, "margin and multiplier"),
        (trading.leverage != 1.0, f"leverage {trading.leverage:g}"),
        (trading.interest_per_year > 0, f"interest {trading.interest_per_year:g}"),
        (not trading.short_cash, "short_cash=False"),
        (trading.is_cheat_on_open, "cheat-on-open"),
        (trading.filler.kind is not FillerKind.ALL, f"filler {trading.filler.kind.value!r}"),
        (slips(slippage) and not slippage.is_capped, "slippage on_open without is_capped"),
    )
    for is_uncovered, name in uncovered:
        if is_uncovered:
            raise InvalidInputError(
                f"fast run: expected an account without {name}. "
                "A whole backtest covers it: simulator.run(job)",
                context={"name": name},
            )
