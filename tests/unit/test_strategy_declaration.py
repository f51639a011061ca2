"""Declaring a strategy: what becomes of a signature, and what is refused in one line."""

import backtrader as bt
import numpy as np
import pytest

from bifrost_kernel.domain.errors import InvalidInputError, UnknownNameError
from bifrost_kernel.domain.strategies import Parameter, Scope, Signals, Strategy
from bifrost_kernel.strategies.declare import (
    param,
    renew_source,
    strategy,
    strategy_from_class,
    strategy_from_function,
)

FACTOR = 3
LOADED = np.ones(2)


def helper(x):
    """Multiply by a setting of this module."""
    return deeper(x) * FACTOR


def deeper(x):
    """Add the sum of something that is no plain value."""
    return x + LOADED.sum()


def idea(bars, fast: int = param(10, low=1, high=500, summary="Bars"), slow=30):
    """Buy what is up.

    At length.

    References
    ----------
    Nobody.
    """
    return Signals(entries=helper(bars.close) > fast + slow)


def test_the_decorator_makes_a_strategy_of_a_function():
    """Name, summary, parameters and scope come from the definition."""

    @strategy
    def rising(bars, fast: int = param(10, low=1, high=500, summary="Bars"), *, loud=False):
        """Buy what is up."""
        return Signals(entries=bars > fast, exits=loud)

    assert isinstance(rising, Strategy)
    assert (rising.name, rising.summary, rising.scope) == ("rising", "Buy what is up.", Scope.EACH)
    assert rising.parameters == (
        Parameter("fast", 10, low=1, high=500, summary="Bars"),
        Parameter("loud", default=False),
    )
    assert rising.read_parameters({"fast": "20"}) == {"fast": 20, "loud": False}


def test_the_decorator_takes_name_scope_and_warmup():
    """Each is kept."""

    @strategy(name="other", scope="together", warmup=lambda p: p["n"] + 1)
    def one(bars, n=5):
        return Signals(target_weight=bars * n)

    assert (one.name, one.scope, one.warmup({"n": 5})) == ("other", Scope.TOGETHER, 6)
    assert one.summary == "other"


def test_the_function_still_runs_with_its_defaults():
    """`build` without parameters sees values, not their declarations."""

    @strategy
    def rising(bars, fast: int = param(10, low=1), *, slow: float = param(2.5)):
        return (bars, fast, slow)

    assert rising.build("bars") == ("bars", 10, 2.5)


def test_a_function_can_be_made_a_strategy_again():
    """Ranges are still there the second time, as when a cell passes it to two runs."""
    first, second = strategy_from_function(idea), strategy_from_function(idea)
    assert first.parameters == second.parameters
    assert second.parameters[0].high == 500
    assert second.build.__code__ is idea.__code__


def test_an_annotation_of_float_makes_a_whole_default_a_float():
    """`threshold: float = 2` takes 2.5."""

    def plain(bars, threshold: float = 2):
        return bars, threshold

    def postponed(bars, *, threshold: "float" = param(2, low=0)):  # noqa: B008 - the way to declare
        return bars, threshold

    for function in (plain, postponed):
        made = strategy_from_function(function)
        assert made.read_parameters({"threshold": 2.5}) == {"threshold": 2.5}
        assert isinstance(made.parameters[0].default, float)


def test_help_holds_the_parameters_before_the_references():
    """IPython's question mark shows idea, parameters with their ranges, and sources."""
    text = strategy_from_function(idea).getdoc()
    assert text.startswith("Buy what is up.\n\nAt length.\n\nParameters\n----------\nfast\n")
    assert "Bars: an int from 1 to 500, by default 10." in text
    assert text.index("Parameters") < text.index("slow\n") < text.index("References")


def test_the_source_holds_helpers_and_settings_of_the_same_module():
    """Functions that are called, the settings they use, and a word on what cannot be told."""
    source = strategy_from_function(idea).source
    assert source.startswith("def idea(")
    assert "def helper(x):" in source
    assert "def deeper(x):" in source
    assert "FACTOR = 3" in source
    assert "# uses LOADED, a ndarray: its value is not part of this text" in source
    assert "class Signals" not in source


def test_the_source_holds_what_a_function_closes_over(monkeypatch):
    """A setting of the surrounding function counts, and is read anew when it changes."""

    def make(level):
        def above(bars):
            return Signals(entries=bars > level * FACTOR)

        return strategy_from_function(above)

    assert "level = 7" in make(7).source
    made = make(7)
    monkeypatch.setitem(globals(), "FACTOR", 4)
    assert "FACTOR = 3" in made.source
    assert "FACTOR = 4" in renew_source(made).source


def test_a_function_without_text_is_told_apart_by_its_bytecode():
    """Code that was never in a file still has a source that changes with it."""
    made = []
    for sign in "<>":
        space = {"Signals": Signals}
        exec(f"def f(bars):\n    return Signals(entries=bars {sign} 0)", space)  # noqa: S102 - code without a file is the case
        made.append(strategy_from_function(space["f"]).source)
    assert "no source text" in made[0]
    assert made[0] != made[1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def f(bars, n): ...", "f: parameter 'n': expected a default, was none. Write"),
        (
            "def f(bars, *n): ...",
            r"f: parameter 'n': expected a named parameter with a default, was '\*n'",
        ),
        ("def f(bars, **n): ...", r"expected a named parameter with a default, was '\*\*n'"),
        ("def f(bars, n=1, /): ...", "expected a named parameter with a default, was 'n=1'"),
        ("def f(): ...", "f: expected the bars as first parameter, was 'none'"),
        ("def f(*bars): ...", r"f: expected the bars as first parameter, was '\*bars'"),
        ("def f(n=1): ...", "f: expected the bars as first parameter, was 'n=1'"),
        (
            "def f(bars, n=None): ...",
            "f: parameter 'n': expected an int, float, bool or text, was None",
        ),
        ("def f(bars, n=param(9, high=5)): ...", "n: expected an int of at most 5, was 9"),
        ("def f(bars, n=param(3, low=5, high=2)): ...", "'n': low: expected at most 2, was 5"),
        ("def f(bars, n=param('c', choices=('a', 'b'))): ...", "n: expected one of a, b, was 'c'"),
        ("f = lambda bars: bars", "strategy name '<lambda>': expected a name such as my_idea"),
        ("f = 'sma'", "strategy: expected a function of bars, was 'sma'"),
        ("f = print", "strategy: expected a function of bars, was <built-in"),
    ],
)
def test_a_senseless_declaration_is_refused_in_one_line(text, message):
    """What, which value, and the way out."""
    space = {"param": param}
    exec(text, space)  # noqa: S102 - the declarations are the test's own
    with pytest.raises(InvalidInputError, match=message) as caught:
        strategy_from_function(space["f"])
    assert "\n" not in str(caught.value)


def test_an_unknown_scope_is_refused_with_the_nearest():
    """`togethr` is not `together`."""
    with pytest.raises(UnknownNameError, match="did you mean 'together'"):
        strategy_from_function(idea, scope="togethr")


class Base(bt.Strategy):
    """A user's base class."""

    params = (("period", 15),)

    def half(self):
        """Return half the period."""
        return self.p.period // 2


class Native(Base):
    """Buy and hope.

    At length.
    """

    params = (("level", 1.5), ("loud", False), ("average", bt.ind.SMA), ("nothing", None))

    def next(self):
        """Buy."""
        if helper(self.data.close[0]) > self.p.level:
            self.buy()


def test_a_backtrader_class_becomes_a_strategy_as_it_is():
    """Its plain params are parameters, its text and that of its own bases the source."""
    made = strategy_from_class(Native)
    assert (made.native, made.native_simulator, made.build) == (Native, "backtrader", None)
    assert (made.name, made.summary) == ("Native", "Buy and hope.")
    assert made.read_parameters({"level": 2}) == {"period": 15, "level": 2.0, "loud": False}
    assert made.source.startswith("class Native(Base):")
    assert "class Base(bt.Strategy):" in made.source
    assert "def helper(x):" in made.source
    assert strategy(Native).native is Native
    assert renew_source(made).source == made.source


@pytest.mark.parametrize("cls", [dict, object, bt.Indicator])
def test_another_class_is_refused(cls):
    """The message says what it should have been."""
    with pytest.raises(InvalidInputError, match=r"expected a subclass of backtrader\.Strategy"):
        strategy_from_class(cls)
