"""vectorbt: its array functions under ``Portfolio``, without pandas, on either of its engines.

Those are faster than ``Portfolio.from_signals`` itself by half or more. What it cannot do: a stop
beside a trailing stop (one stop and one target), and a hook at every bar in plain Python at
speed (``compiled`` is its numba hook).
"""

import serving

# isort: split

import numpy as np
import vectorbt as vbt
from serving import CASH, COMMISSION, EXPOSURE, SHARES, STOP, TARGET
from vectorbt.generic import dispatch as generic
from vectorbt.portfolio import dispatch as portfolio
from vectorbt.portfolio.enums import Direction, SizeType, StopEntryPrice
from vectorbt.returns import dispatch as returns

LONG_ONLY = Direction.LongOnly


def mean(close, window, engine):
    """Return a moving average, shape (T,)."""
    return generic.rolling_mean_1d(close, window, window, engine=engine)


def delayed(wishes):
    """Return wishes one bar later: it fills a signal at a price of the signal's own bar."""
    later = np.zeros_like(wishes)
    later[1:] = wishes[:-1]
    return later


def simulate(bars, entries, exits, engine, max_orders, **stops):
    """Return the orders of entries and exits at the next open; wishes of shape (T, N)."""
    shape = entries.shape
    known = {name: bars[name][:, None] for name in ("open", "close")}
    if stops:
        known |= {name: bars[name][:, None] for name in ("high", "low")}
    orders, _ = portfolio.simulate_from_signals(
        shape,
        np.ones(shape[1], dtype=np.int64),
        np.full(shape[1], CASH),
        np.zeros(shape, dtype=np.int64),
        entries=entries,
        exits=exits,
        direction=np.asarray(LONG_ONLY),
        size=np.asarray(SHARES),
        price=known["open"],
        fees=np.asarray(COMMISSION),
        use_stops=bool(stops),
        max_orders=max_orders,
        engine=engine,
        **known,
        **stops,
    )
    return orders


def value(bars, orders, shape, engine):
    """Return the account's worth at each close, shape (T, N)."""
    columns = np.arange(len(orders)), np.bincount(orders["col"], minlength=shape[1])
    held = portfolio.assets(
        portfolio.asset_flow(shape, orders, columns, LONG_ONLY, engine=engine), engine=engine
    )
    flow = portfolio.cash_flow(shape, orders, columns, False, engine=engine)  # noqa: FBT003 - a flag of theirs
    cash = portfolio.cash(flow, np.full(shape[1], CASH), engine=engine)
    close = np.broadcast_to(bars["close"].reshape(shape[0], -1), shape)
    return portfolio.value(cash, portfolio.asset_value(close, held, engine=engine), engine=engine)


def read(result):
    """Return what came out of a run on one instrument."""
    orders, nav = result
    buys = orders["side"] == 0
    return {"nav": nav[:, 0], "entries": orders["idx"][buys], "exits": orders["idx"][~buys]}


def cross(bars, engine="rust"):
    """W1: averages, crossings by numpy, orders, account."""
    close = bars["close"]

    def run():
        means = (mean(close, window, engine) for window in (10, 30))
        entries, exits = (delayed(one)[:, None] for one in serving.crossings(*means, 30))
        room = int(entries.sum() + exits.sum())
        orders = simulate(bars, entries, exits, engine, room)
        return orders, value(bars, orders, entries.shape, engine)

    return run, read


def statistics(bars, engine="rust"):
    """W1 with eight statistics of the returns and of the round trips."""
    close = bars["close"][:, None]
    run_cross, _ = cross(bars, engine)

    def run():
        orders, nav = run_cross()
        gains = returns.returns(nav, np.array([CASH]), engine=engine)
        columns = np.arange(len(orders)), np.array([len(orders)])
        trips = portfolio.get_exit_trades(orders, close, columns, engine=engine)
        return (
            orders,
            nav,
            (
                returns.annualized_return(gains, 252, engine=engine),
                returns.annualized_volatility(gains, 252, engine=engine),
                returns.sharpe_ratio(gains, 252, engine=engine),
                returns.sortino_ratio(gains, 252, engine=engine),
                returns.calmar_ratio(gains, 252, engine=engine),
                returns.max_drawdown(gains, engine=engine),
                (trips["pnl"] > 0).mean(),
                trips["pnl"].mean(),
            ),
        )

    return run, lambda result: read(result[:2])


def as_asked(bars, engine="rust"):
    """W1 through its ``Portfolio``, with the statistics it shows."""
    close, opened = bars["close"], bars["open"]

    def run():
        means = (mean(close, window, engine) for window in (10, 30))
        entries, exits = (delayed(one) for one in serving.crossings(*means, 30))
        held = vbt.Portfolio.from_signals(
            close, entries, exits, size=SHARES, price=opened, fees=COMMISSION, init_cash=CASH,
            direction="longonly", use_stops=False, freq="1D", engine=engine,
        )  # fmt: skip
        return held, held.stats(silence_warnings=True)

    return run, lambda result: read((result[0].orders.values, result[0].value().values[:, None]))


def face(bars, engine="rust"):
    """W2 through ``Portfolio.from_signals``, with the drawdown."""
    close, opened, pairs = bars["close"], bars["open"], serving.combinations(bars)
    build = wishes_of(bars, engine)

    def run():
        entries, exits = build(pairs)
        held = vbt.Portfolio.from_signals(
            close[:, None], entries, exits, size=SHARES, price=opened[:, None], fees=COMMISSION,
            init_cash=CASH, direction="longonly", use_stops=False, freq="1D", engine=engine,
        )  # fmt: skip
        return held.final_value().to_numpy(), held.max_drawdown().to_numpy()

    return run, lambda result: {"final": result[0], "drawdown": result[1]}


def compiled(bars, engine="numba"):
    """W1 with a compiled hook at every bar."""
    close, opened = bars["close"], bars["open"]
    order, nothing = vbt.portfolio.nb.order_nb, vbt.portfolio.nb.order_nothing_nb

    @vbt.base.reshape_fns.njit
    def hook(now, fast, slow, opened):
        """Act at this open on what the last close said."""
        bar = now.i - 1
        if bar < 30:
            return nothing()
        if now.position_now == 0 and fast[bar] > slow[bar] and fast[bar - 1] <= slow[bar - 1]:
            return order(SHARES, opened[now.i], fees=COMMISSION)
        if now.position_now > 0 and fast[bar] < slow[bar] and fast[bar - 1] >= slow[bar - 1]:
            return order(-now.position_now, opened[now.i], fees=COMMISSION)
        return nothing()

    def run():
        fast, slow = (mean(close, window, engine) for window in (10, 30))
        held = vbt.Portfolio.from_order_func(close, hook, fast, slow, opened, init_cash=CASH)
        orders = held.orders.values
        return orders, value(bars, orders, (len(close), 1), engine)

    return run, read


def wishes_of(bars, engine):
    """Return a function of pairs that gives their wishes, shape (T, N), a bar late."""
    close = bars["close"]

    def build(some):
        windows = {one for pair in some for one in pair}
        means = {one: mean(close, one, engine) for one in windows}
        entries, exits = (np.zeros((len(close), len(some)), dtype=bool) for _ in range(2))
        for column, (fast, slow) in enumerate(some):
            up, down = serving.crossings(means[fast], means[slow], slow)
            entries[1:, column], exits[1:, column] = up[:-1], down[:-1]
        return entries, exits

    return build


def sweep(bars, engine="rust", part=91):
    """W2: each distinct window once a part, then the combinations as columns, part by part."""
    pairs = serving.combinations(bars)
    build = wishes_of(bars, engine)

    def run():
        parts = [pairs[at : at + part] for at in range(0, len(pairs), part)]
        ends, falls = zip(*map(run_part, parts), strict=True)
        return np.concatenate(ends), np.concatenate(falls)

    def run_part(some):
        entries, exits = build(some)
        room = int((entries.sum(axis=0) + exits.sum(axis=0)).max()) * len(some)
        orders = simulate(bars, entries, exits, engine, room)
        nav = value(bars, orders, entries.shape, engine)
        peak = generic.expanding_max(nav, 1, engine=engine)
        return nav[-1], (nav / peak).min(axis=0) - 1

    return run, lambda result: {"final": result[0], "drawdown": result[1]}


def rebalance(bars, engine="rust"):
    """W3: target weights of a shared account, reductions first."""
    close, opened = bars["close"], bars["open"]
    shape = close.shape
    is_first = np.flatnonzero(bars["opens_month"][:-1]) + 1
    before = np.vstack((close[:1], close[:-1]))

    def run():
        weights = np.full(shape, np.nan)
        weights[is_first] = EXPOSURE / shape[1]
        orders, _ = portfolio.simulate_from_orders(
            shape,
            np.array([shape[1]]),
            np.array([CASH]),
            portfolio.build_call_seq(shape, np.array([shape[1]]), engine=engine),
            size=weights,
            price=opened,
            size_type=np.asarray(SizeType.TargetPercent),
            direction=np.asarray(LONG_ONLY),
            fees=np.asarray(COMMISSION),
            size_granularity=np.asarray(1.0),
            val_price=before,
            close=close,
            auto_call_seq=True,
            max_orders=len(is_first) * shape[1],
            engine=engine,
        )
        return orders, shared_value(orders)

    def shared_value(orders):
        group = np.array([shape[1]])
        orders = orders[np.argsort(orders["col"], kind="stable")]
        columns = np.arange(len(orders)), np.bincount(orders["col"], minlength=shape[1])
        held = portfolio.assets(
            portfolio.asset_flow(shape, orders, columns, LONG_ONLY, engine=engine), engine=engine
        )
        flow = portfolio.cash_flow(shape, orders, columns, False, engine=engine)  # noqa: FBT003 - a flag of theirs
        flow = portfolio.cash_flow_grouped(flow, group, engine=engine)
        cash = portfolio.cash_grouped(shape, flow, group, np.array([CASH]), engine=engine)
        worth = portfolio.asset_value_grouped(
            portfolio.asset_value(close, held, engine=engine), group, engine=engine
        )
        return portfolio.value(cash, worth, engine=engine)

    return run, lambda result: {"nav": result[1][:, 0], "n_fills": len(result[0])}


def bracket(bars, engine="rust"):
    """W4: a stop and a target, both from the fill."""
    close = bars["close"]

    def run():
        means = (mean(close, window, engine) for window in (10, 30))
        entries = delayed(serving.crossings(*means, 30)[0])[:, None]
        orders = simulate(
            bars, entries, np.zeros_like(entries), engine, 2 * int(entries.sum()),
            sl_stop=np.asarray(STOP), tp_stop=np.asarray(TARGET),
            stop_entry_price=np.asarray(StopEntryPrice.FillPrice),
        )  # fmt: skip
        return orders, value(bars, orders, entries.shape, engine)

    return run, read


WORKS = {
    "cross": cross, "statistics": statistics, "portfolio": as_asked, "compiled": compiled,
    "sweep": sweep, "face": face, "rebalance": rebalance, "bracket": bracket,
}  # fmt: skip

if __name__ == "__main__":
    serving.serve(f"vectorbt {vbt.__version__}", WORKS)
