"""Lets compiled code call the indicators: importing this tells numba of their compiled twins.

Imports numba: it is loaded with what compiles an ``on_bar``, before that is compiled.

Notes
-----
What a person calls stays a Python function; a compiled function that calls it gets the twin, whose
value is the same to the last bit. Those that give a whole array have no twin: at each bar
anew that would cost the square of the bars.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from numba import types
from numba.core.errors import TypingError
from numba.extending import overload

from bifrost_kernel.engines.strategy.calc import indicators
from bifrost_kernel.engines.strategy.calc.indicators import latest, loops_latest, steps, windows

if TYPE_CHECKING:
    from collections.abc import Callable

    from bifrost_kernel.domain.bars import Floats

# Given the twins of what they call, numba compiles these as they stand.
_AS_THEY_STAND: tuple[Callable[..., Any], ...] = (
    latest.crossing_at_end,
    latest.gap_at,
    latest.sma_now,
    latest.turn,
    latest.were_known,
    steps.begun,
    steps.crossover_step,
    steps.ema_step,
    steps.gone_on,
    steps.smma_step,
)
_A_SERIES = "an array of numbers of shape (T,)"
_EXPECTED = {
    "period": ((types.Integer, int), "an int of at least 1"),
    "place": ((types.Integer, int), "an int"),
    "values": ((types.Array,), _A_SERIES),
    "high": ((types.Array,), _A_SERIES),
    "low": ((types.Array,), _A_SERIES),
    "close": ((types.Array,), _A_SERIES),
    "state": ((types.Array,), "now.state"),
}


def _as_series(values: Floats) -> Floats:
    return values


def _require_period(period: int) -> int:
    return loops_latest.whole_period(period)


def _rolling_sum_now(values: Floats, period: int) -> float:
    return loops_latest.rolling_sum_now(values, period)


def _wma_now(values: Floats, period: int) -> float:
    return loops_latest.wma_now(values, period)


def _rolling_std_now(values: Floats, period: int) -> float:
    return loops_latest.rolling_std_now(values, period)


def _rolling_max_now(values: Floats, period: int) -> float:
    return loops_latest.extreme_now(values, period, 1.0)


def _rolling_min_now(values: Floats, period: int) -> float:
    return loops_latest.extreme_now(values, period, -1.0)


def _ema_now(values: Floats, period: int) -> float:
    return loops_latest.smoothed_now(values, period, 2.0 / (1.0 + period))


def _smma_now(values: Floats, period: int) -> float:
    return loops_latest.smoothed_now(values, period, 1.0 / period)


def _rsi_now(close: Floats, period: int = 14) -> float:
    return loops_latest.rsi_now(close, period)


def _atr_now(high: Floats, low: Floats, close: Floats, period: int = 14) -> float:
    return loops_latest.atr_now(high, low, close, period)


def _crossover_now(line: Floats, other: Floats) -> float:
    return latest.crossing_at_end(line, other)


def _tell(public: Callable[..., Any], twin: Callable[..., Any]) -> None:
    signature = inspect.signature(twin)

    def choose(*given: Any, **named: Any) -> Callable[..., Any]:
        for name, kind in signature.bind(*given, **named).arguments.items():
            kinds, expected = _EXPECTED.get(name, ((object,), ""))
            if not isinstance(types.unliteral(kind), kinds):
                raise TypingError(f"{public.__name__}: {name}: expected {expected}, was {kind}")
        return twin

    choose.__signature__ = signature  # type: ignore[attr-defined]  # numba compares the two
    overload(public, jit_options={"error_model": "numpy"})(choose)


def _refuse(name: str) -> None:
    ways = f"{name}_now, or " if f"{name}_now" in indicators.__all__ else ""

    def refuse(*_given: Any, **_named: Any) -> None:
        raise TypingError(
            f"{name} works out a whole array, too much at each bar. Use {ways}prepare and now.study"
        )

    overload(getattr(indicators, name))(refuse)


for _public in _AS_THEY_STAND:
    _tell(_public, _public)
_tell(windows.as_series, _as_series)
_tell(windows.require_period, _require_period)
_tell(latest.rolling_sum_now, _rolling_sum_now)
_tell(latest.wma_now, _wma_now)
_tell(latest.rolling_std_now, _rolling_std_now)
_tell(latest.rolling_max_now, _rolling_max_now)
_tell(latest.rolling_min_now, _rolling_min_now)
_tell(latest.ema_now, _ema_now)
_tell(latest.smma_now, _smma_now)
_tell(latest.rsi_now, _rsi_now)
_tell(latest.atr_now, _atr_now)
_tell(latest.crossover_now, _crossover_now)
for _name in indicators.__all__:
    if not _name.endswith(("_now", "_step")):
        _refuse(_name)
