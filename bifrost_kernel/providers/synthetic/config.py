"""What made-up prices look like."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class SyntheticConfig:
    """Settings of the synthetic provider.

    Parameters
    ----------
    seed
        Equal seeds give equal prices, bit by bit.
    volatility, drift_per_year
        Annualised standard deviation and mean of the log returns, fractions.
    overnight_share
        Part of a day's variance that falls between two sessions, fraction.
    reaction, persistence
        GARCH(1,1) coefficients of the daily variance: of the last squared shock, of the last
        variance.
    first_day, last_day
        Ends of the daily path; nothing is made outside.
    intraday_start, intraday_end, daily_start, daily_end
        The range when none is asked for.
    """

    seed: int = 2012
    volatility: float = 0.24
    drift_per_year: float = 0.06
    overnight_share: float = 0.25
    reaction: float = 0.08
    persistence: float = 0.90
    first_day: date = date(2000, 1, 3)
    last_day: date = date(2039, 12, 30)
    intraday_start: date = date(2012, 1, 3)
    intraday_end: date = date(2012, 12, 31)
    daily_start: date = date(2000, 1, 3)
    daily_end: date = date(2013, 3, 1)
