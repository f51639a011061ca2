"""What every simulator must do with a function that is called at each bar: its orders, by hand."""

import pytest

from bifrost_kernel.domain.errors import InvalidInputError, SimulationError
from bifrost_kernel.simulators.backtrader import BacktraderSimulator
from bifrost_kernel.simulators.compiled import CompiledSimulator
from tests.on_bar_samples import at, call
from tests.simulation_samples import (
    RISING,
    fills_of,
    make_bars,
    make_series,
    statuses_of,
    types_of,
)

ONE = make_bars(make_series("A", RISING))
# up, then down through 9
TURNING = make_bars(
    make_series(
        "A", [(10, 12, 9, 11), (11, 13, 10, 12), (12, 14, 11, 13), (12, 13, 9, 10), (9, 10, 7, 8)]
    )
)
INF, NAN = float("inf"), float("nan")


@pytest.fixture(params=[BacktraderSimulator, CompiledSimulator], ids=["backtrader", "compiled"])
def simulator(request):
    """Every simulator there is."""
    return request.param()


def test_a_market_order_fills_at_the_next_open(simulator):
    """Bought and sold, the run's size or one's own; the last bar's never."""
    plan = {0: lambda now: now.buy(), 1: lambda now: now.sell(4.5), 4: lambda now: now.buy()}
    result = call(simulator, at(plan), ONE)
    assert fills_of(result) == [(1, 0, 10.0, 11.0), (2, 0, -4.5, 12.0)]
    assert statuses_of(result) == ["FILLED", "FILLED", "PENDING_NEW"]


def test_a_limit_order_waits_for_its_price(simulator):
    """10 is touched on bar 1; a sale at 14 on bar 3."""
    plan = {0: lambda now: now.buy(limit=10), 2: lambda now: now.sell(limit=14.5)}
    result = call(simulator, at(plan), ONE)
    assert types_of(result) == ["LIMIT", "LIMIT"]
    assert result.orders.price.tolist() == [10.0, 14.5]
    assert fills_of(result) == [(1, 0, 10.0, 10.0), (3, 0, -10.0, 14.5)]


def test_a_stop_order_is_triggered(simulator):
    """Up through 12.5, and down through 9.5, where the low of bar 3 is."""
    plan = {0: lambda now: now.buy(stop=12.5), 2: lambda now: now.sell(stop=9.5)}
    result = call(simulator, at(plan), TURNING)
    assert types_of(result) == ["STOP", "STOP"]
    assert fills_of(result) == [(1, 0, 10.0, 12.5), (3, 0, -10.0, 9.5)]


def test_a_stop_limit_order_is_triggered_and_keeps_its_limit(simulator):
    """Triggered at 13.5 on bar 2 and bought there, the limit being above."""
    result = call(simulator, at({0: lambda now: now.buy(stop=13.5, limit=13.75)}), ONE)
    assert types_of(result) == ["STOP_LIMIT"]
    assert (result.orders.price[0], result.orders.limit_price[0]) == (13.5, 13.75)
    assert fills_of(result) == [(2, 0, 10.0, 13.5)]


def test_a_trailing_stop_follows_the_closes(simulator):
    """From the close 11 it starts at 9; closes 12 and 13 lift it to 11, where bar 3 falls to."""
    plan = {0: lambda now: (now.buy(), now.sell(trail=2.0))}
    result = call(simulator, at(plan), TURNING)
    assert types_of(result) == ["MARKET", "TRAILING_STOP"]
    assert result.orders.price[1] == 9.0
    assert fills_of(result) == [(1, 0, 10.0, 11.0), (3, 0, -10.0, 11.0)]


def test_a_trailing_stop_by_fraction_and_from_a_price_of_its_own(simulator):
    """From 10 at a quarter: 7.5; then a quarter of each close below it, 9 and 9.75."""
    plan = {0: lambda now: (now.buy(), now.sell(trail_fraction=0.25, stop=10))}
    result = call(simulator, at(plan), TURNING)
    assert result.orders.price[1] == 7.5
    assert fills_of(result)[1] == (3, 0, -10.0, 9.75)


def test_a_trailing_stop_limit_takes_its_limit_along(simulator):
    """Reference 11, limit 10.5: half a unit below the trigger once it is moved, 11 - 0.5."""
    plan = {0: lambda now: (now.buy(), now.sell(trail=2.0, limit=10.5))}
    result = call(simulator, at(plan), TURNING)
    assert types_of(result)[1] == "TRAILING_STOP_LIMIT"
    assert (result.orders.price[1], result.orders.limit_price[1]) == (9.0, 8.5)
    assert fills_of(result)[1] == (3, 0, -10.0, 11.0)


def test_a_close_order_fills_at_the_next_close(simulator):
    """Bars of a day: the session after the signal."""
    result = call(simulator, at({0: lambda now: now.buy(at_close=True)}), ONE)
    assert types_of(result) == ["CLOSE"]
    assert fills_of(result) == [(1, 0, 10.0, 12.0)]


def test_an_order_lives_as_long_as_it_is_told(simulator):
    """To the end of its day (never on the next bar), one day and a half, and for good."""
    plan = {
        0: lambda now: [now.buy(1, limit=5, days=days) for days in (0, 1.5, None)],
    }
    result = call(simulator, at(plan), ONE)
    assert statuses_of(result) == ["EXPIRED", "EXPIRED", "NEW"]
    assert result.orders.final_bar.tolist() == [1, 2, 1]


def test_one_cancels_the_other(simulator):
    """Whichever fills first; through a ref that was kept as a float."""

    def idea(now):
        if now.bar == 0:
            now.state[0] = now.buy(limit=5)
            now.buy(stop=12.5, oco=now.state[0])

    result = call(simulator, idea, ONE, state=1)
    assert statuses_of(result) == ["CANCELED", "FILLED"]
    assert fills_of(result) == [(1, 0, 10.0, 12.5)]


def test_children_wait_for_their_parent(simulator):
    """Kept back until the last is sent, live after the fill; the first to fill is the only one."""

    def idea(now):
        if now.bar == 0:
            entry = now.buy(transmit=False)
            now.sell(10, stop=9.5, parent=entry, transmit=False)
            now.sell(10, limit=20, parent=entry)

    result = call(simulator, idea, TURNING)
    assert result.orders.parent_ref.tolist() == [0, 1, 1]
    assert statuses_of(result) == ["FILLED", "FILLED", "CANCELED"]
    assert fills_of(result) == [(1, 0, 10.0, 11.0), (3, 0, -10.0, 9.5)]


def test_what_is_kept_back_never_reaches_the_broker(simulator):
    """Without the one that sends the group, it stays as it was created."""
    result = call(simulator, at({0: lambda now: now.buy(transmit=False)}), ONE)
    assert statuses_of(result) == ["PENDING_NEW"]
    assert len(result.order_events) == 0


def test_a_bracket_is_an_entry_with_stop_trailing_stop_and_target(simulator):
    """Refs in that order; the trailing stop starts at 11 - 3 and reaches 10 first."""

    def idea(now):
        if now.bar == 0:
            assert now.buy_bracket(stop_loss=8, trail=3, take_profit=30) == 1
            assert now.buy(0) == 0
        if now.bar == 4:
            assert now.buy() == 5

    result = call(simulator, idea, TURNING)
    assert types_of(result)[:4] == ["MARKET", "STOP", "TRAILING_STOP", "LIMIT"]
    assert result.orders.price.tolist()[1:4] == [8.0, 8.0, 30.0]
    assert result.orders.parent_ref.tolist()[:4] == [0, 1, 1, 1]
    assert statuses_of(result)[:4] == ["FILLED", "CANCELED", "FILLED", "CANCELED"]
    assert fills_of(result) == [(1, 0, 10.0, 11.0), (3, 0, -10.0, 10.0)]


def test_a_short_bracket_is_the_other_way_round(simulator):
    """Sold at a stop of 10.5, whose price the trailing stop starts from; bought back at 12."""
    plan = {0: lambda now: now.sell_bracket(3, stop=10.5, trail=1.5, take_profit=1)}
    result = call(simulator, at(plan), ONE)
    assert types_of(result) == ["STOP", "TRAILING_STOP", "LIMIT"]
    assert result.orders.price.tolist() == [10.5, 12.0, 1.0]
    assert fills_of(result) == [(1, 0, -3.0, 10.5), (2, 0, 3.0, 12.0)]


def test_a_trailing_stop_of_a_bracket_starts_from_the_entrys_limit(simulator):
    """Of limit and stop the limit is the reference price: 12 - 2."""
    plan = {0: lambda now: now.buy_bracket(1, limit=12, stop=11.5, trail=2)}
    result = call(simulator, at(plan), ONE)
    assert types_of(result) == ["STOP_LIMIT", "TRAILING_STOP"]
    assert result.orders.price.tolist() == [11.5, 10.0]


def test_a_bracket_without_protection_is_an_entry(simulator):
    """One order, sent at once; of size 0 none."""
    plan = {0: lambda now: now.buy_bracket(2, limit=11.5), 1: _zero}
    result = call(simulator, at(plan), ONE)
    assert types_of(result) == ["LIMIT"]
    assert fills_of(result) == [(1, 0, 2.0, 11.0)]


def _zero(now):
    assert now.buy_bracket(0, stop_loss=5) == now.sell_bracket(0.0, take_profit=1) == 0


def test_a_position_is_closed(simulator):
    """All of it, long or short, by any kind of order; nothing when flat."""

    def idea(now):
        if now.bar == 0:
            assert now.close_position() == 0
            now.sell(7)
        if now.bar == 2:
            assert now.close_position(limit=12.5) == 2
        if now.bar == 4:
            assert now.close_position(at_close=True) == 0

    result = call(simulator, idea, TURNING)
    assert types_of(result) == ["MARKET", "LIMIT"]
    assert fills_of(result) == [(1, 0, -7.0, 11.0), (3, 0, 7.0, 12.0)]


def test_targets_order_what_is_missing(simulator):
    """Sizes to the unit; values and weights in whole units at this close, 0 all of it."""

    def idea(now):
        sent = {
            0: lambda: now.target_size(4.5),
            1: lambda: now.target_value(130.0),
            2: lambda: now.target_weight(-0.5),
            3: lambda: now.target_weight(0),
        }
        if now.bar in sent:
            assert sent[now.bar]() == now.bar + 1
        if now.bar == 4:
            assert now.target_size(0) == now.target_value(0) == now.target_weight(0.0) == 0

    result = call(simulator, idea, ONE)
    # 130 - 4.5 x 12 = 76 at 12: 6; nav 1000 + 4.5 + 10.5: -507.5 - 136.5 at 13: 49
    assert result.fills.quantity.tolist() == [4.5, 6.0, -49.0, 38.5]
    assert result.orders.type.tolist() == [0, 0, 0, 0]


BAD = [
    (lambda now: now.buy(NAN), "now.buy at .* size: expected a finite number of units, .* nan"),
    (lambda now: now.buy(-1), "size: expected a finite number of units, 0 or more, was -1"),
    (lambda now: now.sell(INF), "now.sell at .* size: .* was inf"),
    (lambda now: now.sell("5"), "size: .* was '5'"),
    (lambda now: now.buy(size=True), "size: .* was True"),
    (lambda now: now.buy(limit=0), "limit: expected a finite price above 0, was 0"),
    (lambda now: now.buy(limit=NAN), "limit: .* was nan"),
    (lambda now: now.buy(0, stop=-3.5), "stop: expected a finite price above 0, was -3.5"),
    (lambda now: now.buy(trail=0.0), "trail: expected a finite distance above 0, was 0.0"),
    (lambda now: now.buy(trail_fraction=-0.1), "trail_fraction: expected a finite distance"),
    (lambda now: now.buy(trail=1, trail_fraction=1), "trail_fraction: expected none beside trail"),
    (lambda now: now.buy(at_close=True, limit=3), "limit: expected none with at_close, was 3"),
    (lambda now: now.buy(at_close=True, trail=3), "trail: expected none with at_close"),
    (lambda now: now.buy(limit=3, days=-1), r"days: expected 0 \(to the end of the day\), or "),
    (lambda now: now.buy(limit=3, days=NAN), "days: .* was nan"),
    (lambda now: now.buy(limit=3, days=1e9), "days: .* was 1000000000.0"),
    (lambda now: now.buy(oco=2), "oco: expected the ref of an order, 1 to 1, was 2"),
    (lambda now: now.buy(oco=-1), "oco: expected the ref of an order, 1 to 1, was -1"),
    (lambda now: now.buy(parent=1.5), "parent: expected the ref of an order, .* was 1.5"),
    (lambda now: now.buy_bracket(stop_loss=0), "now.buy_bracket at .* stop_loss: .* was 0"),
    (lambda now: now.buy_bracket(stop_loss=1, trail=NAN), "trail: expected a finite distance"),
    (lambda now: now.sell_bracket(take_profit=-1), "now.sell_bracket at .* take_profit: .* -1"),
    (lambda now: now.sell_bracket(limit=-1), "limit: expected a finite price above 0, was -1"),
    (lambda now: now.close_position(limit=-1), "now.close_position at .* limit: .* was -1"),
    (lambda now: now.target_size(NAN), "now.target_size at .* units: expected a finite number"),
    (lambda now: now.target_value("all"), "currency: expected a finite number, was 'all'"),
    (lambda now: now.target_weight(INF), "fraction: expected a finite number, was inf"),
    (lambda now: now.on(1), "now.on at .* k: expected a column, 0 to 0, was 1"),
    (lambda now: now.on(-1), "k: expected a column, 0 to 0, was -1"),
    (lambda now: now.on("A"), "k: expected a column, 0 to 0, was 'A'"),
    (lambda now: now.study(0), "now.study at .* i: expected none at all, prepare=... makes them"),
    (lambda now: now.studies(-1), "now.studies at .* i: expected none at all"),
    (
        lambda now: now.cancel(2),
        "now.cancel at .* ref: expected the ref of an order, 1 to 1, was 2",
    ),
    (lambda now: now.status(0), "now.status at .* ref: expected the ref of an order"),
    (lambda now: now.filled(NAN), "now.filled at .* ref: .* was nan"),
    (lambda now: now.is_alive("x"), "now.is_alive at .* ref: .* was 'x'"),
]


@pytest.mark.parametrize(("bad", "message"), BAD, ids=range(len(BAD)))
def test_senseless_terms_are_refused_and_nothing_is_sent(simulator, bad, message):
    """Call, bar, term and value, on one line; whoever catches it goes on as if nothing was."""

    def idea(now):
        if now.bar == 0:
            assert now.buy(1) == 1
        if now.bar == 2:
            with pytest.raises(InvalidInputError, match=message) as caught:
                bad(now)
            assert caught.value.context["bar"] == 2
            assert "at bar 2 (2020-01-08): " in str(caught.value)
            assert "\n" not in str(caught.value)

    assert len(call(simulator, idea, ONE).orders) == 1


def test_the_first_order_has_no_other_to_refer_to(simulator):
    """There is no ref yet."""

    def idea(now):
        if now.bar == 1:
            now.buy(parent=1)

    with pytest.raises(SimulationError, match="parent: expected no ref, there is no order, was 1"):
        call(simulator, idea, ONE)


def test_an_instrument_before_its_first_bar_takes_no_orders(simulator):
    """By any of the calls; its name is told."""
    late = make_bars(make_series("A", RISING), make_series("B", RISING[2:], days=[2, 3, 4]))
    calls = (
        lambda b: b.buy(), lambda b: b.sell(0), lambda b: b.close_position(),
        lambda b: b.target_size(1), lambda b: b.target_value(0), lambda b: b.target_weight(1),
        lambda b: b.buy_bracket(), lambda b: b.sell_bracket(),
    )  # fmt: skip
    message = "instrument: expected one that has had its first bar, was 'B.XNAS'"

    def idea(now):
        for one in calls if now.bar == 1 else ():
            with pytest.raises(InvalidInputError, match=message):
                one(now.on(1))

    assert len(call(simulator, idea, late).orders) == 0


def test_an_instrument_without_a_bar_takes_orders_for_its_next(simulator):
    """Seen when it trades again, at that open."""
    gapped = make_bars(
        make_series("A", RISING), make_series("B", [RISING[0], RISING[3]], days=[0, 3])
    )

    def idea(now):
        if now.bar == 1:
            now.on(1).buy(2)

    assert fills_of(call(simulator, idea, gapped)) == [(3, 1, 2.0, 13.0)]


def test_a_name_that_now_has_not_is_told_with_the_nearest(simulator):
    """A slip of the pen fails on its bar, with its line."""
    message = r"failed at bar 0 .*AttributeError: now has no 'positon', did you mean now.position\?"
    with pytest.raises(SimulationError, match=message) as caught:
        call(simulator, at({0: lambda now: now.positon}), ONE)
    assert "line " in str(caught.value)


def test_what_now_shows_cannot_be_set(simulator):
    """A position is changed by orders."""
    for name in ("position", "close", "bar", "anything"):
        with pytest.raises(SimulationError, match=r"failed at bar 0 .*AttributeError"):
            call(simulator, at({0: lambda now, name=name: setattr(now, name, 3)}), ONE)


def test_an_exception_in_the_function_names_bar_session_and_line(simulator):
    """One line; the simulator is fit for the next run."""

    def idea(now):
        if now.bar == 3:
            now.buy(now.close / 0)

    message = r"strategy idea failed at bar 3 \(2020-01-09\): ZeroDivisionError: .* \(line \d+ of "
    with pytest.raises(SimulationError, match=message) as caught:
        call(simulator, idea, ONE)
    assert "now.buy(now.close / 0)" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.context["bar"] == 3
    assert len(call(simulator, at({0: lambda now: now.buy()}), ONE).fills) == 1


def test_a_person_can_stop_it_at_any_bar(simulator):
    """Ctrl-C in the function goes through; the simulator is fit for the next run."""

    def idea(now):
        if now.bar == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        call(simulator, idea, ONE)
    assert len(call(simulator, at({0: lambda now: now.buy()}), ONE).fills) == 1
