"""A strategy's version changes with what it does, and with nothing else."""

from dataclasses import replace

import pytest

from bifrost_kernel.domain.strategies import Scope, Strategy
from bifrost_kernel.engines.strategy.engine import strategy_version

SOURCE = '''
@strategy(name="x")
def idea(bars, fast: int = param(10, low=1), slow=30):
    """Say something."""
    # a remark
    return Signals(entries=bars.close > fast * 2)

def helper(x):
    return x
'''
SAME = '''
def renamed(bars, fast=20, slow: int = 5):
    return Signals(
        entries=bars.close   > fast*2,   # another remark
    )


def helper(x):
    """Explain."""
    return x
'''
BASE = Strategy("idea", "", (), None, source=SOURCE)
PARAMETERS = {"fast": 10, "slow": 30}


def test_looks_names_and_defaults_do_not_count():
    """Comments, layout, docstrings, the name, decorators, annotations and defaults are form."""
    same = replace(BASE, name="renamed", summary="else", source=SAME)
    assert strategy_version(same, PARAMETERS) == strategy_version(BASE, PARAMETERS)
    assert len(strategy_version(BASE, PARAMETERS)) == 64


@pytest.mark.parametrize(
    "other",
    [
        replace(BASE, source=SOURCE.replace("* 2", "* 3")),
        replace(BASE, source=SOURCE.replace(">", ">=")),
        replace(BASE, source=SOURCE.replace("return x", "return -x")),
        replace(BASE, source=SOURCE + "\nFACTOR = 3"),
        replace(BASE, scope=Scope.TOGETHER),
    ],
)
def test_what_it_does_counts(other):
    """An operator, a constant, a helper, a setting, the scope: each makes another version."""
    assert strategy_version(other, PARAMETERS) != strategy_version(BASE, PARAMETERS)


def test_parameters_count_but_not_their_order():
    """Values make the version, the order of naming them does not."""
    turned = {"slow": 30, "fast": 10}
    assert strategy_version(BASE, turned) == strategy_version(BASE, PARAMETERS)
    assert strategy_version(BASE, {"fast": 11, "slow": 30}) != strategy_version(BASE, PARAMETERS)


def test_the_version_is_the_same_in_every_python():
    """A known source has a known hash."""
    known = "98e0fb7c"
    plain = replace(
        BASE, source="def f(bars, n=1):\n    return f'{n:>3}' if n else [*bars, None]\n"
    )
    assert strategy_version(plain, {"n": 1}).startswith(known)


def test_text_that_is_not_python_still_has_a_version():
    """Stand-in text counts line by line, without blank space."""
    one = replace(BASE, source="not python  \n\nat all")
    two = replace(BASE, source="not python\nat all\n")
    three = replace(BASE, source="not python\nat most\n")
    assert strategy_version(one, {}) == strategy_version(two, {})
    assert strategy_version(one, {}) != strategy_version(three, {})
