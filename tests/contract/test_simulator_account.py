"""What every simulator must do with an account: cheats, costs, dividends, and bad input."""

import math

import numpy as np
import pytest

from bifrost_kernel.domain.bars import ActionKind, CorporateAction
from bifrost_kernel.domain.errors import DataError, InvalidInputError, NoDataError
from bifrost_kernel.domain.strategies import Signals
from bifrost_kernel.domain.trading import (
    Commission,
    CommissionKind,
    Sizing,
    SizingKind,
    Slippage,
    SlippageKind,
)
from bifrost_kernel.simulators.backtrader import BacktraderSimulator
from bifrost_kernel.simulators.compiled import CompiledSimulator
from tests.simulation_samples import (
    RISING,
    Steps,
    fills_of,
    make_bars,
    make_job,
    make_series,
    marks,
    numbers,
    run,
    statuses_of,
)


@pytest.fixture(params=[BacktraderSimulator, CompiledSimulator], ids=["backtrader", "compiled"])
def simulator(request):
    """Every simulator there is."""
    return request.param()


def test_cheat_on_close_fills_at_the_close_of_the_wish(simulator):
    """Booked a bar later, at the price of the bar before."""
    bars = make_bars(make_series("A", RISING))
    result = run(simulator, bars, entries=marks(5, 1), is_cheat_on_close=True)
    assert fills_of(result) == [(2, 0, 10.0, 12.0)]


def test_cheat_on_open_acts_and_fills_at_the_next_open(simulator):
    """The size is 95 % of cash at that open, not at the close before."""
    bars = make_bars(make_series("A", [(10, 12, 9, 11), (8, 13, 8, 12), (12, 14, 11, 13)]))
    result = run(
        simulator, bars, entries=marks(3, 0), is_cheat_on_open=True,
        sizing=Sizing(SizingKind.PERCENT_WHOLE, 95.0),
    )  # fmt: skip
    assert fills_of(result) == [(1, 0, 118.0, 8.0)]
    assert result.orders.bar.tolist() == [1]


def test_slippage_moves_fills_against_the_trader(simulator):
    """10 % on a stop at 12 is 13.2, capped to the high of 13; at the open none by default."""
    bars = make_bars(make_series("A", RISING))
    slippage = Slippage(SlippageKind.PERCENT, 0.1)
    stop = run(
        simulator, bars, entries=marks(5, 0), stop_price=numbers(5, {0: 12.0}), slippage=slippage
    )
    assert fills_of(stop) == [(1, 0, 10.0, 13.0)]
    market = run(simulator, bars, entries=marks(5, 0), slippage=slippage)
    assert fills_of(market) == [(1, 0, 10.0, 11.0)]


@pytest.mark.parametrize(
    ("commission", "paid"),
    [
        (Commission(CommissionKind.PERCENT, 0.01), 1.1),
        (Commission(CommissionKind.PER_SHARE, 0.02), 0.2),
        (Commission(CommissionKind.PER_ORDER, 3.0), 3.0),
        (Commission(CommissionKind.FUTURES, 0.5, margin=20.0, multiplier=5.0), 5.0),
    ],
    ids=lambda one: one.kind.value if isinstance(one, Commission) else "",
)
def test_commission_is_counted_by_its_kind(simulator, commission, paid):
    """Of notional, of units, of fills, of contracts."""
    bars = make_bars(make_series("A", RISING))
    result = run(simulator, bars, entries=marks(5, 0), commission=commission)
    assert result.fills.commission.tolist() == [paid]


def test_futures_bind_margin_and_settle_every_close(simulator):
    """Ten contracts: 200 bound, 5 x 10 a point gained, 5 commission."""
    bars = make_bars(make_series("A", RISING))
    commission = Commission(CommissionKind.FUTURES, 0.5, margin=20.0, multiplier=5.0)
    result = run(simulator, bars, entries=marks(5, 0), commission=commission)
    assert result.cash.tolist() == [1000.0, 845.0, 895.0, 945.0, 995.0]
    assert result.nav.tolist() == [1000.0, 1045.0, 1095.0, 1145.0, 1195.0]


def dividend(bars, day, amount, column=0):
    """Return a cash dividend on a day after 2020-01-06."""
    date = str(np.datetime64("2020-01-06", "D") + day)
    return CorporateAction(bars.instrument_ids[column], date, ActionKind.DIVIDEND, amount)


def test_a_dividend_is_paid_on_what_was_held_over(simulator):
    """Ten held at the close of bar 1 earn 5; what is bought on the ex-date earns nothing."""
    bars = make_bars(make_series("A", RISING))
    result = run(
        simulator, bars, entries=marks(5, 0),
        dividends=[dividend(bars, 1, 100.0), dividend(bars, 2, 0.5)],
    )  # fmt: skip
    assert result.dividends.tolist() == [0.0, 0.0, 5.0, 0.0, 0.0]
    assert result.cash.tolist() == [1000.0, 890.0, 895.0, 895.0, 895.0]


def test_a_dividend_is_in_cash_before_the_orders_of_its_bar(simulator):
    """Ten more at 12 need 120; only the dividend brings the cash from 110 above it."""
    bars = make_bars(make_series("A", RISING))
    wishes = {"target_size": numbers(5, {0: 10.0, 1: 20.0}), "cash": 220.0}
    assert statuses_of(run(simulator, bars, **wishes)) == ["FILLED", "MARGIN"]
    paid = run(simulator, bars, dividends=[dividend(bars, 2, 1.5)], **wishes)
    assert statuses_of(paid) == ["FILLED", "FILLED"]


def test_a_short_pays_the_dividend(simulator):
    """Ten short pay 5."""
    bars = make_bars(make_series("A", RISING))
    result = run(simulator, bars, short_entries=marks(5, 0), dividends=[dividend(bars, 2, 0.5)])
    assert result.dividends.tolist() == [0.0, 0.0, -5.0, 0.0, 0.0]


def test_a_dividend_without_a_bar_is_paid_at_the_next_one(simulator):
    """The ex-date is a day off for B; A's bar of that day is not B's."""
    paused = make_series("B", [RISING[one] for one in (0, 1, 4)], days=[0, 1, 4])
    bars = make_bars(make_series("A", RISING), paused)
    result = run(
        simulator, bars, entries=marks(5, (0, 1), n_columns=2),
        dividends=[dividend(bars, 2, 0.5, column=1), dividend(bars, 9, 9.0, column=1)],
    )  # fmt: skip
    assert result.dividends.tolist() == [0.0, 0.0, 0.0, 0.0, 5.0]


def test_the_timeline_is_that_of_the_panel(simulator):
    """End, session, nav and cash of every bar, on days and on minutes."""
    for spec in ("1d", "5m", "1h"):
        job = make_job(make_bars(make_series("A", RISING, spec=spec)), signals=Signals())
        result = simulator.run(job, Steps())
        assert result.end.tolist() == job.panel.end.tolist()
        assert result.session_date.tolist() == job.panel.session_date.tolist()
        assert result.nav.tolist() == [1_000_000.0] * 5
        assert result.simulator.startswith(f"{simulator.name} ")


def test_the_same_job_gives_the_same_bits_and_leaves_the_job_alone(simulator):
    """Twice in a row, from arrays that nobody may write to."""
    bars = make_bars(make_series("A", RISING))
    for series in bars.series:
        for name in ("open", "high", "low", "close", "volume", "end"):
            getattr(series, name).setflags(write=False)
    flags = marks(5, 0)
    flags.setflags(write=False)
    first, second = (run(simulator, bars, entries=flags) for _ in range(2))
    assert first.nav.tobytes() == second.nav.tobytes()
    assert first.orders.ref.tolist() == second.orders.ref.tolist() == [1]


def test_progress_counts_every_bar_in_few_steps(simulator):
    """All bars are reported, in about a hundred steps."""
    steps = Steps()
    rows = [RISING[0]] * 1_234
    simulator.run(make_job(make_bars(make_series("A", rows)), signals=Signals()), steps)
    assert (steps.total, steps.done, steps.is_closed) == (1_234, 1_234, True)
    assert steps.calls <= 110


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        ({"limit_price": numbers(5, {1: 0.0})}, "limit_price of A.XNAS at bar 1"),
        ({"stop_price": numbers(5, {1: math.inf})}, "stop_price of A.XNAS at bar 1"),
        ({"stop_distance": numbers(5, {1: -1.0})}, "expected a finite number above zero, was -1"),
        ({"target_size": numbers(5, {2: math.inf})}, "target_size of A.XNAS at bar 2"),
        (
            {"target_size": numbers(5, {1: 1.0}), "target_weight": numbers(5, {1: 1.0})},
            "no weight beside a size",
        ),
        ({"exits": marks(4, 0)}, r"expected shape \(5, 1\), was \(4, 1\)"),
    ],
)
def test_a_wish_that_cannot_be_ordered_is_named(simulator, wishes, message):
    """One line: which array, whose, at which bar, and what was there."""
    bars = make_bars(make_series("A", RISING))
    job = make_job(bars, signals=Signals(entries=marks(5, 1), **wishes))
    with pytest.raises(InvalidInputError, match=message) as caught:
        simulator.run(job, Steps())
    assert "\n" not in str(caught.value)


def test_no_bars_and_broken_bars_are_named(simulator):
    """An empty series, and a price that is not a number."""
    empty = make_series("A", RISING).take(slice(0, 0))
    with pytest.raises(NoDataError, match=r"A\.XNAS"):
        simulator.run(make_job(make_bars(empty), signals=Signals()), Steps())
    broken = make_series("A", [RISING[0], (10, 12, math.nan, 11)])
    with pytest.raises(DataError, match=r"low of 2020-01-07 was nan"):
        simulator.run(make_job(make_bars(broken), signals=Signals()), Steps())


def test_what_it_cannot_do_exactly_is_refused_with_the_reason(simulator):
    """Both cheats at once, futures terms on stocks: said beforehand, and by run."""
    bars = make_bars(make_series("A", RISING))
    cheats = {"is_cheat_on_close": True, "is_cheat_on_open": True}
    for settings, reason in (
        (cheats, "exclude each other"),
        ({"commission": Commission(multiplier=5.0)}, "futures commission"),
    ):
        job = make_job(bars, signals=Signals(), **settings)
        assert reason in simulator.refusal(job)
        with pytest.raises(InvalidInputError, match=reason):
            simulator.run(job, Steps())
