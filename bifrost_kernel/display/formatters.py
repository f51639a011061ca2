"""Teaches a shell to show bare domain and engine objects, and errors in one line.

Types are named, not imported: nothing heavy loads before something is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bifrost_kernel.domain.errors import BifrostError

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

_RED, _PLAIN = "\x1b[31m", "\x1b[0m"
_HTML, _TEXT, _PNG = "text/html", "text/plain", "image/png"


def register(shell: InteractiveShell) -> None:
    """Register every formatter with a shell; doing it twice changes nothing.

    Parameters
    ----------
    shell
        The shell of a kernel or a terminal.
    """
    formatter = shell.display_formatter
    if formatter is not None:
        for (module, name), view in _VIEWS.items():
            formatter.mimebundle_formatter.for_type_by_name(module, name, _bundle_of(view))
    BifrostError._render_traceback_ = render_error  # type: ignore[attr-defined]  # noqa: SLF001 - IPython looks for it by this name


def unregister(shell: InteractiveShell) -> None:
    """Take every formatter back."""
    formatter = shell.display_formatter
    if formatter is not None:
        deferred = formatter.mimebundle_formatter.deferred_printers
        for (module, name), _ in _VIEWS.items():
            deferred.pop((module, name), None)
            for known in list(formatter.mimebundle_formatter.type_printers):
                if (known.__module__, known.__name__) == (module, name):
                    formatter.mimebundle_formatter.pop(known)
    if "_render_traceback_" in vars(BifrostError):
        del BifrostError._render_traceback_  # type: ignore[attr-defined]  # noqa: SLF001 - set by `register`


def render_error(error: BifrostError) -> list[str]:
    """Return an error as one line: its kind in words, and its message.

    Parameters
    ----------
    error
        What was raised.
    """
    message = " ".join(str(error.message).split())
    return [f"{_RED}{type(error).__name__}{_PLAIN}: {message}"]


def view_of(value: Any) -> Any:
    """Return a value in the view that shows it, or raise TypeError for a stranger."""
    for kind in type(value).__mro__:
        view = _VIEWS.get((kind.__module__, kind.__qualname__))
        if view is not None:
            return view(value)
    raise TypeError(value)


def _bundle_of(view: Callable[[Any], Any]) -> Callable[..., dict[str, str]]:
    def bundle(value: Any, include: object = None, exclude: object = None) -> dict[str, str]:
        shown = view(value)
        if hasattr(shown, "_repr_mimebundle_"):
            whole: dict[str, str] = shown._repr_mimebundle_(include, exclude)  # noqa: SLF001 - the protocol's name
            return whole
        return {_TEXT: repr(shown), _HTML: shown._repr_html_()}  # noqa: SLF001 - the protocol's name

    return bundle


def _view_report(report: Any) -> Any:
    from bifrost_kernel.display.backtest import BacktestView

    return BacktestView(report)


def _view_bars(bars: Any) -> Any:
    from bifrost_kernel.display.bars import BarsView

    return BarsView(bars)


def _view_strategy(strategy: Any) -> Any:
    from bifrost_kernel.display.strategies import StrategyView

    return StrategyView(strategy)


def _view_quality(quality: Any) -> Any:
    from bifrost_kernel.display.records import QualityView

    return QualityView(quality)


def _view_performance(performance: Any) -> Any:
    from bifrost_kernel.display.records import PerformanceView

    return PerformanceView(performance)


def _view_instrument(instrument: Any) -> Any:
    from bifrost_kernel.display.symbols import SymbolsView

    return SymbolsView((instrument,), {})


_VIEWS: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("bifrost_kernel.engines.strategy.model", "BacktestReport"): _view_report,
    ("bifrost_kernel.engines.analytics.model", "Performance"): _view_performance,
    ("bifrost_kernel.engines.marketdata.model", "QualityReport"): _view_quality,
    ("bifrost_kernel.domain.bars", "BarSet"): _view_bars,
    ("bifrost_kernel.domain.strategies", "Strategy"): _view_strategy,
    ("bifrost_kernel.domain.instruments", "Instrument"): _view_instrument,
}
