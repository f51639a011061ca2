"""How the strategy engine's loops are compiled: on first call, kept on disk for later processes.

Imports numba: load it on first use only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import CPUDispatcher
from numba.core.sigutils import normalize_signature
from numba.core.types.misc import unliteral

from bifrost_kernel.engines.strategy.calc.code_cache import CodeCache

if TYPE_CHECKING:
    from collections.abc import Callable

Loop = TypeVar("Loop", bound="Callable[..., Any]")

_OPTIONS = {"nopython": True, "nogil": True, "error_model": "numpy", "boundscheck": None}
_BARE = {**_OPTIONS, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


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
    if numba.config.DISABLE_JIT:
        return function
    return cast("Loop", CompiledLoop(function, targetoptions=_OPTIONS))


class CompiledLoop(CPUDispatcher):  # type: ignore[misc]  # numba is untyped
    """A numba dispatcher that compiles each function once, and only what is needed of it.

    Parameters
    ----------
    py_func, locals, targetoptions, pipeline_class
        As numba's.

    Notes
    -----
    numba compiles a function anew for each constant that another one calls it with, and gives
    each a way in from Python, which for a record of many arrays is most of the work. Here
    constants are values like others (inlining brings them back), and what is only called from
    compiled code has no way in from Python until it is called from there.
    """

    def __init__(self, py_func: Any, *args: Any, **options: Any) -> None:
        super().__init__(py_func, *args, **options)
        self._cache = CodeCache(py_func)
        self._bare: set[Any] = set()
        self._is_called_by_code = False

    def get_call_template(self, args: Any, kws: Any) -> Any:
        """Compile for the arguments of a call in compiled code, and return its type."""
        plain = tuple(unliteral(one) for one in args)
        named = {name: unliteral(one) for name, one in dict(kws).items()}
        with global_compiler_lock:
            self._is_called_by_code, before = True, self._is_called_by_code
            try:
                return super().get_call_template(plain, named)
            finally:
                self._is_called_by_code = before

    def compile(self, sig: Any) -> Any:
        """Compile for a signature, unless that is done, and return the way in from Python."""
        with global_compiler_lock:
            is_bare, self._is_called_by_code = self._is_called_by_code, False
            args = tuple(normalize_signature(sig)[0])
            if args in self._bare and not is_bare:
                self._bare.discard(args)
                del self.overloads[args]
            elif args not in self.overloads and is_bare:
                self._bare.add(args)
            is_bare = args in self._bare
            before = self._compiler.targetoptions, self._cache.is_bare
            self._compiler.targetoptions = _BARE if is_bare else self.targetoptions
            self._cache.is_bare = is_bare
            try:
                return super().compile(sig)
            finally:
                self._compiler.targetoptions, self._cache.is_bare = before
                if args not in self.overloads:
                    self._bare.discard(args)

    def add_overload(self, cres: Any) -> None:
        """Keep what was compiled; only what has a way in from Python is found by a call."""
        args = tuple(cres.signature.args)
        if args in self._bare:
            self.overloads[args] = cres
        else:
            super().add_overload(cres)
