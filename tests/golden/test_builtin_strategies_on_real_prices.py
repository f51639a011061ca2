"""Built-in strategies on real closes, through Backtrader: known results, known numbers of fills."""

import numpy as np
import pytest
from bokeh.sampledata import stocks

from bifrost_kernel.domain.bars import BarSeries, BarSpec
from bifrost_kernel.domain.instruments import InstrumentId
from bifrost_kernel.domain.trading import Commission, CommissionKind, Sizing, SizingKind
from bifrost_kernel.engines.marketdata import engine as marketdata
from bifrost_kernel.engines.strategy.engine import round_trips, signals_for
from bifrost_kernel.simulators.backtrader.adapter import BacktraderSimulator
from bifrost_kernel.strategies import builtin
from tests.simulation_samples import Steps, make_bars, make_job

TENTH_OF_A_PERCENT = Commission(CommissionKind.PERCENT, 0.001)


def sample(symbol):
    """Return all sample bars of a symbol."""
    columns = getattr(stocks, symbol)
    days = np.array(columns["date"], dtype="datetime64[D]")
    end = days.astype("datetime64[ns]").astype(np.int64) + 21 * 3600 * 10**9
    prices = (np.array(columns[one], dtype=float) for one in ("open", "high", "low", "close"))
    volume = np.array(columns["volume"], dtype=float)
    return BarSeries(InstrumentId(symbol, "XNAS"), BarSpec(1, "d"), end, days, *prices, volume)


def simulate(name, symbols, size=None, **parameters):
    """Run a built-in strategy with cash of a million and a commission of 0.1 %."""
    strategy, bars = builtin()[name], make_bars(*map(sample, symbols))
    panel = marketdata.align(bars)
    signals = signals_for(strategy, strategy.read_parameters(parameters), bars, panel)
    sizing = {"sizing": Sizing(SizingKind.UNITS, size)} if size else {}
    job = make_job(bars, signals=signals, commission=TENTH_OF_A_PERCENT, **sizing)
    return BacktraderSimulator().run(job, Steps())


def test_the_crossing_of_apples_averages_ends_where_it_is_known_to_end():
    """10 against 30 bars, 100 units: this cash to the last bit, in 116 fills."""
    result = simulate("sma_cross", ["AAPL"], size=100, fast=10, slow=30)
    assert result.final_cash == 1041956.6720400003
    assert len(result.fills) == 116


@pytest.mark.parametrize(
    ("name", "symbols", "options", "fills"),
    [
        ("sma_cross", ["AAPL"], {}, 114),
        ("ema_cross", ["AAPL"], {}, 84),
        ("rsi_reversion", ["AAPL"], {}, 15),
        ("rsi_reversion", ["IBM"], {"allows_short": True}, 53),
        ("bollinger_reversion", ["AAPL"], {}, 102),
        ("bollinger_reversion", ["IBM"], {"allows_short": True}, 234),
        ("donchian_breakout", ["AAPL"], {}, 94),
        ("donchian_breakout", ["IBM"], {"allows_short": True}, 193),
        ("atr_bracket", ["AAPL"], {}, 84),
        ("atr_bracket", ["IBM"], {"trails": True}, 132),
        ("momentum_rotation", ["AAPL", "MSFT", "IBM", "GOOG", "FB"], {}, 160),
        ("equal_weight", ["AAPL", "MSFT", "IBM", "GOOG", "FB"], {}, 585),
        ("vol_target", ["AAPL", "MSFT", "IBM", "GOOG", "FB"], {}, 968),
        ("pairs_reversion", ["MSFT", "IBM"], {}, 236),
        ("buy_and_hold", ["AAPL", "MSFT", "IBM", "GOOG", "FB"], {}, 5),
    ],
)
def test_every_built_in_strategy_trades_real_prices(name, symbols, options, fills):
    """So many fills, and round trips that hold all of the fills' money."""
    result = simulate(name, symbols, **options)
    assert len(result.fills) == fills
    trips = round_trips(result.fills, len(symbols))
    net = (result.fills.pnl - result.fills.commission).sum()
    assert (trips.pnl - trips.commission).sum() == pytest.approx(net, abs=1e-5)
    assert np.isfinite(result.nav).all()
