"""Assess an inventory of any size: read, resolve, reason once per slice, judge once per vector, look up row by row.

Flat files are read once, from the first row to the last. One reading more goes before it where rows are part of
others, because a whole may stand below its parts, and where an id turns out to repeat.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa

from bpo_kg.portfolio import duck
from bpo_kg.portfolio.files import TableFile, expand
from bpo_kg.portfolio.first_pass import FirstPass
from bpo_kg.portfolio.knowledge import Knowledge
from bpo_kg.portfolio.meaning import Cells
from bpo_kg.portfolio.options import Format, PortfolioOptions, PortfolioResult, Progress
from bpo_kg.portfolio.output import CsvOutput, Output, ParquetOutput
from bpo_kg.portfolio.overlap import Behind
from bpo_kg.portfolio.plain import read_plain
from bpo_kg.portfolio.rows import Rows
from bpo_kg.sources.facts import Inventory
from bpo_kg.sources.messages import in_file_order
from bpo_kg.suitability.rows import header

_WRITERS: dict[str, type[Output]] = {"csv": CsvOutput, "parquet": ParquetOutput}


def assess_file(
    paths: Sequence[str | Path],
    *,
    options: PortfolioOptions | None = None,
    output: Path | BinaryIO | None = None,
    format: Format = "csv",
    progress: Progress | None = None,
) -> PortfolioResult:
    """Assess every process of some tables and write one row per process, in input order.

    Args:
        paths: CSV files, folders or globs.
        options: rules, places and the rest, as for `bpo_kg.load`.
        output: file (written aside and renamed) or binary stream; without it only findings and counts come back.
        format: of the output.
        progress: told how many rows are done.

    Returns:
        Counts and findings; the same findings as the graph engine's.

    Raises:
        SourceError: a file cannot be read or written at all.
        UnknownThing: a place, country or column that is named does not exist.
        MissingExtra: DuckDB is not installed.
    """
    asked = options or PortfolioOptions()
    connection = duck.connect()
    knowledge = Knowledge(asked)
    files = [TableFile(path, knowledge.reader, knowledge.codes, asked.mapping) for path in expand(paths)]
    run = _Run(knowledge, files, connection, progress)
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
    _done: int = field(default=0, init=False)
    _expected: int | None = field(default=None, init=False)

    def write(self, target: Path | BinaryIO | None, format: Format) -> PortfolioResult:
        """Read, assess and write everything once."""
        first = FirstPass(self.knowledge, self.files, self.read)
        if self.exact or any(file.has_parts for file in self.files):
            first.run()
        extra = tuple(dict.fromkeys(c for file in self.files for c in file.extra_columns))
        self._done = 0
        if all(file.plain and file.layout for file in self.files):
            self._expected = sum(file.lines - file.layout.line for file in self.files if file.layout)
        if target is None:
            self._rows(first, extra, None)
        else:
            texts = ("id", "name", *extra)
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
        if sink is not None:
            texts = {"id": ids, "name": rows.names}
            for column in extra:
                there = rows.extra.get(column)
                texts[column] = pa.array([""] * count, pa.string()) if there is None else there
            sink(texts, answered)
        self._done += count
        if self.progress:
            self.progress(self._done, self._expected)

    def _result(self, first: FirstPass) -> PortfolioResult:
        knowledge = self.knowledge
        result = PortfolioResult(
            rows=self._done,
            left_out=sum(file.left_out for file in self.files),
            findings=list(knowledge.loaded.findings),
            slices=knowledge.meaning.individuals,
            verdicts=knowledge.verdicts.judged,
        )
        for number, file in enumerate(self.files):
            inventory = Inventory(file.file, findings=[*file.findings, *first.findings(number)])
            in_file_order(inventory)
            result.findings += inventory.findings
        result.findings += [*knowledge.book.findings, *first.clash_findings()]
        return result


def _repeats(marks: "np.ndarray[Any, Any]") -> bool:
    marks.sort()
    return bool((marks[1:] == marks[:-1]).any())
