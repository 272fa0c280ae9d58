"""Read a table of places: providers with their sites, and what its owner records about countries.

A row that names a site or a provider is about that site; a row that names neither is about the country. The result is
triples, so that a table and a Turtle file say the same things in the same terms. Columns are kept as data in
`ontology/place-columns.ttl`; cells go through the one cell parser, and a bad one costs that cell alone.
"""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

import pyoxigraph as ox

from bpo_kg.resources import data_folder
from bpo_kg.sources.cells import CellReader, shown
from bpo_kg.sources.delimited import Batch, open_delimited
from bpo_kg.sources.facts import Finding, Place, Value
from bpo_kg.sources.headers import ColumnTable, read_columns
from bpo_kg.sources.layout import HEADER_WITHIN, CellPlaces, Layout
from bpo_kg.sources.lexicon import Lexicon, Words
from bpo_kg.sources.messages import finding
from bpo_kg.sources.place_facts import PlaceFacts, site_iri
from bpo_kg.vocabulary import COUNTRY

MAX_ROWS: Final = 100_000
_SNIFFED: Final = 65_536
_HOURS: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-3]|24):([0-5]\d)", re.ASCII)
_OWN_SORTS: Final = frozenset({"zone", "hours", "date", "kinds", "countries", "texts"})
_ABOUT_SITE: Final = ("provider", "site", "kinds", "clients")


@dataclass(slots=True)
class PlacesTable:
    """What one file says: triples in file order, what was found wrong, and rows that were left out."""

    file: str
    triples: list[ox.Triple] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    left_out: int = 0


def place_columns() -> ColumnTable:
    """Return the columns of a table of places."""
    return read_columns(data_folder("ontology") / "place-columns.ttl")


def is_places_header(row: Sequence[str]) -> bool:
    """Tell whether a header row belongs to a table of places rather than to an inventory of processes."""
    found = {place_columns().match(cell) for cell in row if cell and len(cell) <= 200}
    return "country" in found and len(found - {None}) > 1


def is_places_table(path: Path) -> bool:
    """Tell by its first lines whether a CSV or TSV file lists places and not processes.

    A table that names processes is an inventory, whatever else it holds. A workbook is not looked into: which of the
    two it is has to be said.
    """
    with path.open("rb") as stream:
        head = stream.read(_SNIFFED)
    text = head.decode("utf-16" if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig", "replace")
    for line in text.splitlines()[:HEADER_WITHIN]:
        for delimiter in ",;\t|":
            row = [cell.strip().strip('"') for cell in line.split(delimiter)]
            if is_places_header(row):
                return not any(read_columns().match(cell) == "name" for cell in row)
    return False


def read_places(path: Path, lexicon: Lexicon, known_zone: Callable[[str], bool]) -> PlacesTable:
    """Read a table of places.

    Args:
        path: a CSV, TSV, XLSX or ODS file; of a workbook, every sheet that has the header of such a table.
        lexicon: what words for countries, languages and kinds mean.
        known_zone: tells whether an IANA time zone exists.

    Raises:
        SourceError: the file cannot be read as a table at all.
    """
    from bpo_kg.sources.workbook import is_workbook, open_workbook

    columns = place_columns()
    table = PlacesTable(str(path))
    reader = _Reader(table, CellReader(lexicon, columns), known_zone)
    if is_workbook(path):
        read = [reader.read(_lines(sheet.batches()), sheet.name) for sheet in open_workbook(path)]
    else:
        text = open_delimited(path, lambda header: len(header) <= 200 and columns.match(header) is not None)
        read = [reader.read(_lines(text.batches()))]
        table.findings += text.findings
    if not any(read):
        table.findings.append(_no_header(Place(str(path), 1)))
    table.triples = reader.facts.triples
    table.findings.sort(key=lambda f: (f.place.element, f.place.line, f.place.column))
    return table


def _lines(batches: Iterable[Batch]) -> Iterator[tuple[int, list[str]]]:
    return ((line, row) for batch in batches for line, row in zip(batch.lines, batch.rows, strict=True))


@dataclass(slots=True)
class _Reader:
    """Reads one table; sites are unique across its rows."""

    table: PlacesTable
    cells: CellReader
    known_zone: Callable[[str], bool]
    _sites: dict[str, int] = field(default_factory=dict)
    """Line of each site's row by IRI."""
    facts: PlaceFacts = field(default_factory=PlaceFacts)

    def read(self, rows: Iterator[tuple[int, list[str]]], sheet: str = "") -> bool:
        """Read (line, cells) pairs: find the header row, then every row below; False if there is no such header."""
        layout = self._header(rows, sheet)
        if layout is None:
            return False
        self.table.findings += layout.findings
        for count, (line, row) in enumerate(rows):
            if not any(cell.strip() for cell in row):
                continue
            if count >= MAX_ROWS:
                self.table.findings.append(_too_many(layout.place(line)))
                break
            self._row(layout, line, row)
        return True

    def _header(self, rows: Iterator[tuple[int, list[str]]], sheet: str) -> Layout | None:
        for seen, (line, row) in enumerate(r for r in rows if any(cell.strip() for cell in r[1])):
            if is_places_header(row):
                return self._lay_out(line, row, sheet)
            if seen + 1 == HEADER_WITHIN:
                break
        return None

    def _lay_out(self, line: int, row: Sequence[str], sheet: str) -> Layout:
        ours: dict[str, int] = {}
        layout = Layout(self.table.file, sheet, line, len(row), ours, {})
        for position, header in enumerate(row):
            column = self.cells.columns.match(header) if len(header) <= 200 else None
            if column is not None and column not in ours:
                ours[column] = position
            elif header.strip():
                layout.findings.append(_unread_column(layout.place(line, position), header, column))
        return layout

    def _row(self, layout: Layout, line: int, row: Sequence[str]) -> None:
        places = CellPlaces(layout, line, row)
        found: dict[str, Value] = {}
        for column, position in layout.ours.items():
            raw = row[position] if position < len(row) else ""
            value = self._cell(column, raw, places.at(position))
            if value is not None:
                found[column] = value
        country = found.pop("country", None)
        if not isinstance(country, str):
            self.table.left_out += 1
            self.table.findings.append(_no_country(layout.place(line)))
            return
        if not any(column in found for column in _ABOUT_SITE):
            self.facts.country(country, found)
            return
        provider, site = str(found.get("provider", "")), str(found.get("site", ""))
        iri = site_iri(provider, site or country.removeprefix(COUNTRY))
        if iri in self._sites:
            self.table.findings.append(_second_site(layout.place(line), site or provider, self._sites[iri]))
            self.table.left_out += 1
            return
        self._sites[iri] = line
        self.facts.site(iri, country, found)

    def _cell(self, column: str, raw: str, place: Place) -> Value | None:
        """Return the value of a cell, and report what is wrong with it."""
        sort = self.cells.columns.columns[column].sort
        if sort not in _OWN_SORTS:
            value, problems = self.cells.parse(column, raw)
            self.table.findings += [problem.at(place) for problem in problems]
            return value
        text = " ".join(raw.split())
        if not text:
            return None
        value = self._own_sort(sort, text)
        if value is None:
            self.table.findings.append(_bad(place, column, text, *_EXPECTED[sort]))
        return value

    def _own_sort(self, sort: str, text: str) -> Value | None:
        if sort == "zone":
            return text if self.known_zone(text) else None
        if sort == "hours":
            match = _HOURS.fullmatch(text)
            if match is None or (match[3] == "24" and match[4] != "00"):
                return None
            return f"{int(match[1]):02d}:{match[2]}-{int(match[3]):02d}:{match[4]}"
        if sort == "date":
            try:
                return date.fromisoformat(text).isoformat()
            except ValueError:
                return None
        items = [item.strip() for item in text.split(";") if item.strip()]
        if sort == "texts":
            return tuple(dict.fromkeys(items)) or None
        words: Words = self.cells.lexicon.kinds if sort == "kinds" else self.cells.lexicon.countries
        meant = [words.find(item) for item in items]
        return tuple(sorted({one[0] for one in meant})) if meant and all(len(one) == 1 for one in meant) else None


_EXPECTED: Final[Mapping[str, tuple[str, str]]] = {
    "zone": ("an IANA time zone such as Asia/Manila", "zona waktu IANA seperti Asia/Manila"),
    "hours": ("a working day such as 09:00-17:00", "hari kerja seperti 09:00-17:00"),
    "date": ("a day such as 2026-06-30", "hari seperti 2026-06-30"),
    "kinds": ("processes of the catalogue separated by ;", "proses dalam katalog yang dipisahkan ;"),
    "countries": ("ISO 3166 codes or country names separated by ;", "kode ISO 3166 atau nama negara yang dipisahkan ;"),
    "texts": ("names separated by ;", "nama yang dipisahkan ;"),
}


def _bad(place: Place, column: str, text: str, en: str, local: str) -> Finding:
    return finding(
        place,
        "error",
        "bad-cell",
        f"{column}: {shown(text)} is not understood and is read as unknown ({en} would be right)",
        f"{column}: {shown(text)} tidak dipahami dan dibaca sebagai tidak diketahui (yang benar: {local})",
    )


def _no_header(place: Place) -> Finding:
    return finding(
        place,
        "error",
        "no-country-column",
        "no header among the first rows names a country and another column of places, so nothing is read "
        "(a header row such as country,provider,site,zone would be right)",
        "tidak ada judul pada baris-baris pertama yang menyebut negara dan kolom tempat lain, sehingga tidak ada yang "
        "dibaca (yang benar: baris judul seperti country,provider,site,zone)",
    )


def _unread_column(place: Place, header: str, column: str | None) -> Finding:
    if column is not None:
        return finding(
            place,
            "error",
            "duplicate-column",
            f"{shown(header)} is a second column for {column} and is not read (one column would be right)",
            f"{shown(header)} adalah kolom kedua untuk {column} dan tidak dibaca (yang benar: satu kolom)",
        )
    return finding(
        place,
        "warning",
        "unknown-column",
        f"{shown(header)} is not a column of a table of places and is not read",
        f"{shown(header)} bukan kolom tabel tempat dan tidak dibaca",
    )


def _no_country(place: Place) -> Finding:
    return finding(
        place,
        "error",
        "no-country",
        "the row has no country that is understood and is left out (an ISO 3166 code or name would be right)",
        "baris ini tanpa negara yang dipahami dan tidak disertakan (yang benar: kode ISO 3166 atau nama negara)",
    )


def _second_site(place: Place, name: str, line: int) -> Finding:
    return finding(
        place,
        "error",
        "duplicate-site",
        f"the site {shown(name)} already stands in line {line}; this row is left out (one row for each would be right)",
        f"lokasi {shown(name)} sudah ada di baris {line}; baris ini tidak disertakan (yang benar: satu baris)",
    )


def _too_many(place: Place) -> Finding:
    return finding(
        place,
        "error",
        "too-many-rows",
        f"only the first {MAX_ROWS:,} rows are read; this row and those below it are not",
        f"hanya {MAX_ROWS:,} baris pertama yang dibaca; baris ini dan yang di bawahnya tidak dibaca",
    )
