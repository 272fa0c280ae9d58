"""The ids and IRIs of rows that are known by their number over all files."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bpo_kg.portfolio.codes import Ints
from bpo_kg.portfolio.parts import FileRows
from bpo_kg.sources.facts import Place
from bpo_kg.sources.sheet_rows import row_iri


@dataclass(slots=True)
class RowNames:
    """Looks rows up: their file, id, IRI and the places of their cells.

    Args:
        stems: stem of every file that has rows.
        files: what is kept of each.
    """

    stems: Sequence[str]
    files: Sequence[FileRows]

    def file_of(self, row: int) -> FileRows:
        """Return the file that a row is of."""
        return next(file for file in self.files if file.start <= row < file.start + len(file))

    def id(self, row: int) -> str:
        """Return the id of a row."""
        file = self.file_of(row)
        ident: str = file.ids[row - file.start].as_py()
        return ident

    def line(self, row: int) -> int:
        """Return the line on which a row starts."""
        file = self.file_of(row)
        return int(file.lines[row - file.start])

    def place(self, row: int, column: str) -> Place:
        """Return the place of a cell."""
        layout = self.file_of(row).layout
        return layout.place(self.line(row), layout.ours[column])

    def order(self, rows: Ints) -> Ints:
        """Return for each of some rows, given in ascending order, how many of them have an IRI before its own."""
        order = np.empty(len(rows), dtype=np.int64)
        before = 0
        # No folder begins with another, so they decide before any id does.
        for _, file in sorted(zip(self._folders(), self.files, strict=True), key=lambda pair: pair[0]):
            here = slice(*np.searchsorted(rows, [file.start, file.start + len(file)]).tolist())
            ids = file.ids.take(pa.array(rows[here] - file.start))
            if not pc.all(pc.match_substring_regex(ids, "^[A-Za-z0-9_-]*$")).as_py():
                ids = pa.array([row_iri("", text).rpartition("/")[2] for text in ids.to_pylist()], pa.string())
            mine = np.arange(before, before + len(ids))
            in_order = pc.all(pc.less(ids[:-1], ids[1:])).as_py()
            order[here][slice(None) if in_order else pc.sort_indices(ids).to_numpy()] = mine
            before += len(ids)
        return order

    def _folders(self) -> list[str]:
        """Return what the row IRIs of each file begin with; files of the same stem are kept apart."""
        taken: set[str] = set()
        folders = []
        for stem in self.stems:
            base = row_iri(stem, "").rstrip("/")
            folder, n = base, 1
            while folder in taken:
                n += 1
                folder = f"{base}~{n}"
            taken.add(folder)
            folders.append(folder + "/")
        return folders
