"""Find the whole that each `part_of` cell names, for as many rows as there are.

Nearly every cell holds the id of a row of the same file, which one look-up over the column settles. The others, and
rows that turn in a ring, go to the same resolver as a small inventory, together with the rows they could mean.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bpo_kg.portfolio.codes import Ints
from bpo_kg.portfolio.marks import Marks, MarkTable
from bpo_kg.portfolio.tree import Tree, tree_of
from bpo_kg.sources.facts import Finding, Inventory, Place, ProcessRecord
from bpo_kg.sources.layout import CellPlaces, Layout
from bpo_kg.sources.part_of import COLUMN, HINTS_WITHIN, name_key, resolve_wholes


@dataclass(slots=True)
class FileRows:
    """What is kept of one file to find wholes: all its ids and lines, and its `part_of` cells."""

    layout: Layout
    start: int
    """Number of its first row among the rows of all files."""
    ids: pa.Array
    lines: Ints
    parts: Ints
    """Rows of the file that have a `part_of` cell, counted from its first row."""
    texts: pa.Array
    """What those cells say."""
    marks: MarkTable | None = None
    """Hashes of the ids, where they are known and all different."""
    asked: Marks | None = None
    """Hashes of the cells."""

    def __len__(self) -> int:
        return len(self.ids)

    def forget_cells(self) -> None:
        """Let go of what only finding wholes needs."""
        self.parts, self.texts = np.empty(0, dtype=np.int64), pa.array([], pa.string())
        self.marks = self.asked = None


ReadNames = Callable[[int, Callable[[int, pa.Array], None]], None]
"""Read the names of one file again: told the file, calls back with the first row and the names of each batch."""


def resolve(files: Sequence[FileRows], read_names: ReadNames) -> tuple[Tree | None, list[list[Finding]]]:
    """Return the tree of the rows that have a whole or parts, if any, and the findings of each file.

    Rows are counted over all files.
    """
    count = sum(len(file) for file in files)
    parts, wholes, open_rows = [], [], []
    for file in files:
        if file.marks is not None and file.asked is not None:
            at = _proposed(file.marks.find(file.asked), file)
        else:
            found = pc.index_in(file.texts, value_set=file.ids)
            at = found.fill_null(-1).to_numpy(zero_copy_only=False)
        parts.append(file.parts[at >= 0] + file.start)
        wholes.append(at[at >= 0].astype(np.int64) + file.start)
        open_rows.append(np.flatnonzero(at < 0))
    part, whole = _joined(parts), _joined(wholes)
    small = count <= HINTS_WITHIN
    involved = _candidates(files, open_rows, read_names, small)
    tree = tree_of(part, whole, count)
    rings = tree.rows[tree.rings()]
    if involved:
        by_name = _few(files, involved, open_rows, rings, small)
        part, whole = np.concatenate([part, by_name.parts]), np.concatenate([whole, by_name.wholes])
        tree = tree_of(part, whole, count)
        rings = tree.rows[tree.rings()]
    findings: list[list[Finding]] = [[] for _ in files]
    if len(rings) or involved:
        few = _few(files, involved, open_rows, rings, small)
        findings = few.findings
        cut = np.isin(part, few.cut)
        tree = tree_of(part[~cut], whole[~cut], count)
    return (tree if len(tree.rows) else None), findings


def _proposed(rows: Ints, file: FileRows) -> Ints:
    """Return the rows that hashes propose for the cells of a file, -1 where the id there is another."""
    there = np.flatnonzero(rows >= 0)
    same = pc.equal(file.ids.take(pa.array(rows[there])), file.texts.take(pa.array(there)))
    rows[there[~same.to_numpy(zero_copy_only=False)]] = -1
    return rows


def _joined(arrays: Sequence[Ints]) -> Ints:
    return np.concatenate([np.empty(0, dtype=np.int64), *arrays])


def _candidates(
    files: Sequence[FileRows], open_rows: Sequence[Ints], read_names: ReadNames, small: bool
) -> dict[int, str]:
    """Return the rows, with their names, that could matter for cells that are no id of their own file."""
    texts: set[str] = set()
    for file, rows in zip(files, open_rows, strict=True):
        texts.update(file.texts.take(pa.array(rows)).to_pylist())
    if not texts:
        return {}
    keys = {name_key(text) for text in texts}
    wanted: set[int] = set()
    for file, rows in zip(files, open_rows, strict=True):
        wanted.update((file.parts[rows] + file.start).tolist())
        same = pc.is_in(file.ids, value_set=pa.array(sorted(texts), pa.string())).to_numpy(zero_copy_only=False)
        wanted.update((np.flatnonzero(same) + file.start).tolist())
    found: dict[int, str] = {}
    for number, file in enumerate(files):

        def look(first: int, names: pa.Array, start: int = file.start) -> None:
            for row, name in enumerate(names.to_pylist(), start + first):
                if small or row in wanted or name_key(name) in keys:
                    found[row] = name

        read_names(number, look)
    return found


@dataclass(slots=True)
class _Few:
    """What the ordinary resolver makes of a few rows."""

    parts: Ints
    wholes: Ints
    cut: Ints
    """Rows whose cell is read as unknown."""
    findings: list[list[Finding]]


def _few(files: Sequence[FileRows], names: dict[int, str], open_rows: Sequence[Ints], rings: Ints, small: bool) -> _Few:
    """Resolve the rows that could matter; whatever else a cell of theirs names is an id of their own file."""
    inventories = []
    asking: dict[str, int] = {}
    row_of: dict[str, int] = {}
    for number, (file, rows) in enumerate(zip(files, open_rows, strict=True)):
        still_open = set((file.parts[rows] + file.start).tolist())
        turning = rings[(rings >= file.start) & (rings < file.start + len(file))]
        mine = sorted({row for row in names if file.start <= row < file.start + len(file)} | set(turning.tolist()))
        cells = dict(zip((file.parts + file.start).tolist(), range(len(file.parts)), strict=True)) if mine else {}
        inventory = Inventory(file.layout.file)
        ids = file.ids.take(pa.array([row - file.start for row in mine], pa.int64())).to_pylist()
        ring = set(turning.tolist())
        for row, ident in zip(mine, ids, strict=True):
            iri = f"{number}/{row}"
            line = int(file.lines[row - file.start])
            record = ProcessRecord(ident, names.get(row, ""), Place(file.layout.file, line), iri)
            record.places = CellPlaces(file.layout, line)
            row_of[iri] = row
            if row in cells and (row in still_open or row in ring):
                record.cells[COLUMN] = file.texts[cells[row]].as_py()
                asking[iri] = row
            inventory.records.append(record)
        inventories.append(inventory)
    found = resolve_wholes(inventories, hints=small)
    pairs = [(row, row_of[found[iri]]) for iri, row in asking.items() if iri in found]
    opened = {int(r) for file, rows in zip(files, open_rows, strict=True) for r in file.parts[rows] + file.start}
    named = [(row, whole) for row, whole in pairs if row in opened]
    return _Few(
        np.array([row for row, _ in named], dtype=np.int64),
        np.array([whole for _, whole in named], dtype=np.int64),
        np.array([row for iri, row in asking.items() if iri not in found], dtype=np.int64),
        [inventory.findings for inventory in inventories],
    )
