"""Choose a strategy, symbols and parameters; see the report of each run."""

from __future__ import annotations

import logging
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as w
from IPython.core.formatters import DisplayFormatter
from IPython.core.getipython import get_ipython
from IPython.display import clear_output

from bifrost_kernel.domain.bars import Adjustment
from bifrost_kernel.domain.errors import BifrostError, require
from bifrost_kernel.domain.strategies import Scope
from bifrost_kernel.look.css import ROOT, css_variables

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bifrost_kernel.domain.strategies import Parameter, Strategy

_log = logging.getLogger(__name__)
_FIRST_CHOICE = "sma_cross"
_SHAPE = {"style": {"description_width": "92px"}, "layout": {"width": "100%"}}


class BacktestExplorer(w.VBox):  # type: ignore[misc]  # ipywidgets carries no types
    """Controls for one backtest at a time, and its report below.

    Parameters
    ----------
    strategies
        What can be chosen, in this order.
    symbols
        What can be traded.
    run
        Called with the strategy, the symbols and the settings as keywords (``params``,
        ``start``, ``end``, ``adjust``, ``cash``, ``size``, ``commission``); returns an object
        that shows itself.
    runs_at_once
        Run the first choice right away, so that the page opens on a report.
    """

    def __init__(
        self,
        strategies: Sequence[Strategy],
        symbols: Sequence[str],
        run: Callable[..., object],
        *,
        runs_at_once: bool = True,
    ) -> None:
        require(strategies, "strategies", tuple(strategies), "at least one")
        require(symbols, "symbols", tuple(symbols), "at least one")
        self._by_name = {one.name: one for one in strategies}
        self._run = run
        self.result: object = None
        self._make_controls(tuple(symbols))
        super().__init__(children=self._arrange())
        self.add_class("bf-explorer")
        self.strategy.observe(self._show_strategy, names="value")
        self.run_button.on_click(self._on_click)
        self._show_strategy()
        self._say("Ready.")
        if runs_at_once:
            self.run()

    def run(self) -> None:
        """Run what is chosen and show its report, or one line on what went wrong."""
        self.run_button.disabled = True
        self._say(f"Running {self.strategy.value} on {', '.join(self.symbols.value)} …")
        try:
            with self.progress:  # it swallows what is raised inside, so nothing is
                problem, fault = self._attempt()
                clear_output()  # type: ignore[no-untyped-call]  # IPython leaves it bare
            if fault is not None:
                _log.error("the explorer's run failed", exc_info=fault)
            if problem:
                self._fail(problem)
            else:
                self._show_result(self.result)
        finally:
            self.run_button.disabled = False

    def __repr__(self) -> str:
        chosen = f"{self.strategy.value} on {' '.join(self.symbols.value)}"
        return f"BacktestExplorer({chosen})"

    def _repr_mimebundle_(self, **keywords: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = super()._repr_mimebundle_(**keywords)
        told = escape(_describe(self.result) or repr(self))
        bundle["text/html"] = (
            f"<p><strong>SNAPSHOT</strong> {told}. Saved with the notebook, not live: run the "
            "cell to use the explorer.</p>"
        )
        return bundle

    def _attempt(self) -> tuple[str, Exception | None]:
        try:
            self.result = self._run(*self._question(), **self._settings())
        except KeyboardInterrupt:
            return "Interrupted. Press Run backtest to start again.", None
        except BifrostError as error:
            return error.message, None
        except Exception as error:  # noqa: BLE001 - a callback's exception would vanish unseen
            first = (str(error).splitlines() or [""])[0]
            return f"{type(error).__name__}: {first}", error
        return "", None

    def _make_controls(self, symbols: tuple[str, ...]) -> None:
        names = list(self._by_name)
        first = _FIRST_CHOICE if _FIRST_CHOICE in self._by_name else names[0]
        self.strategy = w.Dropdown(options=names, value=first, description="Strategy", **_SHAPE)
        self.symbols = w.SelectMultiple(
            options=symbols,
            value=symbols[:1],
            rows=min(len(symbols), 6),
            description="Symbols",
            **_SHAPE,
        )
        self.start = w.DatePicker(description="First session", **_SHAPE)
        self.end = w.DatePicker(description="Last session", **_SHAPE)
        self.adjust = w.Dropdown(
            options=[("splits and dividends", "all"), ("splits", "splits"), ("none", "none")],
            value=Adjustment.ALL.value,
            description="Adjust for",
            **_SHAPE,
        )
        self.cash = w.BoundedFloatText(
            value=1_000_000, min=1, max=1e15, description="Cash", **_SHAPE
        )
        self.size = w.Text(
            value="95%",
            description="Size",
            tooltip="Units such as 100, or percent of the free cash such as 95%",
            **_SHAPE,
        )
        self.commission = w.BoundedFloatText(
            value=0.001,
            min=0,
            max=1,
            step=0.0001,
            description="Commission",
            tooltip="Fraction of the notional; 0.001 is 0.1 %",
            **_SHAPE,
        )
        self.parameters: dict[str, Any] = {}
        self.run_button = w.Button(description="Run backtest", tooltip="Run what is chosen")
        self.run_button.add_class("bf-explorer-run")
        self.summary, self.state, self.error = w.HTML(), w.HTML(), w.HTML()
        self.parameter_box = w.VBox()
        self.progress, self.report = w.Output(), w.Output()

    def _arrange(self) -> list[Any]:
        style = Path(__file__).with_name("widget.css").read_text(encoding="utf-8")
        variables = css_variables().replace(ROOT, ".bf-explorer")  # reports keep their own root
        columns = (
            ("Idea", (self.strategy, self.symbols, self.summary)),
            ("Parameters", (self.parameter_box,)),
            ("Data", (self.start, self.end, self.adjust)),
            ("Account", (self.cash, self.size, self.commission)),
        )
        controls = w.HBox([_column(title, children) for title, children in columns])
        controls.add_class("bf-explorer-controls")
        return [
            w.HTML(f"<style>{variables}\n{style}</style>", layout={"display": "none"}),
            w.HTML(
                '<div class="bf-explorer-heading" role="heading" aria-level="2">'
                "Backtest explorer</div>"
            ),
            controls,
            w.HBox([self.run_button, self.state], layout={"align_items": "center"}),
            self.progress,
            self.error,
            self.report,
        ]

    def _show_strategy(self, _change: object = None) -> None:
        strategy = self._by_name[self.strategy.value]
        sight = "sees all symbols together" if strategy.scope is Scope.TOGETHER else ""
        text = ". ".join(one for one in (strategy.summary.rstrip("."), sight) if one)
        self.summary.value = f'<div class="bf-explorer-summary">{escape(text)}</div>'
        self.parameters = {one.name: _make_control(one) for one in strategy.parameters}
        self.parameter_box.children = tuple(self.parameters.values()) or (
            w.HTML('<div class="bf-explorer-summary">It has none.</div>'),
        )

    def _on_click(self, _button: object) -> None:
        self.run()

    def _question(self) -> tuple[Strategy, tuple[str, ...]]:
        chosen = tuple(self.symbols.value)
        require(chosen, "symbols", chosen, "at least one", "Select one in the list")
        return self._by_name[self.strategy.value], chosen

    def _settings(self) -> dict[str, Any]:
        return {
            "params": {name: control.value for name, control in self.parameters.items()},
            "start": self.start.value,
            "end": self.end.value,
            "adjust": self.adjust.value,
            "cash": self.cash.value,
            "size": self.size.value,
            "commission": self.commission.value,
        }

    def _show_result(self, result: object) -> None:
        self.error.value = ""
        shell = get_ipython()
        formatter = DisplayFormatter() if shell is None else shell.display_formatter
        data, metadata = formatter.format(result)
        self.report.outputs = ({"output_type": "display_data", "data": data, "metadata": metadata},)
        self._say(_describe(result) or "Done.", is_synthetic=_is_synthetic(result))

    def _fail(self, message: str) -> None:
        self.report.outputs = ()
        self.result = None
        self.error.value = f'<div class="bf-explorer-error" role="alert">{escape(message)}</div>'
        self._say("No report.")

    def _say(self, text: str, *, is_synthetic: bool = False) -> None:
        badge = '<span class="bf-explorer-synthetic">SYNTHETIC</span>' if is_synthetic else ""
        self.state.value = (
            f'<div class="bf-explorer-state" role="status">{badge}{escape(text)}</div>'
        )


def _column(title: str, children: Sequence[Any]) -> Any:
    caption = w.HTML(
        f'<div class="bf-explorer-caption" role="heading" aria-level="3">{escape(title)}</div>'
    )
    column = w.VBox([caption, *children])
    column.add_class("bf-explorer-column")
    return column


def _make_control(parameter: Parameter) -> Any:
    told = {
        "description": parameter.name.replace("_", " "),
        "tooltip": f"{parameter.summary} ({parameter.expectation})".strip(),
        **_SHAPE,
    }
    default = parameter.default
    if parameter.choices:
        return w.Dropdown(options=list(parameter.choices), value=default, **told)
    if isinstance(default, bool):
        return w.Checkbox(value=default, indent=False, **told)
    if isinstance(default, str):
        return w.Text(value=default, **told)
    bounds = {"min": parameter.low, "max": parameter.high}
    if isinstance(default, int):
        limits = {name: int(one) for name, one in bounds.items() if one is not None}
        wide = {"min": -(2**53), "max": 2**53}
        return w.BoundedIntText(value=default, **(wide | limits), **told)
    given = {name: one for name, one in bounds.items() if one is not None}
    step = 10.0 ** min(0, round(_exponent(default)) - 1)
    return w.BoundedFloatText(
        value=default, step=step, **({"min": -1e300, "max": 1e300} | given), **told
    )


def _exponent(value: float) -> float:
    digits = f"{value:e}".partition("e")[2]
    return float(digits)


def _lineage(result: object) -> Sequence[Any]:
    manifest = getattr(result, "manifest", None)
    return getattr(manifest, "lineage", ()) or ()


def _is_synthetic(result: object) -> bool:
    return any(one.is_synthetic for one in _lineage(result))


def _describe(result: object) -> str:
    manifest = getattr(result, "manifest", None)
    if manifest is None:
        return ""
    providers = ", ".join(dict.fromkeys(one.provider for one in manifest.lineage))
    ran = f"{manifest.created_at:%Y-%m-%d %H:%M} UTC"
    return f"{manifest.spec.strategy}: run {manifest.run_id[:8]}, data from {providers}, {ran}"
