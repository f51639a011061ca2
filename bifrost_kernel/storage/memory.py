"""A bar store that forgets: for tests, and for desks that shall leave no files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bifrost_kernel.domain.errors import require
from bifrost_kernel.engines.marketdata.calc.merging import (
    AskedRange,
    asked_range,
    join_ranges,
    keep_settled,
    merge_actions,
    merge_series,
    nearest_range,
    rows_between,
)
from bifrost_kernel.engines.marketdata.model import RawBars

if TYPE_CHECKING:
    from datetime import date

    from bifrost_kernel.domain.bars import BarSpec
    from bifrost_kernel.domain.instruments import InstrumentId


@dataclass(frozen=True, slots=True)
class _Kept:
    raw: RawBars
    asked: tuple[AskedRange, ...]


class MemoryBarStore:
    """Unadjusted bars and corporate actions in this process only."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, InstrumentId, BarSpec], _Kept] = {}

    def load(
        self,
        provider: str,
        instrument_id: InstrumentId,
        spec: BarSpec,
        start: date | None,
        end: date | None,
    ) -> RawBars | None:
        """Return what is kept of the range, all actions included; None when nothing ever was."""
        kept = self._kept.get((provider, instrument_id, spec))
        if kept is None:
            return None
        series = kept.raw.series.take(rows_between(kept.raw.series.session_date, start, end))
        asked = nearest_range(kept.asked, start, end)
        first, last = asked or (None, None)
        before = kept.raw.nothing_new_before if asked and asked == kept.asked[-1] else None
        return RawBars(series, kept.raw.actions, kept.raw.lineage, first, last, before)

    def save(self, raw: RawBars, *, replaces: bool = False) -> None:
        """Merge: new bars replace kept ones of the same end, or with `replaces` all of them.

        Raises
        ------
        InvalidInputError
            The bars are not in order.
        """
        series, actions = raw.series, raw.actions
        is_sorted = bool((series.end[1:] > series.end[:-1]).all())
        require(is_sorted, "bars", "out of order", "ends that increase", "Validate them first")
        key = (raw.lineage.provider, series.instrument_id, series.spec)
        new = asked_range(raw)
        asked = join_ranges([new] if new else [])
        before = (new, raw.nothing_new_before)
        settled = keep_settled(asked, before)
        old = None if replaces else self._kept.get(key)
        if old is not None:
            series = merge_series(old.raw.series, series)
            asked = join_ranges([*old.asked, *asked])
            actions = merge_actions(old.raw.actions, actions)
            last = old.asked[-1] if old.asked else None
            settled = keep_settled(asked, (last, old.raw.nothing_new_before), before)
        merged = RawBars(series, merge_actions((), actions), raw.lineage, None, None, settled)
        self._kept[key] = _Kept(merged, asked)

    def forget(self, provider: str, instrument_id: InstrumentId, spec: BarSpec) -> None:
        """Drop all that is kept of this series."""
        self._kept.pop((provider, instrument_id, spec), None)
