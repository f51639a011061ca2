"""Imports go down the floors of the house only."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
COMMAND = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def broken_contracts(root):
    """Return what the import linter prints about a tree, or nothing when every contract is kept."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", COMMAND, "--no-cache"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_every_import_contract_is_kept():
    """Every contract about imports is kept by the package as it stands."""
    assert broken_contracts(PROJECT) == ""


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("engines/strategy/model.py", "import bifrost_kernel.storage", "Faces > edges"),
        ("engines/marketdata/model.py", "import bifrost_kernel.engines.strategy.model", "ladder"),
        ("engines/analytics/model.py", "import bifrost_kernel.engines.analytics.engine", "rooms"),
        ("workflows/ports.py", "import os", "touch no world"),
        ("domain/context.py", "import bifrost_kernel.engines.strategy.model", "Faces > edges"),
    ],
)
def test_each_forbidden_import_is_seen(tmp_path, module, line, contract):
    """A forbidden import planted inside a function breaks the contract that forbids it."""
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    copy = tmp_path / "bifrost_kernel"
    shutil.copytree(PROJECT / "bifrost_kernel", copy, ignore=shutil.ignore_patterns("__pycache__"))
    with (copy / module).open("a", encoding="utf-8") as file:
        file.write(f"\n\ndef planted():\n    {line}\n")

    said = broken_contracts(tmp_path)

    assert any(contract in one and "BROKEN" in one for one in said.splitlines()), said
