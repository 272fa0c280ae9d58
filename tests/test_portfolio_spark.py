"""A cluster gives the same bytes as one machine: two workers in processes of their own, not threads of this one."""

import hashlib
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from bpo_kg.errors import SourceError
from bpo_kg.portfolio.assess import assess_file
from bpo_kg.portfolio.options import PortfolioOptions
from bpo_kg.portfolio.queries import answered, coded, combinations

pytest.importorskip("pyspark", reason="needs the extra spark")
needs_java = pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java")
CLUSTER = "local-cluster[2,1,1024]"
INVENTORY = '''id,name,kind,part_of,client_country,core,public_contact,channels,Cost centre
A,Accounting,accounting department,,GB,no,,,4711
B,"Ledger, general",,A,,,,,"a ""b"""
C,Receivables,,A,,,yes,phone,
D,Claims,technical support,,US,maybe,,chat;email,4712
E,Pay slips,payroll,B,,,,,
F,Archive,,,ID,ya,,,
G,Mail room,,,,,no,,
H,Counter,,G,,,yes,,
'''


@pytest.fixture(autouse=True)
def on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers and driver find each other whatever the machine is called."""
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    monkeypatch.setenv("SPARK_LOCAL_HOSTNAME", "localhost")


@needs_java
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_gives_the_same_bytes(tmp_path: Path) -> None:
    """Wholes and parts that contradict, lists, a bad cell, quotes, foreign columns: CSV and findings are the same."""
    file, here, there = tmp_path / "inventory.csv", tmp_path / "here.csv", tmp_path / "there.csv"
    file.write_text(INVENTORY, encoding="utf-8")
    one = assess_file([file], options=PortfolioOptions(to=("PH", "GB")), output=here)
    options = PortfolioOptions(to=("PH", "GB"), engine="spark", master=CLUSTER)
    many = assess_file([file], options=options, output=there)
    assert hashlib.sha256(there.read_bytes()).digest() == hashlib.sha256(here.read_bytes()).digest()
    assert (many.rows, many.findings) == (one.rows, one.findings)
    assert {"bad-cell", "whole-part-clash"} <= {finding.code for finding in many.findings}
    assert many.engine == "spark"


@needs_java
@pytest.mark.filterwarnings("ignore")
def test_a_folder_of_csv_and_parquet_is_one_inventory(tmp_path: Path) -> None:
    """Each file has columns of its own, ids count within their file, bad cells are found, and no row is moved."""
    import duckdb

    folder, here, there = tmp_path / "inventories", tmp_path / "here.parquet", tmp_path / "there.parquet"
    folder.mkdir()
    (folder / "a.csv").write_text(
        "id,name,core,fte,status\nA,Payroll,yes,many,new\nB,Claims,maybe,3,\n", encoding="utf-8"
    )
    rows = "SELECT 'A' AS id, 'Mail' AS name, ['phone', 'email'] AS channels, true AS core, 'x' AS Owner"
    duckdb.execute(f"COPY ({rows}) TO '{folder / 'b.parquet'}' (FORMAT parquet)")
    (folder / "c.csv").write_text("name,channels\nArchive,post\nDesk,telepathy\n", encoding="utf-8")
    one = assess_file([folder], options=PortfolioOptions(to=("PH",)), output=here, format="parquet")
    options = PortfolioOptions(to=("PH",), engine="spark", master="local[2]")
    many = assess_file([folder], options=options, output=there, format="parquet")
    assert pq.read_table(there).to_pylist() == pq.read_table(here).to_pylist()
    assert (many.rows, many.findings) == (one.rows, one.findings)
    assert {"bad-cell", "taken-name"} <= {finding.code for finding in many.findings}
    exchanges = [line for line in many.plan.splitlines() if "Exchange" in line]
    assert exchanges
    assert all("BroadcastExchange" in line for line in exchanges)


def test_a_cluster_refuses_what_it_would_read_wrongly(tmp_path: Path) -> None:
    """A file with blank columns, or no output file, is for the engine on one machine, and the message says so."""
    file = tmp_path / "inventory.csv"
    file.write_text("id,name,\nA,Payroll,x\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"inventory\.csv: no plain table .* --engine duckdb"):
        assess_file([file], options=PortfolioOptions(engine="spark"), output=tmp_path / "out.csv")
    with pytest.raises(SourceError, match="--engine spark writes to a file"):
        assess_file([file], options=PortfolioOptions(engine="spark"))


def test_duckdb_understands_the_cluster_s_queries() -> None:
    """The queries are of the subset that both engines speak, and rows keep their number and their codes."""
    import duckdb

    connection = duckdb.connect()
    rows = "(1, 'A', 'yes'), (2, 'B', NULL)"
    connection.execute(f"CREATE TABLE inventory AS SELECT * FROM (VALUES {rows}) t(line_number, id, core)")
    connection.execute("CREATE TABLE code_core AS SELECT * FROM (VALUES ('', 0), ('yes', 1)) t(text, code)")
    connection.execute(f"CREATE VIEW coded AS {coded(['core'], ['line_number', 'id'])}")
    assert sorted(connection.execute(combinations(["core"])).fetchall()) == [(0, 1), (1, 1)]
    connection.execute("CREATE TABLE answer AS SELECT * FROM (VALUES (0, 'unknown'), (1, 'core')) t(core, word)")
    found = connection.execute(f"{answered(['core'], ['line_number', 'id'], ['word'])} ORDER BY line_number").fetchall()
    assert found == [(1, "A", "core"), (2, "B", "unknown")]
