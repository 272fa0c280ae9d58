"""Findings as text, JSON and SARIF: the same findings, readable by people, scripts and code hosts."""

import json
from pathlib import Path

import pytest
from inventory_words import read

from bpo_kg.sources.facts import Finding, Place
from bpo_kg.sources.findings_out import as_json, as_sarif, as_text

FINDINGS = [
    Finding(Place("kantor pusat.csv", 7, 3), "error", "bad-cell", {"en": "core: wrong", "id": "core: salah"}),
    Finding(Place("b/i.xlsx", 4, 2, "Front!B4"), "warning", "merged-cells", {"en": "merged", "id": "digabung"}),
    Finding(Place("/data/i.csv"), "suggestion", "sheet-not-read", {"en": "not read", "id": "tidak dibaca"}),
    Finding(Place("rule:mine"), "error", "incomplete-rule", {"en": "incomplete", "id": "belum lengkap"}),
]


def test_text_is_one_line_a_finding_in_the_language_asked_for():
    """`file:line:column: severity: message`, which editors turn into links."""
    assert as_text(FINDINGS, "id").splitlines() == [
        "kantor pusat.csv:7:3: error: core: salah",
        "b/i.xlsx:4:2 (Front!B4): warning: digabung",
        "/data/i.csv: suggestion: tidak dibaca",
        "rule:mine: error: belum lengkap",
    ]
    assert as_text([]) == ""


def test_json_has_the_same_keys_in_every_language():
    """Scripts rely on keys, codes and severities; only the sentence differs."""
    english, indonesian = (json.loads(as_json(FINDINGS, lang)) for lang in ("en", "id"))
    assert english[0] == {
        "file": "kantor pusat.csv",
        "line": 7,
        "column": 3,
        "element": "",
        "severity": "error",
        "code": "bad-cell",
        "message": "core: wrong",
    }
    for one, other in zip(english, indonesian, strict=True):
        assert one.pop("message") != other.pop("message")
        assert one == other
    assert json.loads(as_json([])) == []


def test_sarif_is_a_log_of_version_2_1_0_with_a_rule_for_every_code():
    """What the standard requires of a log, a run, a driver and a result."""
    log = json.loads(as_sarif(FINDINGS))
    assert (log["version"], log["$schema"].endswith("sarif-2.1.0.json")) == ("2.1.0", True)
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "bpo-kg"
    assert [rule["id"] for rule in driver["rules"]] == sorted(f.code for f in FINDINGS)
    assert len(run["results"]) == len(FINDINGS)
    for result, finding in zip(run["results"], FINDINGS, strict=True):
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == finding.code
        assert result["message"]["text"] == finding.message["en"]
    assert [result["level"] for result in run["results"]] == ["error", "warning", "note", "error"]


def test_sarif_names_files_by_uri_and_other_things_by_name():
    """A relative path stays relative to the repository, an absolute one is a file URI, a cell is a logical place."""
    places = [result["locations"][0] for result in json.loads(as_sarif(FINDINGS))["runs"][0]["results"]]
    assert places[0] == {
        "physicalLocation": {
            "artifactLocation": {"uri": "kantor%20pusat.csv"},
            "region": {"startLine": 7, "startColumn": 3},
        }
    }
    assert places[1]["logicalLocations"] == [{"fullyQualifiedName": "Front!B4"}]
    assert places[2] == {"physicalLocation": {"artifactLocation": {"uri": "file:///data/i.csv"}}}
    assert places[3] == {"logicalLocations": [{"fullyQualifiedName": "rule:mine"}]}


@pytest.mark.parametrize("write", [as_text, as_json, as_sarif])
def test_hostile_names_stay_inside_their_strings(tmp_path: Path, write):
    """Terminal sequences, quotes and markup from a table reach no terminal or parser raw."""
    inventory = read(tmp_path / "i.csv", 'name,kind\nA,"\x1b[31m</script>{""a"":1}"\nB,"x\ny"\n')
    text = write(inventory.findings, "en")
    assert len(inventory.findings) == 2
    assert "\x1b" not in text
    assert all(line.isprintable() for line in text.splitlines())
    if write is not as_text:
        json.loads(text)
