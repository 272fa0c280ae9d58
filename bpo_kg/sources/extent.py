"""How far the cells of a sheet reach, worked out from its XML before an engine reads it.

Engines hold the whole rectangle from the first to the last cell. One cell a million rows away, one long text
that every cell shares, or a row that is repeated a million times makes a small file exhaust memory, and the
Rust engine then ends the whole process. The same look finds what the engine would silently give as empty:
errors, and formulas whose result was never stored.
"""

import re
from collections import Counter
from collections.abc import Mapping
from xml.sax.saxutils import unescape

from bpo_kg.sources.layout import column_letters, column_number
from bpo_kg.sources.sheet_part import SheetPart

MAX_RECTANGLE = 5_000_000
"""Cells of the rectangle that reaches from the first to the last cell of a sheet."""
MAX_SHARED_TEXT = 64 << 20
"""Characters of all cells together that take their text from the shared table."""

_ATTRIBUTES = rb"""((?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+)(>?)"""
"""Attributes of a tag and its end. No quantifier gives back what it took, so the time is linear in any case."""
_UNUSUAL = re.compile(rb'<c(?=[\s/>])(?! r="[A-Za-z][0-9]{1,5}")(?: r="([A-Za-z]+)([0-9]+)")?')
"""Cells but those in columns A to Z and rows below 100,000, written as all spreadsheet programs write them."""
_PREFIXED = re.compile(rb":c[\s/>]")
_ANY_CELL = re.compile(rb"<(?:[\w.-]+:)?(row|c)(?=[\s/>])" + _ATTRIBUTES)
_REF = re.compile(rb"""(?:^|\s)r\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_TABLE = re.compile(
    rb"<table:(table|table-row|table-cell|covered-table-cell)(?=[\s/>])" + _ATTRIBUTES + rb"|</table:(table-cell)>"
)
_CELL_NAME = re.compile(rb"""<c [^<>]{0,200}?\br=["']([A-Za-z]{1,3}[0-9]{1,7})["']""")
_ERROR = re.compile(rb"""<c [^<>]{0,200}?\bt=["']e["']""")
_TELLING = re.compile(rb"""<f[\s/>]|\bt=["']e["']""")
_MOST_ASTRAY = 1_000
_LONGEST_TAG = 400
_LONGEST_BODY = 30_000
"""Bytes of a cell's tag, and of its inside: a formula has at most 8,192 characters."""
_SHARED_INDEX = re.compile(rb'<c\b[^<>]{0,200}\bt="s"[^<>]{0,200}>\s*<v>([0-9]{1,9})</v>')


def look_at_sheet(data: bytearray, shared: "SharedTexts | None" = None) -> SheetPart:
    """Work out how far an XLSX sheet reaches and which cells hold an error or an unsaved formula.

    Raises:
        ValueError: the shared texts of the cells would unfold to too much.
    """
    part = SheetPart()
    rows, columns, far = _extent(data)
    if rows * columns > MAX_RECTANGLE:
        part.far = far
        return part
    if shared is not None:
        shared.check(data)
    if b"<f" in data or b'="e"' in data or b"='e'" in data:
        _notice(data, part)
    return part


def _notice(data: bytearray, part: SheetPart) -> None:
    """Note the cells that hold an error, or a formula without a stored result."""
    done = astray = 0
    for sign in _TELLING.finditer(data):
        if sign.start() < done:
            continue
        cell = data.rfind(b"<c ", max(done, sign.start() - _LONGEST_TAG), sign.start())
        end = data.find(b"</c>", sign.start(), sign.start() + _LONGEST_BODY)
        if cell < 0 or end < 0:
            astray += 1
            if astray > _MOST_ASTRAY:
                raise ValueError("it is damaged (formulas stand outside cells)")
            continue
        done = end
        body = bytes(data[cell:end])
        if ref := _CELL_NAME.match(body):
            if _ERROR.match(body):
                part.errors[ref[1].decode()] = _plain(body)
            elif b"<f" in body and b"<v>" not in body and b"<is" not in body:
                part.unsaved.append(ref[1].decode())


def _extent(data: bytearray) -> tuple[int, int, str]:
    """Return at least as many rows and columns as the sheet reaches, and its farthest cell."""
    unusual = _UNUSUAL.findall(data)
    if not _PREFIXED.search(data) and all(letters and len(digits) < 19 for letters, digits in unusual):
        rows, columns, far = 99_999, 26, ""
        for letters, digits in unusual:
            if int(digits) > rows or column_number(letters.decode()) > columns:
                far = (letters + digits).decode()
            rows, columns = max(rows, int(digits)), max(columns, column_number(letters.decode()))
        if rows * columns <= MAX_RECTANGLE:
            return rows, columns, far
    rows = columns = row = column = 0
    row_at = column_at = ""
    for tag, attributes, end in _ANY_CELL.findall(data):
        if not end:
            raise ValueError("it is damaged (a tag has no end)")
        found = _REF.search(attributes)
        ref = (found[1] or found[2] or b"").decode("latin-1") if found else ""
        if tag == b"row":
            if ref and not (ref.isascii() and ref.isdecimal() and len(ref) < 10):
                return MAX_RECTANGLE, 2, f"row {ref[:20]}"
            row, column = int(ref) if ref else row + 1, 0
            continue
        column += 1
        if ref:
            letters = ref.rstrip("0123456789")
            digits = ref[len(letters) :]
            if not (letters.isascii() and letters.isalpha() and digits) or len(ref) > 20:
                return MAX_RECTANGLE, 2, ref[:40]
            row, column = int(digits), column_number(letters)
        if row > rows:
            rows, row_at = row, ref or f"row {row}"
        if column > columns:
            columns, column_at = column, ref or f"column {column}"
    return rows, columns, row_at if rows > columns else column_at


def _plain(body: bytes) -> str:
    text = re.sub(rb"<f\b.*?</f>|<[^>]*>", b"", body[:2_000], flags=re.DOTALL)
    return text.decode("utf-8", "replace").strip()[:20] or "error"


class SharedTexts:
    """The lengths of the texts that cells refer to by number: a short file can repeat a long text endlessly."""

    def __init__(self, data: bytearray) -> None:
        self._lengths: list[int] = []
        start = 0
        while (end := data.find(b"</si>", start)) >= 0:
            self._lengths.append(end - start)
            start = end + 5
        self._longest = max(self._lengths, default=0)
        self._unfolded = 0

    def check(self, sheet: bytearray) -> None:
        """Raises: ValueError: the cells seen so far repeat more text than a workbook can need."""
        if sheet.count(b"<v>") * self._longest + self._unfolded <= MAX_SHARED_TEXT:
            self._unfolded += sheet.count(b"<v>") * self._longest
            return
        for index, times in Counter(map(int, _SHARED_INDEX.findall(sheet))).items():
            if index < len(self._lengths):
                self._unfolded += self._lengths[index] * times
        if self._unfolded > MAX_SHARED_TEXT:
            raise ValueError(f"its cells repeat {self._unfolded:,} characters of text")


def look_at_tables(data: bytearray) -> Mapping[str, SheetPart]:
    """Work out the same for every table of an OpenDocument spreadsheet, whose cells and rows can be repeated.

    Raises:
        ValueError: the repeated cells would unfold to too much text.
    """
    tables: dict[str, SheetPart] = {}
    part = SheetPart()
    row = column = far_row = far_column = repeated = 0
    rows_here = cells_here = 1
    start = 0
    for found in _TABLE.finditer(data):
        tag, attributes, end = found[1], found[2], found.end()
        if tag is not None and not found[3]:
            raise ValueError("it is damaged (a tag has no end)")
        if tag == b"table":
            part = tables[unescape(_attribute(attributes, b"table:name").decode("utf-8", "replace"))] = SheetPart()
            row = column = far_row = far_column = 0
            rows_here = 0
        elif tag == b"table-row":
            row, column = row + rows_here, 0
            rows_here = _times(_attribute(attributes, b"table:number-rows-repeated"))
        elif tag is None:
            repeated += (found.start() - start) * (rows_here * cells_here - 1)
            if repeated > MAX_SHARED_TEXT:
                raise ValueError(f"its cells repeat {repeated:,} characters of text")
        else:
            cells_here = _times(_attribute(attributes, b"table:number-columns-repeated"))
            column += cells_here
            if attributes.endswith(b"/") and b"office:" not in attributes and b"table:formula" not in attributes:
                continue
            start = end
            far_row, far_column = max(far_row, row + rows_here), max(far_column, column)
            ref = f"{column_letters(column)}{row + 1}"
            if far_row * far_column > MAX_RECTANGLE:
                part.far = part.far or f"{column_letters(column)}{row + rows_here}"
            elif b'calcext:value-type="error"' in attributes:
                part.errors[ref] = _plain(bytes(data[end : end + 200]).split(b"</table:table-cell>")[0])
            elif b"table:formula" in attributes and b"office:" not in attributes:
                part.unsaved.append(ref)
    return tables


def _attribute(attributes: bytes, name: bytes) -> bytes:
    if name not in attributes:
        return b""
    found = re.search(re.escape(name) + rb"""\s*=\s*(?:"([^"]*)"|'([^']*)')""", attributes)
    return (found[1] or found[2] or b"") if found else b""


def _times(number: bytes) -> int:
    # A number that is not plain digits is taken as too many: the sheet is then refused and not guessed at.
    return int(number) if number.isdigit() and len(number) < 12 else MAX_RECTANGLE + 1 if number else 1
