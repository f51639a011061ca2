"""The magics: each reads its line, asks the desk, and returns what the desk returns."""

from __future__ import annotations

from typing import Any

__all__ = ["register", "unregister"]


def register(shell: Any, desk: Any) -> None:
    """Put the magics, their completion and ``%config Bifrost`` into a shell.

    Parameters
    ----------
    shell
        The interactive shell.
    desk
        What every magic asks.
    """
    from bifrost_kernel.magics import registration

    registration.register(shell, desk)


def unregister(shell: Any) -> None:
    """Take out what `register` put in; magics of others stay as they were."""
    from bifrost_kernel.magics import registration

    registration.unregister(shell)
