"""What has to be known of all rows before the first can be answered: repeated ids, wholes and parts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bpo_kg.portfolio.codes import Ints
from bpo_kg.portfolio.files import TableFile
from bpo_kg.portfolio.ids import fresh_ids, repeated
from bpo_kg.portfolio.inheritance import Inheritance, inheritance
from bpo_kg.portfolio.knowledge import Knowledge
from bpo_kg.portfolio.parts import FileRows, resolve
from bpo_kg.portfolio.rows import Rows
from bpo_kg.portfolio.tree import nearest_parts, tree_of
from bpo_kg.sources.facts import Finding
from bpo_kg.sources.part_of import parts_disagree
from bpo_kg.sources.sheet_rows import row_iri

Read = Callable[[TableFile, Callable[[Rows], None]], None]


@dataclass(slots=True)
class _Kept:
    """What is kept of one file."""

    start: int
    ids: list[pa.Array] = field(default_factory=list)
    given: list[Any] = field(default_factory=list)
    lines: list[Ints] = field(default_factory=list)
    parts: list[Ints] = field(default_factory=list)
    texts: list[pa.Array] = field(default_factory=list)
    codes: dict[str, list[Any]] = field(default_factory=dict)
    count: int = 0

    def take(self, rows: Rows) -> None:
        self.ids.append(rows.ids)
        self.given.append(rows.given)
        self.lines.append(rows.lines)
        if rows.part_of is not None:
            there = rows.part_of.is_valid().to_numpy(zero_copy_only=False)
            self.parts.append(np.flatnonzero(there) + self.count)
            self.texts.append(rows.part_of.drop_null())
        for column, codes in rows.codes.items():
            self.codes.setdefault(column, []).append(codes.astype(np.int32))
        self.count += len(rows)


class FirstPass:
    """Reads all files once and remembers what their rows have to do with each other."""

    def __init__(self, knowledge: Knowledge, files: Sequence[TableFile], read: Read) -> None:
        self._knowledge = knowledge
        self._files = files
        self._read = read
        self._rows: list[FileRows] = []
        self._findings: list[list[Finding]] = [[] for _ in files]
        self._fresh: list[dict[int, str]] = [{} for _ in files]
        self.inheritance: Inheritance | None = None
        self.done = False

    def run(self) -> None:
        """Read everything and work out ids, wholes and what passes along them."""
        kept = []
        start = 0
        for file in self._files:
            one = _Kept(start)
            self._read(file, one.take)
            kept.append(one)
            start += one.count
        for number, (file, one) in enumerate(zip(self._files, kept, strict=True)):
            if file.layout is not None:
                self._rows.append(self._unique(number, file, one))
        parts, wholes, findings = resolve(self._rows, self._names)
        numbers = [n for n, file in enumerate(self._files) if file.layout is not None]
        for number, found in zip(numbers, findings, strict=True):
            self._findings[number] += found
        if len(parts):
            tree = tree_of(parts, wholes)
            own = {c: _gathered(kept, c, tree.rows) for c in self._knowledge.codes if any(c in k.codes for k in kept)}
            self.inheritance = inheritance(
                tree, own, self._knowledge.codes, self._knowledge.passing, self._knowledge.meaning
            )
        self.done = True

    def _unique(self, number: int, file: TableFile, kept: _Kept) -> FileRows:
        ids = pa.chunked_array(kept.ids, pa.string())
        lines = _joined(kept.lines)
        assert file.layout is not None
        again = repeated(ids)
        if len(again):
            given = np.concatenate(kept.given)
            fresh, findings = fresh_ids(ids, again, lines, given[again].tolist(), file.layout)
            self._fresh[number] = fresh
            self._findings[number] += findings
            ids = pa.chunked_array([_replaced(ids.combine_chunks(), fresh)])
        return FileRows(
            file.layout, kept.start, ids, lines, _joined(kept.parts), pa.chunked_array(kept.texts, pa.string())
        )

    def _names(self, number: int, take: Callable[[int, pa.Array], None]) -> None:
        file = [file for file in self._files if file.layout is not None][number]
        first = 0

        def names(rows: Rows) -> None:
            nonlocal first
            take(first, rows.names)
            first += len(rows)

        self._read(file, names)

    def ids(self, number: int, rows: Rows, start: int) -> pa.Array:
        """Return the ids of a batch whose first row is number `start` of all, made unique."""
        fresh = self._fresh[number]
        if not fresh:
            return rows.ids
        first = start - self._rows[[f.layout.file for f in self._rows].index(self._files[number].file)].start
        here = {row - first: text for row, text in fresh.items() if first <= row < first + len(rows)}
        return _replaced(rows.ids, here)

    def findings(self, number: int) -> list[Finding]:
        """Return what was found about ids and wholes in one file."""
        return self._findings[number]

    def clash_findings(self) -> list[Finding]:
        """Return where parts and wholes contradict each other, in the graph engine's order."""
        if self.inheritance is None or not self.inheritance.clashes:
            return []
        tree, properties = self.inheritance.tree, self._knowledge.meaning.properties
        iris = self._iris(tree.rows)
        found: dict[tuple[str, str, str], tuple[str, int, int]] = {}
        for clash in self.inheritance.clashes:
            yes = self._knowledge.codes[clash.column].of_value(True)
            own = self.inheritance.cells.codes[clash.column] == yes
            own &= ~self.inheritance.cells.inherited[clash.column]
            part = nearest_parts(tree, clash.part, own, iris)
            found[properties[clash.column].value, iris[clash.whole], iris[part]] = (clash.column, clash.whole, part)
        rows = {int(tree.rows[at]) for _, whole, part in found.values() for at in (whole, part)}
        names = self._names_of(rows)
        findings = []
        for key in sorted(found):
            column, whole, part = found[key]
            row = int(tree.rows[part])
            file = self._file_of(row)
            place = file.layout.place(int(file.lines[row - file.start]), file.layout.ours[column])
            findings.append(parts_disagree(place, column, names[int(tree.rows[whole])], names[row]))
        return findings

    def _file_of(self, row: int) -> FileRows:
        return next(file for file in self._rows if file.start <= row < file.start + len(file))

    def _names_of(self, rows: set[int]) -> dict[int, str]:
        found: dict[int, str] = {}
        for number, file in enumerate(self._rows):

            def look(first: int, names: pa.Array, start: int = file.start) -> None:
                here = [row for row in rows if start + first <= row < start + first + len(names)]
                for row in here:
                    found[row] = names[row - start - first].as_py()

            self._names(number, look)
        return found

    def _iris(self, rows: Ints) -> list[str]:
        """Return the IRIs of some rows."""
        folders = self.folders()
        iris: list[str] = []
        for file, folder in zip(self._rows, folders, strict=True):
            mine = rows[(rows >= file.start) & (rows < file.start + len(file))] - file.start
            ids = file.ids.take(pa.array(mine)).to_pylist()
            iris += [folder + row_iri("", ident).rpartition("/")[2] for ident in ids]
        return iris

    def folders(self) -> list[str]:
        """Return the IRI that the row IRIs of each file begin with; files of the same stem are kept apart."""
        taken: set[str] = set()
        folders = []
        files = [file for file in self._files if file.layout is not None]
        for file in files:
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


def _gathered(kept: Sequence[_Kept], column: str, rows: Ints) -> Ints:
    """Return the codes of some rows, given by number over all files."""
    out = np.zeros(len(rows), dtype=np.int64)
    for one in kept:
        if column in one.codes:
            here = (rows >= one.start) & (rows < one.start + one.count)
            out[here] = np.concatenate(one.codes[column])[rows[here] - one.start]
    return out


def _replaced(texts: pa.Array, changed: dict[int, str]) -> pa.Array:
    if not changed:
        return texts
    mask = np.zeros(len(texts), dtype=bool)
    mask[list(changed)] = True
    return pc.replace_with_mask(texts, pa.array(mask), pa.array([changed[r] for r in sorted(changed)], pa.string()))
