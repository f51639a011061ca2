"""Drawn wishes, bars and settings: the same as a hand-written script, and sound books."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bifrost_kernel.domain.bars import ActionKind, CorporateAction
from bifrost_kernel.domain.trading import Commission, CommissionKind
from bifrost_kernel.engines.marketdata import engine as marketdata
from bifrost_kernel.simulators.backtrader import BacktraderSimulator
from tests.drawn_jobs import jobs
from tests.simulation_rules import ByTheRules, ByTheRulesAtOpen
from tests.simulation_samples import Steps, assert_same, assert_sound, make_bars, run_by_hand


@settings(max_examples=150)
@given(jobs())
def test_array_strategies_equal_a_hand_written_script(job):
    """Every order event, fill, cash and nav is that of the rules in Backtrader's calls."""
    result = BacktraderSimulator().run(job, Steps())
    hand = run_by_hand(ByTheRules, job.bars, job.spec.trading, parameters={"signals": job.signals})
    assert_same(result, hand)


@settings(max_examples=100)
@given(jobs())
def test_the_books_of_every_run_close(job):
    """Cash is opening cash plus flows, nav is cash plus holdings, fills add up to positions."""
    result = BacktraderSimulator().run(job, Steps())
    assert_sound(result, job)


@settings(max_examples=60)
@given(jobs(is_cheat_on_open=True, is_cheat_on_close=False, short_cash=True))
def test_cheat_on_open_equals_a_hand_written_script(job):
    """Wishes of the bar before, acted on and filled at this bar's open."""
    result = BacktraderSimulator().run(job, Steps())
    parameters = {"signals": job.signals, "sizing": job.spec.trading.sizing}
    hand = run_by_hand(ByTheRulesAtOpen, job.bars, job.spec.trading, parameters=parameters)
    assert_same(result, hand)


FUTURES = Commission(CommissionKind.FUTURES, 0.2, margin=2.0, multiplier=5.0)


@settings(max_examples=60)
@given(jobs(commission=FUTURES, short_cash=True, leverage=1.0))
def test_futures_equal_a_hand_written_script(job):
    """Margin is bound, gains are settled every bar, commission is per contract."""
    weights = job.signals.target_weight
    if weights is not None:
        job = replace(job, signals=replace(job.signals, target_weight=np.abs(weights)))
    result = BacktraderSimulator().run(job, Steps())
    hand = run_by_hand(ByTheRules, job.bars, job.spec.trading, parameters={"signals": job.signals})
    assert_same(result, hand)


@settings(max_examples=60)
@given(jobs(), st.integers(0, 2**32 - 1))
def test_dividends_close_the_books_too(job, seed):
    """Holders are paid, shorts pay, and cash is still opening cash plus all flows."""
    rng = np.random.default_rng(seed)
    dividends = tuple(
        CorporateAction(one.instrument_id, str(day), ActionKind.DIVIDEND, 0.5)
        for one in job.bars.series
        for day in np.unique(np.datetime64("2020-01-06") + rng.integers(0, 30, 4))
    )
    job = replace(job, dividends=dividends)
    result = BacktraderSimulator().run(job, Steps())
    assert_sound(result, job)
    due = np.zeros(len(result.nav))
    for one in dividends:
        column = job.bars.instrument_ids.index(one.instrument_id)
        after = (result.session_date >= np.datetime64(one.ex_date)) & job.panel.has_bar[:, column]
        if after.any() and np.argmax(after):
            row = int(np.argmax(after))
            due[row] += one.value * result.position[row - 1, column]
    assert result.dividends.tolist() == due.tolist()


@settings(max_examples=100)
@given(jobs(is_cheat_on_close=False), st.integers(1, 20), st.booleans())
def test_no_order_knows_the_bars_after_it(job, bar, is_at_open):
    """With other closes, highs, lows and volumes from a bar on, orders up to it stay the same.

    At a close that is every order before the bar; before an open it is those of the bar too.
    """
    trading = replace(job.spec.trading, is_cheat_on_open=is_at_open)
    job = replace(job, spec=replace(job.spec, trading=trading))
    changed = [_with_another_future(one, job.panel.end, bar) for one in job.bars.series]
    bars = make_bars(*changed)
    other = replace(job, bars=bars, panel=marketdata.align(bars))
    orders = BacktraderSimulator().run(job, Steps()).orders
    others = BacktraderSimulator().run(other, Steps()).orders
    until = bar + 1 if is_at_open else bar
    for name in ("bar", "instrument", "type", "quantity", "price", "limit_price", "parent_ref"):
        before = getattr(orders, name)[orders.bar < until].tolist()
        assert str(before) == str(getattr(others, name)[others.bar < until].tolist())


def _with_another_future(series, timeline, bar):
    if bar >= len(timeline):
        return series
    later = series.end >= timeline[bar]
    new = {
        name: np.where(later, getattr(series, name) * factor, getattr(series, name))
        for name, factor in (("high", 3.0), ("low", 0.5), ("close", 2.0), ("volume", 5.0))
    }
    return replace(series, **new)
