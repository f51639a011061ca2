"""Arithmetic of a compiled function that has the bits of the same function in plain Python.

numba takes ``x ** 2`` for ``x * x``, where Python asks the C library, and adds an array up from
left to right, where numpy adds it up in pairs. What stands here is Python's and numpy's way.

Imports numba: load it on first use only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.errors import TypingError
from numba.extending import intrinsic, overload

from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats

_BLOCK = 128
_LANES = 8


@intrinsic  # type: ignore[untyped-decorator]  # numba is untyped
def opaque(_typing: Any, number: Any) -> Any:
    """Return a number as it is, in a way that the optimiser cannot look through."""

    def write(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        word = ir.IntType(64)
        hidden = builder.asm(
            ir.FunctionType(word, [word]), "", "=r,0", [builder.bitcast(arguments[0], word)],
            side_effect=False,
        )  # fmt: skip
        return builder.bitcast(hidden, ir.DoubleType())

    del number
    return types.float64(types.float64), write


@compiled
def float_power(base: float, exponent: float) -> float:
    """Return ``base ** exponent`` as Python's floats have it.

    Parameters
    ----------
    base, exponent
        Any.

    Raises
    ------
    ZeroDivisionError, OverflowError, ValueError
        As Python does; ValueError where Python's answer is a complex number.
    """
    if base == 0.0 and exponent < 0.0:
        raise ZeroDivisionError("0.0 cannot be raised to a negative power")
    is_fraction = np.isfinite(exponent) and exponent != np.floor(exponent)
    if np.isfinite(base) and base < 0.0 and is_fraction:
        raise ValueError("a negative number cannot be raised to a fractional power")
    result = float(base ** opaque(exponent))
    if np.isinf(result) and np.isfinite(base) and np.isfinite(exponent):
        raise OverflowError("(34, 'Numerical result out of range')")
    return result


@compiled
def _pair_sum(values: Floats, mean: float, is_squared: int, first: int, count: int) -> float:
    """Add up as numpy does: eight lanes within a block, blocks in pairs."""
    if count > _BLOCK:
        half = count // 2
        half -= half % _LANES
        left = _pair_sum(values, mean, is_squared, first, half)
        return left + _pair_sum(values, mean, is_squared, first + half, count - half)
    if count < _LANES:
        total: float = -0.0
        for place in range(first, first + count):
            total += _part(values[place], mean, is_squared)
        return total
    lanes = np.empty(_LANES)
    for lane in range(_LANES):
        lanes[lane] = _part(values[first + lane], mean, is_squared)
    whole = count - count % _LANES
    for start in range(_LANES, whole, _LANES):
        for lane in range(_LANES):
            lanes[lane] += _part(values[first + start + lane], mean, is_squared)
    total = ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + (
        (lanes[4] + lanes[5]) + (lanes[6] + lanes[7])
    )
    for place in range(first + whole, first + count):
        total += _part(values[place], mean, is_squared)
    return total


@compiled
def _part(value: float, mean: float, is_squared: int) -> float:
    return (value - mean) * (value - mean) if is_squared else value


@compiled
def pairwise_sum(values: Floats) -> float:
    """Return ``np.sum(values)``.

    Parameters
    ----------
    values
        shape (n,), float64; 0 for no values, NaN passes through.
    """
    return 0.0 + _pair_sum(values, 0.0, 0, 0, len(values))


@compiled
def pairwise_variance(values: Floats, ddof: int) -> float:
    """Return ``np.var(values, ddof=ddof)``.

    Parameters
    ----------
    values
        shape (n,), float64; NaN for no values.
    ddof
        What is taken off n in the divisor.
    """
    count = len(values)
    mean = pairwise_sum(values) / count
    return (0.0 + _pair_sum(values, mean, 1, 0, count)) / max(count - ddof, 0)


def power(base: Any, exponent: Any) -> Any:
    """Return ``base ** exponent``; in compiled code with Python's bits."""
    return base**exponent


def sum_of(values: Any) -> Any:
    """Return ``np.sum(values)``; in compiled code with numpy's bits."""
    return np.sum(values)


def mean_of(values: Any) -> Any:
    """Return ``np.mean(values)``; in compiled code with numpy's bits."""
    return np.mean(values)


def variance_of(values: Any, ddof: int = 0) -> Any:
    """Return ``np.var(values, ddof=ddof)``; in compiled code with numpy's bits."""
    return np.var(values, ddof=ddof)


def deviation_of(values: Any, ddof: int = 0) -> Any:
    """Return ``np.std(values, ddof=ddof)``; in compiled code with numpy's bits."""
    return np.std(values, ddof=ddof)


# The twins that compiled code gets instead; numba compares names and annotations.


def _power(base: Any, exponent: Any) -> Any:
    return float_power(float(base), float(exponent))


def _sum(values: Any) -> Any:
    return pairwise_sum(values)


def _mean(values: Any) -> Any:
    return pairwise_sum(values) / len(values) if len(values) else np.nan


def _variance(values: Any, ddof: int = 0) -> Any:
    return pairwise_variance(values, ddof)


def _deviation(values: Any, ddof: int = 0) -> Any:
    return np.sqrt(pairwise_variance(values, ddof))


@overload(power)  # type: ignore[untyped-decorator]  # numba is untyped
def _choose_power(base: Any, exponent: Any) -> Any:
    kinds = {type(types.unliteral(one)) for one in (base, exponent)}
    return _power if types.Float in kinds and kinds <= _NUMBERS else power


@overload(sum_of)  # type: ignore[untyped-decorator]  # numba is untyped
def _choose_sum(values: Any) -> Any:
    return _sum if _is_row_of_floats(values) else sum_of


@overload(mean_of)  # type: ignore[untyped-decorator]  # numba is untyped
def _choose_mean(values: Any) -> Any:
    return _mean if _is_row_of_floats(values) else mean_of


@overload(variance_of)  # type: ignore[untyped-decorator]  # numba is untyped
def _choose_variance(values: Any, ddof: int = 0) -> Any:
    del ddof
    return _require_row("np.var", values) and _variance


@overload(deviation_of)  # type: ignore[untyped-decorator]  # numba is untyped
def _choose_deviation(values: Any, ddof: int = 0) -> Any:
    del ddof
    return _require_row("np.std", values) and _deviation


_NUMBERS = {types.Float, types.Integer}


def _is_row_of_floats(values: Any) -> bool:
    return isinstance(values, types.Array) and values.ndim == 1 and values.dtype is types.float64


def _require_row(call: str, values: Any) -> bool:
    if not _is_row_of_floats(values):
        raise TypingError(f"{call}: expected one row of floats, was {values}")
    return True
