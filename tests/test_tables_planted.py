"""A thousand errors planted in a large inventory: each is found at its line and column, and nothing else is."""

import csv
import io
import random
from pathlib import Path

import openpyxl
import pytest
from inventory_words import read, read_back

COLUMNS = (
    "id", "name", "kind", "part_of", "client_country", "customer_country", "core", "public_contact", "on_site_need",
    "workforce_contact", "personal_data", "channels", "languages", "coverage", "fte", "notes", "Owner",
)  # fmt: skip
YES_NO = ("core", "public_contact", "on_site_need", "workforce_contact", "personal_data")
GOOD = {
    "kind": ["payroll", "Penggajian", "proc:callCenter", "e-mail support", ""],
    "client_country": ["GB", "Britania Raya", "united states", ""],
    "customer_country": ["PH", "Filipina", ""],
    **{column: ["yes", "no", "ya", "tidak", "TRUE", "0", ""] for column in YES_NO},
    "channels": ["phone", "e-mail; telepon", "webForum;chat", ""],
    "languages": ["en", "en-GB; Indonesian", "ja", ""],
    "coverage": ["business", "afterHours", "around the clock", ""],
    "fte": ["12", "0.5", "3,25", ""],
    "notes": ["", "plain", 'with; signs, and "quotes"', "first line\nsecond line", "a\r\nb\r\nc"],
    "Owner": ["Ann", "Bob", "", "=not ours to judge"],
}
BAD = {
    "kind": [("payrol", "unknown-kind"), ("proc:nothing", "unknown-kind")],
    "part_of": [("no such whole", "unknown-whole")],
    "client_country": [("Atlantis", "unknown-country"), ("G8", "unknown-country")],
    "customer_country": [("GB;US", "unknown-country")],
    **{column: [("maybe", "bad-cell"), ("10", "bad-cell"), ("yes?", "bad-cell")] for column in YES_NO},
    "channels": [("phone; pigeon", "unknown-channel"), ("phone, email", "unknown-channel")],
    "languages": [("en; klingon", "unknown-language")],
    "coverage": [("mornings", "unknown-coverage")],
    "fte": [("a lot", "bad-cell"), ("-3", "bad-cell"), ("1,000", "bad-cell")],
    "notes": [("=SUM(A1:A9)", "formula-as-text")],
    "name": [("", "no-name"), ("../../etc/shadow", "path-as-text"), ("@SUM(1)", "formula-as-text")],
}  # fmt: skip


def inventory(chance: random.Random, rows: int) -> list[dict[str, str]]:
    """Return a clean inventory: every value good, ids unique, wholes above their parts."""
    made = []
    for i in range(rows):
        row = {column: chance.choice(values) for column, values in GOOD.items()}
        row |= {"id": f"P-{i}", "name": f"Proses {i}", "part_of": ""}
        if i and chance.random() < 0.4:
            whole = chance.randrange(i)
            row["part_of"] = chance.choice([f"P-{whole}", f"proses {whole}"])
        made.append(row)
    return made


def plant(chance: random.Random, rows: list[dict[str, str]], errors: int) -> list[tuple[int, str, str]]:
    """Spoil one cell in each of some rows; return row index, column and the code of the finding due."""
    wholes = {row["part_of"].lower().removeprefix("proses ").removeprefix("p-") for row in rows}
    leaves = [i for i in range(len(rows)) if str(i) not in wholes]
    due = []
    spoiled = set(chance.sample(leaves, errors))
    for index in sorted(spoiled):
        row = rows[index]
        special = chance.random()
        if special < 0.08 and index and index - 1 not in spoiled:
            row["id"] = f"P-{index - 1}"
            due.append((index, "id", "duplicate-id"))
        elif special < 0.12:
            row["part_of"] = row["id"]
            due.append((index, "part_of", "part-of-cycle"))
        else:
            column = chance.choice(list(BAD))
            row[column], code = chance.choice(BAD[column])
            due.append((index, column, code))
    return due


def physical_lines(text: str) -> int:
    return text.replace("\r\n", "\n").replace("\r", "\n").count("\n")


@pytest.mark.parametrize("seed", range(4))
def test_a_thousand_planted_errors_are_all_found_where_they_stand_and_none_beside(tmp_path: Path, seed: int) -> None:
    """In CSV of any delimiter, with quoted cells over several lines and columns in any order."""
    chance = random.Random(seed)
    rows = inventory(chance, 4_000)
    due = plant(chance, rows, 1_000)
    columns = list(COLUMNS)
    chance.shuffle(columns)
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, delimiter=",;\t|"[seed], lineterminator=chance.choice(["\n", "\r\n"]))
    writer.writeheader()
    writer.writerows(rows)
    firsts = [2]
    for row in rows:
        firsts.append(firsts[-1] + 1 + sum(map(physical_lines, row.values())))
    expected = [("unknown-column", 1, columns.index("Owner") + 1)]
    for index, column, code in due:
        position = columns.index(column)
        above = sum(physical_lines(rows[index][name]) for name in columns[:position])
        expected.append((code, firsts[index] + above, position + 1))
    found = read(tmp_path / "i.csv", out.getvalue())
    assert len(due) == 1_000
    told = [(f.code, f.place.line, f.place.column) for f in found.findings]
    assert sorted(told) == sorted(expected)
    assert found.left_out == sum(code == "no-name" for _, _, code in due)
    assert len(found.records) == 4_000 - found.left_out


def test_a_thousand_planted_errors_are_found_in_a_workbook_by_their_cells(tmp_path: Path) -> None:
    """The same in XLSX, where a finding names the cell."""
    chance = random.Random(11)
    rows = inventory(chance, 3_000)
    due = plant(chance, rows, 1_000)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Proses")
    sheet.append(COLUMNS)
    for row in rows:
        cells = [openpyxl.cell.WriteOnlyCell(sheet, row[column]) for column in COLUMNS]
        for cell in cells:
            cell.data_type = "s"
        sheet.append(cells)
    book.save(tmp_path / "i.xlsx")
    found = read_back(tmp_path / "i.xlsx")
    letters = "ABCDEFGHIJKLMNOPQ"
    expected = [("unknown-column", "Proses!Q1")]
    expected += [(code, f"Proses!{letters[COLUMNS.index(column)]}{index + 2}") for index, column, code in due]
    assert sorted((f.code, f.place.element) for f in found.findings) == sorted(expected)
