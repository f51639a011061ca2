"""The text that a strategy is made of, its helpers and settings included."""

from __future__ import annotations

import ast
import dis
import hashlib
import inspect
import linecache
import textwrap
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_PLAIN = (bool, int, float, complex, str, bytes, type(None))


def read_source(function: FunctionType) -> str:
    """Return a function's text, then that of everything of its own module that it uses.

    Parameters
    ----------
    function
        The strategy's function.

    Returns
    -------
    str
        Its definition; the functions and classes of the same module (or notebook) that it
        calls, directly or not; ``NAME = value`` for plain values. Anything else that it
        refers to is named in a comment. Without source text the bytecode's hash stands in.
    """
    return read_sources(function)


def read_sources(*functions: FunctionType) -> str:
    """Return the texts of several functions, each followed by what it uses of its own module.

    Parameters
    ----------
    *functions
        The strategy's function first.
    """
    parts: dict[str, str] = {}
    for number, function in enumerate(functions):
        name = function.__qualname__
        # two of them may share a name
        parts[f"{number} {name}" if name in parts else name] = _own_text(function)
        _add_used(function, function.__module__, parts)
    return "\n\n".join(parts.values()) + "\n"


def read_class_source(cls: type, stop: str) -> str:
    """Return the text of a class and of the classes it is built on.

    Parameters
    ----------
    cls
        The strategy class.
    stop
        Package whose classes are left out.
    """
    own = [one for one in cls.__mro__ if not is_from(one, stop) and one is not object]
    parts: dict[str, str] = {}
    for one in own:
        parts.setdefault(one.__qualname__, _class_text(one))
    for one in own:
        for function in _functions(one):
            _add_used(function, one.__module__, parts)
    return "\n\n".join(parts.values()) + "\n"


def is_from(cls: type, package: str) -> bool:
    """Return True when the class is defined in `package` or below it."""
    return cls.__module__ == package or cls.__module__.startswith(f"{package}.")


def _own_text(function: FunctionType) -> str:
    if function.__name__ == "<lambda>":
        return _lambda_text(function)
    try:
        return textwrap.dedent(inspect.getsource(function)).rstrip()
    except (OSError, TypeError):
        return _stand_in(function)


def _lambda_text(function: FunctionType) -> str:
    # What inspect finds is all that stands on the lambda's lines.
    code = function.__code__
    for tree in _trees("".join(linecache.getlines(code.co_filename))):
        for node in ast.walk(tree):
            if isinstance(node, ast.Lambda) and node.lineno == code.co_firstlineno:
                alone = compile(ast.Expression(node), code.co_filename, "eval").co_consts[0]
                if isinstance(alone, CodeType) and _code_text(alone) == _code_text(code):
                    return f"function = {ast.unparse(node)}"
    return _stand_in(function)


def _stand_in(function: FunctionType) -> str:
    digest = hashlib.sha256(_code_text(function.__code__).encode()).hexdigest()
    return f"# {function.__qualname__}: no source text at hand\nbytecode = {digest!r}"


def _code_text(code: CodeType) -> str:
    consts = [_code_text(one) if isinstance(one, CodeType) else repr(one) for one in code.co_consts]
    names = (code.co_names, code.co_varnames, code.co_freevars)
    return f"{code.co_code.hex()} {names} {consts}"


def _functions(cls: type) -> Iterator[FunctionType]:
    return (one for one in vars(cls).values() if isinstance(one, FunctionType))


def _class_text(cls: type) -> str:
    # inspect cannot find classes of a notebook cell; the code of their methods knows the file.
    for function in _functions(cls):
        code = function.__code__
        lines = linecache.getlines(code.co_filename)
        for node in _classes("".join(lines)):
            if node.name == cls.__name__ and _spans(node, code.co_firstlineno):
                return textwrap.dedent("".join(lines[node.lineno - 1 : node.end_lineno])).rstrip()
    try:
        return textwrap.dedent(inspect.getsource(cls)).rstrip()
    except (OSError, TypeError):
        texts = [f"{one.__name__} {_code_text(one.__code__)}" for one in _functions(cls)]
        digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()
        return f"# {cls.__qualname__}: no source text at hand\nbytecode = {digest!r}"


def _classes(text: str) -> list[ast.ClassDef]:
    nodes = (node for tree in _trees(text) for node in ast.walk(tree))
    return [node for node in nodes if isinstance(node, ast.ClassDef)]


def _trees(text: str) -> list[ast.Module]:
    try:
        return [ast.parse(text)]
    except SyntaxError:
        return []


def _spans(node: ast.ClassDef, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def _add_used(function: FunctionType, module: str, parts: dict[str, str]) -> None:
    for name, found in _used(function):
        value = _unwrapped(found)
        if name in parts or isinstance(value, ModuleType):
            continue
        if isinstance(value, FunctionType) and value.__module__ == module:
            parts[name] = _own_text(value)
            _add_used(value, module, parts)
        elif isinstance(value, type) and value.__module__ == module:
            parts[name] = _class_text(value)
            for method in _functions(value):
                _add_used(method, module, parts)
        elif _is_plain(value):
            parts[name] = f"{name} = {value!r}"
        elif not callable(value):
            kind = type(value).__name__
            parts[name] = f"# uses {name}, a {kind}: its value is not part of this text"


def _unwrapped(value: object) -> object:
    # A compiled or cached function is what it was made of.
    if isinstance(value, (FunctionType, type, ModuleType)):
        return value
    for name in ("py_func", "__wrapped__"):
        inner = inspect.getattr_static(value, name, None)
        if isinstance(inner, FunctionType):
            return inner
    return value


def _is_plain(value: object) -> bool:
    if isinstance(value, (tuple, frozenset)):
        return all(_is_plain(one) for one in value)
    return isinstance(value, _PLAIN)


def _used(function: FunctionType) -> Iterable[tuple[str, object]]:
    space: Mapping[str, object] = function.__globals__
    for name in dict.fromkeys(_global_names(function.__code__)):
        if name in space:
            yield name, space[name]
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    for name, cell in cells:
        try:
            yield name, cell.cell_contents
        except ValueError:  # not bound yet: a helper that is defined further down
            continue


def _global_names(code: CodeType) -> Iterator[str]:
    for one in dis.get_instructions(code):
        if one.opname in {"LOAD_GLOBAL", "LOAD_NAME"}:
            yield one.argval
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _global_names(inner)
