"""Numbers as a person reads them: thousands apart, a true minus, no digits without meaning.

Every function takes NaN and infinity and shows them as an en dash or a signed infinity.
"""

from __future__ import annotations

import math

MINUS = "\N{MINUS SIGN}"
NOTHING = "\N{EN DASH}"
THIN = "\N{NARROW NO-BREAK SPACE}"
_STEPS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))


def format_number(value: float, digits: int = 2, *, signed: bool = False) -> str:
    """Return a number with `digits` decimals and its thousands separated by commas.

    Examples
    --------
    >>> format_number(1234567.891)
    '1,234,567.89'
    """
    if math.isnan(value):
        return NOTHING
    if math.isinf(value):
        return ("+" if value > 0 else MINUS) + "∞"
    body = f"{abs(value):,.{digits}f}"
    is_zero = not any(sign in body for sign in "123456789")
    if value < 0 and not is_zero:
        return MINUS + body
    return ("+" if signed and not is_zero else "") + body


def format_count(value: float) -> str:
    """Return a whole number with its thousands separated."""
    return format_number(value, 0)


def format_quantity(value: float) -> str:
    """Return units: whole when they are, else with up to four decimals."""
    if not math.isfinite(value) or value == int(value):
        return format_number(value, 0)
    body = format_number(value, 4).rstrip("0")
    return body.rstrip(".")


def format_percent(value: float, digits: int = 1, *, signed: bool = False) -> str:
    r"""Return a fraction in percent.

    Examples
    --------
    >>> format_percent(0.46)
    '46.0\u202f%'
    """
    text = format_number(value * 100, digits, signed=signed)
    return text if text == NOTHING else f"{text}{THIN}%"


def format_price(value: float) -> str:
    """Return a price: two decimals from 1 up, more below."""
    if not math.isfinite(value) or abs(value) >= 1 or value == 0:
        return format_number(value, 2)
    return format_number(value, 4 if abs(value) >= 0.01 else 6)


def format_money(value: float) -> str:
    """Return an amount: whole from 10,000 up, cents below."""
    return format_number(value, 0 if abs(value) >= 10_000 else 2)


def format_compact(value: float, digits: int = 2) -> str:
    r"""Return a number in thousands, millions, billions or trillions.

    Examples
    --------
    >>> format_compact(8372000.0)
    '8.37\u202fM'
    """
    if not math.isfinite(value):
        return format_number(value)
    for step, letter in _STEPS:
        if abs(value) >= step:
            return f"{format_number(value / step, digits)}{THIN}{letter}"
    return format_number(value, 0 if value == int(value) else digits)


def format_estimate(value: float, error: float | None, digits: int = 2) -> str:
    """Return an estimate with its standard error: ``0.73 ± 0.28``."""
    text = format_number(value, digits)
    if error is None or not math.isfinite(error):
        return text
    return f"{text} ± {format_number(error, digits)}"


def format_share(part: int, whole: int) -> str:
    r"""Return how much of a whole something is, never rounding less than all up to 100 %.

    Examples
    --------
    >>> format_share(9999, 10000)
    '99.99\u202f%'
    """
    if whole <= 0:
        return NOTHING
    for digits in (0, 1, 2, 3, 4):
        text = f"{100 * part / whole:.{digits}f}"
        if part == whole or float(text) < 100:
            return f"{text}{THIN}%"
    return f"99.9999{THIN}%"


def format_bytes(count: int) -> str:
    """Return a size in bytes, kB, MB or GB."""
    for step, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= step:
            return f"{count / step:.1f}{THIN}{unit}"
    return f"{count}{THIN}B"
