"""Which arithmetic works an indicator out: compiled, or numpy and plain Python."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Protocol

from bifrost_kernel.engines.strategy.calc.indicators import plain

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats

_WORTH_NUMBA = 1_000_000


class Arithmetic(Protocol):
    """What `plain` and `swift` both can, with the same values to the last bit."""

    def window_means(self, series: Floats, period: int, divisor: float, /) -> Floats:
        """Divide the correctly rounded sum of each window."""
        ...

    def weighted_means(self, series: Floats, period: int, scale: float, /) -> Floats:
        """Scale the correctly rounded sum of each window's products with 1 .. period."""
        ...

    def smoothed(self, series: Floats, period: int, weight: float, /) -> Floats:
        """Smooth exponentially from the average of the first `period` values on."""
        ...

    def relative_strength(self, series: Floats, period: int, /) -> Floats:
        """Return Wilder's relative strength index."""
        ...

    def true_ranges(self, high: Floats, low: Floats, close: Floats, /) -> Floats:
        """Return the range of each bar, stretched to the close before."""
        ...

    def extremes(self, series: Floats, period: int, sign: float, /) -> Floats:
        """Return each window's highest value (`sign` 1) or lowest (-1)."""
        ...

    def deviations(self, series: Floats, period: int, /) -> tuple[Floats, Floats]:
        """Return each window's average and standard deviation."""
        ...

    def crossings(self, line: Floats, other: Floats, /) -> Floats:
        """Return where `line` crosses `other`."""
        ...


def arithmetic_for(bars: int) -> Arithmetic:
    """Return what to work out an indicator of so many bars with."""
    # Measured: numba takes 0.4 s to import and another 0.6 s before its first loop runs, a kept
    # loop 8 ms; numpy does a fast and a slow average of 3,270 bars in 0.5 ms. So a first backtest
    # does not wait for numba here, and once it is loaded everything is 10 to 300 times sooner.
    if "numba" in sys.modules or bars >= _WORTH_NUMBA:
        from bifrost_kernel.engines.strategy.calc.indicators import swift

        return swift
    return plain
