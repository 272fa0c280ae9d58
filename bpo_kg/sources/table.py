"""Read an inventory table, whatever its file format: rows become process records, slips become findings.

Nothing is dropped silently. A bad cell costs that cell, a repeated id costs the id, and only a row that
names no process is left out, and counted.
"""

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

from bpo_kg.errors import SourceError
from bpo_kg.sources import table_messages as say
from bpo_kg.sources.cell_messages import visible
from bpo_kg.sources.cells import CellReader
from bpo_kg.sources.collector import collector_paused
from bpo_kg.sources.delimited import open_delimited
from bpo_kg.sources.facts import Inventory, Place
from bpo_kg.sources.headers import header_key
from bpo_kg.sources.layout import INSTRUCTIONS_TITLE, LISTS_TITLE, Layout, column_letters, column_number
from bpo_kg.sources.messages import in_file_order
from bpo_kg.sources.sheet_rows import Headless, SheetRows
from bpo_kg.sources.workbook import Sheet, is_workbook, open_workbook

MAX_ROWS = 200_000
"""Rows that are read into records; larger inventories are for the portfolio engine, which streams."""


def read_table(
    path: Path, reader: CellReader, *, mapping: Mapping[str, str] | None = None, sheet: str | None = None,
    max_rows: int = MAX_ROWS,
) -> Inventory:  # fmt: skip
    """Read every process of a table file.

    Args:
        path: a CSV, TSV, XLSX or ODS file; its content decides which, not its suffix.
        reader: parses the cells.
        mapping: inventory column by the table's own header, for headers that the column table does not know.
        sheet: the one sheet of a workbook to read; without it, all visible ones that have a name column.
        max_rows: rows read at most; a finding tells when there are more.

    Returns:
        The processes in file order, with findings in file order. `part_of` still holds what the cell
        says; `resolve_wholes` turns it into ids once all files are read.

    Raises:
        SourceError: the file cannot be read as a table at all, or has no sheet of that name.
        UnknownThing: `mapping` names a column that does not exist.
    """
    columns = reader.columns
    keyed = {header_key(theirs): columns.resolve(ours) for theirs, ours in (mapping or {}).items()}
    inventory = Inventory(str(path))
    rows = SheetRows(inventory, reader, path.stem, keyed, max_rows)
    with collector_paused():
        layouts = _read_sheets(rows, _chosen(path, sheet)) if is_workbook(path) else _read_text(rows, path)
    for theirs in mapping or {}:
        if layouts and not any(header_key(theirs) in layout.headers for layout in layouts):
            inventory.findings.append(say.unused_mapping(layouts[0].place(layouts[0].line), theirs))
    rows.told.close(inventory.file)
    in_file_order(inventory)
    return inventory


def _read_text(rows: SheetRows, path: Path) -> list[Layout]:
    columns, mapping = rows.reader.columns, rows.mapping
    text = open_delimited(path, lambda header: (key := header_key(header[:200])) in mapping or key in columns.by_key)
    rows.has_control = text.has_control
    rows.inventory.findings += text.findings
    text.told = rows.told
    found = rows.find_header("", text.batches())
    if isinstance(found, Headless):
        _report_headless(rows, "", found)
    else:
        rows.read(*found)
    return [] if isinstance(found, Headless) else [found[0]]


def _chosen(path: Path, name: str | None) -> list[Sheet]:
    sheets = open_workbook(path)
    if name is None:
        return sheets
    chosen = [sheet for sheet in sheets if sheet.name == name]
    if not chosen:
        raise SourceError(f"{path}: there is no sheet {name!r}; there are: {', '.join(s.name for s in sheets)}")
    for sheet in chosen:
        sheet.hidden = False
    return chosen


def _read_sheets(rows: SheetRows, sheets: Sequence[Sheet]) -> list[Layout]:
    """Read every sheet with a name column; others are mentioned, or reported if no sheet has one."""
    inventory = rows.inventory
    layouts: list[Layout] = []
    headless: list[tuple[Sheet, Headless]] = []
    for sheet in sheets:
        name = visible(sheet.name)
        if sheet.part.far:
            inventory.findings.append(say.far_cell(Place(inventory.file, 0, 0, f"{name}!{sheet.part.far}")))
            continue
        if any(batch.rows[0][:1] in ([INSTRUCTIONS_TITLE], [LISTS_TITLE]) for batch in islice(sheet.batches(), 1)):
            continue
        found = rows.find_header(name, sheet.batches())
        if isinstance(found, Headless):
            headless.append((sheet, found))
        elif sheet.hidden:
            inventory.findings.append(say.hidden_sheet(found[0].place(found[0].line), sheet.name))
        else:
            layout, batches = found
            layouts.append(layout)
            rows.read(layout, batches)
            _report_cells(rows, layout, sheet)
    for sheet, found in headless:
        if sheet.hidden or (layouts and not found.first):
            continue
        if layouts:
            inventory.findings.append(
                say.sheet_not_read(Place(inventory.file, found.first[0][0], 0, visible(sheet.name)))
            )
        else:
            _report_headless(rows, visible(sheet.name), found)
    if not layouts and not inventory.findings:
        inventory.findings.append(say.empty_table(Place(inventory.file)))
    return layouts


def _report_headless(rows: SheetRows, sheet: str, found: Headless) -> None:
    inventory = rows.inventory
    if not found.first:
        inventory.findings.append(say.empty_table(Place(inventory.file, 1, 0, sheet)))
        return
    line, header = found.first[0]
    nearest = next((cell for cell in header[:50] if rows.reader.columns.nearest(cell) == "name"), None)
    count = len(found.first) - 1 + found.more
    inventory.left_out += count
    inventory.findings.append(say.no_name_column(Place(inventory.file, line, 0, sheet), nearest, count))


def _report_cells(rows: SheetRows, layout: Layout, sheet: Sheet) -> None:
    """Report what a workbook's cells hide from the engine: errors, formulas never computed, merged cells."""
    names = {position: name for name, position in (layout.others | layout.ours).items()}
    findings = rows.inventory.findings
    for ref, text in sheet.part.errors.items():
        if (place := _below(layout, ref, names)) is not None:
            findings.append(say.error_cell(place, names[place.column - 1], text))
    for ref in sheet.part.unsaved:
        if (place := _below(layout, ref, names)) is not None:
            findings.append(say.unsaved_formula(place, names[place.column - 1]))
    for top, left, bottom, right in sheet.merged:
        if top > layout.line and any(position in names for position in range(left - 1, min(right, layout.width))):
            cells = f"{column_letters(left)}{top}:{column_letters(right)}{bottom}"
            findings.append(say.merged_cells(layout.place(top, left - 1), cells))


def _below(layout: Layout, ref: str, names: Mapping[int, str]) -> Place | None:
    """Return the place of a cell such as "C7" if it is below the header in a column that is read."""
    letters = ref.rstrip("0123456789")
    line, position = int(ref[len(letters) :]), column_number(letters) - 1
    return layout.place(line, position) if line > layout.line and position in names else None
