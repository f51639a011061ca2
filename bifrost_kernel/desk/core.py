"""What every face of the desk stands on: the backend, opened by the first verb."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from bifrost_kernel.bootstrap import make_embedded_backend, read_kept_names
from bifrost_kernel.display.progress import NotebookProgress
from bifrost_kernel.domain.bars import Adjustment, BarSet, BarSpec
from bifrost_kernel.domain.context import CellContext
from bifrost_kernel.domain.errors import require
from bifrost_kernel.domain.instruments import InstrumentId
from bifrost_kernel.domain.reading import read_choice, read_date

if TYPE_CHECKING:
    import os
    from datetime import date

    from bifrost_kernel.workflows.desk import EmbeddedBackend
    from bifrost_kernel.workflows.ports import ContextSource

    Home: TypeAlias = str | os.PathLike[str] | None
    Day: TypeAlias = str | int | date | None
    Symbols: TypeAlias = str | Iterable[str]


class DeskCore:
    """The backend, and what several verbs need.

    Parameters
    ----------
    home
        Home folder; None = ``BIFROST_HOME``, else ``.bifrost`` in the user's home.
    context
        Tells which notebook cell is running; runs record it.
    """

    def __init__(self, home: Home = None, *, context: ContextSource = CellContext) -> None:
        self._home = home
        self._context = context

    def __repr__(self) -> str:
        return f"Desk(home={self.home!r})"

    @property
    def home(self) -> str:
        """The folder that everything is kept in."""
        return self._backend.home

    def open(self) -> None:
        """Open what is kept now, instead of at the first verb.

        Raises
        ------
        StorageError
            The home folder cannot be made or written.
        """
        _ = self._backend

    @cached_property
    def _backend(self) -> EmbeddedBackend:
        return make_embedded_backend(self._home, context=self._context, progress=NotebookProgress())

    def known(self, kind: str) -> tuple[str, ...]:
        """Return names for completion.

        Parameters
        ----------
        kind
            ``strategies``, ``symbols``, ``universes``, ``runs``, ``providers`` or ``simulators``.
        """
        # A first key press must not wait for a backend that nothing has needed yet.
        if "_backend" not in self.__dict__:
            kept = read_kept_names(kind, self._home)
            if kept is not None:
                return kept
        return self._backend.known(kind)

    def _fetch(
        self,
        symbols: Iterable[str],
        *,
        start: Day,
        end: Day,
        interval: str,
        adjust: str,
        provider: str | None,
        refresh: bool = False,
    ) -> BarSet:
        return self._backend.fetch_bars(
            tuple(as_symbol(one) for one in symbols),
            start=read_date(start, "start"),
            end=read_date(end, "end", is_end=True),
            spec=BarSpec.parse(interval),
            adjustment=read_choice(Adjustment, adjust, "adjust"),
            provider=provider,
            refresh=refresh,
        )


def as_list(symbols: Symbols) -> tuple[str, ...]:
    """Return symbols from a text with spaces, or from any collection, or refuse."""
    if isinstance(symbols, str):
        return tuple(symbols.split())
    way_out = 'Write "AAPL MSFT" or ["AAPL", "MSFT"]'
    require(isinstance(symbols, Iterable), "symbols", symbols, "symbols", way_out)
    return tuple(as_symbol(one) for one in symbols)


def as_symbol(given: object) -> str:
    """Return a symbol's text, or refuse what is none."""
    require(isinstance(given, str | InstrumentId), "symbol", given, "a text such as 'AAPL'")
    return str(given)


def as_text(given: object, name: str) -> str:
    """Return a text as it is, or refuse what is none."""
    require(isinstance(given, str), name, given, "a text")
    return str(given)


def as_mapping(given: Mapping[str, Any] | None, name: str) -> Mapping[str, Any]:
    """Return a mapping as it is, None as an empty one, or refuse what is none."""
    found = {} if given is None else given
    require(isinstance(found, Mapping), name, given, "a mapping such as {'name': 'value'}")
    return found
