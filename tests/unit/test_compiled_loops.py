"""How the engine's loops are compiled: once for each kind of argument, and only what is needed."""

from __future__ import annotations

import numpy as np
import pytest

from bifrost_kernel.engines.strategy.calc.jit import compiled


@compiled
def scaled(x, factor, places):
    """Return x times a factor."""
    return x * factor * places


@compiled
def total(values):
    """Call it with several constants and with a value."""
    worth = 0.0
    for one in values:
        worth += scaled(one, 3, 2) + scaled(one, 4, 1) + scaled(one, len(values), 2)
    return worth


@compiled
def halved(x):
    """Refuse what is negative."""
    if x < 0.0:
        raise ValueError("negative")
    return x / 2.0


@compiled
def halved_within(x):
    """Call it from compiled code."""
    return halved(x)


def test_a_constant_is_a_value_like_others():
    """A function that is called with several constants is compiled once."""
    assert total(np.arange(3.0)) == 48.0
    assert len(scaled.signatures) == 1


def test_what_compiled_code_called_first_can_be_called_from_python():
    """And the other way round; errors pass through both."""
    assert halved_within(4.0) == 2.0
    assert halved(4.0) == 2.0
    assert halved_within(6.0) == 3.0
    for function in (halved, halved_within):
        with pytest.raises(ValueError, match="negative"):
            function(-1.0)
    assert len(halved.signatures) == 1


def test_a_kind_that_cannot_be_compiled_is_refused_each_time():
    """A failure leaves nothing behind that a later call could fall over."""
    for _ in range(2):
        with pytest.raises(Exception, match="nopython"):
            halved_within("text")
    assert halved_within(2.0) == 1.0
