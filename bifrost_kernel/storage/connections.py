"""SQLite connections that wait a moment for their next use."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

KEPT_SECONDS = 1.0
CLOSER = "closes an idle database:"

_Files = tuple[tuple[int, int] | None, ...]


class WatchedConnection(sqlite3.Connection):
    """A connection that knows which files it has open, and in which process."""

    process: int = 0
    files: _Files = ()


# A connection that was opened before a fork may be neither used nor closed after it.
_OF_THE_PARENT: list[WatchedConnection] = []


class KeptConnections:
    """Open connections to one SQLite file between two uses.

    Parameters
    ----------
    path
        The file.

    Notes
    -----
    In WAL mode the last connection that closes writes the log back into the file. Left to every
    use that is five flushes to the disk for a commit; to a connection that is still open it is
    one. So each stays open for one to two times `KEPT_SECONDS` after its last use. From then on all
    is in the one file again, which can be copied, moved away or put back while the process
    lives. A connection whose file or log is not the one at that path any more, or that another
    process opened before it forked, is not handed out.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: list[WatchedConnection] = []
        self._uses = 0
        self._closer: threading.Thread | None = None
        weakref.finalize(self, _close, self._kept)

    def take(self) -> WatchedConnection | None:
        """Return one that is still good, or None; whoever takes it keeps or closes it."""
        while (kept := _pop(self._kept)) is not None:
            if kept.process == os.getpid() and kept.files == self._look():
                return kept
            _let_go(kept)
        return None

    def keep(self, connection: WatchedConnection) -> None:
        """Let a connection wait for its next use; it holds no transaction."""
        if not connection.process:
            connection.process, connection.files = os.getpid(), self._look()
        self._kept.append(connection)
        self._uses += 1
        if self._closer is None or not self._closer.is_alive():  # none survives a fork
            self._closer = threading.Thread(
                target=self._close_when_idle, name=f"{CLOSER} {self._path}", daemon=True
            )
            self._closer.start()

    def _close_when_idle(self) -> None:
        seen = 0
        while seen != self._uses:
            seen = self._uses
            time.sleep(KEPT_SECONDS)
        # Said first: what is kept from here on starts a closer of its own.
        self._closer = None
        _close(self._kept)

    def _look(self) -> _Files:
        return _identify(self._path), _identify(self._path.with_name(f"{self._path.name}-wal"))


def _identify(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _pop(kept: list[WatchedConnection]) -> WatchedConnection | None:
    # In one step: another thread may take the last one between a look and a grasp.
    with suppress(IndexError):
        return kept.pop()
    return None


def _close(kept: list[WatchedConnection]) -> None:
    while (one := _pop(kept)) is not None:
        _let_go(one)


def _let_go(kept: WatchedConnection) -> None:
    if kept.process == os.getpid():
        kept.close()
    else:
        _OF_THE_PARENT.append(kept)
