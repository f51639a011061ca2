"""The desk: what a person holds."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

from bifrost_kernel.desk.core import as_mapping
from bifrost_kernel.desk.marketdata import MarketDataVerbs
from bifrost_kernel.desk.strategy import StrategyVerbs
from bifrost_kernel.display.reports import ReportView
from bifrost_kernel.display.status import StatusView
from bifrost_kernel.domain.errors import require

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bifrost_kernel.desk.core import Home


class Desk(MarketDataVerbs, StrategyVerbs):
    """One person's trading desk, with everything it keeps in one home folder.

    Parameters
    ----------
    home
        Home folder; None = ``BIFROST_HOME``, else ``.bifrost`` in the user's home.
    context
        Tells which notebook cell is running; runs record it.

    Notes
    -----
    Nothing is opened before the first verb. Two desks, in one process or in several, may hold
    the same home at once.
    """

    def report(
        self,
        notebook: str,
        parameters: Mapping[str, object] | None = None,
        *,
        force: bool = False,
    ) -> ReportView:
        """Execute a report notebook, once for each distinct question.

        Parameters
        ----------
        notebook
            Name of a report (``tear_sheet``) or path of a notebook.
        parameters
            Values for its parameters cell.
        force
            Run again although the same question was answered before.
        """
        require(isinstance(notebook, str | PathLike), "report", notebook, "its name, or a path")
        given = as_mapping(parameters, "parameters")
        return ReportView(self._backend.run_report(str(notebook), given, force=force))

    def status(self, magics: Iterable[tuple[str, str, str]] = ()) -> StatusView:
        """Return what this desk is and has; `magics` are (name, summary, example)."""
        return StatusView(
            home=self.home,
            libraries=self._backend.laboratory.libraries,
            simulators=self.known("simulators"),
            providers=self.known("providers"),
            symbols=len(self.known("symbols")),
            strategies=len(self.known("strategies")),
            magics=tuple(magics),
        )


def open_desk(home: Home = None) -> Desk:
    """Open the desk of a home folder.

    Parameters
    ----------
    home
        The folder; None = ``BIFROST_HOME``, else ``.bifrost`` in the user's home.

    Raises
    ------
    StorageError
        The folder cannot be made or written.
    """
    desk = Desk(home)
    desk.open()
    return desk
