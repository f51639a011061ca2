"""What every simulator must do with a function that is called at each bar: what it sees."""

import math

import numpy as np
import pytest

from bifrost_kernel.domain.errors import InvalidInputError, SimulationError
from bifrost_kernel.domain.trading import Commission, CommissionKind, Sizing, SizingKind
from bifrost_kernel.simulators.backtrader import BacktraderSimulator
from bifrost_kernel.simulators.compiled import CompiledSimulator
from tests.on_bar_samples import at, call, make_called
from tests.simulation_samples import RISING, Steps, fills_of, make_bars, make_series, statuses_of

ONE = make_bars(make_series("A", RISING))
GAPPED = make_bars(
    make_series("A", [RISING[0], RISING[1], RISING[3]], days=[0, 1, 3]),
    make_series("B", RISING[2:], days=[2, 3, 4]),
)
PRICES = ("open", "high", "low", "close", "volume")


@pytest.fixture(params=[BacktraderSimulator, CompiledSimulator], ids=["backtrader", "compiled"])
def simulator(request):
    """Every simulator there is."""
    return request.param()


def watch(simulator, bars, look, **rest):
    """Return what `look` saw at each call."""
    seen = []

    def watching(now):
        seen.append(look(now))

    call(simulator, watching, bars, **rest)
    return seen


def test_it_is_called_at_each_close_with_that_bars_prices(simulator):
    """From the very first bar on, in plain floats."""
    seen = watch(simulator, ONE, lambda now: [getattr(now, name) for name in PRICES])
    assert seen == [[*map(float, row), 1000.0] for row in RISING]
    assert {type(one) for row in seen for one in row} == {float}
    assert watch(simulator, ONE, lambda now: (now.bar, now.index)) == [(n, n) for n in range(5)]
    assert (
        watch(simulator, ONE, lambda now: (now.column, now.count, now.has_bar))
        == [(0, 1, True)] * 5
    )


def test_it_knows_when_it_is(simulator):
    """The session as days, and the bar's end in nanoseconds."""
    seen = watch(simulator, ONE, lambda now: (now.day, now.time_ns))
    assert seen[0] == (18_267, (18_267 * 24 + 21) * 3600 * 10**9)
    assert [day for day, _ in seen] == [18_267, 18_268, 18_269, 18_270, 18_271]


def test_arrays_end_at_this_bar_and_cannot_be_written_to(simulator):
    """As many places as bars so far: there is nothing to look ahead at."""
    names = ("opens", "highs", "lows", "closes", "volumes")
    seen = watch(simulator, ONE, lambda now: [getattr(now, name).tolist() for name in names])
    for bar, arrays in enumerate(seen):
        assert arrays == [[*map(float, one)] for one in zip(*RISING[: bar + 1], strict=True)] + [
            [1000.0] * (bar + 1)
        ]
    flags = watch(simulator, ONE, lambda now: [getattr(now, one).flags.writeable for one in names])
    assert not any(map(any, flags))


def test_studies_are_read_at_this_bar_and_before(simulator):
    """By number, with `ago` for earlier ones, NaN before the first; and as a whole so far."""

    def studies(bars, by):
        return [bars.close * by, np.arange(len(bars))]

    seen = []

    def idea(now, by=2):
        ago = now.study(0, 2)
        seen.append((now.study(0), now.study(1), now.study(1, by), now.studies(0).tolist()))
        assert math.isnan(ago) if now.index < 2 else ago == now.closes[-3] * by

    call(simulator, idea, ONE, prepare=studies)
    assert [one[:2] for one in seen] == [(22, 0), (24, 1), (26, 2), (28, 3), (30, 4)]
    assert [one[2] for one in seen[2:]] == [0, 1, 2]
    assert [one[3] for one in seen[:2]] == [[22.0], [22.0, 24.0]]


@pytest.mark.parametrize(
    ("look", "message"),
    [
        (lambda now: now.study(0, -1), "now.study at .* ago: expected 0 or more bars back, was -1"),
        (lambda now: now.study(0, 1.5), "now.study at .* ago: expected 0 or more .* was 1.5"),
        (lambda now: now.study(2), "now.study at .* i: expected 0 to 1, was 2"),
        (lambda now: now.study(-1), "i: expected 0 to 1, was -1"),
        (lambda now: now.study(0.5), "i: expected 0 to 1, was 0.5"),
        (lambda now: now.studies(2), "now.studies at .* i: expected 0 to 1, was 2"),
        (lambda now: now.studies(-1), "now.studies at .* i: expected 0 to 1, was -1"),
    ],
)
def test_no_study_looks_ahead_or_is_taken_for_another(simulator, look, message):
    """Bars to come cannot be asked for, nor an array that is not there."""

    def idea(now):
        if now.bar == 2:
            with pytest.raises(InvalidInputError, match=message):
                look(now)

    call(simulator, idea, ONE, prepare=lambda bars: [bars.close, bars.open])


def test_the_account_is_that_of_this_close(simulator):
    """Ten bought at 11 and sold at 13, with one percent: cash, nav and entry price by hand."""
    seen = []

    def idea(now):
        seen.append((now.position, now.entry_price, now.cash, now.nav))
        if now.bar == 0:
            now.buy()
        if now.bar == 2:
            now.sell(10)

    result = call(simulator, idea, ONE, commission=Commission(CommissionKind.PERCENT, 0.01))
    assert seen == [
        (0.0, 0.0, 1000.0, 1000.0), (10.0, 11.0, 888.9, 1008.9), (10.0, 11.0, 888.9, 1018.9),
        (0.0, 0.0, 1017.6, 1017.6), (0.0, 0.0, 1017.6, 1017.6),
    ]  # fmt: skip
    assert result.nav.tolist() == [one[3] for one in seen]
    assert fills_of(result) == [(1, 0, 10.0, 11.0), (3, 0, -10.0, 13.0)]


def test_what_is_sent_changes_nothing_before_the_next_bar(simulator):
    """Position, cash and nav are those of the close, whatever was just ordered."""

    def idea(now):
        before = (now.position, now.cash, now.nav)
        now.buy(1)
        assert (now.position, now.cash, now.nav) == before

    assert fills_of(call(simulator, idea, ONE))[0] == (1, 0, 1.0, 11.0)


def test_each_instrument_with_a_bar_has_its_turn_in_column_order(simulator):
    """An instrument that lacks the bar is left out; the others go by their columns."""
    seen = watch(simulator, GAPPED, lambda now: (now.bar, now.column, now.index))
    assert seen == [(0, 0, 0), (1, 0, 1), (2, 1, 0), (3, 0, 2), (3, 1, 1), (4, 1, 2)]


def test_the_others_are_seen_as_they_are_now(simulator):
    """Nothing before the first bar, the last known where there is no bar, today's else."""

    def other(now):
        b = now.on(1 - now.column)
        return (b.column, b.has_bar, b.index, b.close, b.closes.tolist(), b.bar, b.study(0))

    seen = watch(simulator, GAPPED, other, prepare=lambda bars: [bars.close])
    assert [one[:3] for one in seen] == [
        (1, False, -1), (1, False, -1), (0, False, 1), (1, True, 1), (0, True, 2), (0, False, 2),
    ]  # fmt: skip
    assert all(map(math.isnan, [seen[0][3], seen[1][3], seen[0][6]]))
    assert [one[3] for one in seen[2:]] == [one[6] for one in seen[2:]] == [12.0, 14.0, 14.0, 14.0]
    assert [one[4] for one in seen[:4]] == [[], [], [11.0, 12.0], [13.0, 14.0]]
    assert [one[5] for one in seen] == [0, 1, 2, 3, 3, 4]


def test_together_it_is_called_once_a_bar(simulator):
    """`now` is the first instrument, `on` are all; orders go to whom they are for."""
    seen = []

    def idea(now):
        seen.append((now.bar, now.column, now.has_bar, now.on(1).has_bar))
        if now.bar == 2:
            now.on(1).buy(5)
            now.on(0).buy(3)

    result = call(simulator, idea, GAPPED, scope="together")
    assert seen == [
        (0, 0, True, False), (1, 0, True, False), (2, 0, False, True), (3, 0, True, True),
        (4, 0, False, True),
    ]  # fmt: skip
    assert fills_of(result) == [(3, 1, 5.0, 13.0), (3, 0, 3.0, 13.0)]


def test_studies_of_the_timeline_belong_to_their_columns(simulator):
    """With scope together each instrument reads its own column at its own bars."""
    seen = []

    def idea(now):
        seen.append([now.on(k).studies(0).tolist() for k in range(now.count)])

    call(simulator, idea, GAPPED, scope="together", prepare=lambda panel: [panel.close * 2])
    assert seen[1] == [[22.0, 24.0], []]
    assert seen[4] == [[22.0, 24.0, 28.0], [26.0, 28.0, 30.0]]


def test_state_is_kept_from_call_to_call(simulator):
    """Zeros at the start; own places for each instrument, or shared ones together."""
    seen = []

    def counts(now):
        now.state[1] += 1
        seen.append(now.state.tolist())

    call(simulator, counts, GAPPED, state=2)
    assert seen == [[0, 1], [0, 2], [0, 1], [0, 3], [0, 2], [0, 3]]
    seen.clear()

    def both(now):
        now.on(1).state[0] += 1
        seen.append(now.state.tolist())

    call(simulator, both, GAPPED, state=1, scope="together")
    assert seen == [[1], [2], [3], [4], [5]]


def test_each_run_starts_with_a_clean_state(simulator):
    """The same job run twice is the same."""
    seen = []

    def idea(now):
        seen.append(now.state[0])
        now.state[0] = 5

    job = make_called(idea, ONE, state=1)
    simulator.run(job, Steps())
    simulator.run(job, Steps())
    assert seen == [0, 5, 5, 5, 5] * 2


def test_an_order_can_be_followed_by_its_ref(simulator):
    """Refs count from 1; status, liveness and filled units are those of this close."""
    seen = []

    def idea(now):
        if now.bar == 0:
            assert (now.buy(limit=10.5), now.buy(limit=5.0), now.sell(0)) == (1, 2, 0)
        pair = [(now.status(ref), now.is_alive(ref), now.filled(ref)) for ref in (1, 2)]
        seen.append(pair)
        assert (now.is_alive(0), now.filled(0), now.cancel(0)) == (False, 0.0, False)
        if now.bar == 2:
            assert now.cancel(2.0) is True
            assert (now.cancel(2), now.cancel(1), now.is_alive(2)) == (False, False, False)

    result = call(simulator, idea, ONE)
    assert seen[0] == [(0, True, 0.0)] * 2
    assert seen[1] == seen[2] == [(3, False, 10.0), (1, True, 0.0)]
    assert seen[3] == [(3, False, 10.0), (4, False, 0.0)]
    assert statuses_of(result) == ["FILLED", "CANCELED"]
    assert result.orders.final_bar.tolist() == [1, 2]


def test_an_order_cannot_be_cancelled_on_the_bar_it_was_sent(simulator):
    """The broker has not seen it yet."""
    result = call(simulator, at({1: lambda now: _unless(now.cancel(now.buy()))}), ONE)
    assert statuses_of(result) == ["FILLED"]


def _unless(condition):
    assert condition is False


def test_parameters_arrive_by_name(simulator):
    """Those given, and the others' defaults; also behind a star."""
    seen = []

    def idea(now, fast=10, *, word="x"):
        seen.append((now.bar, fast, word))

    call(simulator, idea, ONE, parameters={"fast": 20})
    assert seen[0] == (0, 20, "x")


def test_percent_sizing_is_that_of_arrays(simulator):
    """95 % of 1000 at a close of 11 is 86 units; holding them, the same number again."""
    sizing = Sizing(SizingKind.PERCENT_WHOLE, 95.0)
    plan = {0: lambda now: now.buy(), 2: lambda now: now.sell()}
    result = call(simulator, at(plan), ONE, sizing=sizing)
    assert result.fills.quantity.tolist() == [86.0, -86.0]
    broken = call(simulator, at(plan), ONE, sizing=Sizing(SizingKind.PERCENT, 95.0))
    assert broken.fills.quantity[0] == 1000.0 / 11 * (95.0 / 100)


def test_cheat_on_close_fills_at_the_close_it_was_sent_at(simulator):
    """On the bar after, at the old close."""
    result = call(simulator, at({0: lambda now: now.buy()}), ONE, is_cheat_on_close=True)
    assert fills_of(result) == [(1, 0, 10.0, 11.0)]


def test_cheat_on_open_is_refused_by_name(simulator):
    """A function that decides at the close cannot decide before the open."""
    job = make_called(at({}), ONE, is_cheat_on_open=True)
    assert "cheat-on-open cannot be" in simulator.refusal(job)


@pytest.mark.parametrize("answer", [True, [], np.ones(5)], ids=["bool", "list", "ndarray"])
def test_an_answer_is_refused(simulator, answer):
    """A function of now returns nothing; what it returned is named, and where."""

    def idea(now):
        return answer if now.bar == 2 else None

    message = rf"failed at bar 2 \(2020-01-08\): expected nothing .* was {type(answer).__name__}\."
    with pytest.raises(SimulationError, match=message) as caught:
        call(simulator, idea, ONE)
    assert "\n" not in str(caught.value)
