"""Integer codes for the cells of one column: each distinct value is parsed once and then only counted on.

Code 0 stands for unknown. A bad cell has code 0 too; what is wrong with it is kept by its text, because it is a
finding at every place where it stands.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

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


class TextCodes(Codes):
    """Codes of a text column that rules read: texts that a rule names have a code each, all others share one.

    A rule can tell a text only from those it names, so nothing else about a text can matter to it.
    """

    OTHER = "\u00b7"
    """Stands for every text that no rule names."""

    def __init__(self, column: str, reader: CellReader, constants: Iterable[str]) -> None:
        super().__init__(column, reader)
        self._constants = sorted(set(constants) - {"", self.OTHER})
        self.values += [self.OTHER, *self._constants]
        self._by_value = {text: code for code, text in enumerate(self._constants, 2)}

    def of_value(self, value: Value | None) -> int:
        """Return the code of a text."""
        return self._by_value.get(value, 1) if value else 0

    def encode(self, texts: pa.Array) -> tuple[Ints, Iterator[tuple[Ints, list[Problem]]]]:
        """Return the codes of a column of clean texts; what is wrong with them has been reported already."""
        found = pc.index_in(texts, value_set=pa.array(self._constants, pa.string()))
        named = found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        empty = pc.equal(texts, "").fill_null(True).to_numpy(zero_copy_only=False)
        return np.where(empty, 0, np.where(named < 0, 1, named + 2)), iter(())


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


def combine(digits: Sequence[Ints | Flags], count: int) -> tuple[Ints, Ints]:
    """Return, for rows of several codes, one row of each distinct combination, and which one each row has.

    Args:
        digits: codes of all rows, or flags.
        count: number of rows.

    Returns:
        Positions of one row per combination; for every row the index into those. Keys are exact: where they would
        outgrow 63 bits they are renumbered first. The order is a matter of these codes alone, whichever others there
        are by now.
    """
    key, size = np.zeros(count, dtype=np.int64), 1
    for codes in digits if count else ():
        radix = int(codes.max()) + 1
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
