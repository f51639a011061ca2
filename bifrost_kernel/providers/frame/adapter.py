"""Bars that a person has in pandas data frames."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bifrost_kernel.domain.bars import Lineage
from bifrost_kernel.domain.errors import InvalidInputError, NoDataError
from bifrost_kernel.engines.marketdata.engine import actions_from_adjusted_close, validate
from bifrost_kernel.engines.marketdata.model import RawBars
from bifrost_kernel.providers.columns import to_series
from bifrost_kernel.providers.frame import mapping
from bifrost_kernel.providers.ranges import require_range

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from bifrost_kernel.domain.bars import BarSpec
    from bifrost_kernel.domain.instruments import Instrument, InstrumentId
    from bifrost_kernel.providers.columns import Columns
    from bifrost_kernel.workflows.ports import Clock

NAME = "frame"


class FrameProvider:
    """The `Provider` and `FrameReader` of a person's own data frames.

    Parameters
    ----------
    clock
        Tells when a frame was read.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    @property
    def name(self) -> str:
        """``frame``."""
        return NAME

    def instruments(self) -> tuple[Instrument, ...]:
        """Return none: a frame is not kept."""
        return ()

    def fetch(
        self, instrument: Instrument, spec: BarSpec, start: date | None, end: date | None
    ) -> RawBars:
        """Refuse: a frame is given with each call, never fetched.

        Raises
        ------
        NoDataError
            Always.
        """
        require_range(start, end)
        raise NoDataError(
            f"{instrument.id}: {spec} bars of a frame are not kept. "
            f"Give the frame again (bars=frame), or write it to a file and import that",
            context={"instrument": str(instrument.id), "interval": str(spec)},
        )

    def read(
        self,
        frames: object,
        *,
        symbols: Sequence[str] = (),
        spec: BarSpec | None = None,
        columns: Mapping[str, str] | None = None,
        timezone: str | None = None,
        stamp: str = "end",
    ) -> tuple[RawBars, ...]:
        """Return the bars of one frame, or of several by symbol.

        Parameters
        ----------
        frames
            A frame of one instrument; a long one with a symbol column or index level; a wide one
            with two levels of columns; or a mapping of symbol to frame.
        symbols
            Names for frames that carry none, or a choice of those they carry; ``SYMBOL.MIC``
            brings that venue's calendar, a symbol alone belongs to no market.
        spec
            How long the bars are; None to tell by their stamps.
        columns
            Field to column name, where the usual names do not fit.
        timezone
            IANA name for times that carry none; None = the clock of the venue, UTC without one.
        stamp
            Whether intraday rows carry the ``end`` or the ``start`` of their bar.

        Raises
        ------
        DataError
            A frame cannot be read as bars; the message says where.
        InvalidInputError
            An argument cannot be used.
        """
        found = mapping.split_frames(frames, symbols, columns)
        read: dict[InstrumentId, tuple[Columns, tuple[str, ...]]] = {
            one: mapping.to_columns(frame, columns, f"frame {one}") for one, frame in found.items()
        }
        if timezone is None:
            _require_one_kind_of_time({key: plain for key, (plain, _) in read.items()})
        raws = []
        for key, (plain, assumed) in read.items():
            series, steps = to_series(
                plain, key, spec, timezone=timezone, stamp=stamp, where=f"frame {key}"
            )
            lineage = Lineage(NAME, "a data frame", self._clock.now(), (*assumed, *steps))
            first, last = series.session_date.min().item(), series.session_date.max().item()
            raw = validate(RawBars(series, (), lineage, first, last))
            if plain.adjusted_close is not None and not series.spec.is_intraday:
                actions = actions_from_adjusted_close(series, plain.adjusted_close)
                raw = replace(raw, actions=actions)
            raws.append(raw)
        return tuple(raws)


def _require_one_kind_of_time(read: Mapping[InstrumentId, Columns]) -> None:
    aware = [str(key) for key, one in read.items() if one.is_utc]
    if aware and len(aware) < len(read):
        naive = next(str(key) for key, one in read.items() if not one.is_utc)
        raise InvalidInputError(
            f"frames: expected all times with a time zone or none, was {aware[0]} with and "
            f"{naive} without. Convert them all to UTC",
            code="mixed-time-zones",
        )
