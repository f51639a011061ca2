"""What makes two runs of a strategy the same: its source without its looks."""

from __future__ import annotations

import ast
import hashlib
import textwrap
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_FORM_ONLY = frozenset({"type_comment", "kind", "type_params", "annotation", "returns"})
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def compute_version(source: str, scope: str, parameters: Mapping[str, object]) -> str:
    """Return the SHA-256 (hex) of a strategy and its parameters.

    Parameters
    ----------
    source
        Its source text, the strategy's own definition first.
    scope
        What it is shown at once.
    parameters
        A value for every parameter.

    Notes
    -----
    Comments, layout, docstrings, annotations, the strategy's name, its decorators and the
    defaults of its parameters do not count: only what it does does.
    """
    settings = [f"{name}={value!r}" for name, value in sorted(parameters.items())]
    text = "\n".join([normalise(source), scope, *settings])
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=64)
def normalise(source: str) -> str:
    """Return the source in a form that depends on what it does only.

    Parameters
    ----------
    source
        Python source; any other text is only stripped of blank space at line ends.
    """
    try:
        tree = ast.parse(textwrap.dedent(source))
    except (SyntaxError, ValueError):
        return "\n".join(line.rstrip() for line in source.splitlines() if line.strip())
    for node in ast.walk(tree):
        if isinstance(node, _DEFINITIONS) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    if tree.body and isinstance(tree.body[0], _DEFINITIONS):
        _anonymise(tree.body[0])
    return _written(tree)


def _anonymise(root: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
    root.name = "strategy"
    root.decorator_list = []
    if not isinstance(root, ast.ClassDef):
        root.args.defaults = []
        root.args.kw_defaults = []


def _written(node: object) -> str:
    # ast.dump prints one tree in different ways in different versions of Python.
    if isinstance(node, ast.AST):
        kept = [
            f"{name}={_written(value)}"
            for name, value in ast.iter_fields(node)
            if name not in _FORM_ONLY and value is not None and value != []
        ]
        return f"{type(node).__name__}({','.join(kept)})"
    if isinstance(node, list):
        return f"[{','.join(_written(one) for one in node)}]"
    return repr(node)
