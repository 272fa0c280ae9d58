"""Shapes: what RDF data must look like, told at the line where it does not, in both languages."""

from pathlib import Path

import pytest

from bpo_kg.graph import KnowledgeGraph
from bpo_kg.loading import load_data, load_rules, load_shipped
from bpo_kg.sources import shapes
from bpo_kg.sources.facts import Finding
from bpo_kg.sources.shapes import validate

HEAD = """@prefix bpo: <https://w3id.org/bpo-kg/ontology#> .
@prefix chan: <https://w3id.org/bpo-kg/channel/> .
@prefix country: <https://w3id.org/bpo-kg/country/> .
@prefix crit: <https://w3id.org/bpo-kg/criterion/> .
@prefix rule: <https://w3id.org/bpo-kg/rule/> .
@prefix scale: <https://w3id.org/bpo-kg/scale/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix : <https://office.example/> .
"""


def check(path: Path, *, rules: bool = False) -> list[Finding]:
    loaded = load_shipped()
    shipped = set(loaded.files)
    (load_rules if rules else load_data)(loaded, [path])
    kg = KnowledgeGraph(loaded)
    kg.reason()
    return validate(kg.dataset, [graph for graph in loaded.files if graph not in shipped], kg.locator)


def written(path: Path, body: str) -> Path:
    path.write_text(HEAD + body)
    return path


GOOD = """
:desk a bpo:ClientProcess ; rdfs:label "desk"@en ;
    bpo:usesChannel chan:phone ;
    bpo:clientCountry country:GB ;
    bpo:publicContact true .
"""


def test_good_data_gives_no_finding(tmp_path):
    """The shapes of the shipped ontology pass what they should."""
    assert check(written(tmp_path / "d.ttl", GOOD)) == []


@pytest.mark.parametrize(
    ("good", "bad", "line", "severity", "words"),
    [
        ("chan:phone", "chan:telepone", 11, "error", ("chan:phone", "saluran")),
        ("country:GB", "country:gb", 12, "error", ("country:GB", "negara")),
        ("true", '"yes"', 13, "error", ("true or false", "true atau false")),
        ('rdfs:label "desk"@en ;', "", 10, "warning", ("without a name", "tanpa nama")),
    ],
)
def test_what_a_shape_forbids_is_told_at_its_line_in_both_languages(tmp_path, good, bad, line, severity, words):
    """Each of these edits to good data trips one shape."""
    file = written(tmp_path / "d.ttl", GOOD.replace(good, bad))
    (finding,) = check(file)
    assert (finding.place.file, finding.place.line) == (str(file), line)
    assert (finding.severity, finding.code) == (severity, "shape")
    assert words[0] in finding.message["en"]
    assert words[1] in finding.message["id"]
    assert finding.message["en"].startswith("https://office.example/desk: ")


def test_a_range_does_not_make_a_wrong_value_right(tmp_path):
    """Reasoning infers that whatever stands after bpo:usesChannel is a channel; the shape asks what was stated."""
    file = written(tmp_path / "d.ttl", GOOD.replace("chan:phone", ":carrierPigeon"))
    assert [f.place.line for f in check(file)] == [11]
    stated = written(tmp_path / "e.ttl", GOOD.replace("chan:phone", ":pigeon") + ":pigeon a bpo:Channel .\n")
    assert check(stated) == []


def test_an_incomplete_rule_is_told(tmp_path):
    """A rule file is checked like data: strength, priority, source and conclusion are required."""
    file = written(tmp_path / "r.ttl", "rule:mine a bpo:PlacementRule ; bpo:whenMet crit:publicContact .\n")
    findings = check(file, rules=True)
    told = " ".join(f.message["en"] for f in findings if f.severity == "error")
    for word in ("bpo:strength", "bpo:priority", "bpo:restsOn", "exactly one grade"):
        assert word in told
    assert {f.place.line for f in findings} == {9}


def test_data_cannot_bring_its_own_shapes(tmp_path):
    """A shape inside the data is data: it neither adds demands nor runs queries."""
    own = """
    @prefix sh: <http://www.w3.org/ns/shacl#> .
    :s a sh:NodeShape ; sh:targetClass bpo:ClientProcess ; sh:property [ sh:path bpo:fte ; sh:minCount 9 ] .
    """
    assert check(written(tmp_path / "d.ttl", GOOD + own)) == []


def test_only_so_many_things_are_checked_and_the_rest_is_said(tmp_path, monkeypatch):
    """A huge file costs a bounded time; what was not checked is not passed off as right."""
    monkeypatch.setattr(shapes, "MAX_THINGS", 3)
    desks = "".join(f":desk{i} a bpo:ClientProcess .\n" for i in range(5))
    findings = check(written(tmp_path / "d.ttl", desks))
    assert [f.code for f in findings] == ["shape"] * 3 + ["shapes-not-checked"]
    assert "3 things only, of 5" in findings[-1].message["en"]


def test_hundreds_of_good_things_give_no_finding(tmp_path):
    """What holds for one holds for many: nothing is reported that nobody got wrong."""
    desks = "".join(
        f':desk{i} a bpo:ClientProcess ; rdfs:label "desk {i}"@en ; bpo:core false ; bpo:usesChannel chan:phone .\n'
        for i in range(300)
    )
    assert check(written(tmp_path / "d.ttl", desks)) == []
