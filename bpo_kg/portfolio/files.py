"""Inventory files as the table engine sees them: their layout, and whether they are plain enough for a fast scan.

A file of plain records (UTF-8, no blank lines, every record of the header's width) is scanned by the table engine.
Anything else is read by the same reader as a small inventory, batch by batch, so that a stray quote or a wrong
encoding means the same whatever the size of the file.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from bpo_kg.errors import SourceError
from bpo_kg.portfolio import duck
from bpo_kg.portfolio.codes import Codes
from bpo_kg.portfolio.rows import Rows
from bpo_kg.sources import table_messages as say
from bpo_kg.sources.cells import CellReader
from bpo_kg.sources.collector import collector_paused
from bpo_kg.sources.delimited import Batch, DelimitedText, open_delimited
from bpo_kg.sources.facts import Finding, Inventory, Place, ProcessRecord, Value
from bpo_kg.sources.headers import header_key
from bpo_kg.sources.layout import Layout
from bpo_kg.sources.sheet_rows import Headless, SheetRows

TABLES = (".csv", ".tsv", ".txt", ".tab")
MAX_BYTES = 1 << 40
_CHUNK = 1 << 22
_HEAD = 1 << 16
_SAMPLE = 20
_UNLIMITED = 1 << 62
_TOGETHER = 20_000


def expand(paths: Sequence[str | Path]) -> list[Path]:
    """Return the files that paths, folders and globs stand for, in the order given, names sorted within one.

    Raises:
        SourceError: nothing is there.
    """
    files: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            found = sorted(f for f in path.iterdir() if f.suffix.lower() in (*TABLES, ".parquet"))
        elif path.is_file():
            found = [path]
        else:
            root = Path(path.anchor) if path.is_absolute() else Path()
            pattern = str(path.relative_to(path.anchor)) if path.is_absolute() else str(path)
            found = sorted(root.glob(pattern)) if any(sign in pattern for sign in "*?[") else []
        if not found:
            raise SourceError(f"{path}: no such file")
        files += found
    return files


@dataclass(slots=True)
class TableFile:
    """One delimited file: how it is written, where its columns stand, and how to read it row by row."""

    path: Path
    reader: CellReader
    codes: Mapping[str, Codes]
    mapping: Mapping[str, str]
    weigh: bool = field(default=False, kw_only=True)
    """Whether staff and notes of rows are wanted, which no answer depends on."""
    text: DelimitedText = field(init=False)
    layout: Layout | None = field(init=False, default=None)
    plain: bool = field(init=False, default=False)
    """Whether a fast scan reads the same records as the row reader."""
    has_parts: bool = field(init=False, default=False)
    """Whether one of the first rows is said to be part of another; others may be all the same."""
    lines: int = field(init=False, default=0)
    """Lines of a plain file."""
    findings: list[Finding] = field(init=False, default_factory=list)
    left_out: int = field(init=False, default=0)
    extra_columns: tuple[str, ...] = field(init=False, default=())
    _noticed: list[Finding] = field(init=False, default_factory=list)
    """What was noticed before any record was read."""

    def __post_init__(self) -> None:
        self._open(_HEAD)
        self.plain = (
            self.layout is not None
            and self.text.encoding in ("utf-8", "utf-8-sig")
            and not self._noticed
            and not self.layout.unnamed
            and self.layout.cells == self.layout.width
        )
        if self.plain:
            self._count_lines()
        if not self.plain:
            self.read_by_row()

    def read_by_row(self) -> None:
        """Read the file with the row reader from now on."""
        self.plain = False
        self._open(None)
        if self.layout is not None and self.layout.unnamed:
            # Which of the columns without a header hold anything is known only at the end.
            self.read_rows(lambda rows: None)

    def _open(self, within: int | None) -> None:
        columns = self.reader.columns
        keyed = {header_key(theirs): columns.resolve(ours) for theirs, ours in self.mapping.items()}
        known = keyed.keys() | columns.by_key.keys()
        self.text = open_delimited(
            self.path, lambda header: header_key(header[:200]) in known, max_bytes=MAX_BYTES, within=within
        )
        self._noticed = list(self.text.findings)
        probe = SheetRows(Inventory(str(self.path)), self.reader, self.path.stem, keyed, 1)
        found = probe.find_header("", self.text.batches(25))
        self.layout = None
        if not isinstance(found, Headless):
            self.layout = found[0]
            self.extra_columns = tuple(sorted(self.layout.others, key=self.layout.others.__getitem__))
            self.has_parts = self._names_wholes(found[1], self.layout.ours.get("part_of"))

    @staticmethod
    def _names_wholes(batches: Iterator[Batch], position: int | None) -> bool:
        """Tell whether one of the first rows is said to be a part."""
        if position is None:
            return False
        rows = (row for batch in islice(batches, _SAMPLE) for row in batch.rows)
        return any(len(row) > position and row[position].strip() for row in rows)

    def _count_lines(self) -> None:
        """Count the lines of the file; it is not plain if they do not all end in the same way."""
        ends = returns = pairs = 0
        tail = b""
        with self.path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                ends += chunk.count(b"\n")
                if b"\r" in chunk or tail == b"\r":
                    returns += chunk.count(b"\r")
                    pairs += (tail + chunk).count(b"\r\n")
                tail = chunk[-1:]
        self.plain = returns == pairs and returns in (0, ends)
        self.lines = ends + (tail not in (b"\n", b""))

    def scan(self, connection: Any, wanted: Sequence[int], marked: Sequence[int]) -> Iterator[pa.RecordBatch]:
        """Yield the wanted columns, by position, from a fast scan; see `duck.scan_csv`."""
        assert self.layout is not None
        return duck.scan_csv(
            connection,
            self.path,
            delimiter=self.text.delimiter,
            skip=self.layout.line,
            width=self.layout.width,
            wanted=wanted,
            marked=marked,
        )

    def records_are_lines(self, count: int) -> bool:
        """Tell whether so many records below the header leave no blank line, and none that a quote folds."""
        return self.layout is not None and self.layout.line + count == self.lines

    @property
    def stem(self) -> str:
        return self.path.stem

    @property
    def file(self) -> str:
        return str(self.path)

    def layout_findings(self) -> list[Finding]:
        """Return what is to be said of the header row, and of a mapping that names no header."""
        if self.layout is None:
            return []
        unused = [theirs for theirs in self.mapping if header_key(theirs) not in self.layout.headers]
        place = self.layout.place(self.layout.line)
        return [*self.layout.findings, *(say.unused_mapping(place, theirs) for theirs in unused)]

    def inventory(self, findings: list[Finding]) -> Inventory:
        """Return what is known of the file besides its rows."""
        places = self.layout.header_places() if self.layout else {}
        return Inventory(self.file, findings=findings, extra_columns=self.extra_columns, header_places=places)

    @property
    def columns(self) -> frozenset[str]:
        return frozenset(self.layout.ours) if self.layout else frozenset()

    def read_rows(self, take: Callable[[Rows], None]) -> None:
        """Read the file with the row reader, giving its records in batches; findings are collected anew."""
        columns = self.reader.columns
        inventory = Inventory(self.file)
        keyed = {header_key(theirs): columns.resolve(ours) for theirs, ours in self.mapping.items()}
        rows = SheetRows(inventory, self.reader, self.stem, keyed, _UNLIMITED, self.text.has_control)
        self.text.told = rows.told
        found = rows.find_header("", self.text.batches())
        if isinstance(found, Headless):
            self._headless(inventory, found)
        else:
            layout, batches = found
            with collector_paused():
                rows.read(layout, self._passing(inventory, layout, batches, take))
            if inventory.records:
                take(self._rows(inventory.records, layout))
            self.layout = layout
            for theirs in self.mapping:
                if header_key(theirs) not in layout.headers:
                    inventory.findings.append(say.unused_mapping(layout.place(layout.line), theirs))
        self.extra_columns = tuple(inventory.extra_columns)
        rows.told.close(self.file)
        self.findings = [*inventory.findings, *self._noticed]
        self.left_out = inventory.left_out

    def _headless(self, inventory: Inventory, found: Headless) -> None:
        if not found.first:
            inventory.findings.append(say.empty_table(Place(self.file, 1)))
            return
        line, header = found.first[0]
        nearest = next((cell for cell in header[:50] if self.reader.columns.nearest(cell) == "name"), None)
        count = len(found.first) - 1 + found.more
        inventory.left_out += count
        inventory.findings.append(say.no_name_column(Place(self.file, line), nearest, count))

    def _passing(
        self, inventory: Inventory, layout: Layout, batches: Iterator[Batch], take: Callable[[Rows], None]
    ) -> Iterator[Batch]:
        """Pass batches on to the reader, and take away the records it made of those before: memory stays flat."""
        for batch in batches:
            if len(inventory.records) >= _TOGETHER:
                take(self._rows(inventory.records, layout))
                inventory.records.clear()
            yield batch

    def _rows(self, records: Sequence[ProcessRecord], layout: Layout) -> Rows:
        coded = [column for column in self.codes if column in layout.ours or column == "id"]
        parts = [record.cells.get("part_of") for record in records] if "part_of" in layout.ours else None
        others = sorted(layout.others, key=layout.others.__getitem__)
        return Rows(
            ids=pa.array([record.id for record in records], pa.string()),
            names=pa.array([record.name for record in records], pa.string()),
            codes={
                column: np.fromiter(
                    (self.codes[column].of_value(_cell(record, column)) for record in records),
                    dtype=np.int64,
                    count=len(records),
                )
                for column in coded
            },
            lines=np.fromiter((record.place.line for record in records), dtype=np.int64, count=len(records)),
            given=np.zeros(len(records), dtype=bool),
            part_of=pa.array(parts, pa.string()) if parts is not None else None,
            fte=np.array([_number(record.cells.get("fte")) for record in records]) if self.weigh else None,
            staffed=np.array(["fte" in record.cells for record in records]) if self.weigh else None,
            notes=pa.array([_note(record) for record in records], pa.string()) if self.weigh else None,
            extra={h: pa.array([record.extra.get(h, "") for record in records], pa.string()) for h in others},
        )


def _cell(record: ProcessRecord, column: str) -> Value | None:
    return record.id if column == "id" else record.name if column == "name" else record.cells.get(column)


def _note(record: ProcessRecord) -> str:
    note = record.cells.get("notes", "")
    return note if isinstance(note, str) else ""


def _number(value: Value | None) -> float:
    return value if isinstance(value, float) else 0.0
