"""Words and figures as people write them, read into the domain's own types."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, TypedDict, TypeVar

from bifrost_kernel.domain.errors import InvalidInputError, UnknownNameError, require
from bifrost_kernel.domain.trading import (
    Commission,
    CommissionKind,
    Filler,
    FillerKind,
    Sizing,
    SizingKind,
    Slippage,
    SlippageKind,
    Trading,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

Choice = TypeVar("Choice", bound=StrEnum)
_NUMBER = re.compile(r"[+-]?(\d+(_\d+)*(\.\d*)?|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ]\d\d:\d\d\S*)?)?)?\Z")


def read_choice(kind: type[Choice], value: object, name: str) -> Choice:
    """Return the member of `kind` that `value` is or names, or raise `UnknownNameError`."""
    if isinstance(value, kind):
        return value
    text = "" if value is None else str(value).strip().lower().replace("-", "_")
    for member in kind:
        if member.value == text:
            return member
    raise UnknownNameError.of(name, value, [member.value for member in kind])


def read_date(value: object, name: str, *, is_end: bool = False) -> date | None:
    """Return a date from ``2005``, ``2005-03``, ``2005-03-01``, a date or a datetime.

    Parameters
    ----------
    value
        What was written; None stays None.
    name
        The option's name, for the message.
    is_end
        Read a year or a month as its last day instead of its first.
    """
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    try:
        if isinstance(value, datetime):
            return _plain_date(value)
        match = _DATE.match(str(value).strip())
        if match is None:
            raise ValueError(value)  # noqa: TRY301 - one message for every way to be wrong
        year, month, day = (int(one) if one else None for one in match.groups())
        if day is not None and month is not None and year is not None:
            return date(year, month, day)
        return _edge_of(int(match[1]), month, is_end=is_end)
    except ValueError:
        raise InvalidInputError(
            f"{name}: expected a date such as 2005, 2005-03 or 2005-03-01, was {value!r}",
            context={"name": name, "value": str(value)},
        ) from None


def read_value(text: str) -> int | float | bool | str:
    """Return what ``name=text`` stands for: a number, ``true`` or ``false``, else the text.

    Examples
    --------
    >>> [read_value(one) for one in ("10", "1_000", "0.5", "true", "AAPL", "2005-03-01")]
    [10, 1000, 0.5, True, 'AAPL', '2005-03-01']
    """
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if not _NUMBER.match(text):
        return text
    try:
        return int(text)
    except ValueError:
        return float(text)


def read_sizing(value: object) -> Sizing:
    """Return the sizing that ``100``, ``"95%"`` or ``"95% fractional"`` says.

    A number is units; a percentage is of the free cash, in whole units unless it says
    ``fractional``. None is 95 % in whole units.
    """
    if value is None:
        return Sizing()
    if isinstance(value, Sizing):
        return value
    text = str(value).strip().lower()
    match = re.match(r"([0-9.]+)\s*%\s*(fractional)?\Z", text)
    try:
        if match:
            kind = SizingKind.PERCENT if match[2] else SizingKind.PERCENT_WHOLE
            return Sizing(kind, float(match[1]))
        return Sizing(SizingKind.UNITS, float(text))
    except InvalidInputError:
        raise
    except ValueError:
        raise InvalidInputError(
            "size: expected units such as 100, or a share of cash such as '95%' or "
            f"'95% fractional', was {value!r}",
            context={"value": str(value)},
        ) from None


class TradingOptions(TypedDict, total=False):
    """The options of `read_trading`, for keyword arguments that are passed on."""

    cash: float
    size: object
    commission: float
    commission_kind: str
    margin: float | None
    multiplier: float
    slippage: float
    slippage_kind: str
    slippage_on_open: bool
    slippage_on_limit: bool
    slippage_capped: bool
    slippage_outside: bool
    filler: str
    filler_value: float
    leverage: float
    interest: float
    interest_on_longs: bool
    cheat_on_close: bool
    cheat_on_open: bool
    short_cash: bool


def require_trading_options(given: Mapping[str, object]) -> None:
    """Raise `UnknownNameError` for a keyword that is no option of a simulated account."""
    for name in given:
        if name not in TradingOptions.__annotations__:
            raise UnknownNameError.of("option", name, TradingOptions.__annotations__)


def read_trading(
    *,
    cash: float = 1_000_000.0,
    size: object = None,
    commission: float = 0.0,
    commission_kind: str = "percent",
    margin: float | None = None,
    multiplier: float = 1.0,
    slippage: float = 0.0,
    slippage_kind: str = "percent",
    slippage_on_open: bool = False,
    slippage_on_limit: bool = True,
    slippage_capped: bool = True,
    slippage_outside: bool = False,
    filler: str = "all",
    filler_value: float = 100.0,
    leverage: float = 1.0,
    interest: float = 0.0,
    interest_on_longs: bool = False,
    cheat_on_close: bool = False,
    cheat_on_open: bool = False,
    short_cash: bool = True,
) -> Trading:
    """Return the account that these options describe.

    Parameters
    ----------
    cash
        Opening cash, currency.
    size
        Units of an entry (100), or a share of the free cash ("95%").
    commission, commission_kind, margin, multiplier
        See `Commission`: percent (0.001 = 0.1 %), per_share, per_order or futures.
    slippage, slippage_kind
        See `Slippage`: percent (fraction of the price) or fixed (currency per unit).
    slippage_on_open, slippage_on_limit, slippage_capped, slippage_outside
        Its four switches.
    filler, filler_value
        See `Filler`: all, fixed_size, bar_percent or bar_point_percent.
    leverage, interest, interest_on_longs, short_cash
        See `Trading`.
    cheat_on_close, cheat_on_open
        Fill at the signal's own close; decide at the open that fills.
    """
    kind = read_choice(SlippageKind, slippage_kind, "slippage kind")
    is_slipping = bool(_number(slippage, "slippage"))
    trading = Trading(
        cash=_number(cash, "cash"),
        commission=Commission(
            read_choice(CommissionKind, commission_kind, "commission kind"),
            _number(commission, "commission"),
            None if margin is None else _number(margin, "margin"),
            _number(multiplier, "multiplier"),
        ),
        slippage=Slippage(
            kind if is_slipping else SlippageKind.NONE,
            _number(slippage, "slippage"),
            on_open=_switch(slippage_on_open, "slippage_on_open"),
            on_limit=_switch(slippage_on_limit, "slippage_on_limit"),
            is_capped=_switch(slippage_capped, "slippage_capped"),
            allows_outside=_switch(slippage_outside, "slippage_outside"),
        ),
        sizing=read_sizing(size),
        filler=Filler(
            read_choice(FillerKind, filler, "filler"), _number(filler_value, "filler value")
        ),
        leverage=_number(leverage, "leverage"),
        interest_per_year=_number(interest, "interest"),
        charges_long=_switch(interest_on_longs, "interest_on_longs"),
        is_cheat_on_close=_switch(cheat_on_close, "cheat_on_close"),
        is_cheat_on_open=_switch(cheat_on_open, "cheat_on_open"),
        short_cash=_switch(short_cash, "short_cash"),
    )
    _require_effects(trading)
    return trading


def _number(value: object, name: str) -> float:
    try:
        if isinstance(value, bool):
            raise TypeError(value)  # noqa: TRY301 - True is not an amount
        return float(value)  # type: ignore[arg-type]  # that is what is tried
    except (TypeError, ValueError):
        raise InvalidInputError(
            f"{name}: expected a number, was {value!r}",
            context={"name": name, "value": str(value)},
        ) from None


def _require_effects(trading: Trading) -> None:
    filler, slippage = trading.filler, trading.slippage
    for has_effect, name, value, missing in (
        (
            filler.kind is not FillerKind.ALL or filler.value == Filler().value,
            "filler_value", filler.value, "a filler",
        ),
        (
            slippage.kind is not SlippageKind.NONE or not slippage.amount,
            "slippage", slippage.amount, "a slippage_kind",
        ),
        (
            trading.interest_per_year or not trading.charges_long,
            "interest_on_longs", trading.charges_long, "an interest",
        ),
    ):  # fmt: skip
        require(has_effect, name, value, f"{missing} to go with it", "Alone it changes nothing")


def _switch(value: object, name: str) -> bool:
    text = str(value).strip().lower()
    if text not in ("true", "false"):
        raise InvalidInputError(
            f"{name}: expected True or False, was {value!r}",
            context={"name": name, "value": str(value)},
        )
    return text == "true"


def _plain_date(value: datetime) -> date:
    # a missing time of pandas is a datetime whose parts are no numbers
    return date(int(value.year), int(value.month), int(value.day))


def _edge_of(year: int, month: int | None, *, is_end: bool) -> date:
    if not is_end:
        return date(year, month or 1, 1)
    if month is None or month == 12:
        return date(year, 12, 31)
    return date(year, month + 1, 1) - timedelta(days=1)
