"""Every run in one SQLite file, whole and never changed."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from bifrost_kernel.domain.errors import CorruptDataError, UnknownNameError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from pathlib import Path

    from bifrost_kernel.engines.strategy.model import BacktestReport, RunManifest
    from bifrost_kernel.storage.database import Database

_MOST = 2**63 - 1
_LAST_LETTER = "\U0010ffff"
_UNCHANGEABLE = """
CREATE TRIGGER IF NOT EXISTS run_no_{verb} BEFORE {verb} ON run
BEGIN SELECT RAISE(ABORT, 'runs are never changed'); END
"""
_TABLES = (
    """
    CREATE TABLE IF NOT EXISTS run (
        number INTEGER NOT NULL PRIMARY KEY,
        run_id TEXT NOT NULL UNIQUE,
        created_at TEXT NOT NULL,
        strategy TEXT NOT NULL,
        manifest TEXT NOT NULL,
        metrics TEXT NOT NULL,
        block BLOB NOT NULL,
        checksum TEXT NOT NULL
    )
    """,
    "CREATE INDEX IF NOT EXISTS ix_run_strategy ON run (strategy)",
    _UNCHANGEABLE.format(verb="update"),
    _UNCHANGEABLE.format(verb="delete"),
)
_INSERT = """
INSERT INTO run (run_id, created_at, strategy, manifest, metrics, block, checksum)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""


class SqlRunStore:
    """Runs in a SQLite file: manifest and metrics as JSON, arrays as one checked block.

    Parameters
    ----------
    path
        The file; made on first use.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: Database | None = None

    def save(self, report: BacktestReport) -> None:
        """Keep a run; all or nothing, and on the disk when this returns."""
        from bifrost_kernel.storage.run_codec import manifest_to_json, report_to_bytes

        block = report_to_bytes(report)
        manifest = manifest_to_json(report.manifest)
        row = (
            report.manifest.run_id,
            report.manifest.created_at.isoformat(),
            report.manifest.spec.strategy,
            manifest,
            json.dumps(report.performance.metrics),
            block,
            _checksum(manifest, block),
        )
        with self._database().write() as connection:
            connection.execute(_INSERT, row)

    def load(self, run_id: str) -> BacktestReport:
        """Return the run whose id is, or begins with, `run_id`; ``last`` is the newest.

        Raises
        ------
        UnknownNameError
            No run, or more than one, answers to it.
        CorruptDataError
            The record does not match its checksum.
        """
        from bifrost_kernel.storage.run_codec import manifest_from_json, report_from_bytes

        row = self._find(run_id)
        try:
            if _checksum(row["manifest"], row["block"]) != row["checksum"]:
                raise ValueError("its checksum does not match")  # noqa: TRY301 - one message
            return report_from_bytes(manifest_from_json(row["manifest"]), row["block"])
        except (ValueError, KeyError, TypeError) as error:
            raise CorruptDataError(
                f"run {row['run_id']!r} in {str(self._path)!r} cannot be read: {error}. "
                "Run the backtest again; %backtest --list shows the other runs.",
                context={"run_id": row["run_id"]},
            ) from None

    def list(self, limit: int = 50) -> tuple[tuple[RunManifest, Mapping[str, float]], ...]:
        """Return manifests and metrics, newest first."""
        from bifrost_kernel.storage.run_codec import manifest_from_json

        query = "SELECT manifest, metrics FROM run ORDER BY number DESC LIMIT ?"
        with self._database().read() as connection:
            rows = connection.execute(query, (min(limit, _MOST),)).fetchall()
        return tuple((manifest_from_json(told), json.loads(figures)) for told, figures in rows)

    def _find(self, run_id: str) -> sqlite3.Row:
        query = "SELECT * FROM run ORDER BY number DESC LIMIT 1"
        wanted: tuple[str, ...] = ()
        begins = run_id.encode(errors="replace").decode()
        if run_id != "last":
            # The id itself comes before all that only begin so.
            query = "SELECT * FROM run WHERE run_id BETWEEN ? AND ? ORDER BY run_id LIMIT 2"
            wanted = (begins, begins + _LAST_LETTER)
        with self._database().read() as connection:
            rows = connection.execute(query, wanted).fetchall()
        if len(rows) == 1 or (rows and rows[0]["run_id"] == begins):
            found: sqlite3.Row = rows[0]
            return found
        if rows:
            raise UnknownNameError(
                f"run {run_id!r}: expected the beginning of one run's id, was that of several. "
                "Give more of its digits; %backtest --list shows them.",
                context={"run_id": run_id},
            )
        raise UnknownNameError(
            f"unknown run {run_id!r}: no run's id begins so. %backtest --list shows the runs."
            if run_id != "last"
            else "there is no run yet. Start with: %backtest sma_cross AAPL",
            context={"run_id": run_id},
        )

    def _database(self) -> Database:
        if self._opened is None:
            from bifrost_kernel.storage.database import Database

            self._opened = Database(self._path, _TABLES)
        return self._opened


def _checksum(manifest: str, block: bytes) -> str:
    return hashlib.sha256(manifest.encode() + b"\0" + block).hexdigest()
