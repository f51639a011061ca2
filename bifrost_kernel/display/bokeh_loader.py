"""Which output carries BokehJS: once in a notebook, and again when that cell runs again.

Charts must draw without a network, so the library travels in the notebook itself,
packed, in the first output that needs it. Every later output finds it in the page.
"""

from __future__ import annotations

import base64
import gzip
from functools import lru_cache
from importlib import resources

from bifrost_kernel.display.markup import Markup, safe_script, tag

_MEMBERS = ("report.css", "report.js")


class _Session:
    """What this kernel has shown so far."""

    cell: str | None = None
    owner: str | None = None
    has_owner = False
    is_fresh = True


def set_cell(key: str | None) -> None:
    """Note that a cell begins to run.

    Parameters
    ----------
    key
        The cell's id, or anything that stays the same when it runs again; None when unknown.
    """
    _Session.cell = key
    _Session.is_fresh = True


def current_cell() -> str | None:
    """Return the key of the running cell."""
    return _Session.cell


def needs_loader(cell_key: str | None) -> bool:
    """Return whether an output of this cell must carry the library, and count it as carried.

    Parameters
    ----------
    cell_key
        The running cell; None when unknown: then only the first output ever carries it.
    """
    if not _Session.has_owner:
        _Session.has_owner, _Session.owner, _Session.is_fresh = True, cell_key, False
        return True
    if cell_key is not None and cell_key == _Session.owner and _Session.is_fresh:
        _Session.is_fresh = False
        return True
    return False


def forget() -> None:
    """Begin anew, as after the page was cleared: the next output carries the library."""
    _Session.cell = _Session.owner = None
    _Session.has_owner, _Session.is_fresh = False, True


@lru_cache(maxsize=1)
def library_source() -> str:
    """Return BokehJS' core as it was installed with Bokeh."""
    from bokeh.resources import Resources

    return "\n".join(Resources(mode="inline", components=["bokeh"]).js_raw)


@lru_cache(maxsize=1)
def packed_library() -> Markup:
    """Return a hidden element with BokehJS packed, a third of its plain size."""
    packed = gzip.compress(library_source().encode(), compresslevel=9, mtime=0)
    return tag("div", hidden=True, data_bf_library=base64.b64encode(packed).decode("ascii"))


@lru_cache(maxsize=len(_MEMBERS))
def read_member(name: str) -> str:
    """Return one of the files that lie beside this module."""
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def page_script() -> Markup:
    """Return the script element that brings charts to life."""
    return tag("script", safe_script(read_member("report.js")))
