"""numba is made ready without what only linear algebra needs."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
import numpy as np
from bifrost_kernel.engines.strategy.calc.jit import compiled

@compiled
def total(values):
    worth = 0.0
    for one in values:
        worth += one
    return worth

assert total(np.arange(4.0)) == 6.0
print("scipy.linalg" in sys.modules)
import numba
assert numba.njit(lambda a: np.dot(a, a))(np.arange(4.0)) == 14.0
assert numba.njit(lambda a: np.linalg.norm(a))(np.array([3.0, 4.0])) == 5.0
assert numba.njit(lambda a: np.convolve(a, a)[1])(np.arange(1.0, 3.0)) == 4.0
print("scipy.linalg" in sys.modules)
"""


def test_linear_algebra_is_loaded_by_whom_it_is_used():
    """Not by a loop over an array; a person's own compiled code has it as ever."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=250, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["False", "True"]
