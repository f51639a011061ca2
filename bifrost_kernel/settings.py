"""The only reader of environment variables and of the configuration file.

``BIFROST_HOME`` names the home folder (default: ``.bifrost`` in the user's home). An
optional ``config.toml`` in it may set any field of `Settings` but the home itself.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from bifrost_kernel.domain.errors import (
    InvalidInputError,
    StorageError,
    UnknownNameError,
    require,
)

CONFIG_NAME = "config.toml"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a desk is opened with.

    Parameters
    ----------
    home
        Folder that holds everything Bifrost keeps.
    notebooks
        Folders in which reports are looked up by name, first match wins.
    risk_free
        Fraction per year that Sharpe and Sortino ratios are measured against.
    report_kernel
        Jupyter kernel that runs reports.
    bar_seconds
        Seconds that a compiled function may take for one bar before it is stopped.
    """

    home: Path
    notebooks: tuple[Path, ...] = ()
    risk_free: float = 0.0
    report_kernel: str = "bifrost"
    bar_seconds: float = 10.0


def load_settings(home: str | os.PathLike[str] | None = None) -> Settings:
    """Read the settings for a home folder.

    Parameters
    ----------
    home
        The folder; None = ``BIFROST_HOME``, else ``.bifrost`` in the user's home.

    Returns
    -------
    Settings
        The configuration file's values over the defaults.

    Raises
    ------
    InvalidInputError
        The configuration file has an unknown key or a value of the wrong type.
    """
    folder = _read_folder(home or os.environ.get("BIFROST_HOME") or Path.home() / ".bifrost")
    given = _read_config(folder / CONFIG_NAME)
    searched = given.get("notebooks") or _default_notebooks()
    return Settings(
        home=folder.absolute(),
        notebooks=tuple(Path(one).expanduser() for one in searched),
        risk_free=float(given.get("risk_free", 0.0)),
        report_kernel=str(given.get("report_kernel", "bifrost")),
        bar_seconds=_read_seconds(given, "bar_seconds", 10.0, folder / CONFIG_NAME),
    )


def require_writable_home(settings: Settings) -> None:
    """Make the home folder, or raise `StorageError` saying why it cannot be used."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"home folder {str(settings.home)!r} cannot be made: {error.strerror}. "
            "Set BIFROST_HOME to a folder that you may write to.",
            context={"home": str(settings.home)},
        ) from None
    if not os.access(settings.home, os.W_OK | os.X_OK):
        raise StorageError(
            f"home folder {str(settings.home)!r} is not writable. "
            "Set BIFROST_HOME to a folder that you may write to.",
            context={"home": str(settings.home)},
        )


def notebook_path() -> str | None:
    """Return the path of the notebook whose kernel this is; None when the server told none.

    Notes
    -----
    Set when the kernel starts; it does not follow a rename.
    """
    return os.environ.get("JPY_SESSION_NAME") or None


def _read_seconds(given: dict[str, Any], name: str, default: float, path: Path) -> float:
    seconds = float(given.get(name, default))
    where = f"setting {name!r} in {str(path)!r}"
    require(0 < seconds < float("inf"), where, seconds, "seconds, above 0")
    return seconds


def _read_folder(given: object) -> Path:
    is_path = isinstance(given, str | os.PathLike) and "\0" not in str(given)
    require(is_path, "home", given, "the path of a folder", "Set BIFROST_HOME to one")
    try:
        return Path(given).expanduser()  # type: ignore[arg-type]  # just checked
    except RuntimeError:
        raise StorageError(
            f"home folder {str(given)!r}: whose home that is, nobody knows. "
            "Set BIFROST_HOME to a folder that you may write to.",
            context={"home": str(given)},
        ) from None


def _read_config(path: Path) -> dict[str, Any]:
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return {}
    except OSError as error:
        raise StorageError(
            f"configuration {str(path)!r} cannot be read: {error.strerror}. "
            "Mend it, or set BIFROST_HOME to another folder.",
            context={"path": str(path)},
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            f"configuration {str(path)!r} is not valid TOML: {error}. Mend it or delete it.",
            context={"path": str(path)},
        ) from None
    kinds = {
        "notebooks": list,
        "risk_free": (int, float),
        "report_kernel": str,
        "bar_seconds": (int, float),
    }
    for name, value in given.items():
        if name not in kinds:
            known = [one.name for one in fields(Settings) if one.name != "home"]
            raise UnknownNameError.of(f"setting in {str(path)!r}", name, known)
        if not isinstance(value, kinds[name]):  # type: ignore[arg-type]
            raise InvalidInputError(
                f"setting {name!r} in {str(path)!r}: expected {kinds[name]}, was {value!r}",
                context={"name": name, "value": value},
            )
    return given


def _default_notebooks() -> tuple[Path, ...]:
    beside_package = Path(__file__).resolve().parent.parent / "notebooks"
    return (
        Path.cwd() / "notebooks" / "reports",
        Path.cwd(),
        beside_package / "reports",
    )
