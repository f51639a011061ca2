"""What compiled code reads of `now`: one small piece of machine code for each name.

Imports numba: load it on first use only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from llvmlite import ir
from numba import types
from numba.core import cgutils

from bifrost_kernel.engines.strategy.calc.compiled.now_type import NowParts, word

SERIES: Final = types.Array(types.float64, 1, "C", readonly=True)
_PLACES: Final = types.Array(types.float64, 1, "C")
_PRICES = ("open", "high", "low", "close", "volume")

Writer = Callable[[NowParts, str], Any]
READINGS: dict[str, tuple[Any, Writer]] = {}
"""By name: the type, and the function that writes the machine code."""


def _reads(kind: Any, *names: str) -> Callable[[Writer], Writer]:
    def keep(write: Writer) -> Writer:
        for name in names:
            READINGS[name] = (kind, write)
        return write

    return keep


@_reads(types.int64, "bar")
def _bar(parts: NowParts, _name: str) -> Any:
    return parts.account("bar")


@_reads(types.int64, "index")
def _index(parts: NowParts, _name: str) -> Any:
    return parts.holding("index")


@_reads(types.int64, "column")
def _column(parts: NowParts, _name: str) -> Any:
    return parts.column


@_reads(types.int64, "count")
def _count(parts: NowParts, _name: str) -> Any:
    return parts.length("holdings")


@_reads(types.boolean, "has_bar")
def _has_bar(parts: NowParts, _name: str) -> Any:
    return parts.builder.icmp_signed("==", parts.holding("bar"), parts.account("bar"))


@_reads(types.float64, *_PRICES)
def _price(parts: NowParts, name: str) -> Any:
    builder, index = parts.builder, parts.holding("index")
    value = cgutils.alloca_once_value(builder, ir.DoubleType()(float("nan")))
    with builder.if_then(builder.icmp_signed(">=", index, word(0)), likely=True):
        place = builder.add(parts.holding("offset"), index)
        builder.store(parts.item(name, place), value)
    return builder.load(value)


@_reads(SERIES, *(f"{one}s" for one in _PRICES))
def _prices(parts: NowParts, name: str) -> Any:
    first = parts.place(name[:-1], parts.holding("offset"))
    return parts.view(SERIES, first, parts.builder.add(parts.holding("index"), word(1)))


@_reads(types.int64, "time_ns")
def _time_ns(parts: NowParts, _name: str) -> Any:
    return parts.item("end", parts.account("bar"))


@_reads(types.int64, "day")
def _day(parts: NowParts, _name: str) -> Any:
    return parts.item("session", parts.account("bar"))


@_reads(types.float64, "position")
def _position(parts: NowParts, _name: str) -> Any:
    return parts.holding("size")


@_reads(types.float64, "entry_price")
def _entry_price(parts: NowParts, _name: str) -> Any:
    return parts.holding("price")


@_reads(types.float64, "cash", "nav")
def _money(parts: NowParts, name: str) -> Any:
    return parts.account(name)


@_reads(_PLACES, "state")
def _state(parts: NowParts, _name: str) -> Any:
    builder, n_state = parts.builder, parts.count("n_state")
    is_shared = builder.icmp_signed("==", parts.count("n_sets"), word(1))
    row = builder.select(is_shared, word(0), parts.column)
    first = parts.place("state", builder.mul(row, n_state))
    return parts.view(_PLACES, first, n_state)
