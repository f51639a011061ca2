"""The one parser of all magics: words in, what the desk is asked for out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bifrost_kernel.domain.errors import InvalidInputError, UnknownNameError
from bifrost_kernel.domain.reading import read_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bifrost_kernel.domain.strategies import Value
    from bifrost_kernel.magics.forms import Command, Form, Option, Word

_PARAMETER = re.compile(r"([^\W\d][\w-]*)=(.*)\Z", re.DOTALL)
_NEGATIVE = re.compile(r"-[.\d]")


@dataclass(slots=True)
class Parsed:
    """What a line says.

    Parameters
    ----------
    form
        The form that was chosen.
    values
        Words and options that were given, by the desk's keyword.
    parameters
        The ``name=value`` words, typed.
    """

    form: Form
    values: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Value] = field(default_factory=dict)


def choose_form(command: Command, words: Sequence[str], *, is_cell: bool = False) -> Form:
    """Return the form of `command` that `words` are written in.

    Raises
    ------
    InvalidInputError
        It is the cell form of a magic that has none.
    """
    if is_cell:
        if command.cell is None:
            raise InvalidInputError(
                f"%%{command.name} has no cell form. Write it on one line with one percent sign: "
                f"`{command.examples[0][0]}`.",
                context={"name": command.name},
            )
        return command.cell
    for form in command.forms:
        if form.is_flagged and any(_is_selector(form, word) for word in words):
            return form
        if form.selector and words and words[0] == form.selector:
            return form
    return command.forms[0]


def parse(command: Command, words: Sequence[str], *, is_cell: bool = False) -> Parsed:
    """Read the words of a line.

    Parameters
    ----------
    command
        The magic's table.
    words
        The line, split and unquoted.
    is_cell
        True for the cell form.

    Returns
    -------
    Parsed
        Only what was given; defaults are the desk's business.

    Raises
    ------
    InvalidInputError
        A word is missing, is one too many, or has a value that cannot be read.
    UnknownNameError
        An option that the form does not have, with the nearest one it has.
    """
    form = choose_form(command, words, is_cell=is_cell)
    parsed = Parsed(form)
    bare: list[str] = []
    rest = list(words)
    is_selected = not form.selector
    while rest:
        word = rest.pop(0)
        if not is_selected and _is_selector(form, word):
            is_selected = True
            rest[:0] = [word.partition("=")[2]] if "=" in word else []
        elif word.startswith("-") and len(word) > 1 and not _NEGATIVE.match(word):
            _take_option(command, parsed, word, rest)
        elif word.startswith("="):
            _refuse_spaces(bare, word, rest)
        elif (match := _PARAMETER.match(word)) is not None:
            _take_parameter(command, parsed, match[1], match[2])
        else:
            bare.append(word)
    _take_words(command, parsed, bare)
    return parsed


def _refuse_spaces(bare: Sequence[str], word: str, rest: Sequence[str]) -> None:
    name = bare[-1] if bare else "name"
    value = word[1:] or (rest[0] if rest else "value")
    raise InvalidInputError(
        f"{word!r}: expected name=value without spaces. Write {name}={value}",
        context={"value": word},
    )


def _is_selector(form: Form, word: str) -> bool:
    return word == form.selector or (form.is_flagged and word.startswith(form.selector + "="))


def _take_option(command: Command, parsed: Parsed, word: str, rest: list[str]) -> None:
    name, equals, attached = word.removeprefix("--").partition("=")
    found = parsed.form.option(name) if word.startswith("--") else None
    if found is None:
        _refuse_option(command, parsed.form, word.partition("=")[0])
        return
    option, is_positive = found
    label = f"--{name}"
    if option.kind.is_switch:
        value = option.kind.read(label, attached) if equals else True
        value = value if is_positive else not value
    else:
        if not equals:
            if not rest or (rest[0].startswith("-") and not _NEGATIVE.match(rest[0])):
                was = repr(rest[0]) if rest else "nothing"
                raise InvalidInputError(
                    f"{label}: expected a value ({option.usage}), was {was}",
                    context={"name": label},
                )
            attached = rest.pop(0)
        value = option.kind.read(label, attached)
    _put(parsed.values, option, label, value)


def _put(values: dict[str, Any], option: Option, label: str, value: object) -> None:
    if option.is_many:
        values[option.argument] = (*values.get(option.argument, ()), value)
        return
    if option.argument in values:
        raise InvalidInputError(
            f"{label}: given twice, expected once", context={"name": label, "value": value}
        )
    values[option.argument] = value


def _refuse_option(command: Command, form: Form, typed: str) -> None:
    others = [one for one in command.forms if one.is_flagged and one is not form]
    shown = f"%{command.name} {form.selector}".strip()
    for other in others:
        if other.selector == typed:
            raise InvalidInputError(
                f"{typed} stands alone: write `{command.usage(other)}`, not with `{shown}`",
                context={"name": typed},
            )
    known = [*form.spellings(), "--help", *(one.selector for one in others)]
    bare = typed.lstrip("-")
    way_out = f"`%{command.name}?` lists them."
    if form.parameters and bare.isidentifier():
        way_out += f" A parameter of {form.parameters} is written {bare}=VALUE."
    raise UnknownNameError.of("option", typed, known, way_out)


def _take_parameter(command: Command, parsed: Parsed, name: str, text: str) -> None:
    form = parsed.form
    if not form.parameters:
        usage = command.usage(form)
        if form.option(name.replace("_", "-")):
            raise InvalidInputError(
                f"{name}={text}: an option is written --{name.replace('_', '-')} {text}",
                context={"name": name},
            )
        raise InvalidInputError(
            f"{name}={text}: `{usage}` takes no name=value words. `%{command.name}?` shows how.",
            context={"name": name},
        )
    if name in parsed.parameters:
        raise InvalidInputError(f"{name}: given twice, expected once", context={"name": name})
    parsed.parameters[name] = read_value(text)


def _take_words(command: Command, parsed: Parsed, bare: list[str]) -> None:
    left = list(bare)
    for word in parsed.form.words:
        if not left:
            if word.is_optional:
                continue
            raise InvalidInputError(
                f"{word.metavar} is missing: write `{command.usage(parsed.form)}`"
                f"{_for_example(command, parsed.form)}",
                context={"name": word.metavar},
            )
        parsed.values[word.name] = _read_many(word, left) if word.is_many else _read_one(word, left)
    if left:
        raise InvalidInputError(
            f"word {left[0]!r} is one too many: `{command.usage(parsed.form)}` is all it takes",
            context={"value": left[0]},
        )


def _read_one(word: Word, left: list[str]) -> object:
    return word.kind.read(word.metavar, left.pop(0))


def _read_many(word: Word, left: list[str]) -> tuple[object, ...]:
    parts = [part for one in left for part in one.split(",") if part]
    left.clear()
    return tuple(word.kind.read(word.metavar, part) for part in parts)


def _for_example(command: Command, form: Form) -> str:
    line = _example(command, form)
    return f", for example `{line}`" if line != command.usage(form) else ""


def _example(command: Command, form: Form) -> str:
    if form is command.cell:
        return command.cell_example.splitlines()[0]
    lines = [line for line, _ in command.examples]
    for line in lines:
        if form.selector and form.selector in line.split():
            return line
    return command.usage(form) if form.selector else lines[0]
