"""The face of market data: build, judge, adjust, join, align and assemble bars."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.domain.bars import Adjustment, BarSet
from bifrost_kernel.domain.errors import DataError, InvalidInputError, NoDataError
from bifrost_kernel.engines.marketdata.calc.adjustment import adjust, restate_dividends
from bifrost_kernel.engines.marketdata.calc.alignment import align
from bifrost_kernel.engines.marketdata.calc.calendar import (
    bar_ends,
    latest_sessions,
    next_change,
    session_closes,
)
from bifrost_kernel.engines.marketdata.calc.columns import series_from_columns
from bifrost_kernel.engines.marketdata.calc.derivation import actions_from_adjusted_close
from bifrost_kernel.engines.marketdata.calc.fingerprint import compute_fingerprint
from bifrost_kernel.engines.marketdata.calc.merging import (
    answered_until,
    asked_range,
    merge_series,
    missing_ranges,
)
from bifrost_kernel.engines.marketdata.calc.quality import (
    calendar_findings,
    jump_findings,
    offence_findings,
    stale_findings,
)
from bifrost_kernel.engines.marketdata.calc.resampling import can_resample, resample
from bifrost_kernel.engines.marketdata.calc.validation import describe_bar, offences
from bifrost_kernel.engines.marketdata.model import Finding, QualityReport, RawBars, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from bifrost_kernel.domain.bars import BarSeries, BarSpec, CorporateAction, Lineage

__all__ = [
    "actions_from_adjusted_close",
    "adjust",
    "align",
    "answered_until",
    "asked_range",
    "assemble",
    "assess",
    "bar_ends",
    "can_resample",
    "compute_fingerprint",
    "latest_sessions",
    "merge_series",
    "missing_ranges",
    "next_change",
    "resample",
    "restate_dividends",
    "series_from_columns",
    "session_closes",
    "validate",
]

ENOUGH = 0.995
_ORDER = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


def assess(
    series: BarSeries, *, mic: str | None = None, actions: Sequence[CorporateAction] = ()
) -> QualityReport:
    """Judge how sound and complete a series is.

    Parameters
    ----------
    series
        Bars in any order.
    mic
        Venue whose calendar is expected; None = the instrument's own.
    actions
        Known corporate actions: a split that explains its jump makes a note.

    Returns
    -------
    QualityReport
        Findings by severity, errors first. Completeness below 99.5 % of the calendar's bars is
        a warning.

    Raises
    ------
    UnknownNameError
        The venue has no calendar.

    Notes
    -----
    Bars with NaN count as present, and as an error.
    """
    venue = mic or series.instrument_id.mic
    expected, present, of_calendar = calendar_findings(series, venue)
    completeness = present / expected if expected else 1.0
    found = [
        *offence_findings(series),
        *of_calendar,
        *stale_findings(series),
        *jump_findings(series, actions),
    ]
    if completeness < ENOUGH:
        first = next((one.first for one in of_calendar if one.rule == "gap"), "")
        message = (
            f"{completeness:.2%} of the calendar's bars are there, fewer than {ENOUGH:.1%}; "
            f"fetch again with --refresh, or ask for a shorter range"
        )
        missing = expected - present
        found.append(Finding("completeness", Severity.WARNING, missing, first, message))
    found.sort(key=lambda one: _ORDER.index(one.severity))
    return QualityReport(series.instrument_id, len(series), expected, completeness, tuple(found))


def validate(raw: RawBars) -> RawBars:
    """Return the bars if they may enter the store.

    Parameters
    ----------
    raw
        What a provider gave.

    Returns
    -------
    RawBars
        The same object.

    Raises
    ------
    DataError
        A bar is not finite, not positive, has its high below its low, is out of order or comes
        twice; the message shows the first one.
    """
    series = raw.series
    for rule, is_bad in offences(series).items():
        if rule != "outside_range" and is_bad.any():
            row = int(np.argmax(is_bad))
            count = int(is_bad.sum())
            raise DataError(
                f"{series.instrument_id} from {raw.lineage.provider!r}: expected sound bars, was "
                f"{rule.replace('_', ' ')} in {count} of {len(series)}, first in row {row}: "
                f"{describe_bar(series, row)}. Mend them in {raw.lineage.source}",
                context={"rule": rule, "row": row, "count": count},
            )
    return raw


def assemble(
    raws: Sequence[RawBars],
    adjustment: Adjustment,
    start: date | None,
    end: date | None,
    *,
    spec: BarSpec | None = None,
) -> BarSet:
    """Make a bar set: adjust, clip, join, fingerprint.

    Parameters
    ----------
    raws
        Sound bars, one for each instrument.
    adjustment
        How corporate actions are to show; prices are anchored at the last bar given.
    start, end
        First and last session, both included; None = all there is.
    spec
        Bars to make of them, of their own length or longer; None = as they are.

    Returns
    -------
    BarSet
        With the actions inside each series' range. Under SPLITS dividends are per unit of the
        adjusted prices, otherwise as announced.

    Raises
    ------
    NoDataError
        Nothing of an instrument lies in the range; the message says what range there is.
    InvalidInputError
        No instruments, bars of different lengths, or an instrument twice.
    """
    _require_one_shape(raws, spec)
    wanted = spec or raws[0].series.spec
    series, actions, lineage = [], [], []
    for raw in raws:
        adjusted = adjust(raw.series, raw.actions, adjustment)
        clipped = _clip(raw, adjusted, start, end)
        series.append(resample(clipped, wanted))
        known = _inside(raw.actions, raw.series)
        actions += _inside(restate_dividends(known, adjustment), clipped)
        lineage.append(_told(raw, clipped, adjustment, wanted))
    actions.sort(key=lambda one: (one.ex_date, one.instrument_id, one.kind))
    fingerprint = compute_fingerprint(series, wanted, adjustment, actions)
    return BarSet(tuple(series), wanted, adjustment, tuple(actions), tuple(lineage), fingerprint)


def _require_one_shape(raws: Sequence[RawBars], spec: BarSpec | None) -> None:
    if not raws:
        raise InvalidInputError("bars: expected at least one instrument, was none")
    specs = sorted({str(one.series.spec) for one in raws})
    if spec is None and len(specs) > 1:
        raise InvalidInputError(f"bars: expected one interval for all, was {', '.join(specs)}")
    names = [str(one.series.instrument_id) for one in raws]
    twice = sorted({one for one in names if names.count(one) > 1})
    if twice:
        raise InvalidInputError(f"bars: expected each instrument once, was twice {twice[0]!r}")


def _clip(raw: RawBars, series: BarSeries, start: date | None, end: date | None) -> BarSeries:
    is_inside = np.ones(len(series), dtype=np.bool_)
    if start is not None:
        is_inside &= series.session_date >= np.datetime64(start, "D")
    if end is not None:
        is_inside &= series.session_date <= np.datetime64(end, "D")
    if is_inside.any():
        return series if is_inside.all() else series.take(is_inside)
    there = "there is nothing at all"
    if len(series):
        there = f"there is {series.session_date[0]} to {series.session_date[-1]}"
    raise NoDataError(
        f"no {series.spec} bars of {series.instrument_id} from {raw.lineage.provider!r} between "
        f"{start or 'the beginning'} and {end or 'now'}: {there}. Ask for another range",
        context={"instrument_id": str(series.instrument_id), "spec": str(series.spec)},
    )


def _inside(actions: Sequence[CorporateAction], series: BarSeries) -> list[CorporateAction]:
    first, last = str(series.session_date[0]), str(series.session_date[-1])
    return [
        one
        for one in actions
        if one.instrument_id == series.instrument_id and first <= one.ex_date <= last
    ]


def _told(raw: RawBars, clipped: BarSeries, adjustment: Adjustment, spec: BarSpec) -> Lineage:
    steps = []
    if adjustment is not Adjustment.NONE:
        steps.append(f"adjusted: {adjustment.value}, anchored at {raw.series.session_date[-1]}")
    if len(clipped) < len(raw.series):
        steps.append(f"clipped: {clipped.session_date[0]} to {clipped.session_date[-1]}")
    if spec != raw.series.spec:
        steps.append(f"resampled: {raw.series.spec} to {spec}")
    return replace(raw.lineage, steps=(*raw.lineage.steps, *steps))
