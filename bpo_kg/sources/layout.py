"""Which inventory column stands where in one table, and the place of every cell.

The header row is looked for, not assumed: real tables carry a title above it. Places are worked out only
when somebody asks, because a hundred thousand rows have a million cells and few findings.
"""

import re
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field

from bpo_kg.sources.cells import shown
from bpo_kg.sources.facts import Finding, Place
from bpo_kg.sources.headers import ColumnTable, header_key
from bpo_kg.sources.messages import finding

MAX_COLUMNS = 1_000
"""Columns of a table that are looked at."""
HEADER_WITHIN = 20
"""The header must be among this many first rows that are not empty."""
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


@dataclass(slots=True)
class Layout:
    """The columns of one table: where each of ours stands, and under which names others are carried."""

    file: str
    sheet: str
    line: int
    """Line of the header row."""
    width: int
    ours: Mapping[str, int]
    """0-based position by inventory column."""
    others: Mapping[str, int]
    """0-based position by header of a foreign column, in file order."""
    findings: list[Finding] = field(default_factory=list)

    def place(self, line: int, position: int = -1) -> Place:
        """Return the place of a cell by its line and 0-based position; without a position, of the row."""
        if position < 0:
            return Place(self.file, line, 0, self.sheet)
        element = f"{self.sheet}!{column_letters(position + 1)}{line}" if self.sheet else ""
        return Place(self.file, line, position + 1, element)


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
    ours: dict[str, int] = {}
    others: dict[str, int] = {}
    layout = Layout(file, sheet, line, len(row), ours, others)
    places = CellPlaces(layout, line, row)
    mapped = {position for position, cell in enumerate(row[:MAX_COLUMNS]) if header_key(cell) in mapping}
    for position in sorted(range(min(len(row), MAX_COLUMNS)), key=lambda p: p not in mapped):
        header = " ".join(row[position].split())
        if not header:
            continue
        column = _ours(header, columns, mapping)
        if column is None:
            near = columns.nearest(header)
            layout.findings.append(_unknown_column(places.at(position), header, near))
        elif column in ours:
            layout.findings.append(_second_column(places.at(position), header, column))
        else:
            ours[column] = position
            continue
        _carry(others, header, position)
    if len(row) > MAX_COLUMNS:
        layout.findings.append(_too_many_columns(places.at(MAX_COLUMNS), len(row)))
    layout.findings.sort(key=lambda f: f.place)
    layout.others = dict(sorted(others.items(), key=lambda item: item[1]))
    return layout


def carry_unnamed(layout: Layout, position: int, line: int) -> str:
    """Give a column that has cells but no header a name, and report it at the header row."""
    name = _carry(layout.others, f"column {column_letters(position + 1)}", position)  # type: ignore[arg-type]
    layout.findings.append(_no_header(layout.place(layout.line, position), name, line))
    return name


def _carry(others: dict[str, int], header: str, position: int) -> str:
    header = header if len(header) <= 200 else header[:199] + "…"
    name, number = header, 1
    while name in others:
        number += 1
        name = f"{header} ({number})"
    others[name] = position
    return name


def _ours(header: str, columns: ColumnTable, mapping: Mapping[str, str]) -> str | None:
    if len(header) > 200:
        return None
    key = header_key(header)
    return mapping.get(key) or columns.by_key.get(key)


def _unknown_column(place: Place, header: str, near: str | None) -> Finding:
    hint = (f' (is it "{near}"?)', f' (apakah maksudnya "{near}"?)') if near else ("", "")
    return finding(
        place,
        "warning",
        "unknown-column",
        f"{shown(header)} is not an inventory column; it is carried through unread{hint[0]}",
        f"{shown(header)} bukan kolom inventaris; isinya diteruskan tanpa dibaca{hint[1]}",
    )


def _second_column(place: Place, header: str, column: str) -> Finding:
    return finding(
        place,
        "error",
        "duplicate-column",
        f"{shown(header)} is a second column for {column}; it is carried through unread (one column would be right)",
        f"{shown(header)} adalah kolom kedua untuk {column}; isinya diteruskan tanpa dibaca (yang benar: satu kolom)",
    )


def _too_many_columns(place: Place, count: int) -> Finding:
    return finding(
        place,
        "error",
        "too-many-columns",
        f"the table has {count:,} columns; those after the first {MAX_COLUMNS:,} are not read",
        f"tabel memiliki {count:,} kolom; kolom setelah {MAX_COLUMNS:,} yang pertama tidak dibaca",
    )


def _no_header(place: Place, name: str, line: int) -> Finding:
    return finding(
        place,
        "warning",
        "no-header",
        f"the column has cells (first in line {line}) but no header, as below a merged header; "
        f'it is carried through unread as "{name}" (one header per column would be right)',
        f"kolom ini berisi sel (pertama di baris {line}) tetapi tidak berjudul, seperti di bawah judul yang digabung; "
        f'isinya diteruskan tanpa dibaca sebagai "{name}" (yang benar: satu judul untuk tiap kolom)',
    )
