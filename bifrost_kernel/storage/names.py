"""A small file of names, so that completion never waits for a database."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


class NameCache:
    """Names by kind, kept in a JSON file; losing it costs nothing but a few completions.

    Parameters
    ----------
    path
        The file.
    seeds
        What to answer before anything was kept.
    """

    def __init__(self, path: Path, seeds: Mapping[str, Iterable[str]]) -> None:
        self._path = path
        self._seeds = {kind: tuple(names) for kind, names in seeds.items()}

    @property
    def is_kept(self) -> bool:
        """True once symbols were kept in the file."""
        return "symbols" in self._load()

    def read(self, kind: str) -> tuple[str, ...]:
        """Return the names of a kind: ``symbols``, ``universes``, ``runs``."""
        kept = self._load().get(kind)
        return self._seeds.get(kind, ()) if kept is None else tuple(kept)

    def keep(self, kind: str, names: Iterable[str]) -> None:
        """Replace the names of a kind; a cache that cannot be written is let be."""
        kept = self._load() | {kind: list(names)}
        # One name for each process: two that write at once must not share a half-written file.
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}.tmp")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps(kept), encoding="utf-8")
            fresh.replace(self._path)
        except OSError:
            fresh.unlink(missing_ok=True)

    def _load(self) -> dict[str, list[str]]:
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}
