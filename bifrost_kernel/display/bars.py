"""Bars that show themselves, with how good they are."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os

    import pandas as pd

    from bifrost_kernel.display.chart import Chart
    from bifrost_kernel.domain.bars import BarSet
    from bifrost_kernel.engines.marketdata.model import QualityReport


class BarsView:
    """The bars of one or more instruments.

    Parameters
    ----------
    bars
        The bars, and proof of what they are.
    quality
        One report for each instrument; none where they were not checked.
    """

    def __init__(self, bars: BarSet, quality: tuple[QualityReport, ...] = ()) -> None:
        self._bars = bars
        self._quality = quality

    def __len__(self) -> int:
        return len(self._bars)

    @property
    def bars(self) -> BarSet:
        """The bar set behind this view."""
        return self._bars

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all that the bars are."""
        return self._bars.fingerprint

    @property
    def df(self) -> pd.DataFrame:
        """The bars by time; by instrument and time where there are several."""
        from bifrost_kernel.display.bars_report import bars_frame

        return bars_frame(self._bars)

    @property
    def closes(self) -> pd.DataFrame:
        """Closing prices, one column for each instrument."""
        import pandas as pd

        from bifrost_kernel.display.timeline import to_index

        columns = {
            str(one.instrument_id): pd.Series(
                one.close, index=to_index(one.spec, one.end, one.session_date)
            )
            for one in self._bars.series
        }
        return pd.DataFrame(columns).sort_index()

    @property
    def quality(self) -> pd.DataFrame:
        """Bars, expected bars and completeness (fraction), one row for each instrument."""
        import pandas as pd

        rows = [
            {
                "instrument": str(one.instrument_id),
                "bars": one.bars,
                "expected_bars": one.expected_bars,
                "completeness": one.completeness,
                "findings": len(one.findings),
                "is_usable": one.is_usable,
            }
            for one in self._quality
        ]
        columns = ["instrument", "bars", "expected_bars", "completeness", "findings", "is_usable"]
        return pd.DataFrame(rows, columns=columns).set_index("instrument")

    @property
    def findings(self) -> pd.DataFrame:
        """What was found wrong, one row for each finding."""
        import pandas as pd

        rows = [
            {
                "instrument": str(report.instrument_id),
                "severity": one.severity.value,
                "rule": one.rule,
                "count": one.count,
                "first": one.first,
                "message": one.message,
            }
            for report in self._quality
            for one in report.findings
        ]
        columns = ["instrument", "severity", "rule", "count", "first", "message"]
        return pd.DataFrame(rows, columns=columns)

    def plot(self, theme: str | None = None) -> Any:
        """Return the price chart as a Bokeh layout that shows itself in a notebook.

        Parameters
        ----------
        theme
            ``light`` or ``dark`` where the layout is used elsewhere; None = light.
        """
        from bifrost_kernel.display.plots import plot_chart

        return plot_chart(self._chart, theme)

    def to_html(self, path: str | os.PathLike[str]) -> str:
        """Write chart, quality and sample rows as one HTML file, and return its path."""
        from bifrost_kernel.display.bars_report import bars_body
        from bifrost_kernel.display.page import write_page

        title = ", ".join(str(one) for one in self._bars.instrument_ids)
        return write_page(path, title, bars_body(self._bars, self._quality, self._chart))

    def __repr__(self) -> str:
        from bifrost_kernel.display.bars_report import bars_text

        return bars_text(self._bars, self._quality)

    def _repr_html_(self) -> str:
        from bifrost_kernel.display.bars_report import bars_body
        from bifrost_kernel.display.page import output_html

        body = bars_body(self._bars, self._quality, self._chart)
        return output_html(body, has_charts=True)

    def _repr_png_(self) -> bytes:
        from bifrost_kernel.display.plots import picture_of

        return picture_of(self._chart)

    @cached_property
    def _chart(self) -> Chart:
        from bifrost_kernel.display.bars_report import bars_chart

        return bars_chart(self._bars)
