"""Declaring a strategy that is called at each bar: what becomes of it, and what is refused."""

from functools import cache, wraps

import numpy as np
import pytest

import bifrost_kernel as bf
from bifrost_kernel.domain.errors import InvalidInputError, UnknownNameError
from bifrost_kernel.domain.strategies import Parameter, Scope, Strategy
from bifrost_kernel.engines.strategy.engine import strategy_version
from bifrost_kernel.strategies.declare import renew_source, strategy, strategy_from_function
from bifrost_kernel.strategies.declare_on_bar import on_bar, on_bar_from_function
from bifrost_kernel.workflows.strategy import find_strategy, strategies_at_hand

FACTOR = 3


@cache
def remembered(x):
    """Be a helper that is wrapped."""
    return x * FACTOR


def averages(bars, slow):
    """Work out one study."""
    return [bars.close * slow]


def idea(now, fast: int = bf.param(10, low=1, high=500, summary="Bars"), slow=30):
    """Buy what is up.

    At length.
    """
    if now.close > remembered(fast):
        now.buy(slow)


def test_the_decorator_makes_a_strategy_of_a_function_of_now():
    """Name, summary, parameters and options come from the definition; nothing is compiled."""

    @on_bar
    def rising(now, fast: int = bf.param(10, low=1), *, loud=False):
        """Buy what is up."""
        return (now, fast, loud)

    assert isinstance(rising, Strategy)
    assert (rising.name, rising.summary, rising.scope) == ("rising", "Buy what is up.", Scope.EACH)
    assert rising.parameters == (Parameter("fast", 10, low=1), Parameter("loud", default=False))
    assert rising.on_bar("now") == ("now", 10, False)
    assert (rising.build, rising.native, rising.prepare) == (None, None, None)
    assert (rising.is_compiled, rising.n_state) == (False, 0)


def test_the_decorator_keeps_every_option():
    """Name, scope, warm-up, state, studies and compilation."""

    @bf.on_bar(
        compiled=True, scope="together", name="other", warmup=lambda p: p["slow"], state=2,
        prepare=averages,
    )  # fmt: skip
    def one(now, slow=5):
        now.target_weight(slow)

    assert (one.name, one.scope, one.warmup({"slow": 5})) == ("other", Scope.TOGETHER, 5)
    assert (one.is_compiled, one.n_state, one.prepare) == (True, 2, averages)


def test_a_plain_function_of_now_is_taken_where_one_of_bars_is():
    """By itself, by its name in the notebook, and by the other decorator."""
    for found in (
        find_strategy(idea), find_strategy("idea", {"idea": idea}),
        strategy_from_function(idea), strategy(idea), strategy(scope="each")(idea),
    ):  # fmt: skip
        assert found.on_bar is not None
        assert found.build is None
        assert found.read_parameters({}) == {"fast": 10, "slow": 30}
    assert "mine" in strategies_at_hand({"mine": on_bar(idea)})


def test_help_holds_idea_and_parameters():
    """What the question mark shows."""
    text = on_bar(idea).getdoc()
    assert text.startswith("Buy what is up.\n\nAt length.\n\nParameters\n----------\nfast\n")


def test_the_source_holds_both_functions_and_what_they_call():
    """The function, its helpers behind wrappers, settings, studies, and how much it keeps."""
    source = on_bar(prepare=averages, state=2)(idea).source
    assert source.startswith("def idea(now")
    assert "def remembered(x):" in source
    assert "FACTOR = 3" in source
    assert "def averages(bars, slow):" in source
    assert source.endswith("\nstate = 2\n")


def nothing():
    """Take nothing."""


def unshown(slow):
    """Forget the bars."""
    return [slow]


def strange(bars, period):
    """Ask for what the strategy has not."""
    return [bars, period]


def version(made, **parameters):
    """Return the version with its default parameters."""
    return strategy_version(made, made.read_parameters(parameters))


def named(name):
    """Return two functions that share a name and differ in a number."""

    def make(number):
        space = {}
        exec(f"def {name}(first, slow=1):\n    return [first, {number}]", space)  # noqa: S102 - the test's own
        return space[name]

    return make(1), make(2)


def test_the_version_covers_all_that_decides():
    """Function, studies, state, scope and what they use; not the name, nor compilation."""
    base = on_bar(prepare=averages)(idea)
    same = on_bar(prepare=averages, name="renamed", compiled=True)(idea)
    others = [
        on_bar(idea),
        on_bar(prepare=averages, state=1)(idea),
        on_bar(prepare=averages, scope="together")(idea),
        on_bar(prepare=named("averages")[0])(idea),
        on_bar(prepare=named("idea")[1])(idea),
        on_bar(prepare=lambda bars, slow: [bars.close * slow])(idea),
        on_bar(prepare=lambda bars, slow: [bars.close + slow])(idea),
    ]
    versions = [version(base), *map(version, others)]
    assert version(same) == version(base)
    assert len(set(versions)) == len(versions)
    assert version(base, fast=11) != version(base)
    first, second = named("idea")
    assert version(on_bar(prepare=first)(idea)) != version(on_bar(prepare=second)(idea))


def test_a_lambda_that_looks_the_same_is_the_same():
    """What stands around it on its lines does not count."""
    first = on_bar(prepare=lambda bars, slow: [bars.close * slow])(idea)
    second = on_bar(name="second", prepare=lambda bars, slow: [bars.close*slow])(idea)  # fmt: skip
    assert version(first) == version(second)
    assert "function = lambda bars, slow: [bars.close * slow]" in first.source


def test_the_source_is_read_anew(monkeypatch):
    """A setting in the notebook that changed since the declaration makes another version."""
    made = on_bar(prepare=averages, state=1)(idea)
    monkeypatch.setitem(globals(), "FACTOR", 4)
    assert "FACTOR = 3" in made.source
    assert "FACTOR = 4" in renew_source(made).source
    assert renew_source(made).source.endswith("state = 1\n")


def wrapped(function):
    """Wrap a function without a trace of its signature."""

    @wraps(function)
    def inner(*args, **kwargs):
        return function(*args, **kwargs)

    return inner


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def f(now, n): ...", "f: parameter 'n': expected a default, was none. Write"),
        ("def f(bars): ...", r"f: expected now as first parameter, was 'bars'. Write def f\(now"),
        ("def f(): ...", "f: expected now as first parameter, was 'none'"),
        ("def f(now=1): ...", "f: expected now as first parameter, was 'now=1'"),
        ("def f(*now): ...", r"f: expected now as first parameter, was '\*now'"),
        ("f = lambda now: now.buy()", "strategy name '<lambda>': expected a name such as my_idea"),
        ("f = 'sma'", "on_bar: expected a function of now, was 'sma'"),
    ],
)
def test_a_senseless_declaration_is_refused_in_one_line(text, message):
    """What, which value, and the way out."""
    space = {}
    exec(text, space)  # noqa: S102 - the declarations are the test's own
    with pytest.raises(InvalidInputError, match=message) as caught:
        on_bar_from_function(space["f"])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"state": -1}, "idea: state: expected a whole number from 0 to 1,000,000, was -1"),
        ({"state": 1.5}, "idea: state: expected a whole number"),
        ({"state": True}, "idea: state: expected a whole number"),
        ({"compiled": 1}, "idea: compiled: expected True or False, was 1"),
        ({"warmup": 30}, "idea: warmup: expected a function, was 30"),
        ({"prepare": np.mean}, "idea: prepare: expected a function of bars, was <"),
        ({"prepare": nothing}, "idea: prepare: expected the bars as first parameter, was 'none'"),
        ({"prepare": unshown}, "idea: prepare: expected the bars .* was 'slow'"),
        (
            {"prepare": strange},
            r"idea: prepare: expected parameters of the strategy \(fast, slow\), was 'period'",
        ),
        ({"scope": "togethr"}, "did you mean 'together'"),
        ({"name": "my idea"}, "strategy name 'my idea': expected a name such as my_idea"),
    ],
)  # fmt: skip
def test_a_senseless_option_is_refused_in_one_line(options, message):
    """The option, its value, and what it should be."""
    with pytest.raises(InvalidInputError, match=message) as caught:
        on_bar(**options)(idea)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, UnknownNameError) == ("scope" in options)


def test_a_wrapped_function_is_declared_by_what_it_wraps():
    """A decorator of one's own that keeps the signature does not stand in the way."""
    made = on_bar(wrapped(idea))
    assert made.read_parameters({}) == {"fast": 10, "slow": 30}
