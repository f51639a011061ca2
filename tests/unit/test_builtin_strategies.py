"""The built-in strategies, rule by rule, on series small enough to follow by hand."""

import numpy as np
import pytest

from bifrost_kernel.domain.errors import InvalidInputError
from bifrost_kernel.domain.strategies import Scope
from bifrost_kernel.engines.marketdata import engine as marketdata
from bifrost_kernel.engines.strategy.engine import signals_for, strategy_version
from bifrost_kernel.strategies import builtin
from tests.simulation_samples import make_bars, make_series

NAMES = [
    "sma_cross",
    "ema_cross",
    "rsi_reversion",
    "bollinger_reversion",
    "donchian_breakout",
    "atr_bracket",
    "momentum_rotation",
    "equal_weight",
    "pairs_reversion",
    "vol_target",
    "buy_and_hold",
]


def series(symbol, closes, days=None, reach=1.0):
    """Make bars that open at the close before and reach one unit to each side."""
    opened = [closes[0], *closes[:-1]]
    rows = [
        (o, max(o, c) + reach, min(o, c) - reach, c) for o, c in zip(opened, closes, strict=True)
    ]
    return make_series(symbol, rows, days=days)


def ask(name, *made, **parameters):
    """Return the strategy's wishes on these series."""
    strategy, bars = builtin()[name], make_bars(*made)
    return signals_for(strategy, strategy.read_parameters(parameters), bars, marketdata.align(bars))


def rows(flags, column=0):
    """Return the bars at which a flag is set or a number given."""
    one = flags[:, column]
    return np.flatnonzero(one if one.dtype == bool else ~np.isnan(one)).tolist()


def test_the_registry_lists_them_in_order():
    """All eleven, under their own names."""
    assert list(builtin()) == NAMES
    assert [one.name for one in builtin().values()] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_explains_itself(name):
    """Help with idea, every parameter and its range, and a source; a text that makes a version."""
    strategy = builtin()[name]
    text = strategy.getdoc()
    assert strategy.summary.endswith(".")
    assert "References\n----------\n" in text
    for one in strategy.parameters:
        assert one.summary
        assert one.expectation in text
        assert one.choices or isinstance(one.default, bool) or None not in {one.low, one.high}
    assert f"def {name}(" in strategy.source
    assert len(strategy_version(strategy, strategy.read_parameters({}))) == 64


def test_sma_cross_buys_above_and_sells_below():
    """By hand: averages of 2 and 3 closes, which are equal at bar 6."""
    made = ask("sma_cross", series("A", [5, 4, 3, 4, 6, 7, 5, 3, 3, 6]), fast=2, slow=3)
    assert rows(made.entries) == [4, 9]
    assert rows(made.exits) == [7]
    assert set(made.given()) == {"entries", "exits"}


def test_ema_cross_turns_sooner_than_sma_cross():
    """The same windows on the same turn."""
    closes = [10, 10, 10, 10, 9, 8, 7, 6, 8, 11, 12, 13, 14]
    simple = ask("sma_cross", series("A", closes), fast=3, slow=6)
    smooth = ask("ema_cross", series("A", closes), fast=3, slow=6)
    assert rows(smooth.entries)[0] <= rows(simple.entries)[0]
    assert rows(smooth.entries) == [9]


def test_rsi_reversion_buys_low_and_sells_high():
    """Falling closes make 0, rising ones 100."""
    closes = [10, 9, 8, 7, 12, 20, 30]
    made = ask("rsi_reversion", series("A", closes), period=2)
    assert rows(made.entries) == [2, 3]
    assert rows(made.exits) == [4, 5, 6]
    short = ask("rsi_reversion", series("A", closes), period=2, allows_short=True)
    assert rows(short.short_entries) == [4, 5, 6]
    assert set(short.given()) == {"entries", "short_entries"}


def test_bollinger_reversion_buys_below_the_band_and_leaves_at_the_average():
    """A fall out of a narrow band, then the way back."""
    closes = [10, 11, 10, 11, 10, 5, 6, 10, 16]
    made = ask("bollinger_reversion", series("A", closes), period=5, width=1.5)
    assert rows(made.entries) == [5]
    assert 7 in rows(made.exits)
    assert 6 not in rows(made.exits)


@pytest.mark.parametrize("name", ["bollinger_reversion", "donchian_breakout"])
def test_going_short_never_closes_twice(name):
    """Where an entry of the other side turns the holding, the exit is left out."""
    rng = np.random.default_rng(4)
    closes = (30 + np.cumsum(rng.normal(0, 1, 300))).round(2).tolist()
    made = ask(name, series("A", closes, reach=0.1), allows_short=True)
    assert rows(made.short_entries)
    assert not (made.exits & made.short_entries).any()
    assert not (made.short_exits & made.entries).any()


def test_donchian_breakout_compares_with_the_bars_before():
    """A close above the highest high of the last three bars, below the lowest low of two."""
    made = ask(
        "donchian_breakout",
        series("A", [10, 10, 10, 12, 12, 12, 8], reach=0.5),
        entry_window=3,
        exit_window=2,
    )
    assert rows(made.entries) == [3]
    assert rows(made.exits) == [6]


def test_atr_bracket_sets_its_distances_at_the_entry():
    """Stop and target in average true ranges of that bar; the stop trails when asked."""
    closes = [10, 10, 10, 10, 9, 13, 13]
    made = ask("atr_bracket", series("A", closes), trend=3, period=2, stop=2, target=3)
    assert rows(made.entries) == rows(made.stop_distance) == rows(made.profit_distance) == [5]
    reach = ((2 + 2) / 2 + 2) / 2
    reach = (reach + 3) / 2
    reach = (reach + 6) / 2
    assert made.stop_distance[5, 0] == pytest.approx(2 * reach)
    assert made.profit_distance[5, 0] == pytest.approx(3 * reach)
    trailing = ask("atr_bracket", series("A", closes), trend=3, period=2, trails=True, target=0)
    assert set(trailing.given()) == {"entries", "trail_distance"}


def test_atr_bracket_stays_out_where_nothing_moves():
    """Without a range there is no distance to set."""
    made = ask("atr_bracket", series("A", [10.0] * 30, reach=0.0), trend=3, period=2)
    assert not made.entries.any()


def test_momentum_rotation_holds_the_best_and_sells_the_rest():
    """At each week's first bar, by the rise over the last two bars."""
    up, down = [10, 11, 12, 13, 14, 15, 16, 17], [10, 9, 8, 7, 6, 5, 4, 3]
    days = [0, 1, 2, 3, 4, 7, 8, 9]
    made = ask(
        "momentum_rotation",
        series("A", down, days),
        series("B", up, days),
        lookback=2,
        every="weekly",
        exposure=0.9,
    )
    assert rows(made.target_weight) == [5]
    assert made.target_weight[5].tolist() == [0.0, 0.9]


def test_momentum_rotation_leaves_the_latest_bars_out():
    """With `skip` the rise up to the bar before decides, not today's."""
    made = (series("A", [10, 11, 15, 1, 1]), series("B", [10, 11, 12, 30, 30]))
    options = {"lookback": 3, "every": "daily", "exposure": 0.9}
    late = ask("momentum_rotation", *made, skip=1, **options).target_weight[3]
    assert late.tolist() == [0.9, 0.0]
    now = ask("momentum_rotation", *made, **options).target_weight[3]
    assert now.tolist() == [0.0, 0.9]


def test_momentum_rotation_rather_holds_cash_than_what_fell():
    """With two places and one riser half stays cash; without the condition it is filled."""
    up, down = [10, 11, 12, 13], [10, 9, 8, 7]
    made = (series("A", down), series("B", up))
    options = {"lookback": 2, "every": "daily", "top": 2, "exposure": 0.8}
    assert ask("momentum_rotation", *made, **options).target_weight[3].tolist() == [0.0, 0.4]
    free = ask("momentum_rotation", *made, needs_rise=False, **options)
    assert free.target_weight[3].tolist() == [0.4, 0.4]


def test_equal_weight_makes_room_for_newcomers_and_forgets_the_gone():
    """By the week: alone, then together at the newcomer's first bar, then alone again."""
    made = ask(
        "equal_weight",
        series("A", [10.0] * 4, [0, 1, 7, 8]),
        series("B", [10.0] * 4, [8, 14, 21, 28]),
        every="weekly",
        exposure=0.8,
    )
    assert made.target_weight[0, 0] == 0.8
    assert np.isnan(made.target_weight[1]).all()
    assert made.target_weight[2, 0] == 0.8
    assert made.target_weight[3].tolist() == [0.4, 0.4]
    assert made.target_weight[4:, 1].tolist() == [0.4, 0.8, 0.8]


def test_a_weight_waits_for_the_instruments_next_bar():
    """Whoever has no bar on the day of the decision gets its weight at its next one."""
    made = ask(
        "equal_weight",
        series("A", [10.0] * 4, [0, 1, 7, 8]),
        series("B", [10.0] * 4, [0, 1, 8, 9]),
        every="weekly",
        exposure=0.8,
    )
    assert rows(made.target_weight, 0) == [0, 2]
    assert rows(made.target_weight, 1) == [0, 3]


def test_pairs_reversion_sells_the_dear_one_and_buys_the_cheap_one():
    """Into the gap, out when it has closed, and the same money on both sides."""
    first = [10, 10.1, 10, 10.1, 10, 13, 10, 10.1, 10, 7.5, 10.1, 10]
    made = ask(
        "pairs_reversion",
        series("A", first),
        series("B", [10.0] * 12),
        window=5,
        entry_z=1.5,
        exit_z=0.5,
        weight=0.3,
    )
    assert rows(made.target_weight) == [5, 6, 9, 10]
    assert made.target_weight[[5, 6, 9, 10]].tolist() == [
        [-0.3, 0.3],
        [0.0, 0.0],
        [0.3, -0.3],
        [0.0, 0.0],
    ]


def test_pairs_reversion_sees_nothing_in_a_ratio_that_never_moves():
    """Rounding noise is no deviation."""
    closes = (10 + np.sin(np.arange(80.0))).tolist()
    made = ask(
        "pairs_reversion", series("A", closes), series("B", [3 * one for one in closes]), window=5
    )
    assert np.isnan(made.target_weight).all()


def test_vol_target_halves_the_weight_when_prices_swing_twice_as_much():
    """By hand: returns of +-1 % and of +-2 % in turn, a target of 8 % a year."""
    steps = [1.01 if one % 2 else 0.99 for one in range(30)]
    steps += [1.02 if one % 2 else 0.98 for one in range(30)]
    closes = (100 * np.cumprod(steps)).tolist()
    made = ask(
        "vol_target", series("A", closes), target=0.08, window=10, every="daily", band=0, cap=0.9
    )
    weights = made.target_weight[:, 0]
    assert weights[25] == pytest.approx(0.08 / (0.01 * np.sqrt(252)))
    assert weights[55] == pytest.approx(0.08 / (0.02 * np.sqrt(252)))


def test_vol_target_caps_and_passes_small_changes_over():
    """Quiet prices get the cap once; nothing else is traded."""
    rng = np.random.default_rng(1)
    quiet = (100 * np.cumprod(1 + rng.normal(0, 1e-4, 60))).tolist()
    made = ask("vol_target", series("A", quiet), window=10, every="daily")
    assert rows(made.target_weight) == [10]
    assert made.target_weight[10, 0] == 0.95
    lively = (100 * np.cumprod(1 + rng.normal(0, 0.02, 200))).tolist()
    free = ask("vol_target", series("A", lively), window=10, every="daily", band=0)
    banded = ask("vol_target", series("A", lively), window=10, every="daily", band=0.1)
    moves = np.diff(banded.target_weight[rows(banded.target_weight), 0])
    assert (np.abs(moves) >= 0.1).all()
    assert len(rows(banded.target_weight)) < len(rows(free.target_weight)) / 2


def test_buy_and_hold_buys_everything_once():
    """Each gets its share of the opening cash, told as a fraction of nav as it then stands."""
    made = ask(
        "buy_and_hold",
        series("A", [10, 20, 20], [0, 1, 2]),
        series("B", [10, 10], [1, 2]),
        exposure=0.8,
    )
    assert rows(made.target_weight, 0) == [0]
    assert rows(made.target_weight, 1) == [1]
    assert made.target_weight[0, 0] == pytest.approx(0.4)
    assert made.target_weight[1, 1] == pytest.approx(0.4 / 1.4)


CLOSES = (20 + np.sin(np.arange(120.0))).tolist()
A, B, C = (series(one, CLOSES) for one in "ABC")


@pytest.mark.parametrize(
    ("name", "made", "parameters", "message"),
    [
        ("sma_cross", (A,), {"fast": 30}, "fast: expected less than slow (30), was 30"),
        ("ema_cross", (A,), {"fast": 27}, "fast: expected less than slow (26), was 27"),
        (
            "rsi_reversion",
            (A,),
            {"oversold": 70},
            "oversold: expected less than overbought (70), was 70.0",
        ),
        (
            "donchian_breakout",
            (A,),
            {"exit_window": 21},
            "exit_window: expected at most 20 bars, was 21",
        ),
        (
            "momentum_rotation",
            (A,),
            {"lookback": 5, "skip": 5},
            "skip: expected less than lookback (5), was 5",
        ),
        (
            "momentum_rotation",
            (A, B),
            {"lookback": 5, "top": 3},
            "top: expected at most 2, the number of instruments, was 3",
        ),
        (
            "pairs_reversion",
            (A,),
            {},
            "pairs_reversion instruments: expected exactly 2, was 1. Name two symbols",
        ),
        ("pairs_reversion", (A, B, C), {}, "expected exactly 2, was 3"),
        (
            "pairs_reversion",
            (A, B),
            {"exit_z": 2},
            "exit_z: expected less than entry_z (2), was 2.0",
        ),
    ],
)
def test_parameters_that_do_not_fit_each_other_are_refused(name, made, parameters, message):
    """One line: which, what was expected, what it was."""
    with pytest.raises(InvalidInputError) as caught:
        ask(name, *made, **parameters)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_pairs_that_never_traded_together_are_refused():
    """What counts is the bars that both have."""
    apart = series("B", CLOSES, days=range(100, 220))
    with pytest.raises(
        InvalidInputError, match=r"A\.XNAS and B\.XNAS have in common: expected at least 61, was 20"
    ):
        ask("pairs_reversion", A, apart)


@pytest.mark.parametrize("name", NAMES)
def test_the_scope_fits_the_idea(name):
    """What trades one instrument against others sees them all."""
    together = {
        "momentum_rotation",
        "equal_weight",
        "pairs_reversion",
        "vol_target",
        "buy_and_hold",
    }
    expected = Scope.TOGETHER if name in together else Scope.EACH
    assert builtin()[name].scope is expected
