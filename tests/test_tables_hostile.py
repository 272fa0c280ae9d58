"""Files made to do harm: each gives a clear finding or refusal within 10 s and 500 MB, and the rest of it is kept.

Each is read in a process of its own, whose processor time and peak memory the operating system measures.
"""

import json
import random
import socket
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from inventory_words import read, reader
from workbook_parts import archive, ods, ods_row, text_cells, xlsx

from bpo_kg.errors import SourceError
from bpo_kg.sources.table import read_table

SECONDS, MEGABYTES = 10, 500
_CHILD = """
import json, resource, sys, time
from pathlib import Path
from inventory_words import read_back
from bpo_kg.errors import SourceError
start = time.process_time()
try:
    inventory = read_back(Path(sys.argv[1]))
    told = {"codes": sorted({f.code for f in inventory.findings}), "kept": len(inventory.records),
            "longest": max((len(f.text(lang)) for f in inventory.findings for lang in ("en", "id")), default=0)}
except SourceError as error:
    told = {"refused": str(error), "kept": 0, "longest": len(str(error))}
told["seconds"] = time.process_time() - start
# Linux hands the parent's peak down in ru_maxrss; VmHWM is this program's own.
status = Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
peak = [line.split()[1] for line in lines if line.startswith("VmHWM")]
told["megabytes"] = int(peak[0] if peak else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1024
print(json.dumps(told))
"""


def read_apart(path: Path) -> dict:
    """Read a file in a new process and return what it said, and what it took."""
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(path)],
        capture_output=True,
        cwd=Path(__file__).parent,
        env={"PYTHONPATH": f"{Path(__file__).parent}:{Path(__file__).parent.parent}", "PATH": ""},
        timeout=60,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    told = json.loads(done.stdout)
    assert told["seconds"] < SECONDS, told
    assert told["megabytes"] < MEGABYTES, told
    assert told["longest"] < 1_000, "a finding must not repeat a hostile cell in full"
    return told


# --- delimited files ----------------------------------------------------------------------------
def cell_of_10_mb(path: Path, column: str) -> Path:
    rows = {"id": "A", "name": "Payroll", "core": "no", "notes": "n"} | {column: "x" * 10_000_000}
    path.write_text("id,name,core,notes\n" + ",".join(rows.values()) + "\nB,Reception,yes,\n")
    return path


def million_columns(path: Path) -> Path:
    path.write_text(
        "id,name," + ",".join(f"c{i}" for i in range(1_000_000)) + "\n" + "A,Payroll" + "," * 1_000_000 + "\n" * 2
    )
    return path


def million_commas(path: Path) -> Path:
    path.write_text("id,name\nA,Payroll" + "," * 15_000_000 + "\nB,Reception\n")
    return path


def three_million_rows(path: Path) -> Path:
    with path.open("w") as out:
        out.write("id,name,kind,core\n")
        for start in range(0, 3_000_000, 100_000):
            out.write("".join(f"P{i},Process {i},payroll,no\n" for i in range(start, start + 100_000)))
    return path


def three_million_bad_rows(path: Path) -> Path:
    path.write_text("name,core,fte\n" + "Payroll,perhaps,=x\n" * 3_000_000)
    return path


def nul_bytes(path: Path) -> Path:
    path.write_bytes(b"id,name,core\nA,Pay\x00roll,n\x00o\n\x00,\x00,\x00\nB,Reception,no\n")
    return path


def nothing_but_nul(path: Path) -> Path:
    path.write_bytes(b"\x00" * 5_000_000)
    return path


def line_without_end(path: Path) -> Path:
    path.write_text("id,name\nA," + "x" * 40_000_000)
    return path


def open_quotes(path: Path) -> Path:
    path.write_text('id,name,notes\n"A,Payroll,n\n' + "".join(f'P{i},Process {i},"n"\n' for i in range(100_000)))
    return path


def quotes_everywhere(path: Path) -> Path:
    path.write_text("id,name,notes\n" + "".join(f'P{i},"Pro"cess" {i},"n""\n' for i in range(50_000)))
    return path


def quote_over_20_mb(path: Path) -> Path:
    path.write_text('id,name\nA,"Pay\n' + "roll\n" * 4_000_000)
    return path


def random_bytes(path: Path) -> Path:
    path.write_bytes(b"id,name\nA,Payroll\n" + random.Random(5).randbytes(3_000_000))
    return path


def truncated_utf16(path: Path) -> Path:
    path.write_bytes("id,name\nA,Payroll\nB,Reception".encode("utf-16")[:-1])
    return path


def names_repeated(path: Path) -> Path:
    path.write_text("id,name,part of\n" + "".join(f"{i},Desk,Desk\n" for i in range(30_000)))
    return path


def headers_unknown(path: Path) -> Path:
    path.write_text("name," + ",".join("x" * 5_000 + str(i) for i in range(3_000)) + "\nPayroll\n")
    return path


DELIMITED = [
    (lambda p: cell_of_10_mb(p, "name"), {"cell-too-long"}, 2),
    (lambda p: cell_of_10_mb(p, "core"), {"cell-too-long"}, 2),
    (lambda p: cell_of_10_mb(p, "id"), {"cell-too-long"}, 2),
    (million_columns, {"too-many-columns", "unknown-column"}, 1),
    (million_commas, set(), 2),
    (three_million_rows, {"too-many-rows"}, 200_000),
    (three_million_bad_rows, {"too-many-rows", "bad-cell", "too-many-findings"}, 200_000),
    (nul_bytes, {"control-character", "bad-cell", "no-name"}, 2),
    (nothing_but_nul, {"no-name-column"}, 0),
    (open_quotes, {"open-quote"}, 100_001),
    (quotes_everywhere, {"open-quote", "too-many-open-quotes"}, 50_000),
    (quote_over_20_mb, {"open-quote", "too-many-rows", "no-name", "too-many-findings"}, 1),
    (random_bytes, None, 1),
    (truncated_utf16, {"encoding-broken"}, 2),
    (names_repeated, {"ambiguous-whole", "too-many-findings"}, 30_000),
    (headers_unknown, {"too-many-columns", "unknown-column"}, 1),
]


@pytest.mark.parametrize(("make", "codes", "kept"), DELIMITED)
def test_a_hostile_delimited_file_costs_little_and_keeps_its_good_rows(tmp_path, make, codes, kept):
    """Giant cells, endless columns and rows, NUL bytes, open quotes, broken encodings."""
    told = read_apart(make(tmp_path / "i.csv"))
    assert "refused" not in told
    assert told["kept"] >= kept
    if codes is not None:
        assert set(told["codes"]) == codes


def test_a_line_without_end_is_refused(tmp_path):
    """Forty megabytes without a line end are no table."""
    assert "is this a table" in read_apart(line_without_end(tmp_path / "i.csv"))["refused"]


# --- workbooks ----------------------------------------------------------------------------------
def patched(path: Path, name: str, *, declared: int, content: bytes) -> Path:
    """Write an archive that declares another size for a part than it unfolds to."""
    xlsx(path, {"S": text_cells(1, "name")})
    parts = {info.filename: zipfile.ZipFile(path).read(info) for info in zipfile.ZipFile(path).infolist()}
    archive(path, parts | {name: content})
    data = bytearray(path.read_bytes())
    true = struct.pack("<I", len(content))
    assert data.count(true) >= 2
    path.write_bytes(data.replace(true, struct.pack("<I", declared)))
    return path


def declared_bomb(path: Path) -> Path:
    return patched(path, "xl/media/picture.xml", declared=4_000_000_000, content=b"x" * 7_777_777)


def lying_bomb(path: Path) -> Path:
    return patched(path, "xl/worksheets/sheet1.xml", declared=7_777, content=b" " * 300_000_000)


def steep_bomb(path: Path) -> Path:
    return patched(path, "xl/worksheets/sheet1.xml", declared=99_999_999, content=b" " * 99_999_999)


def entities(path: Path) -> Path:
    doctype = '<!DOCTYPE worksheet [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    return xlsx(path, {"S": text_cells(1, "name", "&b;")}, prolog=doctype)


def utf16_part(path: Path) -> Path:
    xlsx(path, {"S": ""})
    parts = {info.filename: zipfile.ZipFile(path).read(info) for info in zipfile.ZipFile(path).infolist()}
    sheet = '<worksheet><sheetData><row r="1"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    return archive(path, parts | {"xl/worksheets/sheet1.xml": sheet.encode("utf-16")})


def shared_text_bomb(path: Path) -> Path:
    cells = "".join(f'<row r="{i}"><c r="A{i}" t="s"><v>1</v></c></row>' for i in range(2, 90_000))
    head = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'
    return xlsx(path, {"S": head + cells}, shared=["name", "x" * 30_000])


def ods_rows_repeated(path: Path) -> Path:
    return ods(path, ods_row("name") + ods_row("Payroll " * 200, repeated=1_000_000))


def ods_cells_apart(path: Path) -> Path:
    gap = '<table:table-row table:number-rows-repeated="400000"><table:table-cell/></table:table-row>'
    far = '<table:table-row><table:table-cell table:number-columns-repeated="16000"/>' + ods_row("x")[17:]
    return ods(path, ods_row("name") + gap + far)


def ods_absurd_number(path: Path) -> Path:
    return ods(path, ods_row("name") + ods_row("Payroll", cell=' table:number-columns-repeated="99999999999999999999"'))


def ods_entities(path: Path) -> Path:
    ods(path, ods_row("name"))
    content = zipfile.ZipFile(path).read("content.xml").decode()
    return archive(path, {"content.xml": content.replace("?>", '?><!DOCTYPE x [<!ENTITY a "b">]>', 1)})


def cut_in_half(path: Path) -> Path:
    xlsx(path, {"S": text_cells(1, "name")})
    path.write_bytes(path.read_bytes()[:-400])
    return path


def no_spreadsheet(path: Path) -> Path:
    return archive(path, {"word/document.xml": "<document/>"})


def repeated_part(path: Path) -> Path:
    xlsx(path, {"S": text_cells(1, "name")})
    with zipfile.ZipFile(path, "a") as target, pytest.warns(UserWarning, match="Duplicate"):
        target.writestr("xl/worksheets/sheet1.xml", b"<worksheet/>")
    return path


def tag_without_end(path: Path) -> Path:
    return xlsx(path, {"S": text_cells(1, "name") + '<row r="2"><c s="<" r="XFD1048576"><v>1</v></c></row>'})


def absurd_row(path: Path) -> Path:
    return xlsx(path, {"S": text_cells(1, "name") + f'<row r="{"9" * 30}"><c><v>1</v></c></row>'})


def old_workbook(path: Path) -> Path:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 1_000)
    return path


def wrong_checksum(path: Path) -> Path:
    xlsx(path, {"S": text_cells(1, "name")})
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x03\x04") + 14
    data[at : at + 4] = b"\x00\x00\x00\x00"
    path.write_bytes(data)
    return path


REFUSED = [
    (declared_bomb, "would unfold to"),
    (lying_bomb, "larger than the archive declares"),
    (steep_bomb, "would unfold to"),
    (entities, "declares entities"),
    (utf16_part, "not in UTF-8"),
    (shared_text_bomb, "repeat"),
    (ods_rows_repeated, "repeat"),
    (ods_cells_apart, "reaches to cell"),
    (ods_absurd_number, "repeat"),
    (ods_entities, "declares entities"),
    (cut_in_half, "damaged"),
    (no_spreadsheet, "neither an XLSX nor an ODS"),
    (repeated_part, "repeated"),
    (tag_without_end, "damaged"),
    (old_workbook, "old or password-protected"),
]


@pytest.mark.parametrize(("make", "reason"), REFUSED)
def test_a_workbook_that_cannot_be_trusted_is_refused_with_the_reason(tmp_path, make, reason):
    """Bombs by compression, entities, repetition or distance, and archives that lie or are damaged."""
    assert reason in read_apart(make(tmp_path / "i.xlsx"))["refused"]


@pytest.mark.parametrize(
    "cell",
    [
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="1048576"><c r="xfd1048576"><v>1</v></c></row>',
        '<row r="900000"><c r = "ZZ900000"><v>1</v></c></row>',
        "<row r='900000'><c s='1' r='ZZ900000'><v>1</v></c></row>",
        '<row r="4000000000"><c r="B4000000000"><v>1</v></c></row>',
        '<x:row r="1048576"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>',
        '<row r="1048570"/>' + '<row><c r="ABC1"><v>1</v></c></row>' + '<row r="1048576"><c><v>1</v></c></row>',
        f'<row r="{"9" * 30}"><c><v>1</v></c></row>',
    ],
)
def test_a_cell_far_away_costs_its_sheet_and_no_other(tmp_path, cell):
    """Engines hold the whole rectangle; the finding names the cell, and the other sheet is read."""
    sheets = {"Far": text_cells(1, "name") + cell, "Near": text_cells(1, "name") + text_cells(2, "Payroll")}
    told = read_apart(xlsx(tmp_path / "i.xlsx", sheets))
    assert told.get("codes") == ["far-cell"] or "damaged" in told.get("refused", "")
    assert told["kept"] == (1 if "codes" in told else 0)


def test_a_cell_of_10_mb_in_a_workbook_costs_that_cell(tmp_path):
    """As in a delimited file."""
    inside = (
        text_cells(1, "name", "core") + text_cells(2, "Payroll", "y" * 10_000_000) + text_cells(3, "Mailroom", "no")
    )
    told = read_apart(xlsx(tmp_path / "i.xlsx", {"S": inside}))
    assert (told["codes"], told["kept"]) == (["cell-too-long"], 2)


@pytest.mark.parametrize(
    "inside",
    [
        '<c r="A1"><f>' * 400_000,
        '<c t="e" ' * 1_000_000,
        '<c r="A1" t="e">' + "<f>" * 3_000_000 + "</c>",
        '<c "' * 2_000_000,
        "<c a='" + "b" * 20_000_000,
        '<c r="A1" t="s"><v>' * 500_000,
        "</c>" * 3_000_000,
    ],
)
def test_looking_at_a_sheet_takes_time_in_proportion_to_its_size(tmp_path, inside):
    """No pattern starts over at every tag, however the tags are broken."""
    file = xlsx(tmp_path / "i.xlsx", {"S": text_cells(1, "name") + "<f/>" + inside}, shared=["x" * 1_000])
    read_apart(file)


# --- nothing is done with what a table says -----------------------------------------------------
def test_names_that_look_like_paths_or_formulas_touch_no_file_and_no_network(tmp_path, monkeypatch):
    """Ids and names end up percent-encoded in IRIs, and that is all."""

    def refuse(*_args: object, **_more: object) -> None:
        raise AssertionError("a table made bpo-kg reach out")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(subprocess, "Popen", refuse)
    before = sorted(tmp_path.iterdir())
    inventory = read(
        tmp_path / "i.csv",
        "id,name,part of\n../../etc/passwd,=cmd|' /C calc'!A0,\n..,file:///etc/passwd,../../etc/passwd\n"
        'A,"=WEBSERVICE(""http://203.0.113.1/"")",..\n',
    )
    assert sorted(tmp_path.iterdir()) == sorted([*before, tmp_path / "i.csv"])
    assert [r.iri.rsplit("/", 1)[1] for r in inventory.records] == ["..%2F..%2Fetc%2Fpasswd", "%2E%2E", "A"]
    assert {f.severity for f in inventory.findings} == {"warning"}


def test_the_parts_of_a_workbook_are_measured_as_they_unfold(tmp_path):
    """A declared size is a claim: too little and too much are both refused."""
    short = patched(tmp_path / "i.xlsx", "xl/worksheets/sheet1.xml", declared=9_000, content=b" " * 8_888)
    with pytest.raises(SourceError, match="shorter than the archive declares"):
        read_table(short, reader())
