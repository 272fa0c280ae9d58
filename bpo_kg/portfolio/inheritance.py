"""What rows have from their wholes and parts: inherited cells, mixed offices, and contradictions to report."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bpo_kg.portfolio.codes import Codes, Flags, Ints
from bpo_kg.portfolio.meaning import Cells, Meaning
from bpo_kg.portfolio.tree import RowClashes, Tree
from bpo_kg.suitability.answers import INHERITED

_NOT, _FRONT, _BACK = 0, 1, 2


@dataclass(slots=True)
class Inheritance:
    """The cells of the rows that have a whole or parts, own or inherited, and which of those rows are mixed."""

    tree: Tree
    cells: Cells
    mixed: Flags
    """Whether a row holds front and back parts, by position in the tree."""
    clashes: Mapping[str, RowClashes]
    """By column; positions are those in the tree."""

    def between(self, start: int, count: int) -> slice:
        """Return the positions whose rows are among `count` rows from `start` on."""
        low, high = np.searchsorted(self.tree.rows, [start, start + count])
        return slice(int(low), int(high))

    def complete(self, own: Mapping[str, Ints], start: int, count: int) -> Cells:
        """Return the cells of some consecutive rows, given those they record themselves."""
        here = self.between(start, count)
        rows = self.tree.rows[here] - start
        codes = dict(own)
        flags: dict[str, Flags] = {}
        for column, inherited in self.cells.inherited.items():
            codes[column] = own[column].copy() if column in own else np.zeros(count, dtype=np.int64)
            codes[column][rows] = self.cells.codes[column][here]
            flags[column] = np.zeros(count, dtype=bool)
            flags[column][rows] = inherited[here]
        mixed = np.zeros(count, dtype=bool)
        mixed[rows] = self.mixed[here]
        return Cells(codes, flags, mixed, count)


def inheritance(
    tree: Tree, own: Mapping[str, Ints], codes: Mapping[str, Codes], passing: Mapping[str, str], meaning: Meaning
) -> Inheritance:
    """Work out what passes along, and which offices are mixed.

    Args:
        tree: the rows that have a whole or parts.
        own: the codes that those rows record, by column.
        codes: code tables.
        passing: how each column passes.
        meaning: answers the criterion of the office.
    """
    passed, clashes = tree.inherit(own, codes, passing)
    count = len(tree.rows)
    effective = {c: np.where(passed[c] != 0, passed[c], v) if c in passed else v for c, v in own.items()}
    cells = Cells(effective, {c: v != 0 for c, v in passed.items()}, None, count)
    return Inheritance(tree, cells, _mixed(tree, cells, meaning), clashes)


def _mixed(tree: Tree, cells: Cells, meaning: Meaning) -> Flags:
    """Mark the rows with front and back parts, or of an office of their own that parts of theirs are not of."""
    ids = meaning.answer(cells, ("publicContact",))["publicContact"]
    kinds = np.array([_NOT if a.value is None else _FRONT if a.value else _BACK for a in meaning.answers])
    said_of_itself = np.array([a.basis != INHERITED for a in meaning.answers])
    office = kinds[ids]
    fronts, backs = tree.above(office == _FRONT), tree.above(office == _BACK)
    flags: Flags = (fronts & backs) | ((office == _BACK) & fronts) | ((office == _FRONT) & backs & said_of_itself[ids])
    return flags
