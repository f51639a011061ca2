"""The kernel as Jupyter finds it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from bifrost_kernel.domain.errors import StorageError, UnknownNameError
from bifrost_kernel.kernel import spec


def test_the_kernel_is_ipython_with_the_extension_loaded(tmp_path):
    """Started by this interpreter, named Bifrost."""
    folder = spec.install(prefix=str(tmp_path))
    assert folder == str(tmp_path / "share" / "jupyter" / "kernels" / "bifrost")
    told = json.loads((tmp_path / "share/jupyter/kernels/bifrost/kernel.json").read_text())
    assert told["display_name"] == "Bifrost"
    assert told["language"] == "python"
    assert told["argv"][0] == sys.executable
    assert told["argv"][-2:] == ["--ext", "bifrost_kernel"]
    assert "{connection_file}" in told["argv"]


def test_it_has_a_mark_in_every_size_that_jupyter_asks_for(tmp_path):
    """An SVG that parses, and square PNGs with the same picture on a clear ground."""
    spec.write_spec(tmp_path)
    root = ET.parse(tmp_path / "logo-svg.svg").getroot()  # noqa: S314 - the file written above
    assert root.get("viewBox") == "0 0 64 64"
    for side in (32, 64):
        with Image.open(tmp_path / f"logo-{side}x{side}.png") as image:
            assert image.size == (side, side)
            assert image.getpixel((0, 0))[3] == 0
            assert image.getpixel((side // 2, round(side * 48 / 64)))[3] > 250


def test_installing_again_replaces_it(tmp_path):
    """A moved environment only needs another install."""
    spec.install(prefix=str(tmp_path), python="/old/python")
    spec.install(prefix=str(tmp_path))
    told = json.loads((tmp_path / "share/jupyter/kernels/bifrost/kernel.json").read_text())
    assert told["argv"][0] == sys.executable


def test_a_place_that_cannot_be_written_is_told_in_one_line(tmp_path):
    """With the way out."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"cannot be written.*--user"):
        spec.install(prefix=str(tmp_path / "file"))


def test_it_can_be_removed_once_and_nowhere_else(tmp_path, monkeypatch):
    """The second time there is none; a kernel in another place stays."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "user"))
    folder = spec.install(prefix=str(tmp_path / "mine"))
    other = spec.install(prefix=str(tmp_path / "other"))
    own = spec.install(user=True)
    assert spec.remove(prefix=str(tmp_path / "mine")) == folder
    with pytest.raises(UnknownNameError, match=r"is not installed in .*--user"):
        spec.remove(prefix=str(tmp_path / "mine"))
    assert Path(other, "kernel.json").exists()
    assert spec.remove(user=True) == own
    assert Path(other, "kernel.json").exists()
