"""Two results are held against each other to the last bit, and the first difference is named."""

from dataclasses import fields, replace
from datetime import date

import numpy as np
import pytest

from bifrost_kernel.domain.backtest import (
    ORDER_STATUSES,
    ORDER_TYPES,
    BacktestResult,
    Fills,
    OrderEvents,
    Orders,
    RoundTrips,
)
from bifrost_kernel.domain.instruments import InstrumentId
from bifrost_kernel.domain.orders import OrderStatus, OrderType
from bifrost_kernel.engines.strategy.engine import first_difference

DAYS = np.datetime64("2020-01-06") + np.arange(6)
NEW, FILLED = (ORDER_STATUSES.index(one) for one in (OrderStatus.NEW, OrderStatus.FILLED))
MARKET, STOP = (ORDER_TYPES.index(one) for one in (OrderType.MARKET, OrderType.STOP))
TABLES = {"orders": Orders, "order_events": OrderEvents, "fills": Fills, "round_trips": RoundTrips}


def floats(*values):
    """Return float64 values."""
    return np.array(values, dtype=np.float64)


def ints(*values):
    """Return int64 values."""
    return np.array(values, dtype=np.int64)


def a_run():
    """Return a run by hand: bought at bar 1, the stop of bar 0 sells at bar 3; B never trades."""
    nothing = np.nan
    position = np.zeros((6, 2))
    position[1:3, 0] = 10.0
    return BacktestResult(
        simulator="made 1", instrument_ids=(InstrumentId("A", "XNAS"), InstrumentId("B", "XNAS")),
        end=DAYS.astype("datetime64[ns]").astype(np.int64), session_date=DAYS,
        nav=floats(1000, 1009, 1019, 1017, 1017, 1017),
        cash=floats(1000, 889, 889, 1017, 1017, 1017),
        position=position,
        close=np.column_stack((floats(11, 12, 13, 14, 15, 16), np.full(6, nothing))),
        fills=Fills(
            order_ref=ints(1, 2), bar=ints(1, 3), instrument=ints(0, 0),
            quantity=floats(10, -10), price=floats(11, 13), commission=floats(1.1, 1.3),
            pnl=floats(0, 20), position=floats(10, 0),
        ),
        orders=Orders(
            ref=ints(1, 2), parent_ref=ints(0, 1), bar=ints(0, 0), instrument=ints(0, 0),
            type=ints(MARKET, STOP), status=ints(FILLED, FILLED), quantity=floats(10, -10),
            price=floats(nothing, 13), limit_price=floats(nothing, nothing),
            filled_quantity=floats(10, -10), average_price=floats(11, 13), final_bar=ints(1, 3),
        ),
        order_events=OrderEvents(
            ref=ints(1, 2, 1, 2), bar=ints(1, 1, 1, 3), status=ints(NEW, NEW, FILLED, FILLED),
            filled_quantity=floats(0, 0, 10, -10), average_price=floats(0, 0, 11, 13),
        ),
        round_trips=RoundTrips(
            instrument=ints(0), entry_bar=ints(1), exit_bar=ints(3), quantity=floats(10),
            entry_price=floats(11), exit_price=floats(13), pnl=floats(20), commission=floats(2.4),
        ),
        dividends=np.zeros(6),
    )  # fmt: skip


def altered(array, *where):
    """Return a copy with one value moved by its last bit (a whole number by one)."""
    copy = array.copy()
    at = where if len(where) > 1 else where[0]
    copy[at] = np.nextafter(copy[at], np.inf) if copy.dtype.kind == "f" else copy[at] + 1
    return copy


def with_row(result, table, name, row):
    """Return the result with one value of a table moved by its last bit."""
    rows = getattr(result, table)
    changed = replace(rows, **{name: altered(getattr(rows, name), row)})
    return replace(result, **{table: changed})


def without_row(result, table, row):
    """Return the result without one row of a table."""
    rows = getattr(result, table)
    shorter = {one.name: np.delete(getattr(rows, one.name), row) for one in fields(rows)}
    return replace(result, **{table: type(rows)(**shorter)})


def test_the_same_run_twice_has_no_difference():
    """NaN is NaN, and a zero's sign is no difference."""
    assert first_difference(a_run(), a_run()) is None
    signed = replace(a_run(), dividends=-np.zeros(6))
    assert np.signbit(signed.dividends).all()
    assert first_difference(a_run(), signed) is None


@pytest.mark.parametrize(
    ("name", "figure"),
    [
        ("end", "bar end"),
        ("session_date", "session date"),
        ("nav", "nav"),
        ("cash", "cash"),
        ("dividends", "dividends"),
    ],
)
def test_the_last_bit_of_a_bars_figure_is_found(name, figure):
    """Bar, figure and both values with every digit."""
    one = a_run()
    other = replace(one, **{name: altered(getattr(one, name), 4)})
    found = first_difference(one, other)
    assert (found.bar, found.figure, found.order_ref) == (4, figure, 0)
    assert found.day == date(2020, 1, 10)
    shown = [
        str(values[4]) if name == "session_date" else repr(values[4].item())
        for values in (getattr(one, name), getattr(other, name))
    ]
    assert [found.left, found.right] == shown
    assert found.left != found.right


@pytest.mark.parametrize(("name", "column"), [("position", 0), ("position", 1), ("close", 0)])
def test_a_figure_of_one_instrument_says_whose_it_is(name, column):
    """Positions and closes have one for each."""
    one = a_run()
    other = replace(one, **{name: altered(getattr(one, name), 2, column)})
    found = first_difference(one, other)
    assert (found.bar, found.figure) == (2, name)
    assert found.instrument == str(one.instrument_ids[column])


@pytest.mark.parametrize(
    ("table", "name"),
    [(table, one.name) for table, kind in TABLES.items() for one in fields(kind)],
)
def test_the_last_bit_of_every_column_of_every_table_is_found(table, name):
    """Nothing in a result is left out of the comparison."""
    one = a_run()
    row = len(getattr(one, table)) - 1
    other = with_row(one, table, name, row)
    values = getattr(getattr(other, table), name)
    if np.isnan(values[row]):
        values[row] = 12.5
    found = first_difference(one, other)
    assert found is not None
    assert found.left != found.right
    back = first_difference(other, one)
    assert (back.left, back.right) == (found.right, found.left)
    assert (back.bar, back.figure) == (found.bar, found.figure)


@pytest.mark.parametrize(
    ("table", "name", "row", "expected"),
    [
        ("orders", "type", 1, (0, 2, "order type", "STOP", "STOP_LIMIT")),
        ("orders", "quantity", 0, (0, 1, "order quantity", "10.0", "10.000000000000002")),
        ("orders", "price", 1, (0, 2, "order price", "13.0", "13.000000000000002")),
        ("orders", "parent_ref", 1, (0, 2, "order parent", "1", "2")),
        ("orders", "average_price", 1, (3, 2, "order average price", "13.0", "13.000000000000002")),
        ("order_events", "average_price", 2,
         (1, 1, "order event average price", "11.0", "11.000000000000002")),
        ("fills", "quantity", 1, (3, 2, "fill quantity", "-10.0", "-9.999999999999998")),
        ("fills", "price", 0, (1, 1, "fill price", "11.0", "11.000000000000002")),
        ("fills", "commission", 1, (3, 2, "fill commission", "1.3", "1.3000000000000003")),
        ("fills", "pnl", 0, (1, 1, "fill pnl", "0.0", "5e-324")),
        ("round_trips", "pnl", 0, (3, 0, "round trip pnl", "20.0", "20.000000000000004")),
        ("round_trips", "exit_bar", 0, (3, 0, "round trip exit bar", "3", "4")),
    ],
)  # fmt: skip
def test_a_figure_is_named_with_its_bar_and_order(table, name, row, expected):
    """An order's end stands where it ended, its terms where it was created."""
    one = a_run()
    found = first_difference(one, with_row(one, table, name, row))
    assert (found.bar, found.order_ref, found.figure, found.left, found.right) == expected


def test_the_earliest_bar_comes_first_then_the_order_then_the_account():
    """Whatever else differs later, or as a consequence."""
    one = a_run()
    cause = with_row(one, "fills", "price", 1)
    late = replace(cause, nav=altered(cause.nav, 3), cash=altered(cause.cash, 3))
    late = with_row(late, "round_trips", "exit_price", 0)
    late = with_row(late, "orders", "average_price", 1)
    late = with_row(late, "order_events", "average_price", 3)
    found = first_difference(one, late)
    assert (found.bar, found.order_ref, found.figure) == (3, 2, "fill price")
    account = replace(one, nav=altered(one.nav, 3), cash=altered(one.cash, 3))
    assert first_difference(one, account).figure == "cash"
    earlier = replace(late, nav=altered(late.nav, 2))
    assert first_difference(one, earlier).figure == "nav"
    two_orders = with_row(with_row(one, "orders", "quantity", 1), "orders", "quantity", 0)
    assert first_difference(one, two_orders).order_ref == 1
    figures = with_row(with_row(one, "orders", "type", 1), "orders", "quantity", 0)
    found = first_difference(one, figures)
    assert (found.order_ref, found.figure) == (1, "order quantity")
    prices = replace(late, close=altered(one.close, 3, 0))
    assert first_difference(one, prices).figure == "close"


def test_an_order_that_ended_earlier_is_found_before_an_older_one():
    """An order's end is looked for where it ended, not in the order of creation."""
    one = a_run()
    ended = replace(one.orders, final_bar=ints(4, 2))
    one = replace(one, orders=ended)
    other = with_row(with_row(one, "orders", "average_price", 0), "orders", "average_price", 1)
    found = first_difference(one, other)
    assert (found.bar, found.order_ref) == (2, 2)


def test_what_is_told_after_the_last_bar_stands_at_the_last_bar():
    """There is no day beyond it."""
    one = a_run()
    one = replace(one, order_events=replace(one.order_events, bar=ints(1, 1, 1, 6)))
    found = first_difference(one, with_row(one, "order_events", "average_price", 3))
    assert (found.bar, found.day) == (5, date(2020, 1, 11))


@pytest.mark.parametrize(
    ("table", "row", "place", "words"),
    [
        ("orders", 1, (0, 2, "order"), "ref 2, bar 0, instrument A.XNAS, type STOP"),
        ("order_events", 2, (1, 1, "order event"), "ref 1, bar 1, status FILLED"),
        ("fills", 0, (1, 1, "fill"), "order ref 1, bar 1, instrument A.XNAS, quantity 10.0"),
        ("fills", 1, (3, 2, "fill"), "order ref 2, bar 3, instrument A.XNAS, quantity -10.0"),
        ("round_trips", 0, (1, 0, "round trip"), "entry bar 1, instrument A.XNAS, quantity 10.0"),
    ],
)
def test_a_row_that_one_result_lacks_is_named_whole(table, row, place, words):
    """The rows after it stand for other things and are not compared with it."""
    one = a_run()
    other = without_row(one, table, row)
    found = first_difference(one, other)
    assert (found.bar, found.order_ref, found.figure) == place
    assert found.left.startswith(words)
    is_last = row == len(getattr(one, table)) - 1
    assert (found.right == "none") == is_last


def test_a_shorter_timeline_is_named_where_it_ends():
    """What both have is compared first."""
    one = a_run()
    names = ("end", "session_date", "nav", "cash", "position", "close", "dividends")
    other = replace(one, **{name: getattr(one, name)[:5] for name in names})
    for pair in ((one, other), (other, one)):
        found = first_difference(*pair)
        assert (found.bar, found.figure) == (5, "number of bars")
        assert {found.left, found.right} == {"6", "5"}
        assert found.day == date(2020, 1, 11)
    assert first_difference(replace(other, nav=altered(other.nav, 1)), one).figure == "nav"


def test_other_instruments_are_the_first_thing_that_differs():
    """Columns that stand for other things are not compared."""
    one = a_run()
    other = replace(one, instrument_ids=one.instrument_ids[::-1])
    found = first_difference(one, other)
    assert found.figure == "instruments"
    assert (found.left, found.right) == ("A.XNAS, B.XNAS", "B.XNAS, A.XNAS")


def test_nothing_that_was_traded_is_no_difference():
    """Empty tables are equal, and one row against none is not."""
    one = a_run()
    for table, kind in TABLES.items():
        one = replace(one, **{table: kind(*(getattr(getattr(one, table), f.name)[:0]
                                            for f in fields(kind)))})  # fmt: skip
    assert first_difference(one, one) is None
    found = first_difference(one, a_run())
    assert (found.figure, found.left, found.bar) == ("order", "none", 0)
