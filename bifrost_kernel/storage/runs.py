"""Every run in one SQLite file, whole and never changed."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from bifrost_kernel.domain.errors import CorruptDataError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bifrost_kernel.engines.strategy.model import BacktestReport, RunManifest
    from bifrost_kernel.storage.database import Database

_MOST = 2**63 - 1
_UNCHANGEABLE = """
CREATE TRIGGER IF NOT EXISTS run_no_{verb} BEFORE {verb} ON run
BEGIN SELECT RAISE(ABORT, 'runs are never changed'); END
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
        self._opened: tuple[Database, Any] | None = None

    def save(self, report: BacktestReport) -> None:
        """Keep a run; all or nothing."""
        from bifrost_kernel.storage.run_codec import manifest_to_json, report_to_bytes

        database, run = self._open()
        block = report_to_bytes(report)
        manifest = manifest_to_json(report.manifest)
        row = {
            "run_id": report.manifest.run_id,
            "created_at": report.manifest.created_at.isoformat(),
            "strategy": report.manifest.spec.strategy,
            "manifest": manifest,
            "metrics": json.dumps(report.performance.metrics),
            "block": block,
            "checksum": _checksum(manifest, block),
        }
        with database.write() as connection:
            connection.execute(run.insert().values(**row))

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
            if _checksum(row.manifest, row.block) != row.checksum:
                raise ValueError("its checksum does not match")  # noqa: TRY301 - one message
            return report_from_bytes(manifest_from_json(row.manifest), row.block)
        except (ValueError, KeyError, TypeError) as error:
            raise CorruptDataError(
                f"run {row.run_id!r} in {str(self._path)!r} cannot be read: {error}. "
                "Run the backtest again; %backtest --list shows the other runs.",
                context={"run_id": row.run_id},
            ) from None

    def list(self, limit: int = 50) -> tuple[tuple[RunManifest, Mapping[str, float]], ...]:
        """Return manifests and metrics, newest first."""
        import sqlalchemy as sa

        from bifrost_kernel.storage.run_codec import manifest_from_json

        database, run = self._open()
        query = (
            sa.select(run.c.manifest, run.c.metrics)
            .order_by(run.c.number.desc())
            .limit(min(limit, _MOST))
        )
        with database.read() as connection:
            rows = connection.execute(query).all()
        return tuple((manifest_from_json(one.manifest), json.loads(one.metrics)) for one in rows)

    def _find(self, run_id: str) -> Any:
        import sqlalchemy as sa

        database, run = self._open()
        query = sa.select(run).order_by(run.c.number.desc()).limit(2)
        if run_id == "last":
            query = query.limit(1)
        else:
            query = query.where(run.c.run_id.startswith(run_id, autoescape=True))
        with database.read() as connection:
            rows = connection.execute(query).all()
        if len(rows) == 1 or (rows and run_id in {one.run_id for one in rows}):
            return next((one for one in rows if one.run_id == run_id), rows[0])
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

    def _open(self) -> tuple[Database, Any]:
        if self._opened is None:
            import sqlalchemy as sa

            from bifrost_kernel.storage.database import Database

            metadata = sa.MetaData()
            run = sa.Table(
                "run",
                metadata,
                sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
                sa.Column("run_id", sa.Text, nullable=False, unique=True),
                sa.Column("created_at", sa.Text, nullable=False),
                sa.Column("strategy", sa.Text, nullable=False, index=True),
                sa.Column("manifest", sa.Text, nullable=False),
                sa.Column("metrics", sa.Text, nullable=False),
                sa.Column("block", sa.LargeBinary, nullable=False),
                sa.Column("checksum", sa.Text, nullable=False),
            )
            for verb in ("update", "delete"):
                trigger = sa.DDL(_UNCHANGEABLE.format(verb=verb))  # type: ignore[no-untyped-call]  # SQLAlchemy's
                sa.event.listen(run, "after_create", trigger)
            self._opened = (Database(self._path, metadata), run)
        return self._opened


def _checksum(manifest: str, block: bytes) -> str:
    return hashlib.sha256(manifest.encode() + b"\0" + block).hexdigest()
