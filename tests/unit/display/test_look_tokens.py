"""The colours can be read, by everyone, in both themes."""

import re

import pytest

from bifrost_kernel.domain.errors import UnknownNameError
from bifrost_kernel.look.css import ROOT, css_variables, page_variables
from bifrost_kernel.look.tokens import (
    DARK,
    HEAT_STEPS,
    LIGHT,
    GainLoss,
    contrast,
    luminance,
    mix,
    read_rgb,
    themes,
)

EDITIONS = [one for pair in GainLoss for one in themes(pair)]
# JupyterLab's own panel in its dark theme, which the tokens give way to.
LAB_DARK = "#212121"


@pytest.mark.parametrize("tokens", EDITIONS, ids=lambda one: f"{one.name} {one.gain}")
@pytest.mark.parametrize(
    "role", ["ink", "muted", "accent", "gain", "loss", "warning", "paper", "live"]
)
def test_text_stands_out_from_every_ground_it_lies_on(tokens, role):
    """Any text colour has a contrast of 4.5 : 1 on ground, panel and the faint fill."""
    grounds = [tokens.ground, tokens.panel]
    if role != "accent":  # a lead for the eye: never on a quiet block
        grounds.append(tokens.soft)
    for ground in grounds:
        assert contrast(tokens.colours()[role], ground) >= 4.5


@pytest.mark.parametrize("role", ["muted", "accent", "gain", "loss", "warning"])
def test_dark_text_stands_out_inside_jupyterlab(role):
    """The dark colours hold on JupyterLab's own dark panel too."""
    assert contrast(DARK.colours()[role], LAB_DARK) >= 4.5


@pytest.mark.parametrize("tokens", EDITIONS, ids=lambda one: f"{one.name} {one.gain}")
def test_figures_stand_out_from_the_strongest_heat(tokens):
    """Ink reads on every step of gain and loss."""
    for colour in (tokens.gain, tokens.loss):
        for step in range(1, HEAT_STEPS + 1):
            ground = mix(colour, tokens.panel, tokens.heat * step / HEAT_STEPS)
            assert contrast(tokens.ink, ground) >= 4.5


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=lambda one: one.name)
def test_lines_of_charts_can_be_seen_and_gridlines_are_fainter(tokens):
    """Curves have 3 : 1 on the panel; the grid stays below all of them."""
    for role in ("quiet", "accent", "gain", "loss", *(f"series-{at}" for at in range(6))):
        assert contrast(tokens.colours()[role], tokens.panel) >= 3
    assert contrast(tokens.line, tokens.panel) < contrast(tokens.quiet, tokens.panel)


def test_contrast_agrees_with_the_standard():
    """Black on white is 21 : 1, and #767676 just passes."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert luminance("#ffffff") == pytest.approx(1)


def test_mixing_all_or_nothing_gives_the_colours_themselves():
    """A share of 1 is the colour, of 0 the ground, of a half what lies between."""
    assert mix("#102030", "#ffffff", 1) == "#102030"
    assert mix("#102030", "#ffffff", 0) == "#ffffff"
    assert read_rgb(mix("#000000", "#ffffff", 0.5)) == (128, 128, 128)


def test_red_green_is_green_red_turned_round():
    """Markets that rise in red get the same colours the other way."""
    for one, other in zip(themes(GainLoss.GREEN_RED), themes(GainLoss.RED_GREEN), strict=True):
        assert (one.gain, one.loss) == (other.loss, other.gain)


def test_an_unknown_palette_is_refused_with_the_nearest_one():
    """The message names what was meant."""
    assert GainLoss.parse(" Green-Red ") is GainLoss.GREEN_RED
    with pytest.raises(UnknownNameError, match="did you mean 'green-red'"):
        GainLoss.parse("greenred")


def test_the_style_sheet_gives_every_role_in_both_themes():
    """Light, dark and JupyterLab's variables are all there, and braces match."""
    sheet = css_variables()
    for role, colour in LIGHT.colours().items():
        assert re.search(rf"--bf-{role}:(var\([a-z0-9-]+,)?{colour}", sheet)
    for role, colour in DARK.colours().items():
        assert re.search(rf"--bf-{role}:(var\([a-z0-9-]+,)?{colour}", sheet)
    assert "var(--jp-layout-color1,#ffffff)" in sheet
    assert 'body[data-jp-theme-light="false"] .bifrost' in sheet
    assert "prefers-color-scheme:dark" in sheet
    assert sheet.count("{") == sheet.count("}")
    assert ROOT == ".bifrost"
    assert DARK.ground in page_variables()


def test_the_palette_reaches_the_style_sheet():
    """A chosen pair replaces the default in both themes."""
    light, dark = themes(GainLoss.RED_GREEN)
    sheet = css_variables(GainLoss.RED_GREEN)
    assert f"--bf-gain:{light.gain}" in sheet
    assert f"--bf-gain:{dark.gain}" in sheet
    assert f"--bf-gain:{LIGHT.gain}" not in sheet
