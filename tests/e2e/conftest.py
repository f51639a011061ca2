"""A real browser that may reach this machine only, and servers that live as long as their tests."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

PROJECT = Path(__file__).resolve().parents[2]
ARTIFACTS = PROJECT / ".test-artifacts"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# A canvas inside nested shadow roots counts as drawn when it holds more than a few colours.
COUNT_DRAWN = """
() => {
  const canvases = [];
  const visit = (root) => {
    for (const one of root.querySelectorAll('*')) {
      if (one.tagName === 'CANVAS' && one.width > 50 && one.height > 30) canvases.push(one);
      if (one.shadowRoot) visit(one.shadowRoot);
      if (one.tagName === 'IFRAME' && one.contentDocument) visit(one.contentDocument);
    }
  };
  visit(document);
  let drawn = 0;
  for (const canvas of canvases) {
    const pixels = canvas.getContext('2d')
      .getImageData(0, 0, canvas.width, canvas.height).data;
    const colours = new Set();
    for (let i = 0; i < pixels.length && colours.size < 8; i += 4) {
      if (pixels[i + 3]) {
        colours.add((pixels[i] << 16) | (pixels[i + 1] << 8) | pixels[i + 2]);
      }
    }
    if (colours.size >= 8) drawn += 1;
  }
  return drawn;
}
"""


class Visit:
    """One page in a fresh profile, with all that it asked for and complained about.

    Parameters
    ----------
    context
        A browser context that nothing else uses.
    """

    def __init__(self, context):
        self.outside = []
        self.complaints = []
        context.route("**/*", self._judge)
        self.page = context.new_page()
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.set_default_timeout(60_000)

    def _judge(self, route):
        url = urlsplit(route.request.url)
        if url.scheme in {"http", "https", "ws", "wss"} and url.hostname not in LOOPBACK:
            self.outside.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    def _listen(self, message):
        if message.type == "error":
            self.complaints.append(f"{message.text} {message.location.get('url', '')}")

    def wait_for_charts(self, count):
        """Wait until at least `count` canvases hold a drawing."""
        self.page.wait_for_function(f"({COUNT_DRAWN})() >= {count}", polling=250)

    def picture(self, name):
        """Keep a screenshot among the test artefacts."""
        ARTIFACTS.mkdir(exist_ok=True)
        self.page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)

    def require_clean(self):
        """Fail if the page needed the outside, or complained."""
        assert self.outside == []
        assert self.complaints == []


@pytest.fixture(scope="session")
def chromium():
    """The path of a browser."""
    names = (os.environ.get("BIFROST_CHROMIUM"), *BROWSERS)
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    assert found, "no Chromium: install chromium, or name one in BIFROST_CHROMIUM"
    return found


@pytest.fixture(scope="module")
def browser(chromium):
    """A browser for one file of tests."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(SWITCHES))
        yield started
        started.close()


@pytest.fixture
def visit(browser):
    """A page in a profile of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    yield Visit(context)
    context.close()


@pytest.fixture(scope="module")
def serve(tmp_path_factory):
    """Start servers with the project's configuration; each is stopped by its own process id."""
    running = []

    @contextmanager
    def log_of(name):
        ARTIFACTS.mkdir(exist_ok=True)
        with (ARTIFACTS / f"{name}.log").open("w") as log:
            yield log

    def start(name, *arguments):
        home = tmp_path_factory.mktemp(name)
        port = free_port()
        environment = {
            **os.environ,
            "BIFROST_HOME": str(home / "home"),
            "JUPYTER_CONFIG_PATH": str(PROJECT / "server_config"),
            "JUPYTER_PATH": str(PROJECT / "server_config"),
        }
        command = [sys.executable, "-m", *arguments, "--no-browser", f"--port={port}"]
        with log_of(name) as log:
            process = subprocess.Popen(
                command,
                cwd=PROJECT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        running.append(process)
        address = f"http://127.0.0.1:{port}"
        wait_until_up(f"{address}/", process)
        return address

    yield start
    for process in running:
        stop(process)


def free_port():
    """Return a port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_until_up(address, process, seconds=60):
    """Return when a server answers; fail when it dies or stays silent."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended at its start; see its log"
        try:
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 - loopback only
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the server did not answer within {seconds} seconds; see its log")


def stop(process):
    """End a server and the kernels that it started."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
