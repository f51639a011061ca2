"""Whether an executed report may be believed: every cell ran, and it says what it checked."""

from __future__ import annotations

import re
from typing import Any

from bifrost_kernel.domain.errors import ReportError

# The display layer's attestation carries the same word; it stands above this one.
ATTESTATION_MIME = "application/vnd.bifrost.attestation+json"
_LAST_LINES = 20
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def require_complete(notebook: Any) -> tuple[str, ...]:
    """Return the names of the checks that a complete report attests.

    Parameters
    ----------
    notebook
        As executed.

    Raises
    ------
    ReportError
        A cell failed, ended the run early or never ran; or the last cell's attestation is
        missing, malformed, or has fewer passed checks than declared ones.
    """
    cells = _code_cells(notebook)
    for number, cell in cells:
        _require_executed(number, cell)
    if not cells:
        raise name_cell(0, None, "it has no code cell, so it attests nothing")
    number, last = cells[-1]
    found = [
        output.data[ATTESTATION_MIME]
        for _, cell in cells
        for output in cell.outputs
        if ATTESTATION_MIME in output.get("data", {})
    ]
    in_last = [one for one in last.outputs if ATTESTATION_MIME in one.get("data", {})]
    if len(in_last) != 1 or len(found) != 1:
        raise name_cell(
            number, last,
            f"expected one closed attestation, shown by the last cell, was {len(in_last)} there "
            f"and {len(found) - len(in_last)} before. End the report with attestation.close()",
        )  # fmt: skip
    return _require_passed(number, last, found[0])


def find_failure(notebook: Any) -> tuple[int, Any]:
    """Return the cell that a broken run stopped in, with its number among the cells.

    It is the first with an error, else the last that was begun, else the first one.
    """
    cells = _code_cells(notebook)
    if not cells:
        return 0, None
    for number, cell in cells:
        if _errors(cell):
            return number, cell
    begun = [one for one in cells if one[1].metadata.get("papermill", {}).get("start_time")]
    return begun[-1] if begun else cells[0]


def name_cell(number: int, cell: Any, reason: str) -> ReportError:
    """Return the error that says what went wrong in which cell, in one line."""
    name = cell.get("id") if cell is not None else None
    where = f"cell {number}" + (f" (id {name})" if name else "")
    first_line = (reason.splitlines() or [""])[0][:300]
    return ReportError(
        f"{where}: {first_line}", context={"cell": number, "cell_id": name, "reason": reason}
    )


def last_lines(cell: Any) -> list[str]:
    """Return the last lines that a cell put out, its error's among them, without colours."""
    lines: list[str] = []
    for output in cell.outputs if cell is not None else ():
        if output.output_type == "stream":
            lines += output.text.splitlines()
        elif output.output_type == "error":
            lines += "\n".join(output.traceback).splitlines()
    return [_ANSI.sub("", one) for one in lines[-_LAST_LINES:]]


def _code_cells(notebook: Any) -> list[tuple[int, Any]]:
    return [
        (number, cell)
        for number, cell in enumerate(notebook.cells, start=1)
        if cell.cell_type == "code" and cell.source.strip()
    ]


def _errors(cell: Any) -> list[Any]:
    return [one for one in cell.outputs if one.output_type == "error"]


def _is_completed(cell: Any) -> bool:
    ran = cell.metadata.get("papermill", {})
    return (
        cell.execution_count is not None
        and ran.get("status") == "completed"
        and not ran.get("exception")
    )


def _require_executed(number: int, cell: Any) -> None:
    for error in _errors(cell):
        if error.ename == "SystemExit":
            raise name_cell(number, cell, "it ended the run with sys.exit: what follows never ran")
        raise name_cell(number, cell, f"{error.ename}: {error.evalue}".rstrip(": "))
    if not _is_completed(cell):
        raise name_cell(number, cell, "it never ran to its end")


def _require_passed(number: int, cell: Any, attested: Any) -> tuple[str, ...]:
    try:
        declared = [str(one) for one in attested["declared"]]
        outcome = {str(one["name"]): one["passed"] is True for one in attested["checks"]}
        is_passed = attested["passed"] is True and len(attested["checks"]) == len(declared)
    except (KeyError, TypeError):
        raise name_cell(number, cell, "its attestation cannot be read") from None
    if not declared or len(set(declared)) != len(declared):
        raise name_cell(number, cell, "its attestation declares no check, or one twice")
    missing = [one for one in declared if one not in outcome]
    if missing:
        raise name_cell(
            number, cell,
            f"{len(declared) - len(missing)} of {len(declared)} declared checks ran; "
            f"not run: {', '.join(missing)}",
        )  # fmt: skip
    failed = [name for name, passed in outcome.items() if not passed]
    if failed or not is_passed:
        raise name_cell(number, cell, f"checks failed: {', '.join(failed) or 'the count is off'}")
    return tuple(declared)
