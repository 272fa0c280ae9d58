"""What has to be known of all rows before the first can be answered: repeated ids, wholes and parts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bpo_kg.portfolio.codes import Flags, Ints
from bpo_kg.portfolio.files import TableFile
from bpo_kg.portfolio.ids import fresh_ids, repeated
from bpo_kg.portfolio.inheritance import Inheritance, inheritance
from bpo_kg.portfolio.knowledge import Knowledge
from bpo_kg.portfolio.meaning import Cells
from bpo_kg.portfolio.parts import FileRows, SortedMarks, resolve
from bpo_kg.portfolio.reached import Rewritten
from bpo_kg.portfolio.rows import Rows
from bpo_kg.sources.facts import Finding
from bpo_kg.sources.messages import MAX_FINDINGS, Told
from bpo_kg.sources.part_of import parts_disagree
from bpo_kg.sources.sheet_rows import row_iri

KEEP_WITHIN = 512 << 20
"""Bytes of input up to which the texts of rows are kept for the second pass rather than read again."""


class Read(Protocol):
    """Reads a file in batches; with `texts_only` nothing but ids, names and foreign columns is looked at."""

    def __call__(self, file: TableFile, take: Callable[[Rows], None], *, texts_only: bool = False) -> None: ...


@dataclass(slots=True)
class _Kept:
    """What is kept of one file."""

    start: int
    keep_texts: bool
    ids: list[pa.Array] = field(default_factory=list)
    given: list[Any] = field(default_factory=list)
    lines: list[Ints] = field(default_factory=list)
    parts: list[Ints] = field(default_factory=list)
    texts: list[pa.Array] = field(default_factory=list)
    marks: list[Any] = field(default_factory=list)
    part_marks: list[Any] = field(default_factory=list)
    codes: dict[str, list[Any]] = field(default_factory=dict)
    batches: list[Rows] = field(default_factory=list)
    count: int = 0

    def take(self, rows: Rows) -> None:
        self.ids.append(rows.ids)
        self.given.append(rows.given)
        self.marks.append(rows.marks)
        self.lines.append(rows.lines)
        if rows.part_of is not None:
            there = rows.part_of.is_valid().to_numpy(zero_copy_only=False)
            self.parts.append(np.flatnonzero(there) + self.count)
            self.texts.append(rows.part_of.drop_null())
            self.part_marks.append(None if rows.part_marks is None else rows.part_marks[there])
        for column, codes in rows.codes.items():
            narrow = np.uint8 if codes.max() < 1 << 8 else np.uint16 if codes.max() < 1 << 16 else np.int32
            self.codes.setdefault(column, []).append(codes.astype(narrow))
        if self.keep_texts:
            self.batches.append(replace(rows, codes={}, part_of=None, marks=None, part_marks=None))
        self.count += len(rows)


class FirstPass:
    """Reads all files once and remembers what their rows have to do with each other."""

    def __init__(self, knowledge: Knowledge, files: Sequence[TableFile], read: Read) -> None:
        self._knowledge = knowledge
        self._files = files
        self._read = read
        self._kept: list[_Kept] = []
        self._rows: list[FileRows] = []
        self._codes: list[dict[str, Any]] = []
        self._findings: list[list[Finding]] = [[] for _ in files]
        self._fresh: list[dict[int, str]] = [{} for _ in files]
        self._clashes: list[tuple[str, int, int]] = []
        self._names_of: dict[int, str] = {}
        self._named: Ints = np.empty(0, dtype=np.int64)
        self.inheritance: Inheritance | None = None
        self.done = False

    def run(self) -> None:
        """Read everything and work out ids, wholes and what passes along them."""
        start = 0
        keep = sum(file.path.stat().st_size for file in self._files) <= KEEP_WITHIN
        for file in self._files:
            one = _Kept(start, keep)
            self._read(file, one.take)
            self._kept.append(one)
            start += one.count
        for number, (file, one) in enumerate(zip(self._files, self._kept, strict=True)):
            self._codes.append({column: np.concatenate(codes) for column, codes in one.codes.items()})
            one.codes.clear()
            if file.layout is not None:
                self._rows.append(self._unique(number, file, one))
        tree, findings = resolve(self._rows, self._each_name)
        numbers = [n for n, file in enumerate(self._files) if file.layout is not None]
        for number, found in zip(numbers, findings, strict=True):
            self._findings[number] += found
        if tree is not None:
            columns = [c for c in self._knowledge.codes if any(c in codes for codes in self._codes)]
            own = {column: self._gathered(column, tree.rows) for column in columns}
            self.inheritance = inheritance(
                tree, own, self._knowledge.codes, self._knowledge.passing, self._knowledge.meaning
            )
            self._clashes = self._find_clashes(self.inheritance)
            self._named = np.unique(tree.rows[[at for _, whole, part in self._clashes for at in (whole, part)]])
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
        here = self._named[(self._named >= start) & (self._named < start + len(rows))]
        if len(here):
            texts = rows.names.take(pa.array(here - start)).to_pylist()
            self._names_of.update(zip(here.tolist(), texts, strict=True))

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
                    wholes=[self._id_of(row) if row >= 0 else "" for row in wholes.tolist()],
                    codes={column: codes[mine].astype(np.int64) for column, codes in self._codes[number].items()},
                )
            )
        return files

    def lines(self, rows: Ints) -> list[int]:
        """Return the line on which each of some rows starts."""
        return [int(file.lines[row - file.start]) for row in rows.tolist() for file in (self._file_of(row),)]

    def _id_of(self, row: int) -> str:
        file = self._file_of(row)
        ident: str = file.ids[row - file.start].as_py()
        return ident

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
        out = np.zeros(len(rows), dtype=np.int64)
        for kept, codes in zip(self._kept, self._codes, strict=True):
            if column in codes:
                here = slice(*np.searchsorted(rows, [kept.start, kept.start + kept.count]).tolist())
                out[here] = codes[column][rows[here] - kept.start]
        return out

    def _unique(self, number: int, file: TableFile, kept: _Kept) -> FileRows:
        ids = pa.concat_arrays(kept.ids) if kept.ids else pa.array([], pa.string())
        kept.ids.clear()
        lines = _joined(kept.lines)
        assert file.layout is not None
        known = None
        if "id" in file.layout.ours and kept.marks and all(marks is not None for marks in kept.marks):
            known = SortedMarks.of(np.concatenate(kept.marks))
        kept.marks.clear()
        again = np.empty(0, dtype=np.int64) if known is not None and not known.repeat else repeated(ids)
        if len(again):
            given = np.concatenate(kept.given)
            fresh, findings = fresh_ids(ids, again, lines, given[again].tolist(), file.layout)
            self._fresh[number] = fresh
            self._findings[number] += findings
            ids, known = _replaced(ids, fresh), None
        texts = pa.concat_arrays(kept.texts) if kept.texts else pa.array([], pa.string())
        asked = None
        if kept.part_marks and all(marks is not None for marks in kept.part_marks):
            asked = np.concatenate(kept.part_marks)
        return FileRows(file.layout, kept.start, ids, lines, _joined(kept.parts), texts, known, asked)

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
        return _replaced(rows.ids, here)

    def findings(self, number: int) -> list[Finding]:
        """Return what was found about ids and wholes in one file."""
        return self._findings[number]

    def _find_clashes(self, inherited: Inheritance) -> list[tuple[str, int, int]]:
        """Return column, whole and part of the contradictions, in the graph engine's order, up to a limit."""
        if not inherited.clashes:
            return []
        tree, properties = inherited.tree, self._knowledge.meaning.properties
        yes = {column: self._said_yes(inherited, column) for column in {clash.column for clash in inherited.clashes}}
        wholes = np.unique([clash.whole for clash in inherited.clashes])
        iris = dict(zip(wholes.tolist(), self._iris(tree.rows[wholes]), strict=True))
        clashes = sorted(inherited.clashes, key=lambda c: (properties[c.column].value, iris[c.whole]))
        found: dict[tuple[str, int, int], None] = {}
        for clash in clashes:
            if len(found) > MAX_FINDINGS:
                break
            parts = np.sort(tree.nearest_parts(clash.seen_from, yes[clash.column]))
            part = (
                min(zip(self._iris(tree.rows[parts]), parts.tolist(), strict=True))[1] if len(parts) > 1 else parts[0]
            )
            found[clash.column, clash.whole, int(part)] = None
        ends = np.unique([part for _, _, part in found])
        iris.update(zip(ends.tolist(), self._iris(tree.rows[ends]), strict=True))
        return sorted(found, key=lambda one: (properties[one[0]].value, iris[one[1]], iris[one[2]]))

    def clash_findings(self) -> list[Finding]:
        """Return where parts and wholes contradict each other; names must have been noted."""
        if self.inheritance is None or not self._clashes:
            return []
        told = Told([])
        rows = self.inheritance.tree.rows
        for column, whole, part in self._clashes:
            row = int(rows[part])
            file = self._file_of(row)
            place = file.layout.place(int(file.lines[row - file.start]), file.layout.ours[column])
            names = self._names_of[int(rows[whole])], self._names_of[row]
            told.add(partial(parts_disagree, place, column, *names))
        told.unlisted += max(0, len(self.inheritance.clashes) - len(self._clashes)) if told.unlisted else 0
        told.close(self._rows[0].layout.file)
        return told.findings

    def _said_yes(self, inherited: Inheritance, column: str) -> Flags:
        """Mark the positions that record "yes" in a column."""
        cells = inherited.cells
        yes: Flags = cells.codes[column] == self._knowledge.codes[column].of_value(True)
        return yes & ~cells.inherited[column]

    def _file_of(self, row: int) -> FileRows:
        return next(file for file in self._rows if file.start <= row < file.start + len(file))

    def _iris(self, rows: Ints) -> list[str]:
        """Return the IRIs of some rows, given in ascending order."""
        iris: list[str] = []
        for file, folder in zip(self._rows, self.folders(), strict=True):
            mine = rows[(rows >= file.start) & (rows < file.start + len(file))] - file.start
            if len(mine):
                ids = file.ids.take(pa.array(mine))
                plain = pc.all(pc.match_substring_regex(ids, "^[A-Za-z0-9_-]+$")).as_py()
                texts = ids.to_pylist()
                iris += [folder + (text if plain else row_iri("", text).rpartition("/")[2]) for text in texts]
        return iris

    def folders(self) -> list[str]:
        """Return the IRI that the row IRIs of each file begin with; files of the same stem are kept apart."""
        taken: set[str] = set()
        folders = []
        for file in self._files:
            if file.layout is None:
                continue
            base = row_iri(file.stem, "").rstrip("/")
            folder, n = base, 1
            while folder in taken:
                n += 1
                folder = f"{base}~{n}"
            taken.add(folder)
            folders.append(folder + "/")
        return folders


def _joined(arrays: Sequence[Ints]) -> Ints:
    return np.concatenate([np.empty(0, dtype=np.int64), *arrays])


def _replaced(texts: pa.Array, changed: dict[int, str]) -> pa.Array:
    if not changed:
        return texts
    mask = np.zeros(len(texts), dtype=bool)
    mask[list(changed)] = True
    return pc.replace_with_mask(texts, pa.array(mask), pa.array([changed[r] for r in sorted(changed)], pa.string()))
