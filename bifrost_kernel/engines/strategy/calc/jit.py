"""How the strategy engine's loops are compiled: on first call, kept on disk for later processes.

Imports numba: load it on first use only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba
from numba.core.dispatcher import Dispatcher

from bifrost_kernel.engines.strategy.calc.code_cache import CodeCache

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
    reordered sum is another number. The code is kept by `CodeCache`, not by numba's own cache.
    """
    loop = numba.njit(nogil=True, error_model="numpy")(function)
    if isinstance(loop, Dispatcher):  # plain Python where NUMBA_DISABLE_JIT says so
        keep_code(loop)
    return cast("Loop", loop)


def keep_code(dispatcher: Any) -> None:
    """Let a numba dispatcher keep its machine code by `CodeCache`."""
    dispatcher._cache = CodeCache(dispatcher.py_func)  # noqa: SLF001  # numba has no public way
