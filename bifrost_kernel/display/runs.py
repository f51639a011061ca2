"""Kept runs: a list of them, and two side by side."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    import pandas as pd

    from bifrost_kernel.display.chart import Chart
    from bifrost_kernel.engines.strategy.model import BacktestReport, RunManifest

_COLUMNS = (
    "Run", "Strategy", "Instruments", "Annual return", "Sharpe", "Max drawdown", "Round trips",
    "Parameters", "Made", "Simulator",
)  # fmt: skip
_NUMERIC = (3, 4, 5, 6)
_WRAPPED = (2, 7)


class RunsView:
    """Runs, newest first.

    Parameters
    ----------
    rows
        (manifest, figures by name) of each.
    """

    def __init__(self, rows: tuple[tuple[RunManifest, Mapping[str, float]], ...]) -> None:
        self._rows = tuple(rows)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def rows(self) -> tuple[tuple[RunManifest, Mapping[str, float]], ...]:
        """Manifest and figures of each run."""
        return self._rows

    @property
    def df(self) -> pd.DataFrame:
        """One row for each run, by its id: what it was, and every figure."""
        import pandas as pd

        from bifrost_kernel.display.simulators import outcome_of

        records = [
            {
                "run_id": one.run_id,
                "created_at": one.created_at,
                "strategy": one.spec.strategy,
                "instruments": ", ".join(str(part) for part in one.spec.instrument_ids),
                "parameters": dict(one.spec.parameters),
                "simulator": one.simulator,
                "check": outcome_of(one.check),
                "data_fingerprint": one.data_fingerprint,
                "strategy_version": one.strategy_version,
                **figures,
            }
            for one, figures in self._rows
        ]
        if not records:
            return pd.DataFrame(index=pd.Index([], name="run_id"))
        return pd.DataFrame(records).set_index("run_id")

    def __repr__(self) -> str:
        from bifrost_kernel.display.text import text_table

        if not self._rows:
            return "no runs yet. Make one with: %backtest sma_cross AAPL"
        return text_table(list(_COLUMNS), self._cells(), numeric=_NUMERIC)

    def _repr_html_(self) -> str:
        from bifrost_kernel.display.markup import join, table, tag
        from bifrost_kernel.display.page import output_html
        from bifrost_kernel.display.report_html import foot_html, head_html

        count = len(self._rows)
        if not self._rows:
            text = "No runs yet. Make one with: %backtest sma_cross AAPL"
            return output_html(tag("p", text, class_="bf-muted"))
        cells = [
            (
                tag("span", row[0], class_="bf-code"),
                *(
                    tag("div", cell, class_="bf-wide") if at in _WRAPPED else cell
                    for at, cell in enumerate(row[1:], start=1)
                ),
            )
            for row in self._cells()
        ]
        shown = table(_COLUMNS, cells, numeric=_NUMERIC, caption="Runs, newest first")
        head = head_html("Runs", f"{count} shown, newest first")
        foot = foot_html(["%backtest --compare RUN RUN sets two side by side"], (".df",))
        return output_html(join((head, shown, foot)))

    def _cells(self) -> list[tuple[str, ...]]:
        from bifrost_kernel.display.simulators import name_simulator
        from bifrost_kernel.display.wording import describe_parameters, is_synthetic
        from bifrost_kernel.look.numbers import format_count, format_number, format_percent
        from bifrost_kernel.look.times import format_instant

        nan = float("nan")
        return [
            (
                one.run_id,
                one.spec.strategy,
                _shorten([str(part) for part in one.spec.instrument_ids])
                + (" SYNTHETIC" if is_synthetic(one) else ""),
                format_percent(figures.get("annual_return", nan)),
                format_number(figures.get("sharpe", nan)),
                format_percent(figures.get("max_drawdown", nan)),
                format_count(figures.get("round_trips", nan)),
                describe_parameters(one.spec),
                format_instant(one.created_at),
                name_simulator(one),
            )
            for one, figures in self._rows
        ]


class ComparisonView:
    """Two runs side by side.

    Parameters
    ----------
    left, right
        The runs; differences are right minus left.
    """

    def __init__(self, left: BacktestReport, right: BacktestReport) -> None:
        self._left = left
        self._right = right

    @property
    def left(self) -> BacktestReport:
        """The first run's record."""
        return self._left

    @property
    def right(self) -> BacktestReport:
        """The second run's record."""
        return self._right

    @property
    def df(self) -> pd.DataFrame:
        """Every figure of both, and the difference."""
        from bifrost_kernel.display.comparison import metrics_frame

        return metrics_frame(self._left, self._right)

    @property
    def differences(self) -> pd.DataFrame:
        """What the two were made of where it is not the same."""
        import pandas as pd

        from bifrost_kernel.display.comparison import find_differences

        rows = find_differences(self._left.manifest, self._right.manifest)
        return pd.DataFrame(rows, columns=["what", "left", "right"]).set_index("what")

    def plot(self, theme: str | None = None) -> Any:
        """Return both navs and drawdowns as a Bokeh layout that shows itself in a notebook.

        Parameters
        ----------
        theme
            ``light`` or ``dark`` where the layout is used elsewhere; None = light.
        """
        from bifrost_kernel.display.plots import plot_chart

        return plot_chart(self._chart, theme)

    def to_html(self, path: str | os.PathLike[str]) -> str:
        """Write the comparison as one HTML file that needs no network, and return its path."""
        from bifrost_kernel.display.comparison import comparison_body
        from bifrost_kernel.display.page import write_page

        body = comparison_body(self._left, self._right, self._chart)
        return write_page(path, "Two runs side by side", body)

    def __repr__(self) -> str:
        from bifrost_kernel.display.comparison import comparison_text

        return comparison_text(self._left, self._right)

    def _repr_html_(self) -> str:
        from bifrost_kernel.display.comparison import comparison_body
        from bifrost_kernel.display.page import output_html

        body = comparison_body(self._left, self._right, self._chart)
        return output_html(body, has_charts=True)

    def _repr_png_(self) -> bytes:
        from bifrost_kernel.display.plots import picture_of

        return picture_of(self._chart)

    @cached_property
    def _chart(self) -> Chart:
        from bifrost_kernel.display.report_charts import comparison_chart

        return comparison_chart(self._left, self._right)


def _shorten(names: list[str], limit: int = 3) -> str:
    more = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {more} more" if more > 0 else "")
