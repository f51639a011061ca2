"""The command ``bifrost``: the kernel, reports and the desk's state, from a terminal."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bifrost_kernel._version import __version__
from bifrost_kernel.domain.errors import BifrostError, InvalidInputError, StorageError
from bifrost_kernel.domain.reading import read_value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Verb = Callable[[argparse.Namespace], str]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments
        Words after the command's name; None = those of this process.

    Returns
    -------
    int
        0, or 1 when something went wrong; the reason stands in one line on stderr. A line that
        cannot be understood exits with 2.
    """
    chosen = _make_parser().parse_args(arguments)
    verb: Verb = chosen.verb
    try:
        sys.stdout.write(verb(chosen) + "\n")
    except BifrostError as error:
        sys.stderr.write(f"bifrost: {error.message}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("bifrost: interrupted\n")
        return 130
    return 0


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bifrost", description="Backtests and reports in Jupyter.", allow_abbrev=False
    )
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_kernel(verbs)
    _add_report(verbs)
    _add_status(verbs)
    version = verbs.add_parser("version", help="print the version", allow_abbrev=False)
    version.set_defaults(verb=lambda _: __version__)
    return parser


def _add_kernel(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    kernel = verbs.add_parser("kernel", help="register the Jupyter kernel", allow_abbrev=False)
    actions = kernel.add_subparsers(required=True, metavar="ACTION")
    install = actions.add_parser(
        "install", help="register the kernel named Bifrost with Jupyter", allow_abbrev=False
    )
    install.set_defaults(verb=_install_kernel)
    remove = actions.add_parser("remove", help="take it out again", allow_abbrev=False)
    remove.set_defaults(verb=_remove_kernel)
    for action in (install, remove):
        place = action.add_mutually_exclusive_group()
        place.add_argument("--user", action="store_true", help="for this user only")
        place.add_argument(
            "--sys-prefix", action="store_true", help="in this Python environment (the default)"
        )
        place.add_argument("--prefix", metavar="FOLDER", help="in that Python environment")


def _add_report(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    report = verbs.add_parser("report", help="execute a report notebook", allow_abbrev=False)
    report.add_argument("notebook", metavar="NAME", help="a report's name, or a notebook's path")
    report.add_argument(
        "parameters", metavar="NAME=VALUE", nargs="*", help="values for its parameters cell"
    )
    report.add_argument("--force", action="store_true", help="run again although it was answered")
    report.add_argument("--out", metavar="FOLDER", help="copy the executed notebook and its page")
    _add_home(report)
    report.set_defaults(verb=_run_report)


def _add_status(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    status = verbs.add_parser("status", help="what the desk is and has", allow_abbrev=False)
    _add_home(status)
    status.set_defaults(verb=_show_status)


def _add_home(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--home", metavar="FOLDER", help="home folder instead of BIFROST_HOME")


def _install_kernel(chosen: argparse.Namespace) -> str:
    from bifrost_kernel.kernel.spec import install

    return f"kernel installed in {install(user=chosen.user, prefix=_prefix_of(chosen))}"


def _remove_kernel(chosen: argparse.Namespace) -> str:
    from bifrost_kernel.kernel.spec import remove

    return f"kernel removed from {remove(user=chosen.user, prefix=_prefix_of(chosen))}"


def _prefix_of(chosen: argparse.Namespace) -> str | None:
    return None if chosen.user else (chosen.prefix or sys.prefix)


def _run_report(chosen: argparse.Namespace) -> str:
    from bifrost_kernel.desk import open_desk

    parameters: dict[str, object] = {}
    for word in chosen.parameters:
        name, equals, text = word.partition("=")
        if not equals or not name.isidentifier():
            raise InvalidInputError(f"parameter: expected NAME=VALUE, was {word!r}")
        parameters[name] = read_value(text)
    report = open_desk(chosen.home).report(chosen.notebook, parameters, force=chosen.force)
    if chosen.out is None:
        return repr(report)
    copies = _copy((report.notebook, report.html), Path(chosen.out))
    return "\n".join([repr(report), *(f"  copied    {one}" for one in copies)])


def _show_status(chosen: argparse.Namespace) -> str:
    from bifrost_kernel.desk import open_desk

    return repr(open_desk(chosen.home).status())


def _copy(files: Sequence[str], folder: Path) -> list[str]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [str(shutil.copy2(one, folder)) for one in files]
    except OSError as error:
        raise StorageError(
            f"folder {str(folder)!r} cannot be written: {error.strerror}. Choose another --out."
        ) from None


if __name__ == "__main__":
    sys.exit(main())
