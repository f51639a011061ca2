"""What a stored series consists of: the one small file whose replacement is the commit."""

from __future__ import annotations

import json
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import IO, TYPE_CHECKING, Any

from bifrost_kernel.domain.bars import ActionKind, CorporateAction, Lineage
from bifrost_kernel.domain.errors import CorruptDataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bifrost_kernel.domain.instruments import InstrumentId
    from bifrost_kernel.engines.marketdata.calc.merging import AskedRange

VERSION = 1
PIECE = re.compile(r"(all|\d{4})\.(\d+)\.parquet\Z")
TEMPORARY = re.compile(r"\..+\.\d+\.tmp\Z")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A stored series at one moment.

    Parameters
    ----------
    generation
        Counts the commits; names of files are never used twice.
    lineage
        Of the newest answer.
    pieces
        File name by piece: a year, or ``all``.
    asked
        Sessions that the provider was asked for.
    actions
        Every corporate action known.
    nothing_new_before
        As `RawBars` has it, for the last of the sessions asked.
    """

    generation: int
    lineage: Lineage
    pieces: Mapping[str, str] = field(default_factory=dict)
    asked: tuple[AskedRange, ...] = ()
    actions: tuple[CorporateAction, ...] = ()
    nothing_new_before: datetime | None = None


def read_manifest(path: Path, instrument_id: InstrumentId) -> Manifest | None:
    """Return what the file says; None when there is none.

    Raises
    ------
    CorruptDataError
        It cannot be read.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        raise corrupt(path, "no JSON") from None
    try:
        if told["version"] > VERSION:
            raise corrupt(path, f"written by a newer Bifrost (version {told['version']})")
        if told["instrument_id"] != str(instrument_id):
            raise corrupt(path, f"bars of {told['instrument_id']}")
        return _from_json(told, instrument_id)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise corrupt(path, f"incomplete ({error})") from None


def write_manifest(path: Path, manifest: Manifest, instrument_id: InstrumentId) -> None:
    """Replace the file: from here on the series is what `manifest` says."""
    lineage, before = manifest.lineage, manifest.nothing_new_before
    told = {
        "version": VERSION,
        "instrument_id": str(instrument_id),
        "generation": manifest.generation,
        "pieces": dict(manifest.pieces),
        "asked": [
            [first and first.isoformat(), last.isoformat()] for first, last in manifest.asked
        ],
        "nothing_new_before": before and before.isoformat(),
        "actions": [[one.ex_date, one.kind.value, one.value] for one in manifest.actions],
        "lineage": {
            "provider": lineage.provider,
            "source": lineage.source,
            "fetched_at": lineage.fetched_at.isoformat(),
            "steps": list(lineage.steps),
            "is_synthetic": lineage.is_synthetic,
        },
    }
    with replaced(path) as sink:
        sink.write(json.dumps(told, indent=1).encode())


def corrupt(path: Path, why: str) -> CorruptDataError:
    """Return the error for a stored file that cannot be used."""
    return CorruptDataError(
        f"stored bars {str(path)!r}: expected a sound file, was {why}. "
        f"Fetch it again with --refresh, or delete that folder",
        context={"path": str(path)},
    )


@contextmanager
def replaced(path: Path) -> Iterator[IO[bytes]]:
    """Write beside a file, and put it in its place once it is on the disk.

    Parameters
    ----------
    path
        The file to make or to replace; untouched when the block raises.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as sink:
            yield sink
            sink.flush()
            os.fsync(sink.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _from_json(told: Mapping[str, Any], instrument_id: InstrumentId) -> Manifest:
    lineage, before = told["lineage"], told.get("nothing_new_before")
    for name in told["pieces"].values():
        if not PIECE.match(name):
            raise ValueError(f"no piece: {name!r}")
    return Manifest(
        generation=int(told["generation"]),
        lineage=Lineage(
            lineage["provider"],
            lineage["source"],
            datetime.fromisoformat(lineage["fetched_at"]),
            tuple(lineage["steps"]),
            is_synthetic=bool(lineage["is_synthetic"]),
        ),
        pieces={str(key): str(name) for key, name in told["pieces"].items()},
        asked=tuple(
            (first and date.fromisoformat(first), date.fromisoformat(last))
            for first, last in told["asked"]
        ),
        actions=tuple(
            CorporateAction(instrument_id, day, ActionKind(kind), float(value))
            for day, kind, value in told["actions"]
        ),
        nothing_new_before=before and datetime.fromisoformat(before),
    )
