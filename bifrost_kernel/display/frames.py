"""Results as pandas frames with columns that can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.display.calendar_table import MONTHS
from bifrost_kernel.display.timeline import to_index
from bifrost_kernel.domain.backtest import ORDER_STATUSES, ORDER_TYPES
from bifrost_kernel.domain.orders import Side

if TYPE_CHECKING:
    import pandas as pd

    from bifrost_kernel.domain.backtest import BacktestResult
    from bifrost_kernel.domain.bars import BarSpec, Floats, Ints
    from bifrost_kernel.engines.analytics.model import Performance
    from bifrost_kernel.engines.strategy.model import BacktestReport


class ResultFrames:
    """A result's arrays as frames on its timeline.

    Parameters
    ----------
    result
        What a simulator handed back.
    spec
        The bars' length: decides between session dates and bar ends.
    multiplier
        Currency per point and unit, for futures.
    """

    def __init__(self, result: BacktestResult, spec: BarSpec, multiplier: float = 1.0) -> None:
        self._result = result
        self._multiplier = multiplier
        self.index = to_index(spec, result.end, result.session_date)
        self._names = np.array([str(one) for one in result.instrument_ids], dtype=object)

    def series(self, values: Floats, name: str) -> pd.Series:
        """Return values at each bar's close."""
        import pandas as pd

        return pd.Series(values, index=self.index, name=name)

    def positions(self) -> pd.DataFrame:
        """Return signed units at each bar's close, one column for each instrument."""
        import pandas as pd

        symbols = [one.symbol for one in self._result.instrument_ids]
        is_unique = len(set(symbols)) == len(symbols)
        columns = symbols if is_unique else list(self._names)
        return pd.DataFrame(self._result.position, index=self.index, columns=columns)

    def fills(self) -> pd.DataFrame:
        """Return executions in order."""
        fills = self._result.fills
        return self._frame(
            time=self._when(fills.bar),
            instrument=self._names[fills.instrument],
            side=_sides(fills.quantity),
            quantity=np.abs(fills.quantity),
            price=fills.price,
            notional=np.abs(fills.quantity) * fills.price * self._multiplier,
            commission=fills.commission,
            realized_pnl=fills.pnl,
            position=fills.position,
            order_ref=fills.order_ref,
        )

    def orders(self) -> pd.DataFrame:
        """Return orders in the order they were created."""
        orders = self._result.orders
        return self._frame(
            time=self._when(orders.bar),
            instrument=self._names[orders.instrument],
            side=_sides(orders.quantity),
            type=_names_of(ORDER_TYPES, orders.type),
            status=_names_of(ORDER_STATUSES, orders.status),
            quantity=np.abs(orders.quantity),
            price=orders.price,
            limit_price=orders.limit_price,
            filled_quantity=np.abs(orders.filled_quantity),
            average_price=orders.average_price,
            final_time=self._when(orders.final_bar),
            order_ref=orders.ref,
            parent_ref=orders.parent_ref,
        )

    def order_events(self) -> pd.DataFrame:
        """Return every change of an order's state as the strategy was told."""
        events = self._result.order_events
        return self._frame(
            time=self._when(events.bar),
            order_ref=events.ref,
            status=_names_of(ORDER_STATUSES, events.status),
            filled_quantity=np.abs(events.filled_quantity),
            average_price=events.average_price,
        )

    def round_trips(self) -> pd.DataFrame:
        """Return holdings from flat to flat; an open one has no exit."""
        trips = self._result.round_trips
        is_open = trips.exit_bar < 0
        sign = np.where(trips.quantity >= 0, 1.0, -1.0)
        with np.errstate(all="ignore"):
            simple = sign * (trips.exit_price / trips.entry_price - 1)
        return self._frame(
            instrument=self._names[trips.instrument],
            direction=np.where(trips.quantity >= 0, "long", "short").astype(object),
            entry_time=self._when(trips.entry_bar),
            exit_time=self._when(trips.exit_bar),
            bars=np.where(is_open, len(self.index) - 1, trips.exit_bar) - trips.entry_bar,
            quantity=np.abs(trips.quantity),
            entry_price=trips.entry_price,
            exit_price=trips.exit_price,
            simple_return=simple,
            pnl=trips.pnl,
            commission=trips.commission,
            net_pnl=trips.pnl - trips.commission,
            is_open=is_open,
        )

    def _when(self, bars: Ints) -> pd.Series:
        import pandas as pd

        known = pd.Series(self.index.take(np.maximum(bars, 0)))
        return known.where(bars >= 0)

    def _frame(self, **columns: object) -> pd.DataFrame:
        import pandas as pd

        return pd.DataFrame(columns)


def report_frame(report: BacktestReport) -> pd.DataFrame:
    """Return nav, cash, benchmark and drawdown at each bar's close."""
    frames = ResultFrames(report.result, report.manifest.spec.spec)
    nav = report.result.nav
    peak = np.maximum.accumulate(np.maximum(nav, report.manifest.spec.trading.cash))
    frame = frames.series(nav, "nav").to_frame()
    frame["cash"] = report.result.cash
    frame["benchmark"] = report.benchmark_nav
    frame["drawdown"] = nav / peak - 1
    return frame


def yearly_frame(performance: Performance) -> pd.DataFrame:
    """Return the year's return of the strategy and of the benchmark, as fractions."""
    import pandas as pd

    index = pd.Index(performance.years, name="year")
    columns = {"strategy": performance.yearly, "benchmark": performance.benchmark_yearly}
    frame = pd.DataFrame(columns, index=index)
    frame["difference"] = frame["strategy"] - frame["benchmark"]
    return frame


def monthly_frame(performance: Performance) -> pd.DataFrame:
    """Return the month's return as fractions, years down, months across."""
    import pandas as pd

    index = pd.Index(performance.years, name="year")
    return pd.DataFrame(performance.monthly, index=index, columns=list(MONTHS))


def _sides(quantity: Floats) -> object:
    return np.where(quantity >= 0, Side.BUY.value, Side.SELL.value).astype(object)


def _names_of(words: tuple[object, ...], numbers: Ints) -> object:
    return np.array([str(one) for one in words], dtype=object)[numbers]
