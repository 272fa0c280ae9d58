"""Spark: the same look-ups on a cluster. The only room with Spark.

Workers scan the files, exchange texts for codes, and look the answers up for their rows; every table that they look
up in is sent to all of them, and rows never move. What the codes mean is worked out on the driver by the same code as
everywhere, once per different combination; workers need nothing but Spark. A cluster takes plain CSV files and Parquet,
without repeated ids, rows without a name or texts to be cleaned up: those need a careful reader, which one machine has
(`--engine duckdb`), and the message says so. Wholes are resolved on the driver, within one file.
"""

import contextlib
import io
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from bpo_kg.errors import ReasoningError, SourceError
from bpo_kg.portfolio import queries
from bpo_kg.portfolio.choice import require
from bpo_kg.portfolio.codes import Flags, Ints, TextCodes, combine
from bpo_kg.portfolio.disagreements import Disagreements
from bpo_kg.portfolio.files import TableFile
from bpo_kg.portfolio.inheritance import inheritance
from bpo_kg.portfolio.judged import Answered
from bpo_kg.portfolio.knowledge import Knowledge
from bpo_kg.portfolio.meaning import Cells
from bpo_kg.portfolio.options import Format, PortfolioOptions, PortfolioResult
from bpo_kg.portfolio.parts import FileRows, resolve
from bpo_kg.portfolio.plain import PLAIN_NUMBER
from bpo_kg.portfolio.row_names import RowNames
from bpo_kg.portfolio.spark_input import ORDER, Pieces, read_pieces
from bpo_kg.sources.facts import Finding
from bpo_kg.sources.messages import Told, in_file_order
from bpo_kg.suitability.rows import header, renamed

LOCAL = "local[*]"
MOST = 1_000_000
"""Combinations of cells whose answers are sent to every worker."""
_SUSPECT = r"^\s|\s$|[\x00-\x1f\x7f]|^[=+@-]|[=:\\]|\.\.|^/"
_FLAG = "_inherited"
_MIXED = "mixed_office"
_WHICH = "passed_on"
_COUNTED = "file"


@contextlib.contextmanager
def session(master: str | None) -> Iterator[Any]:
    """Give a Spark session, one stretch of a file to each task so that rows can be counted; it is stopped at the end.

    Raises:
        MissingExtra: Spark is not installed.
        SourceError: Spark cannot read or write something.
    """
    require("spark")
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    name = master or os.environ.get("MASTER") or LOCAL
    builder = SparkSession.builder.master(name).appName("bpo-kg").config("spark.ui.enabled", "false")
    builder = builder.config("spark.ui.showConsoleProgress", "false")
    builder = builder.config("spark.sql.files.openCostInBytes", str(128 << 20))
    spark = builder.config("spark.sql.shuffle.partitions", "8").getOrCreate()
    try:
        yield spark
    except PySparkException as error:
        raise SourceError(f"Spark: {str(error).strip().splitlines()[0]}; --engine duckdb needs no cluster") from None
    finally:
        spark.stop()


def assess_on_spark(
    knowledge: Knowledge,
    files: Sequence[TableFile],
    target: Path | BinaryIO | None,
    format: Format,
    options: PortfolioOptions,
) -> PortfolioResult:
    """Assess plain CSV files and Parquet files on a cluster.

    Returns:
        Counts and findings. CSV is one file; Parquet is a folder of files in row order, as Spark writes it.

    Raises:
        SourceError: a file is not plain, or needs a careful reader.
        ReasoningError: axioms relate rows.
        MissingExtra: Spark is not installed.
    """
    if not isinstance(target, Path):
        raise SourceError("--engine spark writes to a file: name one with -o (and leave --summary to --engine duckdb)")
    for file in files:
        if not file.plain or file.layout is None:
            raise SourceError(
                f"{file.path}: no plain table (UTF-8, one width, no blank lines); --engine duckdb takes it"
            )
    slices = knowledge.meaning.slices
    if slices.reasons:
        raise ReasoningError("rules make the answers of rows depend on other rows; --engine duckdb takes such rules")
    with session(options.master) as spark:
        extra = list(dict.fromkeys(column for file in files for column in file.extra_columns))
        pieces = read_pieces(spark, _functions(), files, extra)
        return _Cluster(knowledge, pieces, extra, spark).run(target, format)


@dataclass(slots=True)
class _Cluster:
    knowledge: Knowledge
    pieces: Pieces
    extra: Sequence[str]
    spark: Any
    clashes: list[Finding] = field(default_factory=list)
    """Where wholes and parts contradict each other."""

    def run(self, target: Path, format: Format) -> PortfolioResult:
        knowledge = self.knowledge
        self.pieces.rows.createOrReplaceTempView("inventory")
        self._refuse_what_needs_care()
        there = self.pieces.rows.columns
        columns = [c for c in there if c in knowledge.codes]
        told = [Told(file.layout_findings()) for file in self.pieces.files]
        for column in columns:
            self._dictionary(column, told)
        for column in there:
            if column not in columns and self._sort(column) == "number":
                self._numbers(column, told)
        carried = [ORDER, "id", "name", *(f"extra_{n}" for n in range(len(self.extra)))]
        linking = ["part_of"] if "part_of" in there else []
        self.spark.sql(queries.coded(columns, [*carried, *linking])).createOrReplaceTempView("coded")
        keys = list(columns)
        if linking:
            keys = self._pass_on(columns, carried)
        cells = self._combinations(keys, columns)
        answered = knowledge.verdicts.answer(cells)
        names = self._answers(keys, cells, answered)
        rows = self.spark.sql(queries.answered(keys, carried, list(names)))
        plan = _plan(rows)
        self._write(rows, target, format)
        findings = list(knowledge.loaded.findings)
        inventories = []
        for file, one in zip(self.pieces.files, told, strict=True):
            one.close(file.file)
            inventory = file.inventory(one.findings)
            in_file_order(inventory)
            findings += inventory.findings
            inventories.append(inventory)
        findings += [*knowledge.book.findings, *self.clashes, *renamed(inventories, knowledge.to)]
        meaning, verdicts = knowledge.meaning, knowledge.verdicts
        return PortfolioResult(
            rows=self.pieces.count, findings=findings, slices=meaning.individuals, verdicts=verdicts.judged,
            engine="spark", plan=plan,
        )  # fmt: skip

    def _refuse_what_needs_care(self) -> None:
        F, inventory = _functions(), self.pieces.rows
        texts = [c for c in ("id", "name", "part_of", "notes") if c in inventory.columns]
        odd = F.coalesce(F.col("name"), F.lit("")) == "" if "name" in texts else F.lit(False)
        odd = odd | F.coalesce(F.col("id"), F.lit("")).eqNullSafe("")
        for column in texts:
            odd = odd | F.coalesce(F.col(column).rlike(_SUSPECT), F.lit(False))
        first = inventory.agg(F.min(F.when(odd, F.col(ORDER))).alias("row")).collect()[0]["row"]
        if first is not None:
            raise SourceError(f"{self.pieces.said(first)} needs a careful reader; --engine duckdb takes such files")
        if any(file.layout is not None and "id" in file.layout.ours for file in self.pieces.files):
            repeated = self.spark.sql(queries.repeated_ids()).limit(1).collect()
            if repeated:
                path = self.pieces.files[repeated[0][_COUNTED]].path
                raise SourceError(f"{path}: the id {repeated[0]['id']!r} repeats; --engine duckdb takes such files")

    def _sort(self, column: str) -> str:
        found = self.knowledge.reader.columns.columns.get(column)
        return found.sort if found else ""

    # --- codes -----------------------------------------------------------------------------------
    def _dictionary(self, column: str, told: Sequence[Told]) -> None:
        """Make the table `code_<column>`, and report the cells that are not understood where they stand."""
        codes = self.knowledge.codes[column]
        texts = [row["text"] for row in self.spark.sql(queries.distinct_values(column)).collect()]
        # In the order of the texts, so that the numbers do not depend on which worker was first.
        texts.sort()
        of = codes.of_value if isinstance(codes, TextCodes) else codes.of_text
        table = pa.table({"text": pa.array(texts, pa.string()), "code": pa.array(map(of, texts), pa.int32())})
        F = _functions()
        F.broadcast(self.spark.createDataFrame(table)).createOrReplaceTempView(f"code_{column}")
        bad = [text for text in texts if text in codes.problems]
        if bad:
            self._report(column, F.col(column).isin(bad), told)

    def _numbers(self, column: str, told: Sequence[Told]) -> None:
        """Report the numbers that are none; no rule reads them."""
        F = _functions()
        self._report(column, F.col(column).isNotNull() & ~F.col(column).rlike(PLAIN_NUMBER), told)

    def _report(self, column: str, chosen: Any, told: Sequence[Told]) -> None:
        rows = self.pieces.rows.where(chosen).select(ORDER, column).orderBy(ORDER)
        for row in rows.limit(told[0].limit).collect():
            for problem in self.knowledge.reader.parse(column, row[column])[1]:
                place = self.pieces.place(row[ORDER], column)
                told[self.pieces.file_of(row[ORDER])].add(lambda problem=problem, place=place: problem.at(place))  # type: ignore[misc]

    def _combinations(self, keys: Sequence[str], columns: Sequence[str]) -> Cells:
        found = self.spark.sql(queries.combinations(keys)).toArrow()
        if len(found) > MOST:
            raise SourceError(
                f"the rows have {len(found):,} different combinations of cells, and a cluster takes {MOST:,}, whose "
                "answers every worker can hold; --engine duckdb takes any number"
            )
        table = {key: found[key].to_numpy().astype(np.int64) for key in keys}
        flags = {c: table[c + _FLAG].astype(bool) for c in columns if c + _FLAG in table}
        mixed = table[_MIXED].astype(bool) if _MIXED in table else None
        return Cells({c: table[c] for c in columns}, flags, mixed, len(found))

    # --- wholes ----------------------------------------------------------------------------------
    def _pass_on(self, columns: Sequence[str], carried: Sequence[str]) -> list[str]:
        """Resolve wholes on the driver and put inherited codes into the view `coded`; return what makes a combination.

        The driver looks at the rows that are parts and at those that they name. Each gets the number of a combination
        of inherited cells; these numbers, and the combinations, are what goes back to the workers.
        """
        F, coded = _functions(), self.spark.table("coded")
        if not self.pieces.rows.where(F.col("part_of").isNotNull()).select(ORDER).limit(1).collect():
            return list(columns)
        parts = coded.where(F.col("part_of").isNotNull())
        named = F.broadcast(parts.select(F.col("part_of").alias("id")).distinct())
        wholes = coded.where(F.col("part_of").isNull()).join(named, "id", "left_semi")
        chosen = [ORDER, "id", "part_of", *columns]
        linked = parts.select(*chosen).union(wholes.select(*chosen)).toArrow().sort_by(ORDER).combine_chunks()
        if len(self.pieces.files) > 1:
            raise SourceError(
                "rows of several files are parts of others; --engine duckdb resolves wholes between files"
            )
        layout = self.pieces.files[0].layout
        assert layout is not None
        rows = linked[ORDER].to_numpy()
        cells = linked["part_of"].combine_chunks()
        here = np.flatnonzero(cells.is_valid().to_numpy(zero_copy_only=False))
        file = FileRows(layout, 0, linked["id"].combine_chunks(), rows + 1, here, cells.drop_null())
        tree, findings = resolve([file], _no_names)
        if findings[0]:
            raise SourceError(f"{findings[0][0].text()}; --engine duckdb takes such files")
        if tree is None:
            return list(columns)
        own = {c: linked[c].to_numpy().astype(np.int64)[tree.rows] for c in columns}
        knowledge = self.knowledge
        found = inheritance(tree, own, knowledge.codes, knowledge.passing, knowledge.meaning)
        names = RowNames([self.pieces.files[0].stem], [file])
        told = Disagreements(found, names, knowledge.codes, knowledge.meaning.properties)
        if len(told.rows):
            wanted = F.broadcast(self.spark.createDataFrame(pa.table({ORDER: rows[told.rows]})))
            called = self.pieces.rows.join(wanted, ORDER).select(ORDER, "name").toArrow().sort_by(ORDER)
            told.call(told.rows, called["name"].to_pylist())
        self.clashes += told.findings()
        passed = sorted(found.cells.inherited)
        digits: dict[str, Ints | Flags] = {"new_" + c: found.cells.codes[c] for c in passed}
        digits |= {c + _FLAG: found.cells.inherited[c] for c in passed} | {_MIXED: found.mixed}
        first, which = combine(list(digits.values()), len(tree.rows))
        known = {_WHICH: np.arange(len(first), dtype=np.int32)}
        known |= {name: codes[first].astype(np.int32) for name, codes in digits.items()}
        turned = pa.table({ORDER: rows[tree.rows], _WHICH: which.astype(np.int32)})
        coded = coded.join(F.broadcast(self.spark.createDataFrame(turned)), ORDER, "left")
        coded = coded.join(F.broadcast(self.spark.createDataFrame(pa.table(known))), _WHICH, "left")
        flags = [_MIXED, *(c + _FLAG for c in passed)]
        coded.select(
            *carried,
            *(F.coalesce(F.col("new_" + c), F.col(c)).alias(c) if c in passed else F.col(c) for c in columns),
            *(F.coalesce(F.col(c), F.lit(0)).alias(c) for c in flags),
        ).createOrReplaceTempView("coded")
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

    def _write(self, rows: Any, target: Path, format: Format) -> None:
        F = _functions()
        columns = header(self.knowledge.to, self.extra)
        chosen = [c for c in rows.columns if c != ORDER and not c.startswith("extra_")]
        chosen += [c for c in rows.columns if c.startswith("extra_")]
        aside = target.with_name(target.name + ".part")
        shutil.rmtree(aside, ignore_errors=True)
        if format == "parquet":
            named = [F.col(c).alias(name) for c, name in zip(chosen, columns, strict=True)]
            rows.select(*named).write.parquet(str(aside))
            for turn, piece in enumerate(self._in_turn(aside)):
                piece.rename(piece.with_name(f"part-{turn:05d}.snappy.parquet"))
            for check in aside.glob(".*.crc"):
                check.unlink()
            if target.is_dir():
                shutil.rmtree(target)
            aside.replace(target)
            return
        cells = [F.when(F.col(c).rlike('[",\r\n]'), _in_quotes(F.col(c))).otherwise(F.col(c)) for c in chosen]
        rows.select(F.concat_ws(",", *cells).alias("line")).write.text(str(aside))
        joined = target.with_name(target.name + ".joined")
        with joined.open("wb") as stream:
            stream.write((",".join(_quoted(column) for column in columns) + "\n").encode())
            for piece in self._in_turn(aside):
                with piece.open("rb") as source:
                    shutil.copyfileobj(source, stream)
        joined.replace(target)
        shutil.rmtree(aside)

    def _in_turn(self, folder: Path) -> list[Path]:
        """Return the files that hold rows, in row order: Spark numbers them by the piece whose rows they hold."""
        pieces = {int(path.name.split("-")[1]): path for path in folder.glob("part-*")}
        return [
            pieces[number] for number in sorted(pieces.keys() & self.pieces.turns, key=self.pieces.turns.__getitem__)
        ]


def _plan(rows: Any) -> str:
    """Return how Spark is going to carry a query out."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        rows.explain()
    return out.getvalue()


def _functions() -> Any:
    from pyspark.sql import functions

    return functions


def _in_quotes(column: Any) -> Any:
    F = _functions()
    return F.concat(F.lit('"'), F.replace(column, F.lit('"'), F.lit('""')), F.lit('"'))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in '",\r\n') else text


def _no_names(number: int, take: Any) -> None:
    """Stands for reading names again, which only wholes given by name would need."""
    raise SourceError("a whole is given by its name; --engine duckdb takes such files")
