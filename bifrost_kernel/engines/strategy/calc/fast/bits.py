"""Bits of machine words, 64 bars at a time.

Imports numba: load it on first use only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from bifrost_kernel.engines.strategy.calc.jit import compiled

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats

WORD = 64


@intrinsic  # type: ignore[untyped-decorator]  # numba is untyped
def trailing_zeros(_context: Any, word: Any) -> Any:
    """Return the index of a word's lowest set bit; the word is not 0."""

    def generate(_target: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        whole, flag = ir.IntType(WORD), ir.IntType(1)
        count = builder.module.declare_intrinsic(
            "llvm.cttz", (whole,), ir.FunctionType(whole, [whole, flag])
        )
        return builder.call(count, [arguments[0], ir.Constant(flag, 1)])

    return types.int64(word), generate


@compiled
def pack_signs(values: Floats, words: np.ndarray[Any, np.dtype[np.uint64]]) -> None:
    """Write bit i of word w as values[64 w + i] > 0.

    Parameters
    ----------
    values
        shape (64 W or more,).
    words
        shape (W,), written to.
    """
    for w in range(len(words)):
        row = values[WORD * w : WORD * w + WORD]
        word = np.uint64(0)
        for i in range(WORD):
            word |= np.uint64(row[i] > 0.0) << np.uint64(i)
        words[w] = word
