"""Integer codes for the cells of one column: each distinct value is parsed once and then only counted on.

Code 0 stands for unknown. A bad cell has code 0 too; what is wrong with it is kept by its text, because it is a
finding at every place where it stands.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bpo_kg.sources.cells import CellReader, Problem
from bpo_kg.sources.facts import Value

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
FREE_SORTS = ("text", "whole")


@dataclass(slots=True)
class Codes:
    """The values of one inventory column by code."""

    column: str
    reader: CellReader
    values: list[Value | None] = field(default_factory=lambda: [None])
    problems: dict[str, list[Problem]] = field(default_factory=dict)
    """What is wrong with a text, for the texts that have something wrong with them."""
    _by_value: dict[Value, int] = field(default_factory=dict)
    _by_text: dict[str, int] = field(default_factory=lambda: {"": 0})

    def __len__(self) -> int:
        return len(self.values)

    def of_value(self, value: Value | None) -> int:
        """Return the code of a parsed value."""
        if value is None:
            return 0
        code = self._by_value.get(value)
        if code is None:
            code = self._by_value[value] = len(self.values)
            self.values.append(value)
        return code

    def of_text(self, text: str) -> int:
        """Return the code of a cell as the file has it."""
        code = self._by_text.get(text)
        if code is None:
            value, problems = self.reader.parse(self.column, text)
            if problems:
                self.problems[text] = problems
            code = self._by_text[text] = self.of_value(value)
        return code

    def encode(self, texts: pa.Array) -> tuple[Ints, Iterator[tuple[Ints, list[Problem]]]]:
        """Return the codes of a column of cells, and the rows (by position) of every text that has a problem."""
        found = texts.dictionary_encode()
        words = found.dictionary.to_pylist()
        codes = np.array([self.of_text(word) for word in words] + [0], dtype=np.int64)
        indices = found.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
        bad = [(i, self.problems[word]) for i, word in enumerate(words) if word in self.problems]
        return codes[indices], ((np.flatnonzero(indices == i), problems) for i, problems in bad)


def column_codes(reader: CellReader) -> Mapping[str, Codes]:
    """Return an empty code table for every column whose cells are looked up rather than read as text."""
    return {
        column.name: Codes(column.name, reader)
        for column in reader.columns.columns.values()
        if column.sort not in FREE_SORTS
    }


def distinct(keys: Ints, size: int) -> tuple[Ints, Ints]:
    """Return the distinct keys, and for each key its position among them.

    Args:
        keys: whole numbers from 0 up to, not including, `size`.
    """
    if size <= 1 << 18:
        seen = np.zeros(size, dtype=bool)
        seen[keys] = True
        unique = np.flatnonzero(seen)
        position = np.empty(size, dtype=np.int64)
        position[unique] = np.arange(len(unique))
        return unique, position[keys]
    found = pa.array(keys).dictionary_encode()
    return found.dictionary.to_numpy(), found.indices.to_numpy().astype(np.int64)


def combine(digits: list[tuple[Ints, int]], count: int) -> tuple[Ints, Ints]:
    """Return, for rows of several codes, one row of each distinct combination, and which one each row has.

    Args:
        digits: codes of all rows, each with the number of codes there are.
        count: number of rows.

    Returns:
        Positions of one row per combination; for every row the index into those. Keys are exact: where they would
        outgrow 63 bits they are renumbered first.
    """
    key, size = np.zeros(count, dtype=np.int64), 1
    for codes, radix in digits:
        if size * radix >= 1 << 62:
            unique, key = distinct(key, size)
            size = len(unique)
        key = key * radix + codes
        size *= radix
    unique, inverse = distinct(key, size)
    first = np.empty(len(unique), dtype=np.int64)
    # Written from the last row to the first, so that the first row of a combination stays.
    first[inverse[::-1]] = np.arange(count - 1, -1, -1)
    return first, inverse
