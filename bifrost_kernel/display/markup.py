"""HTML that cannot be broken out of: text is escaped unless it was built here."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_ALIGNMENTS = {"number": "bf-number", "text": "bf-text"}


class Markup(str):
    """A piece of finished HTML; everything else is text and gets escaped."""

    __slots__ = ()


def escape(value: object) -> str:
    """Return a value as HTML text; `Markup` passes as it is."""
    return str(value) if isinstance(value, Markup) else html.escape(str(value), quote=True)


def tag(name: str, *children: object, **attributes: object) -> Markup:
    """Return an element.

    Parameters
    ----------
    name
        The element's name, from the program and never from data.
    *children
        Text (escaped) or `Markup`.
    **attributes
        Values are escaped; None leaves the attribute out, True writes it bare. A trailing
        underscore is dropped and others become hyphens: ``class_``, ``data_bf_chart``.
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    inner = "".join(escape(child) for child in children)
    return Markup(f"<{name}{written}>{inner}</{name}>")


def join(pieces: Iterable[object], between: str = "") -> Markup:
    """Return pieces one after the other, each escaped unless it is `Markup`."""
    return Markup(html.escape(between).join(escape(piece) for piece in pieces))


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    numeric: Iterable[int] = (),
    caption: str = "",
    class_: str = "",
) -> Markup:
    """Return a table in a frame that scrolls sideways when it is narrow.

    Parameters
    ----------
    columns
        Headings.
    rows
        Cells: text (escaped) or `Markup`.
    numeric
        Positions of the columns that align to the right.
    caption
        Read out by screen readers.
    class_
        Further classes of the table.
    """
    right = frozenset(numeric)
    kinds = [_ALIGNMENTS["number" if at in right else "text"] for at in range(len(columns))]
    head = join(
        tag("th", one, class_=kind, scope="col") for one, kind in zip(columns, kinds, strict=True)
    )
    body = join(
        tag("tr", join(tag("td", cell, class_=kind) for cell, kind in zip(row, kinds, strict=True)))
        for row in rows
    )
    label = tag("caption", caption, class_="bf-hidden") if caption else ""
    whole = tag(
        "table", label, tag("thead", tag("tr", head)), tag("tbody", body),
        class_=f"bf-table {class_}".strip(),
    )  # fmt: skip
    return tag("div", whole, class_="bf-scroll")


def fold(summary: str, *children: object, is_open: bool = False) -> Markup:
    """Return a part that opens on a click."""
    return tag(
        "details", tag("summary", summary), *children, class_="bf-fold", open=is_open or None
    )


def script_json(value: Any) -> Markup:
    """Return JSON that is safe inside a script element: no ``<``, ``>``, ``&`` in it."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def safe_script(source: str) -> Markup:
    """Return source code for a script element, which it cannot close before its end."""
    return Markup(source.replace("</", "<\\/"))


def pairs_table(pairs: Mapping[str, object], *, class_: str = "") -> Markup:
    """Return names and values as a definition list."""
    items = join(tag("div", tag("dt", name), tag("dd", value)) for name, value in pairs.items())
    return tag("dl", items, class_=f"bf-pairs {class_}".strip())


def _attribute(key: str, value: object) -> str:
    if value is None:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{html.escape(str(value), quote=True)}"'
