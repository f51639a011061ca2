"""Round trips by hand: from flat to flat, through zero, and left open."""

import math

import numpy as np
import pytest

from bifrost_kernel.domain.backtest import Fills
from bifrost_kernel.engines.strategy.engine import round_trips

WHOLE = ("order_ref", "bar", "instrument")
REAL = ("quantity", "price", "commission", "pnl", "position")


def make_fills(*rows):
    """Make fills of (bar, instrument, quantity, price, commission, pnl, position)."""
    table = [(ref, *row) for ref, row in enumerate(rows, 1)]
    columns = dict(zip((*WHOLE, *REAL), zip(*table, strict=True), strict=True))
    return Fills(
        **{name: np.array(columns[name], dtype=np.int64) for name in WHOLE},
        **{name: np.array(columns[name], dtype=np.float64) for name in REAL},
    )


def as_rows(trips):
    """Return the trips as tuples, NaN as None."""
    names = ("instrument", "entry_bar", "exit_bar", "quantity")
    names += ("entry_price", "exit_price", "pnl", "commission")
    rows = zip(*(getattr(trips, name).tolist() for name in names), strict=True)
    return [
        tuple(None if isinstance(one, float) and math.isnan(one) else one for one in row)
        for row in rows
    ]


def test_no_fills_make_no_round_trips():
    """Nothing traded, nothing held."""
    empty = Fills(
        **{name: np.zeros(0, dtype=np.int64) for name in WHOLE},
        **{name: np.zeros(0) for name in REAL},
    )
    assert len(round_trips(empty, 1)) == 0


def test_a_purchase_and_its_sale_are_one_round_trip():
    """Prices, pnl and commissions of both fills are in it."""
    trips = round_trips(
        make_fills((3, 0, 100, 10.0, 1.0, 0.0, 100), (7, 0, -100, 12.0, 1.2, 200.0, 0)), 1
    )
    assert as_rows(trips) == [(0, 3, 7, 100.0, 10.0, 12.0, 200.0, 2.2)]


def test_adding_and_reducing_stay_within_one_round_trip():
    """Entry and exit prices are weighted by units; the quantity is the largest held."""
    trips = round_trips(
        make_fills(
            (1, 0, 100, 10.0, 1.0, 0.0, 100),
            (2, 0, 300, 14.0, 2.0, 0.0, 400),
            (3, 0, -200, 15.0, 3.0, 400.0, 200),
            (4, 0, 50, 12.0, 0.5, 0.0, 250),
            (5, 0, -250, 16.0, 4.0, 700.0, 0),
        ),
        1,
    )
    entry = (100 * 10.0 + 300 * 14.0 + 50 * 12.0) / 450
    exit_price = (200 * 15.0 + 250 * 16.0) / 450
    assert as_rows(trips) == [
        (0, 1, 5, 400.0, pytest.approx(entry), pytest.approx(exit_price), 1100.0, 10.5)
    ]


def test_a_fill_through_zero_ends_one_trip_and_begins_the_next():
    """Its commission is split by the units that close and that open."""
    trips = round_trips(
        make_fills(
            (1, 0, 100, 10.0, 1.0, 0.0, 100),
            (4, 0, -150, 11.0, 3.0, 100.0, -50),
            (9, 0, 50, 9.0, 0.5, 100.0, 0),
        ),
        1,
    )
    assert as_rows(trips) == [
        (0, 1, 4, 100.0, 10.0, 11.0, 100.0, 3.0),
        (0, 4, 9, -50.0, 11.0, 9.0, 100.0, 1.5),
    ]


def test_what_is_still_held_is_an_open_trip():
    """Its exit bar is -1, its exit price unknown, its realised part counts."""
    trips = round_trips(
        make_fills((0, 0, -10, 50.0, 1.0, 0.0, -10), (2, 0, 4, 45.0, 0.4, 20.0, -6)), 1
    )
    assert as_rows(trips) == [(0, 0, -1, -10.0, 50.0, None, 20.0, 1.4)]


def test_instruments_are_kept_apart_and_listed_by_first_fill():
    """Interleaved fills of two instruments make two trips in the order they began."""
    trips = round_trips(
        make_fills(
            (1, 1, 5, 20.0, 0.1, 0.0, 5),
            (2, 0, 7, 30.0, 0.2, 0.0, 7),
            (3, 0, -7, 31.0, 0.3, 7.0, 0),
            (4, 1, -5, 19.0, 0.4, -5.0, 0),
        ),
        2,
    )
    assert [row[:4] for row in as_rows(trips)] == [(1, 1, 4, 5.0), (0, 2, 3, 7.0)]
    assert trips.pnl.tolist() == [-5.0, 7.0]
    assert trips.commission.tolist() == [pytest.approx(0.5), pytest.approx(0.5)]


def test_flat_and_in_again_on_one_bar_are_two_trips():
    """A trip that begins on the bar of another's end is its own."""
    trips = round_trips(
        make_fills(
            (1, 0, 5, 20.0, 0.0, 0.0, 5),
            (2, 0, -5, 21.0, 0.0, 5.0, 0),
            (2, 0, 3, 21.5, 0.0, 0.0, 3),
        ),
        1,
    )
    assert as_rows(trips) == [
        (0, 1, 2, 5.0, 20.0, 21.0, 5.0, 0.0),
        (0, 2, -1, 3.0, 21.5, None, 0.0, 0.0),
    ]
