"""Outputs as a page without scripts may show them, with nothing true lost.

What a script would draw is left out; the still picture that stands for it stays.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

HTML, PNG, JPEG = "text/html", "image/png", "image/jpeg"
_NOTICE = (
    '<p class="bf-muted">What stands here is drawn by a script; open the executed notebook '
    "beside this page to see it.</p>"
)
_SHOWN = frozenset({HTML, "text/markdown", "text/latex", "text/plain", PNG, JPEG})
_TAGS = frozenset(
    """a abbr b blockquote br caption code col colgroup dd del details dfn div dl dt em figcaption
    figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li main mark meter ol output p picture pre progress q
    s samp section small source span strong sub summary sup table tbody td tfoot th thead time tr u
    ul var""".split()  # noqa: SIM905 - a list of so many words fills a page
)
_DROPPED = ("script", "iframe", "object", "embed", "template", "form", "link", "meta", "svg",
            "math", "canvas", "audio", "video")  # fmt: skip
_ATTRIBUTES = frozenset(
    """alt class colspan datetime dir height hidden id label lang max media min open role rowspan
    scope span start tabindex title value width""".split()  # noqa: SIM905 - likewise
)
_PICTURE = re.compile(r"data:image/(png|jpeg);base64,[A-Za-z0-9+/\s]+={0,2}\s*\Z")
_ADDRESS = re.compile(r"(?i)(https?://|mailto:|#)")
_PROGRESS = re.compile(r"\d+%\|.*\| *[\d.]+\w?/[\d.]+\w? \[")
_UNSAFE_CSS = re.compile(r"(?i)@import|url\s*\(|expression\s*\(|-moz-binding|behavior\s*:|</|\\")


def sanitise_outputs(notebook: Any) -> list[str]:
    """Make the outputs of an executed notebook safe to show, in place.

    Parameters
    ----------
    notebook
        As executed; its outputs are changed.

    Returns
    -------
    list of str
        The style sheets that the outputs brought, each once, for the head of the page.
    """
    styles: dict[str, None] = {}
    for cell in notebook.cells:
        if "outputs" in cell:
            bundles = [one.data for one in cell.outputs if "data" in one]
            for data in bundles:
                _sanitise_bundle(data, styles)
            for stream in (one for one in cell.outputs if one.output_type == "stream"):
                stream.text = _without_progress(stream.text)
            cell.outputs = [one for one in cell.outputs if one.get("data", one.get("text", True))]
    return list(styles)


def sanitise_html(text: str | bytes) -> str:
    """Return a piece of HTML with nothing in it that runs, loads or leaves the page.

    Style sheets are dropped too; `sanitise_outputs` takes them out first.
    """
    markup = text.decode() if isinstance(text, bytes) else str(text)
    return _clean(_parse(markup))


def _without_progress(text: str) -> str:
    lines = re.split(r"(?<=\n)|\r(?!\n)", text)
    return "".join(one for one in lines if not _PROGRESS.search(one))


def _sanitise_bundle(data: Any, styles: dict[str, None]) -> None:
    had_script = any("javascript" in one for one in data)
    for kind in [one for one in data if one not in _SHOWN]:
        del data[kind]
    if HTML not in data:
        return
    soup = _parse(data[HTML])
    had_script = had_script or "<script" in data[HTML].lower()
    styles.update(dict.fromkeys(_take_styles(soup)))
    cleaned = _clean(soup)
    has_picture = PNG in data or JPEG in data
    if not _shows_anything(cleaned):
        # an element without content is a place that a script fills; style sheets alone are not
        is_place = had_script or bool(soup.find_all())
        _replace_blank(data, is_place=is_place, has_picture=has_picture)
    elif had_script and PNG in data and "<img" not in cleaned:
        picture = f'<img src="data:image/png;base64,{data[PNG]}" alt="the picture of this output">'
        data[HTML] = cleaned + picture
    else:
        data[HTML] = cleaned


def _replace_blank(data: Any, *, is_place: bool, has_picture: bool) -> None:
    if has_picture:
        del data[HTML]
    elif is_place:
        data[HTML] = _NOTICE
    else:
        data.clear()


def _parse(markup: str) -> Any:
    from bs4 import BeautifulSoup

    return BeautifulSoup(markup, "html.parser")


def _take_styles(soup: Any) -> Iterable[str]:
    for element in soup.find_all("style"):
        sheet = element.get_text().strip()
        element.decompose()
        if sheet and not _UNSAFE_CSS.search(sheet):
            yield sheet


def _clean(soup: Any) -> str:
    from bleach.sanitizer import Cleaner

    for element in soup.find_all([*_DROPPED, "style"]):
        element.decompose()
    for element in soup.find_all("noscript"):
        # no script runs on this page
        element.unwrap()
    for element in soup.find_all("img"):
        if not _PICTURE.match(element.get("src", "")):
            element.decompose()
    cleaner = Cleaner(
        tags=_TAGS,
        attributes=_allows,
        protocols=("http", "https", "mailto", "data"),
        strip=True,
        css_sanitizer=_PlainStyles(),
    )
    return str(cleaner.clean(str(soup)))


def _allows(tag: str, name: str, value: str) -> bool:
    if name in ("src", "srcset"):
        return tag in ("img", "source") and bool(_PICTURE.match(value))
    if name == "href":
        return tag == "a" and bool(_ADDRESS.match(value))
    if name == "style":
        return not _UNSAFE_CSS.search(value)
    # The library and the charts' data are for scripts, of which there are none on this page.
    return name in _ATTRIBUTES or name.startswith("aria-")


class _PlainStyles:
    """Passes what `_allows` let through; bleach empties style attributes without one."""

    def sanitize_css(self, style: str) -> str:
        return style


def _shows_anything(html: str) -> bool:
    soup = _parse(html)
    return bool(soup.get_text(strip=True)) or soup.find("img") is not None
