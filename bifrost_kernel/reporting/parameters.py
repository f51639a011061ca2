"""What a report may be told: declared names, plain values, no secrets."""

from __future__ import annotations

import ast
import math
import re
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any

from bifrost_kernel.domain.errors import InvalidInputError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping

TAG = "parameters"
_SECRET_NAME = re.compile(
    r"(?i)(^|_)(passwords?|passwd|pwd|passphrase|secrets?|tokens?|api_?keys?|access_?keys?"
    r"|private_?keys?|credentials?|authorization)(_|$)"
)
_SECRET_VALUES = (
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    ("a signed token", re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*")),
    ("a password in an address", re.compile(r"://[^/\s:@]*:[^/\s@]+@")),
    ("an authorization header", re.compile(r"(?i)\b(bearer|basic|token)\s+[\w.~+/=-]{12,}")),
    (
        "a service's key",
        re.compile(r"\b(AKIA|ASIA|ghp_|gho_|ghs_|github_pat_|glpat-|sk-|xox[abp]-|AIza)[\w-]{12,}"),
    ),
)
_OPAQUE = re.compile(r"[A-Za-z0-9+/_=-]{32,}\Z")
_OPAQUE_BITS = 4.2


def read_defaults(notebook: Any) -> dict[str, object]:
    """Return what a notebook's cell tagged ``parameters`` assigns, by name, in order.

    A default that is not a plain value (a call, another name) is given as None.

    Raises
    ------
    InvalidInputError
        That cell is not plain Python.
    """
    cell = next((one for one in notebook.cells if TAG in one.metadata.get("tags", [])), None)
    if cell is None:
        return {}
    try:
        body = ast.parse(cell.source).body
    except SyntaxError as error:
        raise InvalidInputError(
            f"the cell tagged {TAG!r} cannot be read: {error.msg} in line {error.lineno}. "
            "It may hold plain assignments only.",
            context={"cell": cell.get("id")},
        ) from None
    found: dict[str, object] = {}
    for one in body:
        targets = one.targets if isinstance(one, ast.Assign) else [getattr(one, "target", None)]
        if isinstance(one, (ast.Assign, ast.AnnAssign)):
            value = None if one.value is None else _literal(one.value)
            found |= {name.id: value for name in targets if isinstance(name, ast.Name)}
    return found


def _literal(expression: ast.expr) -> object:
    try:
        return ast.literal_eval(expression)
    except ValueError:
        return None


def check_parameters(notebook: Any, given: Mapping[str, object]) -> dict[str, Any]:
    """Return parameters as plain values that can be written into the notebook.

    Parameters
    ----------
    notebook
        The report.
    given
        By name: None, bools, numbers, text, dates (which become ISO text), and lists and
        mappings of these.

    Raises
    ------
    UnknownNameError
        The notebook has no parameter of that name.
    InvalidInputError
        A value is of another kind, or looks like a secret; its text is not repeated.
    """
    known = read_defaults(notebook)
    checked = {}
    for name, value in given.items():
        if name not in known:
            raise UnknownNameError.of("parameter", name, known)
        checked[name] = _plain(name, value)
    return checked


def _plain(name: str, value: object) -> Any:
    value = value.item() if hasattr(value, "item") and not hasattr(value, "__len__") else value
    if _SECRET_NAME.search(name) and value not in (None, ""):
        raise _refuse_secret(name, "a secret by its name")
    if isinstance(value, str):
        _check_text(name, value)
        return value
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [_plain(name, one) for one in value]
    if isinstance(value, dict) and all(isinstance(one, str) for one in value):
        return {key: _plain(key, one) for key, one in value.items()}
    raise InvalidInputError(
        f"parameter {name!r}: expected text, a number, a date, or a list of these, was a "
        f"{type(value).__name__}. A report is given plain values that can be read in it later.",
        context={"name": name, "type": type(value).__name__},
    )


def _check_text(name: str, text: str) -> None:
    for kind, pattern in _SECRET_VALUES:
        if pattern.search(text):
            raise _refuse_secret(name, kind)
    if _OPAQUE.match(text) and _has_all_cases(text) and _bits_per_character(text) > _OPAQUE_BITS:
        raise _refuse_secret(name, "a key")


def _refuse_secret(name: str, kind: str) -> InvalidInputError:
    return InvalidInputError(
        f"parameter {name!r} looks like {kind}, and reports are kept and shown. "
        "Leave it out; what needs it reads it from the settings.",
        context={"name": name},
    )


def _has_all_cases(text: str) -> bool:
    return all(re.search(one, text) for one in ("[a-z]", "[A-Z]", "[0-9]"))


def _bits_per_character(text: str) -> float:
    shares = [count / len(text) for count in Counter(text).values()]
    return -sum(one * math.log2(one) for one in shares)
