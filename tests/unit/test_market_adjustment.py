"""Splits and dividends into prices, and out of adjusted closes."""

import numpy as np
import pytest

from bifrost_kernel.domain.bars import ActionKind, Adjustment
from bifrost_kernel.domain.errors import DataError
from bifrost_kernel.domain.instruments import InstrumentId
from bifrost_kernel.engines.marketdata import engine
from tests.market_samples import daily, dividend, equal, minutes, split, with_columns

FLAT = daily("2012-07-02", "2012-07-10", columns={
    "open": [40.0, 41, 20, 21, 22, 23], "high": [42.0, 42, 22, 22, 23, 24],
    "low": [39.0, 40, 19, 20, 21, 22], "close": [41.0, 40, 21, 20, 22, 23], "volume": [10.0] * 6,
})  # fmt: skip
EX = "2012-07-05"  # the third session


def test_no_adjustment_is_the_series_itself():
    """Raw means raw."""
    assert engine.adjust(FLAT, [split(EX, 2.0)], Adjustment.NONE) is FLAT


def test_a_split_halves_what_lies_before_its_ex_date():
    """Prices are divided, volume is multiplied, from the ex-date on nothing changes."""
    adjusted = engine.adjust(FLAT, [split(EX, 2.0)], Adjustment.SPLITS)
    assert adjusted.close.tolist() == [20.5, 20.0, 21.0, 20.0, 22.0, 23.0]
    assert adjusted.high.tolist()[:2] == [21.0, 21.0]
    assert adjusted.volume.tolist() == [20.0, 20.0, 10.0, 10.0, 10.0, 10.0]


def test_a_dividend_counts_against_the_close_before_it():
    """D = 2 on a close of 40 takes 5 % off what lies before; volume stays."""
    adjusted = engine.adjust(FLAT, [dividend(EX, 2.0)], Adjustment.ALL)
    assert adjusted.close[:3].tolist() == pytest.approx([41 * 0.95, 38.0, 21.0])
    assert adjusted.volume.tolist() == FLAT.volume.tolist()
    assert engine.adjust(FLAT, [dividend(EX, 2.0)], Adjustment.SPLITS) is FLAT


def test_a_split_and_a_dividend_of_one_day_multiply():
    """The dividend is per old unit, on the close before."""
    actions = [split(EX, 2.0), dividend(EX, 2.0)]
    adjusted = engine.adjust(FLAT, actions, Adjustment.ALL)
    assert adjusted.close[1] == pytest.approx(40 * 0.95 / 2)


def test_actions_beyond_the_bars_or_of_others_change_nothing():
    """On the first bar, after the last, or of another instrument."""
    other = InstrumentId("MSFT", "XNAS")
    actions = [split("2012-07-02", 2.0), split("2012-08-01", 7.0), split(EX, 2.0, other)]
    assert engine.adjust(FLAT, actions, Adjustment.ALL) is FLAT


def test_an_ex_date_without_a_bar_takes_effect_on_the_next_one():
    """4 July has no session."""
    adjusted = engine.adjust(FLAT, [split("2012-07-04", 2.0)], Adjustment.SPLITS)
    assert adjusted.close[:3].tolist() == [20.5, 20.0, 21.0]


def test_minutes_are_adjusted_by_their_session():
    """Every minute before the ex-date's session is divided."""
    whole = minutes()
    adjusted = engine.adjust(whole, [split("2012-07-03", 4.0)], Adjustment.SPLITS)
    assert np.array_equal(adjusted.close[:390] * 4, whole.close[:390])
    assert np.array_equal(adjusted.close[390:], whole.close[390:])


@pytest.mark.parametrize(
    "action", [split(EX, 0.0), split(EX, float("nan")), dividend(EX, 40.0), dividend(EX, -1.0)]
)
def test_impossible_actions_are_refused_by_name(action):
    """A dividend as large as the price, or a ratio of nothing, would make nonsense prices."""
    with pytest.raises(DataError, match=rf"AAPL.XNAS (split|dividend) of {EX}: expected"):
        engine.adjust(FLAT, [action], Adjustment.ALL)


def test_dividends_are_restated_for_split_adjusted_prices():
    """What was paid per old unit is half as much per new one; announced values stay otherwise."""
    actions = (dividend("2012-07-03", 2.0), split(EX, 2.0), dividend("2012-07-06", 2.0))
    restated = engine.restate_dividends(actions, Adjustment.SPLITS)
    assert [one.value for one in restated] == [1.0, 2.0, 2.0]
    assert engine.restate_dividends(actions, Adjustment.NONE) == actions


def derived(series, actions, *, decimals=None, single=False, base="auto"):
    """Derive actions back from the adjusted close that they make."""
    adjusted = engine.adjust(series, actions, Adjustment.ALL).close
    if decimals is not None:
        adjusted = np.round(adjusted, decimals)
    if single:
        adjusted = adjusted.astype(np.float32).astype(np.float64)
    found = engine.actions_from_adjusted_close(series, adjusted, dividend_base=base)
    return [(one.ex_date, one.kind, one.value) for one in found]


@pytest.mark.parametrize("options", [{}, {"decimals": 10}, {"decimals": 6}, {"single": True}])
def test_actions_are_found_again_through_the_rounding_of_the_adjusted_close(options):
    """Full precision, ten and six decimals, and single precision give the same actions."""
    series = daily("2010-01-04", "2012-12-31", seed=3)
    actions = [
        dividend("2010-05-05", 0.37), split("2010-09-01", 2.0), dividend("2011-02-02", 0.4),
        split("2011-08-01", 1.5), dividend("2012-03-01", 0.45), split("2012-09-04", 0.1),
    ]  # fmt: skip
    assert derived(series, actions, **options) == [
        (one.ex_date, one.kind, pytest.approx(one.value, rel=1e-3)) for one in actions
    ]


def test_the_dividend_base_is_told_from_the_rounder_values():
    """A factor made with the ex-date's own close gives the true dividend as well."""
    series = daily("2012-01-03", "2012-12-31", seed=5)
    adjusted = np.array(series.close)
    for row, value in ((50, 0.4), (120, 0.45)):
        close = series.close[row]
        adjusted[:row] *= close / (close + value)
    found = engine.actions_from_adjusted_close(series, adjusted)
    assert [one.value for one in found] == [0.4, 0.45]
    forced = engine.actions_from_adjusted_close(series, adjusted, dividend_base="close_before")
    assert [one.value for one in forced] != [0.4, 0.45]


def test_no_action_is_found_where_there_is_none():
    """A constant factor, even one of later actions, holds nothing inside."""
    series = daily()
    assert engine.actions_from_adjusted_close(series, series.close / 7.3) == ()
    assert engine.actions_from_adjusted_close(series.take(slice(0, 0)), np.empty(0)) == ()


def test_a_large_special_dividend_is_not_a_split():
    """30 % of the price in cash is no simple ratio."""
    series = with_columns(FLAT)
    found = derived(series, [dividend(EX, 12.1)])
    assert found == [(EX, ActionKind.DIVIDEND, 12.1)]


@pytest.mark.parametrize("bad", [[1.0], [1.0, 2, 3, 4, 5, np.nan], [1.0, 2, 3, 4, 5, 0]])
def test_an_adjusted_close_must_match_the_bars(bad):
    """Length and sign are checked."""
    with pytest.raises(DataError, match="adjusted close: expected"):
        engine.actions_from_adjusted_close(FLAT, np.array(bad))


def test_adjusting_does_not_touch_its_input():
    """The raw series is what it was."""
    before = with_columns(FLAT, close=FLAT.close.copy())
    adjusted = engine.adjust(FLAT, [split(EX, 2.0)], Adjustment.ALL)
    assert equal(before, FLAT)
    assert not adjusted.close.flags.writeable
