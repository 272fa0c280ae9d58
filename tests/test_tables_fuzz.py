"""Whatever bytes a table file holds, reading ends in an inventory with findings or in a refusal, never in a crash.

The number of examples per property is small in the suite; BPO_KG_FUZZ_EXAMPLES raises it for a long run.
"""

import csv
import io
import os
import tempfile
import zipfile
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inventory_words import read, read_back, reader
from workbook_parts import archive, ods, ods_row, text_cells, xlsx

from bpo_kg.errors import SourceError
from bpo_kg.sources.cells import CONTROL
from bpo_kg.sources.facts import Inventory
from bpo_kg.sources.table import read_table

LONG = settings(
    max_examples=int(os.environ.get("BPO_KG_FUZZ_EXAMPLES", "150")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
CORPUS = Path(__file__).parent / "corpus" / "tables"
TOKENS = [
    b",",
    b";",
    b"\t",
    b"|",
    b'"',
    b'""',
    b"\n",
    b"\r",
    b"\r\n",
    b" ",
    b"\x00",
    b"\xff",
    b"\xfe",
    b"\xef\xbb\xbf",
    b"\xc3",
    b"\xe2\x80\xa8",
    b"\x1a",
    b"=cmd|",
    b"..",
    b"name",
    b"nama",
    b"id",
    b"core",
    b"part_of",
    b"channels",
    b"fte",
    b"notes",
    b"Owner",
    b"yes",
    b"P1",
    b"P2",
    b"phone",
    b"12",
    b"name,id,part_of,core\n",
    b"\xff\xfen\x00a\x00",
    b"\xf0\x9f\x92\xa9",
]
XML = [
    b"<",
    b">",
    b"/>",
    b"</c>",
    b"</row>",
    b'"',
    b"'",
    b"=",
    b"&amp;",
    b"&#0;",
    b"&lol;",
    b"<c ",
    b'<c r="A2">',
    b"<row ",
    b' r="',
    b' r="ZZ9"',
    b' t="s"',
    b' t="e"',
    b' t="b"',
    b' t="d"',
    b' t="str"',
    b' s="7"',
    b"<v>",
    b"</v>",
    b"<f>",
    b"</f>",
    b"<is><t>",
    b"</t></is>",
    b"1048576",
    b"-1",
    b"1e999",
    b"99999999999",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"]]>",
    b"\x00",
    b"\xff",
    b"name",
    b"Payroll",
    b'<mergeCell ref="A1:B9"/>',
    b"</sheetData>",
    b"<sheetData>",
    b"<si>",
    b"</si>",
    b' table:number-columns-repeated="3"',
    b' table:number-rows-repeated="9"',
    b"<text:p>",
    b"</text:p>",
    b"</table:table-row>",
    b"<table:table-row>",
    b'<table:table-cell office:value-type="float" office:value="x"/>',
    b"<table:covered-table-cell/>",
]


def hold(inventory: Inventory, size: int) -> None:
    """Check what is true of every inventory, whatever it was read from."""
    ids = [record.id for record in inventory.records]
    assert len(set(ids)) == len(ids)
    assert len(inventory.records) + inventory.left_out <= size + 1
    by_id = {record.id: record for record in inventory.records}
    for record in inventory.records:
        assert record.name.strip()
        assert not CONTROL.search(record.name + record.id)
        ox.NamedNode(record.iri)
        assert record.iri.isascii()
        for column, value in record.cells.items():
            assert isinstance(value, bool | str | float | tuple), (column, value)
            assert record.places[column].line >= record.place.line
        assert record.cells.get("part_of", record.id) in by_id
        seen = set()
        while "part_of" in record.cells:
            assert record.id not in seen
            seen.add(record.id)
            record = by_id[record.cells["part_of"]]
    for finding in inventory.findings:
        assert set(finding.message) == {"en", "id"}
        for lang in ("en", "id"):
            assert len(finding.message[lang]) < 900
            assert finding.message[lang].isprintable(), finding.message[lang]
        assert 0 <= finding.place.line <= size + 1


def read_or_refuse(path: Path, size: int) -> None:
    try:
        inventory = read_back(path)
    except SourceError as error:
        refusal = str(error)
    else:
        refusal = ""
        hold(inventory, size)
    assert refusal.startswith(str(path) if refusal else "")


@LONG
@given(st.lists(st.sampled_from(TOKENS) | st.binary(max_size=4), max_size=60).map(b"".join))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """Delimiters, quotes, encodings and headers in any disorder."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "i.csv"
        path.write_bytes(content)
        read_or_refuse(path, len(content))


CELL = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ["yes", "phone;email", "P1", "P2", "=1+1", '"', 'say "hi"', "a\nb", "a\r\nb", " pad ", ";", "\t", "12,5", "1,2"]
)  # fmt: skip


@LONG
@given(
    st.lists(st.sampled_from(["core", "channels", "part_of", "fte", "notes", "id"]), unique=True),
    st.lists(st.tuples(CELL, st.lists(CELL, min_size=7, max_size=7)), max_size=12),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_every_row_that_a_csv_writer_wrote_is_accounted_for(columns, rows, delimiter, ending, encoding, quoting):
    """Rows with a name become processes in order, the others are counted, and foreign cells come through unchanged."""
    header = ["name", *columns, "Owner"]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=ending, quoting=quoting)
    writer.writerow(header)
    written = [[name, *cells[: len(header) - 1]] for name, cells in rows]
    if quoting == csv.QUOTE_MINIMAL and ending == "\n":
        # Python's own writer leaves a lone carriage return unquoted then, which makes it the end of a line.
        written = [[cell.replace("\r", " ") for cell in row] for row in written]
    writer.writerows(written)
    with tempfile.TemporaryDirectory() as folder:
        inventory = read(Path(folder) / "i.csv", out.getvalue().encode(encoding))
    names = [CONTROL.sub("", row[0]).strip() for row in written]
    full = [(name, row) for name, row in zip(names, written, strict=True) if any(cell.strip() for cell in row)]
    assert [record.name for record in inventory.records] == [name for name, _ in full if name]
    assert inventory.left_out == sum(not name for name, _ in full)
    owners = [record.extra.get("Owner", "") for record in inventory.records]
    assert owners == [row[-1] for name, row in full if name]
    hold(inventory, out.getvalue().count("\n") + out.getvalue().count("\r") + 1)


def base_workbook() -> dict[str, bytes]:
    """Return the parts of a workbook with shared and inline texts, numbers, a formula, an error and merged cells."""
    rows = (
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>core</t></is></c>'
        '<c r="C1" t="s"><v>1</v></c></row><row r="2"><c r="A2" t="str"><f>"Pay"</f><v>Payroll</v></c>'
        '<c r="B2" t="b"><v>1</v></c><c r="C2"><v>3.5</v></c></row>'
        '<row r="3"><c r="A3" t="s"><v>2</v></c><c r="B3" t="e"><v>#N/A</v></c><c r="C3"><f>1</f></c></row>'
    )
    with tempfile.TemporaryDirectory() as folder:
        path = xlsx(
            Path(folder) / "i.xlsx", {"S": rows, "T": text_cells(1, "name")}, shared=["name", "fte", "Mailroom"]
        )
        with zipfile.ZipFile(path) as source:
            return {name: source.read(name) for name in source.namelist()}


def base_ods() -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = ods(Path(folder) / "i.ods", ods_row("name", "core", "fte") + ods_row("Payroll", "ya", "12", repeated=2))
        with zipfile.ZipFile(path) as source:
            return {name: source.read(name) for name in source.namelist()}


BASES = {"xlsx": base_workbook(), "ods": base_ods()}
EDIT = st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(XML) | st.binary(max_size=3))


@LONG
@given(st.data(), st.sampled_from(["xlsx", "ods"]), st.lists(EDIT, min_size=1, max_size=5))
def test_any_damage_inside_a_workbook_is_read_or_refused(data, kind, edits) -> None:
    """Parts are cut, overwritten and filled with other markup; the archive around them stays whole."""
    parts = dict(BASES[kind])
    name = data.draw(st.sampled_from(sorted(parts)))
    content = parts[name]
    for where, cut, put in edits:
        at = int(where * len(content))
        content = content[:at] + put + content[at + cut :]
    with tempfile.TemporaryDirectory() as folder:
        path = archive(Path(folder) / f"i.{kind}", parts | {name: content})
        read_or_refuse(path, 3_000_000)


@LONG
@given(
    st.sampled_from(["xlsx", "ods"]),
    st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=4)), min_size=1, max_size=4),
)
def test_any_damage_to_the_archive_is_read_or_refused(kind, edits) -> None:
    """Bytes of the zip file itself are overwritten: headers, sizes, names, compressed data."""
    with tempfile.TemporaryDirectory() as folder:
        path = archive(Path(folder) / f"i.{kind}", BASES[kind])
        content = bytearray(path.read_bytes())
        for where, put in edits:
            at = int(where * len(content))
            content[at : at + len(put)] = put
        path.write_bytes(content)
        read_or_refuse(path, 3_000_000)


def test_the_undamaged_bases_are_read() -> None:
    """Damage is only worth trying on files that are good before it."""
    with tempfile.TemporaryDirectory() as folder:
        for kind, parts in BASES.items():
            inventory = read_table(archive(Path(folder) / f"i.{kind}", parts), reader())
            assert len(inventory.records) >= 2, kind


# --- what the fuzzers found ---------------------------------------------------------------------
FOUND = sorted(CORPUS.glob("*")) if CORPUS.is_dir() else []


def test_the_corpus_is_there() -> None:
    """A test over files must have files."""
    assert FOUND


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.name)
def test_what_once_broke_the_reader_is_read_or_refused(path: Path) -> None:
    """Every file that a fuzzer or a reviewer broke the reader with stays in the corpus."""
    read_or_refuse(path, path.stat().st_size)
