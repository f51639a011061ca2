"""raptorbt: its fastest array call, its class form, its sweep over all cores.

What it cannot do: its arrays know no number of shares (each entry takes all the cash there is),
and one stop beside one target (a fixed stop or a trailing one). Its rebalancing has its own costs
and trades at closes.
"""

import serving

# isort: split

import numpy as np
import raptorbt
from serving import CASH, COMMISSION, STOP, TARGET

ARRAYS = ("end", "open", "high", "low", "close", "volume")


def config_of(**terms):
    """Return the account of all workloads."""
    return raptorbt.BacktestConfig(
        initial_capital=CASH, fees=COMMISSION, fill_timing="next_bar_open", **terms
    )


def cross(bars, fast=10, slow=30):
    """W1: its averages, crossings by numpy, one run with its 48 statistics (always counted)."""
    arrays = [bars[name] for name in ARRAYS]
    close, config = bars["close"], config_of()

    def run():
        wishes = serving.crossings(raptorbt.sma(close, fast), raptorbt.sma(close, slow), slow)
        return raptorbt.run_single_backtest(*arrays, *wishes, config=config)

    return run, read


def read(result):
    """Return what came out of a run."""
    trades = [one for one in result.trades() if one.exit_reason != "EndOfData"]
    left = [one for one in result.trades() if one.exit_reason == "EndOfData"]
    return {
        "nav": result.equity_curve(),
        "entries": [one.entry_idx for one in (*trades, *left)],
        "exits": [one.exit_idx for one in trades],
    }


def stepping(bars):
    """W1 bar by bar in Python: a loop around its session, which is quicker than its class.

    All in too: with orders of a number of shares its time grows with their number at every bar.
    """
    rows = list(zip(*(bars[name].tolist() for name in ARRAYS), strict=True))
    close, config = bars["close"], config_of()

    def run():
        wishes = serving.crossings(raptorbt.sma(close, 10), raptorbt.sma(close, 30), 30)
        entries, exits = (one.tolist() for one in wishes)
        session = raptorbt.KernelSession(config=config)
        step = session.step
        for bar, row in enumerate(rows):
            step(bar, *row, entries[bar], exits[bar])
        return session.finish()

    return run, read


def sweep(bars, part=910):
    """W2: each distinct window once, then the combinations on all cores, so many at a time.

    A part is as large as memory allows: it keeps the whole account of each combination.
    """
    arrays = [bars[name] for name in ARRAYS]
    close, config, pairs = bars["close"], config_of(), serving.combinations(bars)

    def run():
        means = {one: raptorbt.sma(close, one) for one in {one for pair in pairs for one in pair}}
        found = []
        for at in range(0, len(pairs), part):
            items = [
                raptorbt.BatchSingleItem(
                    f"{fast}/{slow}", *serving.crossings(means[fast], means[slow], slow)
                )
                for fast, slow in pairs[at : at + part]
            ]
            ran = raptorbt.batch_single_backtest(*arrays, items, config)
            found += [
                (one.metrics.end_value, -one.metrics.max_drawdown_pct / 100) for _, one in ran
            ]
        return found

    return run, lambda found: dict(zip(("final", "drawdown"), np.array(found).T, strict=True))


def rebalance(bars):
    """W3: its rebalancing of target weights on a calendar."""
    close = bars["close"]
    weights = np.full(close.shape, serving.EXPOSURE / close.shape[1])

    def run():
        return raptorbt.simulate_rebalance_policy(close, weights, CASH, "calendar", 21)

    return run, lambda result: {"nav": result.equity_curve()}


def bracket(bars):
    """W4: a fixed stop and a target."""
    arrays = [bars[name] for name in ARRAYS]
    close, config = bars["close"], config_of()
    config.set_fixed_stop(STOP)
    config.set_fixed_target(TARGET)

    def run():
        entries, exits = serving.crossings(raptorbt.sma(close, 10), raptorbt.sma(close, 30), 30)
        exits[:] = False
        return raptorbt.run_single_backtest(*arrays, entries, exits, config=config)

    return run, read


WORKS = {
    "cross": cross, "statistics": cross, "python": stepping, "sweep": sweep,
    "rebalance": rebalance, "bracket": bracket,
}  # fmt: skip

if __name__ == "__main__":
    serving.serve(f"raptorbt {raptorbt.__version__}", WORKS)
