"""Read published O*NET tables as an inventory: each occupation a process, its figures as answers to criteria.

Two shapes are read, told apart by their header row: the database's tab-separated tables, which hold many elements on
scales of 1 to 5, and the per-element exports, which hold one element on 0 to 100. What a figure answers is said by the
threshold rules alone. An occupation without figures is unknown and still a row.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from bpo_kg.errors import SourceError
from bpo_kg.sources.facts import Inventory, Place, ProcessRecord
from bpo_kg.sources.markup import read_bytes
from bpo_kg.sources.messages import finding
from bpo_kg.sources.sheet_rows import row_iri
from bpo_kg.sources.threshold_rules import MeasuredElement, ThresholdRule, judge, read_thresholds

__all__ = ["read_onet", "read_thresholds"]

MAX_BYTES = 256 * 1024 * 1024
"""Size of one table; the largest published one (Work Context) is about 30 MB."""
_CODE = re.compile(r"[0-9]{2}-[0-9]{4}\.[0-9]{2}")
_FIGURE = re.compile(r"[0-9]{1,6}(\.[0-9]{1,12})?")
_ABSENT = frozenset({"", "n/a", "na", "not available", "not relevant", "not rated"})
_CODE_HEADERS = ("o*net-soc code", "code")
_TITLE_HEADERS = ("title", "occupation")


@dataclass(frozen=True, slots=True)
class _Figure:
    """A figure from 0 to 100, whether the database itself gave it, and where it stands."""

    percent: float
    published: bool
    place: Place


@dataclass(frozen=True, slots=True)
class _Table:
    """A table with O*NET codes: its header as positions by casefolded name, and its rows with line and cells."""

    path: Path
    header: dict[str, int]
    rows: list[tuple[int, list[str]]]

    def position(self, names: Iterable[str]) -> int:
        return next((self.header[name] for name in names if name in self.header), -1)


def read_onet(folder: Path, thresholds: Sequence[ThresholdRule]) -> Inventory:
    """Read every occupation of a folder of O*NET tables.

    Args:
        folder: holds `.txt`, `.tsv` or `.csv` files; those without an O*NET code column are passed over.
        thresholds: the rules that turn figures into answers.

    Returns:
        One record per occupation in order of code: `id` its O*NET-SOC code, `name` its title, `measures` the answers
        that its figures give, and the place of the figure that decided each under the criterion's name.

    Raises:
        SourceError: the folder is missing, holds no O*NET table, or a table cannot be read at all.
    """
    if not folder.is_dir():
        raise SourceError(f"{folder}: no such folder")
    reader = _Reader(folder, thresholds)
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in (".txt", ".tsv", ".csv") and p.is_file())
    tables = [table for table in map(_open, files) if table is not None]
    if not tables:
        raise SourceError(f"{folder}: no O*NET table; a file with the column O*NET-SOC Code or Code would be right")
    for table in tables:
        reader.take(table)
    return reader.inventory()


def _open(path: Path) -> _Table | None:
    try:
        text = read_bytes(path, MAX_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: not UTF-8 text (byte {error.start})") from error
    first = text.split("\n", 1)[0]
    reader = csv.reader(StringIO(text, newline=""), delimiter="\t" if "\t" in first else ",")
    try:
        header = [name.strip().casefold() for name in next(reader, [])]
        if not any(name in header for name in _CODE_HEADERS):
            return None
        rows, line = [], reader.line_num
        for cells in reader:
            rows.append((line + 1, cells))
            line = reader.line_num
    except csv.Error as error:
        raise SourceError(f"{path}:{reader.line_num}: {error}") from error
    return _Table(path, {name: position for position, name in reversed(list(enumerate(header)))}, rows)


@dataclass(slots=True)
class _Reader:
    """Gathers titles and figures from all tables, then judges each occupation once."""

    folder: Path
    thresholds: Sequence[ThresholdRule]
    result: Inventory = field(init=False)
    titles: dict[str, tuple[str, Place]] = field(default_factory=dict)
    seen: dict[str, Place] = field(default_factory=dict)
    figures: dict[tuple[str, str], _Figure | None] = field(default_factory=dict)
    """By code and element IRI; None where files contradict each other."""

    def __post_init__(self) -> None:
        self.result = Inventory(str(self.folder))

    def take(self, table: _Table) -> None:
        """Take in one table: a published one by its element ids, an export by its file name."""
        by_id = {c.element.element_id: c.element for rule in self.thresholds for c in rule.conditions}
        if {"element id", "scale id", "data value"} <= table.header.keys():
            self._published(table, by_id)
            return
        stem = _key(table.path.stem)
        element = next((e for e in by_id.values() if _key(e.export_name) == stem), None)
        at = table.position([element.column.casefold()]) if element is not None else -1
        for code, line, cells in self._occupations(table):
            if element is not None and 0 <= at < len(cells):
                self._figure(code, element, cells[at], False, Place(str(table.path), line, at + 1, element.element_id))

    def _published(self, table: _Table, by_id: dict[str, MeasuredElement]) -> None:
        element_at, scale_at, value_at, doubt_at = (
            table.header.get(name, -1) for name in ("element id", "scale id", "data value", "recommend suppress")
        )
        for code, line, cells in self._occupations(table):
            if max(element_at, scale_at, value_at) >= len(cells):
                continue
            element = by_id.get(cells[element_at].strip())
            # The publisher marks figures that are too imprecise to use; such a figure is as good as none.
            doubtful = 0 <= doubt_at < len(cells) and cells[doubt_at].strip().upper() == "Y"
            if element is not None and cells[scale_at].strip() == element.scale_id and not doubtful:
                place = Place(str(table.path), line, value_at + 1, element.element_id)
                self._figure(code, element, cells[value_at], True, place)

    def _occupations(self, table: _Table) -> Iterator[tuple[str, int, list[str]]]:
        code_at, title_at = table.position(_CODE_HEADERS), table.position(_TITLE_HEADERS)
        for line, cells in table.rows:
            code = cells[code_at].strip() if code_at < len(cells) else ""
            place = Place(str(table.path), line, code_at + 1)
            if not _CODE.fullmatch(code):
                if any(cell.strip() for cell in cells):
                    self.result.left_out += 1
                    self._say(place, "bad-code", f"{code[:40]!r} is no O*NET-SOC code; 43-3051.00 would be one",
                              f"{code[:40]!r} bukan kode O*NET-SOC; contoh yang benar: 43-3051.00")  # fmt: skip
                continue
            self.seen.setdefault(code, place)
            title = " ".join(cells[title_at].split()) if 0 <= title_at < len(cells) else ""
            if title:
                self.titles.setdefault(code, (title, place))
            yield code, line, cells

    def _figure(self, code: str, element: MeasuredElement, raw: str, published: bool, place: Place) -> None:
        text = raw.strip()
        if text.casefold() in _ABSENT:
            return
        low, high = (element.minimum, element.maximum) if published else (0.0, 100.0)
        number = float(text) if _FIGURE.fullmatch(text) else -1.0
        if not low <= number <= high:
            shown, most = repr(text[:40]), f"{high:g}"
            self._say(place, "bad-figure", f"{shown} is no figure from {low:g} to {most} and is read as unknown",
                      f"{shown} bukan angka dari {low:g} sampai {most} dan dibaca sebagai tidak diketahui")  # fmt: skip
            return
        figure = _Figure(element.percent(number) if published else number, published, place)
        key = (code, element.iri)
        known = self.figures.get(key, figure)
        if known is None or (known.published and not published):
            return  # the database's own figure is more precise than the rounded export
        if known.published == published and known.percent != figure.percent:
            self.figures[key] = None
            self._say(place, "two-figures", f"{code} already has {known.percent:g} for this element in {known.place}; "
                      f"{figure.percent:g} contradicts it, and both are left out",
                      f"{code} sudah memiliki {known.percent:g} untuk unsur ini di {known.place}; {figure.percent:g} "
                      "bertentangan dengannya, dan keduanya tidak dipakai")  # fmt: skip
            return
        self.figures[key] = figure

    def _say(self, place: Place, code: str, en: str, id_: str) -> None:
        self.result.findings.append(finding(place, "error", code, en, id_))

    def inventory(self) -> Inventory:
        figures: dict[str, dict[str, _Figure]] = {}
        for (code, element), figure in self.figures.items():
            if figure is not None:
                figures.setdefault(code, {})[element] = figure
        for code in sorted(self.seen):
            title, place = self.titles.get(code, (code, self.seen[code]))
            iri = row_iri(self.folder.resolve().name or "onet", code)
            record = ProcessRecord(code, title, place, iri, places={"id": self.seen[code], "name": place})
            own = figures.get(code, {})
            percents = {element: figure.percent for element, figure in own.items()}
            for criterion, rule in sorted(judge(percents, self.thresholds).items()):
                record.measures[criterion] = rule.answer
                record.measure_sources[criterion] = rule.statement
                record.places[criterion] = own[rule.narrowest(percents).element.iri].place
            self.result.records.append(record)
        return self.result


def _key(name: str) -> str:
    """Return a file or element name as its letters and digits; downloads rename blanks, commas and hyphens."""
    return "".join(c for c in name.casefold() if c.isalnum())
