"""What compiled code calls on `now`: the terms are written down, then judged by `now_calls`.

Imports numba: load it on first use only.
"""

from __future__ import annotations

import difflib
import inspect
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils, errors
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, signature
from numba.extending import infer_getattr, lower_builtin

from bifrost_kernel.engines.strategy.calc.compiled import now_calls
from bifrost_kernel.engines.strategy.calc.compiled.now_reading import READINGS, SERIES
from bifrost_kernel.engines.strategy.calc.compiled.now_type import NOW, NowParts, NowType, word
from bifrost_kernel.engines.strategy.calc.compiled.scene import (
    CALLS,
    EXPECTED,
    IS_GIVEN,
    KIND,
    KINDS,
    TERMS,
    VALUE,
)
from bifrost_kernel.engines.strategy.calc.now import Now

_DOUBLE = ir.DoubleType()
_SENDS = {
    **dict.fromkeys(("buy", "sell", "close_position"), now_calls.order),
    **dict.fromkeys(("buy_bracket", "sell_bracket"), now_calls.bracket),
    **dict.fromkeys(("target_size", "target_value", "target_weight"), now_calls.target),
}
_ASKS = {
    "cancel": types.boolean,
    "is_alive": types.boolean,
    "status": types.int64,
    "filled": types.float64,
}
_LOOKS = {"study": types.float64, "studies": SERIES, "on": NOW}
_METHODS = (*_SENDS, *_ASKS, *_LOOKS)


class _Method(AbstractTemplate):  # type: ignore[misc]  # numba is untyped
    """The type of a call: every term in one of few forms, so that code is written once."""

    this: NowType

    def generic(self, args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
        name = self.key.removeprefix("now.")
        declared = _signature_of(name)
        try:
            given = declared.bind(*args, **kws).arguments
        except TypeError as error:
            hint = _near_term(kws, declared)
            raise errors.TypingError(f"{self.key}: {error}{hint}") from None
        kinds = [
            _form_of(self.key, one.name, given.get(one.name, one.default))
            for one in declared.parameters.values()
        ]
        returned = types.int64 if name in _SENDS else {**_ASKS, **_LOOKS}[name]
        return signature(returned, *kinds, recvr=self.this).replace(pysig=declared)


def _signature_of(name: str) -> inspect.Signature:
    declared = inspect.signature(getattr(Now, name))
    return declared.replace(parameters=list(declared.parameters.values())[1:])


def _near_term(given: dict[str, Any], declared: inspect.Signature) -> str:
    wrong = next((one for one in given if one not in declared.parameters), "")
    near = difflib.get_close_matches(wrong, declared.parameters, n=1)
    return f", did you mean {near[0]}?" if near else ""


def _form_of(call: str, term: str, given: Any) -> Any:
    """Return the type in which a term is handed over; a default is given by its value."""
    if isinstance(given, types.Omitted):
        given = given.value
    if given is None or isinstance(given, types.NoneType):
        return types.none
    if isinstance(given, types.Optional):
        return types.Optional(_form_of(call, term, given.type))
    if isinstance(given, (bool, types.Boolean)):
        return types.boolean
    if isinstance(given, (int, types.Integer)):
        return types.int64
    if isinstance(given, types.Float) and term not in {"i", "ago", "k"}:
        return types.float64
    wanted = "a whole number" if term in {"i", "ago", "k"} else "a number"
    raise errors.TypingError(f"{call}: {term}: expected {wanted}, was {given}")


@infer_getattr
class _NowAttributes(AttributeTemplate):  # type: ignore[misc]  # numba is untyped
    key = NowType

    def generic_resolve(self, now: NowType, name: str) -> Any:
        if name in READINGS:
            return READINGS[name][0]
        if name in _METHODS:
            return types.BoundFunction(_TEMPLATES[name], now)
        near = difflib.get_close_matches(name, [*READINGS, *_METHODS], n=1)
        hint = f", did you mean now.{near[0]}?" if near else ""
        raise errors.TypingError(f"now has no {name!r}{hint}")


_TEMPLATES = {name: type(f"now.{name}", (_Method,), {"key": f"now.{name}"}) for name in _METHODS}


@lower_getattr_generic(NowType)  # type: ignore[untyped-decorator]  # numba is untyped
def _read(context: Any, builder: Any, kind: NowType, value: Any, name: str) -> Any:
    del kind
    return READINGS[name][1](NowParts(context, builder, value), name)


class _Call:
    """One call in a person's function, while its machine code is written."""

    def __init__(self, name: str, context: Any, builder: Any, sig: Any, args: Any) -> None:
        self.name, self.kinds, self.values = name, sig.args[1:], args[1:]
        self.parts = NowParts(context, builder, args[0])
        self.terms = list(_signature_of(name).parameters)

    def write_terms(self) -> None:
        """Write down every term as it was given."""
        for term, kind, value in zip(self.terms, self.kinds, self.values, strict=True):
            self._write_term(TERMS.index(term), kind, value)

    def hand_over(self, function: Any, returned: Any) -> Any:
        """Call the compiled function that judges the terms; what it raises is raised here."""
        context, builder = self.parts.context, self.parts.builder
        convention, kinds = context.call_conv, (NOW, types.int64)
        form = convention.get_function_type(returned, kinds)
        native = cgutils.get_or_insert_function(builder.module, form, _symbol_of(function))
        now = self.parts.turned_to(self.parts.column)
        call = word(CALLS.index(f"now.{self.name}"))
        status, result = convention.call_function(builder, native, returned, kinds, (now, call))
        with cgutils.if_unlikely(builder, status.is_error):
            convention.return_status_propagate(builder, status)
        return result

    def require(self, condition: Any, term: str, expected: str) -> None:
        """Raise for a whole number that is none of those there are."""
        builder = self.parts.builder
        with cgutils.if_unlikely(builder, builder.not_(condition)):
            place = self.terms.index(term)
            self._write_term(TERMS.index(term), self.kinds[place], self.values[place])
            self._note("call", word(CALLS.index(f"now.{self.name}")))
            self._note("term", word(TERMS.index(term)))
            self._note("expected", word(EXPECTED.index(expected)))
            self.parts.context.call_conv.return_user_exc(builder, now_calls.RefusedTermError, ())

    def _note(self, field: str, value: Any) -> None:
        self.parts.builder.store(value, self.parts.field_place("refusal", word(0), field))

    def _write_term(self, term: int, kind: Any, value: Any) -> None:
        builder, is_given = self.parts.builder, _DOUBLE(1.0)
        if isinstance(kind, types.Optional):
            optional = self.parts.context.make_helper(builder, kind, value=value)
            is_given = builder.uitofp(cgutils.as_bool_bit(builder, optional.valid), _DOUBLE)
            kind, value = kind.type, optional.data
        if isinstance(kind, types.NoneType):
            self._write(IS_GIVEN, term, _DOUBLE(0.0))
            return
        self._write(IS_GIVEN, term, is_given)
        self._write(VALUE, term, self.parts.context.cast(builder, value, kind, types.float64))
        given_as = {types.boolean: bool, types.int64: int, types.float64: float}[kind]
        self._write(KIND, term, _DOUBLE(float(KINDS.index(given_as))))

    def _write(self, row: int, term: int, value: Any) -> None:
        place = self.parts.place("asked", word(row * len(TERMS) + term))
        self.parts.builder.store(value, place)


def _symbol_of(function: Any) -> str:
    """Return the name by which machine code finds a function that is compiled already."""
    function.compile((NOW, types.int64))
    made = function.overloads[(NOW, types.int64)]
    name = f"bifrost.{made.fndesc.llvm_func_name}"
    llvm.add_symbol(name, made.library.get_pointer_to_function(made.fndesc.llvm_func_name))
    return name


def _send(name: str) -> Any:
    def write(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        call = _Call(name, context, builder, sig, args)
        call.write_terms()
        return call.hand_over(_SENDS[name], types.int64)

    return write


def _ask(name: str) -> Any:
    def write(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        call = _Call(name, context, builder, sig, args)
        call.write_terms()
        answer = call.hand_over(now_calls.ask, types.float64)
        if _ASKS[name] is types.boolean:
            return builder.fcmp_unordered("!=", answer, _DOUBLE(0.0))
        return context.cast(builder, answer, types.float64, _ASKS[name])

    return write


def _on(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    call = _Call("on", context, builder, sig, args)
    (column,) = call.values
    call.require(builder.icmp_unsigned("<", column, call.parts.length("holdings")), "k", "column")
    return call.parts.turned_to(column)


def _study_place(call: _Call, number: Any, index: Any) -> Any:
    parts, builder = call.parts, call.parts.builder
    own = builder.add(parts.holding("offset"), index)
    row = builder.mul(number, parts.count("n_own"))
    return parts.place("studies", builder.add(row, own))


def _study(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    call = _Call("study", context, builder, sig, args)
    number, ago = call.values
    known = builder.icmp_unsigned("<", number, call.parts.count("n_studies"))
    call.require(known, "i", "study")
    call.require(builder.icmp_signed(">=", ago, word(0)), "ago", "0 or more bars back")
    index = builder.sub(call.parts.holding("index"), ago)
    value = cgutils.alloca_once_value(builder, _DOUBLE(float("nan")))
    with builder.if_then(builder.icmp_signed(">=", index, word(0)), likely=True):
        builder.store(builder.load(_study_place(call, number, index)), value)
    return builder.load(value)


def _studies(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    call = _Call("studies", context, builder, sig, args)
    (number,) = call.values
    known = builder.icmp_unsigned("<", number, call.parts.count("n_studies"))
    call.require(known, "i", "study")
    length = builder.add(call.parts.holding("index"), word(1))
    return call.parts.view(SERIES, _study_place(call, number, word(0)), length)


_WRITERS = {
    **{name: _send(name) for name in _SENDS},
    **{name: _ask(name) for name in _ASKS},
    "on": _on, "study": _study, "studies": _studies,
}  # fmt: skip
for _name, _writer in _WRITERS.items():
    lower_builtin(f"now.{_name}", NowType, types.VarArg(types.Any))(_writer)
