"""Whatever an O*NET folder holds, it is read or refused, and no garbage becomes an answer."""

import csv
import io
import os
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bpo_kg.errors import SourceError
from bpo_kg.sources.facts import Inventory
from bpo_kg.sources.onet import read_onet
from bpo_kg.sources.threshold_rules import read_thresholds

EXAMPLES = int(os.environ.get("BPO_KG_FUZZ", "60"))
RULES = read_thresholds(Path(__file__).resolve().parent.parent / "ontology" / "onet.ttl")
NAMES = sorted({c.element.export_name for rule in RULES for c in rule.conditions})
CELLS = st.sampled_from(
    (
        "43-3051.00",
        "33-9032.00",
        "0",
        "50",
        "100",
        "4.5",
        "Not available",
        "IM",
        "CX",
        "4.A.3.a.2",
        "Y",
        "",
        "Payroll Clerks",
    )
) | st.text(max_size=10)
HEADERS = st.sampled_from(
    (
        ("Context", "Code", "Occupation"),
        ("Importance", "Level", "Code", "Occupation"),
        ("O*NET-SOC Code", "Element ID", "Scale ID", "Data Value", "Recommend Suppress"),
        ("O*NET-SOC Code", "Title"),
        ("Code", "Code", ""),
    )
)
TABLES = st.tuples(HEADERS, st.lists(st.lists(CELLS, max_size=6), max_size=8), st.booleans())


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.dictionaries(st.sampled_from((*NAMES, "Occupation Data")), TABLES | st.binary(max_size=60), max_size=4))
def test_any_folder_is_read_or_refused(
    files: dict[str, bytes | tuple[tuple[str, ...], list[list[str]], bool]],
) -> None:
    """Tables of either shape with cells of any kind, in rows of any length, and files of mere bytes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for stem, table in files.items():
            if isinstance(table, bytes):
                (folder / f"{stem}.csv").write_bytes(table)
                continue
            header, rows, tabs = table
            out = io.StringIO()
            csv.writer(out, delimiter="\t" if tabs else ",").writerows((header, *rows))
            (folder / f"{stem}.{'txt' if tabs else 'csv'}").write_text(
                out.getvalue(), encoding="utf-8", errors="replace"
            )
        refusal, inventory = "", Inventory(name)
        try:
            inventory = read_onet(folder, RULES)
        except SourceError as error:
            refusal = str(error)
    assert refusal == "" or name in refusal
    codes = [record.id for record in inventory.records]
    assert codes == sorted(set(codes))
    for record in inventory.records:
        assert record.name
        assert record.measures.keys() <= {"onSiteNeed", "remoteChannel", "inPersonChannel"}
        assert all(record.places[criterion].line >= 2 for criterion in record.measures)
    assert all({"en", "id"} <= finding.message.keys() for finding in inventory.findings)
