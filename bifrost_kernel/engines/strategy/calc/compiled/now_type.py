"""`now` as a type that compiled code knows: two words by value, which point at the run.

Imports numba: load it on first use only.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model
from numba.np.numpy_support import from_dtype

from bifrost_kernel.engines.strategy.calc.compiled.books import BOOK_FIELDS
from bifrost_kernel.engines.strategy.calc.compiled.bundle_type import BundleType
from bifrost_kernel.engines.strategy.calc.compiled.scene import REFUSAL, SCENE_WORDS, TERMS

_WORD = ir.IntType(64)
_BOOKS: Final = tuple(BOOK_FIELDS)
_ASKED: Final = types.Array(types.float64, 2, "C")
_REFUSAL: Final = types.Array(from_dtype(REFUSAL), 1, "C")


class NowType(types.Type):  # type: ignore[misc]  # numba is untyped
    """The type of `now`: where the scene's table lies, and a column."""

    def __init__(self) -> None:
        kinds = {**BOOK_FIELDS, **_SCENE_FIELDS}
        self.arrays = {one: from_dtype(np.dtype(kind)) for one, kind in kinds.items()}
        super().__init__("now")


_SCENE_FIELDS: dict[str, Any] = {
    **dict.fromkeys(("studies", "state", "asked"), np.float64),
    "refusal": REFUSAL,
    "pulse": np.int64,
}
NOW: Final = NowType()


@register_model(NowType)
class _NowModel(models.StructModel):  # type: ignore[misc]  # numba is untyped
    def __init__(self, manager: Any, kind: NowType) -> None:
        members = [("table", types.CPointer(types.int64)), ("column", types.int64)]
        super().__init__(manager, kind, members)


class NowParts:
    """What `now` points at, for the functions that write machine code.

    Parameters
    ----------
    context, builder
        numba's, of the function that is being written.
    value
        The two words of `now`.
    """

    def __init__(self, context: Any, builder: Any, value: Any) -> None:
        self.context, self.builder = context, builder
        parts = cgutils.create_struct_proxy(NOW)(context, builder, value=value)
        self.column = parts.column
        self._table = parts.table

    def count(self, name: str) -> Any:
        """Return one of the numbers at the end of the scene's table."""
        return self._load(self._table, SCENE_WORDS.index(name))

    def books(self) -> Any:
        """Return where the table of the books lies."""
        return self.builder.inttoptr(self.count("books"), _WORD.as_pointer())

    def length(self, name: str) -> Any:
        """Return how long an array of the books is."""
        return self._load(self.books(), 2 * _BOOKS.index(name) + 1)

    def place(self, name: str, index: Any) -> Any:
        """Return where an item of an array of the books or of the scene lies."""
        if name in BOOK_FIELDS:
            address = self._load(self.books(), 2 * _BOOKS.index(name))
        else:
            address = self.count(name)
        kind = self.context.get_data_type(NOW.arrays[name]).as_pointer()
        return self.builder.gep(self.builder.inttoptr(address, kind), [index], inbounds=True)

    def item(self, name: str, index: Any) -> Any:
        """Return an item of an array of numbers."""
        return self.builder.load(self.place(name, index))

    def field_place(self, name: str, row: Any, field: str) -> Any:
        """Return where a field of a row of a table lies."""
        record = NOW.arrays[name]
        kind = self.context.get_data_type(record.typeof(field))
        place = self.place(name, row)
        return cgutils.get_record_member(self.builder, place, record.offset(field), kind)

    def account(self, field: str) -> Any:
        """Return a figure of the account."""
        return self.builder.load(self.field_place("account", word(0), field))

    def holding(self, field: str) -> Any:
        """Return a figure of the instrument."""
        return self.builder.load(self.field_place("holdings", self.column, field))

    def view(self, kind: Any, first: Any, *shape: Any) -> Any:
        """Return an array over memory that somebody else keeps alive."""
        array = self.context.make_array(kind)(self.context, self.builder)
        size = self.context.get_abi_sizeof(self.context.get_data_type(kind.dtype))
        strides = [word(size)]
        for one in reversed(shape[1:]):
            strides.insert(0, self.builder.mul(strides[0], one))
        self.context.populate_array(
            array,
            data=first,
            shape=cgutils.pack_array(self.builder, shape),
            strides=cgutils.pack_array(self.builder, strides),
            itemsize=word(size),
            meminfo=None,
        )
        return array._getvalue()  # noqa: SLF001  # numba's own name for it

    def turned_to(self, column: Any) -> Any:
        """Return `now` of another instrument."""
        return make_now(self.context, self.builder, self._table, column)

    def _load(self, table: Any, at: int) -> Any:
        # Tables of addresses do not change while compiled code runs.
        loaded = self.builder.load(self.builder.gep(table, [word(at)], inbounds=True))
        loaded.set_metadata("invariant.load", self.builder.module.add_metadata([]))
        return loaded


def word(value: int) -> Any:
    """Return a whole number as machine code has it."""
    return _WORD(value)


def make_now(context: Any, builder: Any, table: Any, column: Any) -> Any:
    """Return the two words of `now`."""
    made = cgutils.create_struct_proxy(NOW)(context, builder)
    made.table, made.column = table, column
    return made._getvalue()  # noqa: SLF001  # numba's own name for it


@intrinsic  # type: ignore[untyped-decorator]  # numba is untyped
def begin(_typing: Any, table: Any) -> Any:
    """Return `now` of the first instrument, for the table of a scene."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        return make_now(context, builder, array.data, word(0))

    return NOW(table), write


@intrinsic  # type: ignore[untyped-decorator]  # numba is untyped
def turned_to(_typing: Any, now: Any, column: Any) -> Any:
    """Return `now` of the instrument of a column that there is."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        del signature
        return NowParts(context, builder, arguments[0]).turned_to(arguments[1])

    del column
    return NOW(now, types.int64), write


@intrinsic  # type: ignore[untyped-decorator]  # numba is untyped
def column_of(_typing: Any, now: Any) -> Any:
    """Return the instrument's column."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        del signature
        return NowParts(context, builder, arguments[0]).column

    return types.int64(now), write


@intrinsic  # type: ignore[untyped-decorator]  # numba is untyped
def books_of(_typing: Any, now: Any) -> Any:
    """Return the run's books."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        del signature
        return NowParts(context, builder, arguments[0]).books()

    return BundleType("Books", BOOK_FIELDS)(now), write


@intrinsic  # type: ignore[untyped-decorator]  # numba is untyped
def asked_in(_typing: Any, now: Any) -> Any:
    """Return the table of the terms that were asked."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        parts = NowParts(context, builder, arguments[0])
        first = parts.place("asked", word(0))
        return parts.view(signature.return_type, first, word(3), word(len(TERMS)))

    return _ASKED(now), write


@intrinsic  # type: ignore[untyped-decorator]  # numba is untyped
def refusal_in(_typing: Any, now: Any) -> Any:
    """Return the table that says which of them is refused."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        parts = NowParts(context, builder, arguments[0])
        return parts.view(signature.return_type, parts.place("refusal", word(0)), word(1))

    return _REFUSAL(now), write


@intrinsic  # type: ignore[untyped-decorator]  # numba is untyped
def note_pulse(_typing: Any, now: Any, bar: Any) -> Any:
    """Tell who watches from outside which bar is worked on."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        del signature
        place = NowParts(context, builder, arguments[0]).place("pulse", word(0))
        builder.store(arguments[1], place)
        return context.get_dummy_value()

    del bar
    return types.none(now, types.int64), write


@intrinsic  # type: ignore[untyped-decorator]  # numba is untyped
def call_at(_typing: Any, address: Any, now: Any, parameters: Any) -> Any:
    """Call the compiled function ``f(now, parameters) -> None`` that lies at an address.

    Notes
    -----
    What it raises is raised here. The caller is compiled once for all such functions.
    """

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        convention, kinds = context.call_conv, signature.args[1:]
        kind = convention.get_function_type(types.none, kinds)
        function = builder.inttoptr(arguments[0], kind.as_pointer())
        status, _ = convention.call_function(builder, function, types.none, kinds, arguments[1:])
        with cgutils.if_unlikely(builder, status.is_error):
            convention.return_status_propagate(builder, status)
        return context.get_dummy_value()

    del address
    return types.none(types.intp, now, parameters), write
