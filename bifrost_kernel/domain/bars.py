"""Bars: prices over an interval, stamped by their END.

Arrays are float64 and never written to after construction. Instants are
int64 nanoseconds since 1970-01-01 UTC; sessions are ``datetime64[D]``, the date
of the exchange's session that the bar belongs to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bifrost_kernel.domain.errors import InvalidInputError, require

if TYPE_CHECKING:
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from bifrost_kernel.domain.instruments import InstrumentId

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Dates = NDArray[np.datetime64]

PRICE_FIELDS = ("open", "high", "low", "close")
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


class Adjustment(StrEnum):
    """How corporate actions show in prices."""

    NONE = "none"
    SPLITS = "splits"
    ALL = "all"


class ActionKind(StrEnum):
    """What a corporate action does."""

    SPLIT = "split"
    DIVIDEND = "dividend"


@dataclass(frozen=True, slots=True, order=True)
class BarSpec:
    """A bar's length: a count of seconds, minutes, hours, days or weeks.

    Examples
    --------
    >>> BarSpec.parse("5m").seconds
    300
    """

    count: int
    unit: str

    def __post_init__(self) -> None:
        require(self.unit in _UNIT_SECONDS, "interval unit", self.unit, "one of s, m, h, d, w")
        require(self.count >= 1, "interval count", self.count, "at least 1")

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"

    @property
    def seconds(self) -> int:
        """Length in seconds of clock time."""
        return self.count * _UNIT_SECONDS[self.unit]

    @property
    def is_intraday(self) -> bool:
        """True when a session holds more than one bar."""
        return self.unit in "smh"

    @classmethod
    def parse(cls, text: str) -> BarSpec:
        """Read ``1d``, ``5m``, ``1h``, ``1w``."""
        match = re.match(r"(\d{1,4})\s*([smhdw])\Z", str(text).strip().lower())
        if match is None:
            raise InvalidInputError(
                f"interval {text!r}: expected a count and a unit such as 1d, 5m, 1h or 1w",
                context={"value": text},
            )
        return cls(int(match[1]), match[2])


@dataclass(frozen=True, slots=True)
class CorporateAction:
    """A split or a cash dividend, effective at the open of its ex-date.

    Parameters
    ----------
    instrument_id
        Whose.
    ex_date
        ISO date of the first session that trades without it.
    kind
        Split or dividend.
    value
        Split: new units for one old unit (2.0 = two for one). Dividend: currency
        per unit held at the close before, in the prices of that day.
    """

    instrument_id: InstrumentId
    ex_date: str
    kind: ActionKind
    value: float


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where bars came from and what was done to them.

    Parameters
    ----------
    provider, source
        The provider's name, and the file, package or address behind it.
    fetched_at
        When the provider answered (aware UTC).
    steps
        What was done since, oldest first: ``"adjusted: splits"``.
    is_synthetic
        True for made-up prices; says so wherever they show.
    """

    provider: str
    source: str
    fetched_at: datetime
    steps: tuple[str, ...] = ()
    is_synthetic: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class BarSeries:
    """The bars of one instrument, oldest first.

    Parameters
    ----------
    instrument_id, spec
        Whose bars, and how long each is.
    end
        shape (T,), int64 ns UTC, strictly increasing: when each bar ended.
    session_date
        shape (T,), datetime64[D]: the exchange session it belongs to.
    open, high, low, close
        shape (T,), float64, currency per unit.
    volume
        shape (T,), float64, units traded.
    """

    instrument_id: InstrumentId
    spec: BarSpec
    end: Ints
    session_date: Dates
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    def __len__(self) -> int:
        return len(self.end)

    def take(self, rows: slice | Ints | Bools) -> BarSeries:
        """Return the series with only these rows."""
        columns: dict[str, Any] = {
            name: getattr(self, name)[rows]
            for name in ("end", "session_date", *PRICE_FIELDS, "volume")
        }
        for column in columns.values():
            column.setflags(write=False)
        return BarSeries(self.instrument_id, self.spec, **columns)


@dataclass(frozen=True, slots=True, eq=False)
class BarSet:
    """The bars of one or more instruments, with proof of what they are.

    Parameters
    ----------
    series
        One series for each instrument, in the order asked for.
    spec, adjustment
        Bar length, and how corporate actions show in the prices.
    actions
        Splits and dividends inside the range, in ex-date order; under SPLITS dividends are per
        unit of the adjusted prices, otherwise as announced.
    lineage
        One entry for each series.
    fingerprint
        SHA-256 (hex) over ids, spec, adjustment, actions and every array's bytes.
    """

    series: tuple[BarSeries, ...]
    spec: BarSpec
    adjustment: Adjustment
    actions: tuple[CorporateAction, ...]
    lineage: tuple[Lineage, ...]
    fingerprint: str

    def __len__(self) -> int:
        return sum(len(one) for one in self.series)

    @property
    def instrument_ids(self) -> tuple[InstrumentId, ...]:
        """The instruments, in order."""
        return tuple(one.instrument_id for one in self.series)

    @property
    def is_synthetic(self) -> bool:
        """True when any series is made up."""
        return any(one.is_synthetic for one in self.lineage)


@dataclass(frozen=True, slots=True, eq=False)
class BarPanel:
    """Several series on one timeline: the union of their bar ends.

    Parameters
    ----------
    instrument_ids
        K instruments, one a column.
    spec
        Bar length.
    end, session_date
        shape (T,): the timeline.
    open, high, low, close, volume
        shape (T, K); NaN where an instrument has no bar at that end.
    has_bar
        shape (T, K), bool: True where there is a bar.
    """

    instrument_ids: tuple[InstrumentId, ...]
    spec: BarSpec
    end: Ints
    session_date: Dates
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    has_bar: Bools

    def __len__(self) -> int:
        return len(self.end)
