"""A small file of names, so that completion never waits for a database."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_PATIENCE_SECONDS = 2.0


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
        from filelock import FileLock

        lock = self._path.with_name(f"{self._path.name}.lock")
        fresh = self._path.with_name(f"{self._path.name}.tmp")
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # Two that keep at once, each another kind, must not undo each other's.
            with FileLock(lock, timeout=_PATIENCE_SECONDS, poll_interval=0.005):
                kept = self._load() | {kind: list(names)}
                try:
                    fresh.write_text(json.dumps(kept), encoding="utf-8")
                    fresh.replace(self._path)
                finally:
                    fresh.unlink(missing_ok=True)

    def _load(self) -> dict[str, list[str]]:
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        whole = kept if isinstance(kept, dict) else {}
        return {kind: names for kind, names in whole.items() if _is_names(names)}


def _is_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
