"""From Yahoo's answers to unadjusted bars, and the doubts about them (pure)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from bifrost_kernel.domain.bars import PRICE_FIELDS, ActionKind, CorporateAction
from bifrost_kernel.domain.errors import NoDataError, ProviderError
from bifrost_kernel.domain.instruments import InstrumentKind
from bifrost_kernel.engines.marketdata.engine import series_from_columns, session_closes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from bifrost_kernel.domain.bars import BarSeries, BarSpec, Dates, Floats
    from bifrost_kernel.domain.instruments import Instrument, InstrumentId

    Splits = tuple[tuple[str, float], ...]

# How far back Yahoo keeps each interval, and how much of it one answer may hold, in days.
LIMITS = {
    "1m": (29, 7),
    "2m": (59, 59),
    "5m": (59, 59),
    "15m": (59, 59),
    "30m": (59, 59),
    "1h": (729, 729),
    "1d": (None, None),
}
_PLAIN = frozenset({"XXXX", "ARCX", "XASE", "BATS", "IEXG", "XCBO", "OTCM", "PINX", "XCHI"})
_MINOR_UNITS = {
    "GBp": ("GBP", 0.01),
    "GBX": ("GBP", 0.01),
    "ZAc": ("ZAR", 0.01),
    "ILA": ("ILS", 0.01),
}
_DIGITS = 7  # Yahoo's prices carry the noise of single precision beyond


def to_yahoo_symbol(instrument: Instrument) -> str | tuple[str, str]:
    """Return Yahoo's symbol of an instrument, or its symbol and venue where the venue decides."""
    symbol, mic = instrument.id.symbol, instrument.id.mic
    dashed = symbol.replace(".", "-").replace("/", "-")
    if instrument.kind is InstrumentKind.FX:
        return f"{dashed.replace('-', '')}=X"
    if instrument.kind is InstrumentKind.INDEX:
        return f"^{symbol}"
    if instrument.kind is InstrumentKind.FUTURE:
        return f"{symbol}=F"
    if instrument.kind is InstrumentKind.CRYPTO or mic in _PLAIN:
        return dashed
    return dashed, mic


def require_interval(instrument: Instrument, spec: BarSpec) -> str:
    """Return Yahoo's name of a bar length.

    Raises
    ------
    NoDataError
        Yahoo has no sound bars of that length; the message says which it has.
    """
    if str(spec) not in LIMITS:
        raise NoDataError(
            f"{instrument.id}: provider 'yahoo' has no {spec} bars, it has {', '.join(LIMITS)}. "
            f"Ask for one of these and resample",
            context={"interval": str(spec), "known": tuple(LIMITS)},
        )
    return str(spec)


def windows(
    instrument: Instrument, spec: BarSpec, start: date | None, end: date | None, today: date
) -> tuple[tuple[date | None, date | None], ...]:
    """Cut a range into what Yahoo answers at once.

    Parameters
    ----------
    start, end
        First and last session, both included; None leaves a side open.
    today
        The venue's date now.

    Returns
    -------
    First day and the day after the last of each question. Daily ranges stay open to the
    present, since every later split is in Yahoo's prices.

    Raises
    ------
    NoDataError
        The range begins before what Yahoo keeps of that interval.
    """
    depth, width = LIMITS[str(spec)]
    if depth is None or width is None:
        return ((start, None),)
    oldest = today - timedelta(days=depth)
    first = start or oldest
    if first < oldest:
        raise NoDataError(
            f"{instrument.id}: provider 'yahoo' keeps {spec} bars for {depth} days, since "
            f"{oldest}, was asked from {first}. Ask for a later start, or for 1d bars",
            code="too-old",
            context={"oldest": str(oldest), "interval": str(spec)},
        )
    stop = min(end or today, today) + timedelta(days=1)
    cuts = []
    while first < stop:
        following = min(first + timedelta(days=width), stop)
        cuts.append((first, following))
        first = following
    return tuple(cuts)


def require_meta(
    meta: Mapping[str, Any], instrument: Instrument, symbol: str, interval: str
) -> float:
    """Check that an answer is about what was asked, and return the factor of its prices.

    Returns
    -------
    1, or 0.01 where Yahoo quotes pence and the instrument is in pounds.

    Raises
    ------
    ProviderError
        Another symbol, another currency or another interval was answered.
    """
    told = str(meta.get("symbol", "")).upper()
    if told != symbol.upper():
        raise _nonsense(instrument.id, "wrong-symbol", f"expected bars of {symbol!r}, was {told!r}")
    granularity = meta.get("dataGranularity")
    asked = {"30m": "15m", "1h": "60m"}.get(interval, interval)
    if granularity is not None and granularity not in (asked, interval):
        raise _nonsense(
            instrument.id, "wrong-interval", f"expected {interval} bars, was {granularity!r}"
        )
    currency = str(meta.get("currency") or "")
    name, factor = _MINOR_UNITS.get(currency, (currency, 1.0))
    if name != instrument.currency:
        raise ProviderError(
            f"{instrument.id}: expected prices in {instrument.currency} from Yahoo Finance, was "
            f"{currency or 'no currency'!r}. Change the instrument's currency, or its venue",
            code="wrong-currency",
            context={"expected": instrument.currency, "was": currency},
        )
    return factor


def to_splits(frame: Any) -> Splits:
    """Return the splits in an answer: ex-date (ISO) and new units for one old unit."""
    return tuple(_events(frame, "Stock Splits"))


def to_actions(
    instrument_id: InstrumentId, frame: Any, splits: Splits, factor: float
) -> tuple[CorporateAction, ...]:
    """Return splits, and dividends in the prices of their day.

    Parameters
    ----------
    frame
        Dividends as Yahoo has them: in units of today.
    factor
        Of a currency's minor unit.
    """
    found = [CorporateAction(instrument_id, day, ActionKind.SPLIT, ratio) for day, ratio in splits]
    for day, amount in _events(frame, "Dividends"):
        later = float(split_factors(np.array([day], dtype="datetime64[D]"), splits)[0])
        value = float(_round(np.array([amount * later * factor]))[0])
        found.append(CorporateAction(instrument_id, day, ActionKind.DIVIDEND, value))
    return tuple(sorted(found, key=lambda one: (one.ex_date, one.kind)))


def split_factors(session_date: Dates, splits: Splits) -> Floats:
    """Return what Yahoo's prices of each session must be multiplied with to undo later splits.

    Parameters
    ----------
    session_date
        shape (T,), datetime64[D].
    """
    factors = np.ones(len(session_date))
    for day, ratio in splits:
        factors[session_date < np.datetime64(day, "D")] *= ratio
    return factors


def to_series(
    instrument_id: InstrumentId, spec: BarSpec, frame: Any, splits: Splits, factor: float
) -> BarSeries:
    """Make unadjusted bars of an answer.

    Parameters
    ----------
    frame
        Prices and volumes as Yahoo has them: in units of today, stamped by their start.
    splits
        All splits since the first bar, those after the last one included.
    factor
        Of a currency's minor unit.

    Notes
    -----
    Minutes without a single price are those in which nothing traded, and days without one that
    are no session are holidays: both are left out. Whatever else is missing stays, to be found.
    """
    local = frame.index.tz_localize(None).to_numpy().astype("datetime64[D]")
    prices = {name: _to_floats(frame[name.capitalize()]) for name in PRICE_FIELDS}
    is_blank = np.isnan(np.column_stack(list(prices.values()))).all(axis=1)
    keep = ~is_blank
    if not spec.is_intraday and len(local):
        sessions, _ = session_closes(instrument_id.mic, local.min().item(), local.max().item())
        keep |= np.isin(local, sessions)
    undo = split_factors(local, splits) * factor
    columns = {name: _round(values * undo)[keep] for name, values in prices.items()}
    volume = np.rint(_to_floats(frame["Volume"]) / split_factors(local, splits))[keep]
    instants = frame.index.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[ns]")
    return series_from_columns(
        instrument_id,
        spec,
        session_date=None if spec.is_intraday else local[keep],
        timestamps=instants.astype(np.int64)[keep] if spec.is_intraday else None,
        stamps="start",
        volume=volume,
        open=columns["open"],
        high=columns["high"],
        low=columns["low"],
        close=columns["close"],
    )


def require_fresh(series: BarSeries, expected: date) -> None:
    """Raise unless an answer up to now holds the last session that it must hold.

    Raises
    ------
    ProviderError
        The last bar is older.
    """
    last = series.session_date[-1].item() if len(series) else None
    if last is None or last < expected:
        raise ProviderError(
            f"{series.instrument_id}: expected bars of Yahoo Finance up to {expected}, was "
            f"{last or 'none'}. Try again later, or give an end for what no longer trades",
            code="stale",
            context={"expected": str(expected), "was": str(last)},
        )


def _events(frame: Any, column: str) -> list[tuple[str, float]]:
    if column not in frame.columns:
        return []
    values = _to_floats(frame[column])
    days = frame.index.tz_localize(None).to_numpy().astype("datetime64[D]")
    rows = np.flatnonzero(np.isfinite(values) & (values > 0))
    return [(str(days[row]), float(values[row])) for row in rows]


def _to_floats(column: Any) -> Floats:
    numbers: Floats = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return numbers


def _round(values: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        magnitude = np.floor(np.log10(np.abs(values)))
    places = np.where(np.isfinite(magnitude), _DIGITS - 1 - magnitude, 0)
    scale = 10.0 ** np.clip(places, 0, 15)
    rounded: Floats = np.rint(values * scale) / scale
    return rounded


def _nonsense(instrument_id: InstrumentId, code: str, what: str) -> ProviderError:
    return ProviderError(
        f"{instrument_id}: {what} from Yahoo Finance. Nothing was kept, try again later", code=code
    )
