"""The script that makes the environment finds a fit Python, or says in one line what to do."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "server_config" / "environment.sh"
TOOLS = ("dirname", "env", "id")


@pytest.fixture
def bin_folder(tmp_path):
    """A folder of programs that is all there is on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        put(folder, tool, f'exec {shutil.which(tool)} "$@"')
    return folder


def put(folder, name, script):
    """Put a shell script on PATH."""
    path = folder / name
    assert not path.is_symlink()
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def ask(folder, *arguments, **environment):
    """Run the script with nothing but `folder` on PATH."""
    kept = {name: value for name, value in os.environ.items() if name in {"HOME", "LANG"}}
    return subprocess.run(
        ["/bin/sh", SCRIPT, *arguments],
        env={**kept, "PATH": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


OLD = 'case "$*" in *version_info*) exit 1;; --version) echo Python 3.9.2;; esac'
BARE = 'case "$*" in *ensurepip*) exit 1;; esac'


def test_the_newest_fit_python_is_taken(bin_folder):
    """A Python that is too old, or cannot make environments, is passed over for one that can."""
    put(bin_folder, "python3.13", BARE)
    put(bin_folder, "python3.12", f'exec {sys.executable} "$@"')
    put(bin_folder, "python3", OLD)
    done = ask(bin_folder, "python")
    assert done.stdout.strip() == str(bin_folder / "python3.12")
    assert done.stderr == ""


def test_a_named_python_goes_first(bin_folder):
    """PYTHON names the one to take."""
    put(bin_folder, "python3.12", f'exec {sys.executable} "$@"')
    done = ask(bin_folder, "python", PYTHON=sys.executable)
    assert done.stdout.strip() == sys.executable


@pytest.mark.parametrize(
    ("scripts", "words"),
    [
        ({}, ("no Python found", "3.11")),
        ({"python3": OLD}, ("Python 3.11 or newer is needed", "python3 is Python 3.9.2")),
        ({"python3": BARE, "python": OLD}, ("python3 has no venv module", "python3-venv")),
    ],
)
def test_an_unfit_machine_is_told_in_one_line(bin_folder, scripts, words):
    """No Python, an old one, or one without venv: one line says which and the way out."""
    for name, script in scripts.items():
        put(bin_folder, name, script)
    done = ask(bin_folder, "python")
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert all(word in done.stderr for word in words)


def test_an_unknown_set_is_refused(bin_folder):
    """A set that is not locked is refused by name before anything is made."""
    done = ask(bin_folder, "install", "nonsense")
    assert done.returncode == 1
    assert "no locked set named 'nonsense'" in done.stderr


def test_a_browser_on_path_is_used(bin_folder):
    """A browser that is there is used as it is."""
    put(bin_folder, "google-chrome", "exit 0")
    assert ask(bin_folder, "chromium").stdout.strip() == str(bin_folder / "google-chrome")


def test_without_a_browser_and_apt_the_answer_is_no(bin_folder):
    """Where there is no browser and no way to install one, the script says no by its exit code."""
    done = ask(bin_folder, "chromium")
    assert done.returncode != 0
    assert done.stdout == ""


def test_a_missing_browser_is_installed_by_the_system(bin_folder):
    """Where apt-get and the right to use it are there, the browser is installed from packages."""
    put(bin_folder, "id", "echo 0")
    put(
        bin_folder,
        "apt-get",
        f'case "$*" in *install*chromium*) echo "#!/bin/sh" > {bin_folder}/chromium;'
        f" {shutil.which('chmod')} +x {bin_folder}/chromium;; esac",
    )
    done = ask(bin_folder, "chromium")
    assert done.stdout.strip() == str(bin_folder / "chromium")
    assert "installing Chromium" in done.stderr
