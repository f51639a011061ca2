"""A magic as a table: from it come the parser, the help text and the completion.

::

    Command            %backtest
    └── Form           %backtest STRATEGY SYMBOL...   |   %backtest --compare RUN RUN   | ...
        ├── Word       STRATEGY, SYMBOL...            what is written bare, in order
        ├── Option     --start DATE                   what is written anywhere
        └── parameters fast=10                        what belongs to the strategy or report
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bifrost_kernel.magics.values import TEXT, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bifrost_kernel.domain.strategies import Value


@dataclass(frozen=True, slots=True)
class Word:
    """What is written bare, in its place.

    Parameters
    ----------
    name, summary
        ``symbols``, and one line on it.
    metavar
        How it stands in a usage line: ``SYMBOL``.
    source
        Comma-separated kinds of `Desk.known` that complete it.
    is_optional, is_many
        May be left out; takes all words that are left (commas separate too).
    kind
        How it is read.
    """

    name: str
    summary: str
    metavar: str
    source: str = ""
    is_optional: bool = False
    is_many: bool = False
    kind: Kind = TEXT

    @property
    def usage(self) -> str:
        """The word in a usage line: ``SYMBOL...``."""
        shown = f"{self.metavar}..." if self.is_many else self.metavar
        return f"[{shown}]" if self.is_optional else shown


@dataclass(frozen=True, slots=True)
class Option:
    """What is written ``--name value``, anywhere on the line.

    Parameters
    ----------
    name, summary
        ``commission-kind``, and one line on it with the unit.
    kind
        How its value is read.
    default
        What holds without it, for the help text: the desk's own default.
    source
        Kind of `Desk.known` that completes its value.
    is_many
        May be given more than once; the values are gathered.
    keyword
        The desk's keyword, where it is not the name with underscores.
    """

    name: str
    summary: str
    kind: Kind = TEXT
    default: object = None
    source: str = ""
    is_many: bool = False
    keyword: str = ""

    @property
    def argument(self) -> str:
        """The desk's keyword for it."""
        return self.keyword or self.name.replace("-", "_")

    @property
    def usage(self) -> str:
        """The option in a usage line: ``--start DATE``, ``--no-short-cash``."""
        if self.kind.is_switch:
            return f"--no-{self.name}" if self.default is True else f"--{self.name}"
        return f"--{self.name} {self.kind.metavar}"


@dataclass(frozen=True, slots=True)
class Request:
    """A line that was read: what to ask of the desk.

    Parameters
    ----------
    desk
        The desk that answers.
    shell
        The shell that the line was typed into.
    namespace
        The notebook's variables.
    values
        What was given, by the desk's keyword; what was not given is not there.
    parameters
        The ``name=value`` words.
    body
        The cell's body in the cell form, else None.
    """

    desk: Any
    shell: Any
    namespace: Mapping[str, Any]
    values: dict[str, Any]
    parameters: dict[str, Value]
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a magic.

    Parameters
    ----------
    selector
        The word (``add``) or option (``--last``) that chooses this form; empty = the plain form.
    summary
        What it does, in one line.
    verb
        Turns the request into a call of the desk.
    words, options
        What may be written.
    parameters
        Whose ``name=value`` words it takes: ``the strategy``; empty = it takes none.
    """

    selector: str
    summary: str
    verb: Callable[[Request], object]
    words: tuple[Word, ...] = ()
    options: tuple[Option, ...] = ()
    parameters: str = ""

    @property
    def is_flagged(self) -> bool:
        """True when an option, not a word, chooses it."""
        return self.selector.startswith("--")

    def option(self, name: str) -> tuple[Option, bool] | None:
        """Return the option that ``--name`` means and False when it is its ``--no-`` form."""
        for one in self.options:
            if one.name == name:
                return one, True
            if one.kind.is_switch and name == f"no-{one.name}":
                return one, False
        return None

    def spellings(self) -> list[str]:
        """Return every option as it can be typed."""
        typed = []
        for one in self.options:
            positive, negative = f"--{one.name}", f"--no-{one.name}"
            if not one.kind.is_switch:
                typed.append(positive)
            elif one.default is True:
                typed += [negative, positive]
            else:
                typed += [positive, negative]
        return typed


@dataclass(frozen=True, slots=True)
class Command:
    """A magic.

    Parameters
    ----------
    name, summary
        ``backtest``, and what it does in one line.
    forms
        Its line forms; the first is the plain one.
    examples
        (line, what it shows) pairs; the first stands for the magic in ``%bifrost``.
    cell
        Its cell form, if it has one.
    cell_example
        A whole cell, if it has a cell form.
    note
        What a reader of the help must know besides.
    """

    name: str
    summary: str
    forms: tuple[Form, ...]
    examples: tuple[tuple[str, str], ...]
    cell: Form | None = None
    cell_example: str = ""
    note: str = ""

    def usage(self, form: Form, prefix: str = "") -> str:
        """Return a form's usage line."""
        sign = "%%" if form is self.cell else "%"
        parts = [f"{sign}{prefix}{self.name}"]
        if form.selector:
            parts.append(form.selector)
        parts += [one.usage for one in form.words]
        if form.parameters:
            parts.append("[name=value ...]")
        if form.options:
            parts.append("[options]")
        return " ".join(parts)
