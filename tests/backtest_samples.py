"""Whole reports for the tests of what a person sees: real prices, a hand-made account."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np

from bifrost_kernel.domain.backtest import (
    ORDER_STATUSES,
    ORDER_TYPES,
    BacktestResult,
    BacktestSpec,
    Fills,
    OrderEvents,
    Orders,
    RoundTrips,
)
from bifrost_kernel.domain.bars import Adjustment, BarSeries, BarSet, BarSpec, Lineage
from bifrost_kernel.domain.context import CellContext
from bifrost_kernel.domain.instruments import InstrumentId
from bifrost_kernel.domain.orders import OrderStatus, OrderType
from bifrost_kernel.domain.trading import Commission, Trading
from bifrost_kernel.engines.analytics.engine import summarise
from bifrost_kernel.engines.strategy.model import BacktestReport, RunManifest

CASH = 1_000_000.0
FILLED = ORDER_STATUSES.index(OrderStatus.FILLED)
MARKET = ORDER_TYPES.index(OrderType.MARKET)


def sample_series(symbol="AAPL", *, count=None, has_splits=False):
    """Return the real daily bars of a symbol, Apple's two splits taken out unless wanted."""
    from bokeh.sampledata import stocks

    raw = getattr(stocks, symbol)
    dates = np.array(raw["date"], dtype="datetime64[D]")[:count]
    columns = {
        name: np.array(raw[name], dtype=np.float64)[:count]
        for name in ("open", "high", "low", "close", "volume")
    }
    if symbol == "AAPL" and not has_splits:
        for ex_date in ("2000-06-21", "2005-02-28"):
            is_before = dates < np.datetime64(ex_date)
            for name in ("open", "high", "low", "close"):
                columns[name][is_before] /= 2
    ends = dates.astype("datetime64[ns]").astype(np.int64) + 21 * 3600 * 10**9
    return BarSeries(InstrumentId(symbol, "XNAS"), BarSpec(1, "d"), ends, dates, **columns)


def minute_series(count, *, seed=7, symbol="MADE"):
    """Return seeded made-up minute bars, 390 a session."""
    random = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(random.normal(0, 0.0004, count)))
    opened = np.concatenate(([100.0], close[:-1]))
    sessions = np.datetime64("2010-01-04") + np.arange(count) // 390
    ends = sessions.astype("datetime64[ns]").astype(np.int64)
    ends += (14 * 60 + 31 + np.arange(count) % 390) * 60 * 10**9
    wide = 1 + np.abs(random.normal(0, 0.0002, count))
    return BarSeries(
        InstrumentId(symbol, "XXXX"), BarSpec(1, "m"), ends, sessions, opened,
        np.maximum(opened, close) * wide, np.minimum(opened, close) / wide, close,
        random.integers(100, 9000, count).astype(np.float64),
    )  # fmt: skip


def sample_bars(*series, adjustment=Adjustment.NONE, is_synthetic=False):
    """Return a bar set of these series."""
    chosen = series or (sample_series(),)
    lineage = tuple(
        Lineage("sample", "bokeh_sampledata 2026.1", datetime(2026, 1, 5, tzinfo=UTC),
                is_synthetic=is_synthetic)
        for _ in chosen
    )  # fmt: skip
    return BarSet(chosen, chosen[0].spec, adjustment, (), lineage, "91bd" + "a" * 56 + "2f0e")


def sample_report(
    series=None, *, fast=10, slow=30, notices=(), strategy="sma_cross", run_id=None,
    is_synthetic=False, commission=0.001, source="def sma_cross(bars, fast=10, slow=30): ...",
):  # fmt: skip
    """Return a report of a moving-average cross, computed here and now on real prices."""
    series = series if series is not None else sample_series()
    fills, nav, cash, position = _trade(series, fast, slow, commission)
    trips = _round_trips(fills)
    orders, events = _orders(fills)
    result = BacktestResult(
        "backtrader 1.9.78.123", (series.instrument_id,), series.end, series.session_date, nav,
        cash, position[:, None], series.close[:, None], fills, orders, events, trips,
        np.zeros(len(nav)),
    )  # fmt: skip
    benchmark = CASH * series.close / series.close[0]
    traded = np.zeros(len(nav))
    np.add.at(traded, fills.bar, np.abs(fills.quantity) * fills.price)
    closed = trips.exit_bar >= 0
    performance = summarise(
        session_date=series.session_date, nav=nav, opening_cash=CASH, benchmark_nav=benchmark,
        gross_exposure=np.abs(position * series.close), traded_notional=traded,
        round_trip_pnl=(trips.pnl - trips.commission)[closed],
        round_trip_bars=(trips.exit_bar - trips.entry_bar)[closed],
        commission=float(fills.commission.sum()),
    )  # fmt: skip
    spec = BacktestSpec(
        strategy, (("fast", fast), ("slow", slow)), (series.instrument_id,), spec=series.spec,
        adjustment=Adjustment.NONE, trading=Trading(CASH, Commission(rate=commission)),
    )  # fmt: skip
    lineage = sample_bars(series, is_synthetic=is_synthetic).lineage
    manifest = RunManifest(
        run_id or "7f3a0c5e2b9d4a11a2c1", datetime(2026, 1, 5, 9, 30, tzinfo=UTC), spec,
        "4c2e" + "b" * 58 + "77", source, "91bd" + "a" * 56 + "2f0e", lineage, result.simulator,
        (("bifrost_kernel", "0.1.0"), ("numpy", np.__version__), ("python", "3.11.9")),
        CellContext(), 0.008, tuple(notices),
    )  # fmt: skip
    return BacktestReport(
        manifest, result, performance, f"buy and hold {series.instrument_id}", benchmark
    )


def renamed(report, **changes):
    """Return a report whose manifest has other values."""
    return replace(report, manifest=replace(report.manifest, **changes))


def first_day(report):
    """Return the report's first session."""
    day = report.result.session_date[0]
    return date.fromisoformat(str(day))


def _mean(values, count):
    sums = np.cumsum(np.insert(values, 0, 0.0))
    average = np.full(len(values), np.nan)
    average[count - 1 :] = (sums[count:] - sums[:-count]) / count
    return average


def _trade(series, fast, slow, commission):
    is_above = _mean(series.close, fast) > _mean(series.close, slow)
    crossed = np.diff(is_above.astype(int), prepend=0)
    crossed[: slow + 1] = 0
    held, cash, rows = 0.0, CASH, []
    nav, cashes, position = (np.empty(len(series)) for _ in range(3))
    entry = 0.0
    for bar in range(len(series)):
        wish = crossed[bar - 1] if bar else 0
        price = series.open[bar]
        quantity = 0.0
        if wish > 0 and held == 0:
            quantity = float(int(0.95 * cash / series.close[bar - 1]))
        elif wish < 0 and held > 0:
            quantity = -held
        if quantity:
            fee = abs(quantity) * price * commission
            pnl = 0.0 if quantity > 0 else held * (price - entry)
            entry = price
            held += quantity
            cash -= quantity * price + fee
            rows.append((bar, quantity, price, fee, pnl, held))
        nav[bar], cashes[bar], position[bar] = cash + held * series.close[bar], cash, held
    columns = np.array(rows).reshape(-1, 6).T
    fills = Fills(
        np.arange(1, len(rows) + 1), columns[0].astype(np.int64), np.zeros(len(rows), np.int64),
        *columns[1:],
    )  # fmt: skip
    return fills, nav, cashes, position


def _round_trips(fills):
    entries = np.flatnonzero(fills.quantity > 0)
    has_exit = entries + 1 < len(fills)
    exits = np.where(has_exit, entries + 1, entries)
    paid = fills.commission[entries] + np.where(has_exit, fills.commission[exits], 0.0)
    return RoundTrips(
        np.zeros(len(entries), np.int64), fills.bar[entries],
        np.where(has_exit, fills.bar[exits], -1), fills.quantity[entries], fills.price[entries],
        np.where(has_exit, fills.price[exits], np.nan), np.where(has_exit, fills.pnl[exits], 0.0),
        paid,
    )  # fmt: skip


def _orders(fills):
    count = len(fills)
    nothing = np.full(count, np.nan)
    orders = Orders(
        fills.order_ref, np.zeros(count, np.int64), fills.bar - 1, fills.instrument,
        np.full(count, MARKET), np.full(count, FILLED), fills.quantity, nothing, nothing,
        fills.quantity, fills.price, fills.bar,
    )  # fmt: skip
    events = OrderEvents(
        fills.order_ref, fills.bar, np.full(count, FILLED), fills.quantity, fills.price
    )
    return orders, events


def two_instrument_report():
    """Return a report of AAPL traded as ever, and IBM beside it held all along in ten units."""
    report = sample_report()
    result, other = report.result, sample_series("IBM")
    both = (*result.instrument_ids, other.instrument_id)
    fill = {
        "order_ref": 999, "bar": 1, "instrument": 1, "quantity": 10.0, "price": other.open[1],
        "commission": 0.0, "pnl": 0.0, "position": 10.0,
    }  # fmt: skip
    fills = Fills(**{
        name: np.concatenate(([value], getattr(result.fills, name)))
        for name, value in fill.items()
    })  # fmt: skip
    held = np.where(np.arange(len(result.nav)) >= 1, 10.0, 0.0)
    wider = replace(
        result, instrument_ids=both, fills=fills,
        position=np.column_stack((result.position[:, 0], held)),
        close=np.column_stack((result.close[:, 0], other.close)),
    )  # fmt: skip
    spec = replace(report.manifest.spec, instrument_ids=both)
    return replace(report, result=wider, manifest=replace(report.manifest, spec=spec))
