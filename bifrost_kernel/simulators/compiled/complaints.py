"""Why a person's function cannot be compiled: numba's pages of text as one line in plain words."""

from __future__ import annotations

import dis
import linecache
import re
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

from bifrost_kernel.domain.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bifrost_kernel.domain.strategies import Strategy

_COLOUR = re.compile(r"\x1b\[\d+m")
_OWN = re.compile(
    r"(?:(now\.\w+: .+?|now has no .+?|np\.\w+ gives .+?|np\.\w+: expected .+?)"
    r"|specific error:\s+(?!NumbaNotImpl)\w*Error: (.+?))(?:\n|\x1b|$)"
)
_NUMBERS_ONLY = "only numbers, arrays, tuples and numpy are known"
_NO_CALL = (
    r"implementation of function Function\((?:<.*?(?:function|class|intrinsic) '?([\w.]+).*?>"
    r"|[\w.]+)\).*?>>> \w+\((.*?)\)\s*\n"
)
_FIRST: tuple[tuple[str, str], ...] = (
    (r"typing of set attribute '(\w+)'", "now keeps no {0}: keep numbers in now.state"),
    (r"exception_match", "only every exception can be caught: write except Exception"),
    (r"setitem\(readonly|[Mm]odify readonly", "bars and studies cannot be written to"),
)
_REASONS: tuple[tuple[str, str], ...] = (
    (r"format spec in f-strings|\bstr\((?:float64|int64)\)", "numbers cannot be put into text"),
    (r"attribute '(\w+)' of type (?:Literal\[str\]|unicode_type)", "text.{0}() is not known"),
    (
        r"attribute '(\w+)' of type Module\(<module '([\w.]+)'",
        f"{{1}}.{{0}} is not known, {_NUMBERS_ONLY}",
    ),
    (r"NameError: (?:global )?name '(\w+)' is not defined", "{0} is not defined"),
    (
        r"opcode \((?:DICT_MERGE|DICT_UPDATE|CALL_FUNCTION_EX)|CALL_FUNCTION_EX with \*\*kwargs",
        "arguments cannot come from a dict (**): write them out",
    ),
    (r"opcode \(IMPORT_\w+", "nothing can be imported inside: import it above the function"),
    (r"opcode \(STORE_GLOBAL", "a global cannot be changed: keep numbers in now.state"),
    (r"opcode \((\w+)\)", "there is no machine code for this ({0})"),
    (r"'with \(context manager\)|[Ww]ith.* not supported", "with is not possible"),
    (
        r"type, assigned to variable '(\w+)' in globals",
        "{0} is a list made outside: make it a tuple",
    ),
    (
        r"Untyped (?:global|freevar) name '(\w+)':[^<]*<class '(?:[\w.]+\.)?(\w+)'",
        f"{{0}} is of type {{1}}, {_NUMBERS_ONLY}",
    ),
    (r"Untyped (?:global|freevar) name '(\w+)'", f"{{0}} cannot be used, {_NUMBERS_ONLY}"),
    (r"Cannot unify (.+?) and (.+?) for '\$", "a value is {0} in one place and {1} in another"),
    (
        r"Cannot unify (.+?) and (.+?) for '([\w$]+)[.\d]*'",
        "{2} is {0} in one place and {1} in another",
    ),
    (r"unsupported NumPy function '([\w.]+)'", "{0} is not known, or not with these arguments"),
    (r"attribute '(\w+)' of type (.+)", "{1} has no {0}"),
    (
        r"No type info available for (.+?) as a callable",
        "{0} is called as a function (now.close is the price, now.close_position() closes)",
    ),
    (
        _NO_CALL,
        "there is no {0} of ({1})",
    ),
)
_TYPES: tuple[tuple[str, str], ...] = (
    (r"(?:readonly |unaligned )*array\(.+?\)", "an array"),
    (r"Literal\[str\]\((.*?)\)|unicode_type", "text"),
    (r"Literal\[int\]\((-?\d+)\)|u?int(?:8|16|32|64)", "int"),
    (r"Literal\[bool\]\(\w+\)|\bbool(?:ean)?\b", "bool"),
    (r"float(?:32|64)", "float"),
    (r"\bnone\b", "None"),
    (r"reflected list\(.*\)(?:<iv=.*>)?|ListType\[.*\]", "a list"),
    (r"(?:Uni)?Tuple\(.*\)", "a tuple"),
    (r"DictType\[.*\](?:<iv=.*>)?|LiteralStrKeyDict.*", "a dict"),
)
_TRACE = re.compile(r'File "([^"\n]+)", line (\d+)|(?:Raised from|at) (\S+) \((\d+)\)')
_LONGEST_REASON = 160


def complaint_of(
    error: BaseException, strategy: Strategy, function: FunctionType, way_out: str
) -> InvalidInputError:
    """Return the error to raise instead of numba's.

    Parameters
    ----------
    error
        What numba raised.
    strategy, function
        Whose function it is.
    way_out
        How to run it all the same.
    """
    text = _COLOUR.sub("", str(error))
    reason = reason_of(text)
    where, line = _place(text, function)
    return InvalidInputError(
        f"strategy {strategy.name} cannot be compiled: {reason}{where}. {way_out}",
        context={"strategy": strategy.name, "line": line, "reason": reason},
    )


def reason_of(text: str) -> str:
    """Return what a text of numba's says, in a few plain words.

    Parameters
    ----------
    text
        A message of numba's, without colours.
    """
    for pattern, told in _FIRST:
        found = re.search(pattern, text)
        if found is not None:
            return told.format(*found.groups())
    own = _OWN.search(text)
    if own is not None:
        return _plain(own.group(1) or own.group(2))
    for pattern, told in _REASONS:
        found = re.search(pattern, text, re.DOTALL if "\\n" in pattern else 0)
        if found is not None:
            return told.format(*(_plain(one or "this") for one in found.groups()))
    return _plain(_first_line(text)) or "no reason was given"


def _plain(text: str) -> str:
    for pattern, word in _TYPES:
        text = re.sub(pattern, word, text)
    line = " ".join(text.split()).rstrip(". ")
    return line if len(line) <= _LONGEST_REASON else f"{line[:_LONGEST_REASON]} ..."


def _first_line(text: str) -> str:
    lines = (one.strip() for one in text.splitlines())
    skipped = ("Failed in", "During", "File ", "^")
    return next((one for one in lines if one and not one.startswith(skipped)), "")


def _place(text: str, function: FunctionType) -> tuple[str, int | None]:
    """Return where it is in the person's own text: the innermost place that numba names."""
    files = {re.split(r"[\\/]", one)[-1]: one for one in _files(function)}
    for found in _TRACE.finditer(text):
        name = re.split(r"[\\/]", found.group(1) or found.group(3))[-1]
        line = int(found.group(2) or found.group(4))
        if name in files:
            return told_place(files[name], line), line
    missing = re.search(r"name '(\w+)' is not defined", text)
    line = _first_use(function, missing.group(1)) if missing else function.__code__.co_firstlineno
    return told_place(function.__code__.co_filename, line), line


def told_place(filename: str, line: int) -> str:
    """Return a place in a person's text in words: `` (line 3 of the cell: now.buy())``.

    Parameters
    ----------
    filename
        As Python's code objects have it.
    line
        From 1.
    """
    is_cell = filename.startswith("<") or re.search(r"ipykernel_\d+", filename)
    name = "the cell" if is_cell else re.split(r"[\\/]", filename)[-1]
    text = linecache.getline(filename, line).strip()
    return f" (line {line} of {name}{f': {text}' if text else ''})"


def _files(function: FunctionType) -> Iterator[str]:
    yield function.__code__.co_filename
    for name in function.__code__.co_names:
        value = function.__globals__.get(name)
        if isinstance(value, FunctionType):
            yield value.__code__.co_filename


def _first_use(function: FunctionType, name: str) -> int:
    first = function.__code__.co_firstlineno
    for code in _codes(function.__code__):
        line = first
        for one in dis.get_instructions(code):
            line = one.positions.lineno or line if one.positions else line
            if one.argval == name:
                return line
    return first


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from _codes(one)
