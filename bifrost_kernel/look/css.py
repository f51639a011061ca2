"""The tokens as CSS custom properties, so that a style sheet never names a colour.

Inside JupyterLab the ground, the ink and what is mixed from them follow its theme's own
variables; elsewhere the tokens hold, dark where the reader's system is dark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_kernel.look.tokens import (
    FONT,
    HEADING_SIZE,
    HEAT_STEPS,
    LABEL_SIZE,
    MONOSPACE,
    RADIUS,
    TEXT_SIZE,
    GainLoss,
    read_rgb,
    themes,
)

if TYPE_CHECKING:
    from bifrost_kernel.look.tokens import Tokens

ROOT = ".bifrost"
_JUPYTER = {
    "ground": "--jp-layout-color0",
    "panel": "--jp-layout-color1",
    "ink": "--jp-content-font-color1",
}
_DARK_HOSTS = (
    'body[data-jp-theme-light="false"]',
    "body.vscode-dark",
    'html[data-theme="dark"]',
)
_KNOWN_HOSTS = ":not([data-jp-theme-light]):not(.vscode-light)"


def css_variables(pair: GainLoss = GainLoss.ACCESSIBLE) -> str:
    """Return the rules that give every ``--bf-*`` property its value in both themes.

    Parameters
    ----------
    pair
        The colours of gain and loss.
    """
    light, dark = themes(pair)
    dark_roots = ",".join(f"{host} {ROOT}" for host in _DARK_HOSTS)
    unhosted = f"body{_KNOWN_HOSTS} {ROOT}{{{_colours(dark)}color-scheme:dark}}"
    mixed = (
        f"{ROOT * 4}{{--bf-line:color-mix(in srgb,var(--bf-ink) 13%,var(--bf-panel));"
        "--bf-soft:color-mix(in srgb,var(--bf-ink) 4%,var(--bf-panel))}"
    )
    rules = (
        f"{ROOT}{{{_measures()}{_colours(light)}color-scheme:light}}",
        f"@media (prefers-color-scheme:dark){{{unhosted}}}",
        f"{dark_roots}{{{_colours(dark)}color-scheme:dark}}",
        f'{ROOT}[data-bf-theme="light"]{{{_colours(light)}color-scheme:light}}',
        f'{ROOT}[data-bf-theme="dark"]{{{_colours(dark)}color-scheme:dark}}',
        f"@supports (color:color-mix(in srgb,red,blue)){{{mixed}}}",
    )
    return "\n".join(rules)


def page_variables(pair: GainLoss = GainLoss.ACCESSIBLE) -> str:
    """Return the rules that colour a page of our own behind the cards."""
    light, dark = themes(pair)
    return (
        f"html{{background:{light.ground}}}"
        f"@media (prefers-color-scheme:dark){{html{{background:{dark.ground}}}}}"
    )


def _measures() -> str:
    return (
        f"--bf-font:{FONT};--bf-mono:{MONOSPACE};--bf-text:{TEXT_SIZE}px;"
        f"--bf-heading:{HEADING_SIZE}px;--bf-label:{LABEL_SIZE}px;--bf-radius:{RADIUS}px;"
    )


def _colours(tokens: Tokens) -> str:
    plain = "".join(
        f"--bf-{role}:{_follow(role, colour)};" for role, colour in tokens.colours().items()
    )
    heats = "".join(
        f"--bf-{role}-{step}:{_veil(colour, tokens.heat * step / HEAT_STEPS)};"
        for role, colour in (("gain", tokens.gain), ("loss", tokens.loss))
        for step in range(1, HEAT_STEPS + 1)
    )
    return plain + heats


def _follow(role: str, colour: str) -> str:
    variable = _JUPYTER.get(role)
    return f"var({variable},{colour})" if variable else colour


def _veil(colour: str, share: float) -> str:
    red, green, blue = read_rgb(colour)
    return f"rgb({red} {green} {blue} / {share:.3f})"
