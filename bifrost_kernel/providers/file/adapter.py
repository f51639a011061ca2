"""Bars that a person has in a CSV or Parquet file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_kernel.domain.bars import Lineage
from bifrost_kernel.domain.errors import NoDataError
from bifrost_kernel.engines.marketdata.engine import actions_from_adjusted_close, validate
from bifrost_kernel.engines.marketdata.model import RawBars
from bifrost_kernel.providers.columns import find_columns, to_series
from bifrost_kernel.providers.file import client, mapping
from bifrost_kernel.providers.ranges import require_range

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from bifrost_kernel.domain.bars import BarSpec
    from bifrost_kernel.domain.instruments import Instrument
    from bifrost_kernel.workflows.ports import Clock

NAME = "file"


class FileProvider:
    """The `Provider` and `FileReader` of a person's own files.

    Parameters
    ----------
    clock
        Tells when a file was read.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    @property
    def name(self) -> str:
        """``file``."""
        return NAME

    def instruments(self) -> tuple[Instrument, ...]:
        """Return none: what was imported is in the instrument store."""
        return ()

    def fetch(
        self, instrument: Instrument, spec: BarSpec, start: date | None, end: date | None
    ) -> RawBars:
        """Refuse: the bars of a file are those that were imported.

        Raises
        ------
        NoDataError
            Always; what was imported lies in the bar store.
        """
        require_range(start, end)
        raise NoDataError(
            f"{instrument.id}: no {spec} bars from {start or 'the first'} to {end or 'the last'} "
            f"were imported from a file. Import a file that holds them",
            context={"instrument": str(instrument.id), "interval": str(spec)},
        )

    def read(
        self,
        path: str,
        instrument: Instrument,
        spec: BarSpec | None = None,
        *,
        columns: Mapping[str, str] | None = None,
        timezone: str | None = None,
        stamp: str = "end",
    ) -> RawBars:
        """Return the bars of a CSV (also .gz) or Parquet file.

        Parameters
        ----------
        path
            The file.
        instrument
            Whose bars they are; a symbol column, if there is one, selects its rows.
        spec
            How long the bars are; None to tell by their stamps.
        columns
            Field (date, time, open, high, low, close, adj_close, volume, symbol) to column name,
            where the usual names do not fit; an empty name leaves an optional field out.
        timezone
            IANA name for times that carry none; None = the clock of the instrument's venue.
        stamp
            Whether intraday rows carry the ``end`` or the ``start`` of their bar.

        Raises
        ------
        DataError
            The file cannot be read as bars; the message says where.
        InvalidInputError
            An argument cannot be used.
        """
        where = f"file {path!r}"
        source = client.open_source(path)
        found = find_columns(source.names, columns, where)
        numbers = [found[field] for field in mapping.NUMBERS if field in found]
        table = client.read_table(source, tuple(dict.fromkeys(found.values())), numbers)
        rows = mapping.take_symbol(table, found.get("symbol"), instrument.id.symbol, where)
        plain, assumed = mapping.to_columns(rows, found, where, source.place)
        series, steps = to_series(
            plain, instrument.id, spec, timezone=timezone, stamp=stamp, where=where
        )
        raw = RawBars(
            series=series,
            actions=(),
            lineage=Lineage(NAME, str(source.path), self._clock.now(), (*assumed, *steps)),
            first_asked=series.session_date.min().item(),
            last_asked=series.session_date.max().item(),
        )
        validate(raw)
        if plain.adjusted_close is None or series.spec.is_intraday:
            return raw
        return RawBars(
            series=series,
            actions=actions_from_adjusted_close(series, plain.adjusted_close),
            lineage=raw.lineage,
            first_asked=raw.first_asked,
            last_asked=raw.last_asked,
        )
