"""The benchmark by hand."""

import numpy as np
import pytest

from bifrost_kernel.domain.errors import InvalidInputError
from bifrost_kernel.engines.strategy.engine import buy_and_hold_nav

NAN = np.nan


def test_one_instrument_grows_with_its_close():
    """All cash at the first close, in fractional units, without costs."""
    close = np.array([[30.0], [33.0], [27.0]])
    assert buy_and_hold_nav(close, 100.0).tolist() == pytest.approx([100.0, 110.0, 90.0])


def test_a_later_instrument_waits_in_cash():
    """Its half stays cash until its own first close, and a gap keeps the last close."""
    close = np.array([[10.0, NAN], [20.0, NAN], [NAN, 5.0], [30.0, 10.0]])
    assert buy_and_hold_nav(close, 100.0).tolist() == pytest.approx([100.0, 150.0, 150.0, 250.0])


def test_an_instrument_without_a_bar_stays_cash_for_ever():
    """Half of the cash never moves."""
    close = np.array([[10.0, NAN], [5.0, NAN]])
    assert buy_and_hold_nav(close, 100.0).tolist() == pytest.approx([100.0, 75.0])


def test_dividends_are_paid_in_cash_on_what_was_held_the_bar_before():
    """A dividend on the day of the purchase is not earned; later ones stay cash."""
    close = np.array([[10.0], [10.0], [20.0]])
    dividends = np.array([[1.0], [0.5], [NAN]])
    assert buy_and_hold_nav(close, 100.0, dividends).tolist() == pytest.approx([100, 105, 205])


def test_no_bars_make_an_empty_nav():
    """Nothing in, nothing out."""
    assert buy_and_hold_nav(np.zeros((0, 2)), 100.0).shape == (0,)


def test_a_single_series_is_refused():
    """The shape is said."""
    with pytest.raises(InvalidInputError, match=r"close: expected an array of shape \(T, K\)"):
        buy_and_hold_nav(np.ones(3), 100.0)
