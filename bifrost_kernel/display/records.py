"""Smaller results that show themselves: a quality report, a performance."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from bifrost_kernel.engines.analytics.model import Performance
    from bifrost_kernel.engines.marketdata.model import QualityReport

_FINDINGS = ("Severity", "Rule", "Count", "First", "Finding")


class QualityView:
    """How sound and complete a series is.

    Parameters
    ----------
    quality
        The report.
    """

    def __init__(self, quality: QualityReport) -> None:
        self._quality = quality

    def __repr__(self) -> str:
        from bifrost_kernel.display.text import plain, text_table

        parts = [plain(f"{self._quality.instrument_id}: {self._summary()}")]
        if self._quality.findings:
            parts.append(text_table(list(_FINDINGS), self._rows(), numeric=(2,), indent=2))
        return "\n\n".join(parts)

    def _repr_html_(self) -> str:
        from bifrost_kernel.display.markup import join, table
        from bifrost_kernel.display.page import output_html
        from bifrost_kernel.display.report_html import head_html

        parts = [head_html(str(self._quality.instrument_id), self._summary())]
        if self._quality.findings:
            parts.append(table(_FINDINGS, self._rows(), numeric=(2,), class_="bf-prose"))
        return output_html(join(parts))

    def _summary(self) -> str:
        from bifrost_kernel.look.numbers import format_count, format_share

        one = self._quality
        share = format_share(one.bars, one.expected_bars)
        counted = f"{format_count(one.bars)} of {format_count(one.expected_bars)} bars"
        return f"{share} complete, {counted}, {'usable' if one.is_usable else 'NOT usable'}"

    def _rows(self) -> list[tuple[str, str, str, str, str]]:
        from bifrost_kernel.look.numbers import format_count

        return [
            (one.severity.value, one.rule, format_count(one.count), one.first, one.message)
            for one in self._quality.findings
        ]


class PerformanceView:
    """Every figure of a performance, with its convention.

    Parameters
    ----------
    performance
        The figures.
    """

    def __init__(self, performance: Performance) -> None:
        self._performance = performance

    @property
    def df(self) -> pd.DataFrame:
        """One row for each figure: value, standard error, unit, convention."""
        import pandas as pd

        from bifrost_kernel.display.wording import definitions

        known, errors = definitions(), self._performance.standard_errors
        rows = [
            {
                "figure": name,
                "value": value,
                "standard_error": errors.get(name, float("nan")),
                "unit": known[name].unit if name in known else "",
                "convention": known[name].convention if name in known else "",
            }
            for name, value in self._performance.metrics.items()
        ]
        columns = ["figure", "value", "standard_error", "unit", "convention"]
        return pd.DataFrame(rows, columns=columns).set_index("figure")

    def __repr__(self) -> str:
        from bifrost_kernel.display.text import text_table

        return text_table(["Figure", "Value", "Error"], self._rows(), numeric=(1, 2))

    def _repr_html_(self) -> str:
        from bifrost_kernel.display.calendar_table import calendar_html
        from bifrost_kernel.display.markup import join, table
        from bifrost_kernel.display.page import output_html
        from bifrost_kernel.display.report_html import head_html

        span = ""
        if len(self._performance.session_date):
            first, last = self._performance.session_date[[0, -1]]
            span = f"{first} to {last}"
        shown = table(("Figure", "Value", "Error"), self._rows(), numeric=(1, 2))
        calendar = calendar_html(self._performance, "Benchmark")
        return output_html(join((head_html("Performance", span), calendar, shown)))

    def _rows(self) -> list[tuple[str, str, str]]:
        from bifrost_kernel.display.wording import definitions, format_metric, label_of

        known, errors = definitions(), self._performance.standard_errors
        rows = []
        for name, value in self._performance.metrics.items():
            unit = known[name].unit if name in known else "ratio"
            error = f"± {format_metric(errors[name], unit)}" if name in errors else ""
            rows.append((label_of(name, known), format_metric(value, unit), error))
        return rows
