"""The simulated broker: the run's settings, and dividends in cash.

Imports backtrader: load it on first use only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import backtrader as bt

from bifrost_kernel.domain.trading import CommissionKind, FillerKind, SizingKind, SlippageKind

if TYPE_CHECKING:
    from bifrost_kernel.domain.trading import Filler, Sizing, Trading
    from bifrost_kernel.simulators.backtrader.record import Record


class RecordedBroker(bt.brokers.BackBroker):  # type: ignore[misc]  # backtrader is untyped
    """Backtrader's broker, which notes its orders and pays dividends.

    Parameters
    ----------
    record
        Where orders and payments are noted.
    payments
        By index of the bar: (feed, currency per unit) to pay at its open.
    """

    params = (("record", None), ("payments", None))

    def next(self) -> None:
        """Pay what is due on what was held over, then work through the bar."""
        due = self.p.payments.get(self.p.record.bar)
        if due:
            self._pay(due)
        super().next()

    def submit(self, order: Any, check: bool = True) -> Any:  # noqa: FBT001, FBT002  # Backtrader's signature
        """Note the order, then take it."""
        self.p.record.note_order(order)
        return super().submit(order, check=check)

    def notify(self, order: Any) -> None:
        """Note the change, then tell."""
        self.p.record.note_change(order)
        super().notify(order)

    def _pay(self, due: list[tuple[Any, float]]) -> None:
        record = self.p.record
        for data, amount in due:
            position = self.positions.get(data)
            if position:
                paid = amount * position.size
                self.cash += paid
                record.dividends[record.bar] += paid


class PerOrderCommission(bt.CommInfoBase):  # type: ignore[misc]  # backtrader is untyped
    """A flat amount for what a fill closes and for what it opens."""

    def _getcommission(self, size: float, price: float, pseudoexec: bool) -> float:  # noqa: ARG002, FBT001  # Backtrader's signature
        return float(self.p.commission)


class OpenPercentSizer(bt.Sizer):  # type: ignore[misc]  # backtrader is untyped
    """Percent of free cash at the open of the bar that is about to trade; a holding's size if any.

    Parameters
    ----------
    percents
        0 to 100.
    is_whole
        Whole units only.
    """

    params = (("percents", 95.0), ("is_whole", True))

    def _getsizing(self, comminfo: Any, cash: float, data: Any, isbuy: bool) -> float:  # noqa: ARG002, FBT001  # Backtrader's signature
        size = self.broker.getposition(data).size
        size = size or cash / data.open[0] * (self.p.percents / 100)
        return int(size) if self.p.is_whole else float(size)


def make_broker(
    trading: Trading, record: Record, payments: dict[int, list[tuple[Any, float]]]
) -> RecordedBroker:
    """Build the broker that trades by these settings.

    Parameters
    ----------
    trading
        The account and its broker.
    record, payments
        See `RecordedBroker`.
    """
    broker = RecordedBroker(record=record, payments=payments)
    broker.setcash(trading.cash)
    broker.set_coc(trading.is_cheat_on_close)
    broker.set_shortcash(trading.short_cash)
    broker.set_filler(_filler(trading.filler))
    broker.addcommissioninfo(_commission(trading))
    slippage = trading.slippage
    switches = {
        "slip_open": slippage.on_open,
        "slip_limit": slippage.on_limit,
        "slip_match": slippage.is_capped,
        "slip_out": slippage.allows_outside,
    }
    if slippage.kind is SlippageKind.PERCENT:
        broker.set_slippage_perc(slippage.amount, **switches)
    elif slippage.kind is SlippageKind.FIXED:
        broker.set_slippage_fixed(slippage.amount, **switches)
    return broker


def sizer_for(sizing: Sizing, *, is_at_open: bool) -> tuple[Any, dict[str, Any]]:
    """Return the sizer's class and its parameters.

    Parameters
    ----------
    sizing
        How many units an entry orders.
    is_at_open
        The strategy decides before the open, so no close of that bar may be looked at.
    """
    if sizing.kind is SizingKind.UNITS:
        return bt.sizers.FixedSize, {"stake": sizing.value}
    is_whole = sizing.kind is SizingKind.PERCENT_WHOLE
    if is_at_open:
        return OpenPercentSizer, {"percents": sizing.value, "is_whole": is_whole}
    kind = bt.sizers.PercentSizerInt if is_whole else bt.sizers.PercentSizer
    return kind, {"percents": sizing.value}


def _commission(trading: Trading) -> Any:
    commission = trading.commission
    terms: dict[str, Any] = {
        "commission": commission.rate,
        "leverage": trading.leverage,
        "interest": trading.interest_per_year,
        "interest_long": trading.charges_long,
        "percabs": True,
    }
    if commission.kind is CommissionKind.FUTURES:
        terms |= {"margin": commission.margin, "mult": commission.multiplier}
        return bt.CommInfoBase(commtype=bt.CommInfoBase.COMM_FIXED, stocklike=False, **terms)
    if commission.kind is CommissionKind.PERCENT:
        return bt.CommInfoBase(commtype=bt.CommInfoBase.COMM_PERC, stocklike=True, **terms)
    kind = bt.CommInfoBase if commission.kind is CommissionKind.PER_SHARE else PerOrderCommission
    return kind(commtype=bt.CommInfoBase.COMM_FIXED, stocklike=True, **terms)


def _filler(filler: Filler) -> Any:
    if filler.kind is FillerKind.FIXED_SIZE:
        return bt.fillers.FixedSize(size=filler.value)
    if filler.kind is FillerKind.BAR_PERCENT:
        return bt.fillers.FixedBarPerc(perc=filler.value)
    if filler.kind is FillerKind.BAR_POINT_PERCENT:
        return bt.fillers.BarPointPerc(minmov=filler.min_move, perc=filler.value)
    return None
