"""Runs of functions that are called at each bar."""

from bifrost_kernel.domain.backtest import BacktestSpec
from bifrost_kernel.domain.trading import Commission, CommissionKind, Trading
from bifrost_kernel.engines.marketdata import engine as marketdata
from bifrost_kernel.engines.strategy import engine
from bifrost_kernel.engines.strategy.model import SimulationJob
from bifrost_kernel.strategies.declare_on_bar import on_bar_from_function
from tests.simulation_samples import TEN, Steps, assert_sound

OPTIONS = ("compiled", "scope", "name", "warmup", "state", "prepare")


def make_called(function, bars, *, parameters=None, dividends=(), **rest):
    """Make the job of a function of now; keywords are its options and the account's settings."""
    options = {name: rest.pop(name) for name in OPTIONS if name in rest}
    strategy = on_bar_from_function(function, **options)
    values = strategy.read_parameters(parameters or {})
    spec = BacktestSpec(
        strategy=strategy.name,
        parameters=tuple(values.items()),
        instrument_ids=bars.instrument_ids,
        spec=bars.spec,
        adjustment=bars.adjustment,
        trading=Trading(**{"cash": 1_000.0, "sizing": TEN, **rest}),
    )
    panel = marketdata.align(bars)
    return SimulationJob(
        spec=spec,
        strategy=strategy,
        bars=bars,
        panel=panel,
        signals=None,
        dividends=tuple(dividends),
        studies=engine.studies_for(strategy, values, bars, panel),
    )


def call(simulator, function, bars, **rest):
    """Run a function of now and check that the books close."""
    job = make_called(function, bars, **rest)
    assert simulator.refusal(job) is None
    result = simulator.run(job, Steps())
    if rest.get("commission", Commission()).kind is not CommissionKind.FUTURES:
        assert_sound(result, job)
    return result


def at(plan):
    """Return a function of now that makes ``plan[bar](now)`` happen, and nothing else."""

    def acts(now):
        if now.bar in plan:
            plan[now.bar](now)

    return acts
