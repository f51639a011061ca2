"""The colours and measures of everything that a person sees.

Charts, widgets, dashboards and reports take theirs from here, in a light and a dark
edition whose text keeps a contrast of at least 4.5 : 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from bifrost_kernel.domain.errors import UnknownNameError

SPACING = (4, 8, 12, 16, 24)
RADIUS = 6
TEXT_SIZE, HEADING_SIZE, LABEL_SIZE, FIGURE_SIZE = 13, 16, 11, 17
HEAT_STEPS = 5
FONT = (
    'var(--jp-ui-font-family, system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", '
    "Arial, sans-serif)"
)
CHART_FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", Arial, sans-serif'
MONOSPACE = "var(--jp-code-font-family, ui-monospace, Menlo, Consolas, monospace)"


class GainLoss(StrEnum):
    """Which pair of colours tells a gain from a loss."""

    ACCESSIBLE = "accessible"
    GREEN_RED = "green-red"
    RED_GREEN = "red-green"

    @classmethod
    def parse(cls, text: str) -> GainLoss:
        """Read a setting's text, or name the nearest one."""
        for one in cls:
            if one.value == text.strip().lower():
                return one
        raise UnknownNameError.of("palette", text, [one.value for one in cls])


@dataclass(frozen=True, slots=True)
class Tokens:
    """One theme's colours, each ``#rrggbb``.

    Parameters
    ----------
    name
        ``light`` or ``dark``.
    ground, panel
        Behind everything, and behind a card.
    line, soft
        Hairlines, and the faint fill of a quiet block.
    ink, muted, quiet
        Text, secondary text, and lines that stand behind others.
    accent
        The one colour that leads the eye.
    gain, loss
        Better and worse; never without a sign or a word beside it.
    warning
        Doubt.
    paper, live
        The two modes of trading.
    series
        Distinct line colours for several instruments.
    heat
        Largest share of gain or loss mixed into the panel behind a figure, fraction.
    """

    name: str
    ground: str
    panel: str
    line: str
    soft: str
    ink: str
    muted: str
    quiet: str
    accent: str
    gain: str
    loss: str
    warning: str
    paper: str
    live: str
    series: tuple[str, ...]
    heat: float

    def colours(self) -> dict[str, str]:
        """Return every single colour by its role's name."""
        roles = (
            "ground", "panel", "line", "soft", "ink", "muted", "quiet", "accent", "gain", "loss",
            "warning", "paper", "live",
        )  # fmt: skip
        named = {role: str(getattr(self, role)) for role in roles}
        return named | {f"series-{number}": one for number, one in enumerate(self.series)}


LIGHT = Tokens(
    name="light", ground="#ffffff", panel="#ffffff", line="#e3e6ea", soft="#f5f6f8",
    ink="#1b1f24", muted="#5d6773", quiet="#8b949f", accent="#1f6feb", gain="#00795f",
    loss="#c2410c", warning="#9a6700", paper="#0b66b7", live="#b3001b", heat=0.55,
    series=("#1f6feb", "#b35c00", "#00795f", "#a0339b", "#5d6773", "#0e7490"),
)  # fmt: skip
DARK = Tokens(
    name="dark", ground="#111417", panel="#171b1f", line="#2b3138", soft="#1e2328",
    ink="#e7eaee", muted="#9aa5b1", quiet="#727d89", accent="#6ea8ff", gain="#3ecfa3",
    loss="#ff8a5c", warning="#e3b341", paper="#5aa9e6", live="#ff5c70", heat=0.42,
    series=("#6ea8ff", "#f0a35e", "#3ecfa3", "#e08bdc", "#9aa5b1", "#5cc8de"),
)  # fmt: skip

_PAIRS = {
    "light": {
        GainLoss.GREEN_RED: ("#1a7f37", "#cf222e"),
        GainLoss.RED_GREEN: ("#cf222e", "#1a7f37"),
    },
    "dark": {
        GainLoss.GREEN_RED: ("#4ac26b", "#ff7b72"),
        GainLoss.RED_GREEN: ("#ff7b72", "#4ac26b"),
    },
}


def themes(pair: GainLoss = GainLoss.ACCESSIBLE) -> tuple[Tokens, Tokens]:
    """Return the light and the dark tokens with the chosen colours of gain and loss."""
    if pair is GainLoss.ACCESSIBLE:
        return LIGHT, DARK
    light, dark = _PAIRS["light"][pair], _PAIRS["dark"][pair]
    return (
        replace(LIGHT, gain=light[0], loss=light[1]),
        replace(DARK, gain=dark[0], loss=dark[1]),
    )


def read_rgb(colour: str) -> tuple[int, int, int]:
    """Read ``#rrggbb`` as red, green, blue from 0 to 255."""
    digits = colour.removeprefix("#")
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def mix(colour: str, ground: str, share: float) -> str:
    """Return `share` (0 to 1) of `colour` over `ground`, as ``#rrggbb``."""
    pairs = zip(read_rgb(colour), read_rgb(ground), strict=True)
    return "#" + "".join(f"{round(share * top + (1 - share) * below):02x}" for top, below in pairs)


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, 0 (black) to 1 (white).

    References
    ----------
    Web Content Accessibility Guidelines 2.2, definition of relative luminance.
    """
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (one / 255 for one in read_rgb(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21.

    References
    ----------
    Web Content Accessibility Guidelines 2.2, definition of contrast ratio.
    """
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)
