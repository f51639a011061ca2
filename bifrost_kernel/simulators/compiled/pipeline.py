"""How numba compiles a person's function: with Python's bits, and with a note of the line it is at.

Imports numba: load it on first use only.
"""

from __future__ import annotations

import math
import operator
from types import ModuleType
from typing import Any, Final

import numpy as np
from llvmlite import ir as llvm
from numba.core import errors, ir
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.ir_utils import build_definitions, get_definition, guard
from numba.core.lowering import Lower
from numba.core.postproc import PostProcessor
from numba.core.typed_passes import NativeLowering
from numba.core.untyped_passes import InlineClosureLikes

from bifrost_kernel.engines.strategy.calc.compiled import exact
from bifrost_kernel.simulators.compiled.shared_memory import share

MARKS: Final[list[tuple[str, int]]] = [("", 0)]
"""File and line of each place in people's functions that can raise; `LINE` holds an index."""

LINE: Final = share(np.zeros(1, np.int64))
"""Where the compiled function that runs here, or in a child, was last: an index into `MARKS`."""

_TWINS: Final[dict[Any, Any]] = {
    np.sum: exact.sum_of,
    np.mean: exact.mean_of,
    np.var: exact.variance_of,
    np.std: exact.deviation_of,
}
_METHODS: Final = {
    "sum": exact.sum_of,
    "mean": exact.mean_of,
    "var": exact.variance_of,
    "std": exact.deviation_of,
}
_POWERS: Final = {operator.pow, operator.ipow}
_DIVISIONS: Final = {
    operator.truediv, operator.itruediv, operator.floordiv, operator.ifloordiv, operator.mod,
    operator.imod,
}  # fmt: skip
_RAISING: Final = {"call", "getitem", "static_getitem", "arrayexpr", "exhaust_iter"}


@register_pass(mutates_CFG=False, analysis_only=False)
class ExactArithmetic(FunctionPass):  # type: ignore[misc]  # numba is untyped
    """Puts Python's and numpy's own way of reckoning in the place of numba's."""

    _name = "bifrost_exact_arithmetic"

    def __init__(self) -> None:
        super().__init__()

    def run_pass(self, state: Any) -> bool:
        """Change the function's intermediate form; return whether anything was changed."""
        is_changed = False
        for block in state.func_ir.blocks.values():
            change = _BlockChange(state.func_ir, block.scope)
            block.body = [made for one in block.body for made in change.of(one)]
            is_changed |= change.is_made
        if is_changed:
            state.func_ir._definitions = build_definitions(state.func_ir.blocks)  # noqa: SLF001
            PostProcessor(state.func_ir).run()
        return is_changed


class _BlockChange:
    def __init__(self, function: Any, scope: Any) -> None:
        self._function, self._scope = function, scope
        self._bound: dict[str, Any] = {}
        self.is_made = False

    def of(self, statement: Any) -> list[Any]:
        """Return what takes a statement's place."""
        value = getattr(statement, "value", None)
        if isinstance(statement, ir.Assign) and isinstance(value, (ir.Global, ir.FreeVar)):
            return [self._named(statement, value.value)]
        if not isinstance(statement, ir.Assign) or not isinstance(value, ir.Expr):
            return [statement]
        if value.op in {"binop", "inplace_binop"} and value.fn in _POWERS:
            return self._power(statement)
        if value.op == "getattr":
            return [self._attribute(statement)]
        return [self._call(statement)]

    def _call(self, statement: Any) -> Any:
        value = statement.value
        if value.op != "call" or value.func.name not in self._bound:
            return statement
        owner = self._bound[value.func.name]
        call = ir.Expr.call(value.func, [owner, *value.args], value.kws, value.loc)
        return ir.Assign(call, statement.target, statement.loc)

    def _named(self, statement: Any, value: Any) -> Any:
        try:
            twin = _TWINS.get(value)
            way_out = OTHER_BITS.get(value)
        except TypeError:  # what cannot be hashed is no function
            return statement
        if way_out is not None:
            name = f"{value.__module__.partition('.')[0]}.{value.__name__}".replace("numpy.", "np.")
            raise errors.UnsupportedError(
                f"{name} gives other last digits in machine code than in plain Python. {way_out}",
                statement.loc,
            )
        return statement if twin is None else self._replaced(statement, twin)

    def _replaced(self, statement: Any, twin: Any) -> Any:
        self.is_made = True
        value = ir.Global(twin.__name__, twin, statement.loc)
        return ir.Assign(value, statement.target, statement.loc)

    def _attribute(self, statement: Any) -> Any:
        value = statement.value
        owner = guard(get_definition, self._function, value.value)
        if isinstance(owner, (ir.Global, ir.FreeVar)) and isinstance(owner.value, ModuleType):
            return self._named(statement, getattr(owner.value, value.attr, None))
        twin = _METHODS.get(value.attr)
        if twin is None or not statement.target.name.startswith("$"):
            return statement
        self._bound[statement.target.name] = value.value
        return self._replaced(statement, twin)

    def _power(self, statement: Any) -> list[Any]:
        value, loc = statement.value, statement.loc
        function = self._scope.redefine("$power", loc)
        named = ir.Assign(ir.Global("power", exact.power, loc), function, loc)
        call = ir.Expr.call(function, [value.lhs, value.rhs], (), loc)
        self.is_made = True
        return [named, ir.Assign(call, statement.target, loc)]


class _MarkedLower(Lower):  # type: ignore[misc]  # numba is untyped
    """Writes down, before each statement that can raise, which one it is."""

    _last = 0

    def lower_block(self, block: Any) -> None:
        self._last = 0
        super().lower_block(block)

    def lower_inst(self, inst: Any) -> None:
        if _may_raise(inst):
            self._mark(inst.loc)
        super().lower_inst(inst)
        if _calls(inst):
            self._last = 0  # what was called has noted lines of its own

    def _mark(self, loc: Any) -> None:
        place = (loc.filename, loc.line)
        mark = MARKS.index(place) if place in MARKS[-64:] else len(MARKS)
        if mark == len(MARKS):
            MARKS.append(place)
        if mark != self._last:
            word = llvm.IntType(64)
            address = word(LINE.ctypes.data).inttoptr(word.as_pointer())
            self.builder.store(word(mark), address)
        self._last = mark


def _calls(statement: Any) -> bool:
    value = getattr(statement, "value", None)
    return isinstance(value, ir.Expr) and value.op == "call"


def _may_raise(statement: Any) -> bool:
    if isinstance(statement, ir.Assign) and isinstance(statement.value, ir.Expr):
        value = statement.value
        is_division = value.op in {"binop", "inplace_binop"} and value.fn in _DIVISIONS
        return value.op in _RAISING or is_division
    kinds = (ir.SetItem, ir.StaticSetItem, ir.StaticRaise, ir.DynamicRaise)
    return isinstance(statement, kinds)


@register_pass(mutates_CFG=True, analysis_only=False)
class MarkedLowering(NativeLowering):  # type: ignore[misc]  # numba is untyped
    """Lowers to machine code that tells its line."""

    _name = "bifrost_marked_lowering"

    def __init__(self) -> None:
        super().__init__()

    @property
    def lowering_class(self) -> Any:
        """What writes the machine code."""
        return _MarkedLower


class PersonsCompiler(CompilerBase):  # type: ignore[misc]  # numba is untyped
    """numba's compiler with these two steps."""

    def define_pipelines(self) -> list[Any]:
        """Return the steps."""
        steps = DefaultPassBuilder.define_nopython_pipeline(self.state)
        steps.add_pass_after(ExactArithmetic, InlineClosureLikes)
        steps.passes = [
            (MarkedLowering, told) if step is NativeLowering else (step, told)
            for step, told in steps.passes
        ]
        steps.finalize()
        return [steps]


OTHER_BITS: Final[dict[Any, str]] = {
    np.tanh: "Use math.tanh",
    math.hypot: "Use math.sqrt(x * x + y * y)",
    math.gamma: "Work it out in prepare",
    math.lgamma: "Work it out in prepare",
}
