"""The one thing about looks that a person chooses: which colours mean gain and loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_kernel.look.tokens import GainLoss, themes

if TYPE_CHECKING:
    from bifrost_kernel.look.tokens import Tokens


class _Choice:
    """What was chosen last in this process."""

    pair = GainLoss.ACCESSIBLE


def choose_palette(name: str | GainLoss) -> GainLoss:
    """Choose the colours of gain and loss for everything shown from now on.

    Parameters
    ----------
    name
        ``accessible`` (told apart by colour-blind people; the default), ``green-red`` or
        ``red-green``.

    Raises
    ------
    UnknownNameError
        There is no such pair.
    """
    _Choice.pair = name if isinstance(name, GainLoss) else GainLoss.parse(name)
    return _Choice.pair


def chosen_palette() -> GainLoss:
    """Return the chosen colours of gain and loss."""
    return _Choice.pair


def chosen_themes() -> tuple[Tokens, Tokens]:
    """Return the light and the dark tokens with the chosen colours of gain and loss."""
    return themes(_Choice.pair)
