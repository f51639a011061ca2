"""An account's settings as one record, which compiled code reads without a detour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from bifrost_kernel.domain.trading import CommissionKind, FillerKind, SizingKind, SlippageKind
from bifrost_kernel.engines.strategy.calc.compiled.rows import SETTINGS

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarPanel
    from bifrost_kernel.domain.trading import Trading
    from bifrost_kernel.engines.strategy.calc.compiled.rows import Settings, Table

COMMISSIONS: Final = tuple(CommissionKind)
SLIPPAGES: Final = tuple(SlippageKind)
SIZINGS: Final = tuple(SizingKind)
FILLERS: Final = tuple(FillerKind)


def make_settings(trading: Trading, panel: BarPanel, *, acts_at_open: bool) -> Table[Settings]:
    """Return the settings as a record.

    Parameters
    ----------
    trading
        The account and its broker.
    panel
        The timeline.
    acts_at_open
        The strategy acts before a bar's open.

    Returns
    -------
    array
        shape (1,), records SETTINGS.
    """
    commission, slippage = trading.commission, trading.slippage
    has_percent = trading.sizing.kind is not SizingKind.UNITS
    values: dict[str, Any] = {
        "commission": COMMISSIONS.index(commission.kind),
        "rate": commission.rate,
        "margin": commission.margin or 0.0,
        "multiplier": commission.multiplier,
        "is_stock": commission.kind is not CommissionKind.FUTURES,
        "leverage": trading.leverage,
        "interest_per_day": trading.interest_per_year / 365.0,
        "charges_long": trading.charges_long,
        "short_cash": trading.short_cash,
        "slippage": SLIPPAGES.index(slippage.kind if slippage.amount else SlippageKind.NONE),
        "slip": slippage.amount,
        "slips_open": slippage.on_open,
        "slips_limit": slippage.on_limit,
        "slips_capped": slippage.is_capped,
        "slips_outside": slippage.allows_outside,
        "filler": FILLERS.index(trading.filler.kind),
        "fill": trading.filler.value,
        "min_move": trading.filler.min_move,
        "sizing": SIZINGS.index(trading.sizing.kind),
        "units": trading.sizing.value / 100 if has_percent else trading.sizing.value,
        "is_cheat_on_close": trading.is_cheat_on_close,
        "is_cheat_on_open": trading.is_cheat_on_open,
        "acts_at_open": acts_at_open,
        "by_session": _goes_by_session(panel),
        "n_columns": len(panel.instrument_ids),
    }
    settings = np.zeros(1, SETTINGS)
    for name, value in values.items():
        settings[name] = value
    return cast("Table[Settings]", settings)


def _goes_by_session(panel: BarPanel) -> bool:
    """Tell whether sessions tell the bars apart; on several exchanges one may end twice."""
    if panel.spec.is_intraday:
        return False
    days = panel.session_date.astype("M8[D]", copy=False).view(np.int64)
    return bool((np.diff(days) > 0).all())
