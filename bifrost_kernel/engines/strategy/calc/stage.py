"""What the `now` of all instruments share: the bars, the studies, and which bar is the present."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bifrost_kernel.domain.bars import PRICE_FIELDS
from bifrost_kernel.domain.strategies import Scope

if TYPE_CHECKING:
    from bifrost_kernel.domain.bars import BarPanel, BarSet, Floats
    from bifrost_kernel.domain.strategies import Strategy

COLUMNS = (*PRICE_FIELDS, "volume")


class Stage:
    """The timeline of a run, and the present bar on it.

    Parameters
    ----------
    bars, panel
        The bars, and the same bars on one timeline (T bars, K instruments).
    studies
        As in `SimulationJob`.
    strategy
        Its scope and `n_state` say which places of memory there are.

    Attributes
    ----------
    bar
        Index of the present bar; whoever drives the run sets it before each call.
    nows
        One `now` for each instrument, in column order.
    """

    __slots__ = ("_days", "_ends", "_panel", "_series", "_states", "_studies", "bar", "nows")

    def __init__(
        self,
        bars: BarSet,
        panel: BarPanel,
        studies: tuple[Floats, ...],
        strategy: Strategy,
    ) -> None:
        self.bar = 0
        self.nows: list[Any] = []
        self._series = bars.series
        self._panel = panel
        self._studies = studies
        days = panel.session_date.astype("datetime64[D]").astype(np.int64)
        self._ends, self._days = _plain(np.ascontiguousarray(panel.end)), _plain(days)
        states = [np.zeros(strategy.n_state) for _ in self._series]
        is_shared = strategy.scope is Scope.TOGETHER
        self._states = [states[0]] * len(states) if is_shared else states

    @property
    def count(self) -> int:
        """How many instruments there are."""
        return len(self._series)

    @property
    def session_date(self) -> Any:
        """The timeline's sessions, for messages: shape (T,)."""
        return self._panel.session_date

    @property
    def time_ns(self) -> int:
        """End of the present bar, nanoseconds since 1970-01-01 UTC."""
        return int(self._ends[self.bar])

    @property
    def day(self) -> int:
        """Session of the present bar, days since 1970-01-01."""
        return int(self._days[self.bar])

    def name(self, column: int) -> str:
        """Return the instrument's name."""
        return str(self._series[column].instrument_id)

    def state(self, column: int) -> Floats:
        """Return the places that an instrument's function keeps its values in."""
        return self._states[column]

    def rows(self, column: int) -> memoryview[int]:
        """Return the index in the timeline of each of the instrument's own bars: shape (T_k,)."""
        places: memoryview[int] = _plain(np.flatnonzero(self._panel.has_bar[:, column]))
        return places

    def arrays(self, column: int) -> dict[str, Floats]:
        """Return the instrument's own bars by name, each of shape (T_k,), not writable."""
        series = self._series[column]
        return {name: _guarded(getattr(series, name)) for name in COLUMNS}

    def studies(self, column: int) -> tuple[Floats, ...]:
        """Return what was prepared for the instrument, each of shape (T_k,), not writable."""
        return tuple(_guarded(one) for one in self._studies[column]) if self._studies else ()


def places_of(values: Floats) -> memoryview[float]:
    """Return numbers in a form whose places are read as plain Python floats.

    Parameters
    ----------
    values
        shape (T,).

    Returns
    -------
    memoryview
        T + 1 places: the values, then NaN, which the index -1 finds, "before the first bar".

    Notes
    -----
    A place of it is read in half the time of an array's, and is no numpy scalar.
    """
    places: memoryview[float] = _plain(np.append(values, np.nan))
    return places


def _plain(array: Any) -> Any:
    return memoryview(array)


def _guarded(array: Floats) -> Floats:
    # A copy only where the array is not laid out as a plain row of float64.
    view = np.ascontiguousarray(array, dtype=np.float64).view()
    view.flags.writeable = False
    return view
