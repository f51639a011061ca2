"""Compiled: the exact sum of numbers of any size, kept in whole digits and rounded once.

Imports numba: load it on first use only.

Notes
-----
A sum is an array of int64 digits of base 2^30; digit k counts multiples of 2^(30 k - 1140),
which reaches from below the smallest denormal to above the largest float. Putting a number in
and taking it out again touches three digits and is exact, so a window can slide over numbers of
any size at the same cost; a digit has room for 2^33 of them. It is the small superaccumulator
of the reference, and the last resort: `loops_sums` needs it where sizes differ too much.

References
----------
Neal, R. M., Fast exact summation using small and large superaccumulators, 2015.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats, Ints

_BITS = 30
_MASK = (1 << _BITS) - 1
_DIGITS = 76
_LOWEST_EXPONENT = -1140
_MANTISSA_BITS = 53


@compiled
def no_digits() -> Ints:
    """Return a sum of nothing: the digits, and as many places to carry them in."""
    return np.zeros(2 * _DIGITS, np.int64)


@compiled
def put(digits: Ints, value: float, sign: int) -> None:
    """Add a finite value to the sum (`sign` 1), or take it out again (-1)."""
    fraction, exponent = math.frexp(value)
    whole = np.int64(math.ldexp(abs(fraction), _MANTISSA_BITS))
    signed = sign if value > 0.0 else -sign
    place = exponent - _MANTISSA_BITS - _LOWEST_EXPONENT
    digit = place // _BITS
    shift = place - digit * _BITS
    low = (whole & _MASK) << shift
    high = (whole >> _BITS) << shift
    digits[digit] += signed * (low & _MASK)
    digits[digit + 1] += signed * ((low >> _BITS) + (high & _MASK))
    digits[digit + 2] += signed * (high >> _BITS)


@compiled
def _carry(digits: Ints, sign: int) -> np.int64:
    carried = np.int64(0)
    for digit in range(_DIGITS):
        total = sign * digits[digit] + carried
        digits[_DIGITS + digit] = total & _MASK
        carried = total >> _BITS
    return carried


@compiled
def rounded(digits: Ints) -> float:
    """Return the float nearest to the sum, the even one of two: infinite beyond the largest."""
    sign = 1
    if _carry(digits, 1) < 0:
        sign = -1
        _carry(digits, -1)
    digit = _DIGITS - 1
    while digit >= 0 and digits[_DIGITS + digit] == 0:
        digit -= 1
    if digit < 0:
        return 0.0
    # 60 bits from the highest that is set; whatever lies below them settles a tie.
    first = digits[_DIGITS + digit]
    second = digits[_DIGITS + digit - 1] if digit > 0 else 0
    third = digits[_DIGITS + digit - 2] if digit > 1 else 0
    shift = _BITS - math.frexp(float(first))[1]
    whole = (((first << _BITS) | second) << shift) | (third >> (_BITS - shift))
    rest = third & ((1 << (_BITS - shift)) - 1)
    for below in range(digit - 2):
        rest |= digits[_DIGITS + below]
    if rest != 0:
        whole |= 1
    exponent = _BITS * (digit - 1) + _LOWEST_EXPONENT - shift
    return sign * math.ldexp(float(whole), exponent)


@compiled
def exact_sum(values: Floats) -> float:
    """Return the correctly rounded sum of finite values of any size; shape (T,)."""
    digits = no_digits()
    for value in values:
        put(digits, value, 1)
    return rounded(digits)
