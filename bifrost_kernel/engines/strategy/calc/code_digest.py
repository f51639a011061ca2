"""What a compiled function is made of: its own code, and that of all that it calls."""

from __future__ import annotations

import hashlib
from enum import Enum
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_PLAIN = (bool, int, float, complex, str, bytes, type(None))
_ROOT = __name__.partition(".")[0]


def digest_of(function: FunctionType) -> str:
    """Return the SHA-256 (hex) over a function and everything that is compiled into it.

    Parameters
    ----------
    function
        The function as Python.

    Notes
    -----
    Goes through the compiled functions, intrinsics, named constants and classes that the
    code refers to, directly or not; modules of this package by the names used of them.
    Comments and layout do not count.
    """
    walk = _Walk()
    walk.add_function(function)
    return walk.digest.hexdigest()


def functions_within(function: FunctionType) -> int:
    """Return how many functions are compiled into this one, itself included."""
    walk = _Walk()
    walk.add_function(function)
    return walk.count


class _Walk:
    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self.count = 0
        self._seen: set[int] = set()

    def add_function(self, function: FunctionType) -> None:
        self._write(function.__qualname__)
        if id(function) in self._seen:
            return
        self._seen.add(id(function))
        self.count += 1
        self._write(repr(function.__defaults__))
        self._add_code(function.__code__)
        for name, value in sorted(_used(function), key=lambda pair: pair[0]):
            self._write(name)
            self._add_value(value)

    def _add_code(self, code: CodeType) -> None:
        self._write(code.co_code.hex())
        self._write(f"{code.co_names} {code.co_varnames} {code.co_freevars}")
        for one in code.co_consts:
            if isinstance(one, CodeType):
                self._add_code(one)
            else:
                self._add_value(one)

    def _add_value(self, value: object) -> None:
        inner = _python_of(value)
        if inner is not None:
            self._write(repr(sorted(getattr(value, "targetoptions", {}).items())))
            self.add_function(inner)
        elif isinstance(value, _PLAIN):
            self._write(repr(value))
        elif isinstance(value, tuple):
            for one in value:
                self._add_value(one)
        elif isinstance(value, frozenset):
            self._write(repr(sorted(map(repr, value))))
        elif isinstance(value, type):
            self._write(_told_of(value))
        elif hasattr(value, "tobytes") and hasattr(value, "dtype"):
            self._write(f"{value.dtype} {getattr(value, 'shape', ())} {value.tobytes().hex()}")
        else:
            self._write(type(value).__qualname__)

    def _write(self, text: str) -> None:
        self.digest.update(f"{len(text)}:{text}".encode())


def _python_of(value: object) -> FunctionType | None:
    # A dispatcher has its Python as `py_func`, an intrinsic as `_defn`.
    for one in (value, getattr(value, "py_func", None), getattr(value, "_defn", None)):
        if isinstance(one, FunctionType):
            return one
    return None


def _told_of(kind: type) -> str:
    if issubclass(kind, Enum):
        return f"{kind.__qualname__} {[(one.name, one.value) for one in kind]!r}"
    return f"{kind.__qualname__} {getattr(kind, '_fields', ())!r}"


def _used(function: FunctionType) -> Iterator[tuple[str, object]]:
    names = set(_names(function.__code__))
    for name in names:
        if name not in function.__globals__:
            continue
        value: Any = function.__globals__[name]
        if not isinstance(value, ModuleType):
            yield name, value
        elif value.__name__.partition(".")[0] == _ROOT:
            yield from ((f"{name}.{one}", vars(value)[one]) for one in names if one in vars(value))
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not bound yet
            continue


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from _names(one)
