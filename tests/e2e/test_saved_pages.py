"""The page that ``make demo`` saves opens anywhere, by itself, with its charts drawn."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The folder that the demo wrote, and what it said."""
    folder = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [sys.executable, PROJECT / "server_config" / "demo.py", folder],
        env={**os.environ, "BIFROST_HOME": str(folder / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done.stdout


def test_the_demo_says_what_came_out_and_where_it_is(demo):
    """The demo prints the figures of the run, and the paths of the notebook and its page."""
    folder, said = demo
    assert "sma_cross" in said
    assert "1,041,957" in said
    for name in ("first_hour.ipynb", "first_hour.html"):
        assert str(folder / name) in said
        assert (folder / name).stat().st_size > 10_000


def test_the_saved_page_opens_by_itself_with_its_charts(demo, visit):
    """The page opens from disk, draws its charts, and asks for nothing that is not in it."""
    folder, _ = demo
    visit.page.goto((folder / "first_hour.html").as_uri())
    visit.page.get_by_text("sma_cross · AAPL.XNAS").first.wait_for()
    visit.wait_for_charts(6)
    visit.picture("first-hour")
    visit.require_clean()
