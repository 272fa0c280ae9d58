"""Tables as a cluster reads them: in pieces, each row with its number over all files, so that order can be kept.

A piece is a stretch of one file. Spark takes pieces in an order of its own; how many rows each has is counted first,
and with that every row knows its number and every piece its turn. Nothing has to be sorted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from bpo_kg.errors import SourceError
from bpo_kg.portfolio.codes import Ints
from bpo_kg.portfolio.files import TableFile
from bpo_kg.portfolio.tables import ParquetFile
from bpo_kg.sources.facts import Place

ORDER, PIECE = "line_number", "piece"
_OFFSET = (1 << 33) - 1
_LISTS = "VARCHAR[]"
_TEXTS = ("VARCHAR", "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", _LISTS)
"""Types of Parquet whose values are written as the same text everywhere."""


@dataclass(slots=True)
class Pieces:
    """The rows of some files on a cluster."""

    files: Sequence[TableFile]
    rows: Any
    """The rows: their number, inventory columns by name, foreign ones as `extra_0` and so on."""
    bases: Ints
    """Number of the first line of each file; headers are counted, though they are no rows."""
    turns: Mapping[int, int]
    """By the number that Spark gives a piece, its turn in row order."""
    count: int
    """How many rows there are."""

    def file_of(self, row: int) -> int:
        """Return the number of the file that a row is of."""
        return int(np.searchsorted(self.bases, row, side="right")) - 1

    def place(self, row: int, column: str) -> Place:
        """Return the place of a cell of a row, given by number."""
        number = self.file_of(row)
        layout = self.files[number].layout
        assert layout is not None
        return layout.place(row - int(self.bases[number]) + 1, layout.ours[column])

    def said(self, row: int) -> str:
        """Return file and line of a row."""
        number = self.file_of(row)
        return f"{self.files[number].path}: line {row - int(self.bases[number]) + 1}"


def read_pieces(spark: Any, functions: Any, files: Sequence[TableFile], extra: Sequence[str]) -> Pieces:
    """Read plain CSV files and Parquet files on a cluster; they stay in the workers' memory or on their disks.

    Args:
        spark: the session.
        functions: `pyspark.sql.functions`.
        files: what is read.
        extra: foreign columns of all files.

    Raises:
        SourceError: records are not lines, or a column of Parquet is of a type that engines write differently.
    """
    F = functions
    layouts = [file.layout for file in files if file.layout is not None]
    ours = list(dict.fromkeys(column for layout in layouts for column in layout.ours))
    if "id" not in ours:
        ours.append("id")
    read = []
    for number, (file, layout) in enumerate(zip(files, layouts, strict=True)):
        raw, cells = _parquet(spark, F, file) if isinstance(file, ParquetFile) else _csv(spark, F, file)
        raw = raw.withColumn("row", F.monotonically_increasing_id()).withColumn(
            "block", F.col("_metadata.file_block_start")
        )
        none = F.lit(None).cast("string")
        own = [(cells[layout.ours[c]] if c in layout.ours else none).alias(c) for c in ours]
        foreign = [
            (F.coalesce(cells[layout.others[c]], F.lit("")) if c in layout.others else F.lit("")).alias(f"extra_{n}")
            for n, c in enumerate(extra)
        ]
        read.append(raw.select(F.lit(number).alias("file"), "block", "row", *own, *foreign))
    every = reduce(lambda one, other: one.union(other), read).withColumn(PIECE, F.spark_partition_id()).persist()
    found = every.groupBy(PIECE, "file", "block").count().collect()
    if len({piece[PIECE] for piece in found}) != len(found):
        raise SourceError("Spark read several stretches of the files in one task; rows have no order")
    lines = np.array([file.lines for file in files], dtype=np.int64)
    bases: Ints = np.cumsum(lines) - lines
    starts, turns, seen = {}, {}, np.zeros(len(files), dtype=np.int64)
    for turn, piece in enumerate(sorted(found, key=lambda piece: (piece["file"], piece["block"]))):
        starts[piece[PIECE]] = int(bases[piece["file"]] + seen[piece["file"]])
        turns[piece[PIECE]] = turn
        seen[piece["file"]] += piece["count"]
    for file, there, counted in zip(files, lines.tolist(), seen.tolist(), strict=True):
        if there != counted:
            raise SourceError(f"{file.path}: a record is not one line; --engine duckdb takes such files")

    def looked_up(column: str, values: Mapping[int, int]) -> Any:
        return F.create_map(*[F.lit(v).cast("long") for pair in values.items() for v in pair])[
            F.col(column).cast("long")
        ]

    firsts = {n: int(bases[n]) + layout.line for n, layout in enumerate(layouts)}
    rows = every.withColumn(ORDER, looked_up(PIECE, starts or {0: 0}) + F.col("row").bitwiseAND(_OFFSET))
    rows = rows.where(F.col(ORDER) >= looked_up("file", firsts))
    without = [n for n, layout in enumerate(layouts) if "id" not in layout.ours]
    line = F.col(ORDER) - looked_up("file", dict(enumerate(bases.tolist()))) + 1
    by_line = F.concat(F.lit("row-"), line.cast("string"))
    rows = rows.withColumn("id", F.when(F.col("file").isin(without), by_line).otherwise(F.col("id")))
    count = int(lines.sum()) - sum(layout.line for layout in layouts)
    chosen = [ORDER, "file", *ours, *(f"extra_{n}" for n in range(len(extra)))]
    return Pieces(files, rows.select(*chosen), bases, turns, count)


def _csv(spark: Any, F: Any, file: TableFile) -> tuple[Any, Mapping[int, Any]]:
    assert file.layout is not None
    schema = ", ".join(f"c{n} STRING" for n in range(file.layout.width))
    reader = spark.read.schema(schema).option("sep", file.text.delimiter).option("escape", '"')
    raw = reader.option("mode", "FAILFAST").option("header", "false").csv(_plainly(file))
    return raw, {n: F.col(f"c{n}") for n in range(file.layout.width)}


def _parquet(spark: Any, F: Any, file: ParquetFile) -> tuple[Any, Mapping[int, Any]]:
    assert file.layout is not None
    cells = {}
    used = {*file.layout.ours.values(), *file.layout.others.values()}
    for position, (name, kind) in enumerate(file.types.items()):
        if position not in used:
            continue
        if kind not in _TEXTS:
            raise SourceError(
                f"{file.path}: column {name} is of type {kind}; --engine spark takes text, lists of text, truth values "
                "and whole numbers, --engine duckdb takes any"
            )
        column = F.col("`" + name.replace("`", "``") + "`")
        cells[position] = F.array_join(column, ";") if kind == _LISTS else column.cast("string")
    return spark.read.parquet(_plainly(file)), cells


def _plainly(file: TableFile) -> str:
    """Return the path as Spark takes it; signs of a pattern in it are no pattern."""
    return "".join("\\" + sign if sign in "*?[]{}\\" else sign for sign in str(file.path))
