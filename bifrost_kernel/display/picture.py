"""Still pictures of charts: what is left when no script may run."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from bifrost_kernel.display.chart import sample
from bifrost_kernel.display.ticks import bar_ticks, tick_labels, time_ticks, value_ticks
from bifrost_kernel.look.numbers import MINUS
from bifrost_kernel.look.tokens import LABEL_SIZE, LIGHT, mix, read_rgb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

    from bifrost_kernel.display.chart import Chart, Marks, Panel, Sampled
    from bifrost_kernel.domain.bars import Floats
    from bifrost_kernel.look.tokens import Tokens

WIDTH = 960
SHARPNESS = 1.8
RIGHT, BOTTOM = 56, 20
_FINE = 2
_BUCKETS = 700
_AREA = 0.3
_OPAQUE = 90
_STRENGTHS = 16
_ROLES = (
    "line", "quiet", "muted", "ink", "accent", "gain", "loss", "warning", "series-0", "series-1",
    "series-2", "series-3", "series-4", "series-5",
)  # fmt: skip


class Plate:
    """A picture whose pixels name a colour role and a strength instead of a colour.

    One plate serves every theme: only its palette differs. Pixel 0 is the panel's ground.

    Parameters
    ----------
    width, height
        Pixels.
    """

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.pixels = np.zeros((height, width), dtype=np.uint8)

    def press(self, coverage: Image, role: str, strength: float = 1.0) -> None:
        """Lay a sheet's ink over what is there; its faint edges give way to it."""
        cover = np.asarray(coverage)
        inked = np.asarray(coverage.point(_levels(role, strength)))
        np.copyto(self.pixels, inked, where=(cover > _OPAQUE) | ((cover > 0) & self.is_free))

    @property
    def is_free(self) -> NDArray[np.bool_]:
        """Where there is nothing, or only the grid."""
        return self.pixels <= _STRENGTHS


@lru_cache(maxsize=6)
def draw_panel(chart: Chart, panel: Panel, width: int = WIDTH) -> Plate:
    """Return a panel's plate.

    Parameters
    ----------
    chart, panel
        What to draw.
    width
        CSS pixels; the picture has `SHARPNESS` times as many.
    """
    height = panel.height
    frame = _Frame(chart, panel, width - RIGHT, height - (BOTTOM if panel.shows_time else 4))
    plate = Plate(round(width * SHARPNESS), round(height * SHARPNESS))
    data = sample(chart, panel, _BUCKETS)
    _draw_grid(plate, frame, panel)
    _draw_columns(plate, frame, panel, data)
    _draw_curves(plate, frame, panel, data)
    for marks in panel.marks:
        pen = _Pen(plate)
        _draw_marks(pen, frame, marks)
        pen.press(marks.role)
    return plate


def encode_plate(plate: Plate, themes: Sequence[Tokens]) -> tuple[bytes, ...]:
    """Return a plate as one PNG for each theme.

    Notes
    -----
    The pixels are packed once; the other themes' files differ in their palette only.
    """
    from PIL import Image

    picture = Image.fromarray(plate.pixels)
    picture.putpalette(_palette(themes[0]))
    buffer = BytesIO()
    picture.save(buffer, "PNG", compress_level=6)
    first = buffer.getvalue()
    return first, *(_with_palette(first, _palette(one)) for one in themes[1:])


def draw_chart(chart: Chart, tokens: Tokens = LIGHT, width: int = WIDTH) -> bytes:
    """Return a whole chart as PNG, each panel under its title.

    Parameters
    ----------
    chart
        What to draw.
    tokens
        The theme.
    width
        CSS pixels.
    """
    plates = [draw_panel(chart, one, width) for one in chart.panels]
    edge, heading = round(12 * SHARPNESS), round(26 * SHARPNESS)
    total = sum(one.height + heading for one in plates) + 2 * edge
    sheet = Plate(plates[0].width + 2 * edge, total)
    top = edge
    for panel, plate in zip(chart.panels, plates, strict=True):
        title = Plate(plate.width, heading)
        _write_heading(title, panel)
        for part in (title, plate):
            sheet.pixels[top : top + part.height, edge : edge + part.width] = part.pixels
            top += part.height
    return encode_plate(sheet, (tokens,))[0]


class _Frame:
    """Where data lies on the paper, in CSS pixels."""

    def __init__(self, chart: Chart, panel: Panel, width: float, height: float) -> None:
        self.width, self.height = width, height
        edges = chart.places(chart.time[[0, -1]])
        self.start, self.stop = float(edges[0]), float(edges[1])
        self.chart = chart
        self.low, self.high = panel.span()
        self.is_log = panel.is_log

    def x(self, place: Floats) -> Floats:
        return (place - self.start) / max(1.0, self.stop - self.start) * self.width

    def dates(self, wanted: int) -> list[tuple[float, str]]:
        if self.chart.is_intraday:
            return bar_ticks(self.chart.time, wanted)
        return time_ticks(self.start, self.stop, wanted)

    def y(self, values: Floats) -> Floats:
        low, high = self.low, self.high
        if self.is_log:
            share = np.log(values / low) / np.log(high / low)
        else:
            share = (values - low) / (high - low)
        place: Floats = 1.0 + (1.0 - share) * (self.height - 2.0)
        return place


class _Pen:
    """A finer sheet of ink that is pressed down on a plate, smooth."""

    def __init__(self, plate: Plate, fineness: int = _FINE) -> None:
        from PIL import Image, ImageDraw

        self.plate, self.fineness = plate, fineness
        self.sheet = Image.new("L", (plate.width * fineness, plate.height * fineness), 0)
        self.draw: ImageDraw.ImageDraw = ImageDraw.Draw(self.sheet)
        self.scale = SHARPNESS * fineness

    def line(self, points: Floats, width: float) -> None:
        scaled: Any = (points * self.scale).ravel().tolist()
        self.draw.line(scaled, fill=255, width=max(1, round(width * self.scale)), joint="curve")

    def shape(self, points: Floats) -> None:
        scaled: Any = (points * self.scale).ravel().tolist()
        self.draw.polygon(scaled, fill=255)

    def write(self, x: float, y: float, text: str, anchor: str = "lm") -> float:
        """Write at a place in pixels; return where the words end."""
        font = _font(LABEL_SIZE)
        if text.startswith(MINUS):  # the built-in font has no minus sign: draw one
            length = 6 * SHARPNESS
            self.draw.line((x, y, x + length - 2, y), fill=255, width=round(SHARPNESS))
            x, text = x + length, text.removeprefix(MINUS)
        self.draw.text((x, y), text, fill=255, font=font, anchor=anchor)
        return x + font.getlength(text)

    def press(self, role: str, strength: float = 1.0) -> None:
        smooth = self.sheet if self.fineness == 1 else self.sheet.reduce(self.fineness)
        self.plate.press(smooth, role, strength)


def _draw_grid(plate: Plate, frame: _Frame, panel: Panel) -> None:
    lines, words = _Pen(plate, 1), _Pen(plate, 1)
    right, bottom = round(frame.width * SHARPNESS), round(frame.height * SHARPNESS)
    for at, label in frame.dates(max(2, round(frame.width / 60))):
        x = round(float(frame.x(np.array(at))) * SHARPNESS)
        lines.draw.line((x, 0, x, bottom), fill=255)
        if panel.shows_time and 12 * SHARPNESS < x < right - 12 * SHARPNESS:
            words.write(x, bottom + 4 * SHARPNESS, label, "ma")
    wanted = max(2, round(frame.height / 42))
    ticks = value_ticks(frame.low, frame.high, wanted, is_log=frame.is_log)
    for tick, label in zip(ticks, tick_labels(ticks), strict=True):
        y = round(float(frame.y(np.array(tick))) * SHARPNESS)
        lines.draw.line((0, y, right, y), fill=255)
        beside = min(max(y, 6 * SHARPNESS), bottom - 5 * SHARPNESS)
        words.write(right + 8 * SHARPNESS, beside, label)
    lines.press("line")
    words.press("muted")


def _draw_columns(plate: Plate, frame: _Frame, panel: Panel, data: Sampled) -> None:
    for offset, columns in enumerate(panel.columns, start=len(panel.curves)):
        pen = _Pen(plate)
        floor = float(frame.y(np.array(max(frame.low, 0.0))))
        x, y = frame.x(data.place), frame.y(data.values[offset])
        width = max(0.6, 0.7 * frame.width / max(1, len(x)))
        for left, top in zip(x, y, strict=True):
            if np.isfinite(top):
                pen.line(np.array(((left, floor), (left, top))), width)
        pen.press(columns.role)


def _draw_curves(plate: Plate, frame: _Frame, panel: Panel, data: Sampled) -> None:
    x = frame.x(data.place)
    for curve, values in reversed(list(zip(panel.curves, data.values, strict=False))):
        pen = _Pen(plate)
        y = frame.y(values)
        base = None if curve.fills_to is None else float(frame.y(np.array(curve.fills_to)))
        for run in _runs(np.isfinite(y)):
            points = np.column_stack((x[run], y[run]))
            if base is not None:
                ends = np.array(((points[-1, 0], base), (points[0, 0], base)))
                pen.shape(np.vstack((points, ends)))
            else:
                pen.line(points, 1.0 if curve.is_thin else 1.6)
        pen.press(curve.role, 1.0 if base is None else _AREA)


def _draw_marks(pen: _Pen, frame: _Frame, marks: Marks) -> None:
    x, y = frame.x(frame.chart.places(marks.time)), frame.y(marks.values)
    tip, foot = (-1.0, 6.0) if marks.is_up else (1.0, -6.0)
    for left, level in zip(x, y, strict=True):
        if np.isfinite(level):
            corners = ((left, level + tip), (left - 3.6, level + foot), (left + 3.6, level + foot))
            pen.shape(np.array(corners))


def _runs(flags: Any) -> list[slice]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return [slice(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > 1]


def _write_heading(plate: Plate, panel: Panel) -> None:
    words, middle = _Pen(plate, 1), plate.height / 2
    x = words.write(0, middle, panel.title.upper()) + 16 * SHARPNESS
    named = [(one.name, one.role, "-") for one in panel.curves]
    named += [(one.name, one.role, "-") for one in panel.columns]
    named += [(one.name, one.role, "^" if one.is_up else "v") for one in panel.marks]
    for name, role, sign in named if len(named) > 1 else ():
        swatch = _Pen(plate, 1)
        size = 4 * SHARPNESS
        if sign == "-":
            swatch.draw.line((x, middle, x + 3 * size, middle), fill=255, width=3)
        else:
            foot = middle + (size if sign == "^" else -size)
            tip = 2 * middle - foot
            swatch.draw.polygon((x, foot, x + 2 * size, foot, x + size, tip), fill=255)
        swatch.press(role)
        x += (3.8 if sign == "-" else 2.8) * size
        x = words.write(x, middle, name) + 12 * SHARPNESS
    if panel.note:
        words.write(x, middle, panel.note)
    words.press("muted")


def _levels(role: str, strength: float) -> list[int]:
    first = 1 + _ROLES.index(role) * _STRENGTHS
    top = strength * (_STRENGTHS - 1)
    return [first + round(cover / 255 * top) for cover in range(256)]


@lru_cache(maxsize=8)
def _palette(tokens: Tokens) -> bytes:
    colours = tokens.colours()
    entries = [tokens.panel] + [
        mix(colours[role], tokens.panel, (step + 1) / _STRENGTHS)
        for role in _ROLES
        for step in range(_STRENGTHS)
    ]
    flat = [value for one in entries for value in read_rgb(one)]
    return bytes(flat).ljust(768, b"\0")


def _with_palette(png: bytes, palette: bytes) -> bytes:
    at = png.index(b"PLTE")
    length = int.from_bytes(png[at - 4 : at], "big")
    body = b"PLTE" + palette[:length]
    return png[:at] + body + crc32(body).to_bytes(4, "big") + png[at + 4 + length + 4 :]


@lru_cache(maxsize=8)
def _font(size: int) -> FreeTypeFont:
    from PIL import ImageFont

    font: Any = ImageFont.load_default(round(size * SHARPNESS))
    return font  # type: ignore[no-any-return]  # FreeType is compiled into every wheel
