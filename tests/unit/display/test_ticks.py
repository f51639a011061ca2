"""Axes carry round numbers and round dates."""

from datetime import UTC, datetime

import numpy as np
import pytest

from bifrost_kernel.display.ticks import bar_ticks, tick_labels, time_ticks, value_ticks


def instant(*parts):
    """Return an instant in milliseconds."""
    return datetime(*parts, tzinfo=UTC).timestamp() * 1000


@pytest.mark.parametrize(
    ("low", "high", "wanted", "expected"),
    [
        (0.0, 10.0, 5, ["0", "2", "4", "6", "8", "10"]),
        (-50.0, 0.0, 3, ["\u221240", "\u221220", "0"]),
        (0.91, 1.02, 3, ["0.95", "1.00"]),
        (5.0, 5.0, 4, ["5"]),
    ],
)
def test_values_are_round_and_inside(low, high, wanted, expected):
    """Steps of 1, 2, 2.5 or 5 times a power of ten."""
    assert tick_labels(value_ticks(low, high, wanted)) == expected


def test_log_axes_step_by_one_two_five():
    """Each label with no more decimals than it needs."""
    ticks = value_ticks(0.18, 22.0, 6, is_log=True)
    assert tick_labels(ticks) == ["0.2", "0.5", "1", "2", "5", "10", "20"]


def test_vast_log_ranges_stay_few():
    """Twenty decades do not crowd the axis."""
    assert 2 <= len(value_ticks(1e-10, 1e10, 6, is_log=True)) <= 8


@pytest.mark.parametrize(
    ("first", "last", "wanted", "labels"),
    [
        ((2000, 3, 1), (2005, 3, 1), 6, ["2001", "2002", "2003", "2004", "2005"]),
        ((2012, 10, 20), (2013, 3, 1), 5, ["Nov", "Dec", "2013", "Feb", "Mar"]),
        (
            (2013, 3, 1),
            (2013, 3, 6),
            5,
            ["Mar 01", "Mar 02", "Mar 03", "Mar 04", "Mar 05", "Mar 06"],
        ),
    ],
)
def test_dates_fall_on_years_months_and_days(first, last, wanted, labels):
    """As coarse as the room asks for."""
    assert [label for _, label in time_ticks(instant(*first), instant(*last), wanted)] == labels


def test_bars_side_by_side_are_marked_at_the_first_of_a_day():
    """Days where there are days, hours within one."""
    minutes = np.arange(390) * 60_000.0
    three_days = np.concatenate([instant(2010, 1, day, 14, 31) + minutes for day in (4, 5, 6)])
    assert bar_ticks(three_days, 4) == [(390.0, "05 Jan"), (780.0, "06 Jan")]
    assert [label for _, label in bar_ticks(three_days[:390], 7)][:2] == ["15:00", "16:00"]
    assert bar_ticks(three_days[:1], 4) == []
