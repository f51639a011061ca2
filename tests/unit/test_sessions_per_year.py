"""How many session closes a year has, by the bars and by the market's week."""

import numpy as np
import pytest

from bifrost_kernel.domain.bars import BarSpec
from bifrost_kernel.engines.analytics.engine import sessions_per_year

EVERY_DAY = np.arange("2020-01-01", "2021-01-01", dtype="datetime64[D]")
WEEKDAYS = EVERY_DAY[np.is_busday(EVERY_DAY)]
SIX_DAYS = EVERY_DAY[(EVERY_DAY.astype(int) + 3) % 7 != 5]


@pytest.mark.parametrize(
    ("interval", "dates", "expected"),
    [
        ("1d", WEEKDAYS, 252.0),
        ("1d", SIX_DAYS, 252.0),  # currencies open on Sunday evenings
        ("1d", EVERY_DAY, 365.0),
        ("5m", np.repeat(EVERY_DAY, 3), 365.0),
        ("5m", np.repeat(WEEKDAYS, 3), 252.0),
        ("2d", WEEKDAYS[::2], 126.0),
        ("1w", WEEKDAYS[::5], 52.0),
        ("2w", EVERY_DAY[::14], 26.0),
        ("1d", WEEKDAYS[:3], 252.0),  # three days in a row tell nothing of the week
        ("1d", WEEKDAYS[:1], 252.0),
    ],
)
def test_a_market_that_never_closes_has_365_sessions_a_year(interval, dates, expected):
    """All others have 252, and a bar of several days or weeks its share."""
    assert sessions_per_year(BarSpec.parse(interval), dates) == expected
