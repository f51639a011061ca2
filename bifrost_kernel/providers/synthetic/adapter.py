"""Made-up bars for any symbol, by minutes or days, without a network."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from bifrost_kernel.domain.bars import BarSpec, Lineage
from bifrost_kernel.domain.errors import NoDataError
from bifrost_kernel.domain.instruments import Instrument, InstrumentId
from bifrost_kernel.engines.marketdata import engine
from bifrost_kernel.engines.marketdata.model import RawBars
from bifrost_kernel.providers.ranges import require_range
from bifrost_kernel.providers.synthetic import mapping
from bifrost_kernel.providers.synthetic.config import SyntheticConfig

if TYPE_CHECKING:
    from bifrost_kernel.workflows.ports import Clock

NAME = "synthetic"
MIC = "XSYN"  # no venue has it; its calendar is that of New York
_MINUTE = BarSpec(1, "m")
_YEAR = timedelta(days=365)


class SyntheticProvider:
    """The `Provider` of seeded, made-up prices on real sessions.

    Parameters
    ----------
    clock
        Tells when it was asked; the prices do not depend on it.
    config
        Seed and looks.
    """

    def __init__(self, clock: Clock, config: SyntheticConfig | None = None) -> None:
        self._clock = clock
        self._config = config or SyntheticConfig()

    @property
    def name(self) -> str:
        """``synthetic``."""
        return NAME

    def instruments(self) -> tuple[Instrument, ...]:
        """Return SYN1 to SYN5; any other symbol can be made too."""
        return tuple(
            Instrument(InstrumentId(f"SYN{n}", MIC), f"Synthetic stock {n}", provider=NAME)
            for n in range(1, 6)
        )

    def fetch(
        self, instrument: Instrument, spec: BarSpec, start: date | None, end: date | None
    ) -> RawBars:
        """Return made-up bars of the sessions start..end, both included.

        Raises
        ------
        NoDataError
            The interval is not made of whole minutes of a session, or the range holds no
            session.
        """
        require_range(start, end)
        _require_spec(instrument, spec)
        first, last = self._fill_range(spec, start, end)
        config, symbol = self._config, instrument.id.symbol
        low, high = max(first, config.first_day), min(last, config.last_day)
        mic = instrument.id.mic
        sessions, minute_end = engine.bar_ends(mic, _MINUTE, low, max(low, high))
        if low > high or len(sessions) == 0:
            raise NoDataError(
                f"{instrument.id}: provider {NAME!r} makes no bars from {first} to {last}, it "
                f"makes those of the sessions {config.first_day} to {config.last_day}. "
                f"Ask for a range inside",
                context={"first": str(config.first_day), "last": str(config.last_day)},
            )
        bars, starts, counts = mapping.make_minutes(config, symbol, sessions)
        bar_session, bar_end = sessions[starts], minute_end[starts + counts - 1]
        if spec.is_intraday:
            bar_session, bar_end = engine.bar_ends(mic, spec, low, high)
        bars = mapping.group_minutes(bars, minute_end, bar_end)
        return RawBars(
            series=engine.series_from_columns(
                instrument.id,
                spec,
                session_date=bar_session,
                timestamps=bar_end if spec.is_intraday else None,
                open=bars["open"],
                high=bars["high"],
                low=bars["low"],
                close=bars["close"],
                volume=bars["volume"],
            ),
            actions=(),
            lineage=Lineage(
                provider=NAME,
                source=f"seed {config.seed}: GARCH days, Brownian bridges inside",
                fetched_at=self._clock.now(),
                steps=("made up: these prices never traded",),
                is_synthetic=True,
            ),
            first_asked=first,
            last_asked=last,
        )

    def _fill_range(self, spec: BarSpec, start: date | None, end: date | None) -> tuple[date, date]:
        config = self._config
        usual_start, usual_end = config.daily_start, config.daily_end
        if spec.is_intraday:
            usual_start, usual_end = config.intraday_start, config.intraday_end
        if start is None and end is None:
            return usual_start, usual_end
        if start is None and end is not None:
            return (usual_start if end >= usual_start else end - _YEAR), end
        if start is not None and end is None:
            return start, (usual_end if start <= usual_end else start + _YEAR)
        return start or usual_start, end or usual_end


def _require_spec(instrument: Instrument, spec: BarSpec) -> None:
    is_made = spec.seconds % 60 == 0 if spec.is_intraday else (spec.count, spec.unit) == (1, "d")
    if not is_made:
        way_out = "Ask for 1m" if spec.is_intraday else "Ask for 1d and resample"
        raise NoDataError(
            f"{instrument.id}: provider {NAME!r} makes bars of whole minutes and of 1d, "
            f"not {spec}. {way_out}",
            context={"instrument": str(instrument.id), "interval": str(spec)},
        )
