"""What every provider does with the sessions it is asked for (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.domain.errors import InvalidInputError, NoDataError

if TYPE_CHECKING:
    from datetime import date

    from bifrost_kernel.domain.bars import BarSeries, CorporateAction


def require_range(start: date | None, end: date | None) -> None:
    """Raise unless start..end holds at least one day."""
    if start is not None and end is not None and start > end:
        raise InvalidInputError(
            f"range: expected start <= end, was {start} to {end}. Exchange the two",
            code="empty-range",
            context={"start": start, "end": end},
        )


def take_range(series: BarSeries, start: date | None, end: date | None, provider: str) -> BarSeries:
    """Return the bars of the sessions start..end, both included; None leaves a side open.

    Raises
    ------
    NoDataError
        There are none; the message says from when to when there are some.
    """
    rows = np.ones(len(series), dtype=np.bool_)
    if start is not None:
        rows &= series.session_date >= np.datetime64(start, "D")
    if end is not None:
        rows &= series.session_date <= np.datetime64(end, "D")
    if not rows.any():
        first, last = str(series.session_date[0]), str(series.session_date[-1])
        raise NoDataError(
            f"{series.instrument_id}: provider {provider!r} has no {series.spec} bars from "
            f"{start or 'its first'} to {end or 'its last'}, it has {first} to {last}. "
            f"Ask for a range inside",
            context={"first": first, "last": last},
        )
    return series if rows.all() else series.take(rows)


def take_actions(
    actions: tuple[CorporateAction, ...], series: BarSeries
) -> tuple[CorporateAction, ...]:
    """Return the actions inside the series' range and after it."""
    first = str(series.session_date[0])
    return tuple(one for one in actions if one.ex_date >= first)
