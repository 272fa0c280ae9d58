"""Where wholes and parts record what cannot both hold, told in the graph engine's order and up to a limit."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pyarrow as pa
import pyoxigraph as ox

from bpo_kg.portfolio.codes import Codes, Flags, Ints
from bpo_kg.portfolio.inheritance import Inheritance
from bpo_kg.portfolio.row_names import RowNames
from bpo_kg.portfolio.rows import Rows
from bpo_kg.sources.facts import Finding
from bpo_kg.sources.messages import MAX_FINDINGS, Told
from bpo_kg.sources.part_of import parts_disagree


class Disagreements:
    """The contradictions of one inventory; the names of the rows involved are noted while rows pass by.

    Args:
        inherited: what passes along wholes and parts.
        names: ids and IRIs of rows.
        codes: code tables by column.
        properties: property by column.
    """

    def __init__(
        self,
        inherited: Inheritance,
        names: RowNames,
        codes: Mapping[str, Codes],
        properties: Mapping[str, ox.NamedNode],
    ) -> None:
        self._inherited, self._names, self._codes, self._properties = inherited, names, codes, properties
        self._count = 0
        self._found = self._find()
        ends = [at for _, whole, part in self._found for at in (whole, part)]
        self.rows: Ints = np.unique(inherited.tree.rows[ends]) if ends else np.empty(0, dtype=np.int64)
        """The rows whose names findings need, in ascending order."""
        self._called: dict[int, str] = {}

    def note(self, rows: Rows, start: int) -> None:
        """Remember the names that findings need; the first row is number `start` of all."""
        here = self.rows[(self.rows >= start) & (self.rows < start + len(rows))]
        if len(here):
            self.call(here, rows.names.take(pa.array(here - start)).to_pylist())

    def call(self, rows: Ints, names: Sequence[str]) -> None:
        """Remember the names of some rows."""
        self._called.update(zip(rows.tolist(), names, strict=True))

    def findings(self) -> list[Finding]:
        """Return one finding for each whole, part and column; names must have been noted."""
        told = Told([])
        rows = self._inherited.tree.rows
        for column, whole, part in self._found:
            row = int(rows[part])
            called = self._called[int(rows[whole])], self._called[row]
            told.add(partial(parts_disagree, self._names.place(row, column), column, *called))
        told.unlisted += self._count - len(self._found)
        told.close(self._names.files[0].layout.file)
        return told.findings

    def _find(self) -> list[tuple[str, int, int]]:
        """Count the contradictions; return column, whole and part of the first, by positions in the tree."""
        clashes, tree = self._inherited.clashes, self._inherited.tree
        if not clashes:
            return []
        order = self._names.order(tree.rows)
        at = np.argsort(order)
        found: list[tuple[str, int, int]] = []
        for column in sorted(clashes, key=lambda column: self._properties[column].value):
            parts = tree.nearest_below(self._said_yes(column), order)[clashes[column].seen_from]
            keys = np.sort(order[clashes[column].wholes] * len(order) + order[parts])
            keys = keys[np.append(True, keys[1:] != keys[:-1])]
            self._count += len(keys)
            whole, part = np.divmod(keys[: MAX_FINDINGS - len(found)], len(order))
            found += zip([column] * len(whole), at[whole].tolist(), at[part].tolist(), strict=True)
        return found

    def _said_yes(self, column: str) -> Flags:
        """Mark the positions that record "yes" in a column."""
        cells = self._inherited.cells
        yes: Flags = cells.codes[column] == self._codes[column].of_value(True)
        return yes & ~cells.inherited[column]
