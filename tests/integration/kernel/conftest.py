"""The Bifrost kernel, installed where only the tests see it."""

from __future__ import annotations

from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.manager import start_new_kernel

from bifrost_kernel.kernel import spec


@pytest.fixture(scope="module", autouse=True)
def _installed_kernel(tmp_path_factory):
    """Install the kernel into a prefix of its own, with this package on its path."""
    prefix = tmp_path_factory.mktemp("prefix")
    spec.install(prefix=str(prefix))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(prefix / "share" / "jupyter"))
        patch.setenv("PYTHONPATH", str(Path(spec.__file__).parents[2]))
        patch.setenv("BIFROST_HOME", str(prefix / "home"))
        yield


@pytest.fixture(scope="module")
def client(_installed_kernel):
    """Return a client of a running Bifrost kernel."""
    manager, started = start_new_kernel(kernel_name="bifrost", startup_timeout=120)
    yield started
    started.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.fixture
def shell():
    """Return a real shell in this process."""
    InteractiveShell.clear_instance()
    started = InteractiveShell.instance()
    yield started
    started._atexit_once()  # its history is closed while its folder is still there
    InteractiveShell.clear_instance()
