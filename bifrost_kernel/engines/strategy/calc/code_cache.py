"""Machine code that is kept for later processes, and never trusted blindly.

One file holds one compiled function for one signature and one processor. Its first lines name
what it was made of and the checksum of the rest. What is missing, broken, foreign or stale
counts as not kept: the function is compiled again and the file replaced in one step, so that
two processes that compile at once both end with a good one.

Imports numba: load it on first use only.
"""

from __future__ import annotations

import hashlib
import inspect
import pickle
import sys
from typing import TYPE_CHECKING, Any

import numba
from numba.core.caching import (
    CompileResultCacheImpl,
    IndexDataCacheFile,
    NullCache,
)
from numba.core.serialize import dumps

from bifrost_kernel.engines.strategy.calc.code_digest import digest_of
from bifrost_kernel.engines.strategy.calc.numba_start import start_numba

if TYPE_CHECKING:
    from types import FunctionType

_MAGIC = b"bifrost machine code 1\n"
_DIGEST_LENGTH = 64
_ROOT = __name__.partition(".")[0]


class CodeCache(NullCache):  # type: ignore[misc]  # numba is untyped
    """What a compiled function asks before it compiles, and tells afterwards.

    Parameters
    ----------
    function
        The function as Python; where its file lies decides where the code is kept: beside it,
        or in the user's cache folder, or in ``NUMBA_CACHE_DIR``; nowhere if none can be written.

    Attributes
    ----------
    is_bare
        What is asked or told next is code that only other compiled code can call.

    Notes
    -----
    numba's own cache raises on a broken file, can hand one signature's code to another when
    two processes write at once, and does not notice that a function which was compiled into
    this one has changed. Here a file is bound to the code of everything that it calls.
    """

    def __init__(self, function: FunctionType) -> None:
        self._function = function
        self._place: _Place | None = None
        self._is_placed = False
        self._is_enabled = True
        self.is_bare = False

    @property
    def cache_path(self) -> str | None:
        """Folder that the code is kept in; None = nowhere."""
        place = self._find_place()
        return None if place is None else place.folder

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the kept code for a signature, ready to run; None = compile it."""
        start_numba(target_context)
        place = self._find_place()
        if place is None or not self._is_enabled:
            return None
        try:
            return place.load(sig, target_context, is_bare=self.is_bare)
        except Exception:  # noqa: BLE001  # whatever is wrong with a file, compiling cures it
            return None

    def save_overload(self, sig: Any, cres: Any) -> None:
        """Keep the code for a signature; where that is impossible, do without."""
        place = self._find_place()
        if place is None or not self._is_enabled:
            return
        try:
            place.save(sig, cres, is_bare=self.is_bare)
        except Exception:  # noqa: BLE001  # a full disk is no reason not to run
            return

    def enable(self) -> None:
        """Keep code from now on."""
        self._is_enabled = True

    def disable(self) -> None:
        """Neither read nor write from now on."""
        self._is_enabled = False

    def _find_place(self) -> _Place | None:
        # Late: what the function calls may be defined below it, and looking costs a file.
        if not self._is_placed:
            try:
                self._place = _Place(self._function)
            except Exception:  # noqa: BLE001  # no folder can be written, or no file to stand beside
                self._place = None
            self._is_placed = True
        return self._place


class _Place:
    """The files of one function."""

    def __init__(self, function: FunctionType) -> None:
        self._form = CompileResultCacheImpl(function)
        locator = self._form.locator
        self.folder = str(locator.get_cache_path())
        self._files = IndexDataCacheFile(self.folder, self._form.filename_base, None)
        self._made_of = f"{numba.__version__} {locator.get_source_stamp()!r} {digest_of(function)}"

    def load(self, sig: Any, target_context: Any, *, is_bare: bool) -> Any:
        path, key = self._name(sig, target_context.codegen(), is_bare=is_bare)
        with open(path, "rb") as file:  # noqa: PTH123  # the engine knows no paths, numba does
            kept = file.read()
        head = _MAGIC + key
        body = kept[len(head) + _DIGEST_LENGTH :]
        if kept[: len(head) + _DIGEST_LENGTH] != head + _checksum(body):
            return None
        return self._form.rebuild(target_context, pickle.loads(body))  # noqa: S301  # as numba's

    def save(self, sig: Any, cres: Any, *, is_bare: bool) -> None:
        if not self._form.check_cachable(cres):
            return
        self._form.locator.ensure_cache_path()
        path, key = self._name(sig, cres.codegen, is_bare=is_bare)
        body = dumps(self._form.reduce(cres))
        with self._files._open_for_write(path) as file:  # noqa: SLF001  # whole or not at all
            file.write(_MAGIC + key + _checksum(body) + body)

    def _name(self, sig: Any, codegen: Any, *, is_bare: bool) -> tuple[str, bytes]:
        target = f"{sig} {_layout_of(sig)} {codegen.magic_tuple()} {is_bare}"
        short = hashlib.sha256(target.encode()).hexdigest()[:16]
        path = self._files._data_path(f"{self._form.filename_base}.{short}.nbc")  # noqa: SLF001
        key = hashlib.sha256(f"{self._made_of} {target}".encode()).hexdigest()
        return path, key.encode()


def _layout_of(sig: Any) -> str:
    """Return what the types of this package are made of, which their names do not tell."""
    told = []
    for one in getattr(sig, "args", sig):
        module = type(one).__module__
        if module.partition(".")[0] == _ROOT:
            told.append(f"{inspect.getsource(sys.modules[module])} {getattr(one, 'arrays', '')}")
    return hashlib.sha256("".join(told).encode()).hexdigest()


def _checksum(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode()
