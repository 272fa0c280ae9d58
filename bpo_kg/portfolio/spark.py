"""Spark: the same look-ups on a cluster. The only room with Spark.

Workers scan the file, exchange texts for codes, and join the answers to their rows. What the codes mean is worked out
on the driver by the same code as everywhere, once per different combination; workers need nothing but Spark. A cluster
run takes plain CSV files without repeated ids, rows without a name or texts to be cleaned up: those need a careful
reader, which one machine has (`--engine duckdb`), and the message says so. Wholes are resolved on the driver.
"""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from bpo_kg.errors import MissingExtra, SourceError
from bpo_kg.portfolio import queries
from bpo_kg.portfolio.codes import TextCodes
from bpo_kg.portfolio.files import TableFile
from bpo_kg.portfolio.inheritance import Inheritance, inheritance
from bpo_kg.portfolio.judged import Answered
from bpo_kg.portfolio.knowledge import Knowledge
from bpo_kg.portfolio.meaning import Cells
from bpo_kg.portfolio.options import Format, PortfolioOptions, PortfolioResult
from bpo_kg.portfolio.parts import FileRows, resolve
from bpo_kg.sources.messages import Told
from bpo_kg.suitability.rows import header, renamed

LOCAL = "local[*]"
_SUSPECT = r"^\s|\s$|[\x00-\x1f\x7f]|^[=+@-]|[=:\\]|\.\.|^/"
_ORDER = "line_number"
_FLAG = "_inherited"
_MIXED = "mixed_office"


@contextmanager
def session(master: str | None) -> Iterator[Any]:
    """Give a Spark session, one file split to each task so that rows can be counted; it is stopped at the end.

    Raises:
        MissingExtra: Spark is not installed.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise MissingExtra("--engine spark needs PySpark and Java: pip install 'bpo-kg[spark]'") from None
    name = master or os.environ.get("MASTER") or LOCAL
    builder = SparkSession.builder.master(name).appName("bpo-kg").config("spark.ui.enabled", "false")
    builder = builder.config("spark.ui.showConsoleProgress", "false")
    builder = builder.config("spark.sql.files.openCostInBytes", str(128 << 20))
    spark = builder.config("spark.sql.shuffle.partitions", "8").getOrCreate()
    try:
        yield spark
    finally:
        spark.stop()


def assess_on_spark(
    knowledge: Knowledge,
    files: Sequence[TableFile],
    target: Path | BinaryIO | None,
    format: Format,
    options: PortfolioOptions,
) -> PortfolioResult:
    """Assess one plain CSV file on a cluster.

    Returns:
        Counts and findings. CSV is one file; Parquet is a folder of files in row order, as Spark writes it.

    Raises:
        SourceError: there are several files, or the file is not plain.
        MissingExtra: Spark is not installed.
    """
    if len(files) != 1 or not files[0].plain or files[0].layout is None or not isinstance(target, Path):
        raise SourceError("--engine spark takes one plain CSV file and an output file; --engine duckdb takes any")
    with session(options.master) as spark:
        return _Cluster(knowledge, files[0], spark).run(target, format)


@dataclass(slots=True)
class _Cluster:
    knowledge: Knowledge
    file: TableFile
    spark: Any

    def run(self, target: Path, format: Format) -> PortfolioResult:
        layout = self.file.layout
        assert layout is not None
        columns = [c for c in layout.ours if c in self.knowledge.codes]
        extra = list(self.file.extra_columns)
        count = self._scan()
        findings = [*self.knowledge.loaded.findings, *layout.findings]
        told = Told([])
        self._refuse_what_needs_care()
        for column in columns:
            self._dictionary(column, told)
        carried = [_ORDER, "id", "name", *(f"extra_{n}" for n in range(len(extra)))]
        self._view(queries.coded(columns, carried), "coded")
        keys, tree = list(columns), self._wholes(columns)
        if tree is not None:
            keys = self._complete(columns, carried, tree)
        cells = self._combinations(keys, columns)
        answered = self.knowledge.verdicts.answer(cells)
        names = self._answers(keys, cells, answered)
        self._write(self._answered(keys, carried, names), target, format, extra)
        findings += sorted(told.findings, key=lambda f: (f.place.line, f.place.column))
        findings += [*self.knowledge.book.findings, *renamed([self.file.inventory([])], self.knowledge.to)]
        meaning, verdicts = self.knowledge.meaning, self.knowledge.verdicts
        return PortfolioResult(
            rows=count, findings=findings, slices=meaning.individuals,
            verdicts=verdicts.judged, engine="spark",
        )  # fmt: skip

    # --- scanning --------------------------------------------------------------------------------
    def _scan(self) -> int:
        """Make the view `inventory`: our columns by name, foreign ones by number, and each row's number in the file."""
        layout, F = self.file.layout, _functions()
        assert layout is not None
        schema = ", ".join(f"c{n} STRING" for n in range(layout.width))
        reader = self.spark.read.schema(schema).option("sep", self.file.text.delimiter).option("escape", '"')
        raw = reader.option("mode", "FAILFAST").option("header", "false").csv(str(self.file.path))
        raw = raw.withColumn("mid", F.monotonically_increasing_id()).withColumn(
            "block", F.col("_metadata.file_block_start")
        )
        blocks = raw.groupBy(F.shiftright("mid", 33).alias("part"), "block").count().collect()
        if len({row["part"] for row in blocks}) != len(blocks):
            raise SourceError(
                f"{self.file.path}: Spark read several pieces of the file in one task; rows have no order"
            )
        first, before = {}, 0
        for row in sorted(blocks, key=lambda row: row["block"]):
            first[row["part"]] = before
            before += row["count"]
        if before != self.file.lines:
            raise SourceError(f"{self.file.path}: a record is not one line; --engine duckdb takes such files")
        starts = F.create_map(*[F.lit(value) for pair in first.items() for value in pair])
        numbered = raw.withColumn(_ORDER, starts[F.shiftright("mid", 33)] + F.col("mid").bitwiseAND((1 << 33) - 1))
        ours = [F.col(f"c{position}").alias(column) for column, position in layout.ours.items()]
        others = [
            F.coalesce(F.col(f"c{layout.others[name]}"), F.lit("")).alias(f"extra_{n}")
            for n, name in enumerate(self.file.extra_columns)
        ]
        rows = numbered.where(F.col(_ORDER) >= layout.line).select(_ORDER, *ours, *others)
        if "id" not in layout.ours:
            rows = rows.withColumn("id", F.concat(F.lit("row-"), (F.col(_ORDER) + 1).cast("string")))
        rows.createOrReplaceTempView("inventory")
        return before - layout.line

    def _refuse_what_needs_care(self) -> None:
        F = _functions()
        inventory = self.spark.table("inventory")
        texts = [c for c in ("id", "name", "part_of", "notes") if c in inventory.columns]
        odd = F.lit(False)
        for column in texts:
            odd = odd | F.coalesce(F.col(column).rlike(_SUSPECT), F.lit(False))
        missing = F.col("name").isNull() | F.col("id").isNull()
        found = inventory.where(odd | missing).limit(1).collect()
        repeated = self.spark.sql(queries.repeated_ids()).limit(1).collect()
        if found or repeated:
            what = f"line {found[0][_ORDER] + 1}" if found else f"the id {repeated[0]['id']!r}, which repeats"
            raise SourceError(f"{self.file.path}: {what} needs a careful reader; --engine duckdb takes such files")

    # --- codes -----------------------------------------------------------------------------------
    def _dictionary(self, column: str, told: Told) -> None:
        """Make the table `code_<column>`, and report the cells that are not understood where they stand."""
        codes = self.knowledge.codes[column]
        texts = [row["text"] for row in self.spark.sql(queries.distinct_values(column)).collect()]
        if isinstance(codes, TextCodes):
            table = [(text, codes.of_value(text)) for text in texts]
        else:
            table = [(text, codes.of_text(text)) for text in texts]
        self._small(table, "text STRING, code INT", f"code_{column}")
        bad = [text for text in texts if text in codes.problems]
        if bad:
            F, layout = _functions(), self.file.layout
            assert layout is not None
            rows = self.spark.table("inventory").where(F.col(column).isin(bad)).select(_ORDER, column)
            for row in rows.orderBy(_ORDER).limit(told.limit).collect():
                for problem in codes.problems[row[column]]:
                    place = layout.place(row[_ORDER] + 1, layout.ours[column])
                    told.add(lambda problem=problem, place=place: problem.at(place))  # type: ignore[misc]

    def _combinations(self, keys: Sequence[str], columns: Sequence[str]) -> Cells:
        rows = self.spark.sql(queries.combinations(keys)).collect()
        table = {key: np.array([row[key] for row in rows], dtype=np.int64) for key in keys}
        flags = {c: table[c + _FLAG].astype(bool) for c in columns if c + _FLAG in table}
        mixed = table[_MIXED].astype(bool) if _MIXED in table else None
        return Cells({c: table[c] for c in columns}, flags, mixed, len(rows))

    # --- wholes ----------------------------------------------------------------------------------
    def _wholes(self, columns: Sequence[str]) -> Inheritance | None:
        """Resolve wholes on the driver, from the rows that are parts and those that they name."""
        layout, F = self.file.layout, _functions()
        assert layout is not None
        if "part_of" not in layout.ours:
            return None
        inventory = self.spark.table("inventory")
        parts = inventory.where(F.col("part_of").isNotNull())
        named = parts.select(F.col("part_of").alias("id")).distinct()
        linked = inventory.join(named, "id", "left_semi").select(_ORDER).union(parts.select(_ORDER)).distinct()
        chosen = ["id", "part_of"]
        rows = inventory.join(linked, _ORDER).select(_ORDER, *chosen).orderBy(_ORDER).collect()
        if not rows:
            return None
        here = [n for n, row in enumerate(rows) if row["part_of"] is not None]
        lines = np.array([row[_ORDER] + 1 for row in rows], dtype=np.int64)
        texts = pa.array([rows[n]["part_of"] for n in here], pa.string())
        ids = pa.array([row["id"] for row in rows], pa.string())
        tree, findings = resolve([FileRows(layout, 0, ids, lines, np.array(here, dtype=np.int64), texts)], _no_names)
        if findings[0]:
            raise SourceError(f"{findings[0][0].text()}; --engine duckdb takes such files")
        if tree is None:
            return None
        codes = self.spark.table("coded").join(linked, _ORDER).select(_ORDER, *columns).orderBy(_ORDER).collect()
        own = {c: np.array([row[c] for row in codes], dtype=np.int64)[tree.rows] for c in columns}
        knowledge = self.knowledge
        found = inheritance(tree, own, knowledge.codes, knowledge.passing, knowledge.meaning)
        if found.clashes:
            raise SourceError(f"{self.file.path}: wholes and parts contradict each other; --engine duckdb names them")
        tree.rows = lines[tree.rows] - 1
        return found

    def _complete(self, columns: Sequence[str], carried: Sequence[str], found: Inheritance) -> list[str]:
        """Put inherited codes into the view `coded`; return the columns that make a combination."""
        F = _functions()
        passed = sorted(found.cells.inherited)
        table: dict[str, Any] = {_ORDER: found.tree.rows, _MIXED: found.mixed.astype(np.int32)}
        for column in passed:
            table["new_" + column] = found.cells.codes[column].astype(np.int32)
            table[column + _FLAG] = found.cells.inherited[column].astype(np.int32)
        linked = self.spark.createDataFrame(pa.table(table))
        coded = self.spark.table("coded").join(linked, _ORDER, "left")
        chosen = [F.col(c) for c in carried]
        chosen += [F.coalesce(F.col("new_" + c), F.col(c)).alias(c) if c in passed else F.col(c) for c in columns]
        flags = [_MIXED, *(c + _FLAG for c in passed)]
        chosen += [F.coalesce(F.col(c), F.lit(0)).alias(c) for c in flags]
        coded.select(*chosen).createOrReplaceTempView("coded")
        return [*columns, *flags]

    # --- answers ---------------------------------------------------------------------------------
    def _answers(self, keys: Sequence[str], cells: Cells, answered: Answered) -> Mapping[str, str]:
        """Make the table `answer`: one row of answers per combination of codes; return our names for its columns."""
        table: dict[str, Any] = {c: cells.codes[c].astype(np.int32) for c in keys if c in cells.codes}
        table |= {c: cells.inherited[c[: -len(_FLAG)]].astype(np.int32) for c in keys if c.endswith(_FLAG)}
        if _MIXED in keys and cells.mixed is not None:
            table[_MIXED] = cells.mixed.astype(np.int32)
        names = {f"answer_{n}": name for n, name in enumerate(answered.columns)}
        for ours, name in names.items():
            column = answered.columns[name]
            table[ours] = column.words.take(pa.array(column.codes)).take(pa.array(answered.row))
        F = _functions()
        F.broadcast(self.spark.createDataFrame(pa.table(table))).createOrReplaceTempView("answer")
        return names

    def _answered(self, keys: Sequence[str], carried: Sequence[str], names: Mapping[str, str]) -> Any:
        return self.spark.sql(queries.answered(keys, carried, list(names))).orderBy(_ORDER)

    def _write(self, rows: Any, target: Path, format: Format, extra: Sequence[str]) -> None:
        F = _functions()
        columns = header(self.knowledge.to, extra)
        inner = [c for c in rows.columns if c not in (_ORDER,) and not c.startswith("extra_")]
        foreign = [c for c in rows.columns if c.startswith("extra_")]
        chosen = [*inner, *foreign]
        aside = target.with_name(target.name + ".part")
        shutil.rmtree(aside, ignore_errors=True)
        if format == "parquet":
            rows.select(*[F.col(c).alias(name) for c, name in zip(chosen, columns, strict=True)]).write.parquet(
                str(aside)
            )
            if target.is_dir():
                shutil.rmtree(target)
            aside.replace(target)
            return
        cells = [F.when(F.col(c).rlike('[",\r\n]'), _in_quotes(F.col(c))).otherwise(F.col(c)) for c in chosen]
        lines = rows.select(_ORDER, F.concat_ws(",", *cells).alias("line")).orderBy(_ORDER)
        lines.select("line").write.text(str(aside))
        joined = target.with_name(target.name + ".joined")
        with joined.open("wb") as stream:
            stream.write((",".join(columns) + "\n").encode())
            for piece in sorted(aside.glob("part-*")):
                with piece.open("rb") as source:
                    shutil.copyfileobj(source, stream)
        joined.replace(target)
        shutil.rmtree(aside)

    # --- tables ----------------------------------------------------------------------------------
    def _view(self, sql: str, name: str) -> None:
        self.spark.sql(sql).createOrReplaceTempView(name)

    def _small(self, rows: Sequence[tuple[str, int]], schema: str, name: str) -> None:
        F = _functions()
        F.broadcast(self.spark.createDataFrame(list(rows), schema)).createOrReplaceTempView(name)


def _functions() -> Any:
    from pyspark.sql import functions

    return functions


def _in_quotes(column: Any) -> Any:
    F = _functions()
    return F.concat(F.lit('"'), F.replace(column, F.lit('"'), F.lit('""')), F.lit('"'))


def _no_names(number: int, take: Any) -> None:
    """Stands for reading names again, which only wholes given by name would need."""
    raise SourceError("a whole is given by its name; --engine duckdb takes such files")
