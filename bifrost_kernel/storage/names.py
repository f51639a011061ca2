"""A small file of names, so that completion never waits for a database."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cached_property
from os import SEEK_END
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from filelock import FileLock

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
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # Two that keep at once, each another kind, must not undo each other's.
            with self._lock:
                kept = self._parse() or {}
                self._write(json.dumps(kept | {kind: list(names)}).encode())

    @cached_property
    def _lock(self) -> FileLock:
        from filelock import FileLock

        path = self._path.with_name(f"{self._path.name}.lock")
        return FileLock(path, timeout=_PATIENCE_SECONDS, poll_interval=0.005)

    def _write(self, text: bytes) -> None:
        # Over what is there: every run keeps its name, and a new file in the place of an old one
        # makes some file systems wait for the disk. Blanks after the text are no part of it.
        with suppress(FileNotFoundError), self._path.open("r+b") as sink:
            before = sink.seek(0, SEEK_END)
            sink.seek(0)
            sink.write(text.ljust(before))
            return
        fresh = self._path.with_name(f"{self._path.name}.tmp")
        try:
            fresh.write_bytes(text)
            fresh.replace(self._path)
        finally:
            fresh.unlink(missing_ok=True)

    def _load(self) -> dict[str, list[str]]:
        kept = self._parse()
        if kept is None:  # damaged, or just being written: then it is whole under the lock
            with suppress(OSError), self._lock:
                kept = self._parse()
        return kept or {}

    def _parse(self) -> dict[str, list[str]] | None:
        # None when what stands there cannot be understood
        try:
            kept = json.loads(self._path.read_bytes())
        except OSError:
            return {}
        except (ValueError, RecursionError):
            return None
        whole = kept if isinstance(kept, dict) else {}
        return {kind: names for kind, names in whole.items() if _is_names(names)}


def _is_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
