"""Numbers and times as people read them."""

import math
from datetime import UTC, date, datetime

import numpy as np
import pytest

from bifrost_kernel.look import numbers, times

MINUS, THIN = "\u2212", "\u202f"


@pytest.mark.parametrize(
    ("value", "digits", "signed", "expected"),
    [
        (1234567.891, 2, False, "1,234,567.89"),
        (-1234.5, 1, False, f"{MINUS}1,234.5"),
        (-0.001, 2, False, "0.00"),
        (0.001, 2, True, "0.00"),
        (0.5, 2, True, "+0.50"),
        (math.nan, 2, True, "\u2013"),
        (math.inf, 2, False, "+∞"),
        (-math.inf, 2, False, f"{MINUS}∞"),
    ],
)
def test_numbers_have_thousands_and_a_true_minus(value, digits, signed, expected):
    """Nothing rounds to a signed zero, and what is not finite says so."""
    assert numbers.format_number(value, digits, signed=signed) == expected


def test_percent_takes_fractions():
    """A fraction of 0.186 is 18.6 %."""
    assert numbers.format_percent(0.186) == f"18.6{THIN}%"
    assert numbers.format_percent(-0.46, signed=True) == f"{MINUS}46.0{THIN}%"
    assert numbers.format_percent(math.nan) == "\u2013"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (100.0, "100"),
        (1.25, "1.25"),
        (-0.5, f"{MINUS}0.5"),
        (1e6, "1,000,000"),
        (math.nan, "\u2013"),
    ],
)
def test_quantities_show_no_needless_decimals(value, expected):
    """Whole units are whole; shares of units keep what matters."""
    assert numbers.format_quantity(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(431.12, "431.12"), (0.0523, "0.0523"), (0.00012345, "0.000123"), (0.0, "0.00")],
)
def test_small_prices_keep_their_digits(value, expected):
    """A price below one shows more decimals."""
    assert numbers.format_price(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (8_372_000.0, f"8.37{THIN}M"),
        (-1500.0, f"{MINUS}1.50{THIN}k"),
        (2.5e12, f"2.50{THIN}T"),
        (12.0, "12"),
        (0.25, "0.25"),
    ],
)
def test_compact_numbers_have_their_unit(value, expected):
    """Thousands, millions, billions, trillions."""
    assert numbers.format_compact(value) == expected


def test_an_estimate_shows_its_error_where_there_is_one():
    """0.73 ± 0.28, and plain without an error."""
    assert numbers.format_estimate(0.73, 0.28) == "0.73 ± 0.28"
    assert numbers.format_estimate(0.73, None) == "0.73"
    assert numbers.format_estimate(0.73, math.nan) == "0.73"


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (10, 10, "100"), (9999, 10000, "99.99"), (995, 1000, "99.5"), (0, 5, "0"),
        (9_999_999, 10_000_000, "99.9999"),
    ],
)  # fmt: skip
def test_a_share_is_never_rounded_up_to_all(part, whole, expected):
    """100 % means all of them."""
    assert numbers.format_share(part, whole) == f"{expected}{THIN}%"
    assert numbers.format_share(1, 0) == "\u2013"


def test_money_is_whole_where_cents_say_nothing():
    """Cents below ten thousand only."""
    assert numbers.format_money(1041956.672) == "1,041,957"
    assert numbers.format_money(316.2) == "316.20"


def test_bytes_come_in_a_fitting_unit():
    """Decimal multiples."""
    assert numbers.format_bytes(512) == f"512{THIN}B"
    assert numbers.format_bytes(1_270_000) == f"1.3{THIN}MB"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.000012, "12_µs"), (0.008, "8_ms"), (1.24, "1.2_s"), (185, "3_min 05_s"),
        (7260, "2_h 01_min"),
    ],
)  # fmt: skip
def test_durations_are_as_coarse_as_they_are_long(seconds, expected):
    """From microseconds to hours."""
    assert times.format_elapsed(seconds) == expected.replace("_", THIN)


def test_dates_are_iso_and_nothing_is_a_dash():
    """Dates, numpy dates, texts and None."""
    assert times.format_date(date(2013, 3, 1)) == "2013-03-01"
    assert times.format_date(np.datetime64("2013-03-01")) == "2013-03-01"
    assert times.format_month("2013-03-01") == "2013-03"
    assert times.format_date(None) == times.format_month(None) == "\u2013"
    assert times.format_date(np.datetime64("NaT")) == "\u2013"


def test_instants_say_their_zone():
    """UTC, to the minute."""
    assert times.format_instant(datetime(2013, 3, 1, 21, 0, tzinfo=UTC)) == "2013-03-01 21:00 UTC"
    assert times.format_ns(1362171600 * 10**9) == "2013-03-01 21:00"


@pytest.mark.parametrize(
    ("count", "unit", "expected"),
    [(1, "d", "daily"), (1, "w", "weekly"), (5, "m", "5-minute"), (2, "d", "2-day")],
)
def test_bar_lengths_are_words(count, unit, expected):
    """As a trader says them."""
    assert times.format_interval(count, unit) == expected
