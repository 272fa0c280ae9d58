"""Read a plain table file from the engine's scan: the same rows, codes and findings as the row reader gives."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from bpo_kg.portfolio import duck
from bpo_kg.portfolio.codes import Flags, Ints, TextCodes
from bpo_kg.portfolio.files import TableFile
from bpo_kg.portfolio.overlap import ahead
from bpo_kg.portfolio.rows import Rows
from bpo_kg.portfolio.texts import clean
from bpo_kg.sources import table_messages as say
from bpo_kg.sources.layout import Layout
from bpo_kg.sources.messages import Told

PLAIN_NUMBER = r"^[0-9]{1,15}([.][0-9]{0,9})?$"
"""Numbers that need no parser."""


def read_plain(connection: Any, table: TableFile, take: Callable[[Rows], None], *, texts_only: bool = False) -> None:
    """Scan a file, giving its rows in batches; its findings are collected anew.

    Args:
        texts_only: give ids, names and foreign columns alone, and leave the findings as they are.

    Raises:
        Irregular: the file turns out not to be plain; rows may have been given already.
    """
    assert table.layout is not None
    wanted = ("id", "name", *(("fte", "notes") if table.weigh else ()))
    ours = {c: p for c, p in table.layout.ours.items() if not texts_only or c in wanted}
    reading = _Reading(table, table.layout, ours)
    positions = sorted([*ours.values(), *table.layout.others.values()])
    batches = table.scan(connection, positions, [ours[c] for c in ("id", "part_of") if c in ours])
    # Scanning, coding and what is made of the rows overlap.
    with closing(ahead(reading.rows(ahead(batches)))) as coded:
        for rows in coded:
            take(rows)
    if not table.records_are_lines(reading.records):
        raise duck.Irregular("a record is not one line")
    if texts_only:
        return
    reading.told.close(table.file)
    table.findings, table.left_out = reading.told.findings + table.layout_findings(), reading.left_out


@dataclass(slots=True)
class _Reading:
    """One pass over a file."""

    table: TableFile
    layout: Layout
    ours: Mapping[str, int]
    """Position of the inventory columns that are looked at."""
    told: Told = field(default_factory=lambda: Told([]))
    left_out: int = 0
    records: int = 0
    _blank: tuple[int, int] | None = None
    """First and last line of the blank rows just passed."""

    def rows(self, batches: Iterator[pa.RecordBatch]) -> Iterator[Rows]:
        for batch in batches:
            first = self.layout.line + 1 + self.records
            lines = np.arange(first, first + batch.num_rows, dtype=np.int64)
            self.records += batch.num_rows
            rows = self._batch(batch, lines)
            if len(rows):
                yield rows

    def _batch(self, batch: pa.RecordBatch, lines: Ints) -> Rows:
        ours = self.ours
        names, problems = clean(self.table.reader, "name", batch.column(f"c{ours['name']}"))
        self._report(problems, lines, ours["name"])
        named = pc.not_equal(names, "").to_numpy(zero_copy_only=False)
        if not named.all():
            self._nameless(batch, lines, np.flatnonzero(~named))
            keep = pa.array(named)
            names, batch, lines = names.filter(keep), batch.filter(keep), lines[named]
        elif self._blank:
            self._end_blank()
        codes: dict[str, Ints] = {}
        parts = part_marks = fte = staffed = notes = None
        for column, position in ours.items():
            texts = batch.column(f"c{position}")
            if column in ("id", "name"):
                continue
            if column == "fte" and self.table.weigh:
                fte, staffed = self._numbers(column, texts)
            if column in self.table.codes and not isinstance(self.table.codes[column], TextCodes):
                codes[column], bad = self.table.codes[column].encode(texts)
                for rows, found in bad:
                    self._report([(int(row), problem) for row in rows for problem in found], lines, position)
            elif self.table.reader.columns.columns[column].sort == "number":
                self._check_numbers(column, texts, lines, position)
            else:
                texts, problems = clean(self.table.reader, column, texts)
                self._report(problems, lines, position)
                if column in self.table.codes:
                    codes[column] = self.table.codes[column].encode(texts)[0]
                if column == "notes" and self.table.weigh:
                    notes = texts
                if column == "part_of":
                    if texts.equals(batch.column(f"c{position}").fill_null("")):
                        part_marks = batch.column(f"mark{position}").to_numpy()
                    parts = pc.if_else(pc.equal(texts, ""), None, texts)
        ids, given, marks = self._ids(batch, lines)
        for column, texts in (("id", ids), ("name", names)):
            if column in self.table.codes:
                codes[column] = self.table.codes[column].encode(texts)[0]
        return Rows(
            ids=ids,
            names=names,
            codes=codes,
            lines=lines,
            given=given,
            marks=marks,
            fte=fte,
            staffed=staffed,
            notes=notes,
            part_of=parts,
            part_marks=part_marks,
            extra={
                header: batch.column(f"c{self.layout.others[header]}").fill_null("")
                for header in self.table.extra_columns
            },
        )

    def _ids(self, batch: pa.RecordBatch, lines: Ints) -> tuple[pa.Array, Any, Any]:
        """Return the ids, which of them the file gives, and a hash of each if all are as the file has them."""
        if "id" not in self.layout.ours:
            return _by_line(lines), np.zeros(len(lines), dtype=bool), np.empty(0, dtype=np.uint64)
        position = self.layout.ours["id"]
        raw = batch.column(f"c{position}")
        ids, problems = clean(self.table.reader, "id", raw)
        self._report(problems, lines, position)
        given = pc.not_equal(ids, "").to_numpy(zero_copy_only=False)
        if not given.all():
            return pc.if_else(pa.array(given), ids, _by_line(lines)), given, None
        # A copy: a view would keep all columns of the batch in memory.
        return ids, given, batch.column(f"mark{position}").to_numpy().copy() if ids is raw else None

    def _numbers(self, column: str, texts: pa.Array) -> tuple[npt.NDArray[np.float64], Flags]:
        """Return the numbers of a column, 0 where there is none, and whether there is one."""
        plain = pc.match_substring_regex(texts, PLAIN_NUMBER).fill_null(False)
        numbers = pc.if_else(plain, texts, "0").cast(pa.float64())
        values: npt.NDArray[np.float64] = numbers.to_numpy(zero_copy_only=False).copy()
        there: Flags = plain.to_numpy(zero_copy_only=False).copy()
        for row in np.flatnonzero(~there):
            value = self.table.reader.parse(column, texts[int(row)].as_py() or "")[0]
            if isinstance(value, float):
                values[row], there[row] = value, True
        return values, there

    def _check_numbers(self, column: str, texts: pa.Array, lines: Ints, position: int) -> None:
        """Report numbers that are none; plain ones need no parser."""
        doubt = pc.invert(pc.match_substring_regex(texts, PLAIN_NUMBER)).fill_null(False).to_numpy(False)
        for row in np.flatnonzero(doubt):
            found = self.table.reader.parse(column, texts[int(row)].as_py())[1]
            self._report([(int(row), problem) for problem in found], lines, position)

    def _report(self, problems: list[tuple[int, Any]], lines: Ints, position: int) -> None:
        for row, problem in problems:
            self.told.add(partial(problem.at, self.layout.place(int(lines[row]), position)))

    def _nameless(self, batch: pa.RecordBatch, lines: Ints, rows: Ints) -> None:
        """Count the rows without a name, report them, and note runs of rows without anything."""
        last = -1
        for row in rows.tolist():
            line = int(lines[row])
            if row != last + 1:
                self._end_blank()
            cells = [column[row].as_py() for column in batch.columns if pa.types.is_string(column.type)]
            if any(cell and cell.strip() for cell in cells):
                self._end_blank()
                self.left_out += 1
                self.told.add(partial(say.no_name, self.layout.place(line, self.layout.ours["name"])))
            else:
                self._blank = (self._blank[0] if self._blank else line, line)
            last = row
        if last != batch.num_rows - 1:
            self._end_blank()

    def _end_blank(self) -> None:
        if self._blank:
            first, end = self._blank
            self.told.add(partial(say.empty_rows, self.layout.place(first), first, end))
            self._blank = None


def _by_line(lines: Ints) -> pa.Array:
    """Return the ids of rows that have none of their own."""
    return pc.binary_join_element_wise("row-", pa.array(lines).cast(pa.string()), "")
