"""The nouns of market data: what was fetched, what is stored, how good it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from bifrost_kernel.domain.bars import BarSeries, CorporateAction, Lineage
    from bifrost_kernel.domain.instruments import InstrumentId


class Severity(StrEnum):
    """How much a finding matters: a note, a doubt, or data that must not be used."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, eq=False)
class RawBars:
    """Unadjusted bars as a provider gave them, with what it knows of corporate actions.

    Parameters
    ----------
    series
        Unadjusted bars.
    actions
        Splits and dividends inside (and, if known, after) the range.
    lineage
        Who said so, and when.
    first_asked, last_asked
        Sessions that the provider was asked for; what lies between and is not in `series`
        is known not to exist.
    nothing_new_before
        Instant (aware UTC) before which no session after `last_asked` can have a bar to give;
        None = not known. It saves asking the venue's calendar.
    """

    series: BarSeries
    actions: tuple[CorporateAction, ...]
    lineage: Lineage
    first_asked: date | None
    last_asked: date | None
    nothing_new_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or looks wrong, with a series.

    Parameters
    ----------
    rule
        Short name of the check: ``gap``, ``duplicate``, ``high_below_low`` ...
    severity
        Note, warning or error.
    count
        How many bars it concerns.
    first
        ISO session date (or instant) of the first one.
    message
        One line: what, which value, what to do.
    """

    rule: str
    severity: Severity
    count: int
    first: str
    message: str


@dataclass(frozen=True, slots=True)
class QualityReport:
    """How sound and complete a series is.

    Parameters
    ----------
    instrument_id
        Whose.
    bars, expected_bars
        How many there are, and how many the exchange calendar has between the first and the
        last one.
    completeness
        Fraction of expected bars that are there, 0 to 1.
    findings
        What was found, errors first.
    """

    instrument_id: InstrumentId
    bars: int
    expected_bars: int
    completeness: float
    findings: tuple[Finding, ...]

    @property
    def is_usable(self) -> bool:
        """False when any finding is an error."""
        return all(one.severity is not Severity.ERROR for one in self.findings)
