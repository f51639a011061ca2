"""One execution of a notebook by papermill, in a kernel that never outlives it."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bifrost_kernel.domain.errors import MissingExtraError, ReportError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bifrost_kernel.workflows.ports import Progress

_ENGINE = "bifrost"
_OWN_KERNEL = "bifrost"
_PLAIN_KERNEL = "python3"
_START_SECONDS = 60


def execute(
    source: Path,
    target: Path,
    parameters: Mapping[str, Any],
    *,
    folder: Path,
    kernel_name: str,
    environment: Mapping[str, str],
    cell_timeout_seconds: int | None,
    progress: Progress | None,
) -> None:
    """Execute a notebook into a file that is complete as far as the run came.

    Parameters
    ----------
    source, target
        The notebook, and where its executed copy is written, cell by cell.
    parameters
        Plain values for its parameters cell.
    folder
        Where its kernel runs.
    kernel_name
        A registered kernel; ``bifrost`` runs unregistered too.
    environment
        Variables of the kernel besides this process's.
    cell_timeout_seconds
        The longest a cell may take; None = as long as it likes.
    progress
        Told of each cell that is done; None = nobody is.

    Raises
    ------
    ReportError
        A cell raised, took too long, or the kernel did not start or died.
    MissingExtraError
        papermill is not installed.
    """
    try:
        import papermill
        from nbclient.exceptions import CellTimeoutError, DeadKernelError
        from papermill.exceptions import PapermillExecutionError
    except ImportError:
        raise MissingExtraError.of("running a report", "reports") from None
    from jupyter_client.kernelspec import NoSuchKernel

    kernel, arguments = choose_kernel(kernel_name)
    _register_engine()
    try:
        with _without_advice():
            papermill.execute_notebook(
                _literal(source),
                _literal(target),
                dict(parameters),
                engine_name=_ENGINE,
                kernel_name=kernel,
                language="python",
                progress_bar=False,
                progress=progress,
                start_timeout=_START_SECONDS,
                execution_timeout=cell_timeout_seconds,
                environment=dict(environment),
                extra_arguments=arguments,
                resources={"metadata": {"path": str(folder)}},
            )
    except PapermillExecutionError as error:
        raise ReportError(f"{error.ename}: {error.evalue}") from None
    except CellTimeoutError:
        raise ReportError(f"a cell took longer than {cell_timeout_seconds} s") from None
    except DeadKernelError:
        raise ReportError("the kernel died") from None
    except NoSuchKernel as error:
        raise ReportError(f"kernel {error.name!r} is not installed") from None
    except RuntimeError as error:
        raise ReportError(f"the kernel did not start: {error}") from None


def choose_kernel(name: str) -> tuple[str, list[str]]:
    """Return the kernel to start and its further arguments.

    Parameters
    ----------
    name
        As wished. ``bifrost``, where it is not registered, becomes the Python kernel of this
        environment with the extension loaded.
    """
    from jupyter_client.kernelspec import find_kernel_specs

    if name == _OWN_KERNEL and name not in find_kernel_specs():
        return _PLAIN_KERNEL, ["--ext", "bifrost_kernel"]
    return name, []


@contextmanager
def _without_advice() -> Iterator[None]:
    # papermill reads the parameters cell line by line and warns of what is checked here already
    logger = logging.getLogger("papermill")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


@contextmanager
def _told(nb_man: Any, progress: Progress | None) -> Iterator[None]:
    if progress is None:
        yield
        return
    complete = nb_man.cell_complete

    def complete_and_tell(*arguments: Any, **named: Any) -> None:
        complete(*arguments, **named)
        progress.step()

    nb_man.cell_complete = complete_and_tell
    progress.start(len(nb_man.nb.cells), "cells")
    try:
        yield
    finally:
        progress.close()


def _literal(path: Path) -> str:
    # papermill fills in braces
    return str(path).replace("{", "{{").replace("}", "}}")


def _register_engine() -> None:
    import zmq
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import NBClientEngine, papermill_engines
    from traitlets.config import Config

    # Other users of this machine could read along on its loopback.
    encryption = "auto" if zmq.has("curve") else "disabled"

    class Client(PapermillNotebookClient):  # type: ignore[misc]  # papermill is untyped
        def papermill_execute_cells(self) -> None:
            try:
                super().papermill_execute_cells()
            except BaseException:
                # an interrupted or hanging kernel is not asked, it is killed
                self.shutdown_kernel = "immediate"
                raise

    class Engine(NBClientEngine):  # type: ignore[misc]  # papermill is untyped
        @classmethod
        def execute_managed_notebook(
            cls,
            nb_man: Any,
            kernel_name: str,
            *,
            environment: Mapping[str, str],
            extra_arguments: list[str],
            progress: Progress | None,
            resources: dict[str, Any],
            start_timeout: int,
            execution_timeout: int | None = None,
            **_: object,
        ) -> Any:
            client = Client(
                nb_man,
                config=Config(KernelManager={"transport_encryption": encryption}),
                kernel_name=kernel_name,
                extra_arguments=extra_arguments,
                resources=resources,
                startup_timeout=start_timeout,
                timeout=execution_timeout,
            )
            client.create_kernel_manager().kernel_spec.env.update(environment)
            with _told(nb_man, progress):
                return client.execute()

    papermill_engines.register(_ENGINE, Engine)
