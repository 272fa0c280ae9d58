"""DuckDB: scan a plain table file or Parquet in row order, as Arrow batches. The only room with DuckDB.

The scan is all that is asked of it. Rows keep their order because nothing is joined, and memory stays flat because
nothing is kept.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from bpo_kg.errors import SourceError
from bpo_kg.portfolio.choice import require

BATCH = 122_880
"""Rows of a batch, and of a row group that is written: as many as DuckDB itself puts into one."""
_MEMORY = "400MB"
_LINE = 2 << 20
"""Bytes of a line at most; a file with a longer one is left to the row reader."""
_BUFFER = 8 << 20
"""Bytes that are scanned at once: by itself DuckDB takes sixteen lines of the longest kind, on one thread."""


class Irregular(Exception):
    """A file that this scan would not read as the row reader does; it is read by that one instead."""


def _duckdb() -> Any:
    require("duckdb")
    import duckdb

    return duckdb


def connect() -> Any:
    """Return a connection with bounded memory that spills to the system's temporary folder.

    Raises:
        MissingExtra: DuckDB is not installed.
    """
    connection = _duckdb().connect(":memory:")
    spill = Path(tempfile.gettempdir()) / f"bpo-kg-spill-{os.getpid()}"
    connection.execute(f"SET temp_directory = {_text(str(spill))}")
    connection.execute(f"SET memory_limit = '{_MEMORY}'")
    connection.execute("SET preserve_insertion_order = true")
    # A stream of rows in order comes from one thread in any case; with more of them its batches are cut up smaller.
    connection.execute("SET threads = 1")
    connection.execute("SET enable_progress_bar = false")
    return connection


def scan_csv(
    connection: Any, path: Path, *, delimiter: str, skip: int, width: int, wanted: Sequence[int], marked: Sequence[int]
) -> Iterator[pa.RecordBatch]:
    """Yield the wanted columns (by position) of a delimited file as text, empty cells as null.

    Args:
        skip: lines before the first record.
        width: cells that every record must have.
        marked: positions of columns of which a hash is wanted too, as columns `mark0` and so on by position.

    Raises:
        Irregular: a record is not of that width or not quoted by the book.
    """
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(width))
    chosen = ", ".join([*(f"c{i}" for i in wanted), *(f"hash(c{i}) AS mark{i}" for i in marked)])
    sql = (
        f"SELECT {chosen} FROM read_csv({_text(str(path))}, auto_detect = false, header = false, skip = {skip}, "
        f"delim = {_text(delimiter)}, quote = '\"', escape = '\"', strict_mode = true, null_padding = false, "
        f"max_line_size = {_LINE}, buffer_size = {_BUFFER}, columns = {{{columns}}})"
    )
    yield from _batches(connection, sql)


def scan_parquet(
    connection: Any, path: Path, columns: Mapping[str, str], *, wanted: Sequence[int], marked: Sequence[int]
) -> Iterator[pa.RecordBatch]:
    """Yield the wanted columns (by position) of a Parquet file as text in row order; lists are joined with ";".

    Args:
        columns: type by name, as `parquet_columns` returns them.
        marked: positions of columns of which a hash is wanted too, as columns `mark0` and so on by position.
    """
    names = list(columns)
    texts = {
        i: f"array_to_string({_name(names[i])}, ';')" if columns[names[i]].endswith("[]") else _as_text(names[i])
        for i in {*wanted, *marked}
    }
    chosen = ", ".join([*(f"{texts[i]} AS c{i}" for i in wanted), *(f"hash({texts[i]}) AS mark{i}" for i in marked)])
    yield from _batches(connection, f"SELECT {chosen} FROM read_parquet({_text(str(path))})")


def _as_text(name: str) -> str:
    return f"CAST({_name(name)} AS VARCHAR)"


def parquet_columns(connection: Any, path: Path) -> Mapping[str, str]:
    """Return the columns of a Parquet file with their types, in file order.

    Raises:
        SourceError: it is no Parquet file.
    """
    duckdb = _duckdb()
    try:
        rows = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({_text(str(path))})").fetchall()
    except duckdb.Error as error:
        raise SourceError(f"{path}: cannot be read as Parquet ({_first_line(error)})") from None
    return {row[0]: row[1] for row in rows}


def parquet_rows(connection: Any, path: Path) -> int:
    """Return the number of rows of a Parquet file, from its footer."""
    rows = connection.execute(f"SELECT count(*) FROM read_parquet({_text(str(path))})").fetchall()
    return int(rows[0][0])


def _batches(connection: Any, sql: str) -> Iterator[pa.RecordBatch]:
    duckdb = _duckdb()
    try:
        yield from connection.sql(sql).to_arrow_reader(BATCH)
    except (duckdb.Error, pa.ArrowException) as error:
        raise Irregular(_first_line(error)) from None


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
