"""Read an inventory table, whatever its file format: rows become process records, slips become findings.

Nothing is dropped silently. A bad cell costs that cell, a repeated id costs the id, and only a row that
names no process is left out, and counted.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from bpo_kg.sources.cells import CellReader, shown
from bpo_kg.sources.delimited import Record, open_delimited
from bpo_kg.sources.facts import Finding, Inventory, Place, ProcessRecord, Value
from bpo_kg.sources.headers import header_key
from bpo_kg.sources.layout import HEADER_WITHIN, CellPlaces, Layout, is_header, lay_out
from bpo_kg.sources.messages import finding
from bpo_kg.vocabulary import ROW

MAX_ROWS = 250_000
"""Rows that are read into records; larger inventories are for the portfolio engine, which streams."""
_FREE_TEXT = ("notes", "part_of")
_PLAIN = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9_.~-]*", re.ASCII)


def row_iri(stem: str, row_id: str) -> str:
    """Return the IRI of a table row from the file's stem and the row's id, both percent-encoded.

    >>> row_iri("head office", "CC/01")
    'https://w3id.org/bpo-kg/row/head%20office/CC%2F01'
    """
    return f"{ROW}{_segment(stem)}/{_segment(row_id)}"


def _segment(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    # A segment of dots alone would mean "this folder" or "the one above" to whoever resolves the IRI.
    return quote(text, safe="") if text.strip(".") else text.replace(".", "%2E")


def read_table(
    path: Path, reader: CellReader, *, mapping: Mapping[str, str] | None = None, sheet: str | None = None,
    max_rows: int = MAX_ROWS,
) -> Inventory:  # fmt: skip
    """Read every process of a table file.

    Args:
        path: a CSV or TSV file.
        reader: parses the cells.
        mapping: inventory column by the table's own header, for headers that the column table does not know.
        sheet: the one sheet of a workbook to read; without it, all that have a name column.
        max_rows: rows read at most; a finding tells when there are more.

    Returns:
        The processes in file order, with findings in file order. `part_of` still holds what the cell
        says; `resolve_wholes` turns it into ids once all files are read.

    Raises:
        SourceError: the file cannot be read as a table at all.
        UnknownThing: `mapping` names a column that does not exist.
    """
    columns = reader.columns
    keyed = {header_key(theirs): columns.resolve(ours) for theirs, ours in (mapping or {}).items()}

    def recognise(header: str) -> bool:
        return len(header) <= 200 and (header_key(header) in keyed or columns.match(header) is not None)

    inventory = Inventory(str(path))
    text = open_delimited(path, recognise)
    table = _Table(inventory, reader, path.stem, keyed, max_rows, text.has_control)
    table.read("", text.records())
    inventory.findings += text.findings
    inventory.findings.sort(key=lambda f: (f.place.line, f.place.column))
    return inventory


@dataclass(slots=True)
class _Table:
    """Reads the sheets of one file into one inventory; ids are unique across them."""

    inventory: Inventory
    reader: CellReader
    stem: str
    mapping: Mapping[str, str]
    max_rows: int
    has_control: bool
    _prefix: str = ""
    _first: dict[str, tuple[Layout, int]] = field(default_factory=dict)
    """Table and line of the first row by id."""
    _known: dict[str, dict[str, Value]] = field(default_factory=dict)
    """Values without problems by column and raw text: one lookup instead of a call for nearly every cell."""

    def __post_init__(self) -> None:
        self._prefix = f"{ROW}{_segment(self.stem)}/"

    def read(self, sheet: str, rows: Iterator[Record]) -> None:
        """Read one table: find its header row, then every row below."""
        layout = self._header(sheet, rows)
        if layout is None:
            return
        self._rows(layout, rows)
        self.inventory.findings += layout.findings
        known = dict.fromkeys(self.inventory.extra_columns)
        self.inventory.extra_columns = tuple(known | dict.fromkeys(layout.others))

    def _header(self, sheet: str, rows: Iterator[Record]) -> Layout | None:
        above: list[tuple[int, list[str]]] = []
        for line, _, row in rows:
            if not any(cell.strip() for cell in row):
                continue
            if is_header(row, self.reader.columns, self.mapping):
                layout = lay_out(self.inventory.file, sheet, line, row, self.reader.columns, self.mapping)
                layout.findings += [_above_header(layout.place(above_line, 0), text) for above_line, text in above]
                return layout
            above.append((line, row))
            if len(above) == HEADER_WITHIN:
                break
        place = Place(self.inventory.file, above[0][0] if above else 1, 0, sheet)
        if not above:
            self.inventory.findings.append(_empty_table(place))
            return None
        line, row = above[0]
        nearest = next((c for c in row if self.reader.columns.nearest(c) == "name"), None)
        count = len(above) - 1 + sum(1 for _, _, r in rows if any(c.strip() for c in r))
        self.inventory.left_out += count
        self.inventory.findings.append(_no_name_column(place, nearest, count))
        return None

    def _rows(self, layout: Layout, rows: Iterator[Record]) -> None:
        parse, others = self.reader.parse, layout.others
        records, findings = self.inventory.records, self.inventory.findings
        name_at, id_at = layout.ours["name"], layout.ours.get("id", -1)
        rest = [(p, c, self._known.setdefault(c, {})) for c, p in layout.ours.items() if c not in ("name", "id")]
        empty_from = empty_to = 0
        for line, last, row in rows:
            if len(row) != layout.width:
                row = self._fit(layout, line, row)
            if not any(row) or not any(map(str.strip, row)):
                empty_from, empty_to = empty_from or line, last
                continue
            if empty_from:
                findings.append(_empty_rows(layout.place(empty_from), empty_from, empty_to))
                empty_from = 0
            if len(records) >= self.max_rows:
                findings.append(_too_many_rows(layout.place(line), self.max_rows))
                return
            places = CellPlaces(layout, line, row if last > line else None)
            name, problems = parse("name", row[name_at])
            if problems:
                findings += [problem.at(places.at(name_at)) for problem in problems]
            if not isinstance(name, str):
                self.inventory.left_out += 1
                findings.append(_no_name(places.at(name_at)))
                continue
            cells: dict[str, Value] = {}
            for position, column, known in rest:
                raw = row[position]
                if not raw:
                    continue
                value = known.get(raw)
                if value is None:
                    value, problems = parse(column, raw)
                    if problems:
                        findings += [problem.at(places.at(position)) for problem in problems]
                    if value is None:
                        continue
                    if not problems and column not in _FREE_TEXT:
                        known[raw] = value
                cells[column] = value
            row_id = self._id(layout, places, line, row[id_at] if id_at >= 0 else "", id_at)
            record = ProcessRecord(row_id, name, layout.place(line), self._prefix + _segment(row_id), cells, places)
            if others:
                record.extra = {header: row[position] for header, position in others.items() if row[position]}
            records.append(record)

    def _fit(self, layout: Layout, line: int, row: list[str]) -> list[str]:
        """Bring a row to the header's width; cells beyond it are carried or, past the limit, reported."""
        width = layout.width
        if len(row) < width:
            return row + [""] * (width - len(row))
        surplus = next((p for p in range(width, len(row)) if row[p].strip()), None)
        if surplus is not None:
            self.inventory.findings.append(_surplus(layout.place(line, surplus), len(row), width))
        return row[:width]

    def _id(self, layout: Layout, places: CellPlaces, line: int, raw: str, id_at: int) -> str:
        """Return the row's id, made unique: from its cell, else from its line, else with its line added."""
        value = None
        if raw:
            value, problems = self.reader.parse("id", raw)
            self.inventory.findings += [problem.at(places.at(id_at)) for problem in problems]
        given = value if isinstance(value, str) else ""
        row_id = given or f"row-{line}"
        first = self._first.get(row_id)
        if first is None:
            self._first[row_id] = (layout, line)
            return row_id
        if given:
            self.inventory.findings.append(_second_id(places.at(id_at), given, first[0].place(first[1]), line))
        fresh = f"{row_id}~{line}"
        while fresh in self._first:
            fresh += "~"
        self._first[fresh] = (layout, line)
        return fresh


def _above_header(place: Place, row: Sequence[str]) -> Finding:
    text = next(cell.strip() for cell in row if cell.strip())
    return finding(
        place,
        "warning",
        "above-header",
        f"{shown(text)} stands above the header row and is not read",
        f"{shown(text)} berada di atas baris judul dan tidak dibaca",
    )


def _empty_table(place: Place) -> Finding:
    return finding(
        place,
        "error",
        "empty-table",
        "the table is empty (a header row with at least the column name would be right)",
        "tabel kosong (yang benar: satu baris judul dengan sedikitnya kolom name)",
    )


def _no_name_column(place: Place, nearest: str | None, rows: int) -> Finding:
    hint = (f"; is {shown(nearest)} meant?", f"; apakah maksudnya {shown(nearest)}?") if nearest else ("", "")
    return finding(
        place,
        "error",
        "no-name-column",
        f"no header among the first rows is the required column name, so {rows:,} rows are not read{hint[0]} "
        "(a header row with the column name would be right)",
        f"tidak ada judul pada baris-baris pertama yang merupakan kolom wajib name, sehingga {rows:,} baris tidak "
        f"dibaca{hint[1]} (yang benar: baris judul dengan kolom name)",
    )


def _no_name(place: Place) -> Finding:
    return finding(
        place,
        "error",
        "no-name",
        "the row has no name and is left out (the name of a process would be right)",
        "baris ini tidak bernama dan tidak disertakan (yang benar: nama proses)",
    )


def _empty_rows(place: Place, first: int, last: int) -> Finding:
    en = f"line {first} is" if first == last else f"lines {first} to {last} are"
    id_ = f"baris {first}" if first == last else f"baris {first} sampai {last}"
    return finding(
        place,
        "warning",
        "empty-row",
        f"{en} empty and skipped (no empty line between rows would be right)",
        f"{id_} kosong dan dilewati (yang benar: tanpa baris kosong di antara baris)",
    )


def _too_many_rows(place: Place, limit: int) -> Finding:
    return finding(
        place,
        "error",
        "too-many-rows",
        f"only the first {limit:,} rows are read; this row and those below it are not (the table engine, "
        "assess --engine duckdb, reads larger files)",
        f"hanya {limit:,} baris pertama yang dibaca; baris ini dan yang di bawahnya tidak dibaca (mesin tabel, "
        "assess --engine duckdb, dapat membaca berkas yang lebih besar)",
    )


def _surplus(place: Place, count: int, width: int) -> Finding:
    return finding(
        place,
        "error",
        "surplus-cell",
        f"the row has {count:,} cells but the header only {width:,}; the cells from here on are not read (a cell that "
        "holds the delimiter must be quoted)",
        f"baris ini memiliki {count:,} sel sedangkan judul hanya {width:,}; sel mulai di sini tidak dibaca (sel yang "
        "memuat pemisah harus diapit tanda kutip)",
    )


def _second_id(place: Place, row_id: str, first: Place, line: int) -> Finding:
    where = first.element or str(first.line)
    return finding(
        place,
        "error",
        "duplicate-id",
        f"id: {shown(row_id)} already stands in line {where}; the row in line {line} is kept under the id "
        f"{shown(f'{row_id}~{line}')} (an id of its own would be right)",
        f"id: {shown(row_id)} sudah ada di baris {where}; baris {line} disimpan dengan kode "
        f"{shown(f'{row_id}~{line}')} (yang benar: kode tersendiri)",
    )
