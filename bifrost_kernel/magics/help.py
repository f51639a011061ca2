"""The help text of a magic, made from its table."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bifrost_kernel.magics.forms import Command, Form, Option

_WIDTH = 96


class HelpText:
    """A help text that a cell shows as it is."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def describe(command: Command, prefix: str = "") -> str:
    """Return the full help of a magic: usage, words, options with defaults, examples.

    Parameters
    ----------
    command
        The magic's table.
    prefix
        What stands before its name in this shell.
    """
    forms = [*command.forms, *([command.cell] if command.cell else [])]
    parts = [command.summary]
    parts.append(_section("Usage", _rows((command.usage(f, prefix), f.summary) for f in forms)))
    words = {word.metavar: word.summary for form in forms for word in form.words}
    if words:
        parts.append(_section("Words", _rows(words.items())))
    takers = list(dict.fromkeys(form.parameters for form in forms if form.parameters))
    if takers:
        row = ("name=value", f"a parameter of {' or '.join(takers)}; number, true, false or text")
        parts.append(_section("Parameters", _rows([row])))
    parts += [_section(title, _rows(rows)) for title, rows in _option_tables(command, forms)]
    parts.append(_section("Examples", _examples(command, prefix)))
    if command.note:
        parts.append(textwrap.fill(command.note, _WIDTH))
    return "\n\n".join(parts) + "\n"


def _option_tables(
    command: Command, forms: Sequence[Form]
) -> list[tuple[str, list[tuple[str, str]]]]:
    tables: list[tuple[str, list[tuple[str, str]]]] = []
    shown: set[str] = set()
    for form in forms:
        rows = [
            (one.usage, _option_text(one))
            for one in form.options
            if f"{form.selector}/{one.name}" not in shown and one.name not in shown
        ]
        shown |= {one.name if not form.selector else f"{form.selector}/{one.name}"
                  for one in form.options}  # fmt: skip
        if rows:
            title = f"Options of `{command.name} {form.selector}`" if form.selector else "Options"
            if form is command.cell:
                title = "Options of the cell form, besides those above"
            tables.append((title, rows))
    return tables


def _option_text(option: Option) -> str:
    text = option.summary
    if option.kind.choices:
        text += f": {', '.join(option.kind.choices)}"
    if option.is_many:
        text += "; may be given more than once"
    if option.kind.is_switch:
        return f"turn off: {text}" if option.default is True else text
    return text if option.default is None else f"{text} [{_shown(option.default)}]"


def _shown(default: object) -> str:
    if isinstance(default, float) and default.is_integer() and abs(default) >= 1000:
        return f"{default:,.0f}".replace(",", "_")
    return f"{default:g}" if isinstance(default, float) else str(default)


def _examples(command: Command, prefix: str) -> str:
    lines = [
        (line.replace(f"%{command.name}", f"%{prefix}{command.name}"), note)
        for line, note in command.examples
    ]
    text = _rows(lines)
    if command.cell_example:
        cell = command.cell_example.replace(f"%%{command.name}", f"%%{prefix}{command.name}")
        text += "\n\n" + textwrap.indent(cell, "    ")
    return text


def _section(title: str, body: str) -> str:
    return f"{title}\n{body}"


def _rows(pairs: Iterable[tuple[str, str]]) -> str:
    rows = list(pairs)
    width = min(max(len(left) for left, _ in rows), 34)
    lines = []
    for left, right in rows:
        wrapped = textwrap.wrap(right, _WIDTH - width - 6) or [""]
        if len(left) > width:
            lines.append(f"    {left}")
            lines += [f"    {'':{width}}  {one}" for one in wrapped]
        else:
            lines.append(f"    {left:{width}}  {wrapped[0]}".rstrip())
            lines += [f"    {'':{width}}  {one}" for one in wrapped[1:]]
    return "\n".join(lines)
