"""CSV and TSV as they come: rows, lines, headers, ids and wholes, each slip at its place."""

import pytest
from inventory_words import LEXICON, read, read_back, reader, told

from bpo_kg.errors import SourceError, UnknownThing
from bpo_kg.sources.cells import CellReader
from bpo_kg.sources.facts import Place
from bpo_kg.sources.part_of import resolve_wholes
from bpo_kg.sources.table import read_table
from bpo_kg.vocabulary import COUNTRY, PROC, ROW

pytestmark = pytest.mark.filterwarnings("error")


def test_a_row_becomes_a_process_with_the_place_of_every_cell(tmp_path):
    """Id, name, IRI, parsed cells and 1-based line and column of each."""
    file = tmp_path / "head office.csv"
    inventory = read(file, "id,name,kind,core,fte\nPAY/1,Payroll,payroll,no,12\n")
    (record,) = inventory.records
    assert (record.id, record.name) == ("PAY/1", "Payroll")
    assert record.iri == ROW + "head%20office/PAY%2F1"
    assert record.cells == {"kind": PROC + "payroll", "core": False, "fte": 12.0}
    assert record.place == Place(str(file), 2)
    assert record.places["fte"] == Place(str(file), 2, 5)
    assert record.places["name"] == Place(str(file), 2, 2)
    assert list(record.places) == ["id", "name", "kind", "core", "fte"]
    assert inventory.findings == []


def test_lines_are_counted_as_an_editor_counts_them(tmp_path):
    """A quoted cell may hold line ends of any sort; later cells of that record stand on later lines."""
    content = (
        "id,name,notes,core,fte\r\n"
        'A,Payroll,"first\nsecond\r\nthird\rfourth",maybe,x\r\n'
        "\r\n"
        'B,"Data\nentry",,perhaps,1\r\n'
        "C,Reception,,nope,2\r\n"
    )
    inventory = read(tmp_path / "i.csv", content)
    assert told(inventory.findings) == [
        ("bad-cell", 5, 4),
        ("bad-cell", 5, 5),
        ("empty-row", 6, 0),
        ("bad-cell", 8, 4),
        ("bad-cell", 9, 4),
    ]
    assert [record.place.line for record in inventory.records] == [2, 7, 9]
    assert inventory.records[0].places["notes"].line == 2


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_line_end_is_one_line(tmp_path, ending):
    """Files of Windows, Unix and old Macintosh programs give the same lines."""
    content = ending.join(["name,core", "Payroll,no", "Reception,perhaps", ""])
    inventory = read(tmp_path / "i.csv", content)
    assert told(inventory.findings) == [("bad-cell", 3, 2)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_recognised(tmp_path, delimiter):
    """Whatever separates the headers separates the cells, also when lists inside cells use semicolons."""
    rows = [["id", "name", "channels", "notes"], ["A", "Complaints", '"phone;email"', '"a, b; c"']]
    inventory = read(tmp_path / "i.csv", "\n".join(delimiter.join(row) for row in rows))
    assert inventory.findings == []
    assert inventory.records[0].cells["notes"] == "a, b; c"
    assert len(inventory.records[0].cells["channels"]) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_the_encoding_is_recognised(tmp_path, encoding):
    """A byte order mark or the pattern of NUL bytes tells UTF-16 and UTF-32; otherwise text is UTF-8."""
    content = "id,name,notes,core\nA,Layanan pelanggan – café,日本語,perhaps\n".encode(encoding)
    inventory = read(tmp_path / "i.csv", content)
    assert inventory.records[0].name == "Layanan pelanggan – café"
    assert inventory.records[0].cells["notes"] == "日本語"
    assert told(inventory.findings) == [("bad-cell", 2, 4)]


def test_another_encoding_is_read_as_windows_1252_and_said_at_the_first_wrong_line(tmp_path):
    """The rows stay, with the line from which letters may be wrong."""
    content = "id,name\nA,Payroll\nB,Réception\n".encode("cp1252")
    inventory = read(tmp_path / "i.csv", content)
    assert [r.name for r in inventory.records] == ["Payroll", "Réception"]
    assert told(inventory.findings) == [("encoding-guessed", 3, 0)]
    assert inventory.findings[0].severity == "warning"


def test_headers_may_be_indonesian_in_any_order(tmp_path):
    """A table headed in Indonesian is read like any other."""
    content = "Negara Klien;Nama Proses;Kode;Jenis;Inti\nBritania Raya;Gaji;P1;penggajian;tidak\n"
    inventory = read(tmp_path / "i.csv", content)
    assert inventory.findings == []
    assert inventory.records[0].cells == {
        "client_country": COUNTRY + "GB",
        "kind": PROC + "payroll",
        "core": False,
    }


def test_a_mapping_names_headers_that_are_not_known_and_beats_those_that_are(tmp_path):
    """`--map` serves headers such as "Land", and settles which of two columns is meant."""
    content = "Bezeichnung,Land,name\nPayroll,GB,ignored\n"
    inventory = read(
        tmp_path / "i.csv", content, mapping={"Bezeichnung": "name", "land": "client_country", "Ort": "core"}
    )
    assert inventory.records[0].name == "Payroll"
    assert inventory.records[0].cells == {"client_country": COUNTRY + "GB"}
    assert inventory.records[0].extra == {"name": "ignored"}
    assert told(inventory.findings) == [("unused-mapping", 1, 0), ("duplicate-column", 1, 3)]
    with pytest.raises(UnknownThing, match="no inventory column 'colour'"):
        read_table(tmp_path / "i.csv", reader(), mapping={"Land": "colour"})


def test_an_unknown_column_is_carried_through_with_a_warning_and_a_near_miss_is_named(tmp_path):
    """Nothing of the owner's table is lost, and a misspelt header does not silently turn into a foreign one."""
    inventory = read(tmp_path / "i.csv", "name,Owner,chanels,Owner\nPayroll,Ann,phone,Bob\n")
    assert inventory.extra_columns == ("Owner", "chanels", "Owner (2)")
    assert inventory.records[0].extra == {"Owner": "Ann", "chanels": "phone", "Owner (2)": "Bob"}
    assert told(inventory.findings) == [("unknown-column", 1, 2), ("unknown-column", 1, 3), ("unknown-column", 1, 4)]
    assert {f.severity for f in inventory.findings} == {"warning"}
    assert '"channels"' in inventory.findings[1].message["en"]


def test_a_column_without_header_is_carried_through_when_it_has_cells(tmp_path):
    """A merged header leaves empty header cells; what stands below them is not lost."""
    inventory = read(tmp_path / "i.csv", "name,,core,\nPayroll,,no,\nReception,night,yes,\n")
    assert inventory.extra_columns == ("column B",)
    assert inventory.records[1].extra == {"column B": "night"}
    assert told(inventory.findings) == [("no-header", 1, 2)]
    assert "line 3" in inventory.findings[0].message["en"]


def test_a_title_above_the_header_is_skipped_and_said(tmp_path):
    """The header row is looked for, not assumed."""
    inventory = read(tmp_path / "i.csv", "Processes of the bank,,\n,,\nid,name,core\nA,Payroll,no\n")
    assert [record.id for record in inventory.records] == ["A"]
    assert told(inventory.findings) == [("above-header", 1, 1)]


def test_a_table_without_a_name_column_is_one_error_and_its_rows_are_counted(tmp_path):
    """`name` is required; the nearest header is proposed."""
    inventory = read(tmp_path / "i.csv", "id,nmae,core\nA,Payroll,no\nB,Reception,yes\n")
    assert (inventory.records, inventory.left_out) == ([], 2)
    assert told(inventory.findings) == [("no-name-column", 1, 0)]
    assert '"nmae"' in inventory.findings[0].message["en"]


@pytest.mark.parametrize("content", ["", "\n\n", " , \n,,\n", "\ufeff"])
def test_an_empty_table_is_an_error(tmp_path, content):
    """No header, no rows: said, not passed over."""
    inventory = read(tmp_path / "i.csv", content)
    assert [f.code for f in inventory.findings] == ["empty-table"]


def test_only_a_row_without_a_name_is_left_out_and_counted(tmp_path):
    """Every other row stays, whatever its cells hold."""
    inventory = read(tmp_path / "i.csv", "id,name,core\nA,,no\nB,  ,\nC,Payroll,nonsense\n")
    assert [record.id for record in inventory.records] == ["C"]
    assert inventory.left_out == 2
    assert told(inventory.findings) == [("no-name", 2, 2), ("no-name", 3, 2), ("bad-cell", 4, 3)]


def test_empty_rows_between_rows_are_said_once_and_those_at_the_end_are_not(tmp_path):
    """Spreadsheet programs leave empty rows at the end; one in the middle may hide a lost row."""
    inventory = read(tmp_path / "i.csv", "id,name\nA,Payroll\n,\n , \nB,Reception\n,\n,\n\n")
    assert told(inventory.findings) == [("empty-row", 3, 0)]
    assert "lines 3 to 4" in inventory.findings[0].message["en"]
    assert inventory.left_out == 0


def test_a_row_without_id_is_named_after_its_line(tmp_path):
    """The name stays the same while other rows change their ids."""
    inventory = read(tmp_path / "i.csv", "name,id\nPayroll,\nReception,R\n")
    assert [record.id for record in inventory.records] == ["row-2", "R"]


def test_a_repeated_id_names_both_lines_and_keeps_both_rows(tmp_path):
    """The second row stays under a fresh id; a join on ids must not multiply rows."""
    inventory = read(tmp_path / "i.csv", "id,name\nA,Payroll\nB,Mailroom\nA,Reception\nA~4,Security\nA,Marketing\n")
    assert [record.id for record in inventory.records] == ["A", "B", "A~4", "A~4~5", "A~6"]
    assert told(inventory.findings) == [("duplicate-id", 4, 1), ("duplicate-id", 5, 1), ("duplicate-id", 6, 1)]
    assert "line 2" in inventory.findings[0].message["en"]
    assert "line 4" in inventory.findings[0].message["en"]
    assert len({record.iri for record in inventory.records}) == 5


def test_a_short_row_is_padded_and_a_long_one_is_an_error_at_its_first_surplus_cell(tmp_path):
    """A value with an unquoted delimiter shifts every cell after it."""
    inventory = read(tmp_path / "i.csv", "id,name,core\nA,Payroll\nB,Reception,no,,\nC,Sales, marketing,no\n")
    assert len(inventory.records) == 3
    assert told(inventory.findings) == [("bad-cell", 4, 3), ("surplus-cell", 4, 4)]


def test_a_quote_that_is_never_closed_does_not_swallow_the_rows_below(tmp_path):
    """The line is read with its quote as a character, and reading goes on."""
    inventory = read(tmp_path / "i.csv", 'id,name,notes\nA,Payroll,"open\nB,Reception,\nC,"Mail\nroom",\n')
    assert [record.name for record in inventory.records] == ["Payroll", "Reception", "Mail\nroom"]
    assert told(inventory.findings) == [("open-quote", 2, 3)]


def test_a_stray_quote_is_a_warning_on_its_line(tmp_path):
    """Text after a closing quote is kept as it stands."""
    inventory = read(tmp_path / "i.csv", 'id,name\nA,"Pay" roll\nB,Reception\nC,"Data" "entry"\n')
    assert [record.name for record in inventory.records] == ["Pay roll", "Reception", 'Data "entry"']
    assert told(inventory.findings) == [("stray-quote", 2, 0), ("stray-quote", 4, 0)]


def test_more_rows_than_the_limit_are_said_and_not_read(tmp_path):
    """The rows up to the limit stay."""
    (tmp_path / "i.csv").write_text("name\n" + "Payroll\n" * 5_000)
    inventory = read_table(tmp_path / "i.csv", reader(), max_rows=1_700)
    assert len(inventory.records) == 1_700
    assert told(inventory.findings) == [("too-many-rows", 1_702, 0)]


def test_a_missing_file_or_a_folder_is_refused(tmp_path):
    """A file that cannot be read at all is an exception, not a finding."""
    for path in (tmp_path / "absent.csv", tmp_path):
        with pytest.raises(SourceError, match="cannot be read"):
            read_table(path, reader())


# --- wholes and parts ---------------------------------------------------------------------------
def test_part_of_is_an_id_or_else_a_unique_name(tmp_path):
    """The whole's id is recorded, whichever way the cell names it."""
    inventory = read(
        tmp_path / "i.csv", "id,name,part of\nACC,Accounting,\nP,Payroll,ACC\nQ,Procurement, accounting \n"
    )
    assert [record.cells.get("part_of") for record in inventory.records] == [None, "ACC", "ACC"]
    assert inventory.findings == []


def test_an_id_beats_a_name(tmp_path):
    """A process called like another one's id does not attract its parts."""
    inventory = read(tmp_path / "i.csv", "id,name,part of\nHR,People,\nX,HR,\nP,Recruiting,HR\n")
    assert inventory.records[2].cells["part_of"] == "HR"


@pytest.mark.parametrize(
    ("rows", "expected", "words"),
    [
        ("A,Payroll,Acounting\nB,Accounting,", [("unknown-whole", 2, 3)], ["Acounting", '"Accounting"']),
        ("A,Payroll,Desk\nB,Desk,\nC,Desk,", [("ambiguous-whole", 2, 3)], ["B (", "C ("]),
        ("A,Payroll,A", [("part-of-cycle", 2, 3)], ["A → A"]),
        ("A,Payroll,B\nB,Finance,A", [("part-of-cycle", 2, 3), ("part-of-cycle", 3, 3)], ["A → B → A"]),
        (
            "A,Payroll,B\nB,Finance,C\nC,Group,B\nD,Mailroom,C",
            [("part-of-cycle", 3, 3), ("part-of-cycle", 4, 3)],
            ["B → C → B"],
        ),
    ],
)
def test_a_whole_that_cannot_be_is_an_error_and_unknown(tmp_path, rows, expected, words):
    """Nothing named, several named, or a process inside itself: said at the cell, read as unknown."""
    inventory = read(tmp_path / "i.csv", f"id,name,part of\n{rows}\n")
    assert told(inventory.findings) == expected
    wrong = {line for _, line, _ in expected}
    for record in inventory.records:
        assert record.place.line not in wrong or "part_of" not in record.cells
    for word in words:
        assert word in inventory.findings[0].message["en"]


@pytest.mark.parametrize("rows", ["\x9b31m,Desk,\nB,Desk,\nC,Billing,Desk", "\x9b31m,Billing,\x9b31m"])
def test_an_id_that_does_not_print_is_written_as_an_escape_in_messages(tmp_path, rows):
    """Some terminals take U+009B for the start of a command; a fuzzer got one into a finding."""
    inventory = read(tmp_path / "i.csv", f"id,name,part of\n{rows}\n")
    (finding,) = inventory.findings
    for sentence in finding.message.values():
        assert "\\x9b31m" in sentence
        assert sentence.isprintable()


def test_a_part_of_a_cycle_member_stays_a_part(tmp_path):
    """Only the links of the ring are doubtful."""
    inventory = read(tmp_path / "i.csv", "id,name,part of\nB,Finance,C\nC,Group,B\nD,Mailroom,C\n")
    assert inventory.records[2].cells["part_of"] == "C"


def test_wholes_are_found_across_files_and_the_own_file_comes_first(tmp_path):
    """A department's file may name a whole that stands in another."""
    (tmp_path / "a.csv").write_text("id,name,part of\nACC,Accounting,\nP,Payroll,ACC\n")
    (tmp_path / "b.csv").write_text("id,name,part of\nACC,Accounts,\nQ,Billing,ACC\nR,Audit,Accounting\nS,Tax,Ledger\n")
    inventories = [read_table(tmp_path / name, CellReader(LEXICON)) for name in ("a.csv", "b.csv")]
    wholes = resolve_wholes(inventories)
    assert wholes == {
        ROW + "a/P": ROW + "a/ACC",
        ROW + "b/Q": ROW + "b/ACC",
        ROW + "b/R": ROW + "a/ACC",
    }
    assert told(inventories[1].findings) == [("unknown-whole", 5, 3)]


def test_a_chain_of_wholes_as_long_as_the_table_is_followed(tmp_path):
    """Depth costs neither recursion nor quadratic time."""
    rows = "".join(f"{i},Step {i},{i - 1}\n" for i in range(1, 20_000))
    inventory = read(tmp_path / "i.csv", f"id,name,part of\n0,Step 0,\n{rows}")
    assert inventory.findings == []
    assert inventory.records[-1].cells["part_of"] == "19998"


def test_the_same_file_gives_the_same_records_and_findings(tmp_path):
    """Reading has no hidden state; the reader's memory of values does not change what is found."""
    content = (
        "id,name,kind,channels,Owner\nA,Payroll,payrol,phone;fax,Ann\nA,,payrol,phone;fax,Bob\nB,Desk,payroll,phone,\n"
    )
    (tmp_path / "i.csv").write_text(content)
    cells = reader()
    first, second = (read_table(tmp_path / "i.csv", cells) for _ in range(2))
    assert [f.text("id") for f in first.findings] == [f.text("id") for f in second.findings]
    assert [(r.id, r.cells, r.extra) for r in first.records] == [(r.id, r.cells, r.extra) for r in second.records]
    assert read_back(tmp_path / "i.csv").left_out == 1
