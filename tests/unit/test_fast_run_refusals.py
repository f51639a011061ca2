"""What a fast run cannot do exactly it refuses, in one line that names the reason."""

import numpy as np
import pytest

from bifrost_kernel.domain.errors import BifrostError, DataError, InvalidInputError
from bifrost_kernel.domain.trading import (
    Commission,
    CommissionKind,
    Filler,
    FillerKind,
    Sizing,
    SizingKind,
    Slippage,
    SlippageKind,
    Trading,
)
from bifrost_kernel.engines.strategy import engine

CLOSE = np.round(100 + np.sin(np.arange(60.0) / 3) * 5, 2)
OPEN = CLOSE + 0.25
TEN = Trading(sizing=Sizing(SizingKind.UNITS, 10.0))
FLAGS = np.arange(60) % 7 == 3
SLIPPING = Slippage(SlippageKind.PERCENT, 0.01, on_open=True)
UNCAPPED = Slippage(SlippageKind.PERCENT, 0.01, on_open=True, is_capped=False)


def spoilt(values, bar, value):
    """Return a copy with one value changed."""
    copy = values.copy()
    copy[bar] = value
    return copy


@pytest.mark.parametrize(
    ("trading", "word"),
    [
        (Trading(commission=Commission(CommissionKind.FUTURES, 1.0, margin=5.0)), "futures"),
        (Trading(leverage=2.0), "leverage 2"),
        (Trading(interest_per_year=0.1), "interest 0.1"),
        (Trading(short_cash=False), "short_cash"),
        (Trading(is_cheat_on_open=True), "cheat-on-open"),
        (Trading(filler=Filler(FillerKind.BAR_PERCENT, 10.0)), "filler 'bar_percent'"),
        (Trading(slippage=UNCAPPED), "is_capped"),
    ],
)
def test_an_account_that_is_not_covered_is_refused_by_name(trading, word):
    """Every face names the setting; none of them approximates it."""
    table = CLOSE[:, None]
    calls = (
        lambda: engine.simulate_crossings(OPEN, CLOSE, 3, 5, trading, high=OPEN, low=CLOSE),
        lambda: engine.simulate_market(OPEN, CLOSE, trading, entries=FLAGS, high=OPEN, low=CLOSE),
        lambda: engine.simulate_cross_sweep(OPEN, CLOSE, [3], [5], trading, high=OPEN, low=CLOSE),
        lambda: engine.simulate_weights(
            table, table, np.full(table.shape, 0.5), trading, high=table, low=table
        ),
    )
    for call in calls:
        with pytest.raises(InvalidInputError, match="expected an account without") as caught:
            call()
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: engine.cross_averages(CLOSE, 5, 5), "fast: expected less than slow (5), was 5"),
        (lambda: engine.cross_averages(CLOSE, 7, 5), "fast: expected less than slow (5), was 7"),
        (lambda: engine.cross_averages(CLOSE, 0, 5), "fast: expected an int of at least 1"),
        (lambda: engine.cross_averages(CLOSE, 2, 5.0), "slow: expected an int of at least 1"),
        (lambda: engine.cross_averages(CLOSE, bool(1), 5), "fast: expected an int of at least 1"),
        (lambda: engine.cross_averages(CLOSE[:0], 2, 5), "T above 0, was (0,)"),
        (lambda: engine.cross_averages(CLOSE[:, None], 2, 5), "shape (T,), T above 0, was (60, 1)"),
        (lambda: engine.cross_averages(["a"], 2, 5), "close: expected numbers"),
        (lambda: engine.simulate_crossings(OPEN[1:], CLOSE, 2, 5, TEN),
         "open: expected an array of shape (60,), was (59,)"),
        (lambda: engine.simulate_market(OPEN, CLOSE, TEN), "was none"),
        (lambda: engine.simulate_market(OPEN, CLOSE, TEN, exits=FLAGS), "was exits"),
        (lambda: engine.simulate_market(OPEN, CLOSE, TEN, entries=FLAGS * 1.0),
         "entries: expected an array of bool values, was 'float64'"),
        (lambda: engine.simulate_market(OPEN, CLOSE, TEN, entries=FLAGS[1:]),
         "entries: expected an array of shape (60,), was (59,)"),
        (lambda: engine.simulate_market(OPEN, CLOSE, TEN, entries=FLAGS, target_size=CLOSE),
         "expected flags or target_size, was 'entries with target_size'"),
        (lambda: engine.simulate_market(OPEN, CLOSE, TEN, target_size=spoilt(CLOSE, 9, np.inf)),
         "target_size at bar 9: expected a finite number or NaN, was inf"),
        (lambda: engine.simulate_market(OPEN, CLOSE, Trading(slippage=SLIPPING), entries=FLAGS),
         "expected high and low"),
        (lambda: engine.simulate_crossings(OPEN, CLOSE, 2, 5, TEN, nav=np.empty(59)),
         "nav: expected a writable float64 array of shape (60,)"),
        (lambda: engine.simulate_crossings(OPEN, CLOSE, 2, 5, TEN, nav=CLOSE),
         "nav: expected memory of its own"),
        (lambda: engine.simulate_cross_sweep(OPEN, CLOSE, [2, 9], [5, 9], TEN),
         "pair 1: expected 1 <= fast < slow, was (9, 9)"),
        (lambda: engine.simulate_cross_sweep(OPEN, CLOSE, [2], [5, 9], TEN), "expected equal"),
        (lambda: engine.simulate_cross_sweep(OPEN, CLOSE, [], [], TEN), "P whole numbers"),
        (lambda: engine.simulate_cross_sweep(OPEN, CLOSE, [2.0], [5], TEN), "P whole numbers"),
        (lambda: engine.simulate_cross_sweep(OPEN, CLOSE, [2], [5], TEN, sessions_per_year=0.0),
         "sessions_per_year: expected a positive number, was 0.0"),
        (lambda: engine.simulate_weights(OPEN, CLOSE, CLOSE, TEN), "shape (T, K), was (60,)"),
        (lambda: engine.simulate_weights(*[CLOSE[:, None]] * 2, np.ones((2, 1)), TEN, bars=[3, 3]),
         "bars: expected rising indices below 60"),
        (lambda: engine.simulate_weights(*[CLOSE[:, None]] * 2, np.ones((2, 1)), TEN, bars=[3, 60]),
         "bars: expected rising indices below 60"),
        (lambda: engine.simulate_weights(
            *[CLOSE[:, None]] * 2, np.full((1, 1), np.inf), TEN, bars=[3]), "weights at bar 3"),
        (lambda: engine.measure_market(
            engine.simulate_crossings(OPEN, CLOSE, 2, 5, TEN), np.arange(60)), "60 dates"),
        (lambda: engine.measure_market(
            engine.simulate_crossings(OPEN, CLOSE, 2, 5, TEN),
            np.arange(60).astype("datetime64[D]")[::-1]), "oldest first"),
    ],
)  # fmt: skip
def test_senseless_input_is_refused_in_one_line(call, words):
    """The message says what was expected and what was given."""
    with pytest.raises(InvalidInputError) as caught:
        call()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e200])
def test_a_close_that_is_no_price_is_named_with_its_bar(bad):
    """In a block of its own, at its end, or in a series too short for the averages."""
    long = np.resize(CLOSE, 5000)
    for close, bar in ((CLOSE, 41), (long, 3000), (long, 4999), (long, 0), (CLOSE[:4], 2)):
        broken = spoilt(close, bar, bad)
        opens, flags = np.full(len(close), 5.0), np.zeros(len(close), bool)
        calls = (
            lambda c=broken: engine.cross_averages(c, 3, 9),
            lambda o=opens, c=broken: engine.simulate_crossings(o, c, 3, 9, TEN),
            lambda o=opens, c=broken, f=flags: engine.simulate_market(o, c, TEN, entries=f),
            lambda o=opens, c=broken: engine.simulate_cross_sweep(o, c, [3], [9], TEN),
        )
        for call in calls:
            with pytest.raises(DataError, match=rf"close at bar {bar}: expected a finite price"):
                call()


def test_an_open_that_is_no_price_is_named_where_an_order_fills_there():
    """Opens between fills are not looked at."""
    run = engine.simulate_crossings(OPEN, CLOSE, 3, 9, TEN)
    filled = int(run.fills.bar[1])
    quiet = filled - 1
    assert quiet not in run.fills.bar
    same = engine.simulate_crossings(spoilt(OPEN, quiet, np.nan), CLOSE, 3, 9, TEN)
    assert same.nav.tolist() == run.nav.tolist()
    for call in (
        lambda: engine.simulate_crossings(spoilt(OPEN, filled, np.nan), CLOSE, 3, 9, TEN),
        lambda: engine.simulate_cross_sweep(spoilt(OPEN, filled, np.nan), CLOSE, [3], [9], TEN),
    ):
        with pytest.raises(DataError, match=f"open at bar {filled}: expected a finite price"):
            call()


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0, -1.0])
def test_weights_need_closes_to_size_by(bad):
    """A close of zero or less has no whole number of units; one that is no number, no value."""
    table = np.column_stack([CLOSE, CLOSE + 1])
    table[30, 1] = bad
    weights = np.full(table.shape, np.nan)
    weights[::10] = 0.4
    with pytest.raises(DataError, match="close at bar 30: expected"):
        engine.simulate_weights(table, table, weights, TEN)


def test_percent_sizing_needs_a_close_to_size_by():
    """A close of 0 cannot be divided by."""
    share = Trading(sizing=Sizing(SizingKind.PERCENT, 50.0))
    close = spoilt(CLOSE, 3, 0.0)
    with pytest.raises(DataError, match="close at bar 3: expected a price above zero"):
        engine.simulate_market(OPEN, close, share, entries=np.arange(60) == 3)
    engine.simulate_market(OPEN, close, TEN, entries=np.arange(60) == 3)


def test_an_account_that_overflows_is_refused():
    """Sizes beyond all numbers end the run with a message, not with infinite cash."""
    endless = Trading(cash=1e300, sizing=Sizing(SizingKind.UNITS, 1e300))
    with pytest.raises(BifrostError):
        engine.simulate_market(OPEN * 1e140, CLOSE * 1e140, endless, entries=FLAGS)


def test_arrays_of_any_form_give_the_same_run():
    """Lists, slices, other types and arrays that must not be written to."""
    plain = engine.simulate_crossings(OPEN, CLOSE, 3, 9, TEN)
    frozen = CLOSE.copy()
    frozen.flags.writeable = False
    wide = np.repeat(CLOSE, 2)[::2]
    flags = np.repeat(FLAGS, 2)[::2]
    for close in (CLOSE.tolist(), frozen, wide):
        assert engine.simulate_crossings(OPEN, close, 3, 9, TEN).nav.tolist() == plain.nav.tolist()
    one, other = (engine.simulate_market(OPEN, CLOSE, TEN, entries=f) for f in (FLAGS, flags))
    assert one.nav.tolist() == other.nav.tolist()
    assert frozen.tolist() == CLOSE.tolist()


def test_nav_is_written_where_it_is_told():
    """The array that is handed in is the one that comes back."""
    room = np.empty(60)
    run = engine.simulate_crossings(OPEN, CLOSE, 3, 9, TEN, nav=room)
    assert run.nav is room
    assert room.tolist() == engine.simulate_crossings(OPEN, CLOSE, 3, 9, TEN).nav.tolist()


def test_a_series_shorter_than_the_averages_never_trades():
    """Nothing is known, nothing is done: nav is the opening cash."""
    for count in (1, 8, 9, 10):
        run = engine.simulate_crossings(OPEN[:count], CLOSE[:count], 3, 9, TEN)
        sweep = engine.simulate_cross_sweep(OPEN[:count], CLOSE[:count], [3], [9], TEN)
        assert run.nav.tolist() == [TEN.cash] * count
        assert run.cash.tolist() == [TEN.cash] * count
        assert (sweep.final_nav[0], sweep.max_drawdown[0]) == (TEN.cash, 0.0)
        assert np.isnan(sweep.sharpe[0])
