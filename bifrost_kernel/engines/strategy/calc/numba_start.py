"""What numba loads before it can find or make code, without scipy's linear algebra.

Imports numba: load it on first use only.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

_ARRAYS = "numba.np.arraymath"


def start_numba(target_context: Any) -> None:
    """Make numba ready, as ``target_context.refresh()`` does.

    Parameters
    ----------
    target_context
        numba's, of the processor.

    Notes
    -----
    numba imports scipy.linalg only to know whether it is there: more than half of its own start.
    Code that uses linear algebra still asks for it when it is compiled.
    """
    if _ARRAYS not in sys.modules:
        linear: Any = importlib.import_module("numba.np.linalg")
        ask = getattr(linear, "ensure_blas", None)
        if ask is not None and _ARRAYS not in sys.modules:
            linear.ensure_blas = lambda: None
            try:
                arrays: Any = importlib.import_module(_ARRAYS)
            finally:
                linear.ensure_blas = ask
            arrays.ensure_blas = ask
    target_context.refresh()
