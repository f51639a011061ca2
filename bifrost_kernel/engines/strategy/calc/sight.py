"""What `now` shows: the present bar of one instrument, what came before it, and the account."""

from __future__ import annotations

import difflib
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Self

from bifrost_kernel.engines.strategy.calc.stage import places_of
from bifrost_kernel.engines.strategy.calc.terms import Place

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import Floats
    from bifrost_kernel.domain.errors import InvalidInputError
    from bifrost_kernel.engines.strategy.calc.stage import Stage


class Sight(ABC):
    """The reading half of `now`; the law stands at `now.Now`.

    Parameters
    ----------
    stage
        The timeline and its present bar. Whoever drives the run sets ``stage.bar``, and of each
        instrument that has a bar there ``_index``.
    column
        The instrument.
    """

    __slots__ = (
        "_arrays",
        "_close",
        "_column",
        "_high",
        "_index",
        "_low",
        "_open",
        "_rows",
        "_stage",
        "_state",
        "_studies",
        "_study",
        "_volume",
    )

    def __init__(self, stage: Stage, column: int) -> None:
        self._stage = stage
        self._column = column
        self._index = -1
        self._rows = stage.rows(column)
        self._state = stage.state(column)
        self._arrays = arrays = stage.arrays(column)
        self._studies = stage.studies(column)
        self._open = places_of(arrays["open"])
        self._high = places_of(arrays["high"])
        self._low = places_of(arrays["low"])
        self._close = places_of(arrays["close"])
        self._volume = places_of(arrays["volume"])
        self._study = {i: places_of(one) for i, one in enumerate(self._studies)}

    def __getattr__(self, name: str) -> Any:
        names = [one for one in dir(type(self)) if not one.startswith("_")]
        near = difflib.get_close_matches(name, names, n=1)
        hint = f", did you mean now.{near[0]}?" if near else ""
        raise AttributeError(f"now has no {name!r}{hint}")

    def __repr__(self) -> str:
        return f"now of {self._stage.name(self._column)}, {self._place('').where}"

    @property
    def bar(self) -> int:
        """Index of the present bar in the timeline, from 0."""
        return self._stage.bar

    @property
    def index(self) -> int:
        """Index of the instrument's last bar among its own bars, from 0; -1 before the first."""
        return self._index

    @property
    def column(self) -> int:
        """The instrument's column, from 0."""
        return self._column

    @property
    def count(self) -> int:
        """How many instruments there are."""
        return self._stage.count

    @property
    def has_bar(self) -> bool:
        """True when the instrument has a bar at this point of the timeline."""
        index = self._index
        return index >= 0 and bool(self._rows[index] == self._stage.bar)

    @property
    def open(self) -> float:
        """Open of the bar."""
        return self._open[self._index]

    @property
    def high(self) -> float:
        """High of the bar."""
        return self._high[self._index]

    @property
    def low(self) -> float:
        """Low of the bar."""
        return self._low[self._index]

    @property
    def close(self) -> float:
        """Close of the bar."""
        return self._close[self._index]

    @property
    def volume(self) -> float:
        """Volume of the bar, units."""
        return self._volume[self._index]

    @property
    def opens(self) -> Floats:
        """Opens of the instrument's own bars up to now: shape (index + 1,), read-only."""
        return self._arrays["open"][: self._index + 1]

    @property
    def highs(self) -> Floats:
        """Highs of the instrument's own bars up to now: shape (index + 1,), read-only."""
        return self._arrays["high"][: self._index + 1]

    @property
    def lows(self) -> Floats:
        """Lows of the instrument's own bars up to now: shape (index + 1,), read-only."""
        return self._arrays["low"][: self._index + 1]

    @property
    def closes(self) -> Floats:
        """Closes of the instrument's own bars up to now: shape (index + 1,), read-only."""
        return self._arrays["close"][: self._index + 1]

    @property
    def volumes(self) -> Floats:
        """Volumes of the instrument's own bars up to now: shape (index + 1,), read-only."""
        return self._arrays["volume"][: self._index + 1]

    def study(self, i: int, ago: int = 0) -> float:
        """Return the value of a prepared array at the instrument's last bar, or before.

        Parameters
        ----------
        i
            Which: 0 is the first that ``prepare`` returned.
        ago
            How many own bars to go back, 0 or more; NaN before the instrument's first bar.
        """
        try:
            if not ago:
                return self._study[i][self._index]
            if ago > 0:
                return self._study[i][max(self._index - ago, -1)]
        except (KeyError, TypeError):
            pass
        if i in self._study:
            raise self._place("now.study").refusal("ago", ago, "0 or more bars back")
        raise self._no_study("now.study", i)

    def studies(self, i: int) -> Floats:
        """Return a prepared array up to now: shape (index + 1,), read-only."""
        try:
            if i >= 0:
                return self._studies[i][: self._index + 1]
        except (IndexError, TypeError):
            pass
        raise self._no_study("now.studies", i)

    @property
    def time_ns(self) -> int:
        """End of the timeline's present bar, int64 nanoseconds since 1970-01-01 UTC."""
        return self._stage.time_ns

    @property
    def day(self) -> int:
        """Session of the timeline's present bar, days since 1970-01-01."""
        return self._stage.day

    @property
    def state(self) -> Floats:
        """What the function keeps from call to call: shape (n_state,), zeros at the start."""
        return self._state

    @property
    @abstractmethod
    def position(self) -> float:
        """Signed units held at this close."""

    @property
    @abstractmethod
    def entry_price(self) -> float:
        """Average price of what is held, currency per unit; 0 when flat."""

    @property
    @abstractmethod
    def cash(self) -> float:
        """The account's cash at this close."""

    @property
    @abstractmethod
    def nav(self) -> float:
        """The account's worth at this close: cash and what is held."""

    def on(self, k: int) -> Self:
        """Return the same for instrument `k`, 0 to count - 1, whether or not it has a bar now."""
        nows = self._stage.nows
        try:
            if k >= 0:
                found: Self = nows[k]
                return found
        except (IndexError, TypeError):
            pass
        raise self._place("now.on").refusal("k", k, f"a column, 0 to {len(nows) - 1}")

    def _place(self, call: str) -> Place:
        return Place(call, self._stage.bar, self._stage.session_date)

    def _no_study(self, call: str, i: object) -> InvalidInputError:
        count = len(self._study)
        known = f"0 to {count - 1}" if count else "none at all, prepare=... makes them"
        return self._place(call).refusal("i", i, known)
