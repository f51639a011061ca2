"""What the tests of kept files share."""

from __future__ import annotations

import threading

from bifrost_kernel.storage.connections import CLOSER


def wait_until_closed(path):
    """Return once the threads that close idle connections to a file are through.

    With `KEPT_SECONDS` patched to nothing they begin at once.
    """
    for one in threading.enumerate():
        if one.name == f"{CLOSER} {path}":
            one.join(timeout=30)
            assert not one.is_alive()
