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
_PLAIN_MIME, _HTML_MIME, _PNG_MIME = "text/plain", "text/html", "image/png"


def register(shell: InteractiveShell) -> None:
    """Register every formatter with a shell; doing it twice changes nothing.

    Parameters
    ----------
    shell
        The shell of a kernel or a terminal.
    """
    for mime, printer in _PRINTERS.items():
        formatter = _formatter_of(shell, mime)
        for module, name in _VIEWS if formatter else ():
            formatter.for_type_by_name(module, name, printer)
    BifrostError._render_traceback_ = render_error  # type: ignore[attr-defined]


def unregister(shell: InteractiveShell) -> None:
    """Take every formatter back."""
    for mime in _PRINTERS:
        formatter = _formatter_of(shell, mime)
        for key in _VIEWS if formatter else ():
            formatter.deferred_printers.pop(key, None)
            for known in list(formatter.type_printers):
                if (known.__module__, known.__name__) == key:
                    formatter.type_printers.pop(known)
    if "_render_traceback_" in vars(BifrostError):
        del BifrostError._render_traceback_  # type: ignore[attr-defined]


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


def _formatter_of(shell: InteractiveShell, mime: str) -> Any:
    whole: Any = shell.display_formatter
    return whole.formatters.get(mime) if whole is not None else None


def _print_html(value: Any) -> str:
    html: str = view_of(value)._repr_html_()
    return html


def _print_png(value: Any) -> bytes | None:
    draw = getattr(view_of(value), "_repr_png_", None)
    return draw() if draw else None


def _print_plain(value: Any, printer: Any, is_cycle: bool) -> None:  # noqa: FBT001 - IPython's call
    printer.text("..." if is_cycle else repr(view_of(value)))


def _view_report(report: Any) -> Any:
    from bifrost_kernel.display.backtest import BacktestView

    return BacktestView(report)


def _view_check(check: Any) -> Any:
    from bifrost_kernel.display.simulators import CheckView

    return CheckView(check)


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
    ("bifrost_kernel.engines.strategy.model", "SimulatorCheck"): _view_check,
    ("bifrost_kernel.engines.analytics.model", "Performance"): _view_performance,
    ("bifrost_kernel.engines.marketdata.model", "QualityReport"): _view_quality,
    ("bifrost_kernel.domain.bars", "BarSet"): _view_bars,
    ("bifrost_kernel.domain.strategies", "Strategy"): _view_strategy,
    ("bifrost_kernel.domain.instruments", "Instrument"): _view_instrument,
}
_PRINTERS: dict[str, Callable[..., Any]] = {
    _PLAIN_MIME: _print_plain,
    _HTML_MIME: _print_html,
    _PNG_MIME: _print_png,
}
