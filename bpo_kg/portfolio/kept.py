"""What is kept of a file between the first pass and the second: ids, lines, wholes and codes, and texts if they fit.

Texts are copied out of their batch, for any part of it that is looked at keeps all of its columns in memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bpo_kg.portfolio.codes import Ints
from bpo_kg.portfolio.rows import Rows


@dataclass(slots=True)
class Kept:
    """What is kept of one file."""

    start: int
    keep_texts: bool
    ids: list[pa.Array] = field(default_factory=list)
    given: list[Any] = field(default_factory=list)
    lines: list[Any] = field(default_factory=list)
    parts: list[Ints] = field(default_factory=list)
    texts: list[pa.Array] = field(default_factory=list)
    marks: list[Any] = field(default_factory=list)
    part_marks: list[Any] = field(default_factory=list)
    codes: dict[str, list[Any]] = field(default_factory=dict)
    batches: list[Rows] = field(default_factory=list)
    count: int = 0

    def take(self, rows: Rows) -> None:
        ids = _own(rows.ids)
        self.ids.append(ids)
        self.given.append(rows.given)
        self.marks.append(rows.marks)
        self.lines.append(rows.lines.astype(np.uint32))
        if rows.part_of is not None:
            there = rows.part_of.is_valid().to_numpy(zero_copy_only=False)
            self.parts.append(np.flatnonzero(there) + self.count)
            self.texts.append(_own(rows.part_of.drop_null()))
            self.part_marks.append(None if rows.part_marks is None else rows.part_marks[there])
        for column, codes in rows.codes.items():
            narrow = np.uint8 if codes.max() < 1 << 8 else np.uint16 if codes.max() < 1 << 16 else np.int32
            self.codes.setdefault(column, []).append(codes.astype(narrow))
        if self.keep_texts:
            texts = {"ids": ids, "names": _own(rows.names), "notes": None if rows.notes is None else _own(rows.notes)}
            extra = {column: _own(there) for column, there in rows.extra.items()}
            self.batches.append(
                replace(rows, **texts, extra=extra, codes={}, part_of=None, marks=None, part_marks=None)
            )
        self.count += len(rows)


def _own(texts: pa.Array) -> pa.Array:
    return pa.concat_arrays([texts])


def joined(arrays: Sequence[Ints]) -> Ints:
    return np.concatenate(arrays) if arrays else np.empty(0, dtype=np.int64)


def replaced(texts: pa.Array, changed: dict[int, str]) -> pa.Array:
    if not changed:
        return texts
    mask = np.zeros(len(texts), dtype=bool)
    mask[list(changed)] = True
    return pc.replace_with_mask(texts, pa.array(mask), pa.array([changed[r] for r in sorted(changed)], pa.string()))
