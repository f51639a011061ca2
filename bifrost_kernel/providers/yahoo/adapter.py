"""Bars of Yahoo Finance, each answer judged before it is believed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from bifrost_kernel.domain.bars import BarSpec, Lineage
from bifrost_kernel.domain.errors import DataError, NoDataError, ProviderError
from bifrost_kernel.engines.marketdata import engine
from bifrost_kernel.engines.marketdata.calc.calendar import load_sessions
from bifrost_kernel.engines.marketdata.model import RawBars
from bifrost_kernel.providers.ranges import require_range, take_actions, take_range
from bifrost_kernel.providers.yahoo import client, mapping
from bifrost_kernel.providers.yahoo.config import YahooConfig

if TYPE_CHECKING:
    from datetime import date, datetime

    from bifrost_kernel.domain.bars import BarSeries
    from bifrost_kernel.domain.instruments import Instrument
    from bifrost_kernel.workflows.ports import Clock

NAME = "yahoo"
_DAY = BarSpec(1, "d")


class YahooProvider:
    """The `Provider` of Yahoo Finance, through yfinance (extra ``yahoo``).

    Parameters
    ----------
    clock
        Tells what "up to now" means.
    config
        Address, patience and grace.
    """

    def __init__(self, clock: Clock, config: YahooConfig | None = None) -> None:
        self._clock = clock
        self._config = config or YahooConfig()

    @property
    def name(self) -> str:
        """``yahoo``."""
        return NAME

    def instruments(self) -> tuple[Instrument, ...]:
        """Return none: Yahoo does not list what it has."""
        return ()

    def fetch(
        self, instrument: Instrument, spec: BarSpec, start: date | None, end: date | None
    ) -> RawBars:
        """Return unadjusted bars of the sessions start..end, both included.

        Raises
        ------
        MissingExtraError
            yfinance is not installed.
        NoDataError
            Yahoo has none for that instrument, interval or range.
        ProviderError
            It could not be reached, or its answer must not be believed: stale, of another
            symbol or currency, with prices that are missing or not positive.

        Notes
        -----
        Yahoo's prices, volumes and dividends are in units of today; they are brought back to
        the units of their day by every split since, so that what is kept stays true.
        """
        require_range(start, end)
        now = self._clock.now()
        interval = mapping.require_interval(instrument, spec)
        cuts = mapping.windows(instrument, spec, start, end, now.date())
        answers = [self._ask(instrument, interval, *cut) for cut in cuts]
        events = answers[0]
        if spec.is_intraday:
            events = self._ask(instrument, str(_DAY), cuts[0][0], None)
        factor = min(
            mapping.require_meta(one.meta, instrument, one.symbol, interval) for one in answers
        )
        splits = mapping.to_splits(events.frame)
        found = [
            mapping.to_series(instrument.id, spec, one.frame, splits, factor) for one in answers
        ]
        series = _finished(_join(found), now)
        if end is None or end >= now.date():
            self._require_fresh(series, now, start)
        if len(series) == 0:
            raise _nothing(instrument, spec, start, end)
        series = take_range(series, start, end, NAME)
        actions = mapping.to_actions(instrument.id, events.frame, splits, factor)
        steps = ("splits undone: prices and dividends in the units of their day",)
        raw = RawBars(
            series=series,
            actions=take_actions(actions, series),
            lineage=Lineage(NAME, f"Yahoo Finance, {answers[0].symbol}", now, steps),
            first_asked=start,
            last_asked=end,
        )
        return _require_sound(raw)

    def _ask(
        self, instrument: Instrument, interval: str, first: date | None, stop: date | None
    ) -> client.Answer:
        today = self._clock.now().date()
        zone = load_sessions(instrument.id.mic, today, today).zone
        symbol = mapping.to_yahoo_symbol(instrument)
        answer = client.ask(self._config, client.Question(symbol, zone, interval, first, stop))
        if len(answer.frame) == 0:
            raise NoDataError(
                f"{instrument.id}: Yahoo Finance answered with no {interval} bars for "
                f"{answer.symbol!r}. Check the symbol, the range and the network",
                code="empty",
                context={"symbol": answer.symbol},
            )
        return answer

    def _require_fresh(self, series: BarSeries, now: datetime, start: date | None) -> None:
        settled = now - timedelta(hours=self._config.grace_hours)
        begin = settled.date() - timedelta(days=30)
        sessions, closes = engine.session_closes(series.instrument_id.mic, begin, settled.date())
        over = sessions[closes <= int(settled.timestamp()) * 10**9]
        if len(over) and (start is None or over[-1].item() >= start):
            mapping.require_fresh(series, over[-1].item())


def _finished(series: BarSeries, now: datetime) -> BarSeries:
    return series.take(series.end <= int(now.timestamp()) * 10**9)


def _join(found: list[BarSeries]) -> BarSeries:
    if len(found) == 1:
        return found[0]
    columns = ("end", "session_date", "open", "high", "low", "close", "volume")
    joined = {name: np.concatenate([getattr(one, name) for one in found]) for name in columns}
    return type(found[0])(found[0].instrument_id, found[0].spec, **joined)


def _nothing(
    instrument: Instrument, spec: BarSpec, start: date | None, end: date | None
) -> NoDataError:
    return NoDataError(
        f"{instrument.id}: Yahoo Finance has no finished {spec} bars from {start or 'the first'} "
        f"to {end or 'now'}. Ask for an earlier start",
        code="empty",
    )


def _require_sound(raw: RawBars) -> RawBars:
    try:
        return engine.validate(raw)
    except DataError as error:
        raise ProviderError(str(error), code="unsound", context=error.context) from error
