"""Assess an inventory of any size: read, resolve, reason once per slice, judge once per vector, look up row by row.

Flat files are read once, from the first row to the last. One reading more goes before it where rows are part of
others, because a whole may stand below its parts, and where an id turns out to repeat.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from bpo_kg.portfolio import duck
from bpo_kg.portfolio.codes import Ints
from bpo_kg.portfolio.files import TableFile, expand
from bpo_kg.portfolio.first_pass import FirstPass
from bpo_kg.portfolio.knowledge import Knowledge
from bpo_kg.portfolio.meaning import Cells
from bpo_kg.portfolio.options import Format, PortfolioOptions, PortfolioResult, Progress
from bpo_kg.portfolio.output import CsvOutput, Output, ParquetOutput
from bpo_kg.portfolio.overlap import Behind
from bpo_kg.portfolio.plain import read_plain
from bpo_kg.portfolio.reached import GraphEngine, answers_of, replaced, rule_findings
from bpo_kg.portfolio.rows import Rows
from bpo_kg.portfolio.summary import Summary
from bpo_kg.portfolio.tables import open_table
from bpo_kg.sources.messages import in_file_order
from bpo_kg.suitability.rows import carried, header, renamed

_WRITERS: dict[str, type[Output]] = {"csv": CsvOutput, "parquet": ParquetOutput}


def assess_file(
    paths: Sequence[str | Path],
    *,
    options: PortfolioOptions | None = None,
    output: Path | BinaryIO | None = None,
    format: Format = "csv",
    progress: Progress | None = None,
    graph_engine: GraphEngine | None = None,
) -> PortfolioResult:
    """Assess every process of some tables and write one row per process, in input order.

    Args:
        paths: CSV or Parquet files, folders or globs.
        options: rules, places and the rest, as for `bpo_kg.load`.
        output: file (written aside and renamed) or binary stream; without it only findings and counts come back.
        format: of the output.
        progress: told how many rows are done.
        graph_engine: assesses files with the same options; asked for the rows that a user's axioms relate to others.

    Returns:
        Counts and findings; the same findings as the graph engine's.

    Raises:
        SourceError: a file cannot be read or written at all.
        ReasoningError: axioms relate rows, and no graph engine is given or it would have too many rows to take.
        UnknownThing: a place, country or column that is named does not exist.
        MissingExtra: DuckDB is not installed.
    """
    asked = options or PortfolioOptions()
    connection = duck.connect()
    knowledge = Knowledge(asked)
    reader, codes = knowledge.reader, knowledge.codes
    files = [open_table(p, reader, codes, asked.mapping, connection, weigh=asked.summary) for p in expand(paths)]
    if asked.engine == "spark":
        from bpo_kg.portfolio.spark import assess_on_spark

        return assess_on_spark(knowledge, files, output, format, asked)
    run = _Run(knowledge, files, connection, progress, summarise=asked.summary, graph=graph_engine)
    while True:
        try:
            return run.write(output, format)
        except _Again:
            continue


class _Again(Exception):
    """What was learnt on the way makes it necessary to start over; happens once per reason at most."""


@dataclass(slots=True)
class _Run:
    """One assessment of some files."""

    knowledge: Knowledge
    files: Sequence[TableFile]
    connection: Any
    progress: Progress | None
    exact: bool = False
    """Whether all rows have to be looked at beforehand, because ids may repeat or rows are parts of others."""
    summarise: bool = False
    graph: GraphEngine | None = None
    _reached: Ints | None = field(default=None, init=False)
    _answers: Sequence[Mapping[str, str]] = field(default=(), init=False)
    _summary: Summary | None = field(default=None, init=False)
    _done: int = field(default=0, init=False)
    _expected: int | None = field(default=None, init=False)

    def write(self, target: Path | BinaryIO | None, format: Format) -> PortfolioResult:
        """Read, assess and write everything once."""
        first = FirstPass(self.knowledge, self.files, self.read)
        related = self.knowledge.meaning.slices.reasons
        if self.exact or related or any(file.has_parts for file in self.files):
            first.run()
        if related:
            self._reached = first.linked if self.knowledge.meaning.slices.linked else np.arange(first.count)
            if len(self._reached):
                self._answers = answers_of(self.graph, first.rewritten(self._reached), self.knowledge.codes)
        extra = tuple(dict.fromkeys(c for file in self.files for c in file.extra_columns))
        self._done = 0
        criteria = self.knowledge.book.criteria
        self._summary = Summary(columns={c.name: c.column for c in criteria if c.column}) if self.summarise else None
        if all(file.plain and file.layout for file in self.files):
            self._expected = sum(file.lines - file.layout.line for file in self.files if file.layout)
        if target is None:
            self._rows(first, extra, None)
        else:
            texts = ("id", "name", *carried(self.knowledge.to, extra).values())
            with _WRITERS[format](target, header(self.knowledge.to, extra), texts) as out, Behind(out.write) as behind:
                self._rows(first, extra, behind)
        return self._result(first)

    def read(self, file: TableFile, take: Callable[[Rows], None], *, texts_only: bool = False) -> None:
        """Read one file with the fast scan if it is plain, else row by row."""
        if not file.plain:
            file.read_rows(take)
            return
        try:
            read_plain(self.connection, file, take, texts_only=texts_only)
        except duck.Irregular:
            file.read_by_row()
            raise _Again from None

    def _rows(self, first: FirstPass, extra: Sequence[str], sink: "Behind | None") -> None:
        for number, file in enumerate(self.files):
            marks: list[Any] = []

            def assess(rows: Rows, number: int = number, marks: list[Any] = marks) -> None:
                if first.done:
                    first.note_names(rows, self._done)
                    cells = first.cells(number, self._done, len(rows))
                else:
                    self._note(rows, marks)
                    cells = Cells(rows.codes, count=len(rows))
                self._assess(rows, cells, first.ids(number, rows, self._done), extra, sink)

            if first.done:
                first.each(number, assess)
            else:
                self.read(file, assess)
            if marks and _repeats(np.concatenate(marks)):
                self.exact = True
                raise _Again

    def _note(self, rows: Rows, marks: list[Any]) -> None:
        if rows.marks is None or (rows.part_of is not None and rows.part_of.null_count < len(rows)):
            self.exact = True
            raise _Again
        marks.append(rows.marks)

    def _assess(self, rows: Rows, cells: Cells, ids: pa.Array, extra: Sequence[str], sink: "Behind | None") -> None:
        count = len(rows)
        answered = self.knowledge.verdicts.answer(cells)
        if self._reached is not None:
            low, high = np.searchsorted(self._reached, [self._done, self._done + count]).tolist()
            if low < high:
                answered = replaced(answered, self._reached[low:high] - self._done, self._answers[low:high])
        if self._summary is not None:
            self._summary.add(answered, rows.fte)
        if sink is not None:
            texts = {"id": ids, "name": rows.names}
            for column, name in carried(self.knowledge.to, extra).items():
                there = rows.extra.get(column)
                texts[name] = pa.array([""] * count, pa.string()) if there is None else there
            sink(texts, answered)
        self._done += count
        if self.progress:
            self.progress(self._done, self._expected)

    def _result(self, first: FirstPass) -> PortfolioResult:
        knowledge = self.knowledge
        result = PortfolioResult(
            rows=self._done,
            summary=self._summary,
            left_out=sum(file.left_out for file in self.files),
            findings=list(knowledge.loaded.findings),
            slices=knowledge.meaning.individuals,
            verdicts=knowledge.verdicts.judged,
        )
        inventories = []
        for number, file in enumerate(self.files):
            inventory = file.inventory([*file.findings, *first.findings(number)])
            in_file_order(inventory)
            result.findings += inventory.findings
            inventories.append(inventory)
        slices = knowledge.meaning.slices
        result.findings += rule_findings(knowledge.loaded, slices.reasons, slices.linked)
        result.findings += [*knowledge.book.findings, *first.clash_findings()]
        result.findings += renamed(inventories, knowledge.to)
        return result


def _repeats(marks: "np.ndarray[Any, Any]") -> bool:
    marks.sort()
    return bool((marks[1:] == marks[:-1]).any())
