"""An executed report: where it is, and whether it may be believed."""

from __future__ import annotations

from html import escape
from pathlib import Path


class ReportView:
    """An executed report's folder.

    Parameters
    ----------
    folder
        The folder that holds the executed notebook and its HTML.
    """

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)

    @property
    def folder(self) -> str:
        """The folder of this report."""
        return str(self._folder)

    @property
    def notebook(self) -> str:
        """Path of the executed notebook."""
        return self._only("*.ipynb")

    @property
    def html(self) -> str:
        """Path of its HTML."""
        return self._only("*.html")

    def __repr__(self) -> str:
        lines = (
            "report, complete and attested",
            f"  notebook  {self.notebook}",
            f"  page      {self.html}",
        )
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{label}</td><td><code>{escape(path)}</code></td></tr>"
            for label, path in (("notebook", self.notebook), ("page", self.html))
        )
        return f"<div>Report, complete and attested<table>{rows}</table></div>"

    def _only(self, pattern: str) -> str:
        return str(next(iter(sorted(self._folder.glob(pattern)))))
