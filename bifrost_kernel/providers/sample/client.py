"""Reads the rows of one symbol out of the package's compressed file."""

from __future__ import annotations

from bifrost_kernel.domain.errors import ProviderError

PACKAGE = "bokeh_sampledata"
_FILE = ("_data", "stocks.csv.gz")


def read_rows(symbol: str) -> bytes:
    """Return the file's lines of one symbol, without the header.

    Raises
    ------
    ProviderError
        The package is missing, or its file is not what it was.
    """
    import gzip
    from importlib.resources import files

    try:
        packed = files(PACKAGE).joinpath(*_FILE).read_bytes()
        text = gzip.decompress(packed)
    except (ModuleNotFoundError, OSError, EOFError) as error:
        raise ProviderError(
            f"sample prices: cannot read the package {PACKAGE!r} ({type(error).__name__}). "
            f"Install it again with: pip install --force-reinstall {PACKAGE}",
            code="sample-unreadable",
        ) from error
    mark = b"\n" + symbol.encode() + b","
    first, last = text.find(mark), text.rfind(mark)
    if first < 0:
        raise ProviderError(
            f"sample prices: the package {PACKAGE!r} has no rows of {symbol!r}. "
            f"Install it again with: pip install --force-reinstall {PACKAGE}",
            code="sample-unreadable",
        )
    stop = text.find(b"\n", last + 1)
    return text[first + 1 : stop if stop >= 0 else len(text)]


def package_version() -> str:
    """Return the version of the package that holds the prices."""
    from importlib.metadata import version

    return version(PACKAGE)
