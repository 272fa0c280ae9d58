"""Which inventory column stands where in one table, and the place of every cell.

The header row is looked for, not assumed: real tables carry a title above it. Places are worked out only
when somebody asks, because a hundred thousand rows have a million cells and few findings.
"""

import re
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from bpo_kg.sources import table_messages as say
from bpo_kg.sources.facts import Finding, Place
from bpo_kg.sources.headers import ColumnTable, header_key

MAX_COLUMNS = 1_000
"""Columns of a table that are looked at."""
HEADER_WITHIN = 20
"""The header must be among this many first rows that are not empty."""
INSTRUCTIONS_TITLE = "bpo-kg: how to fill in the inventory / cara mengisi inventaris"
LISTS_TITLE = "bpo-kg: lists / daftar"
"""First cells of the sheets that the template holds beside the inventory; such sheets are no inventories."""
_LONGEST = 200
"""Characters of a header that are looked at."""
_HINTS = 30
"""Unknown headers for which the nearest known one is looked for, as that takes time."""
_LINE_END = re.compile("\r\n|\r|\n")


def column_letters(number: int) -> str:
    """Return what spreadsheets call a column.

    >>> column_letters(1), column_letters(28)
    ('A', 'AB')
    """
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@lru_cache(maxsize=2_000)
def column_number(letters: str) -> int:
    """Return the 1-based number of a column from its letters, in either case.

    >>> column_number("AB")
    28
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


@dataclass(slots=True)
class Layout:
    """The columns of one table: where each of ours stands, and under which names others are carried."""

    file: str
    sheet: str
    line: int
    """Line of the header row."""
    cells: int
    """Cells of the header row, as the file has them."""
    ours: dict[str, int]
    """0-based position by inventory column."""
    others: dict[str, int]
    """0-based position by header of a foreign column, in file order."""
    unnamed: list[int] = field(default_factory=list)
    """0-based positions of columns whose header is empty and in which no cell was seen yet."""
    headers: frozenset[str] = frozenset()
    """`header_key` of every header."""
    findings: list[Finding] = field(default_factory=list)

    @property
    def width(self) -> int:
        """Cells of a row that are looked at."""
        return min(self.cells, MAX_COLUMNS)

    def place(self, line: int, position: int = -1) -> Place:
        """Return the place of a cell by its line and 0-based position; without a position, of the row."""
        if position < 0:
            return Place(self.file, line, 0, self.sheet)
        element = f"{self.sheet}!{column_letters(position + 1)}{line}" if self.sheet else ""
        return Place(self.file, line, position + 1, element)

    def header_places(self) -> dict[str, Place]:
        """Return the places of the headers of the foreign columns."""
        return {header: self.place(self.line, position) for header, position in self.others.items()}


class CellPlaces(MutableMapping[str, Place]):
    """The place of each cell of one row, by column; worked out when asked."""

    __slots__ = ("_added", "_breaks", "_layout", "_line")

    def __init__(self, layout: Layout, line: int, row: Sequence[str] | None = None) -> None:
        """Args: row: the cells, where one of them holds line ends and so moves those after it down."""
        self._layout = layout
        self._line = line
        self._breaks = [len(_LINE_END.findall(cell)) for cell in row] if row is not None else None
        self._added: dict[str, Place] | None = None

    def at(self, position: int) -> Place:
        line = self._line
        if self._breaks is not None:
            line += sum(self._breaks[:position])
        return self._layout.place(line, position)

    def __getitem__(self, column: str) -> Place:
        if self._added and column in self._added:
            return self._added[column]
        position = self._layout.ours.get(column)
        return self.at(self._layout.others[column] if position is None else position)

    def __setitem__(self, column: str, place: Place) -> None:
        self._added = {**(self._added or {}), column: place}

    def __delitem__(self, column: str) -> None:
        raise TypeError("the place of a cell does not go away")

    def __iter__(self) -> Iterator[str]:
        return iter({**self._layout.ours, **self._layout.others, **(self._added or {})})

    def __len__(self) -> int:
        return len({**self._layout.ours, **self._layout.others, **(self._added or {})})


def is_header(row: Sequence[str], columns: ColumnTable, mapping: Mapping[str, str]) -> bool:
    """Tell whether a row names the one column that every inventory must have."""
    return any(_ours(cell, columns, mapping) == "name" for cell in row[:MAX_COLUMNS] if cell)


def lay_out(
    file: str, sheet: str, line: int, row: Sequence[str], columns: ColumnTable, mapping: Mapping[str, str]
) -> Layout:
    """Read a header row: find our columns, name the others, and report what is unclear.

    Args:
        mapping: inventory column by `header_key` of the table's own header; it beats the column table.
    """
    layout = Layout(file, sheet, line, len(row), {}, {})
    places = CellPlaces(layout, line, row)
    headers = [" ".join(cell[:_LONGEST].split()) for cell in row[:MAX_COLUMNS]]
    layout.headers = frozenset(map(header_key, headers))
    mapped = [position for position, header in enumerate(headers) if header_key(header) in mapping]
    hints = _HINTS
    for position in dict.fromkeys([*mapped, *range(len(headers))]):
        header = headers[position]
        if not header:
            layout.unnamed.append(position)
        elif (column := _ours(header, columns, mapping)) and column not in layout.ours:
            layout.ours[column] = position
        else:
            layout.others[_unused(header, layout.others)] = position
            if column:
                layout.findings.append(say.second_column(places.at(position), header, column))
            else:
                hints -= 1
                near = columns.nearest(header) if hints >= 0 else None
                layout.findings.append(say.unknown_column(places.at(position), header, near))
    if len(row) > MAX_COLUMNS:
        layout.findings.append(say.too_many_columns(places.at(MAX_COLUMNS), len(row), MAX_COLUMNS))
    layout.findings.sort(key=lambda f: f.place)
    return layout


def carry_unnamed(layout: Layout, rows: Sequence[Sequence[str]], lines: Sequence[int]) -> None:
    """Give columns that have cells but no header a name, and report each at the header row."""
    for position in list(layout.unnamed):
        for line, row in zip(lines, rows, strict=True):
            if row[position].strip():
                name = f"column {column_letters(position + 1)}"
                layout.others[_unused(name, layout.others)] = position
                layout.unnamed.remove(position)
                layout.findings.append(say.no_header(layout.place(layout.line, position), name, line))
                break


def _unused(header: str, others: Mapping[str, int]) -> str:
    name, number = header, 1
    while name in others:
        number += 1
        name = f"{header} ({number})"
    return name


def _ours(header: str, columns: ColumnTable, mapping: Mapping[str, str]) -> str | None:
    key = header_key(header[:_LONGEST])
    return mapping.get(key) or columns.by_key.get(key)
