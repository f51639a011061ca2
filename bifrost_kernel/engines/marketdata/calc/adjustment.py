"""Corporate actions into prices."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.domain.bars import ActionKind, Adjustment, BarSeries
from bifrost_kernel.domain.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bifrost_kernel.domain.bars import CorporateAction, Floats


def adjust(
    series: BarSeries, actions: Sequence[CorporateAction], adjustment: Adjustment
) -> BarSeries:
    """Take splits, or splits and dividends, out of the prices.

    Parameters
    ----------
    series
        Unadjusted bars, sorted.
    actions
        Of this instrument or of others, whose are left alone; any order.
    adjustment
        NONE returns the series itself. SPLITS divides prices before a split's ex-date by its
        ratio and multiplies volume by it. ALL multiplies prices before a dividend's ex-date by
        1 - D / C as well, C being the unadjusted close of the last bar before that date.

    Returns
    -------
    BarSeries
        Its last bar is unchanged; actions outside the series change nothing.

    Raises
    ------
    DataError
        A split that is not positive, or a dividend that is negative or not below C.

    Notes
    -----
    Proportional (total-return) adjustment, as the CRSP and Yahoo adjusted closes have it.
    """
    factors = _factors(series, actions, adjustment)
    if factors is None:
        return series
    price, volume = factors
    columns = {name: getattr(series, name) * price for name in ("open", "high", "low", "close")}
    columns["volume"] = series.volume * volume
    for column in columns.values():
        column.setflags(write=False)
    return BarSeries(series.instrument_id, series.spec, series.end, series.session_date, **columns)


def restate_dividends(
    actions: Sequence[CorporateAction], adjustment: Adjustment
) -> tuple[CorporateAction, ...]:
    """Express dividends per unit of the adjusted prices, so that they can be paid on them.

    Parameters
    ----------
    actions
        As announced: per unit held at the close before the ex-date.
    adjustment
        With SPLITS a dividend is divided by every split from its ex-date on; otherwise all
        stay as announced.

    Returns
    -------
    tuple
        In the order given.
    """
    if adjustment is not Adjustment.SPLITS:
        return tuple(actions)
    splits = [one for one in actions if one.kind is ActionKind.SPLIT]

    def restated(one: CorporateAction) -> CorporateAction:
        if one.kind is ActionKind.SPLIT:
            return one
        later = [
            split.value
            for split in splits
            if split.instrument_id == one.instrument_id and split.ex_date >= one.ex_date
        ]
        return replace(one, value=one.value / float(np.prod(later))) if later else one

    return tuple(restated(one) for one in actions)


def _factors(
    series: BarSeries, actions: Sequence[CorporateAction], adjustment: Adjustment
) -> tuple[Floats, Floats] | None:
    price_step, volume_step = np.ones(len(series)), np.ones(len(series))
    has_any = False
    own = [one for one in actions if one.instrument_id == series.instrument_id]
    days = np.array([one.ex_date for one in own], dtype="datetime64[D]")
    rows = np.searchsorted(series.session_date, days).tolist()
    for action, row in zip(own, rows, strict=True):
        if row == 0 or row == len(series):
            continue
        factor = _factor(action, float(series.close[row - 1]), adjustment)
        price_step[row - 1] *= factor
        if action.kind is ActionKind.SPLIT:
            volume_step[row - 1] /= factor
        has_any |= factor != 1.0
    if not has_any:
        return None
    return _from_the_end(price_step), _from_the_end(volume_step)


def _from_the_end(steps: Floats) -> Floats:
    return np.asarray(np.cumprod(steps[::-1])[::-1], dtype=np.float64)


def _factor(action: CorporateAction, close_before: float, adjustment: Adjustment) -> float:
    if adjustment is Adjustment.NONE:
        return 1.0
    if action.kind is ActionKind.SPLIT:
        if not (np.isfinite(action.value) and action.value > 0):
            raise DataError(
                f"{action.instrument_id} split of {action.ex_date}: expected a positive ratio, "
                f"was {action.value!r}"
            )
        return 1.0 / action.value
    if adjustment is Adjustment.SPLITS:
        return 1.0
    if not 0 <= action.value < close_before:
        raise DataError(
            f"{action.instrument_id} dividend of {action.ex_date}: expected 0 or more and below "
            f"the close before it ({close_before:g}), was {action.value!r}"
        )
    return 1.0 - action.value / close_before
