"""The command `bifrost`, as a person types it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import bifrost_kernel
from bifrost_kernel import cli
from bifrost_kernel._version import __version__

ROOT = Path(bifrost_kernel.__file__).parents[1]


def test_version_and_help(capsys):
    """Both print and end well."""
    assert cli.main(["version"]) == 0
    assert capsys.readouterr().out == f"{__version__}\n"
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    assert ended.value.code == 0
    assert "kernel" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [[], ["nonsense"], ["kernel"], ["kernel", "install", "--user", "--prefix", "x"], ["report"],
     ["kernel", "install", "--pre", "x"]],
)  # fmt: skip
def test_a_line_that_cannot_be_understood_exits_with_two(words, capsys):
    """No abbreviations either; nothing goes to stdout."""
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "bifrost" in told.err


def test_the_kernel_is_installed_and_removed(tmp_path, capsys):
    """Into a prefix; removing twice is an error in one line."""
    assert cli.main(["kernel", "install", "--prefix", str(tmp_path)]) == 0
    assert (tmp_path / "share/jupyter/kernels/bifrost/logo-svg.svg").exists()
    assert cli.main(["kernel", "remove", "--prefix", str(tmp_path)]) == 0
    capsys.readouterr()
    assert cli.main(["kernel", "remove", "--prefix", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert told.startswith("bifrost: kernel 'bifrost' is not installed in")
    assert len(told.splitlines()) == 1


def test_a_user_install_goes_into_the_users_folder(tmp_path, monkeypatch):
    """Where Jupyter keeps this user's data."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    assert cli.main(["kernel", "install", "--user"]) == 0
    assert (tmp_path / "kernels/bifrost/kernel.json").exists()


def test_status_tells_the_home_and_what_is_known(tmp_path, capsys):
    """The text twin of `%bifrost`."""
    assert cli.main(["status", "--home", str(tmp_path / "home")]) == 0
    assert str(tmp_path / "home") in capsys.readouterr().out


def test_an_error_is_one_line_and_exits_with_one(tmp_path):
    """As a process, so that no traceback can hide."""
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        [sys.executable, "-m", "bifrost_kernel.cli", "status", "--home", str(tmp_path / "file")],
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("bifrost: home folder")
    assert len(done.stderr.splitlines()) == 1


def test_a_report_is_run_once_and_copied(tmp_path, monkeypatch, capsys):
    """By path, with parameters; `--out` gets the executed notebook and its page."""
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook

    parameters = new_code_cell("symbol = 'x'", metadata={"tags": ["parameters"]})
    body = new_code_cell(
        "from bifrost_kernel import Attestation\n"
        "checks = Attestation('symbol')\n"
        "checks.check('symbol', symbol == 'AAPL')\n"
        "checks.close()"
    )
    path = tmp_path / "small.ipynb"
    nbformat.write(new_notebook(cells=[parameters, body]), path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    words = ["report", str(path), "symbol=AAPL", "--home", str(tmp_path / "home")]
    assert cli.main([*words, "--out", str(tmp_path / "out")]) == 0, capsys.readouterr().err
    assert {one.suffix for one in (tmp_path / "out").iterdir()} == {".ipynb", ".html"}
    assert cli.main(["report", str(path), "symbol", "--home", str(tmp_path / "home")]) == 1
    assert "expected NAME=VALUE, was 'symbol'" in capsys.readouterr().err
