"""A person's function as machine code: one signature for all, kept in the process only.

Imports numba: load it on first use only.
"""

from __future__ import annotations

import dis
import threading
from collections import OrderedDict
from dataclasses import dataclass
from types import CellType, CodeType, FunctionType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numba import types
from numba.core.registry import CPUDispatcher

from bifrost_kernel.domain.errors import InvalidInputError
from bifrost_kernel.engines.strategy.calc.code_digest import digest_of
from bifrost_kernel.engines.strategy.calc.compiled import now_methods  # noqa: F401  # tells numba
from bifrost_kernel.engines.strategy.calc.compiled.now_type import NOW
from bifrost_kernel.engines.strategy.calc.indicators import in_compiled  # noqa: F401  # likewise
from bifrost_kernel.engines.strategy.calc.numba_start import start_numba
from bifrost_kernel.simulators.compiled.complaints import complaint_of
from bifrost_kernel.simulators.compiled.pipeline import PersonsCompiler

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bifrost_kernel.domain.bars import Floats
    from bifrost_kernel.domain.strategies import Parameter, Strategy

WAY_OUT: Final = "Run it as plain Python: compiled=False"
PARAMETERS: Final = types.Array(types.float64, 1, "C")
_OPTIONS = {"nopython": True, "nogil": True, "error_model": "python", "boundscheck": True}
_KINDS = {int: types.int64, float: types.float64, bool: types.boolean}
_ROOT = __name__.partition(".")[0]
_LEFT_ALONE = {"builtins", "math", "numpy", "numba", _ROOT}
_MOST_KEPT = 64
_LARGEST_WHOLE = 2**53


@dataclass(frozen=True, slots=True, eq=False)
class MachineCode:
    """A person's function, compiled.

    Parameters
    ----------
    address
        Where ``f(now, parameters)`` lies.
    keeper
        What keeps it there.
    digest
        SHA-256 (hex) of what it was made of.
    is_straight
        Neither it nor what it calls has a loop or calls itself, so that it comes to an end.
    """

    address: int
    keeper: Any
    digest: str
    is_straight: bool


_kept: OrderedDict[str, MachineCode] = OrderedDict()
_lock = threading.Lock()


def compile_on_bar(strategy: Strategy) -> MachineCode:
    """Compile a strategy's function, or find it compiled.

    Parameters
    ----------
    strategy
        One with `on_bar`.

    Raises
    ------
    InvalidInputError
        It cannot be compiled; the message names its line and what stands in the way.

    Notes
    -----
    Kept in the process, by the code and the values of everything that the function refers to;
    never on disk, as those are a notebook's and change. Functions that it calls are compiled with
    it. All strategies have one signature, so that the simulator's loop is compiled for none of
    them anew.
    """
    function = strategy.on_bar
    if not isinstance(function, FunctionType):
        raise InvalidInputError(f"strategy {strategy.name}: expected a function, was {function!r}")
    _require_numbers(strategy)
    defaults = [(one.name, type(one.default).__name__) for one in strategy.parameters]
    code = function.__code__
    digest = f"{digest_of(function)} {code.co_filename} {code.co_firstlineno} {defaults}"
    with _lock:
        found = _kept.pop(digest, None) or _compile(strategy, function, digest)
        _kept[digest] = found
        if len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return found


def pack_parameters(strategy: Strategy, values: Mapping[str, object]) -> Floats:
    """Return the parameters as the compiled function takes them.

    Parameters
    ----------
    strategy
        Whose they are.
    values
        A value for every parameter.

    Returns
    -------
    array
        shape (n,), float64, in the order of the strategy's parameters.
    """
    packed = np.empty(len(strategy.parameters))
    for place, one in enumerate(strategy.parameters):
        value: Any = values[one.name]
        if isinstance(value, int) and abs(value) > _LARGEST_WHOLE:
            raise InvalidInputError(
                f"{strategy.name}: parameter {one.name!r}: expected at most {_LARGEST_WHOLE} in "
                f"machine code, was {value}. {WAY_OUT}",
                context={"name": one.name, "value": value},
            )
        packed[place] = value
    return packed


def _require_numbers(strategy: Strategy) -> None:
    for one in strategy.parameters:
        if type(one.default) not in _KINDS:
            raise InvalidInputError(
                f"strategy {strategy.name}: parameter {one.name!r}: expected a number, True or "
                f"False in machine code, was text {one.default!r}. {WAY_OUT}",
                context={"strategy": strategy.name, "parameter": one.name},
            )


def _compile(strategy: Strategy, function: FunctionType, digest: str) -> MachineCode:
    copies = _Copies()
    inner = copies.compiled(function)
    kinds = (NOW, *(_KINDS[type(one.default)] for one in strategy.parameters))
    outer = _compiled(_wrapper(strategy.parameters, inner))
    start_numba(outer.targetctx)
    try:
        inner.compile(kinds)
        returned = inner.overloads[kinds].signature.return_type
        if returned == types.none:
            outer.compile((NOW, PARAMETERS))
    except Exception as error:
        raise complaint_of(error, strategy, function, WAY_OUT) from error
    if returned != types.none:
        told = "has yield" if isinstance(returned, types.Generator) else "returns something"
        raise InvalidInputError(
            f"strategy {strategy.name}: expected a function that returns nothing, was one that "
            f"{told}. Write return without a value",
            context={"strategy": strategy.name},
        )
    made = outer.overloads[NOW, PARAMETERS]
    address = made.library.get_pointer_to_function(made.fndesc.llvm_func_name)
    return MachineCode(address, outer, digest, copies.is_straight)


def _compiled(function: FunctionType) -> Any:
    return CPUDispatcher(function, targetoptions=_OPTIONS, pipeline_class=PersonsCompiler)


def _wrapper(parameters: tuple[Parameter, ...], inner: Any) -> FunctionType:
    """Return ``f(now, parameters)`` that takes the parameters apart."""
    forms = {int: "int(parameters[{}])", float: "parameters[{}]", bool: "parameters[{}] != 0.0"}
    given = [forms[type(one.default)].format(place) for place, one in enumerate(parameters)]
    lines = f"def call(now, parameters):\n    inner({', '.join(['now', *given])})\n"
    space: dict[str, Any] = {"inner": inner}
    exec(compile(lines, "<bifrost>", "exec"), space)  # noqa: S102  # our own text, of places only
    made: FunctionType = space["call"]
    return made


class _Copies:
    """Compiled copies of a function and of the plain functions that it calls."""

    def __init__(self) -> None:
        self._made: dict[int, Any] = {}
        self._open: set[int] = set()
        self.is_straight = True

    def compiled(self, function: FunctionType) -> Any:
        """Return the compiled copy of a function."""
        if id(function) in self._open or any(map(_has_loop, _codes(function))):
            self.is_straight = False
        if id(function) not in self._made:
            self._open.add(id(function))
            space = dict(function.__globals__)
            copy = FunctionType(
                function.__code__, space, function.__name__, function.__defaults__,
                tuple(self._cell(one) for one in function.__closure__ or ()),
            )  # fmt: skip
            copy.__kwdefaults__ = function.__kwdefaults__
            copy.__module__, copy.__qualname__ = function.__module__, function.__qualname__
            self._made[id(function)] = _compiled(copy)
            for name in set(_names(function)) & set(space):
                space[name] = self._value(space[name])
            self._open.discard(id(function))
        return self._made[id(function)]

    def _cell(self, cell: CellType) -> CellType:
        try:
            return CellType(self._value(cell.cell_contents))
        except ValueError:  # not bound yet
            return cell

    def _value(self, value: Any) -> Any:
        is_plain = isinstance(value, FunctionType)
        if is_plain and (value.__module__ or "").partition(".")[0] not in _LEFT_ALONE:
            return self.compiled(value)
        return value


def _names(function: FunctionType) -> Iterator[str]:
    for code in _codes(function):
        yield from code.co_names


def _codes(function: FunctionType) -> Iterator[CodeType]:
    codes = [function.__code__]
    while codes:
        code = codes.pop()
        yield code
        codes += [one for one in code.co_consts if isinstance(one, CodeType)]


def _has_loop(code: CodeType) -> bool:
    jumps = (one for one in dis.get_instructions(code) if one.opcode in _JUMPS)
    return any(one.argval <= one.offset for one in jumps)


_JUMPS = {*dis.hasjrel, *dis.hasjabs}
