"""Real daily prices of five stocks, 2000 to 2013, without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_kernel.domain.bars import Lineage
from bifrost_kernel.domain.errors import NoDataError
from bifrost_kernel.domain.instruments import Instrument, InstrumentId
from bifrost_kernel.engines.marketdata.engine import actions_from_adjusted_close
from bifrost_kernel.engines.marketdata.model import RawBars
from bifrost_kernel.providers.ranges import require_range, take_actions, take_range
from bifrost_kernel.providers.sample import client, mapping

if TYPE_CHECKING:
    from datetime import date

    from bifrost_kernel.domain.bars import BarSpec
    from bifrost_kernel.workflows.ports import Clock

NAME = "sample"
_LISTED = (
    ("AAPL", "XNAS", "Apple Inc."),
    ("FB", "XNAS", "Facebook, Inc. (now Meta Platforms)"),
    ("GOOG", "XNAS", "Google Inc. (now Alphabet)"),
    ("IBM", "XNYS", "International Business Machines Corporation"),
    ("MSFT", "XNAS", "Microsoft Corporation"),
)


class SampleProvider:
    """The `Provider` of the prices in the package ``bokeh_sampledata`` (public domain).

    Parameters
    ----------
    clock
        Tells when it was asked.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    @property
    def name(self) -> str:
        """``sample``."""
        return NAME

    def instruments(self) -> tuple[Instrument, ...]:
        """Return AAPL, FB, GOOG, IBM and MSFT."""
        return tuple(
            Instrument(InstrumentId(symbol, mic), name, provider=NAME)
            for symbol, mic, name in _LISTED
        )

    def fetch(
        self, instrument: Instrument, spec: BarSpec, start: date | None, end: date | None
    ) -> RawBars:
        """Return unadjusted daily bars of the sessions start..end, both included.

        Raises
        ------
        NoDataError
            It has none for that instrument, interval or range; the message says what it has.
        """
        require_range(start, end)
        _require_listed(instrument)
        _require_daily(instrument, spec)
        symbol = instrument.id.symbol
        whole, adjusted = mapping.to_series(instrument.id, client.read_rows(symbol))
        series = take_range(whole, start, end, NAME)
        return RawBars(
            series=series,
            actions=take_actions(actions_from_adjusted_close(whole, adjusted), series),
            lineage=Lineage(
                provider=NAME,
                source=f"{client.PACKAGE} {client.package_version()}, stocks (Quandl WIKI Prices)",
                fetched_at=self._clock.now(),
                steps=("splits and dividends derived from the source's adjusted closes",),
            ),
            first_asked=start,
            last_asked=end,
        )


def _require_listed(instrument: Instrument) -> None:
    listed = {InstrumentId(symbol, mic) for symbol, mic, _ in _LISTED}
    if instrument.id not in listed:
        raise NoDataError(
            f"{instrument.id}: provider 'sample' has only {', '.join(sorted(map(str, listed)))}. "
            f"Get others with --provider yahoo, or import a file with their bars",
            context={"instrument": str(instrument.id)},
        )


def _require_daily(instrument: Instrument, spec: BarSpec) -> None:
    if (spec.count, spec.unit) != (1, "d"):
        way_out = (
            "Minutes without a network: --provider synthetic (made up, and labelled so)"
            if spec.is_intraday
            else "Ask for 1d bars and resample them"
        )
        raise NoDataError(
            f"{instrument.id}: provider 'sample' has daily bars only, not {spec}. {way_out}",
            context={"instrument": str(instrument.id), "interval": str(spec)},
        )
