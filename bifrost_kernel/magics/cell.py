"""The body of ``%%backtest``: run in the notebook, and the strategy that it declares."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from bifrost_kernel.domain.errors import InvalidInputError
from bifrost_kernel.domain.strategies import Strategy
from bifrost_kernel.magics.completion import is_native_class

if TYPE_CHECKING:
    from collections.abc import Iterator


def declare_strategy(shell: Any, body: str) -> object:
    """Run the body in the notebook's namespace and return the strategy it declares.

    Parameters
    ----------
    shell
        The shell whose variables it uses and sets.
    body
        Python code, magics included.

    Returns
    -------
    object
        A declared `Strategy`, a Backtrader strategy class, or else the only function, or the
        only one among them whose first parameter is ``now``.

    Raises
    ------
    InvalidInputError
        It declares none, or more than one.
    """
    names = run_body(shell, body)
    bound = {name: shell.user_ns[name] for name in names if name in shell.user_ns}
    declared = {
        name: one
        for name, one in bound.items()
        if isinstance(one, Strategy) or is_native_class(one)
    }
    functions = {
        name: one
        for name, one in bound.items()
        if hasattr(one, "__code__") and not name.startswith("_")
    }
    of_now = {
        name: one for name, one in functions.items() if one.__code__.co_varnames[:1] == ("now",)
    }
    found = declared or (of_now if len(of_now) == 1 else functions)
    if len(found) == 1:
        return next(iter(found.values()))
    if not found:
        raise InvalidInputError(
            "%%backtest: expected a body that declares a strategy, was one without a function or "
            "class. Write `def my_idea(bars, fast=10): ...` or `def my_idea(now): ...` in it, or "
            "use `%backtest STRATEGY SYMBOL` on a line.",
        )
    raise InvalidInputError(
        f"%%backtest: expected one strategy in the body, was {len(found)} ({', '.join(found)}). "
        "Mark the one with @bf.strategy or @bf.on_bar, or begin helpers' names with an underscore.",
        context={"names": list(found)},
    )


def run_body(shell: Any, body: str) -> list[str]:
    """Run code in the notebook's namespace and return the top-level names it binds."""
    source = shell.transform_cell(body)
    filename = shell.compile.cache(source, shell.execution_count, raw_code=body)
    tree = ast.parse(source, filename)
    code = compile(tree, filename, "exec", shell.compile.flags, dont_inherit=True)
    exec(code, shell.user_ns)  # noqa: S102 - the cell's own code, typed by the person who runs it
    return list(dict.fromkeys(_bound_names(tree)))


def _bound_names(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (one.id for one in node.targets if isinstance(one, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
