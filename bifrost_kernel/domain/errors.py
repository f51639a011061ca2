"""Every error that Bifrost raises on purpose.

::

    BifrostError
    ├── InvalidInputError         a value that cannot be used (also a ValueError)
    │   └── UnknownNameError      a name that nothing answers to, with the nearest one
    ├── DataError                 market data that must not be used
    │   ├── NoDataError           nothing there for what was asked
    │   └── CorruptDataError      there, but broken
    ├── ProviderError             an outside source failed
    ├── StorageError              the home folder or a file in it failed
    ├── SimulationError           a strategy or a simulator failed in mid-run
    ├── MissingExtraError         an optional package is not installed
    └── ReportError               a report that did not run to its end

    KeyboardInterrupt
    └── InterruptedRunError       a person stopped it; `except Exception` lets it through

A business "no" is a value with a reason; an error is a broken contract.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


_NEAR, _SHOWN = 64, 120


class BifrostError(Exception):
    """Base of every error raised on purpose.

    Parameters
    ----------
    message
        One line: what, which value, what was expected, the way out. Line breaks become spaces,
        and of more than `longest` characters the middle is left out.
    code
        Stable, machine-readable word for the kind of failure.
    context
        The values that the message speaks of.
    """

    default_code = "error"
    longest = 600

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> None:
        self.message = _one_line(message, self.longest)
        super().__init__(self.message)
        self.code = code or self.default_code
        self.context: dict[str, Any] = dict(context or {})

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.message, self.code, self.context))


def _rebuild(
    kind: type[BifrostError], message: str, code: str, context: dict[str, Any]
) -> BifrostError:
    return kind(message, code=code, context=context)


class InvalidInputError(BifrostError, ValueError):
    """A value that cannot be used."""

    default_code = "invalid-input"


class UnknownNameError(InvalidInputError):
    """A name that nothing answers to."""

    default_code = "unknown-name"

    @classmethod
    def of(cls, kind: str, name: object, known: Iterable[str], way_out: str = "") -> Self:
        """Build the error for `name`, suggesting the nearest known one."""
        names = sorted(set(known))
        near = difflib.get_close_matches(str(name)[:_NEAR], names, n=1, cutoff=0.5)
        hint = f", did you mean {near[0]!r}?" if near else f": known are {_shorten(names)}."
        tail = f" {way_out}" if way_out else ""
        return cls(
            f"unknown {kind} {_shown(name)}{hint}{tail}",
            context={"kind": kind, "name": name, "nearest": near[0] if near else None},
        )


class DataError(BifrostError):
    """Market data that must not be used."""

    default_code = "data"


class NoDataError(DataError):
    """There is nothing for what was asked."""

    default_code = "no-data"


class CorruptDataError(DataError):
    """The data is there, but broken."""

    default_code = "corrupt-data"


class ProviderError(BifrostError):
    """An outside source of data failed or answered nonsense."""

    default_code = "provider"


class StorageError(BifrostError):
    """The home folder, or a file in it, failed."""

    default_code = "storage"


class SimulationError(BifrostError):
    """A strategy or a simulator failed in mid-run."""

    default_code = "simulation"


class MissingExtraError(BifrostError, ImportError):
    """An optional package is not installed."""

    default_code = "missing-extra"

    @classmethod
    def of(cls, what: str, extra: str) -> Self:
        """Build the error that names the extra to install."""
        return cls(
            f"{what} needs the extra {extra!r}, which is not installed. "
            f'Install it with: pip install "bifrost_kernel[{extra}]"',
            context={"extra": extra},
        )


class ReportError(BifrostError):
    """A report that did not run to its end."""

    default_code = "report"


def require(condition: object, name: str, value: object, expected: str, way_out: str = "") -> None:
    """Raise `InvalidInputError` unless `condition` holds.

    Parameters
    ----------
    condition
        What must be true.
    name, value
        The parameter that is judged, for the message.
    expected
        What the value should have been: ``"a positive number"``.
    way_out
        One sentence on what to do about it.
    """
    if not condition:
        tail = f". {way_out}" if way_out else ""
        raise InvalidInputError(
            f"{name}: expected {expected}, was {_shown(value)}{tail}",
            context={"name": name, "value": value},
        )


class InterruptedRunError(KeyboardInterrupt):
    """A run that a person stopped.

    Parameters
    ----------
    message
        One line: what was stopped, what is kept of it, the way on.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def _one_line(text: str, longest: int) -> str:
    line = " ".join(str(text).split())
    if len(line) <= longest:
        return line
    # What was wrong stands first and the way out last; what was given is in between.
    head = longest * 2 // 3
    return f"{line[:head]} ... {line[head + 5 - longest :]}"


def _shown(value: object) -> str:
    return _one_line(repr(value), _SHOWN)


def _shorten(names: list[str], limit: int = 12) -> str:
    shown = ", ".join(names[:limit])
    return (
        shown + (f" and {len(names) - limit} more" if len(names) > limit else "")
        if shown
        else "none"
    )
