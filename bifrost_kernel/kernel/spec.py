"""The Jupyter kernel named Bifrost: IPython's kernel with the extension loaded."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bifrost_kernel._version import __version__
from bifrost_kernel.domain.errors import StorageError, UnknownNameError
from bifrost_kernel.kernel.mark import draw_svg, write_png

KERNEL_NAME = "bifrost"
DISPLAY_NAME = "Bifrost"


def make_spec(python: str = sys.executable) -> dict[str, Any]:
    """Return the content of ``kernel.json``.

    Parameters
    ----------
    python
        The interpreter that runs the kernel.
    """
    return {
        "argv": [
            python,
            "-m",
            "ipykernel_launcher",
            "-f",
            "{connection_file}",
            "--ext",
            "bifrost_kernel",
        ],
        "display_name": DISPLAY_NAME,
        "language": "python",
        "interrupt_mode": "signal",
        "kernel_protocol_version": "5.5",
        "metadata": {
            "debugger": True,
            "supported_encryption": ["curve"],
            "bifrost_version": __version__,
        },
    }


def write_spec(folder: Path, python: str = sys.executable) -> None:
    """Write ``kernel.json`` and the logos into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(make_spec(python), indent=1) + "\n"
    (folder / "kernel.json").write_text(text, encoding="utf-8")
    (folder / "logo-svg.svg").write_text(draw_svg(), encoding="utf-8")
    for side in (32, 64):
        write_png(folder / f"logo-{side}x{side}.png", side)


def install(*, user: bool = False, prefix: str | None = None, python: str = sys.executable) -> str:
    """Register the kernel with Jupyter.

    Parameters
    ----------
    user
        For this user only.
    prefix
        Into this Python environment: ``sys.prefix`` for the running one. None without `user`
        = for the whole system.
    python
        The interpreter that runs the kernel.

    Returns
    -------
    str
        The folder of the installed kernel.

    Raises
    ------
    StorageError
        The folder cannot be written.
    """
    from jupyter_client.kernelspec import KernelSpecManager

    try:
        with TemporaryDirectory(prefix="bifrost-") as folder:
            write_spec(Path(folder), python)
            return str(
                KernelSpecManager().install_kernel_spec(
                    folder, KERNEL_NAME, user=user, prefix=prefix
                )
            )
    except OSError as error:
        raise StorageError(
            f"kernel folder {error.filename!r} cannot be written: {error.strerror}. "
            "Choose another place with --user, --sys-prefix or --prefix.",
            context={"path": str(error.filename)},
        ) from None


def remove(*, user: bool = False, prefix: str | None = None) -> str:
    """Take the kernel out of Jupyter and return the folder it was in.

    Parameters
    ----------
    user, prefix
        The place it was installed to, as for `install`; no other place is touched.

    Raises
    ------
    UnknownNameError
        No kernel of that name is installed there.
    StorageError
        The folder cannot be removed.
    """
    import shutil

    from jupyter_core.paths import SYSTEM_JUPYTER_PATH, jupyter_data_dir

    base = jupyter_data_dir() if user else SYSTEM_JUPYTER_PATH[0]
    kernels = Path(base if prefix is None else Path(prefix, "share", "jupyter")) / "kernels"
    folder = kernels / KERNEL_NAME
    if not (folder / "kernel.json").is_file():
        raise UnknownNameError(
            f"kernel {KERNEL_NAME!r} is not installed in {str(kernels)!r}. "
            "Say where it is with --user, --sys-prefix or --prefix.",
            context={"path": str(folder)},
        )
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise StorageError(
            f"kernel folder {str(folder)!r} cannot be removed: {error.strerror}. "
            "Check its permissions.",
            context={"path": str(folder)},
        ) from None
    return str(folder)
