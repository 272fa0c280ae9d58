"""What has to be known of all rows before the first can be answered: repeated ids, wholes and parts."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from bpo_kg.portfolio.codes import Ints
from bpo_kg.portfolio.disagreements import Disagreements
from bpo_kg.portfolio.files import TableFile
from bpo_kg.portfolio.ids import fresh_ids, repeated
from bpo_kg.portfolio.inheritance import Inheritance, inheritance
from bpo_kg.portfolio.kept import Kept, joined, replaced
from bpo_kg.portfolio.knowledge import Knowledge
from bpo_kg.portfolio.marks import MarkTable
from bpo_kg.portfolio.meaning import Cells
from bpo_kg.portfolio.parts import FileRows, resolve
from bpo_kg.portfolio.reached import Rewritten
from bpo_kg.portfolio.row_names import RowNames
from bpo_kg.portfolio.rows import Rows
from bpo_kg.sources.facts import Finding

KEEP_WITHIN = 512 << 20
"""Bytes of input up to which the texts of rows are kept for the second pass rather than read again."""


class Read(Protocol):
    """Reads a file in batches; with `texts_only` nothing but ids, names and foreign columns is looked at."""

    def __call__(self, file: TableFile, take: Callable[[Rows], None], *, texts_only: bool = False) -> None: ...


class FirstPass:
    """Reads all files once and remembers what their rows have to do with each other."""

    def __init__(self, knowledge: Knowledge, files: Sequence[TableFile], read: Read) -> None:
        self._knowledge = knowledge
        self._files = files
        self._read = read
        self._kept: list[Kept] = []
        self._rows: list[FileRows] = []
        self._codes: list[dict[str, Any]] = []
        self._findings: list[list[Finding]] = [[] for _ in files]
        self._fresh: list[dict[int, str]] = [{} for _ in files]
        self._disagreements: Disagreements | None = None
        self.inheritance: Inheritance | None = None
        self.done = False

    def run(self) -> None:
        """Read everything and work out ids, wholes and what passes along them."""
        start = 0
        keep = sum(file.path.stat().st_size for file in self._files) <= KEEP_WITHIN
        for file in self._files:
            one = Kept(start, keep)
            self._read(file, one.take)
            self._kept.append(one)
            start += one.count
        for number, (file, one) in enumerate(zip(self._files, self._kept, strict=True)):
            self._codes.append({column: np.concatenate(codes) for column, codes in one.codes.items()})
            one.codes.clear()
            if file.layout is not None:
                self._rows.append(self._unique(number, file, one))
        tree, findings = resolve(self._rows, self._each_name)
        for file_rows in self._rows:
            file_rows.forget_cells()
        numbers = [n for n, file in enumerate(self._files) if file.layout is not None]
        for number, found in zip(numbers, findings, strict=True):
            self._findings[number] += found
        if tree is not None:
            columns = [c for c in self._knowledge.codes if any(c in codes for codes in self._codes)]
            own = {column: self._gathered(column, tree.rows) for column in columns}
            self.inheritance = inheritance(
                tree, own, self._knowledge.codes, self._knowledge.passing, self._knowledge.meaning
            )
            self._disagreements = Disagreements(
                self.inheritance, self._names, self._knowledge.codes, self._knowledge.meaning.properties
            )
        self.done = True

    def each(self, number: int, take: Callable[[Rows], None]) -> None:
        """Give the batches of a file once more, without codes."""
        if self._kept[number].keep_texts:
            for rows in self._kept[number].batches:
                take(rows)
        else:
            self._read(self._files[number], take, texts_only=True)

    def cells(self, number: int, start: int, count: int) -> Cells:
        """Return the cells of some rows of a file, the first one being number `start` of all."""
        first = start - self._kept[number].start
        own = {c: codes[first : first + count].astype(np.int64) for c, codes in self._codes[number].items()}
        if self.inheritance is None:
            return Cells(own, count=count)
        return self.inheritance.complete(own, start, count)

    def note_names(self, rows: Rows, start: int) -> None:
        """Remember the names that findings need, while their rows pass by."""
        if self._disagreements is not None:
            self._disagreements.note(rows, start)

    @property
    def _names(self) -> RowNames:
        return RowNames([file.stem for file in self._files if file.layout is not None], self._rows)

    def rewritten(self, rows: Ints) -> list[Rewritten]:
        """Return some rows, given by number over all files, with everything that they record."""
        parents = np.full(sum(kept.count for kept in self._kept), -1, dtype=np.int64)
        if self.inheritance is not None:
            tree = self.inheritance.tree
            parts = tree.parent >= 0
            parents[tree.rows[parts]] = tree.rows[tree.parent[parts]]
        files = []
        for number, kept in enumerate(self._kept):
            mine = rows[(rows >= kept.start) & (rows < kept.start + kept.count)] - kept.start
            if self._files[number].layout is None:
                continue
            at = sum(f.layout is not None for f in self._files[:number])
            file = self._rows[at]
            names: list[str] = []

            def note(first: int, batch: pa.Array, mine: Ints = mine, names: list[str] = names) -> None:
                here = mine[(mine >= first) & (mine < first + len(batch))] - first
                names += batch.take(pa.array(here)).to_pylist()

            self._each_name(at, note)
            wholes = parents[mine + kept.start]
            files.append(
                Rewritten(
                    stem=self._files[number].stem,
                    rows=mine,
                    ids=file.ids.take(pa.array(mine)).to_pylist(),
                    names=names,
                    wholes=[self._names.id(row) if row >= 0 else "" for row in wholes.tolist()],
                    codes={column: codes[mine].astype(np.int64) for column, codes in self._codes[number].items()},
                )
            )
        return files

    def lines(self, rows: Ints) -> list[int]:
        """Return the line on which each of some rows starts."""
        names = self._names
        return [names.line(row) for row in rows.tolist()]

    @property
    def linked(self) -> Ints:
        """The rows that have a whole or parts, counted over all files."""
        return np.empty(0, dtype=np.int64) if self.inheritance is None else self.inheritance.tree.rows

    @property
    def count(self) -> int:
        """How many rows there are."""
        return sum(kept.count for kept in self._kept)

    def _gathered(self, column: str, rows: Ints) -> Ints:
        """Return the codes of some rows, given by number over all files."""
        out = np.zeros(len(rows), dtype=np.result_type(*(codes[column] for codes in self._codes if column in codes)))
        for kept, codes in zip(self._kept, self._codes, strict=True):
            if column in codes:
                here = slice(*np.searchsorted(rows, [kept.start, kept.start + kept.count]).tolist())
                out[here] = codes[column][rows[here] - kept.start]
        return out

    def _unique(self, number: int, file: TableFile, kept: Kept) -> FileRows:
        ids = pa.concat_arrays(kept.ids) if kept.ids else pa.array([], pa.string())
        kept.ids.clear()
        lines = joined(kept.lines)
        kept.lines.clear()
        assert file.layout is not None
        known = None
        if "id" in file.layout.ours and kept.marks and all(marks is not None for marks in kept.marks):
            marks = np.concatenate(kept.marks)
            kept.marks.clear()
            known = MarkTable(marks)
        kept.marks.clear()
        again = np.empty(0, dtype=np.int64) if known is not None and not known.repeat else repeated(ids)
        if len(again):
            given = np.concatenate(kept.given)
            fresh, findings = fresh_ids(ids, again, lines, given[again].tolist(), file.layout)
            self._fresh[number] = fresh
            self._findings[number] += findings
            ids, known = replaced(ids, fresh), None
        texts = pa.concat_arrays(kept.texts) if kept.texts else pa.array([], pa.string())
        asked = None
        if kept.part_marks and all(marks is not None for marks in kept.part_marks):
            asked = np.concatenate(kept.part_marks)
        parts = joined(kept.parts)
        for done in (kept.parts, kept.part_marks, kept.texts):
            done.clear()
        return FileRows(file.layout, kept.start, ids, lines, parts, texts, known, asked)

    def _each_name(self, number: int, take: Callable[[int, pa.Array], None]) -> None:
        with_rows = [n for n, file in enumerate(self._files) if file.layout is not None]
        first = 0

        def names(rows: Rows) -> None:
            nonlocal first
            take(first, rows.names)
            first += len(rows)

        self.each(with_rows[number], names)

    def ids(self, number: int, rows: Rows, start: int) -> pa.Array:
        """Return the ids of a batch whose first row is number `start` of all, made unique."""
        fresh = self._fresh[number]
        if not fresh:
            return rows.ids
        first = start - self._kept[number].start
        here = {row - first: text for row, text in fresh.items() if first <= row < first + len(rows)}
        return replaced(rows.ids, here)

    def findings(self, number: int) -> list[Finding]:
        """Return what was found about ids and wholes in one file."""
        return self._findings[number]

    def clash_findings(self) -> list[Finding]:
        """Return where parts and wholes contradict each other; names must have been noted."""
        return self._disagreements.findings() if self._disagreements is not None else []
