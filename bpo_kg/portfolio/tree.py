"""Whole and part on integer codes: which row is part of which, what passes along, and where parts contradict.

The rows that are part of something, or have parts, are worked on as arrays, in as many steps as the logarithm of the
deepest nesting. What passes how is data, as everywhere; the definition is that of `suitability.wholes`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from bpo_kg.portfolio.codes import Codes, Flags, Ints
from bpo_kg.suitability.wholes import DOWNWARD

_NOBODY = -1


@dataclass(frozen=True, slots=True)
class RowClash:
    """A whole recorded "no" and a part "yes": the column, the whole, and the position from which that is seen."""

    column: str
    whole: int
    seen_from: int


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
    _by_parent: Ints | None = field(init=False, default=None)

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

    def parts(self, level: Ints) -> Ints:
        """Return the direct parts of some positions."""
        if self._by_parent is None:
            self._by_parent = np.argsort(self.parent, kind="stable")
        first, last = (np.searchsorted(self.parent, level, side, sorter=self._by_parent) for side in ("left", "right"))
        pieces = [self._by_parent[a:b] for a, b in zip(first.tolist(), last.tolist(), strict=True)]
        return np.concatenate(pieces) if pieces else np.empty(0, dtype=np.int64)

    def nearest_parts(self, at: int, wanted: Flags) -> Ints:
        """Return the wanted parts of a position on the nearest level that has any."""
        level = self.parts(np.array([at]))
        while len(level) and not wanted[level].any():
            level = self.parts(level)
        found: Ints = level[wanted[level]]
        return found

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


def tree_of(parts: Ints, wholes: Ints, count: int) -> Tree:
    """Return the tree of part rows and their wholes, given pairwise, among `count` rows."""
    there = np.zeros(count, dtype=bool)
    there[parts] = there[wholes] = True
    position = np.cumsum(there) - 1
    rows = np.flatnonzero(there)
    parent = np.full(len(rows), _NOBODY, dtype=np.int64)
    parent[position[parts]] = position[wholes]
    return Tree(rows, parent)
