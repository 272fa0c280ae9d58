"""Read an inventory table, whatever its file format: rows become process records, slips become findings.

Nothing is dropped silently. A bad cell costs that cell, a repeated id costs the id, and only a row that
names no process is left out, and counted.
"""

import gc
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, compress, repeat
from operator import itemgetter
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bpo_kg.sources.cells import CellReader, Problem, clean_texts, shown
from bpo_kg.sources.delimited import Batch, open_delimited
from bpo_kg.sources.facts import Finding, Inventory, Place, ProcessRecord, Value
from bpo_kg.sources.headers import header_key
from bpo_kg.sources.layout import HEADER_WITHIN, CellPlaces, Layout, is_header, lay_out
from bpo_kg.sources.messages import finding
from bpo_kg.vocabulary import ROW

MAX_ROWS = 250_000
"""Rows that are read into records; larger inventories are for the portfolio engine, which streams."""
_TOGETHER = 6
_MOST_COMBINATIONS = 20_000


def row_iri(stem: str, row_id: str) -> str:
    """Return the IRI of a table row from the file's stem and the row's id, both percent-encoded.

    >>> row_iri("head office", "CC/01")
    'https://w3id.org/bpo-kg/row/head%20office/CC%2F01'
    """
    return f"{ROW}{_segment(stem)}/{_segment(row_id)}"


def plain_segments(ids: Sequence[str]) -> bool:
    """Tell whether all ids can stand in an IRI as they are, by looking at all of them at once."""
    together = "".join(ids).replace("-", "").replace("_", "")
    return not together or (together.isascii() and together.isalnum())


def _segment(text: str) -> str:
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
    with _collector_paused():
        text = open_delimited(path, recognise)
        table = _Table(inventory, reader, path.stem, keyed, max_rows, text.has_control)
        table.read("", text.batches())
    inventory.findings += text.findings
    inventory.findings.sort(key=lambda f: (f.place.line, f.place.column))
    return inventory


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep the garbage collector from walking a growing heap over and over: half the time otherwise."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


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
    _free: frozenset[str] = frozenset()
    _first: dict[str, Place] = field(default_factory=dict)
    """Place of the first row by id."""

    def __post_init__(self) -> None:
        self._free = frozenset(c.name for c in self.reader.columns.columns.values() if c.sort in ("text", "whole")) - {
            "id",
            "name",
        }
        self._prefix = f"{ROW}{_segment(self.stem)}/"

    def read(self, sheet: str, batches: Iterator[Batch]) -> None:
        """Read one table: find its header row, then every row below."""
        found = self._header(sheet, batches)
        if found is None:
            return
        layout, below = found
        self._rows(layout, below)
        self.inventory.findings += layout.findings
        known = dict.fromkeys(self.inventory.extra_columns)
        self.inventory.extra_columns = tuple(known | dict.fromkeys(layout.others))

    def _header(self, sheet: str, batches: Iterator[Batch]) -> tuple[Layout, Iterator[Batch]] | None:
        """Return the layout of the table and the batches below its header row, if it has one."""
        above: list[tuple[int, list[str]]] = []
        count = 0
        for batch in batches:
            for index, (line, row) in enumerate(zip(batch.lines, batch.rows, strict=True)):
                if not any(map(str.strip, row)):
                    continue
                count += 1
                if len(above) == HEADER_WITHIN:
                    continue
                if is_header(row, self.reader.columns, self.mapping):
                    layout = lay_out(self.inventory.file, sheet, line, row, self.reader.columns, self.mapping)
                    layout.findings += [_above_header(layout.place(at, 0), text) for at, text in above]
                    rest = Batch(batch.rows[index + 1 :], batch.lines[index + 1 :], batch.folded)
                    return layout, chain([rest], batches)
                above.append((line, row))
        place = Place(self.inventory.file, above[0][0] if above else 1, 0, sheet)
        if above:
            nearest = next((c for c in above[0][1] if self.reader.columns.nearest(c) == "name"), None)
            self.inventory.left_out += count - 1
            self.inventory.findings.append(_no_name_column(place, nearest, count - 1))
        else:
            self.inventory.findings.append(_empty_table(place))
        return None

    def _rows(self, layout: Layout, batches: Iterator[Batch]) -> None:
        """Read the rows below the header, batch by batch and column by column within a batch.

        Going by column lets whole columns be looked up and checked at once; only what stands out is
        looked at cell by cell.
        """
        empty = _EmptyRun(layout, self.inventory.findings)
        groups = self._groups(layout)
        for batch in batches:
            room = self.max_rows - len(self.inventory.records)
            if len(batch.rows) > room:
                self.inventory.findings.append(_too_many_rows(layout.place(batch.lines[room]), self.max_rows))
                self._batch(layout, groups, Batch(batch.rows[:room], batch.lines[:room], batch.folded), empty)
                return
            self._batch(layout, groups, batch, empty)

    def _groups(self, layout: Layout) -> list["_Group"]:
        """Bundle the columns with few different cells; a number has too many to share a look-up."""
        sorts = self.reader.columns.columns
        several = [(c, p) for c, p in layout.ours.items() if sorts[c].sort not in ("text", "whole", "number")]
        bundles = [several[i : i + _TOGETHER] for i in range(0, len(several), _TOGETHER)]
        bundles += [[(c, p)] for c, p in layout.ours.items() if sorts[c].sort == "number"]
        return [_Group(self.reader, bundle) for bundle in bundles]

    def _batch(self, layout: Layout, groups: Sequence["_Group"], batch: Batch, empty: "_EmptyRun") -> None:
        rows, lines = batch.rows, batch.lines
        if set(map(len, rows)) != {layout.width}:
            rows = [self._fit(layout, line, row) for line, row in zip(lines, rows, strict=True)]
        if batch.folded:
            places = [CellPlaces(layout, line, row) for line, row in zip(lines, rows, strict=True)]
        else:
            places = [CellPlaces(layout, line) for line in lines]
        name_at = layout.ours["name"]
        names = self._texts("name", name_at, [row[name_at] for row in rows], places)
        if not all(names):
            keep = [
                self._named(layout, name, row, line, where, empty)
                for name, row, line, where in zip(names, rows, lines, places, strict=True)
            ]
            names, rows, places = (
                list(compress(names, keep)),
                list(compress(rows, keep)),
                list(compress(places, keep)),
            )
            lines = list(compress(lines, keep))
        if not rows:
            return
        empty.end()
        cells = self._cells(layout, groups, rows, places)
        starts = list(map(Place, repeat(layout.file), lines, repeat(0), repeat(layout.sheet)))
        ids = self._ids(layout, rows, starts, places)
        iris = [self._prefix + tail for tail in (ids if plain_segments(ids) else map(_segment, ids))]
        records = list(map(ProcessRecord, ids, names, starts, iris, cells, places))
        if layout.others:
            others = layout.others.items()
            for record, row in zip(records, rows, strict=True):
                record.extra = {header: row[position] for header, position in others if row[position]}
        self.inventory.records += records

    def _named(
        self, layout: Layout, name: str, row: list[str], line: int, places: CellPlaces, empty: "_EmptyRun"
    ) -> bool:
        """Tell whether a row names a process; report it if not."""
        if not name and not any(map(str.strip, row)):
            empty.add(line)
            return False
        empty.end()
        if not name:
            self.inventory.left_out += 1
            self.inventory.findings.append(_no_name(places.at(layout.ours["name"])))
        return bool(name)

    def _texts(self, column: str, position: int, raws: Sequence[str], places: Sequence[CellPlaces]) -> list[str]:
        """Parse the cells of a text column; an empty text stands for none."""
        stripped = list(map(str.strip, raws))
        if not self.has_control and clean_texts(stripped):
            return stripped
        texts = []
        for raw, where in zip(raws, places, strict=True):
            value, problems = self.reader.parse(column, raw)
            self.inventory.findings += [problem.at(where.at(position)) for problem in problems]
            texts.append(value if isinstance(value, str) else "")
        return texts

    def _cells(
        self, layout: Layout, groups: Sequence["_Group"], rows: Sequence[Sequence[str]], places: Sequence[CellPlaces]
    ) -> list[dict[str, Value]]:
        """Parse every cell but id and name; a row's dictionary holds what is known."""
        cells: list[dict[str, Value]] = []
        for group in groups:
            keys = list(map(group.pick, rows))
            group.missed = False
            values = map(group.__getitem__, keys)
            if cells:
                deque(map(dict.update, cells, values), maxlen=0)
            else:
                cells = list(map(dict.copy, values))
            if group.missed:
                for key, where in zip(keys, places, strict=True):
                    if key not in group:
                        self.inventory.findings += [p.at(where.at(position)) for position, p in group.problems(key)]
        cells = cells or [{} for _ in rows]
        for column, position in layout.ours.items():
            if column in self._free:
                texts = self._texts(column, position, [row[position] for row in rows], places)
                for values, text in zip(cells, texts, strict=True):
                    if text:
                        values[column] = text
        return cells

    def _ids(
        self, layout: Layout, rows: Sequence[Sequence[str]], starts: Sequence[Place], places: Sequence[CellPlaces]
    ) -> list[str]:
        """Return every row's id, made unique: from its cell, else from its line, else with its line added."""
        id_at = layout.ours.get("id", -1)
        given = self._texts("id", id_at, [row[id_at] for row in rows], places) if id_at >= 0 else [""] * len(rows)
        ids = given if all(given) else [text or f"row-{at.line}" for text, at in zip(given, starts, strict=True)]
        fresh_ids = dict(zip(ids, starts, strict=True))
        if len(fresh_ids) == len(ids) and self._first.keys().isdisjoint(fresh_ids):
            self._first.update(fresh_ids)
            return ids
        unique = []
        for row_id, text, start, where in zip(ids, given, starts, places, strict=True):
            fresh = row_id
            if first := self._first.get(row_id):
                fresh = f"{row_id}~{start.line}"
                while fresh in self._first:
                    fresh += "~"
                if text:
                    self.inventory.findings.append(_second_id(where.at(id_at), row_id, first, start.line, fresh))
            self._first[fresh] = start
            unique.append(fresh)
        return unique

    def _fit(self, layout: Layout, line: int, row: list[str]) -> list[str]:
        """Bring a row to the header's width; cells beyond it are carried or, past the limit, reported."""
        width = layout.width
        if len(row) < width:
            return row + [""] * (width - len(row))
        surplus = next((p for p in range(width, len(row)) if row[p].strip()), None)
        if surplus is not None:
            self.inventory.findings.append(_surplus(layout.place(line, surplus), len(row), width))
        return row[:width]


class _Group(dict[Any, dict[str, Value]]):
    """Some columns whose cells are parsed together: their values by the raw texts that stand side by side.

    A large table holds few combinations of four yes/no cells, so that nearly every row costs one look-up
    for all four. A combination with a problem is not kept, because each of its places is reported.
    """

    def __init__(self, reader: CellReader, columns: Sequence[tuple[str, int]]) -> None:
        self._reader = reader
        self._columns = columns
        self.pick = itemgetter(*(position for _, position in columns))
        self.missed = False
        """Whether a combination with a problem was looked up."""

    def __missing__(self, key: Any) -> dict[str, Value]:
        values: dict[str, Value] = {}
        good = True
        for (column, _), raw in zip(self._columns, self._raws(key), strict=True):
            value, problems = self._reader.parse(column, raw)
            good = good and not problems
            if value is not None:
                values[column] = value
        if good:
            if len(self) >= _MOST_COMBINATIONS:
                self.clear()
            self[key] = values
        else:
            self.missed = True
        return values

    def problems(self, key: Any) -> Iterator[tuple[int, Problem]]:
        """Give what is wrong with a combination, each with the position of its cell."""
        for (column, position), raw in zip(self._columns, self._raws(key), strict=True):
            for problem in self._reader.parse(column, raw)[1]:
                yield position, problem

    def _raws(self, key: Any) -> Sequence[str]:
        return (key,) if isinstance(key, str) else key


class _EmptyRun:
    """Empty rows that follow each other; they are worth a finding only once a row stands below them."""

    def __init__(self, layout: Layout, findings: list[Finding]) -> None:
        self._layout = layout
        self._findings = findings
        self._first = self._last = 0

    def add(self, line: int) -> None:
        self._first, self._last = self._first or line, line

    def end(self) -> None:
        if self._first:
            self._findings.append(_empty_rows(self._layout.place(self._first), self._first, self._last))
            self._first = 0


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


def _second_id(place: Place, row_id: str, first: Place, line: int, fresh: str) -> Finding:
    where = first.element or str(first.line)
    return finding(
        place,
        "error",
        "duplicate-id",
        f"id: {shown(row_id)} already stands in line {where}; the row in line {line} is kept under the id "
        f"{shown(fresh)} (an id of its own would be right)",
        f"id: {shown(row_id)} sudah ada di baris {where}; baris {line} disimpan dengan kode "
        f"{shown(fresh)} (yang benar: kode tersendiri)",
    )
