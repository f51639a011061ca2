"""An executed report as one HTML page that runs nothing and asks nobody."""

from __future__ import annotations

import copy
import logging
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from bifrost_kernel.domain.errors import MissingExtraError
from bifrost_kernel.look.css import css_variables, page_variables
from bifrost_kernel.reporting.sanitising import sanitise_html, sanitise_outputs

if TYPE_CHECKING:
    from collections.abc import Sequence

_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'"
)


def render_page(notebook: Any, title: str, foot: Sequence[str]) -> str:
    """Return the page of an executed notebook: its texts and outputs, without its code.

    Parameters
    ----------
    notebook
        As executed; left as it is.
    title
        The page's title.
    foot
        Lines of provenance for the end of the page.

    Raises
    ------
    MissingExtraError
        nbconvert is not installed.

    Notes
    -----
    HTML in outputs and texts is sanitised, and the page's security policy lets no script run
    and nothing load, so charts appear as the still pictures that they carry.
    """
    try:
        from nbconvert.exporters import HTMLExporter
    except ImportError:
        raise MissingExtraError.of("a report's page", "reports") from None

    shown = copy.deepcopy(notebook)
    styles = sanitise_outputs(shown)
    exporter = HTMLExporter(
        template_name="basic",
        sanitize_html=True,
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        log=_quiet(),
    )
    exporter.register_filter("clean_html", sanitise_html)
    body, _ = exporter.from_notebook_node(shown)
    sheets = (
        page_variables(), css_variables(), *styles,
        files("bifrost_kernel.reporting").joinpath("page.css").read_text(encoding="utf-8"),
    )  # fmt: skip
    lines = "<br>".join(escape(one) for one in foot)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title><style>{chr(10).join(sheets)}</style></head>"
        f'<body><main class="bifrost bifrost-report">{body}<footer>{lines}</footer></main></body>'
        "</html>"
    )


def _quiet() -> logging.Logger:
    # nbconvert warns of what its own template leaves out
    logger = logging.getLogger(__name__)
    logger.setLevel(logging.ERROR)
    return logger
