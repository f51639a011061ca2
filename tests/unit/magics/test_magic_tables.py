"""Help and completion are made from the tables that the parser reads."""

from __future__ import annotations

import shlex

import pytest

from bifrost_kernel.domain.errors import UnknownNameError
from bifrost_kernel.domain.strategies import Parameter, Strategy
from bifrost_kernel.magics.completion import complete, split_magic
from bifrost_kernel.magics.expansion import split_words
from bifrost_kernel.magics.help import describe
from bifrost_kernel.magics.marketdata import BARS, SYMBOL_COMMAND
from bifrost_kernel.magics.overview import COMMANDS
from bifrost_kernel.magics.parser import parse
from bifrost_kernel.magics.strategy import BACKTEST


class Names:
    """Answers for names from memory, as the desk's cache does."""

    def known(self, kind):
        """Return the names of a kind."""
        return {
            "strategies": ("sma_cross", "ema_cross"),
            "symbols": ("AAPL", "MSFT"),
            "universes": ("tech",),
            "runs": ("7f3a",),
            "simulators": ("compiled", "backtrader"),
            "providers": ("sample", "file"),
        }[kind]

    def parameters_of(self, strategy, *, namespace):  # noqa: ARG002 - the desk's keyword
        """Return the parameters of the one strategy that has any."""
        if strategy not in ("sma_cross", "mine"):
            raise UnknownNameError.of("strategy", strategy, ["sma_cross"])
        return (
            Parameter("fast", 10, 1, 50),
            Parameter("exact", default=True),
            Parameter("kind", "sma", choices=("sma", "ema")),
        )


def texts(command, rest, *, is_cell=False, **namespace):
    """Return what can stand at the end of a line."""
    found = complete(command, rest, Names(), namespace, is_cell=is_cell)
    assert all(text.lower().startswith(found.fragment.lower()) for text, _ in found.items)
    return [text for text, _ in found.items]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.name)
def test_the_help_shows_every_form_option_default_and_example(command):
    """Nothing in the table is missing from `%magic?`."""
    text = describe(command)
    for form in (*command.forms, *([command.cell] if command.cell else [])):
        assert form.summary in " ".join(text.split())
        for option in form.options:
            assert option.usage in text
            assert all(one in text for one in option.kind.choices)
    for line, _ in command.examples:
        assert line in text
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.name)
def test_every_example_can_be_typed(command):
    """An example that the parser refuses would mislead."""
    for line, _ in command.examples:
        is_cell, name, rest = split_magic(line + " ")
        assert name == command.name
        assert not is_cell
        parse(command, split_words(rest, {"n": 3}))


def test_the_help_of_a_renamed_magic_shows_its_name():
    """With a prefix, usage and examples carry it."""
    text = describe(BACKTEST, "bf_")
    assert "%bf_backtest STRATEGY" in text
    assert "%%bf_backtest AAPL" in text
    assert "%backtest STRATEGY" not in text


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("%bars AA", (False, "bars", "AA")),
        ("r = %backtest sma", (False, "backtest", "sma")),
        ("%%backtest AAPL fa", (True, "backtest", "AAPL fa")),
        ("%bars", None),
        ("x % bars", None),
        ("print(1)", None),
    ],
)
def test_a_magics_line_is_told_from_code(line, found):
    """Assignments count; a modulo does not."""
    assert split_magic(line) == found


def test_the_first_word_is_a_strategy_and_the_next_a_symbol_or_universe():
    """Each place offers its own names."""
    assert texts(BACKTEST, "s") == ["sma_cross"]
    assert texts(BACKTEST, "sma_cross ")[:3] == ["AAPL", "MSFT", "tech"]
    assert texts(BACKTEST, "sma_cross aa") == ["AAPL"]
    assert texts(BARS, "AAPL,M") == ["AAPL,MSFT"]
    assert texts(BARS, "AAPL --start 2005 M") == ["MSFT"]


def test_a_strategy_declared_in_the_notebook_is_offered():
    """Variables that hold strategies come first."""
    mine = Strategy(name="mine", summary="", parameters=(), build=None)
    assert texts(BACKTEST, "", mine=mine, other=3)[0] == "mine"
    assert "other" not in texts(BACKTEST, "", mine=mine, other=3)


def test_parameters_are_offered_with_their_values_once():
    """Names with an equals sign, then defaults and choices."""
    assert texts(BACKTEST, "sma_cross AAPL f") == ["fast="]
    assert texts(BACKTEST, "sma_cross AAPL fast=3 k") == ["kind="]
    assert texts(BACKTEST, "sma_cross AAPL fast=3 f") == []
    assert texts(BACKTEST, "sma_cross AAPL kind=") == ["kind=sma", "kind=ema"]
    assert texts(BACKTEST, "sma_cross AAPL exact=t") == ["exact=true"]
    assert texts(BACKTEST, "sma_cross AAPL fast=") == ["fast=10"]
    assert texts(BACKTEST, "no_such AAPL f") == []


def test_options_and_their_values_are_offered():
    """An option that was given is not offered again, nor is its opposite."""
    assert texts(BACKTEST, "sma_cross AAPL --com") == ["--commission", "--commission-kind"]
    assert texts(BACKTEST, "sma_cross AAPL --cash 5 --ca") == []
    assert texts(BACKTEST, "sma_cross AAPL --no-short-cash --short") == []
    assert texts(BACKTEST, "sma_cross AAPL --commission-kind per_s") == ["per_share"]
    assert texts(BACKTEST, "sma_cross AAPL --adjust=n") == ["--adjust=none"]
    engines = ["auto", "compiled", "backtrader"]
    assert texts(BACKTEST, "sma_cross AAPL --engine ") == engines
    assert texts(BACKTEST, "AAPL --engine=c", is_cell=True) == ["--engine=compiled"]
    assert texts(BACKTEST, "sma_cross AAPL --ch") == [
        "--check",
        "--cheat-on-close",
        "--cheat-on-open",
    ]
    assert texts(BACKTEST, "--la") == ["--last"]
    assert texts(BACKTEST, "--compare 7") == ["7f3a"]
    assert texts(BACKTEST, "sma_cross --bars f", frame=1) == ["frame"]
    assert "--out" in texts(BACKTEST, "AAPL --o", is_cell=True)
    assert "--out" not in texts(BACKTEST, "sma_cross AAPL --o")


def test_sub_commands_are_offered_first():
    """`%symbols a` may be going to be `add`, `alias` or a search."""
    assert texts(SYMBOL_COMMAND, "a")[:2] == ["add", "alias"]
    assert texts(SYMBOL_COMMAND, "retire M") == ["MSFT"]
    assert texts(SYMBOL_COMMAND, "add NVDA.XNAS --kind et") == ["etf"]


def test_an_open_quotation_offers_nothing():
    """What is in quotes is the person's own."""
    assert texts(BARS, "'AA PL") == []


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.name)
def test_every_offered_option_is_one_that_the_parser_knows(command):
    """Completion and parser read the same table."""
    for form in command.forms:
        start = f"{form.selector} " if form.selector else ""
        for text in texts(command, f"{start}--"):
            if text == "--help" or any(one.selector == text for one in command.forms):
                continue
            found = form.option(text[2:])
            assert found is not None
            assert shlex.split(text) == [text]
