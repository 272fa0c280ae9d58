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
class RowClashes:
    """Where a whole recorded "no" and a part "yes" in one column."""

    wholes: Ints
    seen_from: Ints
    """For each whole, the position from which that is seen: its own, or that of a part between the two."""


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

    def nearest_below(self, marked: Flags, order: Ints) -> Ints:
        """Return for each position the marked one on the nearest level below it, or -1.

        Args:
            marked: the positions to look for.
            order: a different number for each position; of several on one level the lowest is taken.
        """
        count = len(self.rows)
        nearest = np.full(count, count, dtype=np.int64)
        last = np.empty(count, dtype=np.int64)
        level = np.flatnonzero(marked)
        best = order[level]
        while len(level):
            # Who has something on a nearer level already keeps that; the others take the first of their parts'.
            above = self.parent[level]
            up = (above >= 0) & (nearest[above] == count)
            above, best = above[up], best[up]
            np.minimum.at(nearest, above, best)
            last[above] = turn = np.arange(len(above))
            level = above[last[above] == turn]
            best = nearest[level]
        at = np.full(count + 1, _NOBODY, dtype=np.int64)
        at[order] = np.arange(count)
        return at[nearest]

    def inherit(
        self, cells: Mapping[str, Ints], codes: Mapping[str, Codes], passing: Mapping[str, str]
    ) -> tuple[dict[str, Ints], dict[str, RowClashes]]:
        """Return what each position inherits by column (0: nothing), and the contradictions by column.

        Args:
            cells: recorded codes of the positions, by column.
            codes: code tables.
            passing: how each column passes; the others stay put.
        """
        inherited: dict[str, Ints] = {}
        clashes: dict[str, RowClashes] = {}
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
            of_itself, between = (np.flatnonzero(yes_below & m) for m in (own == no, (own == 0) & no_above))
            if len(of_itself) or len(between):
                wholes, seen_from = [of_itself, near[between]], [of_itself, between]
                clashes[column] = RowClashes(np.concatenate(wholes), np.concatenate(seen_from))
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
