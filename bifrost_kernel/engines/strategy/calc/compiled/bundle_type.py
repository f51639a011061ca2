"""A named tuple of arrays as compiled code sees it: one pointer, whatever it holds.

Handed over by value, a tuple of two dozen arrays would be taken apart and counted at every call
between compiled functions; that costs most of a minute of compiling, and time in every run.

Imports numba: load it on first use only.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate
from numba.extending import NativeValue, infer_getattr, models, register_model, typeof_impl, unbox
from numba.np.numpy_support import from_dtype

from bifrost_kernel.engines.strategy.calc.compiled.books import BOOK_FIELDS, Books
from bifrost_kernel.engines.strategy.calc.plan import WISH_FIELDS, Wishes

_WORD = ir.IntType(64)
_WORDS_PER_ARRAY = 2


class BundleType(types.Type):
    """The type of a named tuple whose arrays are found by their addresses.

    Parameters
    ----------
    name
        The tuple's.
    fields
        numpy's type of each array's items, by name, in the tuple's order.
    """

    def __init__(self, name: str, fields: dict[str, Any]) -> None:
        self.arrays = {one: types.Array(from_dtype(kind), 1, "C") for one, kind in fields.items()}
        super().__init__(name)


_KINDS = {Books: BundleType("Books", BOOK_FIELDS), Wishes: BundleType("Wishes", WISH_FIELDS)}


@typeof_impl.register(Books)  # type: ignore[untyped-decorator]  # numba is untyped
@typeof_impl.register(Wishes)  # type: ignore[untyped-decorator]  # likewise
def _type_of(value: Any, _context: Any) -> BundleType:
    return _KINDS[type(value)]


@register_model(BundleType)
class _BundleModel(models.PrimitiveModel):  # type: ignore[misc]  # likewise
    def __init__(self, manager: Any, kind: BundleType) -> None:
        super().__init__(manager, kind, _WORD.as_pointer())


@unbox(BundleType)  # type: ignore[untyped-decorator]  # likewise
def _unbox(_kind: BundleType, value: Any, build: Any) -> NativeValue:
    table = types.Array(types.int64, 1, "C")
    addresses = build.pyapi.object_getattr_string(value, "addresses")
    native = build.pyapi.to_native_value(table, addresses)
    pointer = build.context.make_array(table)(build.context, build.builder, native.value).data
    build.context.nrt.decref(build.builder, table, native.value)
    build.pyapi.decref(addresses)
    return NativeValue(pointer, is_error=native.is_error)


@infer_getattr
class _BundleAttributes(AttributeTemplate):  # type: ignore[misc]  # likewise
    key = BundleType

    def generic_resolve(self, kind: BundleType, name: str) -> Any:
        return kind.arrays.get(name)


@lower_getattr_generic(BundleType)  # type: ignore[untyped-decorator]  # likewise
def read_array(context: Any, builder: Any, kind: BundleType, value: Any, name: str) -> Any:
    """Write the machine code that finds an array of a bundle.

    Parameters
    ----------
    context, builder
        numba's, of the function that is being written.
    kind, value
        The bundle's type, and its one word.
    name
        The array's.

    Returns
    -------
    value
        Of the type ``kind.arrays[name]``; whoever called the compiled function keeps it alive.
    """
    at = list(kind.arrays).index(name) * _WORDS_PER_ARRAY
    array_kind = kind.arrays[name]
    address, length = (_load(builder, value, at + one) for one in range(_WORDS_PER_ARRAY))
    items = context.get_data_type(array_kind.dtype).as_pointer()
    size = context.get_constant(types.intp, context.get_abi_sizeof(items.pointee))
    array = context.make_array(array_kind)(context, builder)
    context.populate_array(
        array,
        data=builder.inttoptr(address, items),
        shape=cgutils.pack_array(builder, [length]),
        strides=cgutils.pack_array(builder, [size]),
        itemsize=size,
        meminfo=None,
    )
    return array._getvalue()  # noqa: SLF001  # numba's own name for it


def _load(builder: Any, value: Any, at: int) -> Any:
    loaded = builder.load(builder.gep(value, [_WORD(at)], inbounds=True))
    loaded.set_metadata("invariant.load", builder.module.add_metadata([]))
    return loaded
