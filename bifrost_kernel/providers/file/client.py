"""Reads tables out of CSV and Parquet files, gzip included."""

from __future__ import annotations

import csv
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bifrost_kernel.domain.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PARQUET = (".parquet", ".pq")
_HEAD_BYTES = 1 << 16
_PARQUET_MARK = b"PAR1"
_GZIP_MARK = b"\x1f\x8b"
_DELIMITERS = ",;\t|"
_MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "-")


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was opened and looks like a table.

    Parameters
    ----------
    path
        The file.
    names
        Its columns, as it calls them.
    first_line
        Line of the first row of data, for messages; None when rows have no lines.
    delimiter, decimal
        How a CSV file separates cells, and writes fractions.
    is_packed
        Whether a CSV file is gzip.
    """

    path: Path
    names: tuple[str, ...]
    first_line: int | None = None
    delimiter: str = ","
    decimal: str = "."
    is_packed: bool = False

    def place(self, row: int) -> str:
        """Say where a row (from 0) is in the file."""
        return f"row {row}" if self.first_line is None else f"line {self.first_line + row}"


def open_source(path: str) -> Source:
    """Look at a file's head: its kind and its columns.

    Raises
    ------
    DataError
        No such file, a folder, empty, not text, or no Parquet file.
    """
    file = Path(path).expanduser()
    with _one_line_errors(file):
        if file.is_dir():
            raise _unusable(file, "is a folder. Name one CSV or Parquet file in it")
        with file.open("rb") as raw:
            mark = raw.read(4)
        if not mark:
            raise _unusable(file, "is empty. Write the bars again, with a header line", "empty")
        if mark == _PARQUET_MARK or file.suffix.lower() in _PARQUET:
            import pyarrow.parquet as pq

            return Source(file, tuple(pq.read_schema(file).names))
        return _open_csv(file, is_packed=mark.startswith(_GZIP_MARK))


def read_table(source: Source, names: Sequence[str], numbers: Sequence[str]) -> Any:
    """Read some columns whole, as a ``pyarrow.Table``.

    Parameters
    ----------
    names
        The columns to read.
    numbers
        Those of them that are float64.

    Raises
    ------
    DataError
        A cell is not what its column holds; the message names the line.
    """
    with _one_line_errors(source.path):
        if source.first_line is None:
            import pyarrow.parquet as pq

            return pq.ParquetFile(source.path).read(columns=list(names))
        import pyarrow as pa

        try:
            return _read_csv(source, names, numbers, use_threads=True)
        except pa.ArrowInvalid:
            # Only a reader on one thread knows the line.
            return _read_csv(source, names, numbers, use_threads=False)


def _open_csv(file: Path, *, is_packed: bool) -> Source:
    import gzip

    with gzip.open(file) if is_packed else file.open("rb") as raw:
        head = raw.read(_HEAD_BYTES)
    if b"\0" in head:
        raise _unusable(file, "is neither CSV nor Parquet, it holds binary data")
    try:
        text = head.decode("utf-8-sig", errors="strict" if len(head) < _HEAD_BYTES else "ignore")
    except UnicodeDecodeError as error:
        raise _unusable(
            file, f"is not UTF-8 text (byte {error.start}). Save it as UTF-8"
        ) from error
    lines = text.splitlines()
    if not any(line.strip() for line in lines):
        raise _unusable(file, "is empty. Write the bars again, with a header line", "empty")
    skipped = next(row for row, line in enumerate(lines) if line.strip())
    header = lines[skipped]
    delimiter = max(_DELIMITERS, key=header.count)
    names = next(csv.reader([header], delimiter=delimiter))
    body = "\n".join(lines[skipped + 1 : skipped + 50])
    decimal = "," if delimiter != "," and "," in body and "." not in body else "."
    return Source(file, tuple(names), skipped + 2, delimiter, decimal, is_packed)


def _read_csv(
    source: Source, names: Sequence[str], numbers: Sequence[str], *, use_threads: bool
) -> Any:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    packing = "gzip" if source.is_packed else None
    return arrow_csv.read_csv(
        pa.input_stream(source.path, compression=packing),
        read_options=arrow_csv.ReadOptions(
            use_threads=use_threads,
            column_names=list(source.names),
            skip_rows=(source.first_line or 1) - 1,
            block_size=1 << 22,
        ),
        parse_options=arrow_csv.ParseOptions(delimiter=source.delimiter),
        convert_options=arrow_csv.ConvertOptions(
            include_columns=list(names),
            column_types={name: pa.float64() for name in numbers},
            null_values=list(_MISSING),
            strings_can_be_null=True,
            decimal_point=source.decimal,
        ),
    )


@contextmanager
def _one_line_errors(file: Path) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except FileNotFoundError as error:
        raise _unusable(file, "does not exist. Check the path", "not-found") from error
    except (pa.ArrowException, EOFError) as error:
        reason = " ".join(str(error).replace("Row #", "line ").split())[:200]
        raise _unusable(file, f"cannot be read: {reason}") from error
    except OSError as error:
        reason = error.strerror or " ".join(str(error).split())[:200]
        raise _unusable(file, f"cannot be read: {reason}") from error


def _unusable(file: Path, tail: str, code: str = "unreadable") -> DataError:
    return DataError(f"file {str(file)!r} {tail}", code=code, context={"path": str(file)})
