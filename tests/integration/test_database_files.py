"""What a database file is to the world around it: killed, forked, moved, shared by threads."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading

import pytest

from bifrost_kernel.storage.database import Database
from tests.storage_samples import wait_until_closed

TABLES = ("CREATE TABLE IF NOT EXISTS note (words TEXT NOT NULL UNIQUE)",)
KILLED = """
import os, signal, sys
from pathlib import Path
from bifrost_kernel.storage.database import Database
database = Database(Path(sys.argv[1]), ("CREATE TABLE IF NOT EXISTS note (words TEXT)",))
with database.write() as connection:
    connection.execute("INSERT INTO note VALUES ('kept')")
with database.write() as connection:
    connection.execute("INSERT INTO note VALUES ('half')")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def path(tmp_path):
    """Where the file lies."""
    return tmp_path / "home" / "notes.sqlite"


@pytest.fixture
def database(path):
    """A database with one table."""
    return Database(path, TABLES)


@pytest.fixture
def closes_at_once(monkeypatch):
    """Let no connection wait for its next use."""
    monkeypatch.setattr("bifrost_kernel.storage.connections.KEPT_SECONDS", 0.0)


@pytest.fixture
def stays_open(monkeypatch):
    """Let a connection wait as long as a test takes."""
    monkeypatch.setattr("bifrost_kernel.storage.connections.KEPT_SECONDS", 3600.0)


def write(database, words):
    """Keep one note."""
    with database.write() as connection:
        connection.execute("INSERT INTO note VALUES (?)", (words,))


def notes(path):
    """Return the notes as another program finds them."""
    raw = sqlite3.connect(path)
    try:
        return [words for (words,) in raw.execute("SELECT words FROM note ORDER BY rowid")]
    finally:
        raw.close()


def test_a_process_that_is_killed_leaves_whole_commits_only(path):
    """What `write` returned from is there, what it was in the middle of is not."""
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert notes(path) == ["kept"]


def test_every_commit_is_flushed_to_the_disk(database):
    """SQLite is told to wait for the disk, in a log that a crash cannot tear."""
    with database.write() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2  # FULL
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert connection.execute("PRAGMA foreign_keys").fetchone()[0] == 1


@pytest.mark.usefixtures("closes_at_once")
def test_a_moment_after_its_last_use_the_file_is_whole_and_alone(database, path):
    """A copy of the one file is a copy of everything."""
    write(database, "first")
    wait_until_closed(path)
    assert [one.name for one in path.parent.iterdir() if "lock" not in one.name] == [path.name]
    copy = path.with_name("copy.sqlite")
    copy.write_bytes(path.read_bytes())
    assert notes(copy) == ["first"]


@pytest.mark.usefixtures("closes_at_once")
def test_a_copy_that_is_put_back_under_a_running_process_is_what_it_reads(database, path):
    """The way out that a damaged file's message names."""
    write(database, "first")
    wait_until_closed(path)
    kept = path.read_bytes()
    write(database, "second")
    wait_until_closed(path)
    path.write_bytes(kept)
    with database.read() as connection:
        assert connection.execute("SELECT count(*) FROM note").fetchone()[0] == 1
    write(database, "third")
    assert notes(path) == ["first", "third"]


@pytest.mark.usefixtures("stays_open")
def test_a_file_that_is_moved_away_while_it_is_open_is_left_alone(database, path):
    """The next use makes a new file in its place and does not write to the old one."""
    write(database, "old")
    elsewhere = path.parent / "elsewhere"
    elsewhere.mkdir()
    for one in path.parent.glob("notes.sqlite*"):
        one.rename(elsewhere / one.name)
    write(database, "new")
    assert notes(path) == ["new"]
    assert notes(elsewhere / path.name) == ["old"]


@pytest.mark.usefixtures("stays_open")
def test_a_log_that_somebody_deleted_takes_no_later_commit_with_it(database, path):
    """A connection whose log is gone is not used again."""
    write(database, "first")
    with database.read():
        pass
    path.with_name(f"{path.name}-wal").unlink()
    path.with_name(f"{path.name}-shm").unlink()
    with database.write() as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (words TEXT)")
    write(database, "second")
    assert "second" in notes(path)


@pytest.mark.usefixtures("stays_open")
def test_a_forked_child_and_its_parent_both_write(database, path):
    """Neither uses nor closes the connection that was open when they parted."""
    write(database, "before")
    child = os.fork()
    if child == 0:
        code = 1
        try:
            is_own = database._connections.take() is None
            write(database, "child")
            code = 0 if is_own else 2
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    write(database, "parent")
    assert notes(path) == ["before", "child", "parent"]


def test_threads_that_write_at_once_lose_nothing(database, path):
    """Each has a connection of its own while it writes."""

    def work(name):
        for number in range(10):
            write(database, f"{name}{number}")

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert len(notes(path)) == 40


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_interrupted_write_leaves_nothing_and_the_next_one_works(database, path, error):
    """A transaction that was not finished is rolled back."""
    write(database, "first")
    with pytest.raises(error), database.write() as connection:  # noqa: PT012 - the block is it
        connection.execute("INSERT INTO note VALUES ('half')")
        raise error
    write(database, "second")
    assert notes(path) == ["first", "second"]


@pytest.mark.usefixtures("stays_open")
def test_an_open_connection_sees_what_another_process_wrote(database, path):
    """Staying open means no stale answers."""
    write(database, "mine")
    raw = sqlite3.connect(path)
    with raw:
        raw.execute("INSERT INTO note VALUES ('theirs')")
    raw.close()
    with database.read() as connection:
        assert connection.execute("SELECT count(*) FROM note").fetchone()[0] == 2
