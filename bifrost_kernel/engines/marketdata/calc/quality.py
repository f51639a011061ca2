"""Findings: what is wrong, or looks wrong, with a series."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.domain.bars import ActionKind
from bifrost_kernel.domain.instruments import NO_MARKET
from bifrost_kernel.engines.marketdata.calc.calendar import (
    bar_ends,
    load_sessions,
    locate,
    period_keys,
)
from bifrost_kernel.engines.marketdata.calc.derivation import simple_ratio
from bifrost_kernel.engines.marketdata.calc.validation import describe_bar, offences, stamp_of
from bifrost_kernel.engines.marketdata.model import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bifrost_kernel.domain.bars import BarSeries, Bools, CorporateAction, Dates, Floats, Ints

SHORTEST_STALE_RUN = 5
LARGE_JUMP = 0.35
_SMALLEST_SPLIT_MOVE = 0.18
_SPLIT_TOLERANCE = 0.03
_LARGEST_DENOMINATOR = 2  # 5:4 and 4:3 cannot be told from an ordinary crash
_STAYS_WITHIN = 0.15
_OFFENCES = {
    "non_finite": "values that are no numbers; drop or mend these bars at the source",
    "non_positive": "prices of zero or less; drop or mend these bars at the source",
    "high_below_low": "highs below the low; the columns may be swapped",
    "outside_range": "opens or closes outside high and low",
    "negative_volume": "negative volumes",
    "unsorted": "bars that end before the bar in front of them; sort by time",
    "duplicate": "bars with the same end as another; keep one of each",
}
_DOUBTS = frozenset({"outside_range"})


def offence_findings(series: BarSeries) -> Iterator[Finding]:
    """Yield one finding for each rule of `validation.offences` that any bar breaks."""
    for rule, is_bad in offences(series).items():
        count = int(np.count_nonzero(is_bad))
        if count:
            row = int(np.argmax(is_bad))
            severity = Severity.WARNING if rule in _DOUBTS else Severity.ERROR
            message = f"{count} {_OFFENCES[rule]}: first {describe_bar(series, row)}"
            yield Finding(rule, severity, count, stamp_of(series, row), message)


def stale_findings(series: BarSeries) -> Iterator[Finding]:
    """Yield a finding when open, high, low and close stand still for five bars or more."""
    if len(series) < SHORTEST_STALE_RUN:
        return
    is_same = np.ones(len(series) - 1, dtype=np.bool_)
    for column in (series.open, series.high, series.low, series.close):
        is_same &= column[1:] == column[:-1]
    first = np.flatnonzero(np.concatenate(([True], ~is_same)))
    lengths = np.diff(np.append(first, len(series)))
    is_long = lengths >= SHORTEST_STALE_RUN
    if is_long.any():
        count = int(lengths[is_long].sum())
        longest = int(lengths.max())
        stamp = stamp_of(series, int(first[is_long][0]))
        message = (
            f"{count} bars repeat the bar before them, the longest run is {longest}: "
            f"first from {stamp}; a feed that stood still, or nothing traded"
        )
        yield Finding("stale_run", Severity.WARNING, count, stamp, message)


def jump_findings(series: BarSeries, actions: Sequence[CorporateAction]) -> Iterator[Finding]:
    """Yield findings on prices that jump from one bar to the next.

    Parameters
    ----------
    series
        Sorted bars.
    actions
        Known ones: a split that explains its jump makes a note.

    Yields
    ------
    Finding
        ``split_like`` when the open stands to the close before it as a split would have it
        (within 3 %) and the close stays there; ``jump`` for other moves of 35 % or more, which
        no split explains; ``known_split`` as a note.
    """
    if len(series) < 2:
        return
    before = series.close[:-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        at_open = series.open[1:] / before
        at_close = series.close[1:] / before
    is_known = _explained(series, actions, at_close)
    if is_known.any():
        row = int(np.argmax(is_known)) + 1
        count = int(is_known.sum())
        stamp = stamp_of(series, row)
        message = f"{count} known splits stand in these unadjusted prices, first on {stamp}"
        yield Finding("known_split", Severity.NOTE, count, stamp, message)
    is_large = np.abs(np.log(np.where(at_open > 0, at_open, 1.0))) >= np.log1p(_SMALLEST_SPLIT_MOVE)
    split_like = np.zeros(len(at_open), dtype=np.bool_)
    ratios: dict[int, str] = {}
    for row in np.flatnonzero(is_large & ~is_known).tolist():
        ratio = simple_ratio(1 / float(at_open[row]), _SPLIT_TOLERANCE, _LARGEST_DENOMINATOR)
        if ratio is not None and abs(np.log(at_close[row] * float(ratio))) < _STAYS_WITHIN:
            split_like[row] = True
            ratios[row] = f"{ratio.numerator}:{ratio.denominator}"
    is_move = (at_close <= 1 - LARGE_JUMP) | (at_close >= 1 / (1 - LARGE_JUMP))
    yield from _split_like(series, split_like, ratios, at_close)
    yield from _plain_jumps(series, is_move & ~is_known & ~split_like, at_close)


def calendar_findings(series: BarSeries, mic: str) -> tuple[int, int, list[Finding]]:
    """Compare a series with the venue's calendar.

    Parameters
    ----------
    series
        Bars in any order.
    mic
        Venue; ``XXXX`` has no sessions to compare with.

    Returns
    -------
    tuple
        How many bars the calendar has between the first and the last one, how many of them are
        there, and the findings ``gap``, ``not_a_session`` and ``time_zone``.
    """
    if len(series) == 0:
        return 0, 0, []
    if mic == NO_MARKET:
        message = (
            f"{NO_MARKET} has no trading calendar, so that completeness cannot be judged; "
            f"name the venue, such as {series.instrument_id.symbol}.XNAS"
        )
        note = Finding("no_calendar", Severity.NOTE, len(series), stamp_of(series, 0), message)
        return len(series), len(series), [note]
    start, end = series.session_date.min(), series.session_date.max()
    expected_session, expected_end = bar_ends(mic, series.spec, start.item(), end.item())
    if series.spec.is_intraday:
        is_between = (expected_end >= series.end.min()) & (expected_end <= series.end.max())
        expected_session, wanted = expected_session[is_between], expected_end[is_between]
        present = series.end
    else:
        wanted = period_keys(expected_session, series.spec)
        present = period_keys(series.session_date, series.spec)
        is_between = wanted <= present.max()
        expected_session, wanted = expected_session[is_between], wanted[is_between]
    is_there = _contains(present, wanted)
    found = list(_gaps(series, wanted, expected_session, is_there))
    found += _strangers(series, mic)
    return len(wanted), int(np.count_nonzero(is_there)), found


def _contains(present: Ints, wanted: Ints) -> Bools:
    is_sorted = (present[1:] > present[:-1]).all()
    there = present if is_sorted else np.unique(present)
    row = np.minimum(np.searchsorted(there, wanted), len(there) - 1)
    return np.asarray(there[row] == wanted)


def _gaps(
    series: BarSeries, wanted: Ints, expected_session: Dates, is_there: Bools
) -> Iterator[Finding]:
    count = int(np.count_nonzero(~is_there))
    if count == 0:
        return
    row = int(np.argmin(is_there))
    first = str(expected_session[row])
    if series.spec.is_intraday:
        first = f"{np.datetime64(int(wanted[row]), 'ns').astype('datetime64[s]')}Z"
    holes = np.diff(np.flatnonzero(np.concatenate(([True], is_there, [True])))) - 1
    message = (
        f"{count} of {len(wanted)} bars that the calendar calls for are missing, "
        f"first {first}, at most {int(holes.max())} in a row"
    )
    yield Finding("gap", Severity.NOTE, count, first, message)


def _strangers(series: BarSeries, mic: str) -> Iterator[Finding]:
    start, end = series.session_date.min(), series.session_date.max()
    known = load_sessions(mic, start.item(), end.item())
    days = series.session_date
    if len(known.session) == 0:
        is_session = np.zeros(len(days), dtype=np.bool_)
    else:
        row = np.minimum(np.searchsorted(known.session, days), len(known.session) - 1)
        is_session = known.session[row] == days
    yield from _stranger(
        series, ~is_session, "not_a_session", f"on dates when {mic} had no session"
    )
    if series.spec.is_intraday:
        _, is_inside = locate(known, series.end)
        hint = f"outside the hours of {mic}; extended hours, or the wrong time zone"
        yield from _stranger(series, is_session & ~is_inside, "time_zone", hint)


def _stranger(series: BarSeries, is_bad: Bools, rule: str, hint: str) -> Iterator[Finding]:
    count = int(np.count_nonzero(is_bad))
    if count:
        stamp = stamp_of(series, int(np.argmax(is_bad)))
        message = f"{count} bars {hint}: first {stamp}"
        yield Finding(rule, Severity.WARNING, count, stamp, message)


def _explained(series: BarSeries, actions: Sequence[CorporateAction], at_close: Floats) -> Bools:
    is_known = np.zeros(len(at_close), dtype=np.bool_)
    for action in actions:
        if action.kind is not ActionKind.SPLIT or action.instrument_id != series.instrument_id:
            continue
        row = int(np.searchsorted(series.session_date, np.datetime64(action.ex_date, "D"))) - 1
        if 0 <= row < len(at_close):
            left = at_close[row] * action.value
            is_known[row] = left > 0 and abs(np.log(left)) < abs(np.log(left / action.value))
    return is_known


def _split_like(
    series: BarSeries, is_like: Bools, ratios: dict[int, str], at_close: Floats
) -> Iterator[Finding]:
    if is_like.any():
        row = int(np.argmax(is_like))
        stamp = stamp_of(series, row + 1)
        count = len(ratios)
        message = (
            f"{count} jumps look like splits that nobody told of: first {stamp}, "
            f"{at_close[row] - 1:+.1%}, like {ratios[row]}; compare with the issuer's actions"
        )
        yield Finding("split_like", Severity.WARNING, count, stamp, message)


def _plain_jumps(series: BarSeries, is_move: Bools, at_close: Floats) -> Iterator[Finding]:
    count = int(np.count_nonzero(is_move))
    if count:
        row = int(np.argmax(is_move))
        stamp = stamp_of(series, row + 1)
        message = (
            f"{count} moves of {LARGE_JUMP:.0%} or more that no split explains: "
            f"first {stamp}, {at_close[row] - 1:+.1%}"
        )
        yield Finding("jump", Severity.NOTE, count, stamp, message)
