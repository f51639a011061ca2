"""Round trips lose nothing of the fills: money adds up, holdings end where they should."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifrost_kernel.domain.backtest import Fills
from bifrost_kernel.engines.strategy.engine import round_trips

INSTRUMENTS = 3
ORDERS = st.lists(
    st.tuples(
        st.integers(0, INSTRUMENTS - 1),
        st.integers(-30, 30).filter(bool),
        st.integers(100, 5000).map(lambda cents: cents / 100),
    ),
    max_size=40,
)


def fills_of(orders):
    """Book the orders one a bar at average cost, with a commission of 0.1 %."""
    held, paid = [0.0] * INSTRUMENTS, [0.0] * INSTRUMENTS
    rows = []
    for bar, (column, quantity, price) in enumerate(orders):
        before = held[column]
        after = before + quantity
        closing = min(abs(quantity), abs(before)) if before * quantity < 0 else 0.0
        pnl = closing * (price - paid[column]) * (1 if before > 0 else -1)
        if before * quantity >= 0:
            paid[column] = (abs(before) * paid[column] + abs(quantity) * price) / abs(after)
        elif before * after < 0:
            paid[column] = price
        held[column] = after
        rows.append((bar, column, quantity, price, abs(quantity) * price * 0.001, pnl, after))
    columns = list(zip(*rows, strict=True)) or [()] * 7
    whole = [np.array(one, dtype=np.int64) for one in columns[:2]]
    real = [np.array(one, dtype=np.float64) for one in columns[2:]]
    return Fills(np.arange(1, len(rows) + 1), *whole, *real), held


@given(ORDERS)
def test_the_money_of_the_trips_is_the_money_of_the_fills(orders):
    """Pnl less commission adds up to the same over trips and over fills."""
    fills, _ = fills_of(orders)
    trips = round_trips(fills, INSTRUMENTS)
    assert trips.pnl.sum() == pytest.approx(fills.pnl.sum(), abs=1e-7)
    assert trips.commission.sum() == pytest.approx(fills.commission.sum(), abs=1e-9)
    assert (trips.commission > 0).all()


@given(ORDERS)
def test_every_instrument_has_at_most_one_open_trip(orders):
    """A trip is open exactly where something is held at the end; trips of one side only."""
    fills, held = fills_of(orders)
    trips = round_trips(fills, INSTRUMENTS)
    still_open = trips.instrument[trips.exit_bar < 0]
    assert sorted(still_open) == [column for column, units in enumerate(held) if units]
    assert (
        np.sign([held[one] for one in still_open]) == np.sign(trips.quantity[trips.exit_bar < 0])
    ).all()
    assert np.array_equal(np.isnan(trips.exit_price), trips.exit_bar < 0)


@given(ORDERS)
def test_a_finished_trip_earns_what_its_prices_say(orders):
    """Units x (exit - entry) is the pnl, the units being all that was opened and closed."""
    fills, _ = fills_of(orders)
    trips = round_trips(fills, INSTRUMENTS)
    for row in np.flatnonzero(trips.exit_bar >= 0):
        inside = (fills.instrument == trips.instrument[row]) & (
            (fills.bar >= trips.entry_bar[row]) & (fills.bar <= trips.exit_bar[row])
        )
        side = np.sign(trips.quantity[row])
        before = fills.position[inside] - fills.quantity[inside]
        opened = np.maximum(fills.position[inside] * side, 0) - np.maximum(before * side, 0)
        units = opened[opened > 0].sum()
        gain = side * units * (trips.exit_price[row] - trips.entry_price[row])
        assert trips.pnl[row] == pytest.approx(gain, abs=1e-6)
