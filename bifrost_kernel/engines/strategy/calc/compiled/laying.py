"""Wishes laid out in the order in which they are acted on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarPanel, Bools, Floats, Ints
    from bifrost_kernel.domain.strategies import Signals


class Wishes(NamedTuple):
    """What is wished, in the order in which it is acted on; arrays not given have no length.

    Parameters
    ----------
    at
        shape (W,), ascending: the bar at which each wish is acted on.
    place
        shape (W,): where it stands in the arrays below, row x K + column.
    column
        shape (W,).
    entries, exits, short_entries, short_exits
        shape (T x K,), bool: see `Signals`.
    target_size, target_weight, limit_price, stop_price
        shape (T x K,), float64: likewise.
    stop_distance, profit_distance, trail_distance
        shape (T x K,), float64: likewise.
    """

    at: Ints
    place: Ints
    column: Ints
    entries: Bools
    exits: Bools
    short_entries: Bools
    short_exits: Bools
    target_size: Floats
    target_weight: Floats
    limit_price: Floats
    stop_price: Floats
    stop_distance: Floats
    profit_distance: Floats
    trail_distance: Floats


def lay_wishes(signals: Signals, panel: BarPanel, *, is_at_open: bool) -> Wishes:
    """Lay a strategy's wishes out.

    Parameters
    ----------
    signals, panel
        Wishes and bars, each array of shape (T, K).
    is_at_open
        Each bar's wishes are acted on at the open of the instrument's next bar.

    Raises
    ------
    InvalidInputError
        An array has another shape, or a wish cannot be ordered; the message names the bar.
    """
    raise NotImplementedError
