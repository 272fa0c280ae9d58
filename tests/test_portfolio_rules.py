"""A user's axioms mean the same to the table engine: those over a row's own cells, over names, and over other rows."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from portfolio_inventories import as_csv, inventories

from bpo_kg import graph
from bpo_kg.errors import ReasoningError
from bpo_kg.export import table_csv
from bpo_kg.portfolio.assess import assess_file
from bpo_kg.portfolio.options import PortfolioOptions, PortfolioResult

PREFIXES = """
@prefix bpo: <https://w3id.org/bpo-kg/ontology#> .
@prefix proc: <https://w3id.org/bpo-kg/process/> .
@prefix chan: <https://w3id.org/bpo-kg/channel/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
"""
OWN_CELLS = {
    "a class over two cells": """
        [ a owl:Class ; owl:intersectionOf ( bpo:FrontOfficeProcess bpo:CoreProcess ) ]
            rdfs:subClassOf bpo:OnSiteProcess .""",
    "a class over the kind": """
        [ a owl:Restriction ; owl:onProperty bpo:specialises ; owl:hasValue proc:payroll ]
            rdfs:subClassOf bpo:CoreProcess .""",
    "a cell that another cell fills in": """
        bpo:CoreProcess rdfs:subClassOf
            [ a owl:Restriction ; owl:onProperty bpo:usesChannel ; owl:hasValue chan:phone ] .""",
    "a name": """
        [ a owl:Restriction ; owl:onProperty rdfs:label ; owl:hasValue "Payroll" ] rdfs:subClassOf bpo:CoreProcess .""",
    "an id": """
        dcterms:identifier a owl:DatatypeProperty .
        [ a owl:Restriction ; owl:onProperty dcterms:identifier ; owl:hasValue "P2" ]
            rdfs:subClassOf bpo:CoreProcess .""",
}
OTHER_ROWS = {
    "a part is what its whole is": """
        [ a owl:Restriction ; owl:onProperty bpo:directPartOf ; owl:someValuesFrom bpo:CoreProcess ]
            rdfs:subClassOf bpo:OnSiteProcess .""",
    "every part is core": """
        bpo:directPartOf rdfs:domain bpo:CoreProcess .""",
}
LINKED = """id,name,part_of,core,public_contact
A,Payroll,,yes,
B,Claims desk,A,no,yes
C,Archive,,no,
D,Mail room,B,,
"""
_SETTINGS = settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def both(file: Path, rules: Path) -> tuple[str, str, PortfolioResult]:
    """Return the CSV of the graph engine, that of the table engine, and what the latter says."""

    def by_graph(files: Sequence[Path]) -> Sequence[Mapping[str, str]]:
        return list(graph.load(*files, rules=[rules], to=("PH",)).assess())

    expected = table_csv(graph.load(file, rules=[rules], to=("PH",)).assess())
    out = io.BytesIO()
    options = PortfolioOptions(rules=[rules], to=("PH",))
    result = assess_file([file], options=options, output=out, graph_engine=by_graph)
    return expected, out.getvalue().decode(), result


@pytest.mark.parametrize("axiom", OWN_CELLS.values(), ids=OWN_CELLS)
@given(rows=inventories(wholes=False))
@_SETTINGS
def test_axioms_over_a_row_s_own_cells_keep_the_fast_path(
    axiom: str, rows: list[dict[str, str]], tmp_path: Path
) -> None:
    """Such axioms, names among them, widen slices; the answers are the graph engine's and no row is handed over."""
    rules, file = tmp_path / "rules.ttl", tmp_path / "inventory.csv"
    rules.write_text(PREFIXES + axiom, encoding="utf-8")
    file.write_text(as_csv(rows), encoding="utf-8")
    expected, found, result = both(file, rules)
    assert found == expected
    assert not [finding for finding in result.findings if finding.code == "rule-relates-rows"]


@pytest.mark.parametrize("axiom", OTHER_ROWS.values(), ids=OTHER_ROWS)
def test_axioms_that_relate_rows_are_named_and_answered_right(axiom: str, tmp_path: Path) -> None:
    """The axiom is named with its file; linked rows get the graph engine's answers, the others the fast path's."""
    rules, file = tmp_path / "rules.ttl", tmp_path / "inventory.csv"
    rules.write_text(PREFIXES + axiom, encoding="utf-8")
    file.write_text(LINKED, encoding="utf-8")
    expected, found, result = both(file, rules)
    assert found == expected
    named = [finding for finding in result.findings if finding.code == "rule-relates-rows"]
    assert named
    assert all(finding.place.file == str(rules) for finding in named)


def test_rows_that_need_the_graph_engine_are_not_answered_without_it(tmp_path: Path) -> None:
    """Without a graph engine at hand a run stops and says why, rather than give wrong answers."""
    rules, file = tmp_path / "rules.ttl", tmp_path / "inventory.csv"
    rules.write_text(PREFIXES + OTHER_ROWS["a part is what its whole is"], encoding="utf-8")
    file.write_text(LINKED, encoding="utf-8")
    with pytest.raises(ReasoningError, match="3 rows depend on other rows"):
        assess_file([file], options=PortfolioOptions(rules=[rules]), output=io.BytesIO())
