"""From a typed line to words: POSIX quoting, and ``{{name}}`` for a variable's value.

Only a name, or attributes of one, may stand in the braces; nothing is evaluated.
``{x}`` and ``$x`` stay as they are.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

from bifrost_kernel.domain.errors import InvalidInputError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping

_BRACES = re.compile(r"\{\{(.*?)\}\}")
_PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d_]\w*)*\Z")


def split_words(line: str, namespace: Mapping[str, Any]) -> list[str]:
    """Split a line into words and put variables' values in.

    Parameters
    ----------
    line
        What was typed after the magic's name.
    namespace
        The variables that ``{{name}}`` may speak of.

    Returns
    -------
    list of str
        The words, unquoted. A word that is nothing but ``{{name}}`` of a list or tuple
        becomes one word for each element.

    Raises
    ------
    InvalidInputError
        A quotation is not closed, or braces hold more than a name.
    UnknownNameError
        There is no such variable.
    """
    packed = _BRACES.sub(lambda match: "{{" + re.sub(r"\s", "", match[1]) + "}}", line)
    try:
        words = shlex.split(packed)
    except ValueError as error:
        raise InvalidInputError(
            f"line {line.strip()!r}: {str(error).lower()}. Close the quotation mark.",
            context={"value": line},
        ) from None
    return [part for word in words for part in _expand(word, namespace)]


def _expand(word: str, namespace: Mapping[str, Any]) -> list[str]:
    whole = _BRACES.fullmatch(word)
    if whole:
        return _as_texts(whole[1], _look_up(whole[1], namespace))
    return [_BRACES.sub(lambda match: _join(match[1], namespace), word)]


def _join(path: str, namespace: Mapping[str, Any]) -> str:
    return ",".join(_as_texts(path, _look_up(path, namespace)))


def _look_up(path: str, namespace: Mapping[str, Any]) -> object:
    if not _PATH.match(path):
        raise InvalidInputError(
            f"expansion {'{{' + path + '}}'!r}: expected a variable's name such as {{{{fast}}}}. "
            "Give the expression a name in a cell first.",
            context={"value": path},
        )
    first, *rest = path.split(".")
    if first not in namespace:
        known = [name for name in namespace if not name.startswith("_")]
        raise UnknownNameError.of("variable", first, known)
    value = namespace[first]
    for name in rest:
        if not hasattr(value, name):
            known = [one for one in dir(value) if not one.startswith("_")]
            raise UnknownNameError.of(f"attribute of {first}", name, known)
        value = getattr(value, name)
    return value


def _as_texts(path: str, value: object) -> list[str]:
    values = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
    return [_as_text(path, one) for one in values]


def _as_text(path: str, value: object) -> str:
    if value is None or callable(value):
        what = "None" if value is None else "something to call"
        raise InvalidInputError(
            f"variable {path!r}: expected a value that can be written on a line, was {what}",
            context={"name": path},
        )
    if hasattr(value, "hour") and hasattr(value, "date"):
        value = value.date()
    return str(value)
