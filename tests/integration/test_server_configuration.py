"""The servers take their configuration files, started as ``make`` starts them: without switches."""

import json
import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]

DASHBOARDS = """
import json
from voila.app import Voila
app = Voila.instance()
app.initialize(["dashboards"])
print(json.dumps([app.ip, app.auto_token, app.voila_configuration.template]))
"""

LAB = """
import json
from jupyter_server.serverapp import ServerApp
app = ServerApp.instance()
app.initialize([], find_extensions=False, new_httpserver=False)
print(json.dumps([app.ip, bool(app.identity_provider.token), app.root_dir]))
"""


def ask(code, tmp_path):
    """Run `code` with the project's configuration and an empty home; return what it printed."""
    places = {
        "HOME": str(tmp_path),
        "JUPYTER_CONFIG_PATH": str(PROJECT / "server_config"),
        "JUPYTER_PATH": str(PROJECT / "server_config"),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"),
    }
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env=os.environ | places,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(ran.stdout.splitlines()[-1])


def test_dashboards_are_served_to_this_machine_only_and_behind_a_token(tmp_path):
    """Nobody who finds the port gets a kernel that runs as the owner."""
    assert ask(DASHBOARDS, tmp_path) == ["127.0.0.1", True, "bifrost"]


def test_the_lab_is_served_to_this_machine_only_and_behind_a_token(tmp_path):
    """The lab's root is the project, whatever folder it was started from."""
    assert ask(LAB, tmp_path) == ["127.0.0.1", True, str(PROJECT)]
