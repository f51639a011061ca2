"""Tradable things and how they are named: ``SYMBOL.MIC``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bifrost_kernel.domain.errors import InvalidInputError, require

# ISO 10383 reserves this code for what is listed nowhere.
NO_MARKET = "XXXX"
_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9._\-/]{0,31}\Z")
_MIC = re.compile(r"[A-Z0-9]{4}\Z")


class InstrumentKind(StrEnum):
    """What sort of thing an instrument is."""

    EQUITY = "equity"
    ETF = "etf"
    INDEX = "index"
    FUTURE = "future"
    FX = "fx"
    CRYPTO = "crypto"


@dataclass(frozen=True, slots=True, order=True)
class InstrumentId:
    """A symbol on a venue (ISO 10383 market identifier code).

    Examples
    --------
    >>> str(InstrumentId.parse("AAPL.XNAS"))
    'AAPL.XNAS'
    """

    symbol: str
    mic: str

    def __post_init__(self) -> None:
        require(_SYMBOL.match(self.symbol), "symbol", self.symbol, "1 to 32 of A-Z 0-9 . _ - /")
        require(_MIC.match(self.mic), "mic", self.mic, "an ISO 10383 code of 4 characters")

    def __str__(self) -> str:
        return f"{self.symbol}.{self.mic}"

    @classmethod
    def parse(cls, text: str) -> InstrumentId:
        """Read ``SYMBOL.MIC``; the part after the last dot is the MIC."""
        symbol, dot, mic = text.strip().upper().rpartition(".")
        if not dot or not _MIC.match(mic):
            raise InvalidInputError(
                f"instrument {text!r}: expected SYMBOL.MIC such as 'AAPL.XNAS'",
                context={"value": text},
            )
        return cls(symbol, mic)


@dataclass(frozen=True, slots=True)
class Instrument:
    """A tradable thing, its grid and where its bars come from.

    Parameters
    ----------
    id
        Symbol and venue.
    name
        What people call it.
    kind
        Equity, ETF, index, future, FX pair or crypto pair.
    currency
        ISO 4217 code of its prices.
    tick_size, lot_size, multiplier
        Smallest price step and quantity step; currency per point and unit.
    aliases
        Other symbols that resolve to this instrument.
    provider
        Name of the provider that its bars come from.
    is_retired
        True once no new orders or runs should pick it by search.
    """

    id: InstrumentId
    name: str = ""
    kind: InstrumentKind = InstrumentKind.EQUITY
    currency: str = "USD"
    tick_size: Decimal = Decimal("0.01")
    lot_size: Decimal = Decimal(1)
    multiplier: Decimal = Decimal(1)
    aliases: tuple[str, ...] = ()
    provider: str = "sample"
    is_retired: bool = False

    def __post_init__(self) -> None:
        require(
            re.match(r"[A-Z]{3}\Z", self.currency), "currency", self.currency, "an ISO 4217 code"
        )
        for field in ("tick_size", "lot_size", "multiplier"):
            value = getattr(self, field)
            require(value.is_finite() and value > 0, field, value, "a positive number")
