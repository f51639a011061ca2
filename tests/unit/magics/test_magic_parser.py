"""The one parser of all magics: what a line asks of the desk, and how it refuses."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifrost_kernel.domain.errors import BifrostError, InvalidInputError, UnknownNameError
from bifrost_kernel.magics.expansion import split_words
from bifrost_kernel.magics.marketdata import BARS, SYMBOL_COMMAND
from bifrost_kernel.magics.overview import COMMANDS
from bifrost_kernel.magics.parser import parse
from bifrost_kernel.magics.reporting import REPORT
from bifrost_kernel.magics.strategy import BACKTEST, STRATEGIES


def read(command, line, *, is_cell=False, **namespace):
    """Return what a typed line parses to."""
    return parse(command, split_words(line, namespace), is_cell=is_cell)


def test_words_options_and_parameters_stand_in_any_order():
    """The same line in three orders asks the same."""
    lines = (
        "sma_cross AAPL MSFT fast=10 --cash 1000000 --no-short-cash",
        "--cash=1000000 fast=10 sma_cross --no-short-cash AAPL MSFT",
        "--no-short-cash sma_cross fast=10 AAPL,MSFT --cash 1_000_000",
    )
    for line in lines:
        parsed = read(BACKTEST, line)
        assert parsed.values == {
            "strategy": "sma_cross",
            "symbols": ("AAPL", "MSFT"),
            "cash": 1_000_000.0,
            "short_cash": False,
        }
        assert parsed.parameters == {"fast": 10}


def test_what_is_not_given_is_not_asked():
    """Defaults are the desk's business."""
    assert read(BARS, "AAPL").values == {"symbols": ("AAPL",)}


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2005", date(2005, 1, 1), date(2005, 12, 31)),
        ("2004-02", date(2004, 2, 1), date(2004, 2, 29)),
        ("2005-03-01", date(2005, 3, 1), date(2005, 3, 1)),
    ],
)
def test_a_year_or_month_is_its_first_day_as_a_start_and_its_last_as_an_end(text, start, end):
    """Both ends of a range are included."""
    parsed = read(BARS, f"AAPL --start {text} --end {text}")
    assert (parsed.values["start"], parsed.values["end"]) == (start, end)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10", 10),
        ("1e3", 1000.0),
        ("-0.5", -0.5),
        ("1_000", 1000),
        ("true", True),
        ("False", False),
        ("ema", "ema"),
        ("2005-03-01", "2005-03-01"),
        ("'two words'", "two words"),
    ],
)
def test_parameters_are_typed(text, value):
    """A number, true or false, else the text as it stands."""
    found = read(BACKTEST, f"sma_cross AAPL x={text}").parameters["x"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(("text", "value"), [("0.001", 0.001), ("0.1%", 0.001), ("5%", 0.05)])
def test_a_fraction_may_be_written_in_percent(text, value):
    """`0.1%` and `0.001` are the same commission."""
    found = read(BACKTEST, f"sma_cross AAPL --commission {text}").values["commission"]
    assert found == pytest.approx(value)


def test_quotes_keep_words_together():
    """POSIX quoting, as in a shell."""
    values = read(SYMBOL_COMMAND, "add NVDA.XNAS --name 'NVIDIA Corp' --alias A --alias B").values
    assert values == {"instrument": "NVDA.XNAS", "name": "NVIDIA Corp", "aliases": ("A", "B")}


def test_a_first_word_or_an_option_chooses_the_form():
    """`%bars import`, `%symbols retire`, `%backtest --compare` are forms of their own."""
    columns = read(BARS, "import prices.csv ACME --columns close=Last,volume=Vol").values
    assert columns["columns"] == {"close": "Last", "volume": "Vol"}
    assert read(SYMBOL_COMMAND, "retire AAPL").form.selector == "retire"
    assert read(BACKTEST, "--compare last 7f3a").values == {"left": "last", "right": "7f3a"}
    assert read(BACKTEST, "--run=7f3a").values == {"run": "7f3a"}
    assert read(BACKTEST, "--list --limit 3").values == {"limit": 3}
    assert read(SYMBOL_COMMAND, "apple inc").values == {"query": ("apple", "inc")}


@pytest.mark.parametrize(
    ("command", "line", "nearest"),
    [
        (BARS, "AAPL --adjst none", "--adjust"),
        (BARS, "AAPL --adjust nope", "none"),
        (BACKTEST, "sma_cross AAPL --comission 0.001", "--commission"),
        (BACKTEST, "sma_cross AAPL --commission_kind percent", "--commission-kind"),
        (REPORT, "tear_sheet --forced", "--force"),
        (BACKTEST, "sma_cross AAPL --engine auto --cas 5", "--cash"),
    ],
)
def test_an_unknown_option_or_value_names_the_nearest(command, line, nearest):
    """No abbreviation is guessed; the nearest name is told."""
    with pytest.raises(UnknownNameError) as caught:
        read(command, line)
    assert f"did you mean {nearest!r}" in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("command", "line", "said"),
    [
        (BARS, "", "SYMBOL is missing"),
        (BACKTEST, "", "STRATEGY is missing"),
        (BACKTEST, "--compare last", "RUN is missing"),
        (BACKTEST, "--last --list", "--list stands alone"),
        (BACKTEST, "sma_cross AAPL --cash", "--cash: expected a value"),
        (BACKTEST, "sma_cross AAPL --start --end 2005", "--start: expected a value"),
        (BACKTEST, "sma_cross AAPL --cash 1 --cash 2", "--cash: given twice"),
        (BACKTEST, "sma_cross AAPL --cash much", "--cash: expected a number, was 'much'"),
        (BACKTEST, "sma_cross AAPL --size big", "size: expected units"),
        (BACKTEST, "sma_cross AAPL fast=1 fast=2", "fast: given twice"),
        (BACKTEST, "sma_cross AAPL --fast 10", "is written fast=VALUE"),
        (BACKTEST, "--list --limit 0", "--limit: expected a whole number"),
        (BARS, "AAPL start=2005", "an option is written --start 2005"),
        (BARS, "AAPL fast=5", "takes no name=value words"),
        (BARS, "AAPL --start 2005-13", "--start: expected a date"),
        (BARS, "AAPL --interval 5x", "interval '5x'"),
        (BARS, "'AAPL", "no closing quotation"),
        (BARS, "import prices.csv ACME --columns close", "FIELD=COLUMN"),
        (STRATEGIES, "sma_cross ema_cross", "'ema_cross' is one too many"),
        (BACKTEST, "sma_cross AAPL --short-cash=maybe", "true or false"),
    ],
)
def test_a_wrong_line_is_refused_in_one_line_with_the_way_out(command, line, said):
    """What is wrong, and what to write instead."""
    with pytest.raises(InvalidInputError) as caught:
        read(command, line)
    assert said in caught.value.message
    assert "\n" not in caught.value.message


def test_the_cell_form_of_a_line_magic_answers_with_the_line():
    """The wrong form is answered with the right one."""
    with pytest.raises(InvalidInputError, match=r"no cell form.*`%bars AAPL"):
        read(BARS, "AAPL", is_cell=True)


def test_the_cell_form_has_options_of_its_own():
    """`--out` belongs to the cell form only; a line is assigned with `r = `."""
    assert read(BACKTEST, "AAPL --out r", is_cell=True).values == {"symbols": ("AAPL",), "out": "r"}
    with pytest.raises(UnknownNameError):
        read(BACKTEST, "sma_cross AAPL --out r")


def test_double_braces_are_replaced_by_variables_and_nothing_else_is():
    """Names and attributes, lists word by word; `{x}` and `$x` stay."""

    class Thing:
        width = 7

    namespace = {"n": 30, "names": ["AAPL", "MSFT"], "thing": Thing(), "day": date(2005, 3, 1)}
    words = split_words(
        "a={{n}} {{ names }} x{{thing.width}}y {n} $n {{day}} --s={{names}}", namespace
    )
    assert words == ["a=30", "AAPL", "MSFT", "x7y", "{n}", "$n", "2005-03-01", "--s=AAPL,MSFT"]


@pytest.mark.parametrize("braces", ["{{1+1}}", "{{f()}}", "{{n.__class__}}", "{{d['k']}}", "{{}}"])
def test_braces_hold_a_name_and_never_an_expression(braces):
    """Nothing is evaluated."""
    with pytest.raises(InvalidInputError, match="a variable's name"):
        split_words(braces, {"n": 1, "d": {"k": 1}, "f": lambda: 1})


def test_a_variable_without_a_writable_value_is_refused():
    """None and functions cannot be written on a line."""
    for value in (None, print):
        with pytest.raises(InvalidInputError, match="can be written on a line"):
            split_words("{{x}}", {"x": value})
    with pytest.raises(UnknownNameError, match="did you mean 'fast'"):
        split_words("{{fasr}}", {"fast": 1})


@given(st.sampled_from(COMMANDS), st.text(max_size=60))
def test_any_line_is_read_or_refused_by_one_of_our_errors(command, line):
    """No line makes the parser fail in another way."""
    try:
        form = parse(command, split_words(line, {})).form
    except BifrostError:
        form = None
    assert form is None or form in command.forms


@given(
    st.permutations(
        ["sma_cross", "--cash 5", "fast=3", "--no-short-cash", "--adjust none", "slow=9"]
    )
)
def test_order_never_matters(pieces):
    """Every permutation asks the same."""
    parsed = read(BACKTEST, " ".join(pieces))
    assert parsed.values == {
        "strategy": "sma_cross", "cash": 5.0, "short_cash": False, "adjust": "none",
    }  # fmt: skip
    assert parsed.parameters == {"fast": 3, "slow": 9}
