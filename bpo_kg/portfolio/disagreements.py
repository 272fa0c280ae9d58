"""Where wholes and parts record what cannot both hold, told in the graph engine's order and up to a limit."""

from collections.abc import Mapping
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
        self._found = self._find()
        ends = [at for _, whole, part in self._found for at in (whole, part)]
        self._rows: Ints = np.unique(inherited.tree.rows[ends]) if ends else np.empty(0, dtype=np.int64)
        self._called: dict[int, str] = {}

    def note(self, rows: Rows, start: int) -> None:
        """Remember the names that findings need; the first row is number `start` of all."""
        here = self._rows[(self._rows >= start) & (self._rows < start + len(rows))]
        if len(here):
            texts = rows.names.take(pa.array(here - start)).to_pylist()
            self._called.update(zip(here.tolist(), texts, strict=True))

    def findings(self) -> list[Finding]:
        """Return one finding for each whole, part and column; names must have been noted."""
        told = Told([])
        rows = self._inherited.tree.rows
        for column, whole, part in self._found:
            row = int(rows[part])
            called = self._called[int(rows[whole])], self._called[row]
            told.add(partial(parts_disagree, self._names.place(row, column), column, *called))
        told.unlisted += max(0, len(self._inherited.clashes) - len(self._found)) if told.unlisted else 0
        told.close(self._names.files[0].layout.file)
        return told.findings

    def _find(self) -> list[tuple[str, int, int]]:
        """Return column, whole and part, by positions in the tree."""
        inherited = self._inherited
        if not inherited.clashes:
            return []
        tree, properties = inherited.tree, self._properties
        yes = {column: self._said_yes(column) for column in {clash.column for clash in inherited.clashes}}
        wholes = np.unique([clash.whole for clash in inherited.clashes])
        iris = dict(zip(wholes.tolist(), self._names.iris(tree.rows[wholes]), strict=True))
        clashes = sorted(inherited.clashes, key=lambda c: (properties[c.column].value, iris[c.whole]))
        found: dict[tuple[str, int, int], None] = {}
        for clash in clashes:
            if len(found) > MAX_FINDINGS:
                break
            parts = np.sort(tree.nearest_parts(clash.seen_from, yes[clash.column]))
            part = int(parts[0])
            if len(parts) > 1:
                part = min(zip(self._names.iris(tree.rows[parts]), parts.tolist(), strict=True))[1]
            found[clash.column, clash.whole, part] = None
        ends = np.unique([part for _, _, part in found])
        iris.update(zip(ends.tolist(), self._names.iris(tree.rows[ends]), strict=True))
        return sorted(found, key=lambda one: (properties[one[0]].value, iris[one[1]], iris[one[2]]))

    def _said_yes(self, column: str) -> Flags:
        """Mark the positions that record "yes" in a column."""
        cells = self._inherited.cells
        yes: Flags = cells.codes[column] == self._codes[column].of_value(True)
        return yes & ~cells.inherited[column]
