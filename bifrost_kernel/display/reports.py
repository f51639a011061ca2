"""An executed report: where it is, and that it may be believed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bifrost_kernel.domain.errors import ReportError


class ReportView:
    """An executed report's folder.

    Parameters
    ----------
    folder
        The folder that holds the executed notebook, its page and its note.
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
        """Path of its page."""
        return self._only("*.html")

    @property
    def note(self) -> dict[str, Any]:
        """What was asked, when it ran, and the hash of the executed notebook."""
        note: dict[str, Any] = json.loads(Path(self._only("report.json")).read_text("utf-8"))
        return note

    def __repr__(self) -> str:
        from bifrost_kernel.display.text import text_table

        rows = list(self._facts().items())
        return f"report, complete and attested\n{text_table(['', ''], rows, indent=2)}"

    def _repr_html_(self) -> str:
        from bifrost_kernel.display.markup import join, pairs_table
        from bifrost_kernel.display.page import output_html
        from bifrost_kernel.display.report_html import foot_html, head_html

        return output_html(
            join(
                (
                    head_html(Path(self.notebook).stem, "complete and attested"),
                    pairs_table(self._facts(), class_="bf-facts"),
                    foot_html([], (".html", ".notebook", ".note")),
                )
            )
        )

    def _facts(self) -> dict[str, object]:
        asked: dict[str, Any] = self.note.get("parameters", {})
        told = ", ".join(f"{name}={value}" for name, value in asked.items())
        return {"Page": self.html, "Notebook": self.notebook, "Asked": told or "with its defaults"}

    def _only(self, pattern: str) -> str:
        found = sorted(self._folder.glob(pattern))
        if not found:
            raise ReportError(
                f"report folder {str(self._folder)!r} has no {pattern}: it was emptied. "
                "Run the report again with force=True.",
                context={"folder": str(self._folder)},
            )
        return str(found[0])
