"""The one place that wires everything: settings in, a backend out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_kernel._version import __version__
from bifrost_kernel.domain.context import CellContext
from bifrost_kernel.settings import load_settings, require_writable_home
from bifrost_kernel.storage.names import NameCache

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from bifrost_kernel.settings import Settings
    from bifrost_kernel.workflows.desk import EmbeddedBackend
    from bifrost_kernel.workflows.ports import (
        Clock,
        ContextSource,
        FileReader,
        FrameReader,
        Progress,
        Provider,
        Simulator,
    )

NAMES = "names.json"
_RECORDED = ("numpy", "numba", "llvmlite", "pandas", "scipy", "pyarrow", "exchange_calendars",
             "backtrader")  # fmt: skip


def make_embedded_backend(
    home: str | os.PathLike[str] | None = None,
    *,
    context: ContextSource = CellContext,
    progress: Progress | None = None,
) -> EmbeddedBackend:
    """Wire the desk that lives in this process.

    Parameters
    ----------
    home
        Home folder; None = ``BIFROST_HOME``, else ``.bifrost`` in the user's home.
    context
        Tells which notebook cell is running.
    progress
        Where reports say how far they are; None = nowhere.

    Raises
    ------
    StorageError
        The home folder cannot be made or written.
    InvalidInputError
        The configuration file cannot be understood.
    """
    from bifrost_kernel.compute.system import SystemClock, SystemIds
    from bifrost_kernel.reporting.runner import PapermillRunner
    from bifrost_kernel.simulators.backtrader.adapter import BacktraderSimulator
    from bifrost_kernel.simulators.compiled.adapter import CompiledSimulator
    from bifrost_kernel.storage.bars import ParquetBarStore
    from bifrost_kernel.storage.instruments import SqlInstrumentStore
    from bifrost_kernel.storage.runs import SqlRunStore
    from bifrost_kernel.strategies import builtin
    from bifrost_kernel.workflows.desk import EmbeddedBackend
    from bifrost_kernel.workflows.strategy import Laboratory

    settings = load_settings(home)
    require_writable_home(settings)
    clock = SystemClock()
    files, frames, providers = _make_providers(settings, clock)
    seeds = tuple(one for provider in providers for one in provider.instruments())
    runs = SqlRunStore(settings.home / "runs.sqlite")
    simulators = (CompiledSimulator(settings.bar_seconds), BacktraderSimulator())
    names = NameCache(settings.home / NAMES, {"symbols": [one.id.symbol for one in seeds]})
    _keep_fixed_names(names, providers=providers, simulators=simulators, strategies=builtin())
    return EmbeddedBackend(
        instruments=SqlInstrumentStore(settings.home / "instruments.sqlite", seeds),
        bars=ParquetBarStore(settings.home / "bars"),
        runs=runs,
        providers={one.name: one for one in providers},
        files=files,
        frames=frames,
        laboratory=Laboratory(
            simulators={one.name: one for one in simulators},
            runs=runs,
            clock=clock,
            ids=SystemIds(),
            context=context,
            libraries=_library_versions(),
            risk_free=settings.risk_free,
        ),
        reports=PapermillRunner(
            settings.home / "reports",
            settings.notebooks,
            kernel_name=settings.report_kernel,
            environment={"BIFROST_HOME": str(settings.home)},
            progress=progress,
        ),
        clock=clock,
        names=names,
        home=str(settings.home),
    )


def _make_providers(
    settings: Settings, clock: Clock
) -> tuple[FileReader, FrameReader, tuple[Provider, ...]]:
    from bifrost_kernel.providers.file.adapter import FileProvider
    from bifrost_kernel.providers.frame.adapter import FrameProvider
    from bifrost_kernel.providers.sample.adapter import SampleProvider
    from bifrost_kernel.providers.synthetic.adapter import SyntheticProvider
    from bifrost_kernel.providers.yahoo.adapter import YahooProvider
    from bifrost_kernel.providers.yahoo.config import YahooConfig

    files, frames = FileProvider(clock), FrameProvider(clock)
    yahoo = YahooProvider(clock, YahooConfig(cache_folder=str(settings.home / "yahoo")))
    every = (SampleProvider(clock), files, frames, yahoo, SyntheticProvider(clock))
    return files, frames, every


def read_kept_names(
    kind: str, home: str | os.PathLike[str] | None = None
) -> tuple[str, ...] | None:
    """Return names for completion as the last desk of this home left them.

    Parameters
    ----------
    kind
        ``strategies``, ``symbols``, ``universes``, ``runs``, ``providers`` or ``simulators``.
    home
        As for `make_embedded_backend`.

    Returns
    -------
    tuple of str or None
        None when no desk was ever opened there.
    """
    names = NameCache(load_settings(home).home / NAMES, {})
    return names.read(kind) if names.is_kept else None


def _keep_fixed_names(
    names: NameCache,
    *,
    providers: Iterable[Provider],
    simulators: Iterable[Simulator],
    strategies: Iterable[str],
) -> None:
    fixed = {
        "symbols": list(names.read("symbols")),
        "providers": [one.name for one in providers],
        "simulators": [one.name for one in simulators],
        "strategies": sorted(strategies),
    }
    for kind, found in fixed.items():
        if names.read(kind) != tuple(found) or not names.is_kept:
            names.keep(kind, found)


def _library_versions() -> tuple[tuple[str, str], ...]:
    # a fifth of the time to load the extension, which needs none of it
    import platform
    from importlib.metadata import PackageNotFoundError, version

    found = [("bifrost_kernel", __version__), ("python", platform.python_version())]
    for name in _RECORDED:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            continue
    return tuple(found)
