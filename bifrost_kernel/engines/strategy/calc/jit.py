"""How the strategy engine's loops are compiled: on first call, kept on disk for later processes.

Imports numba: load it on first use only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

Loop = TypeVar("Loop", bound="Callable[..., Any]")


def compiled(function: Loop) -> Loop:
    """Compile a pure loop over arrays; it releases the GIL and keeps IEEE arithmetic as written.

    Parameters
    ----------
    function
        What numba can compile without Python objects.

    Notes
    -----
    No eager signature: even a cached one costs most of a second at import. No fastmath: a
    reordered sum is another number.
    """
    return cast("Loop", numba.njit(cache=True, nogil=True, error_model="numpy")(function))
