"""Shorter bars into longer ones, never across a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bifrost_kernel.domain.bars import BarSeries
from bifrost_kernel.domain.errors import InvalidInputError
from bifrost_kernel.engines.marketdata.calc.calendar import (
    NS_PER_SECOND,
    load_sessions,
    period_keys,
)

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarSpec, Ints


def resample(series: BarSeries, spec: BarSpec) -> BarSeries:
    """Join bars into longer ones.

    Parameters
    ----------
    series
        Sorted bars; adjust them first, since an action inside a week cannot be seen afterwards.
    spec
        The longer bar: intraday lengths must be a multiple of the series' own.

    Returns
    -------
    BarSeries
        First open, highest high, lowest low, last close, summed volume. Intraday bars step
        from the session's open and never cross a session; their end is the end of their step,
        cut at the close. Bars of days and weeks carry the end and session of their last bar.

    Raises
    ------
    InvalidInputError
        `spec` is shorter than the bars, or no multiple of them.

    Notes
    -----
    Steps without a bar make no bar. Bars outside the session's hours are joined with one
    another only: before the open in steps counted back from it, after the close from it.
    """
    if spec == series.spec:
        return series
    _require_coarser(series.spec, spec)
    if len(series) == 0:
        return BarSeries(series.instrument_id, spec, *_columns_of(series))
    if spec.is_intraday:
        group, ends = _intraday_groups(series, spec)
    else:
        group, ends = period_keys(series.session_date, spec), None
    first = np.flatnonzero(np.concatenate(([True], group[1:] != group[:-1])))
    last = np.append(first[1:], len(series)) - 1
    columns = {
        "end": series.end[last] if ends is None else ends[last],
        "session_date": series.session_date[last],
        "open": series.open[first],
        "high": np.maximum.reduceat(series.high, first),
        "low": np.minimum.reduceat(series.low, first),
        "close": series.close[last],
        "volume": np.add.reduceat(series.volume, first),
    }
    for column in columns.values():
        column.setflags(write=False)
    return BarSeries(series.instrument_id, spec, **columns)


def can_resample(source: BarSpec, target: BarSpec) -> bool:
    """Tell whether bars of `source` can be joined into bars of `target`."""
    if target.is_intraday:
        return source.is_intraday and target.seconds % source.seconds == 0
    if source.is_intraday:
        return True
    if source.count != 1 or target.seconds < source.seconds:
        return source == target
    return source.unit == "d" or target.unit == "w"


def _require_coarser(source: BarSpec, target: BarSpec) -> None:
    if not can_resample(source, target):
        raise InvalidInputError(
            f"interval: expected a multiple of the bars' own {source}, was {target}. "
            f"Fetch bars of {target} instead",
            context={"source": str(source), "target": str(target)},
        )


def _intraday_groups(series: BarSeries, spec: BarSpec) -> tuple[Ints, Ints]:
    step = spec.seconds * NS_PER_SECOND
    anchor, close = _hours(series)
    is_late = series.end > close
    anchor = np.where(is_late, close, anchor)
    ends = anchor + ((series.end - anchor - 1) // step + 1) * step
    ends = np.where(~is_late & (series.end > anchor), np.minimum(ends, close), ends)
    sessions = series.session_date
    is_new = (ends[1:] != ends[:-1]) | (sessions[1:] != sessions[:-1])
    return np.concatenate(([0], np.cumsum(is_new))), ends


def _hours(series: BarSeries) -> tuple[Ints, Ints]:
    sessions = series.session_date
    # a date without a session counts from its first bar and never closes
    first = np.flatnonzero(np.concatenate(([True], sessions[1:] != sessions[:-1])))
    counts = np.diff(np.append(first, len(series)))
    begin = np.repeat(series.end[first] - series.spec.seconds * NS_PER_SECOND, counts)
    never = np.full(len(series), np.iinfo(np.int64).max)
    known = load_sessions(series.instrument_id.mic, sessions.min().item(), sessions.max().item())
    if len(known.session) == 0:
        return begin, never
    row = np.minimum(np.searchsorted(known.session, sessions), len(known.session) - 1)
    is_session = known.session[row] == sessions
    return (
        np.where(is_session, known.open[row], begin),
        np.where(is_session, known.close[row], never),
    )


def _columns_of(series: BarSeries) -> tuple[Any, ...]:
    names = ("end", "session_date", "open", "high", "low", "close", "volume")
    return tuple(getattr(series, name) for name in names)
