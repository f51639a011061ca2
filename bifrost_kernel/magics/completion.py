"""What can stand at the cursor in a magic's line, from the same table and the desk's cache."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bifrost_kernel.domain.errors import BifrostError
from bifrost_kernel.domain.strategies import Strategy
from bifrost_kernel.magics.parser import choose_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bifrost_kernel.domain.strategies import Parameter
    from bifrost_kernel.magics.forms import Command, Form, Option

_LINE = re.compile(r"\s*(?:[^\W\d][\w., ]*=\s*)?(%%?)(\w+)[ \t]+(.*)\Z", re.DOTALL)
_ASSIGNED = re.compile(r"([^\W\d]\w*)=(.*)\Z")


@dataclass(frozen=True, slots=True)
class Completions:
    """Candidates, best first, for the fragment before the cursor.

    Parameters
    ----------
    fragment
        The text that a candidate replaces.
    items
        (text, type) pairs; every text begins with the fragment, in any case.
    """

    fragment: str
    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Place:
    desk: Any
    namespace: Mapping[str, Any]
    form: Form
    command: Command
    words: tuple[str, ...]
    fragment: str


def split_magic(before: str) -> tuple[bool, str, str] | None:
    """Read the text before the cursor as a magic's line.

    Returns
    -------
    (is_cell, name, rest) or None
        None when it is not the line of a magic, or the name is still being typed.
    """
    match = _LINE.match(before)
    return None if match is None else (match[1] == "%%", match[2], match[3])


def complete(
    command: Command, rest: str, desk: Any, namespace: Mapping[str, Any], *, is_cell: bool = False
) -> Completions:
    """Return what can stand at the end of `rest`.

    Parameters
    ----------
    command
        The magic's table.
    rest
        The line after the magic's name, up to the cursor.
    desk
        Answers `known` and `parameters_of` from its cache.
    namespace
        The notebook's variables: strategies declared in cells are found there.
    is_cell
        True in the first line of a cell form.
    """
    fragment = re.split(r"\s", rest)[-1]
    words = _split(rest[: len(rest) - len(fragment)])
    if words is None or (is_cell and command.cell is None):
        return Completions(fragment, ())
    form = choose_form(command, words, is_cell=is_cell)
    place = _Place(desk, namespace, form, command, tuple(words), fragment)
    lead, typed, candidates = _candidates(place)
    if not lead and "," in typed:
        lead, typed = typed[: typed.rindex(",") + 1], typed[typed.rindex(",") + 1 :]
    low = typed.lower()
    unique = dict.fromkeys(
        (text, kind) for text, kind in candidates if text.lower().startswith(low)
    )
    return Completions(typed if not lead else fragment, tuple((lead + t, k) for t, k in unique))


def _split(text: str) -> list[str] | None:
    try:
        return shlex.split(text)
    except ValueError:
        return None


def _candidates(place: _Place) -> tuple[str, str, Iterable[tuple[str, str]]]:
    fragment = place.fragment
    awaited = _awaited_option(place)
    if awaited is not None:
        return "", fragment, _values(awaited, place)
    if fragment.startswith("-"):
        name, equals, typed = fragment.removeprefix("--").partition("=")
        if equals:
            found = place.form.option(name)
            return f"--{name}=", typed, _values(found[0], place) if found else ()
        return "", fragment, _options(place)
    assigned = _ASSIGNED.match(fragment)
    if assigned and place.form.parameters:
        return f"{assigned[1]}=", assigned[2], _parameter_values(assigned[1], place)
    return "", fragment, _bare(place)


def _awaited_option(place: _Place) -> Option | None:
    if not place.words or not place.words[-1].startswith("--") or "=" in place.words[-1]:
        return None
    found = place.form.option(place.words[-1][2:])
    return found[0] if found and not found[0].kind.is_switch else None


def _options(place: _Place) -> Iterator[tuple[str, str]]:
    given = {word.partition("=")[0] for word in place.words}
    many = {f"--{one.name}" for one in place.form.options if one.is_many}
    for text in place.form.spellings():
        opposite = "--" + (text[5:] if text.startswith("--no-") else "no-" + text[2:])
        if text in many or not given & {text, opposite}:
            yield text, "option"
    if not place.words:
        yield from ((one.selector, "option") for one in place.command.forms if one.is_flagged)
        yield "--help", "option"


def _values(option: Option, place: _Place) -> Iterator[tuple[str, str]]:
    yield from ((one, "value") for one in (*option.kind.choices, *option.kind.suggestions))
    yield from _known(option.source, place)


def _bare(place: _Place) -> Iterator[tuple[str, str]]:
    count = len(_bare_words(place.form, place.words))
    if not place.words and place.form is place.command.forms[0]:
        selectors = (one.selector for one in place.command.forms if not one.is_flagged)
        yield from ((one, "keyword") for one in selectors if one)
    awaited = [
        word for position, word in enumerate(place.form.words) if word.is_many or position >= count
    ]
    if awaited:
        yield from _known(awaited[0].source, place)
    if place.form.parameters:
        given = {word.partition("=")[0] for word in place.words if "=" in word}
        names = (one.name for one in _parameters(place) if one.name not in given)
        yield from ((f"{name}=", "param") for name in names)


def _bare_words(form: Form, words: Sequence[str]) -> list[str]:
    bare: list[str] = []
    is_value = False
    for word in words:
        if is_value:
            is_value = False
        elif word.startswith("--"):
            found = form.option(word[2:])
            is_value = found is not None and not found[0].kind.is_switch
        elif not _ASSIGNED.match(word) and word != form.selector:
            bare.append(word)
    return bare


def _known(source: str, place: _Place) -> Iterator[tuple[str, str]]:
    for kind in filter(None, source.split(",")):
        if kind == "strategies":
            yield from ((name, "strategy") for name in _declared(place.namespace))
        if kind == "variables":
            names = (name for name in place.namespace if not name.startswith("_"))
            yield from ((name, "variable") for name in names)
        else:
            yield from ((name, _TYPES.get(kind, kind)) for name in place.desk.known(kind))


def _declared(namespace: Mapping[str, Any]) -> list[str]:
    return [
        name
        for name, value in list(namespace.items())
        if not name.startswith("_") and (isinstance(value, Strategy) or is_native_class(value))
    ]


def is_native_class(value: object) -> bool:
    """Tell whether `value` is a Backtrader strategy class, without importing Backtrader."""
    return isinstance(value, type) and any(
        base.__name__ == "Strategy" and base.__module__.startswith("backtrader.")
        for base in value.__mro__[1:]
    )


def _parameters(place: _Place) -> tuple[Parameter, ...]:
    bare = _bare_words(place.form, place.words)
    takes_strategy = place.form.words and place.form.words[0].name == "strategy"
    if not bare or not takes_strategy:
        return ()
    try:
        found: tuple[Parameter, ...] = place.desk.parameters_of(bare[0], namespace=place.namespace)
    except BifrostError:
        return ()
    return found


def _parameter_values(name: str, place: _Place) -> Iterator[tuple[str, str]]:
    for one in _parameters(place):
        if one.name != name:
            continue
        if isinstance(one.default, bool):
            yield from (("true", "value"), ("false", "value"))
        elif one.choices:
            yield from ((choice, "value") for choice in one.choices)
        else:
            yield str(one.default), "value"


_TYPES = {
    "symbols": "symbol",
    "universes": "universe",
    "runs": "run",
    "providers": "value",
    "simulators": "value",
    "reports": "report",
}
