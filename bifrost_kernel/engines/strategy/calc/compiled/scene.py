"""What a compiled function called at each bar is shown: the books, its studies, its memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from bifrost_kernel.engines.strategy.calc.terms import (
    A_DISTANCE,
    A_LIFETIME,
    A_NUMBER,
    A_PRICE,
    A_SIZE,
    Place,
)

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Dates, Floats, Ints
    from bifrost_kernel.domain.errors import InvalidInputError
    from bifrost_kernel.engines.strategy.calc.compiled.books import Books

REFUSAL: Final = np.dtype(
    [
        ("call", "i8"),  # indices into CALLS, TERMS and EXPECTED
        ("term", "i8"),
        ("expected", "i8"),
        ("column", "i8"),
    ]
)
CALLS: Final = (
    "now.buy", "now.sell", "now.close_position", "now.buy_bracket", "now.sell_bracket",
    "now.target_size", "now.target_value", "now.target_weight", "now.cancel", "now.is_alive",
    "now.status", "now.filled", "now.study", "now.studies", "now.on",
)  # fmt: skip
TERMS: Final = (
    "size", "limit", "stop", "trail", "trail_fraction", "days", "oco", "parent", "stop_loss",
    "take_profit", "units", "currency", "fraction", "ref", "i", "ago", "k", "instrument",
    "at_close", "transmit",
)  # fmt: skip
EXPECTED: Final = (
    A_PRICE, A_DISTANCE, A_SIZE, A_NUMBER, A_LIFETIME, "none beside trail", "none with at_close",
    "one that has had its first bar", "0 or more bars back", "ref", "study", "column",
)  # fmt: skip
KINDS: Final = (float, int, bool)
VALUE, IS_GIVEN, KIND = range(3)
"""Rows of `Scene.asked`: a term's value, 1 where it was given, and index into KINDS."""


SCENE_WORDS: Final = (
    "books", "studies", "state", "asked", "refusal", "pulse", "n_studies", "n_own", "n_sets",
    "n_state",
)  # fmt: skip
"""What stands in `Scene.table`: where its arrays lie, then how many of what there are."""


class Scene(NamedTuple):
    """A run's whole state as a compiled function sees it.

    Parameters
    ----------
    books
        The run.
    studies
        shape (S, own bars of all instruments): what was prepared, one instrument after the
        other as in the books.
    state
        shape (sets, n_state): a set of places for each instrument, or one for all.
    asked
        shape (3, len(TERMS)): the terms of the call that is made, as they were given.
    refusal
        shape (1,), record REFUSAL: which of them could not be used.
    pulse
        shape (1,): the bar that is worked on, where another process can read it.
    table
        shape (len(SCENE_WORDS),): all this for compiled code.
    """

    books: Books
    studies: Floats
    state: Floats
    asked: Floats
    refusal: Any
    pulse: Ints
    table: Ints


def make_scene(
    books: Books, studies: tuple[Floats, ...], *, n_sets: int, n_state: int, pulse: Ints
) -> Scene:
    """Return the scene of a run that has not begun.

    Parameters
    ----------
    books
        Fresh books.
    studies
        As in `SimulationJob`: an array of shape (S, T_k) for each instrument, or none.
    n_sets
        How many sets of places there are: one for each instrument, or 1.
    n_state
        How many places a set has.
    pulse
        shape (1,): where the bar is told.
    """
    if not studies:
        joined = np.empty((0, len(books.close)))
    else:
        joined = studies[0] if len(studies) == 1 else np.concatenate(studies, axis=1)
    prepared = np.ascontiguousarray(joined, dtype=np.float64)
    state, asked = np.zeros((n_sets, n_state)), np.zeros((3, len(TERMS)))
    refusal, table = np.zeros(1, REFUSAL), np.zeros(len(SCENE_WORDS), np.int64)
    return with_books(Scene(books, prepared, state, asked, refusal, pulse, table), books)


def with_books(scene: Scene, books: Books) -> Scene:
    """Return the scene with other books of the same run, which have more room.

    Parameters
    ----------
    scene, books
        The run.
    """
    arrays = (books.addresses, *scene[1:6])
    lengths = (*scene.studies.shape, *scene.state.shape)
    places = (one.__array_interface__["data"][0] for one in arrays)
    return scene._replace(books=books, table=np.array([*places, *lengths], np.int64))


def refusal_of(scene: Scene, sessions: Dates, names: tuple[str, ...]) -> InvalidInputError:
    """Return the error for the term that was refused last, in the words of `Now`.

    Parameters
    ----------
    scene
        The run, stopped where it was refused.
    sessions
        shape (T,): the timeline's sessions.
    names
        The instruments'.
    """
    refusal = scene.refusal[0]
    account: Any = scene.books.account[0]
    term = TERMS[refusal["term"]]
    given = scene.asked[:, refusal["term"]]
    value: object = KINDS[int(given[KIND])](given[VALUE])
    if term == "instrument":
        value = names[refusal["column"]]
    expected = EXPECTED[refusal["expected"]]
    if expected == "ref":
        n_orders = int(account["n_orders"])
        expected = f"the ref of an order, 1 to {n_orders}" if n_orders else _NO_ORDER
    elif expected == "study":
        n_studies = len(scene.studies)
        expected = f"0 to {n_studies - 1}" if n_studies else _NO_STUDY
    elif expected == "column":
        expected = f"a column, 0 to {len(names) - 1}"
    place = Place(CALLS[refusal["call"]], int(account["bar"]), sessions)
    return place.refusal(term, value, expected)


_NO_ORDER = "no ref, there is no order"
_NO_STUDY = "none at all, prepare=... makes them"
