"""The recorder: an analyzer beside the strategy, which listens and changes nothing.

Imports backtrader: load it on first use only.
"""

from __future__ import annotations

from typing import Any

import backtrader as bt

from bifrost_kernel.domain.errors import SimulationError


class Recorder(bt.Analyzer):  # type: ignore[misc]  # backtrader is untyped
    """Notes every notification, and cash and nav as the strategy sees them at each bar.

    Parameters
    ----------
    record, progress
        Where to note it, and where to say how far the run is.
    sizer
        (class, parameters) for a strategy that brings none of its own.
    """

    params = (("record", None), ("progress", None), ("sizer", None))

    def __init__(self) -> None:
        self.record = self.p.record
        self._stride = max(1, len(self.record.panel) // 100)
        self._pending = 0

    def start(self) -> None:
        """Check that the strategy can get to its first bar; give it the run's sizer."""
        _require_warm_up(self.strategy)
        if _has_default_sizer(self.strategy):
            kind, parameters = self.p.sizer
            self.strategy.setsizer(kind(**parameters))

    def notify_order(self, order: Any) -> None:
        """Note what the strategy was told."""
        self.record.note_told(order)

    def notify_cashvalue(self, cash: float, value: float) -> None:
        """Note the account before the strategy's turn."""
        self.record.note_value(cash, value)

    def next(self) -> None:
        """End the bar, after the strategy's turn."""
        self.record.bar += 1
        self._pending += 1
        if self._pending == self._stride:
            self.p.progress.step(self._pending)
            self._pending = 0

    def stop(self) -> None:
        """Report the bars that are left over."""
        if self._pending:
            self.p.progress.step(self._pending)


def _has_default_sizer(strategy: Any) -> bool:
    sizer = strategy.getsizer()
    return type(sizer) is bt.sizers.FixedSize and (sizer.p.stake, sizer.p.tranches) == (1, 1)


def _require_warm_up(strategy: Any) -> None:
    if type(strategy).prenext is not bt.Strategy.prenext:
        return
    for data, needed in zip(strategy.datas, strategy._minperiods, strict=True):  # noqa: SLF001  # the only place where Backtrader keeps it
        if needed > data.buflen():
            raise SimulationError(
                f"strategy {type(strategy).__name__} needs {needed} bars of {data._name} before "  # noqa: SLF001  # its public name
                f"its first decision, there are {data.buflen()}. Ask for a longer range or a "
                "shorter warm-up",
                context={"needed": needed, "bars": data.buflen()},
            )
