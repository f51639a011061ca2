"""Judging the arrays that a strategy prepared, and cutting them to each instrument's bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bifrost_kernel.domain.errors import InvalidInputError, require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bifrost_kernel.domain.bars import Bools, Floats


def check_studies(answer: object, name: str, shape: tuple[int, ...]) -> list[Floats]:
    """Return the arrays as float64, or say what is wrong with them.

    Parameters
    ----------
    answer
        What the strategy's `prepare` returned.
    name
        The strategy's, for the message.
    shape
        What every array must have: (T,) or (T, K).

    Raises
    ------
    InvalidInputError
        Not a list or tuple, or an array in it has another shape or holds no numbers.
    """
    label = f"{name}: prepare"
    if not isinstance(answer, (list, tuple)):
        was = type(answer).__name__
        raise InvalidInputError(
            f"{label}: expected a list of arrays back from its function, was {was}. "
            "End it with: return [average, ...]",
            context={"was": was},
        )
    return [_read(f"{label}: study {number}", one, shape) for number, one in enumerate(answer)]


def stack_studies(answers: Sequence[Sequence[Floats]], name: str) -> tuple[Floats, ...]:
    """Return the arrays of K instruments, each as one of shape (S, T_k), not writable.

    Parameters
    ----------
    answers
        For each instrument S arrays of shape (T_k,).
    name
        The strategy's, for the message.

    Raises
    ------
    InvalidInputError
        It prepared more arrays for one instrument than for another.
    """
    counts = [len(one) for one in answers]
    require(
        len(set(counts)) <= 1, f"{name}: prepare", counts,
        "as many arrays for each instrument", "Fill one with NaN where there is nothing to say",
    )  # fmt: skip
    return tuple(_stack(one) for one in answers) if any(counts) else ()


def split_studies(answer: Sequence[Floats], has_bar: Bools) -> tuple[Floats, ...]:
    """Return arrays of the timeline cut to each instrument's own bars, not writable.

    Parameters
    ----------
    answer
        S arrays of shape (T, K).
    has_bar
        shape (T, K).

    Returns
    -------
    tuple of arrays
        K of shape (S, T_k); none without arrays.
    """
    if not answer:
        return ()
    columns = range(has_bar.shape[1])
    return tuple(_stack([one[has_bar[:, k], k] for one in answer]) for k in columns)


def _stack(arrays: Sequence[Floats]) -> Floats:
    stacked = np.array(arrays, dtype=np.float64)
    stacked.setflags(write=False)
    return stacked


def _read(label: str, value: Any, shape: tuple[int, ...]) -> Floats:
    try:
        array = np.asarray(value)
    except ValueError:
        raise InvalidInputError(f"{label}: expected an array of shape {shape}") from None
    require(array.dtype.kind in "fiub", label, str(array.dtype), "an array of numbers")
    require(
        array.shape == shape, label, array.shape, f"an array of shape {shape}", "One value per bar"
    )
    return array.astype(np.float64)
