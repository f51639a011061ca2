"""What every test starts from: folders of its own, and property tests without a stopwatch."""

import math
import os
import signal

import pytest
from hypothesis import settings

settings.register_profile("bifrost", deadline=None, derandomize=True)
settings.load_profile("bifrost")


def pytest_collection_modifyitems(items):
    """Let the property tests share out the cases that `tests.fuzz` asks for, as they do theirs."""
    cases = int(os.environ.get("BIFROST_FUZZ_CASES", "0"))
    drawn = [one.obj for one in items if getattr(one.obj, "is_hypothesis_test", False)]
    own = [one._hypothesis_internal_use_settings for one in drawn]
    if cases and drawn:
        times = cases / sum(one.max_examples for one in own)
        for test, kept in zip(drawn, own, strict=True):
            test._hypothesis_internal_use_settings = settings(
                kept,
                max_examples=math.ceil(times * kept.max_examples),
                derandomize=False,
                print_blob=True,
            )


# A run in the background ignores Ctrl-C and would hand that down to every kernel it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _folders_apart(tmp_path_factory):
    """Keep every test away from the home folder and the Jupyter folders of whoever runs it."""
    base = tmp_path_factory.mktemp("apart")
    folders = {
        "BIFROST_HOME": base / "home",
        "IPYTHONDIR": base / "ipython",
        "JUPYTER_CONFIG_DIR": base / "jupyter" / "config",
        "JUPYTER_DATA_DIR": base / "jupyter" / "data",
        "JUPYTER_RUNTIME_DIR": base / "jupyter" / "runtime",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, folder in folders.items():
            folder.mkdir(parents=True)
            patch.setenv(name, str(folder))
        for name in set(os.environ) & {"BIFROST_URL", "JUPYTER_CONFIG_PATH", "JUPYTER_PATH"}:
            patch.delenv(name)
        yield
