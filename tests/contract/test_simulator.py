"""What every simulator must do with wishes: the rules of `Signals`, with figures by hand."""

import math

import numpy as np
import pytest

from bifrost_kernel.domain.backtest import ORDER_STATUSES
from bifrost_kernel.domain.trading import Commission, CommissionKind, Sizing, SizingKind
from bifrost_kernel.simulators.backtrader import BacktraderSimulator
from bifrost_kernel.simulators.compiled import CompiledSimulator
from tests.simulation_samples import (
    RISING,
    fills_of,
    make_bars,
    make_series,
    marks,
    numbers,
    run,
    statuses_of,
    types_of,
)


@pytest.fixture(params=[BacktraderSimulator, CompiledSimulator], ids=["backtrader", "compiled"])
def simulator(request):
    """Every simulator there is."""
    return request.param()


def test_an_entry_fills_at_the_next_open_and_an_exit_closes_it(simulator):
    """Wishes are seen at the close and filled at the next open; cash and nav follow."""
    bars = make_bars(make_series("A", RISING))
    result = run(
        simulator, bars, entries=marks(5, 0), exits=marks(5, 2),
        commission=Commission(CommissionKind.PERCENT, 0.01),
    )  # fmt: skip
    assert fills_of(result) == [(1, 0, 10.0, 11.0), (3, 0, -10.0, 13.0)]
    assert result.fills.commission.tolist() == [1.1, 1.3]
    assert result.fills.pnl.tolist() == [0.0, 20.0]
    assert result.fills.position.tolist() == [10.0, 0.0]
    assert result.cash.tolist() == [1000.0, 888.9, 888.9, 1017.6, 1017.6]
    assert result.nav.tolist() == [1000.0, 1008.9, 1018.9, 1017.6, 1017.6]
    assert result.position[:, 0].tolist() == [0.0, 10.0, 10.0, 0.0, 0.0]
    assert result.final_cash == result.final_nav == 1017.6
    assert len(result.round_trips) == 1
    assert result.round_trips.pnl.tolist() == [20.0]


def test_the_strategy_is_told_of_every_state_of_an_order(simulator):
    """Submitted and accepted, then filled, on the bar after the wish."""
    result = run(simulator, make_bars(make_series("A", RISING)), entries=marks(5, 0))
    events = result.order_events
    told = [ORDER_STATUSES[one].value for one in events.status]
    assert told == ["PENDING_NEW", "NEW", "FILLED"]
    assert events.bar.tolist() == [1, 1, 1]
    assert events.filled_quantity.tolist() == [0.0, 0.0, 10.0]
    assert events.average_price.tolist() == [0.0, 0.0, 11.0]
    orders = result.orders
    assert (orders.ref.tolist(), orders.bar.tolist(), orders.final_bar.tolist()) == ([1], [0], [1])
    assert (orders.quantity.tolist(), orders.average_price.tolist()) == ([10.0], [11.0])


def test_wishes_of_the_last_bar_never_fill(simulator):
    """The order is on record, still waiting, and nobody was told of it."""
    result = run(simulator, make_bars(make_series("A", RISING)), entries=marks(5, 4))
    assert fills_of(result) == []
    assert statuses_of(result) == ["PENDING_NEW"]
    assert len(result.order_events) == 0
    assert math.isnan(result.orders.average_price[0])


def test_an_entry_while_long_and_an_exit_while_flat_do_nothing(simulator):
    """Only the first entry and no exit become orders."""
    bars = make_bars(make_series("A", RISING))
    result = run(simulator, bars, entries=marks(5, 1, 2, 3), exits=marks(5, 0))
    assert fills_of(result) == [(2, 0, 10.0, 12.0)]
    assert len(result.orders) == 1


def test_entry_and_exit_on_one_bar_only_exit_a_long(simulator):
    """An entry looks at the position of this close, which is still long."""
    bars = make_bars(make_series("A", RISING))
    result = run(simulator, bars, entries=marks(5, 0, 2), exits=marks(5, 2))
    assert fills_of(result) == [(1, 0, 10.0, 11.0), (3, 0, -10.0, 13.0)]


def test_long_and_short_entry_on_one_bar_do_nothing(simulator):
    """Two contrary wishes cancel out."""
    bars = make_bars(make_series("A", RISING))
    result = run(simulator, bars, entries=marks(5, 0), short_entries=marks(5, 0))
    assert len(result.orders) == 0


def test_a_reversal_is_a_close_and_an_entry_on_the_same_bar(simulator):
    """Ten short become ten long by two orders of ten; a short exit beside it changes nothing."""
    bars = make_bars(make_series("A", RISING))
    for short_exits in (None, marks(5, 2)):
        result = run(
            simulator, bars, short_entries=marks(5, 0), entries=marks(5, 2), short_exits=short_exits
        )
        assert fills_of(result) == [(1, 0, -10.0, 11.0), (3, 0, 10.0, 13.0), (3, 0, 10.0, 13.0)]
        assert result.fills.pnl.tolist() == [0.0, -20.0, 0.0]


def test_percent_sizing_takes_the_free_cash_at_the_close(simulator):
    """95 % of 1000 at a close of 11 is 86 whole units, or 86.36 broken ones."""
    bars = make_bars(make_series("A", RISING))
    whole = run(simulator, bars, entries=marks(5, 0), sizing=Sizing(SizingKind.PERCENT_WHOLE, 95.0))
    assert whole.fills.quantity.tolist() == [86.0]
    broken = run(simulator, bars, entries=marks(5, 0), sizing=Sizing(SizingKind.PERCENT, 95.0))
    assert broken.fills.quantity.tolist() == [1000.0 / 11 * (95.0 / 100)]


def test_a_percent_reversal_keeps_the_number_of_units(simulator):
    """A long of 86 turns into a short of 86, not into what the free cash would buy."""
    bars = make_bars(make_series("A", RISING))
    result = run(
        simulator, bars, entries=marks(5, 0), short_entries=marks(5, 2),
        sizing=Sizing(SizingKind.PERCENT_WHOLE, 95.0),
    )  # fmt: skip
    assert result.fills.quantity.tolist() == [86.0, -86.0, -86.0]


def test_an_entry_without_the_cash_is_refused_for_margin(simulator):
    """A size beyond the cash at the close is refused before it can fill."""
    bars = make_bars(make_series("A", RISING))
    result = run(simulator, bars, cash=100.0, entries=marks(5, 0))
    assert statuses_of(result) == ["MARGIN"]
    assert result.nav.tolist() == [100.0] * 5


def test_a_size_of_zero_orders_nothing(simulator):
    """Whole units of too little cash are none, brackets included."""
    bars = make_bars(make_series("A", RISING))
    result = run(
        simulator, bars, cash=5.0, entries=marks(5, 0), stop_distance=numbers(5, {0: 1.0}),
        sizing=Sizing(SizingKind.PERCENT_WHOLE, 95.0),
    )  # fmt: skip
    assert len(result.orders) == 0


def test_a_limit_entry_waits_and_is_not_sent_twice(simulator):
    """A second entry while the first waits does nothing; it fills once the price is there."""
    rows = [(10, 12, 9, 11), (11, 13, 10, 12), (12, 14, 11, 13), (9, 10, 7, 8), (8, 9, 7, 8)]
    result = run(
        simulator, make_bars(make_series("A", rows)), entries=marks(5, 0, 1),
        limit_price=numbers(5, {0: 9.5, 1: 9.9}),
    )  # fmt: skip
    assert types_of(result) == ["LIMIT"]
    assert result.orders.price.tolist() == [9.5]
    assert fills_of(result) == [(3, 0, 10.0, 9.0)]


def test_a_contrary_entry_cancels_a_waiting_one(simulator):
    """The short entry takes the waiting long limit out first."""
    bars = make_bars(make_series("A", RISING))
    result = run(
        simulator, bars, entries=marks(5, 0), limit_price=numbers(5, {0: 5.0}),
        short_entries=marks(5, 2),
    )  # fmt: skip
    assert statuses_of(result) == ["CANCELED", "FILLED"]
    assert fills_of(result) == [(3, 0, -10.0, 13.0)]


def test_stop_and_stop_limit_entries_take_their_prices(simulator):
    """A stop fills at its price when touched; with a limit it is a stop-limit."""
    bars = make_bars(make_series("A", RISING))
    stop = run(simulator, bars, entries=marks(5, 0), stop_price=numbers(5, {0: 12.5}))
    assert (types_of(stop), fills_of(stop)) == (["STOP"], [(1, 0, 10.0, 12.5)])
    both = run(
        simulator, bars, entries=marks(5, 0), stop_price=numbers(5, {0: 13.5}),
        limit_price=numbers(5, {0: 13.75}),
    )  # fmt: skip
    assert types_of(both) == ["STOP_LIMIT"]
    assert (both.orders.price.tolist(), both.orders.limit_price.tolist()) == ([13.5], [13.75])
    assert fills_of(both) == [(2, 0, 10.0, 13.5)]


def test_a_bracket_stops_out_and_cancels_its_target(simulator):
    """Children go live the bar after the entry's; the stop at 11 - 2 fills, the target goes."""
    rows = [(10, 12, 9, 11), (11, 13, 8, 12), (12, 13, 10, 11), (10, 11, 8, 9), (9, 10, 8, 9)]
    result = run(
        simulator, make_bars(make_series("A", rows)), entries=marks(5, 0),
        stop_distance=numbers(5, {0: 2.0}), profit_distance=numbers(5, {0: 4.0}),
    )  # fmt: skip
    assert types_of(result) == ["MARKET", "STOP", "LIMIT"]
    assert result.orders.parent_ref.tolist() == [0, 1, 1]
    assert result.orders.price.tolist()[1:] == [9.0, 15.0]
    assert statuses_of(result) == ["FILLED", "FILLED", "CANCELED"]
    assert fills_of(result) == [(1, 0, 10.0, 11.0), (3, 0, -10.0, 9.0)]


def test_a_short_bracket_takes_its_profit_below(simulator):
    """Stop above, target below the limit price, which is the reference."""
    rows = [(10, 12, 9, 11), (12, 13, 11, 12), (11, 12, 8, 9), (9, 10, 8, 9)]
    result = run(
        simulator, make_bars(make_series("A", rows)), short_entries=marks(4, 0),
        limit_price=numbers(4, {0: 12.0}), stop_distance=numbers(4, {0: 3.0}),
        profit_distance=numbers(4, {0: 3.0}),
    )  # fmt: skip
    assert result.orders.price.tolist() == [12.0, 15.0, 9.0]
    assert fills_of(result) == [(1, 0, -10.0, 12.0), (2, 0, 10.0, 9.0)]
    assert statuses_of(result) == ["FILLED", "CANCELED", "FILLED"]


def test_a_trailing_stop_follows_the_closes_of_its_live_bars(simulator):
    """From 11 - 2 = 9 it climbs with the closes 13 and 14 to 12, where it fills."""
    rows = [
        (10, 12, 9, 11), (11, 13, 10, 12), (12, 14, 11, 13), (13, 15, 12.5, 14), (13, 14, 11, 13),
    ]  # fmt: skip
    result = run(
        simulator, make_bars(make_series("A", rows)), entries=marks(5, 0),
        trail_distance=numbers(5, {0: 2.0}),
    )  # fmt: skip
    assert types_of(result) == ["MARKET", "TRAILING_STOP"]
    assert result.orders.price.tolist()[1] == 9.0
    assert fills_of(result) == [(1, 0, 10.0, 11.0), (4, 0, -10.0, 12.0)]


def test_a_stop_and_a_trailing_stop_guard_one_entry_together(simulator):
    """Sent as stop, trailing stop, target; the trailing stop overtakes, fills, and ends both."""
    rows = [
        (10, 12, 9, 11), (11, 13, 10, 12), (12, 14, 11, 13), (13, 15, 12.5, 14), (13, 14, 11, 13),
    ]  # fmt: skip
    result = run(
        simulator, make_bars(make_series("A", rows)), entries=marks(5, 0),
        stop_distance=numbers(5, {0: 1.0}), trail_distance=numbers(5, {0: 2.0}),
        profit_distance=numbers(5, {0: 9.0}),
    )  # fmt: skip
    assert types_of(result) == ["MARKET", "STOP", "TRAILING_STOP", "LIMIT"]
    assert result.orders.price.tolist()[1:] == [10.0, 9.0, 20.0]
    assert result.orders.parent_ref.tolist() == [0, 1, 1, 1]
    assert fills_of(result) == [(1, 0, 10.0, 11.0), (4, 0, -10.0, 12.0)]
    assert statuses_of(result) == ["FILLED", "CANCELED", "FILLED", "CANCELED"]


def test_an_exit_cancels_the_bracket_before_it_closes(simulator):
    """Nothing of the bracket is left to fill later."""
    bars = make_bars(make_series("A", RISING))
    result = run(
        simulator, bars, entries=marks(5, 0), exits=marks(5, 2),
        stop_distance=numbers(5, {0: 9.0}), profit_distance=numbers(5, {0: 9.0}),
    )  # fmt: skip
    assert statuses_of(result) == ["FILLED", "CANCELED", "CANCELED", "FILLED"]
    assert result.position[-1, 0] == 0.0


def test_a_protective_price_below_zero_is_left_out(simulator):
    """A stop 11 below a close of 11 could never fill."""
    bars = make_bars(make_series("A", RISING))
    result = run(simulator, bars, entries=marks(5, 0), stop_distance=numbers(5, {0: 11.0}))
    assert types_of(result) == ["MARKET"]


def test_a_refused_entry_takes_its_children_with_it(simulator):
    """Margin for the entry, cancelled for what would protect it."""
    bars = make_bars(make_series("A", RISING))
    result = run(
        simulator, bars, cash=50.0, entries=marks(5, 0), stop_distance=numbers(5, {0: 2.0}),
        profit_distance=numbers(5, {0: 2.0}),
    )  # fmt: skip
    assert statuses_of(result)[0] == "MARGIN"
    assert len(result.fills) == 0
    assert not {"NEW", "PENDING_NEW"} & set(statuses_of(result)[:1])


def test_target_sizes_order_the_difference(simulator):
    """To 4, to 10, to -3 in one order through zero, to flat."""
    rows = [*RISING, (15, 17, 14, 16)]
    result = run(
        simulator, make_bars(make_series("A", rows)),
        target_size=numbers(6, {0: 4.0, 1: 10.0, 2: -3.0, 3: -3.0, 4: 0.0}),
    )  # fmt: skip
    assert result.fills.quantity.tolist() == [4.0, 6.0, -13.0, 3.0]
    assert result.fills.bar.tolist() == [1, 2, 3, 5]


def test_target_weights_are_whole_units_of_nav_at_the_close(simulator):
    """Half of 1000 at 11 is 45 units; at 0 all of it goes; a short weight sells."""
    bars = make_bars(make_series("A", RISING))
    result = run(simulator, bars, target_weight=numbers(5, {0: 0.5, 1: 0.0, 2: -0.5}))
    assert result.fills.quantity.tolist() == [45.0, -45.0, -40.0]
    assert result.nav[2] == 1000.0 + 45 * (12 - 11)


def test_reductions_are_sent_before_additions(simulator):
    """With all cash bound in B, A can only be bought because B is sold first."""
    bars = make_bars(make_series("A", RISING), make_series("B", RISING))
    weights = numbers(5, {(0, 0): 0.0, (0, 1): 0.9, (1, 0): 0.9, (1, 1): 0.0}, n_columns=2)
    result = run(simulator, bars, target_weight=weights)
    assert fills_of(result) == [(1, 1, 81.0, 11.0), (2, 1, -81.0, 12.0), (2, 0, 81.0, 12.0)]
    assert statuses_of(result) == ["FILLED"] * 3


def test_with_a_target_the_flags_of_that_bar_are_not_looked_at(simulator):
    """The target alone decides."""
    bars = make_bars(make_series("A", RISING))
    result = run(simulator, bars, entries=marks(5, 0), target_size=numbers(5, {0: 3.0}))
    assert result.fills.quantity.tolist() == [3.0]


def test_an_instrument_without_a_bar_is_left_alone(simulator):
    """B starts on bar 2 and has no bar 3: its wishes there do nothing, A trades on."""
    late = make_series("B", [RISING[2], RISING[4]], days=[2, 4])
    bars = make_bars(make_series("A", RISING), late)
    result = run(
        simulator, bars,
        entries=marks(5, (0, 0), (0, 1), (1, 1), (2, 1), n_columns=2),
        exits=marks(5, (3, 0), (3, 1), n_columns=2),
    )  # fmt: skip
    assert fills_of(result) == [(1, 0, 10.0, 11.0), (4, 1, 10.0, 14.0), (4, 0, -10.0, 14.0)]
    assert np.isnan(result.close[:2, 1]).all()
    assert result.close[3, 1] == result.close[2, 1] == 13.0
