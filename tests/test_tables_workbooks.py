"""XLSX and ODS: typed cells, several sheets, what engines hide, the template, and results written as a workbook."""

import datetime
import time

import openpyxl
import pytest
from inventory_words import LEXICON, read_back, told
from workbook_parts import ods, ods_row, text_cells, xlsx

from bpo_kg.errors import BpoKgError, SourceError
from bpo_kg.sources import spreadsheet
from bpo_kg.sources.facts import Finding, Place
from bpo_kg.sources.headers import read_columns
from bpo_kg.sources.spreadsheet import workbook_bytes, write_workbook
from bpo_kg.sources.template import write_template
from bpo_kg.vocabulary import COUNTRY, PROC


def workbook(path, sheets):
    """Write sheets given as lists of rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_typed_cells_are_read_as_their_owner_sees_them(tmp_path):
    """Booleans, whole and broken numbers, dates and numbers as ids become what the cell parser understands."""
    file = workbook(
        tmp_path / "i.xlsx",
        {
            "Processes": [
                ["id", "name", "kind", "core", "fte", "notes", "Since"],
                [
                    1001,
                    "Payroll",
                    "payroll",
                    False,
                    12,
                    datetime.date(2024, 5, 6),
                    datetime.datetime(2024, 5, 6, 7, 30),
                ],
                ["A", 24, "payroll", 1, 0.5, 3.25, datetime.time(8, 15)],
            ]
        },
    )
    first, second = read_back(file).records
    assert (first.id, first.name) == ("1001", "Payroll")
    assert first.cells == {"kind": PROC + "payroll", "core": False, "fte": 12.0, "notes": "2024-05-06"}
    assert first.extra == {"Since": "2024-05-06T07:30:00"}
    assert (second.name, second.cells["core"], second.cells["fte"], second.cells["notes"]) == ("24", True, 0.5, "3.25")
    assert second.extra == {"Since": "08:15:00"}


def test_a_finding_in_a_workbook_names_sheet_and_cell(tmp_path):
    """Line and column are those of the sheet, also when the table does not start in A1."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Kantor pusat"
    for ref, value in {"C3": "name", "D3": "core", "C4": "Payroll", "D4": datetime.date(2024, 1, 2)}.items():
        sheet[ref] = value
    book.save(tmp_path / "i.xlsx")
    inventory = read_back(tmp_path / "i.xlsx")
    (finding,) = inventory.findings
    assert finding.place == Place(str(tmp_path / "i.xlsx"), 4, 4, "Kantor pusat!D4")
    assert str(inventory.records[0].places["name"]).endswith(":4:3 (Kantor pusat!C4)")
    assert inventory.records[0].id == "row-4"


def test_every_sheet_with_a_name_column_is_read_and_the_others_are_mentioned(tmp_path):
    """Ids are unique across sheets, and nobody has to guess what was read."""
    file = workbook(
        tmp_path / "i.xlsx",
        {
            "Front": [["id", "name"], ["A", "Complaints"], ["", "Sales"]],
            "Notes": [["made by"], ["Ann"]],
            "Back": [["name", "id", "Owner"], ["Payroll", "A", "Bob"], ["Mailroom", "", "Eve"]],
            "Empty": [],
        },
    )
    inventory = read_back(file)
    assert [(r.id, r.place.element) for r in inventory.records] == [
        ("A", "Front"),
        ("row-3", "Front"),
        ("A~2", "Back"),
        ("row-3~3", "Back"),
    ]
    assert [(f.code, f.place.element) for f in inventory.findings] == [
        ("unknown-column", "Back!C1"),
        ("duplicate-id", "Back!B2"),
        ("sheet-not-read", "Notes"),
    ]
    assert inventory.extra_columns == ("Owner",)
    only = read_back(file, sheet="Back")
    assert [r.id for r in only.records] == ["A", "row-3"]
    with pytest.raises(SourceError, match="there are: Front, Notes, Back, Empty"):
        read_back(file, sheet="Middle")


def test_a_hidden_sheet_is_not_read_unless_it_is_named(tmp_path):
    """What its owner hid is not assessed, but said."""
    book = openpyxl.Workbook()
    book.active.append(["name"])
    book.active.append(["Payroll"])
    old = book.create_sheet("Old")
    old.append(["name"])
    old.append(["Telex room"])
    old.sheet_state = "hidden"
    book.save(tmp_path / "i.xlsx")
    inventory = read_back(tmp_path / "i.xlsx")
    assert [r.name for r in inventory.records] == ["Payroll"]
    assert [(f.code, f.severity) for f in inventory.findings] == [("hidden-sheet", "warning")]
    assert [r.name for r in read_back(tmp_path / "i.xlsx", sheet="Old").records] == ["Telex room"]


def test_errors_and_formulas_without_a_result_are_not_silently_empty(tmp_path):
    """The engine gives both as empty cells; unknown without a word would be wrong."""
    book = openpyxl.Workbook()
    for row in (["name", "core", "fte", "Owner"], ["Payroll", "=TRUE()", "#N/A", "=A1"], ["Mailroom", False, 2, "Ann"]):
        book.active.append(row)
    book.active["C2"].data_type = "e"
    book.active["F9"] = "=1+1"
    book.save(tmp_path / "i.xlsx")
    inventory = read_back(tmp_path / "i.xlsx")
    assert [(f.code, f.place.element, f.severity) for f in inventory.findings if f.code != "unknown-column"] == [
        ("formula-without-result", "Sheet!B2", "error"),
        ("error-cell", "Sheet!C2", "error"),
        ("formula-without-result", "Sheet!D2", "error"),
    ]
    assert inventory.records[0].cells == {}


def test_a_formula_counts_by_its_stored_result(tmp_path):
    """Nothing is computed: the program that saved the workbook did that."""
    cells = '<c r="A2" t="str"><f>CONCATENATE("Pay","roll")</f><v>Payroll</v></c><c r="B2"><f>6*2</f><v>12</v></c>'
    file = xlsx(tmp_path / "i.xlsx", {"S": text_cells(1, "name", "fte") + f'<row r="2">{cells}</row>'})
    inventory = read_back(file)
    assert (inventory.records[0].name, inventory.records[0].cells) == ("Payroll", {"fte": 12.0})
    assert inventory.findings == []


def test_merged_cells_below_the_header_are_said(tmp_path):
    """Only the first cell of a merged range has a value; for the other rows it is unknown."""
    book = openpyxl.Workbook()
    for row in (
        ["Inventory 2026", None, None],
        ["name", "client country", "core"],
        ["Payroll", "GB", "no"],
        ["Mailroom"],
    ):
        book.active.append(row)
    book.active.merge_cells("A1:C1")
    book.active.merge_cells("B3:B4")
    book.save(tmp_path / "i.xlsx")
    inventory = read_back(tmp_path / "i.xlsx")
    assert [(f.code, f.place.element) for f in inventory.findings] == [
        ("above-header", "Sheet!A1"),
        ("merged-cells", "Sheet!B3"),
    ]
    assert inventory.records[1].cells == {}


def test_a_merged_header_loses_no_column(tmp_path):
    """The columns below the rest of a merged header are carried through under their letters."""
    book = openpyxl.Workbook()
    book.active.append(["name", "Responsible", None])
    book.active.append(["Payroll", "Ann", "ext. 12"])
    book.active.merge_cells("B1:C1")
    book.save(tmp_path / "i.xlsx")
    inventory = read_back(tmp_path / "i.xlsx")
    assert inventory.records[0].extra == {"Responsible": "Ann", "column C": "ext. 12"}
    assert told(inventory.findings) == [("unknown-column", 1, 2), ("no-header", 1, 3)]


def test_an_ods_workbook_is_read_like_any_other(tmp_path):
    """Repeated cells and rows, which OpenDocument uses to save space, are unfolded; empty margins are not."""
    margin = '<table:table-cell table:number-columns-repeated="16380"/>'
    yes = ' table:number-columns-repeated="2"'
    table = (
        ods_row("name", "core", "personal data")
        + f"<table:table-row>{ods_row('Payroll')[17:-18]}{ods_row('ya', cell=yes)[17:-18]}{margin}</table:table-row>"
        + ods_row("Mailroom", "nope", repeated=2)
        + '<table:table-row table:number-rows-repeated="1048570"><table:table-cell/></table:table-row>'
    )
    inventory = read_back(ods(tmp_path / "i.ods", table))
    assert [r.name for r in inventory.records] == ["Payroll", "Mailroom", "Mailroom"]
    assert inventory.records[0].cells == {"core": True, "personal_data": True}
    assert [(f.code, f.place.element) for f in inventory.findings] == [
        ("bad-cell", "Processes!B3"),
        ("bad-cell", "Processes!B4"),
    ]


def test_an_error_in_an_ods_cell_is_said(tmp_path):
    """As in XLSX, an error is not an empty cell."""
    wrong = (
        '<table:table-cell office:value-type="string" calcext:value-type="error" table:formula="of:=1/0">'
        "<text:p>#DIV/0!</text:p></table:table-cell>"
    )
    table = ods_row("name", "fte") + f"<table:table-row>{ods_row('Payroll')[17:-18]}{wrong}</table:table-row>"
    inventory = read_back(ods(tmp_path / "i.ods", table))
    assert [(f.code, f.place.element) for f in inventory.findings if f.code != "bad-cell"] == [
        ("error-cell", "Processes!B2")
    ]
    assert "fte" not in inventory.records[0].cells


def test_the_content_of_a_file_decides_not_its_suffix(tmp_path):
    """A workbook that was renamed is still one."""
    workbook(tmp_path / "i.xlsx", {"S": [["name"], ["Payroll"]]}).rename(tmp_path / "i.csv")
    assert [r.name for r in read_back(tmp_path / "i.csv").records] == ["Payroll"]


# --- the template -------------------------------------------------------------------------------
def test_the_template_reads_back_without_findings(tmp_path):
    """What bpo-kg gives out, it understands: every column filled, the example's part in its whole."""
    write_template(tmp_path / "t.xlsx", LEXICON)
    inventory = read_back(tmp_path / "t.xlsx")
    assert inventory.findings == []
    whole, part = inventory.records
    assert part.cells["part_of"] == whole.id
    assert part.cells.keys() == set(read_columns().columns) - {"id", "name"}
    assert part.cells["client_country"] == COUNTRY + "GB"


def test_the_template_offers_what_the_reader_takes(tmp_path):
    """Drop-down lists for kinds, countries, channels, coverage and yes/no; instructions in both languages."""
    write_template(tmp_path / "t.xlsx", LEXICON)
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    assert book.sheetnames == ["inventory", "instructions", "lists"]
    assert book["lists"].sheet_state == "hidden"
    sheet = book["inventory"]
    headers = [cell.value for cell in sheet[1]]
    offered = {}
    for rule in sheet.data_validations.dataValidation:
        (cells,) = rule.sqref.ranges
        column = headers[cells.min_col - 1]
        assert cells.min_row == 2
        listed = book["lists"][rule.formula1.split("!")[1].replace("$", "")]
        offered[column] = [row[0].value for row in listed]
    yes_no = {"core", "public_contact", "on_site_need", "workforce_contact", "personal_data"}
    assert offered.keys() == {"kind", "client_country", "customer_country", "channels", "coverage", *yes_no}
    assert offered["core"] == ["yes", "no"]
    assert "GB" in offered["client_country"]
    assert set(offered["channels"]) == {"phone", "email", "chat", "webForum", "inPerson"}
    told_in = [[cell.value for cell in row] for row in book["instructions"].iter_rows()]
    for column in read_columns().columns.values():
        row = next(row for row in told_in if row[0] == column.name)
        assert row[1:3] == [column.definitions["en"], column.definitions["id"]]


# --- results as a workbook ----------------------------------------------------------------------
HEADER = ["id", "name", "PH"]
FINDINGS = [Finding(Place("i.csv", 3, 2), "error", "bad-cell", {"en": "=not understood", "id": "tidak dipahami"})]


def test_a_result_workbook_is_frozen_filtered_and_keeps_findings_apart(tmp_path):
    """The reader scrolls and filters at once, and sees what was wrong with the input."""
    write_workbook(tmp_path / "o.xlsx", HEADER, [["A", "Payroll", "favoured"]], FINDINGS, lang="id")
    book = openpyxl.load_workbook(tmp_path / "o.xlsx")
    sheet = book["assessment"]
    assert [[c.value for c in row] for row in sheet.rows] == [HEADER, ["A", "Payroll", "favoured"]]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:C2")
    rows = [[c.value for c in row] for row in book["findings"].rows]
    assert rows[0] == ["file", "line", "column", "element", "severity", "code", "message"]
    assert rows[1] == ["i.csv", 3, 2, None, "error", "bad-cell", "tidak dipahami"]


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "=1+1", "+1+1", "-2+3", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")']
)
def test_a_formula_is_written_as_text(tmp_path, text):
    """A name from somebody's table must not run when the result is opened."""
    write_workbook(tmp_path / "o.xlsx", [text, "name"], [["A", text]], FINDINGS)
    book = openpyxl.load_workbook(tmp_path / "o.xlsx")
    for cell in (book["assessment"]["A1"], book["assessment"]["B2"], book["findings"]["G2"]):
        assert cell.data_type == "s"
        assert cell.quotePrefix
    assert book["assessment"]["B2"].value == text


def test_what_xlsx_cannot_hold_is_cut_or_refused(tmp_path, monkeypatch):
    """Control characters go, a text is cut at the limit with a sign, and too many rows are an error."""
    write_workbook(tmp_path / "o.xlsx", ["name"], [["pay\x00roll\x1b"], ["x" * 40_000]])
    values = [row[0].value for row in openpyxl.load_workbook(tmp_path / "o.xlsx")["assessment"].rows]
    assert values[1] == "payroll"
    assert (len(values[2]), values[2][-1]) == (32_767, "…")
    monkeypatch.setattr(spreadsheet, "MAX_ROWS", 3)
    with pytest.raises(BpoKgError, match="holds 2 rows, not 3"):
        workbook_bytes(["name"], [["Payroll"]] * 3)


def test_the_same_result_is_the_same_bytes_a_moment_later():
    """Archives and spreadsheets carry the time of writing; ours do not."""
    before = workbook_bytes(HEADER, [["A", "Payroll", "favoured"]], FINDINGS)
    time.sleep(2.1)
    assert workbook_bytes(HEADER, [["A", "Payroll", "favoured"]], FINDINGS) == before


def test_a_result_that_cannot_be_written_is_an_error(tmp_path):
    """The folder does not exist: said, and nothing half-written is left."""
    with pytest.raises(SourceError, match="cannot be written"):
        write_workbook(tmp_path / "absent" / "o.xlsx", HEADER, [])
