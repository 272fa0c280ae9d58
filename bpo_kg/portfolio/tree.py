"""Whole and part on integer codes: which row is part of which, what passes along, and where parts contradict.

The rows that are part of something, or have parts, are worked on as arrays, in as many steps as the logarithm of the
deepest nesting. What passes how is data, as everywhere; the definition is that of `suitability.wholes`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bpo_kg.portfolio.codes import Codes, Flags, Ints
from bpo_kg.suitability.wholes import DOWNWARD

_NOBODY = -1


@dataclass(slots=True)
class Passed:
    """What one column passes: the value each row inherits (0: none), and the row that records it."""

    codes: Ints
    via: Ints


@dataclass(frozen=True, slots=True)
class RowClash:
    """A whole recorded "no" and a part "yes": the column and the two rows."""

    column: str
    whole: int
    part: int


@dataclass(slots=True)
class Tree:
    """The part-of relation between rows.

    Args:
        rows: the rows that have a whole or parts, in ascending order.
        parent: for each of them, the position of its whole in `rows`, or -1.
    """

    rows: Ints
    parent: Ints
    _jump: Ints = field(init=False)

    def __post_init__(self) -> None:
        here = np.arange(len(self.rows))
        self._jump = np.where(self.parent < 0, here, self.parent)

    def rings(self) -> Ints:
        """Return the positions that never arrive at a whole of its own: members of a ring, and what hangs on them."""
        jump = self._jump
        for _ in range(max(len(self.rows), 2).bit_length()):
            jump = jump[jump]
        return np.flatnonzero(self.parent[jump] >= 0)

    def above(self, marked: Flags) -> Flags:
        """Mark every whole, at any height, of the marked positions; a position marks itself only as a whole."""
        marks = np.zeros(len(self.rows), dtype=bool)
        below = marked & (self.parent >= 0)
        marks[self.parent[below]] = True
        jump = self._jump
        while True:
            more = marks.copy()
            more[jump[marks]] = True
            if (more == marks).all():
                return marks
            marks, jump = more, jump[jump]

    def nearest(self, recorded: Flags) -> Ints:
        """Return for each position the nearest whole that records something, or -1."""
        here = np.arange(len(self.rows))
        stop = recorded | (self.parent < 0)
        jump = np.where(stop, here, self.parent)
        while True:
            further = jump[jump]
            if (further == jump).all():
                break
            jump = further
        found = np.where(self.parent < 0, _NOBODY, jump[self._jump])
        return np.where((found >= 0) & recorded[found], found, _NOBODY)

    def inherit(
        self, cells: Mapping[str, Ints], codes: Mapping[str, Codes], passing: Mapping[str, str]
    ) -> tuple[dict[str, Ints], list[RowClash]]:
        """Return what each position inherits by column (0: nothing), and the contradictions.

        Args:
            cells: recorded codes of the positions, by column.
            codes: code tables.
            passing: how each column passes; the others stay put.
        """
        inherited: dict[str, Ints] = {}
        clashes: list[RowClash] = []
        for column, how in passing.items():
            if column not in cells:
                continue
            own = cells[column]
            near = self.nearest(own != 0)
            from_above = np.where(near >= 0, own[near], 0)
            if how == DOWNWARD:
                inherited[column] = np.where(own == 0, from_above, 0)
                continue
            yes, no = codes[column].of_value(True), codes[column].of_value(False)
            yes_below = self.above(own == yes)
            no_above = from_above == no
            inherited[column] = np.where(
                own != 0, 0, np.where(yes_below & no_above, 0, np.where(yes_below, yes, np.where(no_above, no, 0)))
            )
            for at in np.flatnonzero((own == no) & yes_below).tolist():
                clashes.append(RowClash(column, at, at))
            for at in np.flatnonzero((own == 0) & yes_below & no_above).tolist():
                clashes.append(RowClash(column, int(near[at]), at))
        return inherited, clashes


def tree_of(parts: Ints, wholes: Ints) -> Tree:
    """Return the tree of part rows and their wholes, given pairwise."""
    rows = np.union1d(parts, wholes)
    parent = np.full(len(rows), _NOBODY, dtype=np.int64)
    parent[np.searchsorted(rows, parts)] = np.searchsorted(rows, wholes)
    return Tree(rows, parent)


def nearest_parts(tree: Tree, at: int, wanted: Flags, order: Sequence[str]) -> int:
    """Return the marked part of a position on the nearest level, the first by `order` within it (-1: none)."""
    children: dict[int, list[int]] = {}
    for part, whole in enumerate(tree.parent.tolist()):
        children.setdefault(whole, []).append(part)
    level = [at]
    while level:
        level = [part for here in level for part in children.get(here, ())]
        found = [part for part in level if wanted[part]]
        if found:
            return min(found, key=lambda part: order[part])
    return _NOBODY
