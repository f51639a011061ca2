"""The strategy that calls a person's function at each bar: `now` over Backtrader's own calls.

Imports backtrader: load it on first use only.
"""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import backtrader as bt

from bifrost_kernel.domain.strategies import Scope
from bifrost_kernel.engines.strategy.calc.now import Now
from bifrost_kernel.engines.strategy.calc.on_bar import bind, refuse_answer
from bifrost_kernel.engines.strategy.calc.stage import Stage
from bifrost_kernel.simulators.backtrader.record import status_code, type_number

if TYPE_CHECKING:
    from bifrost_kernel.engines.strategy.calc.terms import Terms
    from bifrost_kernel.engines.strategy.model import SimulationJob


class OnBarStrategy(bt.Strategy):  # type: ignore[misc]  # backtrader is untyped
    """Calls the function for each instrument that has a bar, or once per bar.

    Parameters
    ----------
    job
        What to run.
    record
        Knows which bar is the present.
    """

    params = (("job", None), ("record", None))

    def __init__(self) -> None:
        job: SimulationJob = self.p.job
        self._stage = Stage(job.bars, job.panel, job.studies, job.strategy)
        self._on_bar = bind(job.strategy, dict(job.spec.parameters))
        self._has_bar = job.panel.has_bar
        self._is_together = job.strategy.scope is Scope.TOGETHER
        orders: list[Any] = []
        self._stage.nows = [
            BacktraderNow(self._stage, column, self, orders) for column in range(len(self.datas))
        ]

    def start(self) -> None:
        """Fix the order in which the broker adds up holdings: the columns'."""
        for data in self.datas:
            self.broker.getposition(data)

    def next(self) -> None:
        """Call the function at the bar's close."""
        stage = self._stage
        stage.bar = self.p.record.bar
        present = [now for now in stage.nows if self._has_bar[stage.bar, now.column]]
        for now in present:
            now.advance()
        for now in stage.nows[:1] if self._is_together else present:
            answer = self._on_bar(now)
            if answer is not None:
                name = self.p.job.strategy.name
                raise refuse_answer(name, answer, stage.bar, self.p.record.place())

    def prenext(self) -> None:
        """Call it likewise while some instrument has no bar yet."""
        self.next()

    def nextstart(self) -> None:
        """Call it likewise on the first bar that all instruments have."""
        self.next()


class BacktraderNow(Now):
    """`now` over Backtrader's own calls.

    Parameters
    ----------
    stage, column
        See `Now`.
    strategy
        Whose calls it makes.
    orders
        Backtrader's orders in the order of sending, of all instruments.
    """

    __slots__ = ("_data", "_orders", "_strategy")

    def __init__(self, stage: Stage, column: int, strategy: Any, orders: list[Any]) -> None:
        super().__init__(stage, column)
        self._strategy = strategy
        self._data = strategy.datas[column]
        self._orders = orders

    def advance(self) -> None:
        """Go on to the instrument's next bar."""
        self._index += 1

    @property
    def position(self) -> float:
        """Signed units held at this close."""
        return float(self._strategy.broker.getposition(self._data).size)

    @property
    def entry_price(self) -> float:
        """Average price of what is held, currency per unit; 0 when flat."""
        return float(self._strategy.broker.getposition(self._data).price)

    @property
    def cash(self) -> float:
        """The account's cash at this close."""
        return float(self._strategy.broker.getcash())

    @property
    def nav(self) -> float:
        """The account's worth at this close: cash and what is held."""
        return float(self._strategy.broker.getvalue())

    @property
    def _n_orders(self) -> int:
        return len(self._orders)

    def _sizing(self, direction: float) -> float:
        return float(self._strategy.getsizing(self._data, isbuy=direction > 0))

    def _send(self, size: float, terms: Terms) -> int:
        send = self._strategy.buy if size > 0 else self._strategy.sell
        return self._note(
            send(
                data=self._data,
                size=abs(size),
                exectype=type_number(terms.kind),
                price=_given(terms.price),
                plimit=_given(terms.limit_price),
                trailamount=_given(terms.trail),
                trailpercent=_given(terms.trail_fraction),
                valid=_lifetime(terms.days),
                oco=self._orders[terms.oco - 1] if terms.oco else None,
                parent=self._orders[terms.parent - 1] if terms.parent else None,
                transmit=terms.transmit,
            )
        )

    def _send_target(self, measure: str, amount: float) -> int:
        strategy = self._strategy
        send = {
            "units": strategy.order_target_size,
            "currency": strategy.order_target_value,
            "fraction": strategy.order_target_percent,
        }[measure]
        return self._note(send(data=self._data, target=amount))

    def _note(self, order: Any) -> int:
        if order is None:
            return 0
        self._orders.append(order)
        return len(self._orders)

    def _cancel(self, ref: int) -> bool:
        return bool(self._strategy.broker.cancel(self._orders[ref - 1]))

    def _status(self, ref: int) -> int:
        return status_code(self._orders[ref - 1])

    def _filled(self, ref: int) -> float:
        return float(self._orders[ref - 1].executed.size)


def _given(number: float) -> float | None:
    return None if math.isnan(number) else number


def _lifetime(days: float) -> timedelta | None:
    # A length of nothing is Backtrader's word for "to the end of the day".
    return None if math.isnan(days) else timedelta(days=days)
