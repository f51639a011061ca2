"""SQLite files: durable, shared by several processes, and clear when they fail."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bifrost_kernel.domain.errors import StorageError
from bifrost_kernel.storage.connections import KeptConnections, WatchedConnection

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

BUSY_SECONDS = 30.0

_MOVE_AWAY = "Move the file away and a new one is made, or restore a copy of it"
_LOCKED = "stayed locked by another process. Wait for that process, or end it, and try again"
_ELSEWHERE = "Check its permissions, or set BIFROST_HOME to a writable folder"
_WAYS_OUT = {
    "SQLITE_NOTADB": f"is not a database. {_MOVE_AWAY}",
    "SQLITE_CORRUPT": f"is damaged. {_MOVE_AWAY}",
    "SQLITE_BUSY": _LOCKED,
    "SQLITE_LOCKED": _LOCKED,
    "SQLITE_FULL": "cannot grow, the disk is full. Free some space and try again; nothing was lost",
    "SQLITE_READONLY": f"cannot be written. {_ELSEWHERE}",
    "SQLITE_CANTOPEN": f"cannot be opened. {_ELSEWHERE}",
    "SQLITE_PERM": f"cannot be opened. {_ELSEWHERE}",
    "SQLITE_IOERR": "failed on the disk. Free some space or check the disk, and try again; "
    "nothing was half-written",
}


class Database:
    """One SQLite file with its tables, made on first use.

    Parameters
    ----------
    path
        The file; its folder is made when missing.
    tables
        Statements that make the tables, indices and triggers of a new file.
    version
        Of these tables; a file of a newer version is refused.

    Notes
    -----
    A commit is on the disk when `write` returns (``synchronous=FULL``): neither a killed process
    nor a failing power supply loses or halves what was kept. See `KeptConnections` for what is
    open between two uses, and how long.
    """

    def __init__(self, path: Path, tables: Sequence[str], version: int = 1) -> None:
        self._path = path
        self._tables = tuple(tables)
        self._version = version
        self._connections = KeptConnections(path)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Hold one consistent view of the file.

        Raises
        ------
        StorageError
            The file cannot be read; one line with the way out.
        """
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Hold the file's only write transaction: all of it is kept, or nothing.

        Raises
        ------
        StorageError
            The file cannot be written; one line with the way out.
        """
        # The lock is taken at once, so that a read inside is never overtaken by another writer.
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with one_line_errors(self._path):
            connection = self._connections.take() or self._open()
            try:
                connection.execute(begin)
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                connection.close()
                raise
            self._connections.keep(connection)

    def _open(self) -> WatchedConnection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            self._path,
            timeout=BUSY_SECONDS,
            isolation_level=None,  # transactions begin where they are written
            check_same_thread=False,
            factory=WatchedConnection,
        )
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA foreign_keys=ON")
            connection.execute("PRAGMA synchronous=FULL")
            if self._read_version(connection) < self._version:
                self._make_tables(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _make_tables(self, connection: sqlite3.Connection) -> None:
        from filelock import FileLock

        # Two processes that switch a new file to WAL at once can fail without waiting.
        with FileLock(self._path.with_name(self._path.name + ".lock"), timeout=BUSY_SECONDS):
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("BEGIN IMMEDIATE")
            if self._read_version(connection) < self._version:
                for statement in self._tables:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version={self._version:d}")
            connection.execute("COMMIT")

    def _read_version(self, connection: sqlite3.Connection) -> int:
        found: int = connection.execute("PRAGMA user_version").fetchone()[0]
        if found > self._version:
            raise StorageError(
                f"database {str(self._path)!r}: expected version {self._version} or older, was "
                f"{found}. A newer Bifrost wrote it: install it, or choose another BIFROST_HOME",
                code="newer-version",
                context={"path": str(self._path), "version": found},
            )
        return found


@contextmanager
def one_line_errors(path: Path) -> Iterator[None]:
    """Turn whatever the database or the file system raises into one `StorageError`.

    Raises
    ------
    StorageError
        Names the file, what is wrong with it and the way out.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise _explain(path, error) from error
    except TimeoutError as error:  # of the lock file
        raise _storage_error(path, "SQLITE_BUSY", _LOCKED) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        tail = f"cannot be used ({reason}). Set BIFROST_HOME to a writable folder"
        raise _storage_error(path, type(error).__name__, tail) from error


def _explain(path: Path, error: sqlite3.Error) -> StorageError:
    name = getattr(error, "sqlite_errorname", "") or type(error).__name__
    for prefix, way_out in _WAYS_OUT.items():
        if name.startswith(prefix):
            return _storage_error(path, name, way_out)
    reason = " ".join(str(error).split())
    return _storage_error(path, name, f"refused the request ({reason})")


def _storage_error(path: Path, cause: str, tail: str) -> StorageError:
    return StorageError(
        f"database {str(path)!r} {tail}", context={"path": str(path), "cause": cause}
    )
