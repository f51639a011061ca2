"""What a chart shows, apart from who draws it.

One description feeds both the interactive chart and the still picture, so that they never
disagree. Colours are roles of the tokens; positions on the time axis are milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bifrost_kernel.domain.bars import Floats, Ints

BUCKETS = 1200
LOG_RANGE = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A line through time.

    Parameters
    ----------
    name
        What the legend and the read-out call it.
    values
        shape (T,); NaN leaves a gap.
    role
        Colour role: ``accent``, ``muted``, ``series-0`` ...
    fills_to
        Fill the area between the line and this level; None = a bare line.
    is_thin
        Draw it behind and thinner.
    """

    name: str
    values: Floats
    role: str
    fills_to: float | None = None
    is_thin: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Thin upright columns from zero, for volume.

    Parameters
    ----------
    name, values, role
        As for `Curve`.
    """

    name: str
    values: Floats
    role: str


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Points where something happened.

    Parameters
    ----------
    name
        What the legend calls them.
    time
        shape (M,), milliseconds.
    values
        shape (M,), on the panel's scale.
    role
        Colour role.
    is_up
        A triangle that points up (bought) or down (sold).
    """

    name: str
    time: Floats
    values: Floats
    role: str
    is_up: bool


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """One plot over the shared time axis.

    Parameters
    ----------
    key
        Short name, unique in its chart.
    title
        What is shown and in which unit: ``Drawdown, %``.
    curves, columns, marks
        What is drawn; of the curves the first lies on top.
    height
        Pixels.
    is_log
        Logarithmic value axis.
    digits
        Decimals of the read-out.
    note
        What the reader must know of it: ``2,000 of 41,233 fills``.
    shows_time
        Labels under the time axis.
    """

    key: str
    title: str
    curves: tuple[Curve, ...] = ()
    columns: tuple[Columns, ...] = ()
    marks: tuple[Marks, ...] = ()
    height: int = 220
    is_log: bool = False
    digits: int = 2
    note: str = ""
    shows_time: bool = True

    def span(self) -> tuple[float, float]:
        """Return the lowest and highest value to show, with a little room around."""
        found = [one.values for one in self.curves]
        found += [one.values for one in self.columns] + [one.values for one in self.marks]
        floors = [one.fills_to for one in self.curves if one.fills_to is not None]
        low, high = finite_span([*found, np.asarray(floors + [0.0] * bool(self.columns))])
        if self.is_log:
            room = (high / low) ** 0.04
            return low / room, high * room
        room = 0.04 * (high - low) or abs(high) * 0.01 or 1.0
        is_floor = bool(self.columns) or (bool(floors) and high > low >= min(floors))
        is_ceiling = bool(floors) and high <= max(floors)
        return low if is_floor else low - room, high if is_ceiling else high + room


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """Panels over one time axis.

    Parameters
    ----------
    time
        shape (T,), milliseconds since 1970: a bar's end, or the session's date.
    panels
        From top to bottom.
    is_intraday
        Bars stand side by side whatever time lies between them: nights take no room.
    label
        What the whole is, for those who cannot see it.
    """

    time: Floats
    panels: tuple[Panel, ...]
    is_intraday: bool = False
    label: str = ""

    def places(self, time: Floats) -> Floats:
        """Return where instants of the timeline lie on the axis.

        Parameters
        ----------
        time
            shape (N,), milliseconds; each one a bar's.

        Returns
        -------
        Floats
            shape (N,): the instant itself, or the bar's number where bars stand side by side.
        """
        if not self.is_intraday:
            return time
        return np.searchsorted(self.time, time).astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """A panel's columns at the rows that are worth drawing.

    Parameters
    ----------
    rows
        shape (N,): which rows were kept.
    time, place
        shape (N,): milliseconds, and the place on the axis.
    values
        One array of shape (N,) for each curve, then for each set of columns.
    """

    rows: Ints
    time: Floats
    place: Floats
    values: tuple[Floats, ...] = field(default=())


def sample(chart: Chart, panel: Panel, buckets: int = BUCKETS) -> Sampled:
    """Return a panel's data thinned to what a screen can show.

    Parameters
    ----------
    chart, panel
        The panel and its time axis.
    buckets
        Stretches of time; each keeps its first, lowest and highest row of every curve.

    Notes
    -----
    Lows and highs are kept exactly, so no crash and no peak is lost; series of at most
    four rows a bucket pass untouched.
    """
    arrays = [one.values for one in panel.curves] + [one.values for one in panel.columns]
    rows = keep_rows(arrays, len(chart.time), buckets)
    place = rows.astype(np.float64) if chart.is_intraday else chart.time[rows]
    return Sampled(rows, chart.time[rows], place, tuple(one[rows] for one in arrays))


def keep_rows(arrays: Sequence[Floats], count: int, buckets: int = BUCKETS) -> Ints:
    """Return sorted rows that keep every bucket's extremes of every array.

    Parameters
    ----------
    arrays
        Each of shape (count,).
    count
        Number of rows.
    buckets
        Number of stretches that the rows are cut into.
    """
    if count <= 4 * buckets:
        return np.arange(count)
    edges = np.linspace(0, count, buckets + 1).astype(np.int64)
    kept = [edges[:-1], np.array([count - 1])]
    width = int(np.max(np.diff(edges)))
    index = np.minimum(edges[:-1, None] + np.arange(width), edges[1:, None] - 1)
    for values in arrays:
        block = values[index]
        for sign in (1.0, -1.0):
            filled = np.where(np.isnan(block), np.inf, sign * block)
            kept.append(edges[:-1] + np.argmin(filled, axis=1))
    return np.unique(np.concatenate(kept))


def finite_span(arrays: Sequence[Floats]) -> tuple[float, float]:
    """Return the lowest and highest finite value of several arrays; 0 and 1 without any."""
    lows, highs = [], []
    for values in arrays:
        finite = values[np.isfinite(values)]
        if len(finite):
            lows.append(float(finite.min()))
            highs.append(float(finite.max()))
    return (min(lows), max(highs)) if lows else (0.0, 1.0)


def wants_log(arrays: Sequence[Floats]) -> bool:
    """Return whether values are all positive and range so far that equal ratios matter."""
    low, high = finite_span(arrays)
    return low > 0 and high / low >= LOG_RANGE


def money_scale(arrays: Sequence[Floats]) -> tuple[float, str]:
    """Return what to divide amounts by, and that unit's word: ``(1e6, "million")``."""
    _, high = finite_span([np.abs(one) for one in arrays])
    for step, word in ((1e9, "billion"), (1e6, "million"), (1e3, "thousand")):
        if high >= 2 * step:
            return step, word
    return 1.0, ""
