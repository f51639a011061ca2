"""Bifrost's mark, a bridge of three arcs, drawn from one set of measures as SVG and PNG."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_kernel.look.tokens import LIGHT

if TYPE_CHECKING:
    from pathlib import Path

_SIDE = 64
_CENTRE = (32.0, 46.0)
_ARCS = ((27.0, LIGHT.accent), (20.0, LIGHT.gain), (13.0, LIGHT.warning))  # radius, colour
_STROKE = 5.0
_DECK = (3.0, 46.0, 61.0, 50.0)  # left, top, right, bottom
_OVERSAMPLING = 8


def draw_svg() -> str:
    """Return the mark as an SVG document of 64 by 64."""
    x, y = _CENTRE
    arcs = "".join(
        f'<path d="M{x - radius:g} {y:g} A{radius:g} {radius:g} 0 0 1 {x + radius:g} {y:g}" '
        f'stroke="{colour}"/>'
        for radius, colour in _ARCS
    )
    left, top, right, bottom = _DECK
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE} {_SIDE}" '
        f'width="{_SIDE}" height="{_SIDE}" role="img" aria-label="Bifrost">'
        f'<g fill="none" stroke-width="{_STROKE:g}">{arcs}</g>'
        f'<rect x="{left:g}" y="{top:g}" width="{right - left:g}" height="{bottom - top:g}" '
        f'rx="2" fill="{LIGHT.ink}"/></svg>\n'
    )


def write_png(path: Path, side: int) -> None:
    """Write the mark as a PNG of `side` by `side` pixels on a transparent ground."""
    from PIL import Image, ImageDraw

    scale = side * _OVERSAMPLING / _SIDE
    image = Image.new("RGBA", (side * _OVERSAMPLING, side * _OVERSAMPLING), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    x, y = _CENTRE
    for radius, colour in _ARCS:
        outer = radius + _STROKE / 2  # Pillow strokes inwards from the box, SVG on both sides
        box = tuple(scale * one for one in (x - outer, y - outer, x + outer, y + outer))
        draw.arc(box, 180, 360, fill=colour, width=round(scale * _STROKE))
    draw.rounded_rectangle([scale * one for one in _DECK], radius=2 * scale, fill=LIGHT.ink)
    image.resize((side, side), Image.Resampling.LANCZOS).save(path)
