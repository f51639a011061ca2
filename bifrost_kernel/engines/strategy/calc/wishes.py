"""Judging what a strategy answered, and laying it on the panel's timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bifrost_kernel.domain.errors import InvalidInputError, require
from bifrost_kernel.domain.strategies import Signals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bifrost_kernel.domain.bars import Bools, Dates

Given = dict[str, np.ndarray[Any, Any]]

_ENTRIES = ("entries", "short_entries")
_TARGETS = ("target_size", "target_weight")
_POSITIVE = ("limit_price", "stop_price", "stop_distance", "profit_distance", "trail_distance")
_NEVER_TOGETHER = (_TARGETS,)


def check_answer(answer: object, name: str, dates: Dates, shape: tuple[int, ...]) -> Signals:
    """Return the answer with every array as bool or float64, or say what is wrong with it.

    Parameters
    ----------
    answer
        What the strategy's function returned.
    name
        The strategy's, for the message.
    dates
        shape (T,): the session of each bar, for the message.
    shape
        What every array must have: (T,) or (T, K).

    Raises
    ------
    InvalidInputError
        Not `Signals`, no wish in it, a wrong shape or type, an infinite number, a price or a
        distance of 0 or less, or wishes that contradict each other.
    """
    if not isinstance(answer, Signals):
        raise InvalidInputError(
            f"{name}: expected Signals back from its function, was {type(answer).__name__}. "
            "End it with: return Signals(entries=..., exits=...)"
        )
    given = {key: _read(key, array, name, shape) for key, array in answer.given().items()}
    _check_kinds(given, name)
    for key in given.keys() - set(Signals.FLAGS):
        _check_numbers(key, given[key], name, dates)
    for first, second in _NEVER_TOGETHER:
        if first in given and second in given:
            both = ~np.isnan(given[first]) & ~np.isnan(given[second])
            _refuse(both, dates, f"{name}: expected {first} or {second}, was both")
    return Signals(**given)


def lay_out(answers: Sequence[Signals], has_bar: Bools) -> Signals:
    """Return the answers of K instruments as arrays of shape (T, K).

    Parameters
    ----------
    answers
        One for each instrument; its arrays have one place for each of its own bars.
    has_bar
        shape (T, K).

    Returns
    -------
    Signals
        Arrays of shape (T, K); False or NaN where the instrument has no bar.
    """
    columns = [one.given() for one in answers]
    names = [key for key in Signals.__dataclass_fields__ if any(key in one for one in columns)]
    laid: Given = {}
    for key in names:
        grid = _empty(key, has_bar.shape)
        for column, given in enumerate(columns):
            if key in given:
                grid[has_bar[:, column], column] = given[key]
        laid[key] = grid
    return Signals(**laid)


def keep_on_bars(answer: Signals, has_bar: Bools) -> Signals:
    """Return the answer with False or NaN where an instrument has no bar.

    Parameters
    ----------
    answer
        Arrays of shape (T, K).
    has_bar
        shape (T, K).
    """
    kept = {
        key: np.where(has_bar, array, _empty(key, has_bar.shape))
        for key, array in answer.given().items()
    }
    return Signals(**kept)


def _empty(key: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    return np.zeros(shape, dtype=bool) if key in Signals.FLAGS else np.full(shape, np.nan)


def _read(key: str, value: object, name: str, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    label = f"{name}: {key}"
    try:
        array = np.asarray(value)
    except ValueError:
        raise InvalidInputError(f"{label}: expected an array of shape {shape}") from None
    is_flag = key in Signals.FLAGS
    expected = "bool values" if is_flag else "numbers"
    way_out = "A comparison such as close > average makes flags" if is_flag else ""
    kinds = "b" if is_flag else "fiu"
    require(array.dtype.kind in kinds, label, str(array.dtype), f"an array of {expected}", way_out)
    require(
        array.shape == shape, label, array.shape, f"an array of shape {shape}", "One value per bar"
    )
    return array.astype(bool if is_flag else np.float64, copy=False)


def _check_kinds(given: Given, name: str) -> None:
    wishes = [key for key in (*_ENTRIES, *_TARGETS) if key in given]
    if not wishes:
        raise InvalidInputError(
            f"{name}: expected entries, short_entries, target_size or target_weight, "
            f"was {', '.join(given) or 'nothing'}. Without one of them it never trades"
        )
    flags = [key for key in Signals.FLAGS if key in given]
    targets = [key for key in _TARGETS if key in given]
    if flags and targets:
        raise InvalidInputError(
            f"{name}: expected flags or targets, was {flags[0]} together with {targets[0]}. "
            "A target of 0 closes a holding"
        )
    extras = [key for key in _POSITIVE if key in given]
    if extras and targets:
        raise InvalidInputError(
            f"{name}: expected entries with {extras[0]}, was {targets[0]}. "
            "Prices and distances belong to entries"
        )


def _check_numbers(key: str, array: np.ndarray[Any, Any], name: str, dates: Dates) -> None:
    _refuse(np.isinf(array), dates, f"{name}: {key}: expected finite numbers or NaN, was infinite")
    if key in _POSITIVE:
        with np.errstate(invalid="ignore"):
            bad = array <= 0
        where = np.argwhere(bad)
        was = array[tuple(where[0])] if len(where) else 0.0
        _refuse(bad, dates, f"{name}: {key}: expected more than 0, was {was:g}")


def _refuse(bad: Bools, dates: Dates, message: str) -> None:
    rows = np.flatnonzero(bad.any(axis=1) if bad.ndim > 1 else bad)
    if len(rows):
        raise InvalidInputError(
            f"{message} at bar {rows[0]} ({dates[rows[0]]})", context={"bar": int(rows[0])}
        )
