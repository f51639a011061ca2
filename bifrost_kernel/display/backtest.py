"""A backtest that shows itself."""

from __future__ import annotations

from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    import pandas as pd

    from bifrost_kernel.display.chart import Chart
    from bifrost_kernel.display.frames import ResultFrames
    from bifrost_kernel.engines.strategy.model import BacktestReport, RunManifest, SimulatorCheck


class BacktestView:
    """One run: its figures, its records as frames, its charts.

    Parameters
    ----------
    report
        The run's whole record.
    """

    def __init__(self, report: BacktestReport) -> None:
        self._report = report

    @property
    def report(self) -> BacktestReport:
        """The record behind this view."""
        return self._report

    @property
    def manifest(self) -> RunManifest:
        """What the run was made of."""
        return self._report.manifest

    @property
    def run_id(self) -> str:
        """Its name in the run store."""
        return self._report.manifest.run_id

    @property
    def simulator(self) -> str:
        """Name and version of what ran it."""
        return self._report.result.simulator

    @property
    def check(self) -> SimulatorCheck | None:
        """What running it on a second simulator found; None when that was not asked for."""
        return self._report.manifest.check

    @property
    def final_cash(self) -> float:
        """Cash after the last bar, currency."""
        return self._report.result.final_cash

    @property
    def final_nav(self) -> float:
        """Cash plus market value after the last bar, currency."""
        return self._report.result.final_nav

    @property
    def metrics(self) -> Mapping[str, float]:
        """Value of every figure by name."""
        return MappingProxyType(self._report.performance.metrics)

    @property
    def standard_errors(self) -> Mapping[str, float]:
        """Standard error by figure, where there is one."""
        return MappingProxyType(self._report.performance.standard_errors)

    @property
    def nav(self) -> pd.Series:
        """Net asset value at each bar's close, currency."""
        return self._frames.series(self._report.result.nav, "nav")

    @property
    def cash(self) -> pd.Series:
        """Cash at each bar's close, currency."""
        return self._frames.series(self._report.result.cash, "cash")

    @property
    def benchmark(self) -> pd.Series:
        """The benchmark's net asset value from the same opening cash, currency."""
        return self._frames.series(self._report.benchmark_nav, "benchmark")

    @property
    def positions(self) -> pd.DataFrame:
        """Signed units at each bar's close, one column for each instrument."""
        return self._frames.positions()

    @property
    def fills(self) -> pd.DataFrame:
        """Executions, in order."""
        return self._frames.fills()

    @property
    def orders(self) -> pd.DataFrame:
        """Orders, in the order they were created."""
        return self._frames.orders()

    @property
    def order_events(self) -> pd.DataFrame:
        """Every change of an order's state as the strategy was told."""
        return self._frames.order_events()

    @property
    def round_trips(self) -> pd.DataFrame:
        """Holdings from flat to flat."""
        return self._frames.round_trips()

    @property
    def df(self) -> pd.DataFrame:
        """Net asset value, cash, benchmark and drawdown at each bar's close."""
        from bifrost_kernel.display.frames import report_frame

        return report_frame(self._report)

    @property
    def yearly(self) -> pd.DataFrame:
        """Return of each calendar year, strategy and benchmark, fraction."""
        from bifrost_kernel.display.frames import yearly_frame

        return yearly_frame(self._report.performance)

    @property
    def monthly(self) -> pd.DataFrame:
        """Return of each month, fraction; years down, months across."""
        from bifrost_kernel.display.frames import monthly_frame

        return monthly_frame(self._report.performance)

    def plot(self, theme: str | None = None) -> Any:
        """Return the charts as a Bokeh layout that shows itself in a notebook.

        Parameters
        ----------
        theme
            ``light`` or ``dark`` where the layout is used elsewhere; None = light.
        """
        from bifrost_kernel.display.plots import plot_chart

        return plot_chart(self._chart, theme, months=self._report.performance)

    def to_html(self, path: str | os.PathLike[str]) -> str:
        """Write the report as one HTML file that needs no network, and return its path."""
        from bifrost_kernel.display.page import write_page
        from bifrost_kernel.display.report_html import report_body
        from bifrost_kernel.display.wording import name_run

        return write_page(
            path, name_run(self.manifest.spec), report_body(self._report, self._chart)
        )

    def __repr__(self) -> str:
        from bifrost_kernel.display.report_text import report_text

        return report_text(self._report)

    def _repr_html_(self) -> str:
        from bifrost_kernel.display.page import output_html
        from bifrost_kernel.display.report_html import report_body

        body = report_body(self._report, self._chart)
        return output_html(body, has_charts=True)

    def _repr_png_(self) -> bytes:
        from bifrost_kernel.display.plots import picture_of

        return picture_of(self._chart)

    @cached_property
    def _chart(self) -> Chart:
        from bifrost_kernel.display.report_charts import report_chart

        return report_chart(self._report)

    @cached_property
    def _frames(self) -> ResultFrames:
        from bifrost_kernel.display.frames import ResultFrames

        spec = self._report.manifest.spec
        return ResultFrames(self._report.result, spec.spec, spec.trading.commission.multiplier)
