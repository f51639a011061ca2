"""Bifrost: a trading research environment that lives in Jupyter.

>>> import bifrost_kernel as bf
>>> desk = bf.open_desk()  # doctest: +SKIP
>>> desk.backtest("sma_cross", "AAPL", params={"fast": 10, "slow": 30})  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bifrost_kernel._version import __version__

if TYPE_CHECKING:
    from bifrost_kernel.desk import Desk, open_desk
    from bifrost_kernel.display.attestation import Attestation
    from bifrost_kernel.domain.errors import BifrostError
    from bifrost_kernel.domain.strategies import Parameter, Scope, Signals, Strategy
    from bifrost_kernel.engines.strategy.calc import indicators
    from bifrost_kernel.engines.strategy.calc.now import Now
    from bifrost_kernel.strategies.declare import param, strategy
    from bifrost_kernel.strategies.declare_on_bar import on_bar

__all__ = [
    "Attestation",
    "BifrostError",
    "Desk",
    "Now",
    "Parameter",
    "Scope",
    "Signals",
    "Strategy",
    "__version__",
    "indicators",
    "load_ipython_extension",
    "on_bar",
    "open_desk",
    "param",
    "strategy",
    "unload_ipython_extension",
]

# Public names and where they live; each is imported when it is first asked for, so that
# `import bifrost_kernel` costs next to nothing.
_HOMES = {
    "Attestation": "bifrost_kernel.display.attestation",
    "BifrostError": "bifrost_kernel.domain.errors",
    "Desk": "bifrost_kernel.desk",
    "Now": "bifrost_kernel.engines.strategy.calc.now",
    "Parameter": "bifrost_kernel.domain.strategies",
    "Scope": "bifrost_kernel.domain.strategies",
    "Signals": "bifrost_kernel.domain.strategies",
    "Strategy": "bifrost_kernel.domain.strategies",
    "indicators": "bifrost_kernel.engines.strategy.calc",
    "on_bar": "bifrost_kernel.strategies.declare_on_bar",
    "open_desk": "bifrost_kernel.desk",
    "param": "bifrost_kernel.strategies.declare",
    "strategy": "bifrost_kernel.strategies.declare",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__


def load_ipython_extension(shell: Any) -> None:
    """Load Bifrost into an IPython shell: magics, formatters, and ``desk``.

    Parameters
    ----------
    shell
        The interactive shell; ``%load_ext bifrost_kernel`` passes it.
    """
    from bifrost_kernel import magics
    from bifrost_kernel.desk import Desk
    from bifrost_kernel.display import formatters
    from bifrost_kernel.display.bokeh_loader import set_cell
    from bifrost_kernel.kernel.context import install

    desk = Desk(context=install(shell, on_cell=(set_cell,)))
    formatters.register(shell)
    magics.register(shell, desk)
    if "desk" not in shell.user_ns:
        shell.push({"desk": desk}, interactive=False)


def unload_ipython_extension(shell: Any) -> None:
    """Take Bifrost out of the shell again; ``desk`` stays usable.

    Parameters
    ----------
    shell
        The interactive shell.
    """
    from bifrost_kernel import magics
    from bifrost_kernel.display import formatters
    from bifrost_kernel.kernel.context import remove

    magics.unregister(shell)
    formatters.unregister(shell)
    remove(shell)
