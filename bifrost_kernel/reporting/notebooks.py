"""Report notebooks as they are found: by name or path, without outputs, with a hash."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bifrost_kernel.domain.errors import InvalidInputError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SUFFIX = ".ipynb"


def find_notebook(name: str, folders: Iterable[Path]) -> Path:
    """Return the notebook that a name or a path means.

    Parameters
    ----------
    name
        ``tear_sheet``, found in `folders` or in a folder ``reports`` inside one, the first
        wins; or a path, which has a separator or ends in ``.ipynb``.
    folders
        Where notebooks are looked for.

    Raises
    ------
    UnknownNameError
        No folder has a notebook of that name.
    InvalidInputError
        There is no file at that path.
    """
    if name.endswith(SUFFIX) or "/" in name or "\\" in name:
        path = Path(name).expanduser()
        if not path.is_file():
            raise InvalidInputError(
                f"notebook {name!r}: there is no such file. "
                "Name a report, or the path of a notebook.",
                context={"notebook": name},
            )
        return path.resolve()
    known = list_notebooks(folders)
    if name not in known:
        raise UnknownNameError.of("report", name, known, "A path to a notebook works too.")
    return known[name]


def list_notebooks(folders: Iterable[Path]) -> dict[str, Path]:
    """Return the path of each report by its name."""
    found: dict[str, Path] = {}
    for folder in folders:
        for place in (folder / "reports", folder):
            for path in sorted(place.glob(f"*{SUFFIX}")):
                found.setdefault(path.stem, path.resolve())
    return found


def read_notebook(path: Path) -> Any:
    """Return a notebook without outputs, counts and the traces of earlier runs.

    Raises
    ------
    InvalidInputError
        The file is not a notebook, or one in another language than Python.
    """
    import nbformat

    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except (OSError, ValueError, AttributeError, KeyError, nbformat.ValidationError) as error:
        first_line = (str(error).splitlines() or [type(error).__name__])[0]
        raise InvalidInputError(
            f"notebook {path.name!r} cannot be read: {first_line[:160]}. "
            "Open it in JupyterLab and save it again.",
            context={"notebook": str(path)},
        ) from None
    language = notebook.metadata.get("kernelspec", {}).get("language", "python")
    if language.lower() != "python":
        raise InvalidInputError(
            f"notebook {path.name!r}: expected a Python notebook, was {language!r}",
            context={"notebook": str(path), "language": language},
        )
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def hash_notebook(notebook: Any) -> str:
    """Return the SHA-256 (hex) of what a notebook says: kinds, sources and tags of its cells."""
    cells = [
        [cell.cell_type, cell.source, sorted(cell.metadata.get("tags", []))]
        for cell in notebook.cells
    ]
    return _digest(cells)


def run_key(
    notebook_hash: str, parameters: Mapping[str, object], versions: Iterable[object]
) -> str:
    """Return the SHA-256 (hex) of a question: notebook, parameters, versions of the answerer."""
    return _digest([notebook_hash, dict(sorted(parameters.items())), list(versions)])


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
