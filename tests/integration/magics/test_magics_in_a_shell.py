"""The magics in a real IPython shell: what each asks of the desk, and what comes back."""

from __future__ import annotations

import logging
from datetime import date

import pytest
from IPython.core.completer import provisionalcompleter
from traitlets import TraitError

from bifrost_kernel import magics
from bifrost_kernel.display.appearance import chosen_palette
from bifrost_kernel.domain.errors import InvalidInputError, UnknownNameError
from bifrost_kernel.look.tokens import GainLoss
from bifrost_kernel.magics.overview import COMMANDS


def run(shell, source):
    """Run a cell and return its value, or raise what it raised."""
    outcome = shell.run_cell(source, store_history=True)
    outcome.raise_error()
    return outcome.result


@pytest.mark.parametrize(
    ("line", "call"),
    [
        (
            "%bars AAPL MSFT --start 2005 --adjust none --refresh",
            ("bars", ("AAPL", "MSFT"),
             {"start": date(2005, 1, 1), "adjust": "none", "refresh": True}),
        ),
        (
            "%bars import p.csv ACME --stamp start",
            ("import_bars", ("p.csv", "ACME"), {"stamp": "start"}),
        ),
        ("%symbols", ("symbols", ("",), {})),
        ("%symbols big blue --retired", ("symbols", ("big blue",), {"with_retired": True})),
        (
            "%symbols add NVDA.XNAS --name 'NVIDIA' --alias NV",
            ("add_symbol", ("NVDA.XNAS",), {"name": "NVIDIA", "aliases": ("NV",)}),
        ),
        ("%symbols alias AAPL APPLE", ("alias_symbol", ("AAPL", "APPLE"), {})),
        ("%symbols retire AAPL", ("retire_symbol", ("AAPL",), {})),
        ("%symbols restore AAPL", ("restore_symbol", ("AAPL",), {})),
        ("%symbols universe tech AAPL MSFT", ("universe", ("tech", ("AAPL", "MSFT")), {})),
        ("%symbols universe tech", ("universe", ("tech", ()), {})),
        ("%backtest --last", ("run", ("last",), {})),
        ("%backtest --run 7f", ("run", ("7f",), {})),
        ("%backtest --list --limit 5", ("runs", (), {"limit": 5})),
        ("%backtest --compare last 7f", ("compare", ("last", "7f"), {})),
        (
            "%report tear_sheet symbol=AAPL fast=10 --force",
            ("report", ("tear_sheet", {"symbol": "AAPL", "fast": 10}), {"force": True}),
        ),
        ("%bifrost explore", ("explorer", (), {})),
    ],
)  # fmt: skip
def test_each_line_asks_the_desk_for_one_thing(shell, desk, line, call):
    """Line in, one call out, and its answer is the cell's value."""
    assert run(shell, line) == call
    assert desk.calls == [call]


def test_backtest_hands_over_everything_and_the_notebooks_variables(shell, desk):
    """Strategy, symbols, parameters, options, and the namespace to find strategies in."""
    run(shell, "n = 30")
    line = (
        "%backtest sma_cross AAPL fast=10 slow={{n}} --size 95% --commission 0.1% --no-short-cash"
    )
    run(shell, f"r = {line}")
    (call,) = desk.calls
    assert shell.user_ns["r"] is call
    verb, words, options = call
    assert (verb, words) == ("backtest", ("sma_cross", ("AAPL",)))
    assert options.pop("namespace")["n"] == 30
    assert options == {
        "params": {"fast": 10, "slow": 30},
        "size": "95%",
        "commission": pytest.approx(0.001),
        "short_cash": False,
    }


def test_a_variable_of_the_notebook_can_be_the_bars(shell, desk):
    """`--bars frame` hands the object itself over; a wrong name names the nearest."""
    frame = object()
    shell.push({"frame": frame})
    run(shell, "%backtest sma_cross --bars frame")
    assert desk.calls[0][2]["bars"] is frame
    with pytest.raises(UnknownNameError, match="did you mean 'frame'"):
        run(shell, "%backtest sma_cross --bars frme")


def test_a_magic_in_a_function_sees_the_functions_variables(shell, desk):
    """Local names go before the notebook's."""
    run(
        shell,
        "n = 1\ndef f():\n    n = 5\n    r = %backtest sma_cross AAPL fast={{n}}\n    return r\n"
        "f()",
    )
    assert desk.calls[0][2]["params"] == {"fast": 5}
    assert desk.calls[0][2]["namespace"]["n"] == 5


def test_the_body_of_a_cell_declares_the_strategy(shell, desk):
    """A plain function with a private helper; the result goes to `--out` and to the cell."""
    shown = run(
        shell,
        "%%backtest AAPL fast=3 --out r\n"
        "def _half(x):\n    return x / 2\n"
        "def idea(bars, fast=10):\n    return _half(fast)\n",
    )
    verb, (strategy, symbols), options = shown
    assert (verb, symbols, options["params"]) == ("backtest", ("AAPL",), {"fast": 3})
    assert strategy is shell.user_ns["idea"]
    assert strategy(None) == 5
    assert shell.user_ns["r"] is shown
    assert len(desk.calls) == 1


def test_the_source_of_a_strategy_in_a_cell_can_be_read(shell):
    """Its version is made from it."""
    run(shell, "%%backtest AAPL\ndef idea(bars, fast=10):\n    return fast\n")
    run(shell, "import inspect; text = inspect.getsource(idea)")
    assert shell.user_ns["text"] == "def idea(bars, fast=10):\n    return fast\n"


def test_a_declared_strategy_goes_before_plain_functions(shell):
    """With one marked strategy in it, helpers need no underscore."""
    _, (strategy, _), _ = run(
        shell,
        "%%backtest AAPL\n"
        "from bifrost_kernel.domain.strategies import Strategy\n"
        "def helper(x):\n    return x\n"
        "idea = Strategy(name='idea', summary='', parameters=(), build=helper)\n",
    )
    assert strategy.name == "idea"


def test_an_unmodified_backtrader_class_is_a_strategy(shell):
    """The class itself is handed over."""
    _, (strategy, _), _ = run(
        shell,
        "%%backtest AAPL\nimport backtrader as bt\nclass Mine(bt.Strategy):\n"
        "    def next(self):\n        self.buy()\n",
    )
    assert strategy is shell.user_ns["Mine"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("%%backtest AAPL\nx = 1", "declares a strategy, was one without"),
        ("%%backtest AAPL\ndef a(b): ...\ndef c(d): ...", r"was 2 \(a, c\)"),
        ("%%backtest sma_cross AAPL\nx = 1", "`%backtest sma_cross SYMBOL`"),
        ("%%backtest\ndef a(bars): ...", "SYMBOL is missing"),
        ("%%bars AAPL\nx", "no cell form"),
        ("%backtest sma_cross", "SYMBOL is missing"),
        ("%backtest sma_cross AAPL cash=5", "write `--cash NUMBER`"),
        ("%%backtest AAPL --out 2x\ndef a(bars): ...", "--out: expected the name of a variable"),
    ],
)
def test_a_wrong_form_is_answered_with_the_right_one(shell, desk, source, said):
    """One line, and the desk is not asked."""
    with pytest.raises(InvalidInputError, match=said):
        run(shell, source)
    assert desk.calls == []


def test_an_error_in_the_body_is_the_persons_own(shell):
    """It comes through as it is, with its line."""
    with pytest.raises(ZeroDivisionError):
        run(shell, "%%backtest AAPL\n1 / 0")
    with pytest.raises(SyntaxError):
        run(shell, "%%backtest AAPL\ndef (")


def test_nothing_is_printed_and_a_semicolon_keeps_the_value_quiet(shell, desk, capsys):
    """A line that ends in `;` shows nothing; an assignment still gets its object."""
    assert run(shell, "%backtest --last;") is None
    run(shell, "r = %backtest --last;")
    assert shell.user_ns["r"] == desk.calls[-1]
    assert "last" not in capsys.readouterr().out


def test_help_comes_by_question_mark_and_by_option(shell, desk):
    """Both show usage, options with defaults and units, and examples."""
    shown = repr(run(shell, "%backtest --help"))
    asked = shell.object_inspect("%backtest")["docstring"]
    assert shown.strip() == asked.strip()
    for part in ("Usage", "--cash NUMBER", "[1_000_000]", "currency", "Examples", "%%backtest"):
        assert part in shown
    assert desk.calls == []


def test_bifrost_lists_every_magic_with_an_example(shell, desk):
    """The overview is told all of them."""
    run(shell, "%bifrost")
    ((told,),) = [words for _, words, _ in desk.calls]
    assert [name for name, _, _ in told] == [one.name for one in COMMANDS]
    assert all(f"%{name}" in example for name, _, example in told)


def test_a_taken_name_is_left_alone_and_ours_gets_a_prefix(bare_shell, desk, caplog):
    """Another extension's %bars stays; ours is %bf_bars, and that is said once."""
    bare_shell.register_magic_function(lambda line: "theirs", magic_name="bars")  # noqa: ARG005
    with caplog.at_level(logging.WARNING):
        magics.register(bare_shell, desk)
    assert [one.message for one in caplog.records] == ["%bars is taken, so Bifrost's is %bf_bars"]
    assert run(bare_shell, "%bars AAPL") == "theirs"
    assert run(bare_shell, "%bf_bars AAPL") == ("bars", ("AAPL",), {})
    assert "%bf_bars SYMBOL..." in bare_shell.object_inspect("%bf_bars")["docstring"]
    magics.unregister(bare_shell)
    assert run(bare_shell, "%bars AAPL") == "theirs"


def test_config_sets_the_prefix_of_all_magics(shell):
    """`%config Bifrost.prefix` renames them at once; a wrong one changes nothing."""
    run(shell, "%config Bifrost.prefix = 'q_'")
    assert run(shell, "%q_symbols") == ("symbols", ("",), {})
    assert shell.find_line_magic("symbols") is None
    (settings,) = [one for one in shell.configurables if type(one).__name__ == "Bifrost"]
    with pytest.raises(TraitError):
        settings.prefix = "not a name"
    run(shell, "%config Bifrost.prefix = ''")
    assert run(shell, "%symbols") == ("symbols", ("",), {})


def test_config_sets_the_colours_of_gain_and_loss(shell):
    """Everything shown from then on has them; without the extension the earlier ones are back."""
    before = chosen_palette()
    run(shell, "%config Bifrost.palette = 'red-green'")
    assert chosen_palette() is GainLoss.RED_GREEN
    magics.unregister(shell)
    assert chosen_palette() is before


def test_unregistering_leaves_the_shell_as_it_was(bare_shell, desk):
    """Magics, matchers and configurables are those of before; registering twice is once."""

    def state():
        manager = bare_shell.magics_manager.magics
        return (
            {kind: set(manager[kind]) for kind in manager},
            list(bare_shell.Completer.custom_matchers),
            [type(one).__name__ for one in bare_shell.configurables],
        )

    before = state()
    magics.register(bare_shell, desk)
    magics.register(bare_shell, desk)
    assert len(bare_shell.Completer.custom_matchers) == len(before[1]) + 1
    magics.unregister(bare_shell)
    assert state() == before


@pytest.mark.parametrize("uses_jedi", [True, False])
def test_only_our_names_are_offered_in_a_magics_line(shell, uses_jedi):
    """Python's own completions do not mix in; the replaced piece is the word at the cursor."""
    shell.Completer.use_jedi = uses_jedi
    for text, expected in (
        ("%backtest sm", ["sma_cross"]),
        ("x = 1\nr = %backtest sma_cross AA", ["AAPL"]),
        ("%backtest sma_cross AAPL sl", ["slow="]),
        ("%bars AAPL --adj", ["--adjust"]),
        ("%%backtest AA", ["AAPL"]),
    ):
        with provisionalcompleter():
            found = list(shell.Completer.completions(text, len(text)))
        assert [one.text for one in found] == expected
        word = text.split()[-1]
        assert {(one.start, one.end) for one in found} == {(len(text) - len(word), len(text))}


def test_code_in_a_cells_body_completes_as_python(shell):
    """Only the first line of `%%backtest` is ours."""
    run(shell, "sma_window = 5")
    text = "%%backtest AAPL\ndef f(bars):\n    return sma_"
    with provisionalcompleter():
        found = [one.text for one in shell.Completer.completions(text, len(text))]
    assert "sma_window" in found
    assert "sma_cross" not in found


def test_a_failing_desk_never_disturbs_typing(shell, desk, capsys):
    """Completion that fails offers nothing of ours, and prints nothing."""

    def fail(kind):
        raise OSError(kind)

    desk.known = fail
    with provisionalcompleter():
        found = [one.text for one in shell.Completer.completions("%backtest sm", 12)]
    assert "sma_cross" not in found
    assert capsys.readouterr().err == ""


def test_completion_asks_for_names_and_for_nothing_else(shell, desk):
    """Whatever is completed, no verb of the desk is called for it."""
    for text in ("%backtest ", "%backtest sma_cross AAPL fa", "%bars AAPL --", "%%backtest AAPL "):
        with provisionalcompleter():
            assert list(shell.Completer.completions(text, len(text)))
    assert desk.calls == []


def test_a_thousand_variables_do_not_hide_our_names(shell):
    """What stands in a magic's line is completed from the magic's table."""
    shell.push({f"fast_{number}": number for number in range(1000)})
    text = "%backtest sma_cross AAPL fas"
    with provisionalcompleter():
        found = [one.text for one in shell.Completer.completions(text, len(text))]
    assert found == ["fast="]
