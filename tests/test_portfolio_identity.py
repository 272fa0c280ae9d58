"""The table engine gives the graph engine's answers, to the byte, whatever the inventory looks like."""

import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from portfolio_inventories import COLUMNS, as_csv, inventories

from bpo_kg import graph
from bpo_kg.export import table_csv
from bpo_kg.portfolio.assess import assess_file
from bpo_kg.portfolio.options import PortfolioOptions
from bpo_kg.sources.facts import Finding

EXAMPLES = Path(__file__).parents[1] / "examples"
TO = ("PH", "GB", "IN")
_SETTINGS = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def both(files: list[Path], **options: object) -> tuple[tuple[str, list[Finding]], tuple[str, list[Finding]]]:
    """Return CSV and findings of the graph engine, then of the table engine."""
    options = {"to": TO, **options}
    kg = graph.load(*files, **options)  # type: ignore[arg-type]
    table = kg.assess()
    out = io.BytesIO()
    result = assess_file(files, options=PortfolioOptions(**options), output=out)  # type: ignore[arg-type]
    return (table_csv(table), list(table.findings)), (out.getvalue().decode(), result.findings)


@given(rows=inventories(wholes=False))
@_SETTINGS
def test_flat_inventories_get_the_same_answers_and_findings(rows: list[dict[str, str]], tmp_path: Path) -> None:
    """Unknown cells, bad cells, lists, client countries, repeated and missing ids, rows without a name."""
    file = tmp_path / "inventory.csv"
    file.write_text(as_csv(rows), encoding="utf-8")
    by_graph, by_table = both([file])
    assert by_table == by_graph


@given(rows=inventories())
@_SETTINGS
def test_wholes_and_parts_get_the_same_answers_and_findings(rows: list[dict[str, str]], tmp_path: Path) -> None:
    """Wholes by id and by name, rings, unknown wholes, inherited cells, mixed offices, parts that contradict."""
    file = tmp_path / "inventory.csv"
    file.write_text(as_csv(rows), encoding="utf-8")
    by_graph, by_table = both([file], client="US")
    assert by_table == by_graph


@given(rows=inventories(), more=inventories())
@settings(parent=_SETTINGS, max_examples=4)
def test_several_files_are_one_inventory(
    rows: list[dict[str, str]], more: list[dict[str, str]], tmp_path: Path
) -> None:
    """Ids may repeat between files, wholes may stand in another file, and each file has columns of its own."""
    files = [tmp_path / "a" / "inventory.csv", tmp_path / "b" / "inventory.csv"]
    for file, content in zip(files, (as_csv(rows), as_csv(more, COLUMNS[:9])), strict=True):
        file.parent.mkdir(exist_ok=True)
        file.write_text(content, encoding="utf-8")
    by_graph, by_table = both(files)
    assert by_table == by_graph


@given(rows=inventories())
@settings(parent=_SETTINGS, max_examples=4)
def test_a_house_s_own_rules_count_the_same(rows: list[dict[str, str]], tmp_path: Path) -> None:
    """A user's rules add, replace and disable for both engines; with evidence off the article alone speaks."""
    file = tmp_path / "inventory.csv"
    file.write_text(as_csv(rows), encoding="utf-8")
    by_graph, by_table = both([file], rules=[EXAMPLES / "house-rules.ttl"], evidence=False)
    assert by_table == by_graph


UNTIDY = {
    "blank lines": "id,name,core\nA,Payroll,yes\n\n\nB,Claims,no\n",
    "line ends in a quoted cell": 'id,name,notes,core\nA,Payroll,"one\ntwo",maybe\nB,Claims,,perhaps\n',
    "a stray quote": 'id,name,core\nA,"Pay" roll,yes\nB,Claims,nein\n',
    "a quote that stays open": 'id,name,core\nA,"Payroll,yes\nB,Claims,nein\n',
    "too few and too many cells": "id,name,core\nA,Payroll\nB,Claims,no,extra\n",
    "carriage returns": "id,name,core\r\nA,Payroll,yes\r\nB,Claims,wrong\r\n",
    "a title above the header": "Our processes,,\n\nid,name,core\nA,Payroll,ja\n",
    "semicolons": "kode;nama;inti\nA;Penggajian;ya\nB;Klaim;mungkin\n",
    "rows of empty cells": "id,name,core\nA,Payroll,yes\n,,\n,,\nB,Claims,no\n,,\n",
    "a column without a header": "id,name,,core\nA,Payroll,x,yes\nB,Claims,y,no\n",
    "no rows": "id,name,core\n",
    "no name column": "id,core\nA,yes\n",
    "a byte order mark": "\ufeffid,name,core\nA,Payroll,yes\n",
    "control characters": "id,name,core\nA,Pay\x07roll,yes\nB,Claims,ye\x07s\n",
    "blanks that are not ASCII": "id,name,core\nA,\u00a0Payroll\u2003,\u3000yes\n",
    "no id column": "name,core\nPayroll,yes\nClaims,hm\n",
    "ids made from lines": "id,name,core\n,Payroll,yes\nrow-2,Claims,no\nrow-2,Mail,no\n",
    "no line end at the end": "id,name,core\nA,Payroll,yes",
    "a formula and a path": "id,name,part_of\nA,=cmd|' /C calc',\nB,../../etc/passwd,=A\n",
}


@pytest.mark.parametrize("content", UNTIDY.values(), ids=UNTIDY)
def test_untidy_files_mean_the_same(content: str, tmp_path: Path) -> None:
    """Whatever a file looks like inside, both engines read the same rows and say the same about it."""
    file = tmp_path / "untidy.csv"
    file.write_bytes(content.encode())
    by_graph, by_table = both([file])
    assert by_table == by_graph


@pytest.mark.parametrize("name", ["inventory.csv", "ten-cases.csv"])
def test_the_examples_get_the_same_answers(name: str) -> None:
    """Every column of the shipped examples is the same from both engines."""
    by_graph, by_table = both([EXAMPLES / name], client="GB")
    assert by_table == by_graph
