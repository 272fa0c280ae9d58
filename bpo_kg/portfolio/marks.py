"""Find rows by the hash of their id: a table that ten million rows are put into, and looked up in, at memory speed.

Nothing is sorted. Every hash has a slot; rows that find theirs taken go into a smaller table with slots of its own, and
so on. A hash only proposes a row: whoever asks compares the texts.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bpo_kg.portfolio.codes import Ints

Marks = npt.NDArray[np.uint64]
_SPREAD = 0x9E3779B97F4A7C15
"""Odd, so that multiplying by it loses nothing; its powers give each table slots of its own."""


@dataclass(slots=True)
class MarkTable:
    """Rows by hash."""

    marks: Marks
    repeat: bool = False
    """Whether two rows have one hash, and so may have one id."""
    _tables: list[npt.NDArray[np.int32]] = field(default_factory=list)

    def __post_init__(self) -> None:
        rows = np.arange(len(self.marks), dtype=np.int32)
        while len(rows):
            bits = max(int(2 * len(rows)).bit_length(), 4)
            table = np.full(1 << bits, -1, dtype=np.int32)
            marks = self.marks[rows] if self._tables else self.marks
            slots = _slots(marks, len(self._tables), bits)
            table[slots] = rows
            there = table[slots]
            late = np.flatnonzero(there != rows)
            self._tables.append(table)
            same = self.marks[there[late]] == marks[late]
            self.repeat |= bool(same.any())
            rows = rows[late[~same]]

    def find(self, asked: Marks) -> Ints:
        """Return for each hash a row that has it, or -1."""
        found = np.full(len(asked), -1, dtype=np.int64)
        at = np.arange(len(asked))
        for number, table in enumerate(self._tables):
            rows = table[_slots(asked[at], number, len(table).bit_length() - 1)]
            right = self.marks[rows] == asked[at]
            # Where a slot is empty, or holds what is asked for, there is nothing to be found further on.
            found[at] = np.where(right & (rows >= 0), rows, -1)
            at = at[~right & (rows >= 0)]
        return found


def _slots(marks: Marks, number: int, bits: int) -> Ints:
    factor = np.uint64(pow(_SPREAD, number + 1, 1 << 64))
    slots: Ints = ((marks * factor) >> np.uint64(64 - bits)).astype(np.int64)
    return slots
