"""Laws that hold for every series: adjustment, joining, aligning, fingerprints, ranges."""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bifrost_kernel.domain.bars import ActionKind, Adjustment, BarSpec, CorporateAction
from bifrost_kernel.domain.instruments import InstrumentId
from bifrost_kernel.engines.marketdata import engine
from bifrost_kernel.engines.marketdata.calc.merging import join_ranges
from tests.market_samples import AAPL, daily, equal, minutes, raw

SESSIONS, _ = engine.session_closes("XNAS", date(2012, 1, 3), date(2012, 12, 31))
FIELDS = ("open", "high", "low", "close", "volume")

ex_dates = st.dates(date(2011, 12, 1), date(2013, 1, 31)).map(str)
splits = st.builds(
    CorporateAction, st.just(AAPL), ex_dates, st.just(ActionKind.SPLIT),
    st.sampled_from([2.0, 3.0, 1.5, 7.0, 0.1, 0.5]),
)  # fmt: skip
dividends = st.builds(
    CorporateAction, st.just(AAPL), ex_dates, st.just(ActionKind.DIVIDEND),
    st.integers(1, 300).map(lambda cents: cents / 100),
)  # fmt: skip
action_lists = st.lists(st.one_of(splits, dividends), max_size=8)
series_of_days = st.integers(0, 50).map(lambda seed: daily(seed=seed))
days = st.dates(date(2012, 1, 1), date(2012, 12, 31))


@settings(max_examples=60)
@given(series_of_days, action_lists)
def test_the_last_bar_is_unchanged_and_bars_keep_their_shape(series, actions):
    """Adjusting scales a bar as a whole: its order of prices and its returns inside stay."""
    adjusted = engine.adjust(series, actions, Adjustment.ALL)
    for name in FIELDS:
        assert getattr(adjusted, name)[-1] == getattr(series, name)[-1]
    np.testing.assert_allclose(adjusted.high / adjusted.low, series.high / series.low, rtol=1e-12)
    np.testing.assert_array_equal(adjusted.end, series.end)
    assert (adjusted.low <= adjusted.close * (1 + 1e-12)).all()


@settings(max_examples=60)
@given(series_of_days, st.lists(splits, max_size=6))
def test_splits_leave_turnover_alone(series, actions):
    """Price times volume is what it was."""
    adjusted = engine.adjust(series, actions, Adjustment.SPLITS)
    turnover, before = adjusted.close * adjusted.volume, series.close * series.volume
    np.testing.assert_allclose(turnover, before, rtol=1e-12)


@settings(max_examples=60)
@given(series_of_days, action_lists, st.permutations(range(8)))
def test_the_order_of_actions_does_not_matter(series, actions, order):
    """Actions are facts, not steps."""
    shuffled = [actions[i] for i in order if i < len(actions)]
    one = engine.adjust(series, actions, Adjustment.ALL)
    other = engine.adjust(series, shuffled, Adjustment.ALL)
    np.testing.assert_allclose(one.close, other.close, rtol=1e-13)


@settings(max_examples=60)
@given(series_of_days, action_lists)
def test_the_adjusted_return_is_the_holders_total_return(series, actions):
    """Over each ex-date: close x ratio and dividend against the close before; elsewhere plain."""
    adjusted = engine.adjust(series, actions, Adjustment.ALL)
    gross = series.close[1:] / series.close[:-1]
    for one in actions:
        row = int(np.searchsorted(series.session_date, np.datetime64(one.ex_date))) - 1
        if 0 <= row < len(gross):
            before = series.close[row]
            is_split = one.kind is ActionKind.SPLIT
            gross[row] *= one.value if is_split else before / (before - one.value)
    np.testing.assert_allclose(adjusted.close[1:] / adjusted.close[:-1], gross, rtol=1e-11)


@settings(max_examples=40)
@given(
    st.sampled_from(["5m", "7m", "30m", "1h", "1d", "1w"]),
    st.lists(st.booleans(), min_size=1200, max_size=1200),
)
def test_joining_bars_keeps_extremes_volume_and_sessions(spec, keep):
    """Whatever minutes are missing."""
    whole = minutes("2012-07-02", "2012-07-06")
    mask = np.array((keep * 2)[: len(whole)])
    mask[[0, -1]] = True
    part = whole.take(mask)
    joined = engine.resample(part, BarSpec.parse(spec))
    assert joined.volume.sum() == part.volume.sum()
    assert (joined.high.max(), joined.low.min()) == (part.high.max(), part.low.min())
    assert (joined.open[0], joined.close[-1]) == (part.open[0], part.close[-1])
    assert (np.diff(joined.end) > 0).all()
    assert set(joined.session_date.tolist()) <= set(part.session_date.tolist())
    assert (joined.high >= np.maximum(joined.open, joined.close)).all()
    if joined.spec.is_intraday:
        wanted = engine.bar_ends("XNAS", joined.spec, date(2012, 7, 2), date(2012, 7, 6))[1]
        assert np.isin(joined.end, wanted).all()


@settings(max_examples=30)
@given(st.sampled_from([("5m", "15m"), ("5m", "1d"), ("15m", "1h"), ("1h", "1d"), ("1d", "1w")]))
def test_joining_in_two_steps_is_joining_at_once(steps):
    """Five minutes first make no difference."""
    whole = minutes("2012-07-02", "2012-07-13")
    first, second = map(BarSpec.parse, steps)
    stepped, direct = (
        engine.resample(engine.resample(whole, first), second),
        engine.resample(whole, second),
    )
    for name in ("end", "open", "high", "low", "close"):
        np.testing.assert_array_equal(getattr(stepped, name), getattr(direct, name))
    np.testing.assert_allclose(stepped.volume, direct.volume, rtol=1e-12)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 9), days, days), min_size=1, max_size=4))
def test_aligning_loses_and_invents_nothing(parts):
    """Each column holds its series' bars, in order, and NaN elsewhere."""
    raws = []
    for column, (seed, one, other) in enumerate(parts):
        series = daily(instrument_id=InstrumentId(f"S{column}", "XNAS"), seed=seed)
        low, high = np.datetime64(min(one, other)), np.datetime64(max(one, other))
        inside = (series.session_date >= low) & (series.session_date <= high)
        raws.append(raw(series.take(inside) if inside.any() else series))
    bars = engine.assemble(raws, Adjustment.NONE, None, None)
    panel = engine.align(bars)
    assert (np.diff(panel.end) > 0).all()
    assert panel.has_bar.any(axis=1).all()
    for column, series in enumerate(bars.series):
        rows = panel.has_bar[:, column]
        np.testing.assert_array_equal(panel.end[rows], series.end)
        np.testing.assert_array_equal(panel.session_date[rows], series.session_date)
        for name in FIELDS:
            grid = getattr(panel, name)[:, column]
            np.testing.assert_array_equal(grid[rows], getattr(series, name))
            assert np.isnan(grid[~rows]).all()


@settings(max_examples=40)
@given(st.integers(0, 9), days, days, st.sampled_from(list(Adjustment)))
def test_the_fingerprint_depends_on_the_bars_not_on_how_they_came(seed, one, other, adjustment):
    """Clipped here or loaded so, in any memory order or byte order: one hash."""
    start, end = min(one, other), max(one, other) + timedelta(days=7)
    series = daily(seed=seed)
    inside = (series.session_date >= np.datetime64(start)) & (
        series.session_date <= np.datetime64(end)
    )
    part = series.take(inside)
    columns = {name: np.repeat(getattr(part, name), 2)[::2] for name in FIELDS}
    again = engine.series_from_columns(
        AAPL, series.spec, session_date=part.session_date.astype(str).tolist(),
        **{name: column.astype(">f8") for name, column in columns.items()},
    )  # fmt: skip
    clipped = engine.assemble([raw(series)], adjustment, start, end)
    loaded = engine.assemble([raw(again, provider="file")], adjustment, None, None)
    assert equal(clipped.series[0], again)
    assert clipped.fingerprint == loaded.fingerprint


ranges = st.tuples(
    st.one_of(st.none(), st.dates(date(2012, 1, 1), date(2012, 2, 15))),
    st.dates(date(2012, 1, 1), date(2012, 2, 15)),
).filter(lambda one: one[0] is None or one[0] <= one[1])


def held(many):
    """Return every day that ranges hold, from a week before the first date on."""
    first = date(2011, 12, 25)
    return {
        first + timedelta(days=n)
        for n in range(60)
        if any((a or first) <= first + timedelta(days=n) <= b for a, b in many)
    }


@given(st.lists(ranges, max_size=6))
def test_joined_ranges_hold_the_same_days_and_never_touch(many):
    """Joining is a union of days."""
    joined = join_ranges(many)
    assert held(joined) == held(many)
    for (_, last), (first, _) in pairwise(joined):
        assert first is not None
        assert first > last + timedelta(days=1)


@given(ranges, ranges)
def test_missing_ranges_complete_what_was_asked_into_one_range(asked, wanted):
    """Nothing asked before is asked again, and afterwards all of what is wanted is held."""
    missing = engine.missing_ranges(asked, *wanted)
    assert not held(missing) & held([asked])
    assert held([wanted]) <= held([asked, *missing])
    assert len(join_ranges([asked, *missing])) == 1
