"""SQLite files: durable, shared by several processes, and clear when they fail.

This module imports SQLAlchemy; import it where a database is first used.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import NullPool

from bifrost_kernel.domain.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY_SECONDS = 30.0
_WRITES = "bifrost_writes"

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

    Connections are opened for each use and closed after it, so that the file survives forks,
    several processes at once and being moved away between two uses.

    Parameters
    ----------
    path
        The file; its folder is made when missing.
    metadata
        The tables that it holds.
    version
        Of these tables; a file of a newer version is refused.
    """

    def __init__(self, path: Path, metadata: sa.MetaData, version: int = 1) -> None:
        self._path = path
        self._metadata = metadata
        self._version = version
        self._engine = create_database_engine(path)
        self._is_prepared = False

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Hold one consistent view of the file.

        Raises
        ------
        StorageError
            The file cannot be read; one line with the way out.
        """
        with one_line_errors(self._path):
            self._prepare()
            with self._engine.begin() as connection:
                yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Hold the file's only write transaction: all of it is kept, or nothing.

        Raises
        ------
        StorageError
            The file cannot be written; one line with the way out.
        """
        with one_line_errors(self._path):
            self._prepare()
            writer = self._engine.execution_options(**{_WRITES: True})
            with writer.begin() as connection:
                yield connection

    def _prepare(self) -> None:
        if self._is_prepared and self._path.exists():
            return
        from filelock import FileLock

        self._path.parent.mkdir(parents=True, exist_ok=True)
        # Two processes that switch a new file to WAL at once can fail without waiting.
        with FileLock(self._path.with_name(self._path.name + ".lock"), timeout=BUSY_SECONDS):
            raw = sqlite3.connect(self._path, timeout=BUSY_SECONDS)
            try:
                raw.execute("PRAGMA journal_mode=WAL")
                self._require_version(raw.execute("PRAGMA user_version").fetchone()[0])
            finally:
                raw.close()
            writer = self._engine.execution_options(**{_WRITES: True})
            with writer.begin() as connection:
                self._metadata.create_all(connection)
                connection.exec_driver_sql(f"PRAGMA user_version={self._version:d}")
        self._is_prepared = True

    def _require_version(self, found: int) -> None:
        if found > self._version:
            raise StorageError(
                f"database {str(self._path)!r}: expected version {self._version} or older, was "
                f"{found}. A newer Bifrost wrote it: install it, or choose another BIFROST_HOME",
                code="newer-version",
                context={"path": str(self._path), "version": found},
            )


def create_database_engine(path: Path) -> sa.Engine:
    """Make an engine for one SQLite file; nothing is opened yet.

    Notes
    -----
    Every connection enforces foreign keys, waits `BUSY_SECONDS` for a lock and flushes each
    commit to the disk. Transactions begin explicitly; those that write take the lock at once,
    so that a read inside them is never overtaken.
    """
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        poolclass=NullPool,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


@contextmanager
def one_line_errors(path: Path) -> Iterator[None]:
    """Turn whatever the database or the file system raises into one `StorageError`.

    Raises
    ------
    StorageError
        Names the file, what is wrong with it and the way out.
    """
    from filelock import Timeout

    try:
        yield
    except sa.exc.DBAPIError as error:
        raise _explain(path, error.orig) from error
    except sqlite3.Error as error:
        raise _explain(path, error) from error
    except Timeout as error:
        raise _storage_error(path, "SQLITE_BUSY", _WAYS_OUT["SQLITE_BUSY"]) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        tail = f"cannot be used ({reason}). Set BIFROST_HOME to a writable folder"
        raise _storage_error(path, type(error).__name__, tail) from error


def _on_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in (
        "foreign_keys=ON",
        f"busy_timeout={BUSY_SECONDS * 1000:.0f}",
        "synchronous=FULL",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _explain(path: Path, error: BaseException | None) -> StorageError:
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
