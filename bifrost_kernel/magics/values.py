"""How one word of a line becomes a value; every reader refuses in one line."""

from __future__ import annotations

from dataclasses import dataclass
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

from bifrost_kernel.domain.bars import BarSpec
from bifrost_kernel.domain.errors import InvalidInputError, UnknownNameError
from bifrost_kernel.domain.reading import read_date, read_sizing, read_value

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

_SWITCHES = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value that a word can have.

    Parameters
    ----------
    metavar
        How the value is called in a usage line: ``DATE``.
    read
        ``read(name, text)`` returns the value, or raises `InvalidInputError`.
    choices
        Every allowed word, where there is a fixed set.
    suggestions
        Words to offer, where any of the right form will do.
    """

    metavar: str
    read: Callable[[str, str], Any]
    choices: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()

    @property
    def is_switch(self) -> bool:
        """True for a kind that is written without a value."""
        return self is SWITCH


def choice(metavar: str, *names: str) -> Kind:
    """Return the kind whose value is one of `names`."""
    words = tuple(str(one) for one in names)  # an enum's members as plain words

    def read(name: str, text: str) -> str:
        if text not in words:
            raise UnknownNameError.of(f"value of {name}", text, words)
        return text

    return Kind(metavar, read, words)


def _read_text(name: str, text: str) -> str:
    if not text.strip():
        raise _refusal(name, "a word", text)
    return text


def _read_number(name: str, text: str) -> float:
    value = read_value(text)
    if isinstance(value, (str, bool)):
        raise _refusal(name, "a number", text)
    return float(value)


def _read_fraction(name: str, text: str) -> float:
    value = read_value(text.removesuffix("%"))
    if isinstance(value, (str, bool)):
        raise _refusal(name, "a number such as 0.001 or 0.1%", text)
    return value / 100 if text.endswith("%") else float(value)


def _read_count(name: str, text: str) -> int:
    value = read_value(text)
    if type(value) is not int or value < 1:
        raise _refusal(name, "a whole number of at least 1", text)
    return value


def _read_first_date(name: str, text: str) -> date | None:
    return read_date(text, name)


def _read_last_date(name: str, text: str) -> date | None:
    return read_date(text, name, is_end=True)


def _read_size(_: str, text: str) -> str:
    read_sizing(text)
    return text


def _read_interval(_: str, text: str) -> str:
    return str(BarSpec.parse(text))


def _read_switch(name: str, text: str) -> bool:
    if text.lower() not in _SWITCHES:
        raise _refusal(name, "true or false", text)
    return _SWITCHES[text.lower()]


def _read_name(name: str, text: str) -> str:
    if not text.isidentifier() or iskeyword(text):
        raise _refusal(name, "the name of a variable", text)
    return text


def _read_columns(name: str, text: str) -> dict[str, str]:
    columns: dict[str, str] = {}
    for pair in text.split(","):
        field, equals, column = pair.partition("=")
        if not equals or not field.strip() or not column.strip():
            raise _refusal(name, "FIELD=COLUMN pairs such as close=Close,volume=Vol", text)
        columns[field.strip()] = column.strip()
    return columns


def _refusal(name: str, expected: str, text: str) -> InvalidInputError:
    return InvalidInputError(
        f"{name}: expected {expected}, was {text!r}", context={"name": name, "value": text}
    )


TEXT = Kind("TEXT", _read_text)
ENGINE = Kind("NAME", _read_text, suggestions=("auto",))
NUMBER = Kind("NUMBER", _read_number)
FRACTION = Kind("FRACTION", _read_fraction)
COUNT = Kind("COUNT", _read_count)
FIRST_DATE = Kind("DATE", _read_first_date)
LAST_DATE = Kind("DATE", _read_last_date)
SIZE = Kind("SIZE", _read_size, suggestions=("95%", "100%", "100"))
INTERVAL = Kind("BAR", _read_interval, suggestions=("1d", "1w", "1h", "30m", "15m", "5m", "1m"))
SWITCH = Kind("", _read_switch)
NAME = Kind("NAME", _read_name)
COLUMNS = Kind("FIELD=COLUMN,...", _read_columns)
