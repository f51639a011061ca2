"""Built-in strategies on real prices: the compiled simulator equals Backtrader to the last bit."""

import numpy as np
import pytest

from bifrost_kernel.domain.bars import ActionKind, CorporateAction
from bifrost_kernel.domain.trading import (
    Commission,
    CommissionKind,
    Filler,
    FillerKind,
    Sizing,
    SizingKind,
    Slippage,
    SlippageKind,
)
from bifrost_kernel.engines.marketdata import engine as marketdata
from bifrost_kernel.engines.strategy.engine import signals_for
from bifrost_kernel.simulators.backtrader import BacktraderSimulator
from bifrost_kernel.simulators.compiled import CompiledSimulator
from bifrost_kernel.strategies import builtin
from tests.golden.test_builtin_strategies_on_real_prices import sample
from tests.identical import assert_same_end
from tests.simulation_samples import make_bars, make_job

FIVE = ["AAPL", "MSFT", "IBM", "GOOG", "FB"]
PLAIN = {"commission": Commission(CommissionKind.PERCENT, 0.001)}
AT_OPEN = {
    "is_cheat_on_open": True,
    "commission": Commission(CommissionKind.PER_SHARE, 0.01),
    "slippage": Slippage(SlippageKind.PERCENT, 0.002, on_open=True),
}
LEVERED = {
    "leverage": 2.0,
    "interest_per_year": 0.08,
    "charges_long": True,
    "filler": Filler(FillerKind.BAR_PERCENT, 0.005),
    "sizing": Sizing(SizingKind.PERCENT, 60.0),
}
FUTURES = {
    "commission": Commission(CommissionKind.FUTURES, 2.0, margin=400.0, multiplier=10.0),
    "sizing": Sizing(SizingKind.UNITS, 3.0),
}


@pytest.mark.parametrize(
    ("name", "symbols", "options", "account"),
    [
        ("sma_cross", ["AAPL"], {}, PLAIN),
        ("sma_cross", ["AAPL"], {}, FUTURES),
        ("ema_cross", ["AAPL"], {}, AT_OPEN),
        ("rsi_reversion", ["IBM"], {"allows_short": True}, LEVERED),
        ("bollinger_reversion", ["IBM"], {"allows_short": True}, PLAIN),
        ("donchian_breakout", ["AAPL"], {"allows_short": True}, LEVERED),
        ("atr_bracket", ["AAPL"], {}, PLAIN),
        ("atr_bracket", ["IBM"], {"trails": True}, AT_OPEN),
        ("atr_bracket", ["IBM"], {"trails": True}, LEVERED),
        ("momentum_rotation", FIVE, {}, PLAIN),
        ("equal_weight", FIVE, {}, AT_OPEN),
        ("vol_target", FIVE, {}, PLAIN),
        ("pairs_reversion", ["MSFT", "IBM"], {}, LEVERED),
        ("buy_and_hold", FIVE, {}, LEVERED),
    ],
)
def test_a_built_in_strategy_equals_backtrader(name, symbols, options, account):
    """Thirteen years of daily bars, dividends in cash, accounts of different kinds."""
    strategy, bars = builtin()[name], make_bars(*map(sample, symbols))
    signals = signals_for(strategy, strategy.read_parameters(options), bars, marketdata.align(bars))
    dividends = tuple(
        CorporateAction(one.instrument_id, str(day), ActionKind.DIVIDEND, 0.31)
        for one in bars.series
        for day in np.arange("2000-03-03", "2013-03-03", 91, dtype="datetime64[D]")
    )
    job = make_job(bars, signals=signals, dividends=dividends, **account)
    result = assert_same_end(job, CompiledSimulator(), BacktraderSimulator())
    assert len(result.fills) > 0
    assert (result.dividends != 0).any()
