"""The report runner: one question, one executed and proven report, kept for ever."""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from bifrost_kernel._version import __version__
from bifrost_kernel.domain.errors import MissingExtraError, ReportError, StorageError
from bifrost_kernel.reporting.execution import execute
from bifrost_kernel.reporting.notebooks import (
    find_notebook,
    hash_notebook,
    read_notebook,
    run_key,
)
from bifrost_kernel.reporting.page import render_page
from bifrost_kernel.reporting.parameters import check_parameters, read_defaults
from bifrost_kernel.reporting.proof import (
    find_failure,
    last_lines,
    name_cell,
    require_complete,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bifrost_kernel.workflows.ports import Progress

MANIFEST = "report.json"
_DRAFT, _SOURCE, _FAILED = ".draft", ".source.ipynb", ".failed"


@dataclass(frozen=True, slots=True)
class _Question:
    """What is to be run, read and checked."""

    path: Path
    notebook: Any
    notebook_hash: str
    parameters: dict[str, Any]
    key: str

    @property
    def name(self) -> str:
        return self.path.stem


class PapermillRunner:
    """Executes report notebooks once for each distinct question, and keeps every attempt.

    Parameters
    ----------
    root
        Folder of the outputs: ``<report>/<key>/<attempt>`` holds a finished report's notebook,
        page and manifest; ``<attempt>.failed`` a failed one's notebook and failure note.
    notebooks
        Folders in which reports are found by name.
    kernel_name
        The kernel that executes them; ``bifrost`` runs unregistered too.
    environment
        Variables of that kernel besides this process's.
    cell_timeout_seconds
        The longest a cell may take; None = as long as it likes.
    progress
        Told of each cell that is done; None = nobody is.
    """

    def __init__(
        self,
        root: Path,
        notebooks: Sequence[Path] = (),
        *,
        kernel_name: str = "bifrost",
        environment: Mapping[str, str] | None = None,
        cell_timeout_seconds: int | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._root = root
        self._notebooks = tuple(notebooks)
        self._kernel_name = kernel_name
        self._environment = dict(environment or {})
        self._cell_timeout_seconds = cell_timeout_seconds
        self._progress = progress

    def run(self, notebook: str, parameters: Mapping[str, object], *, force: bool = False) -> str:
        """Return the folder that holds the executed notebook and its HTML.

        Parameters
        ----------
        notebook
            A report's name, or the path of a notebook.
        parameters
            Values by name, for its cell tagged ``parameters``.
        force
            Run again although the same question was answered before.

        Raises
        ------
        UnknownNameError
            No such report or parameter.
        InvalidInputError
            No readable notebook, or a value that may not be given.
        ReportError
            A cell failed or never ran, or the attestation is missing or incomplete; the message
            names it, and the failed notebook is kept with a note.
        StorageError
            The folder cannot be written.
        MissingExtraError
            papermill or nbconvert is not installed.
        """
        question = self._read(notebook, parameters)
        folder = self._root / question.name / question.key[:16]
        with _storage(folder), _only_one(folder):
            done = None if force else _newest_done(folder)
            return str(done or self._attempt(question, folder))

    def read_defaults(self, notebook: str) -> Mapping[str, object]:
        """Return a report's parameters with their defaults.

        Raises
        ------
        UnknownNameError
            No such report.
        InvalidInputError
            No readable notebook.
        MissingExtraError
            papermill or nbconvert is not installed.
        """
        return read_defaults(self._open(notebook)[1])

    def _open(self, notebook: str) -> tuple[Path, Any]:
        try:
            path = find_notebook(notebook, self._notebooks)
            return path, read_notebook(path)
        except ModuleNotFoundError:
            raise MissingExtraError.of("running a report", "reports") from None

    def _read(self, notebook: str, parameters: Mapping[str, object]) -> _Question:
        path, content = self._open(notebook)
        values = check_parameters(content, parameters)
        digest = hash_notebook(content)
        return _Question(path, content, digest, values, run_key(digest, values, [__version__]))

    def _attempt(self, question: _Question, folder: Path) -> Path:
        number = _next_number(folder)
        draft = folder / _DRAFT
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        try:
            try:
                self._execute(question, draft)
                _finish(question, draft, number)
            except ReportError as error:
                note = _keep_failure(question, draft, number, error)
                kept = draft.rename(folder / f"{number}{_FAILED}")
                raise ReportError(
                    f"report {question.name!r} failed: {note['error']}. Kept in {str(kept)!r}",
                    context={**note, "folder": str(kept)},
                ) from None
            return draft.rename(folder / str(number))
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _execute(self, question: _Question, draft: Path) -> None:
        import nbformat

        source, target = draft / _SOURCE, draft / f"{question.name}.ipynb"
        nbformat.write(question.notebook, source)
        try:
            execute(
                source,
                target,
                question.parameters,
                folder=question.path.parent,
                kernel_name=self._kernel_name,
                environment=self._environment,
                cell_timeout_seconds=self._cell_timeout_seconds,
                progress=self._progress,
            )
        finally:
            source.unlink(missing_ok=True)


def _finish(question: _Question, draft: Path, number: int) -> None:
    import nbformat

    path = draft / f"{question.name}.ipynb"
    executed = nbformat.read(path, as_version=4)
    checks = require_complete(executed)
    # where it ran is nobody's business
    executed.metadata.papermill.update(input_path=question.path.name, output_path=path.name)
    nbformat.write(executed, path)
    title = executed.metadata.get("title", question.name.replace("_", " "))
    told = ", ".join(f"{name}={value!r}" for name, value in question.parameters.items())
    foot = (
        f"{len(checks)} of {len(checks)} checks passed: {', '.join(checks)}",
        f"report {question.name} · {told or 'no parameters'} · attempt {number}",
        f"question {question.key} · notebook {question.notebook_hash} · Bifrost {__version__}",
    )
    page = render_page(executed, title, foot)
    (draft / f"{question.name}.html").write_text(page, encoding="utf-8")
    manifest = {
        "report": question.name,
        "key": question.key,
        "attempt": number,
        "parameters": question.parameters,
        "notebook_hash": question.notebook_hash,
        "executed_sha256": _sha256(path),
        "checks": list(checks),
        "version": __version__,
    }
    _write_json(draft / MANIFEST, manifest)


def _keep_failure(
    question: _Question, draft: Path, number: int, error: ReportError
) -> dict[str, Any]:
    import nbformat

    path = draft / f"{question.name}.ipynb"
    kept = draft / f"{question.name}.failed.ipynb"
    if path.exists():
        path.rename(kept)
    else:
        nbformat.write(question.notebook, kept)
    for leftover in (draft / f"{question.name}.html", draft / MANIFEST):
        leftover.unlink(missing_ok=True)
    cell_number, cell = find_failure(nbformat.read(kept, as_version=4))
    told = error if "cell" in error.context else name_cell(cell_number, cell, error.message)
    note = {
        "report": question.name,
        "key": question.key,
        "attempt": number,
        "parameters": question.parameters,
        "error": told.message,
        "cell": told.context["cell"],
        "cell_id": told.context["cell_id"],
        "last_lines": last_lines(cell),
    }
    _write_json(draft / f"{question.name}.failure.json", note)
    return note


def _newest_done(folder: Path) -> Path | None:
    finished = sorted(
        (one for one in folder.iterdir() if one.name.isdecimal()),
        key=lambda one: int(one.name), reverse=True,
    )  # fmt: skip
    return next((one for one in finished if _is_intact(one)), None)


def _is_intact(folder: Path) -> bool:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        name = manifest["report"]
        executed = _sha256(folder / f"{name}.ipynb")
        return bool(executed == manifest["executed_sha256"]) and (folder / f"{name}.html").exists()
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _next_number(folder: Path) -> int:
    taken = (one.name.removesuffix(_FAILED) for one in folder.iterdir())
    return 1 + max((int(one) for one in taken if one.isdecimal()), default=0)


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        yield


@contextmanager
def _storage(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"reports folder {str(folder)!r} cannot be written: {error.strerror or error}. "
            "Free some space, or open the desk with a home that you may write to.",
            context={"path": str(folder)},
        ) from None


def _write_json(path: Path, value: Mapping[str, object]) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
