"""Write XLSX workbooks: the one room that knows openpyxl.

What is written is data and stays data. A text that a spreadsheet program would take for a formula is stored
as text and marked so, and the same content gives the same bytes, whatever the clock says.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bpo_kg.errors import BpoKgError, SourceError
from bpo_kg.sources.cells import CONTROL, MAX_CELL
from bpo_kg.sources.facts import Finding
from bpo_kg.sources.findings_out import plain
from bpo_kg.sources.layout import LISTS_TITLE, column_letters

if TYPE_CHECKING:
    from openpyxl import Workbook

MAX_ROWS = 1_048_576
"""Rows of an XLSX sheet, header included."""
_LOOKS_LIKE_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MOMENT = (2024, 1, 1, 0, 0, 0)
_STAMP = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")


@dataclass(frozen=True, slots=True)
class Choice:
    """A drop-down list for the cells of one column."""

    column: int
    """1-based."""
    values: Sequence[str]
    only: bool
    """Whether other values get a warning; a cell that may hold several values must be free."""
    help: str = ""


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """What a sheet shall hold."""

    name: str
    rows: Iterable[Sequence[Any]]
    """Text, numbers or None; a header row comes first if `header` is set."""
    header: bool = True
    """Whether the first row is frozen, bold and filtered."""
    choices: Sequence[Choice] = ()
    widths: Sequence[int] = ()
    """Column widths in characters; without them they follow the first rows."""
    wrap: bool = False
    hidden: bool = False


def write_workbook(
    path: Path,
    header: Sequence[str],
    rows: Iterable[Sequence[Any]],
    findings: Iterable[Finding] = (),
    *,
    lang: str = "en",
) -> None:
    """Write a table as XLSX with its findings on a sheet of their own.

    Raises:
        SourceError: the file cannot be written.
        BpoKgError: there are more rows than a sheet holds.
    """
    save(path, workbook_bytes(header, rows, findings, lang=lang))


def workbook_bytes(
    header: Sequence[str], rows: Iterable[Sequence[Any]], findings: Iterable[Finding] = (), *, lang: str = "en"
) -> bytes:
    """Return the same as bytes: sheets "assessment" and "findings", header frozen and filtered.

    Args:
        header: column names.
        rows: text, numbers or None, one value per column.
        findings: what was found wrong in the input.
        lang: language of the findings' sentences.
    """
    told = [plain(finding, lang) for finding in findings]
    keys = ("file", "line", "column", "element", "severity", "code", "message")
    return build(
        [
            SheetPlan("assessment", _chain(header, rows)),
            SheetPlan("findings", [keys, *([one[key] or None for key in keys] for one in told)]),
        ]
    )


def save(path: Path, content: bytes) -> None:
    """Write a file at once: aside first, then renamed.

    Raises:
        SourceError: it cannot be written.
    """
    aside = path.with_name(path.name + ".part")
    try:
        aside.write_bytes(content)
        aside.replace(path)
    except OSError as error:
        raise SourceError(f"{path}: cannot be written ({error.strerror})") from None


def build(plans: Sequence[SheetPlan]) -> bytes:
    """Return a workbook with the planned sheets, and a hidden one for the drop-down lists."""
    from openpyxl import Workbook

    workbook = Workbook(write_only=True)
    lists: dict[tuple[str, ...], str] = {}
    for plan in plans:
        _write(workbook, plan, lists)
    if lists:
        columns = list(lists)
        longest = max(map(len, columns))
        rows = [[values[i] if i < len(values) else None for values in columns] for i in range(longest)]
        _write(workbook, SheetPlan("lists", [[LISTS_TITLE], *rows], header=False, hidden=True), {})
    buffer = io.BytesIO()
    workbook.save(buffer)
    return _timeless(buffer.getvalue())


def _write(workbook: "Workbook", plan: SheetPlan, lists: dict[tuple[str, ...], str]) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font, PatternFill

    # openpyxl's type stubs leave out most of what a write-only sheet has.
    sheet: Any = workbook.create_sheet(plan.name)
    rows = [[_value(value) for value in row] for row in plan.rows]
    if len(rows) > MAX_ROWS:
        raise BpoKgError(f"an XLSX sheet holds {MAX_ROWS - 1:,} rows, not {len(rows) - 1:,}; write CSV or Parquet")
    width = max(map(len, rows), default=0)
    for position in range(width):
        letters = column_letters(position + 1)
        fitting = plan.widths[position] if position < len(plan.widths) else _fitting(rows, position)
        sheet.column_dimensions[letters].width = fitting
    if plan.hidden:
        sheet.sheet_state = "hidden"
    if plan.header and width:
        sheet.freeze_panes = "A2"
        sheet.auto_filter.ref = f"A1:{column_letters(width)}{max(len(rows), 1)}"
    for choice in plan.choices:
        _add_choice(sheet, choice, lists)
    bold, fill = Font(bold=True), PatternFill("solid", fgColor="DDEBF7")
    wrapped = Alignment(wrap_text=True, vertical="top")
    for index, row in enumerate(rows):
        cells = []
        for value in row:
            first = plan.header and index == 0
            if not first and not plan.wrap and not (isinstance(value, str) and value.startswith(_LOOKS_LIKE_FORMULA)):
                cells.append(value)
                continue
            cell = WriteOnlyCell(sheet, value)
            if isinstance(value, str):
                # openpyxl takes every text that begins with "=" for a formula.
                cell.data_type = "s"
                cell.quotePrefix = value.startswith(_LOOKS_LIKE_FORMULA)
            if first:
                cell.font, cell.fill = bold, fill
            if plan.wrap:
                cell.alignment = wrapped
            cells.append(cell)
        sheet.append(cells)


def _add_choice(sheet: Any, choice: Choice, lists: dict[tuple[str, ...], str]) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    values = tuple(choice.values)
    if not values:
        return
    if values not in lists:
        letters = column_letters(len(lists) + 1)
        lists[values] = f"lists!${letters}$2:${letters}${len(values) + 1}"
    rule = DataValidation(type="list", formula1=lists[values], allow_blank=True, errorStyle="warning")
    rule.showErrorMessage = choice.only
    if choice.help:
        rule.showInputMessage = True
        rule.prompt = choice.help[:255]
    letters = column_letters(choice.column)
    rule.add(f"{letters}2:{letters}2000")
    sheet.data_validations.append(rule)


def _value(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = CONTROL.sub("", value)
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…"


def _fitting(rows: Sequence[Sequence[Any]], position: int) -> int:
    longest = max((len(str(row[position])) for row in rows[:200] if position < len(row) and row[position]), default=8)
    return min(max(longest + 2, 8), 60)


def _chain(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterable[Sequence[Any]]:
    yield header
    yield from rows


def _timeless(content: bytes) -> bytes:
    """Return the workbook without the moment at which it was written."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "docProps/core.xml":
                data = _STAMP.sub(rb"\g<1>2024-01-01T00:00:00Z", data)
            info = zipfile.ZipInfo(name, _MOMENT)
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, data)
    return out.getvalue()
