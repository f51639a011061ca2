"""A person's reports: asked of the prices as they are now, answered once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_kernel.domain.bars import Adjustment, BarSpec
from bifrost_kernel.domain.reading import read_choice, read_date

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bifrost_kernel.domain.bars import BarSet
    from bifrost_kernel.workflows.ports import ReportRunner

FINGERPRINT = "data_fingerprint"


def run_report(
    reports: ReportRunner,
    fetch: Callable[..., BarSet],
    *,
    notebook: str,
    parameters: Mapping[str, object],
    force: bool,
) -> str:
    """Return the folder of the executed report.

    Parameters
    ----------
    reports
        Runs notebooks.
    fetch
        ``fetch(symbols, *, start, end, spec, adjustment, provider)`` gives bars.
    notebook
        A report's name, or the path of a notebook.
    parameters
        Values by name.
    force
        Run again although the same question was answered before.

    Notes
    -----
    A report that declares ``data_fingerprint`` beside ``symbols`` is asked about the prices as
    they are now: the desk fills it in, so that other prices are another question and an old
    answer is never given for them.
    """
    given = dict(parameters)
    declared = reports.read_defaults(notebook)
    if FINGERPRINT in declared and "symbols" in declared and given.get(FINGERPRINT) is None:
        bars = _bars_of({**declared, **given}, fetch)
        given[FINGERPRINT] = bars.fingerprint
    return reports.run(notebook, given, force=force)


def _bars_of(values: Mapping[str, object], fetch: Callable[..., BarSet]) -> BarSet:
    provider = values.get("provider")
    return fetch(
        str(values["symbols"]).split(),
        start=read_date(values.get("start"), "start"),
        end=read_date(values.get("end"), "end", is_end=True),
        spec=BarSpec.parse(str(values.get("interval") or "1d")),
        adjustment=read_choice(Adjustment, values.get("adjust") or "all", "adjust"),
        provider=None if provider is None else str(provider),
    )
