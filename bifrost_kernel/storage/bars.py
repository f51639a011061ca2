"""The bar store: Parquet files under one folder, correct when several processes write.

A series lies in ``provider/interval/MIC/SYMBOL``: one file a year for intraday bars, one file
for longer ones, and ``series.json``, which says which files count. New files get new names, and
replacing ``series.json`` makes them count all at once. Readers take no lock.
"""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.domain.bars import BarSeries
from bifrost_kernel.domain.errors import BifrostError, StorageError, require
from bifrost_kernel.engines.marketdata.calc.merging import (
    asked_range,
    join_ranges,
    keep_settled,
    merge_actions,
    merge_series,
    nearest_range,
    rows_between,
)
from bifrost_kernel.engines.marketdata.model import RawBars
from bifrost_kernel.storage.bar_manifest import (
    PIECE,
    TEMPORARY,
    Manifest,
    corrupt,
    read_manifest,
    write_manifest,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date
    from pathlib import Path

    from bifrost_kernel.domain.bars import BarSpec
    from bifrost_kernel.domain.instruments import InstrumentId

LOCK_SECONDS = 60.0
_MANIFEST, _LOCK = "series.json", ".lock"
_WHOLE = "all"
_PROVIDER = re.compile(r"[a-z0-9][a-z0-9_\-]{0,31}\Z")
_RESERVED = re.compile(r"(CON|PRN|AUX|NUL|COM\d|LPT\d)(\.|\Z)")
_MOST_OVERTAKEN = 20


class ParquetBarStore:
    """Unadjusted bars and corporate actions in Parquet files.

    Parameters
    ----------
    root
        The folder; made on first use.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def load(
        self,
        provider: str,
        instrument_id: InstrumentId,
        spec: BarSpec,
        start: date | None,
        end: date | None,
    ) -> RawBars | None:
        """Return what is stored of the range, all actions included; None when nothing ever was.

        Raises
        ------
        CorruptDataError
            A file cannot be read; the message names it and the way out.
        StorageError
            The folder cannot be read.
        """
        folder = self._folder(provider, instrument_id, spec)
        missing = ""
        with _one_line_errors(folder):
            for _ in range(_MOST_OVERTAKEN):
                manifest = read_manifest(folder / _MANIFEST, instrument_id)
                if manifest is None:
                    return None
                try:
                    return _read(folder, manifest, _empty(instrument_id, spec), start, end)
                except FileNotFoundError as error:  # a writer was faster: look again
                    if missing == str(error.filename):
                        break
                    missing = str(error.filename)
        raise corrupt(folder / missing, "not there")

    def save(self, raw: RawBars, *, replaces: bool = False) -> None:
        """Merge: new bars replace stored ones of the same end; all or nothing.

        Parameters
        ----------
        raw
            Bars that `validate` has passed.
        replaces
            Drop whatever was stored of the series instead, sound or not.

        Raises
        ------
        InvalidInputError
            The bars are not in order.
        CorruptDataError
            A stored file that would have to be merged with cannot be read.
        StorageError
            The folder cannot be written; nothing has changed.
        """
        series = raw.series
        is_sorted = bool((series.end[1:] > series.end[:-1]).all())
        require(is_sorted, "bars", "out of order", "ends that increase", "Validate them first")
        folder = self._folder(raw.lineage.provider, series.instrument_id, series.spec)
        with _one_line_errors(folder), _locked(folder):
            old = None
            if not replaces:
                old = read_manifest(folder / _MANIFEST, series.instrument_id)
            generation = 1 + max(old.generation if old else 0, _newest_generation(folder))
            pieces = dict(old.pieces) if old else {}
            try:
                pieces |= _write_pieces(folder, series, pieces, generation)
                manifest = _merge(old, raw, pieces, generation)
                write_manifest(folder / _MANIFEST, manifest, series.instrument_id)
            except BaseException:
                _sweep(folder, lambda _, made: made == generation)
                raise
            _sweep(folder, lambda name, _: name not in pieces.values())

    def forget(self, provider: str, instrument_id: InstrumentId, spec: BarSpec) -> None:
        """Drop all that is stored of this series.

        Raises
        ------
        StorageError
            The folder cannot be written.
        """
        folder = self._folder(provider, instrument_id, spec)
        if not folder.is_dir():
            return
        with _one_line_errors(folder), _locked(folder):
            (folder / _MANIFEST).unlink(missing_ok=True)
            _sweep(folder, lambda *_: True)

    def _folder(self, provider: str, instrument_id: InstrumentId, spec: BarSpec) -> Path:
        require(_PROVIDER.match(provider), "provider", provider, "1 to 32 of a-z 0-9 _ -")
        symbol = instrument_id.symbol.replace("/", "%2F")
        if symbol.endswith(".") or _RESERVED.match(symbol):
            symbol += "%"
        return self._root / provider / str(spec) / instrument_id.mic / symbol


def _read(
    folder: Path, manifest: Manifest, empty: BarSeries, start: date | None, end: date | None
) -> RawBars:
    from bifrost_kernel.storage.bar_pieces import read_piece

    years = range(start.year if start else 0, (end.year if end else 9999) + 1)
    wanted = [one for one in sorted(manifest.pieces) if one == _WHOLE or int(one) in years]
    found = [
        read_piece(folder / manifest.pieces[one], empty.instrument_id, empty.spec) for one in wanted
    ] or [empty]
    series = found[0] if len(found) == 1 else merge_series(*found)
    is_between = rows_between(series.session_date, start, end)
    if not is_between.all():
        series = series.take(is_between)
    asked = nearest_range(manifest.asked, start, end)
    first, last = asked or (None, None)
    before = manifest.nothing_new_before if asked and asked == manifest.asked[-1] else None
    return RawBars(series, manifest.actions, manifest.lineage, first, last, before)


def _merge(old: Manifest | None, raw: RawBars, pieces: dict[str, str], generation: int) -> Manifest:
    known, new = old.asked if old else (), asked_range(raw)
    asked = join_ranges([*known, *([new] if new else [])])
    before = (known[-1] if known else None, old.nothing_new_before if old else None)
    return Manifest(
        generation,
        raw.lineage,
        pieces,
        asked,
        merge_actions(old.actions if old else (), raw.actions),
        keep_settled(asked, before, (new, raw.nothing_new_before)),
    )


def _write_pieces(
    folder: Path, series: BarSeries, pieces: dict[str, str], generation: int
) -> dict[str, str]:
    from bifrost_kernel.storage.bar_pieces import read_piece, write_piece

    written = {}
    for key, part in _split(series):
        merged = part
        if key in pieces:
            try:
                old = read_piece(folder / pieces[key], series.instrument_id, series.spec)
            except FileNotFoundError:
                raise corrupt(folder / pieces[key], "not there") from None
            merged = merge_series(old, part)
        written[key] = f"{key}.{generation}.parquet"
        write_piece(folder / written[key], merged)
    return written


def _split(series: BarSeries) -> Iterator[tuple[str, BarSeries]]:
    if len(series) == 0:
        return
    if not series.spec.is_intraday:
        yield _WHOLE, series
        return
    years = series.session_date.astype("datetime64[Y]").astype(np.int64) + 1970
    first = np.flatnonzero(np.concatenate(([True], years[1:] != years[:-1])))
    if len(np.unique(years[first])) < len(first):
        for year in np.unique(years).tolist():
            yield f"{year:04d}", series.take(years == year)
        return
    for begin, stop in zip(first.tolist(), [*first[1:].tolist(), len(series)], strict=True):
        yield f"{years[begin]:04d}", series.take(slice(begin, stop))


def _empty(instrument_id: InstrumentId, spec: BarSpec) -> BarSeries:
    nothing = np.empty(0)
    ends, days = np.empty(0, dtype=np.int64), np.empty(0, dtype="datetime64[D]")
    return BarSeries(instrument_id, spec, ends, days, *([nothing] * 5))


def _newest_generation(folder: Path) -> int:
    found = (PIECE.match(one.name) for one in folder.iterdir())
    return max((int(match[2]) for match in found if match), default=0)


def _sweep(folder: Path, is_rubbish: Callable[[str, int], bool]) -> None:
    # what an older commit, or a writer that died, left behind; only names that are ours
    for path in folder.iterdir():
        match = PIECE.match(path.name)
        if TEMPORARY.match(path.name) or (match and is_rubbish(path.name, int(match[2]))):
            with suppress(OSError):  # still open in a reader: the next commit sweeps it
                path.unlink(missing_ok=True)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / _LOCK, timeout=LOCK_SECONDS):
            yield
    except Timeout:
        raise StorageError(
            f"stored bars {str(folder)!r}: another process has been writing them for "
            f"{LOCK_SECONDS:g} s. Wait for that process, or end it, and try again",
            code="locked",
            context={"path": str(folder)},
        ) from None


@contextmanager
def _one_line_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except BifrostError:
        raise
    except OSError as error:
        raise StorageError(
            f"stored bars {str(folder)!r}: the disk refused: {error.strerror or error}. Free some "
            f"space, check its permissions, or set BIFROST_HOME to another folder; "
            f"nothing was half-written",
            context={"path": str(folder)},
        ) from None
