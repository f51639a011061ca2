"""Still pictures of charts: what is left when no script may run."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from bifrost_kernel.display.chart import sample
from bifrost_kernel.display.ticks import tick_labels, time_ticks, value_ticks
from bifrost_kernel.look.numbers import MINUS
from bifrost_kernel.look.tokens import LABEL_SIZE, LIGHT

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

    from bifrost_kernel.display.chart import Chart, Marks, Panel, Sampled
    from bifrost_kernel.domain.bars import Floats
    from bifrost_kernel.look.tokens import Tokens

WIDTH = 960
SHARPNESS = 1.8
RIGHT, BOTTOM = 56, 20
_FINE = 2
_BUCKETS = 700


@dataclass(slots=True)
class Plate:
    """A panel drawn once, ready to be inked in any theme.

    Parameters
    ----------
    size
        Pixels.
    layers
        (colour role, coverage), back to front.
    words
        (x, y, text, anchor) in pixels.
    """

    size: tuple[int, int]
    layers: list[tuple[str, Image]] = field(default_factory=list)
    words: list[tuple[float, float, str, str]] = field(default_factory=list)


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
    plate = Plate((round(width * SHARPNESS), round(height * SHARPNESS)))
    data = sample(chart, panel, _BUCKETS)
    _draw_grid(plate, frame, panel)
    _draw_columns(plate, frame, panel, data)
    _draw_curves(plate, frame, panel, data)
    for marks in panel.marks:
        pen = _Pen(plate)
        _draw_marks(pen, frame, marks)
        pen.press(marks.role)
    return plate


def ink_plate(plate: Plate, tokens: Tokens) -> Image:
    """Return a plate's picture in a theme's colours, on its panel's ground."""
    from PIL import Image, ImageDraw

    colours = tokens.colours()
    picture = Image.new("RGB", plate.size, tokens.panel)
    for role, coverage in plate.layers:
        picture.paste(colours[role], mask=coverage)
    draw = ImageDraw.Draw(picture)
    for x, y, text, anchor in plate.words:
        _write(draw, (x, y), text, tokens.muted, anchor)
    return picture


def encode_png(picture: Image) -> bytes:
    """Return a picture as PNG with at most 64 colours."""
    buffer = BytesIO()
    picture.quantize(64, method=2, dither=0).save(buffer, "PNG", compress_level=7)
    return buffer.getvalue()


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
    from PIL import Image, ImageDraw

    pictures = [ink_plate(draw_panel(chart, one, width), tokens) for one in chart.panels]
    edge, heading = round(12 * SHARPNESS), round(26 * SHARPNESS)
    total = sum(one.height + heading for one in pictures) + 2 * edge
    sheet = Image.new("RGB", (pictures[0].width + 2 * edge, total), tokens.panel)
    draw = ImageDraw.Draw(sheet)
    top = edge
    for panel, picture in zip(chart.panels, pictures, strict=True):
        _write_heading(draw, panel, tokens, (edge, top + heading // 2))
        sheet.paste(picture, (edge, top + heading))
        top += heading + picture.height
    return encode_png(sheet)


class _Frame:
    """Where data lies on the paper, in CSS pixels."""

    def __init__(self, chart: Chart, panel: Panel, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.start, self.stop = float(chart.time[0]), float(chart.time[-1])
        self.low, self.high = panel.span()
        self.is_log = panel.is_log

    def x(self, time: Floats) -> Floats:
        return (time - self.start) / max(1.0, self.stop - self.start) * self.width

    def y(self, values: Floats) -> Floats:
        low, high = self.low, self.high
        if self.is_log:
            share = np.log(values / low) / np.log(high / low)
        else:
            share = (values - low) / (high - low)
        return 1.0 + (1.0 - share) * (self.height - 2.0)


class _Pen:
    """A finer sheet that is pressed down to one smooth layer of a plate."""

    def __init__(self, plate: Plate) -> None:
        from PIL import Image, ImageDraw

        self.plate = plate
        self.sheet = Image.new("L", (plate.size[0] * _FINE, plate.size[1] * _FINE), 0)
        self.draw: ImageDraw.ImageDraw = ImageDraw.Draw(self.sheet)
        self.scale = SHARPNESS * _FINE

    def line(self, points: Floats, width: float) -> None:
        scaled: Any = (points * self.scale).ravel().tolist()
        self.draw.line(scaled, fill=255, width=max(1, round(width * self.scale)), joint="curve")

    def shape(self, points: Floats, cover: int = 255) -> None:
        scaled: Any = (points * self.scale).ravel().tolist()
        self.draw.polygon(scaled, fill=cover)

    def press(self, role: str) -> None:
        self.plate.layers.append((role, self.sheet.reduce(_FINE)))


def _draw_grid(plate: Plate, frame: _Frame, panel: Panel) -> None:
    from PIL import Image, ImageDraw

    sheet = Image.new("L", plate.size, 0)
    draw = ImageDraw.Draw(sheet)
    right, bottom = round(frame.width * SHARPNESS), round(frame.height * SHARPNESS)
    times = time_ticks(frame.start, frame.stop, max(2, round(frame.width / 60)))
    for at, label in times:
        x = round(float(frame.x(np.array(at))) * SHARPNESS)
        draw.line((x, 0, x, bottom), fill=255)
        if panel.shows_time and 12 * SHARPNESS < x < right - 12 * SHARPNESS:
            plate.words.append((x, bottom + 4 * SHARPNESS, label, "ma"))
    ticks = value_ticks(
        frame.low, frame.high, max(2, round(frame.height / 42)), is_log=frame.is_log
    )
    for tick, label in zip(ticks, tick_labels(ticks), strict=True):
        y = round(float(frame.y(np.array(tick))) * SHARPNESS)
        draw.line((0, y, right, y), fill=255)
        beside = min(max(y, 6 * SHARPNESS), bottom - 5 * SHARPNESS)
        plate.words.append((right + 8 * SHARPNESS, beside, label, "lm"))
    plate.layers.append(("line", sheet))


def _draw_columns(plate: Plate, frame: _Frame, panel: Panel, data: Sampled) -> None:
    for offset, columns in enumerate(panel.columns, start=len(panel.curves)):
        pen = _Pen(plate)
        floor = float(frame.y(np.array(max(frame.low, 0.0))))
        x, y = frame.x(data.time), frame.y(data.values[offset])
        width = max(0.6, 0.7 * frame.width / max(1, len(x)))
        for left, top in zip(x, y, strict=True):
            if np.isfinite(top):
                pen.line(np.array(((left, floor), (left, top))), width)
        pen.press(columns.role)


def _draw_curves(plate: Plate, frame: _Frame, panel: Panel, data: Sampled) -> None:
    x = frame.x(data.time)
    for curve, values in zip(panel.curves, data.values, strict=False):
        pen = _Pen(plate)
        y = frame.y(values)
        base = None if curve.fills_to is None else float(frame.y(np.array(curve.fills_to)))
        for run in _runs(np.isfinite(y)):
            points = np.column_stack((x[run], y[run]))
            if base is not None:
                ends = np.array(((points[-1, 0], base), (points[0, 0], base)))
                pen.shape(np.vstack((points, ends)), cover=80)
            else:
                pen.line(points, 1.0 if curve.is_thin else 1.6)
        pen.press(curve.role)


def _draw_marks(pen: _Pen, frame: _Frame, marks: Marks) -> None:
    x, y = frame.x(marks.time), frame.y(marks.values)
    tip, foot = (-1.0, 6.0) if marks.is_up else (1.0, -6.0)
    for left, level in zip(x, y, strict=True):
        if np.isfinite(level):
            corners = ((left, level + tip), (left - 3.6, level + foot), (left + 3.6, level + foot))
            pen.shape(np.array(corners))


def _runs(flags: Any) -> list[slice]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return [slice(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > 1]


def _write(
    draw: ImageDraw, at: tuple[float, float], text: str, colour: str, anchor: str
) -> None:
    x, y = at
    if text.startswith(MINUS):  # the built-in font has no minus sign: draw one
        length = 6 * SHARPNESS
        draw.line((x, y, x + length - 2, y), fill=colour, width=round(SHARPNESS))
        x, text = x + length, text.removeprefix(MINUS)
    draw.text((x, y), text, fill=colour, font=_font(LABEL_SIZE), anchor=anchor)


def _write_heading(draw: ImageDraw, panel: Panel, tokens: Tokens, at: tuple[float, float]) -> None:
    colours, font = tokens.colours(), _font(LABEL_SIZE)
    x, y = at
    draw.text((x, y), panel.title.upper(), fill=tokens.muted, font=font, anchor="lm")
    x += font.getlength(panel.title.upper()) + 16 * SHARPNESS
    named = [(one.name, one.role) for one in (*reversed(panel.curves), *panel.columns)]
    named += [(f"{'▲' if one.is_up else '▼'} {one.name}", one.role) for one in panel.marks]
    for name, role in named if len(named) > 1 else ():
        is_mark = name[0] in "▲▼"
        if not is_mark:
            draw.line((x, y, x + 14, y), fill=colours[role], width=3)
            x += 20
        elif name[0] == "▲":
            draw.polygon((x, y + 5, x + 10, y + 5, x + 5, y - 5), fill=colours[role])
            x, name = x + 16, name[2:]
        else:
            draw.polygon((x, y - 5, x + 10, y - 5, x + 5, y + 5), fill=colours[role])
            x, name = x + 16, name[2:]
        draw.text((x, y), name, fill=tokens.muted, font=font, anchor="lm")
        x += font.getlength(name) + 12 * SHARPNESS


@lru_cache(maxsize=8)
def _font(size: int) -> FreeTypeFont:
    from PIL import ImageFont

    font: Any = ImageFont.load_default(round(size * SHARPNESS))
    return font  # type: ignore[no-any-return]  # FreeType is compiled into every wheel
