"""The domain's types refuse nonsense and say what they expected."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from bifrost_kernel.domain.bars import Adjustment, BarSpec
from bifrost_kernel.domain.errors import (
    BifrostError,
    InvalidInputError,
    MissingExtraError,
    NoDataError,
    UnknownNameError,
)
from bifrost_kernel.domain.instruments import Instrument, InstrumentId
from bifrost_kernel.domain.reading import (
    read_choice,
    read_date,
    read_sizing,
    read_trading,
    require_trading_options,
)
from bifrost_kernel.domain.strategies import Parameter, Strategy
from bifrost_kernel.domain.trading import (
    Commission,
    CommissionKind,
    Sizing,
    SizingKind,
    Slippage,
    SlippageKind,
    Trading,
)


@pytest.mark.parametrize("text", ["AAPL", "AAPL.X", "AAPL.", ".XNAS", "", "A B.XNAS", "../x.XNAS"])
def test_an_instrument_id_without_symbol_and_mic_is_refused(text):
    """Only SYMBOL.MIC names an instrument."""
    with pytest.raises(InvalidInputError):
        InstrumentId.parse(text)


def test_a_symbol_may_hold_dots_because_the_mic_is_the_last_part():
    """Class shares such as BRK.B keep their dot."""
    assert InstrumentId.parse("brk.b.xnys") == InstrumentId("BRK.B", "XNYS")


@pytest.mark.parametrize("value", [Decimal(0), Decimal(-1), Decimal("NaN"), Decimal("Infinity")])
def test_an_instrument_with_a_useless_tick_is_refused(value):
    """A grid step is a positive number."""
    with pytest.raises(InvalidInputError, match="tick_size"):
        Instrument(InstrumentId("A", "XNAS"), tick_size=value)


@pytest.mark.parametrize(
    ("text", "seconds", "intraday"),
    [("1d", 86_400, False), ("5m", 300, True), ("1h", 3600, True), ("2W", 1_209_600, False)],
)
def test_an_interval_is_a_count_and_a_unit(text, seconds, intraday):
    """Length and kind follow from what is written."""
    spec = BarSpec.parse(text)
    assert (spec.seconds, spec.is_intraday) == (seconds, intraday)


@pytest.mark.parametrize("text", ["", "d", "0d", "-1d", "1x", "1.5h", "99999d", "daily"])
def test_an_interval_that_cannot_be_read_is_refused(text):
    """The message shows what an interval looks like."""
    with pytest.raises(InvalidInputError, match="interval"):
        BarSpec.parse(text)


@pytest.mark.parametrize(
    ("value", "is_end", "expected"),
    [
        ("2005", False, date(2005, 1, 1)),
        (2005, True, date(2005, 12, 31)),
        ("2005-02", True, date(2005, 2, 28)),
        ("2004-02", True, date(2004, 2, 29)),
        ("2005-12", True, date(2005, 12, 31)),
        ("2005-3-1", True, date(2005, 3, 1)),
        (date(2001, 2, 3), False, date(2001, 2, 3)),
        (datetime(2001, 2, 3, 4, tzinfo=UTC), False, date(2001, 2, 3)),
        (None, True, None),
    ],
)
def test_a_date_is_read_the_way_people_write_it(value, is_end, expected):
    """A year or a month alone means its first or its last day."""
    assert read_date(value, "start", is_end=is_end) == expected


@pytest.mark.parametrize("value", ["yesterday", "2005-13", "2005-02-30", "05", "", 12, 3.5])
def test_a_date_that_does_not_exist_is_refused(value):
    """The message names the option, the value and the forms."""
    with pytest.raises(InvalidInputError, match=r"start: expected a date .*, was"):
        read_date(value, "start")


def test_a_choice_is_read_by_its_word_and_a_slip_gets_the_nearest_one():
    """Case and dashes do not matter; a typing slip is answered with the word meant."""
    assert read_choice(CommissionKind, "Per-Share", "kind") is CommissionKind.PER_SHARE
    with pytest.raises(UnknownNameError, match="did you mean 'splits'"):
        read_choice(Adjustment, "split", "adjust")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (100, Sizing(SizingKind.UNITS, 100.0)),
        ("2.5", Sizing(SizingKind.UNITS, 2.5)),
        ("95%", Sizing(SizingKind.PERCENT_WHOLE, 95.0)),
        ("12.5 % fractional", Sizing(SizingKind.PERCENT, 12.5)),
        (None, Sizing(SizingKind.PERCENT_WHOLE, 95.0)),
    ],
)
def test_a_size_is_units_or_a_share_of_cash(value, expected):
    """A number is units, a percentage is of the free cash."""
    assert read_sizing(value) == expected


@pytest.mark.parametrize("value", ["all", "95 pct", "%", "-5", "0", "101%", float("nan"), "inf"])
def test_a_size_that_makes_no_sense_is_refused(value):
    """No size is guessed."""
    with pytest.raises(InvalidInputError, match="size"):
        read_sizing(value)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("cash", 0),
        ("cash", float("inf")),
        ("cash", "much"),
        ("cash", True),
        ("commission", -0.1),
        ("slippage", -1),
        ("slippage", 1.5),
        ("leverage", 0),
        ("interest", -0.01),
        ("filler_value", 0),
        ("multiplier", 0),
    ],
)
def test_an_account_that_cannot_be_is_refused(option, value):
    """Each message names the option and the value."""
    with pytest.raises(InvalidInputError, match=r"was"):
        read_trading(**{option: value})


def test_futures_need_a_margin():
    """Without a margin a future would bind no cash at all."""
    with pytest.raises(InvalidInputError, match="margin"):
        Commission(CommissionKind.FUTURES, 2.0)


def test_options_become_the_account_they_describe():
    """Every option lands in its own field."""
    account = read_trading(
        cash=5, commission=0.01, slippage=0.1, slippage_kind="fixed", slippage_on_open=True,
        cheat_on_close=True, short_cash=False, leverage=2, size=7,
    )  # fmt: skip
    assert account == Trading(
        cash=5.0,
        commission=Commission(rate=0.01),
        slippage=Slippage(SlippageKind.FIXED, 0.1, on_open=True),
        sizing=Sizing(SizingKind.UNITS, 7.0),
        leverage=2.0,
        is_cheat_on_close=True,
        short_cash=False,
    )


def test_an_unknown_option_is_answered_with_the_nearest_one():
    """A keyword that nothing reads must not pass in silence."""
    with pytest.raises(UnknownNameError, match="did you mean 'commission'"):
        require_trading_options({"comission": 1})


@pytest.mark.parametrize(
    ("parameter", "value", "expected"),
    [
        (Parameter("n", 10, 1, 500), "30", 30),
        (Parameter("n", 10, 1, 500), 1, 1),
        (Parameter("n", 10, 1, 500), 500, 500),
        (Parameter("n", 10), 30.0, 30),
        (Parameter("x", 0.5, 0.0, 1.0), "0.25", 0.25),
        (Parameter("flag", default=True), "no", False),
        (Parameter("how", "a", choices=("a", "b")), "b", "b"),
    ],
)
def test_a_parameter_reads_its_own_type(parameter, value, expected):
    """The default's type decides, text from a magic line included."""
    read = parameter.read(value)
    assert read == expected
    assert type(read) is type(expected)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        (Parameter("n", 10, 1, 500), 0),
        (Parameter("n", 10, 1, 500), 501),
        (Parameter("n", 10), 2.5),
        (Parameter("n", 10), "ten"),
        (Parameter("n", 10), True),
        (Parameter("n", 10), float("nan")),
        (Parameter("n", 10), float("inf")),
        (Parameter("x", 0.5), None),
        (Parameter("flag", default=True), "perhaps"),
        (Parameter("how", "a", choices=("a", "b")), "c"),
    ],
)
def test_a_parameter_refuses_what_it_cannot_be(parameter, value):
    """The message names the parameter, what it expects and the value."""
    with pytest.raises(InvalidInputError, match=rf"{parameter.name}: expected .*, was"):
        parameter.read(value)


def test_an_unknown_parameter_is_answered_with_the_nearest_one():
    """A misspelt knob must not leave the default in place unseen."""
    strategy = Strategy("s", "", (Parameter("fast", 10), Parameter("slow", 30)), None)
    assert strategy.read_parameters({"slow": "50"}) == {"fast": 10, "slow": 50}
    with pytest.raises(
        UnknownNameError, match=r"unknown parameter of s 'fsat', did you mean 'fast'"
    ):
        strategy.read_parameters({"fsat": 3})


def test_errors_survive_pickling_with_their_data():
    """A worker process must be able to send its error home."""
    for error in (
        NoDataError("nothing", code="empty", context={"symbol": "X"}),
        UnknownNameError.of("strategy", "sma_cros", ["sma_cross"]),
        MissingExtraError.of("reports", "reports"),
    ):
        copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own object
        assert type(copy) is type(error)
        assert (copy.message, copy.code, copy.context) == (error.message, error.code, error.context)
        assert isinstance(copy, BifrostError)
