"""Read the sheets of an XLSX or ODS workbook: the one room that knows the engine python-calamine.

The archive is looked into first, because the engine cannot be stopped once it unfolds a bomb. Typed cells
become the text their owner sees, so that one cell parser serves every file format. Nothing in a workbook is
computed, followed or fetched: a formula counts by the result that was stored with it.
"""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bpo_kg.errors import SourceError
from bpo_kg.sources.delimited import BATCH, Batch
from bpo_kg.sources.sheet_part import SheetPart

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"

Range = tuple[int, int, int, int]
"""First row, first column, last row, last column of merged cells, all 1-based."""


@dataclass(slots=True)
class Sheet:
    """One sheet of a workbook; a sheet whose cells lie too far apart has no batches."""

    name: str
    hidden: bool
    part: SheetPart
    merged: Sequence[Range]
    _sheet: Any = field(repr=False)

    def batches(self) -> Iterator[Batch]:
        """Give the rows in batches; a row's line is its number in the sheet, and position 0 is column A."""
        if self.part.far or self._sheet is None or self._sheet.start is None:
            return
        # The engine gives every row from the first one of the sheet, but only the columns from the first used one.
        margin = [""] * self._sheet.start[1]
        rows: list[list[str]] = []
        first = 1
        for values in self._sheet.iter_rows():
            rows.append(margin + [v if v.__class__ is str else cell_text(v) for v in values])
            if len(rows) == BATCH:
                yield Batch(rows, range(first, first + BATCH))
                first += BATCH
                rows = []
        if rows:
            yield Batch(rows, range(first, first + len(rows)))


def is_workbook(path: Path) -> bool:
    """Tell by its first bytes whether a file is a zip archive, as XLSX and ODS are.

    Raises:
        SourceError: the file cannot be read, or is an old binary or password-protected workbook.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(8)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror})") from None
    if head == _OLE:
        raise SourceError(f"{path}: an old or password-protected workbook; save it as XLSX without a password")
    return head.startswith(_ZIP)


def open_workbook(path: Path) -> list[Sheet]:
    """Return the sheets of an XLSX or ODS file in their order.

    Raises:
        SourceError: the file is damaged, encrypted, no spreadsheet, or would unfold to too much.
    """
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    looks = _looks(path)
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        sheets = []
        for meta in workbook.sheets_metadata:
            part = looks.get(meta.name, SheetPart())
            sheet = None if part.far or meta.name not in looks else workbook.get_sheet_by_name(meta.name)
            merged = [(a + 1, b + 1, c + 1, d + 1) for (a, b), (c, d) in (sheet and sheet.merged_cell_ranges) or ()]
            sheets.append(Sheet(meta.name, meta.visible != SheetVisibleEnum.Visible, part, merged, sheet))
    except (CalamineError, OSError, ValueError) as error:
        raise SourceError(f"{path}: the workbook is damaged ({error})") from None
    except BaseException as error:
        # A panic of the Rust engine is no Exception; anything else, such as Ctrl-C, goes its way.
        if type(error).__name__ != "PanicException":
            raise
        raise SourceError(f"{path}: the workbook is damaged ({error})") from None
    return sheets


def cell_text(value: Any) -> str:
    """Return a typed cell as the text its owner sees: 12.0 as "12", TRUE as "true", dates as ISO 8601.

    >>> cell_text(12.0), cell_text(True), cell_text(datetime.date(2024, 5, 6))
    ('12', 'true', '2024-05-06')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _looks(path: Path) -> Mapping[str, SheetPart]:
    """Look at every sheet's XML, one part in memory at a time."""
    # Here, because most inventories are CSV and need neither zip nor XML.
    from bpo_kg.sources.archive import Parts, refuse_broken_xml, sheet_parts
    from bpo_kg.sources.extent import SharedTexts, look_at_sheet, look_at_tables

    parts = Parts(path)
    try:
        if "content.xml" in parts and "xl/workbook.xml" not in parts:
            content = parts.read("content.xml")
            refuse_broken_xml(path, "content.xml", content)
            looks = look_at_tables(content)
            for name, part in looks.items():
                if part.far:
                    # The engine unfolds every table of an ODS file when it opens it.
                    raise SourceError(f"{path}: sheet {name} reaches to cell {part.far}; the workbook is not opened")
            return looks
        if "xl/workbook.xml" not in parts:
            raise SourceError(f"{path}: the archive is neither an XLSX nor an ODS workbook")
        shared = SharedTexts(parts.read("xl/sharedStrings.xml")) if "xl/sharedStrings.xml" in parts else None
        looks = {n: look_at_sheet(parts.read(part), shared) for n, part in sheet_parts(parts).items() if part in parts}
        for name in parts.names():
            if name.startswith("xl/") and name.count("/") == 1 and name.endswith(".xml") and "sharedS" not in name:
                parts.read(name)
        return looks
    except ValueError as error:
        raise SourceError(f"{path}: {error}; the workbook is not opened") from None
