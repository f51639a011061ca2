"""How HTML leaves: as a cell's output, and as a page of its own."""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from bifrost_kernel.display.appearance import chosen_palette
from bifrost_kernel.display.bokeh_loader import (
    current_cell,
    library_source,
    needs_loader,
    packed_library,
    page_script,
    read_member,
)
from bifrost_kernel.display.markup import Markup, safe_script, tag
from bifrost_kernel.domain.errors import StorageError, require
from bifrost_kernel.look.css import css_variables, page_variables

if TYPE_CHECKING:
    from bifrost_kernel.look.tokens import GainLoss

_PAGE_CSS = "body{margin:0;padding:24px 16px}.bifrost.bifrost{margin:0 auto}"


def stylesheet(pair: GainLoss | None = None) -> str:
    """Return the whole style sheet of a view, for pages that bring their own head.

    Parameters
    ----------
    pair
        The colours of gain and loss; None = as chosen.
    """
    variables = css_variables(pair or chosen_palette())
    return f"{variables}\n{read_member('report.css')}"


def output_html(body: Markup, *, has_charts: bool = False) -> str:
    """Return a view as a cell's output.

    Parameters
    ----------
    body
        What is inside the card.
    has_charts
        Bring what charts need: a script, and BokehJS where the page has none yet.
    """
    carried = [tag("style", Markup(stylesheet()))]
    if has_charts:
        if needs_loader(current_cell()):
            carried.append(packed_library())
        carried.append(page_script())
    return tag("div", body, tag("div", *carried, hidden=True), class_="bifrost")


def write_page(path: str | os.PathLike[str], title: str, body: Markup) -> str:
    """Write a view as one HTML file that needs nothing else, and return its path.

    Parameters
    ----------
    path
        Where to; missing folders are made, and the file appears whole or not at all.
    title
        The page's title.
    body
        What is inside the card.

    Raises
    ------
    StorageError
        It cannot be written.
    InvalidInputError
        It is not a path.
    """
    require(isinstance(path, (str, os.PathLike)), "path", path, "a file's path")
    target = Path(path).expanduser().absolute()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".html")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(page_html(title, body))
            Path(draft).chmod(0o644)
            Path(draft).replace(target)
        finally:
            Path(draft).unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(
            f"page {str(target)!r} cannot be written: {error.strerror}. "
            "Name a file in a folder that you may write to.",
            context={"path": str(target)},
        ) from None
    return str(target)


def page_html(title: str, body: Markup) -> str:
    """Return a page whose security policy lets nothing in but what it holds.

    Notes
    -----
    Only scripts with the hashes in the policy run, and no address is reachable.
    """
    scripts = [safe_script(library_source()), safe_script(read_member("report.js"))]
    allowed = " ".join(f"'sha256-{_digest(one)}'" for one in scripts)
    policy = (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "font-src data:; base-uri 'none'; form-action 'none'"
    )
    styles = f"{page_variables(chosen_palette())}{stylesheet()}{_PAGE_CSS}"
    head = (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title><style>{styles}</style>"
    )
    tail = "".join(f"<script>{one}</script>" for one in scripts)
    card = tag("main", body, class_="bifrost")
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{card}{tail}</body></html>'


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
