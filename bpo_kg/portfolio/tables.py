"""Open an inventory, whichever kind of table it is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from bpo_kg.errors import SourceError
from bpo_kg.portfolio import duck
from bpo_kg.portfolio.codes import Codes
from bpo_kg.portfolio.files import TableFile
from bpo_kg.sources.cells import CellReader
from bpo_kg.sources.headers import header_key
from bpo_kg.sources.layout import lay_out
from bpo_kg.sources.workbook import is_workbook


@dataclass(slots=True)
class ParquetFile(TableFile):
    """A Parquet file: plain by nature. What findings call its lines are its rows, counted from 1."""

    connection: Any = None
    _columns: Mapping[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        columns = self.reader.columns
        keyed = {header_key(theirs): columns.resolve(ours) for theirs, ours in self.mapping.items()}
        self._columns = duck.parquet_columns(self.connection, self.path)
        layout = lay_out(self.file, "", 0, list(self._columns), columns, keyed)
        if "name" not in layout.ours:
            raise SourceError(f"{self.path}: there is no column name; there are: {', '.join(self._columns)}")
        self.layout, self.plain = layout, True
        self.extra_columns = tuple(sorted(layout.others, key=layout.others.__getitem__))
        self.lines = duck.parquet_rows(self.connection, self.path)

    @property
    def types(self) -> Mapping[str, str]:
        """DuckDB's names for the types of the columns, by name in file order."""
        return self._columns

    def scan(self, connection: Any, wanted: Sequence[int], marked: Sequence[int]) -> Iterator[pa.RecordBatch]:
        return duck.scan_parquet(connection, self.path, self._columns, wanted=wanted, marked=marked)

    def read_by_row(self) -> None:
        raise SourceError(f"{self.path}: cannot be read to its end")


def open_table(
    path: Path,
    reader: CellReader,
    codes: Mapping[str, Codes],
    mapping: Mapping[str, str],
    connection: Any,
    *,
    weigh: bool = False,
) -> TableFile:
    """Return a file that can be read in batches.

    Raises:
        SourceError: it is no table that the table engine reads.
    """
    if path.suffix.lower() == ".parquet":
        return ParquetFile(path, reader, codes, mapping, weigh=weigh, connection=connection)
    if is_workbook(path):
        raise SourceError(f"{path}: the table engine reads CSV and Parquet; use --engine graph for workbooks")
    return TableFile(path, reader, codes, mapping, weigh=weigh)
