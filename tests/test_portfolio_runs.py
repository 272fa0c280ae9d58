"""What a run over a large inventory reads, writes, counts and says, besides its answers."""

import io
import sys
from itertools import product
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from bpo_kg import graph
from bpo_kg.errors import MissingExtra, SourceError, UnknownThing
from bpo_kg.portfolio import should_export, should_use
from bpo_kg.portfolio.assess import assess_file
from bpo_kg.portfolio.choice import LARGE, MANY_TRIPLES
from bpo_kg.portfolio.options import PortfolioOptions

HEADER = "id,name,kind,client_country,core,fte,Cost centre\n"
ROWS = (
    "A,Payroll,payroll,GB,no,12,4711\n"
    "B,Claims,technical support,,no,3.5,\n"
    'C,"Ledger, group",accounting department,US,,,"4,712"\n'
    "D,Strategy,,GB,yes,1,\n"
)


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    file = tmp_path / "inventory.csv"
    file.write_text(HEADER + ROWS, encoding="utf-8")
    return file


def answers(*files: Path, **options: Any) -> str:
    """Return the output rows as CSV."""
    out = io.BytesIO()
    assess_file(files, options=PortfolioOptions(**options), output=out)
    return out.getvalue().decode()


def as_parquet(csv: Path) -> Path:
    import duckdb

    target = csv.with_suffix(".parquet")
    duckdb.execute(f"COPY (FROM read_csv('{csv}', all_varchar = true)) TO '{target}' (FORMAT parquet)")
    return target


def test_parquet_in_means_what_csv_means(inventory: Path) -> None:
    """Rows, order and foreign columns are the same from Parquet."""
    assert answers(as_parquet(inventory)) == answers(inventory)


def test_lists_truths_and_numbers_of_parquet_are_read(tmp_path: Path) -> None:
    """Typed columns come as people would write them: lists with ";", truth values as true and false."""
    import duckdb

    typed, text = tmp_path / "processes.parquet", tmp_path / "processes.csv"
    rows = "SELECT 'A' AS id, 'Claims' AS name, ['phone', 'email'] AS channels, true AS core, 2.5 AS fte"
    duckdb.execute(f"COPY ({rows}) TO '{typed}' (FORMAT parquet)")
    text.write_text("id,name,channels,core,fte\nA,Claims,phone;email,yes,2.5\n", encoding="utf-8")
    assert answers(typed) == answers(text)


def test_parquet_without_a_name_column_is_refused(tmp_path: Path) -> None:
    """The message lists the columns that there are."""
    import duckdb

    duckdb.execute(f"COPY (SELECT 1 AS id, 2 AS amount) TO '{tmp_path / 'other.parquet'}' (FORMAT parquet)")
    with pytest.raises(SourceError, match="no column name; there are: id, amount"):
        answers(tmp_path / "other.parquet")


def test_parquet_out_holds_the_same_texts_in_order(inventory: Path, tmp_path: Path) -> None:
    """Every column is text, in the order of the CSV."""
    target = tmp_path / "answers.parquet"
    assess_file([inventory], options=PortfolioOptions(to=("PH",)), output=target, format="parquet")
    table = pq.read_table(target)
    assert set(map(str, table.schema.types)) == {"string"}
    lines = answers(inventory, to=("PH",)).splitlines()
    assert table.column_names == lines[0].split(",")
    assert table["name"].to_pylist() == ["Payroll", "Claims", "Ledger, group", "Strategy"]
    assert table["Cost centre"].to_pylist() == ["4711", "", "4,712", ""]


def test_the_same_rows_give_the_same_parquet(tmp_path: Path) -> None:
    """To the byte, also where the same words stand for several combinations of cells."""
    file = tmp_path / "inventory.csv"
    cells = product(("yes", "no", ""), ("yes", "no", ""), ("GB", "US", ""), ("en", "de", ""), ("phone", "post", ""))
    lines = [",".join((f"P{n}", "Claims", *row)) for n, row in enumerate(cells)]
    head = "id,name,core,personal_data,client_country,languages,channels"
    file.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    written = set()
    for _ in range(4):
        assess_file([file], options=PortfolioOptions(to=["PH", "IN"]), output=tmp_path / "a.parquet", format="parquet")
        written.add((tmp_path / "a.parquet").read_bytes())
    assert len(written) == 1


def test_a_foreign_column_of_our_name_stands_beside_ours(tmp_path: Path) -> None:
    """Ours keeps its name and its answers; the inventory's own is carried under another name, which a warning says."""
    file, target = tmp_path / "inventory.csv", tmp_path / "answers.parquet"
    file.write_text("id,name,core,status,status_in,GB\nA,Payroll,yes,draft,old,Leeds\n", encoding="utf-8")
    options = PortfolioOptions(to=["GB"])
    result = assess_file([file], options=options, output=target, format="parquet")
    (row,) = pq.read_table(target).to_pylist()
    assert (row["status"], row["status_in_in"], row["status_in"]) == ("decided", "draft", "old")
    assert (row["GB"], row["GB_in"]) == ("excluded", "Leeds")
    said = [str(f.place).rpartition("inventory.csv:")[2] for f in result.findings if f.code == "taken-name"]
    assert said == ["1:4", "1:6"]
    table = graph.load(file, to=["GB"]).assess()
    assert [dict(one) for one in table] == [row]
    assert list(table.findings) == result.findings
    (told,) = table.to_dicts()
    assert (told["status"], told["status_in_in"]) == ("decided", "draft")


def test_a_folder_and_a_glob_are_read_in_the_order_of_names(tmp_path: Path) -> None:
    """Files of a folder make one inventory, in the order of their names."""
    for name, row in (("b", ROWS.splitlines()[1]), ("a", ROWS.splitlines()[0])):
        (tmp_path / f"{name}.csv").write_text(HEADER + row + "\n", encoding="utf-8")
    both = answers(tmp_path / "a.csv", tmp_path / "b.csv")
    assert answers(tmp_path) == both
    assert answers(tmp_path / "*.csv") == both
    assert [line.split(",")[0] for line in both.splitlines()[1:]] == ["A", "B"]


@pytest.mark.parametrize(
    ("path", "message"),
    [("nowhere.csv", "no such file"), ("none-*.csv", "no such file"), ("'; DROP TABLE x; --.csv", "no such file")],
)
def test_a_path_that_leads_nowhere_is_said(path: str, message: str, tmp_path: Path) -> None:
    """A missing file, a glob without files and a name that tries to be SQL are each reported as what they are."""
    with pytest.raises(SourceError, match=message):
        answers(tmp_path / path)


def test_a_quote_in_a_file_name_is_part_of_the_name(inventory: Path, tmp_path: Path) -> None:
    """File names go into queries as text and nothing else."""
    odd = tmp_path / "head' office; --.csv"
    odd.write_text(inventory.read_text(encoding="utf-8"), encoding="utf-8")
    assert answers(odd) == answers(inventory)


def test_the_output_is_written_aside_and_a_failure_leaves_nothing(inventory: Path, tmp_path: Path) -> None:
    """An output that was there stays as it was until the new one is whole."""
    target = tmp_path / "answers.csv"
    target.write_text("as before", encoding="utf-8")

    def stop(done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        assess_file([inventory], output=target, progress=stop)
    assert target.read_text(encoding="utf-8") == "as before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answers.csv", "inventory.csv"]


def test_an_output_that_cannot_be_written_is_said(inventory: Path, tmp_path: Path) -> None:
    """The message names the file."""
    with pytest.raises(SourceError, match=r"answers\.csv: cannot be written"):
        assess_file([inventory], output=tmp_path / "missing" / "answers.csv")


def test_progress_tells_rows_done_and_all_rows(inventory: Path) -> None:
    """How many rows there are is known from the start."""
    told: list[tuple[int, int | None]] = []
    assess_file([inventory], progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (4, 4)


def test_a_summary_counts_rows_and_staff(inventory: Path) -> None:
    """Offices, grades and reasons are counted, weighted by staff; what to ask first is ranked by what it settles."""
    result = assess_file([inventory], options=PortfolioOptions(to=("PH",), summary=True))
    assert result.summary is not None
    found = result.summary.to_dict()
    assert (found["rows"], found["fte"]) == (4, 16.5)
    assert found["outsourcing"] == {
        "candidate": {"rows": 2, "fte": 15.5},
        "core": {"rows": 1, "fte": 1.0},
        "unknown": {"rows": 1, "fte": 0.0},
    }
    assert sum(count["rows"] for count in found["PH"].values()) == 4  # type: ignore[attr-defined]
    assert found["reasons"]["PH"]["p1"] == {"rows": 1, "fte": 1.0}  # type: ignore[index]
    asked = {entry["column"]: entry for entry in found["ask_first"]}  # type: ignore[attr-defined]
    assert asked["core"]["rows"] == 1
    assert all(entry["settles"] <= entry["rows"] for entry in asked.values())


def test_without_a_summary_none_is_made(inventory: Path) -> None:
    """Counting is only done on request."""
    assert assess_file([inventory]).summary is None


OPTIONS: dict[str, dict[str, Any]] = {
    "places to judge": {"to": ("PH",)},
    "the client's country": {"client": "JP", "to": ("PH",)},
    "the article alone": {"evidence": False},
    "headers of one's own": {"mapping": {"Cost centre": "notes"}},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_each_option_changes_something(options: dict[str, Any], inventory: Path) -> None:
    """No option is accepted and ignored."""
    plain = {"to": ("PH",)} if "client" in options else {}
    assert answers(inventory, **options) != answers(inventory, **plain)


def test_an_unknown_place_is_said(inventory: Path) -> None:
    """Before anything is read."""
    with pytest.raises(UnknownThing, match="no country 'Atlantis'"):
        answers(inventory, to=("Atlantis",))


def test_without_duckdb_the_extra_is_named(inventory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to install and what works without."""
    monkeypatch.setitem(sys.modules, "duckdb", None)  # how Python itself notes that there is no such module
    with pytest.raises(MissingExtra, match=r"bpo-kg\[portfolio\].*--engine graph"):
        answers(inventory)


def test_small_tables_go_to_the_graph_engine(inventory: Path, tmp_path: Path) -> None:
    """Large tables, folders and Parquet are for the table engine; models and workbooks never are."""
    large = tmp_path / "large.csv"
    with large.open("wb") as stream:
        stream.truncate(LARGE)
    assert not should_use([inventory])
    assert not should_use([])
    assert should_use([large])
    assert should_use([tmp_path])
    assert should_use(["processes.parquet"])
    assert not should_use([large, "model.bpmn"])
    some = tmp_path / "some.csv"
    with some.open("wb") as stream:
        stream.truncate(MANY_TRIPLES)
    assert not should_export([inventory])
    assert should_export([some])
    assert not should_export([some], rules=["house-rules.ttl"])
    assert should_export([large], rules=["house-rules.ttl"])
    assert not should_use([some])


def test_a_repeated_id_never_doubles_a_row(tmp_path: Path) -> None:
    """The later row is kept under an id of its own, and the finding names both lines."""
    file = tmp_path / "inventory.csv"
    file.write_text("id,name,core\nA,Payroll,yes\nA,Claims,no\n", encoding="utf-8")
    out = io.BytesIO()
    result = assess_file([file], output=out)
    assert [line.split(",")[0] for line in out.getvalue().decode().splitlines()] == ["id", "A", "A~3"]
    (finding,) = result.findings
    assert (finding.code, finding.place.line) == ("duplicate-id", 3)
    assert "line 2" in finding.text()


def test_few_slices_decide_many_rows(tmp_path: Path) -> None:
    """A thousand rows of nine combinations are reasoned over as a handful of individuals."""
    file = tmp_path / "inventory.csv"
    rows = [f"P{n},Process {n},{('yes', 'no', '')[n % 3]},{('phone', 'post', '')[n // 3 % 3]}" for n in range(1000)]
    file.write_text("id,name,core,channels\n" + "\n".join(rows) + "\n", encoding="utf-8")
    result = assess_file([file])
    assert result.rows == 1000
    assert result.slices <= 8
