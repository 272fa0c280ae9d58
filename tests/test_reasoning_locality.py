"""Which columns decide an answer, and which axioms let other rows have a say."""

from collections.abc import Callable

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reasoning_ontologies import CLASSES, COMPOSITE, DATA, PEOPLE, SIMPLE, VALUES, Ontology, Triple, ontologies
from reasoning_ontologies import TYPE as RDF_TYPE

from bpo_kg.reasoning import Closure, compile_rules
from bpo_kg.reasoning.axioms import axiom_quads
from bpo_kg.reasoning.locality import Column, Locality, analyse
from bpo_kg.store.dataset import Dataset
from bpo_kg.vocabulary import ASSERTED

EX = "https://example.org/shop/"
BASE = """
@prefix : <https://example.org/shop/> .
@prefix row: <https://example.org/shop/row/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:partOf a owl:ObjectProperty , owl:TransitiveProperty ; owl:inverseOf :hasPart .
:directPartOf a owl:ObjectProperty ; rdfs:subPropertyOf :partOf ; rdfs:domain :Task ; rdfs:range :Task .
:dependsOn a owl:ObjectProperty . :pairedWith a owl:ObjectProperty .
:heldBy a owl:ObjectProperty , owl:FunctionalProperty ; owl:inverseOf :holds ; rdfs:range :Holder .
:usesDesk a owl:ObjectProperty ; rdfs:range :Desk .
:hours a owl:ObjectProperty , owl:FunctionalProperty .
:number a owl:DatatypeProperty .
:public a owl:DatatypeProperty , owl:FunctionalProperty ; rdfs:domain :Task .
:onSite a owl:DatatypeProperty , owl:FunctionalProperty .
:core a owl:DatatypeProperty , owl:FunctionalProperty .
:RemoteDesk rdfs:subClassOf :Desk .
:FrontTask owl:equivalentClass [ owl:intersectionOf ( :Task [ owl:onProperty :public ; owl:hasValue true ] ) ] ;
    rdfs:subClassOf [ owl:onProperty :meets ; owl:hasValue :contact ] .
:BoundTask owl:equivalentClass [ owl:intersectionOf ( :Task [ owl:onProperty :onSite ; owl:hasValue true ] ) ] ;
    rdfs:subClassOf [ owl:onProperty :meets ; owl:hasValue :place ] .
:CoreTask owl:equivalentClass [ owl:intersectionOf ( :Task [ owl:onProperty :core ; owl:hasValue true ] ) ] ;
    rdfs:subClassOf [ owl:onProperty :meets ; owl:hasValue :coreness ] .
[ owl:onProperty :usesDesk ; owl:someValuesFrom :RemoteDesk ]
    rdfs:subClassOf [ owl:onProperty :meets ; owl:hasValue :remote ] .
:phone a :RemoteDesk . :counter a :Desk . :day a :Hours . :night a :Hours . :acme a :Holder ; :homeCountry :GB .
"""


def n(name: str) -> ox.NamedNode:
    return ox.NamedNode(EX + name)


COLUMNS = [
    *(Column(n(name), literal=True) for name in ("public", "onSite", "core", "number")),
    Column(n("usesDesk"), many=True),
    Column(n("hours"), distinct=True),
    Column(n("heldBy")),
]
LINKS = [Column(n("directPartOf")), Column(n("dependsOn"), many=True), Column(n("pairedWith"))]
ANSWERS = [(n("meets"), n(name)) for name in ("contact", "place", "coreness", "remote")]


def locality(extra: str = "") -> Locality:
    dataset = Dataset()
    dataset.load_bytes((BASE + extra).encode(), graph=f"{ASSERTED}/shop")
    rules = compile_rules(axiom_quads(dataset.store, dataset.asserted_graphs()))
    shared = [t for t in dataset.triples() if isinstance(t[0], ox.NamedNode) and t[0].value.startswith(EX)]
    return analyse(
        rules, COLUMNS, LINKS, ANSWERS, universal=[n("Task")], shared=shared,
        is_row=lambda term: isinstance(term, ox.NamedNode) and term.value.startswith(EX + "row/"),
    )  # fmt: skip


def test_a_slice_is_what_the_rules_reach_back_to() -> None:
    """Each answer depends on the columns of its own definition and on no other."""
    found = locality()
    assert found.local
    slices = {str(answer[1].value).rsplit("/", 1)[1]: one.columns for answer, one in found.slices.items()}
    assert slices == {
        "contact": {n("public")}, "place": {n("onSite")}, "coreness": {n("core")}, "remote": {n("usesDesk")},
    }  # fmt: skip


LOCAL = {
    "a class over two of the row's own facts": (
        "[ owl:intersectionOf ( :FrontTask :CoreTask ) ] rdfs:subClassOf :BoundTask ."
    ),
    "a fact of the holder's country, which is shared": (
        ":inCountry owl:propertyChainAxiom ( :heldBy :homeCountry ) . "
        "[ owl:onProperty :inCountry ; owl:hasValue :GB ] rdfs:subClassOf :BoundTask ."
    ),
    "all that a holder of a stated class holds": (
        ":CoreHolder rdfs:subClassOf [ owl:onProperty :holds ; owl:allValuesFrom :CoreTask ] . :acme a :CoreHolder ."
    ),
    "a holder's class that rows decide but nothing reads": (
        "[ owl:onProperty :holds ; owl:someValuesFrom :CoreTask ] rdfs:subClassOf :BigHolder ."
    ),
    "the domain of a link, which is the row's own cell": ":dependsOn rdfs:domain :BoundTask .",
    "a symmetric link that nothing reads": ":pairedWith a owl:SymmetricProperty .",
    "a range that every row has anyway": ":dependsOn rdfs:range :Task .",
    "a functional column of one value": ":directPartOf a owl:FunctionalProperty .",
    "two kinds of hours, which are known to differ": (
        ":CoreTask rdfs:subClassOf [ owl:onProperty :hours ; owl:hasValue :day ] ."
    ),
}
OTHERS = {
    "a whole that is what a part is": (
        "[ owl:onProperty :hasPart ; owl:someValuesFrom :FrontTask ] rdfs:subClassOf :FrontTask ."
    ),
    "a part that is what its whole is": (
        "[ owl:onProperty :partOf ; owl:someValuesFrom :BoundTask ] rdfs:subClassOf :BoundTask ."
    ),
    "what a row depends on, directly or not": (
        ":dependsOn a owl:TransitiveProperty . "
        "[ owl:onProperty :dependsOn ; owl:someValuesFrom :CoreTask ] rdfs:subClassOf :CoreTask ."
    ),
    "an inverse functional number, which merges rows": ":number a owl:InverseFunctionalProperty .",
    "a key of holder and number, which merges rows": ":Task owl:hasKey ( :heldBy :number ) .",
    "a row that an axiom names": "[ owl:oneOf ( row:p17 ) ] rdfs:subClassOf :CoreTask .",
    "a row that an axiom names as a value": (
        "[ owl:onProperty :dependsOn ; owl:hasValue row:p17 ] rdfs:subClassOf :CoreTask . "
        ":dependsOn a owl:SymmetricProperty ."
    ),
    "a holder's class that rows decide and rows read": (
        "[ owl:onProperty :holds ; owl:someValuesFrom :CoreTask ] rdfs:subClassOf :BigHolder . "
        "[ owl:onProperty :heldBy ; owl:someValuesFrom :BigHolder ] rdfs:subClassOf :BoundTask ."
    ),
    "the range of a link, which is another row's cell": ":dependsOn rdfs:range :BoundTask .",
    "two holders that a class makes one": (
        ":CoreTask rdfs:subClassOf [ owl:onProperty :heldBy ; owl:hasValue :headOffice ] ."
    ),
    "all parts of what is core": (
        ":CoreTask rdfs:subClassOf [ owl:onProperty :hasPart ; owl:allValuesFrom :CoreTask ] ."
    ),
    "a sibling by way of the whole": (
        ":sibling owl:propertyChainAxiom ( :partOf :hasPart ) . "
        "[ owl:onProperty :sibling ; owl:someValuesFrom :BoundTask ] rdfs:subClassOf :BoundTask ."
    ),
    "another row of the same holder": (
        ":together owl:propertyChainAxiom ( :heldBy :holds ) . "
        "[ owl:onProperty :together ; owl:someValuesFrom :CoreTask ] rdfs:subClassOf :CoreTask ."
    ),
    "hours that another row's use of them as a desk makes remote": (
        ":usesDesk rdfs:range :RemoteDesk . "
        "[ owl:onProperty :hours ; owl:someValuesFrom :RemoteDesk ] rdfs:subClassOf :BoundTask ."
    ),
}


@pytest.mark.parametrize("case", LOCAL)
def test_axioms_over_a_rows_own_cells_keep_it_local(case: str) -> None:
    """Such axioms leave every answer a function of the row's own cells."""
    found = locality(LOCAL[case])
    assert found.local, found.reasons


@pytest.mark.parametrize("case", OTHERS)
def test_axioms_that_reach_another_row_are_named(case: str) -> None:
    """Such axioms make an answer depend on other rows, and one of them is given as the reason."""
    found = locality(OTHERS[case])
    assert not found.local
    assert all(str(axiom) for axiom in found.reasons)


def test_a_class_over_two_columns_widens_the_slice() -> None:
    """The slice of an answer holds the columns of every definition that leads to it."""
    found = locality(LOCAL["a class over two of the row's own facts"])
    assert found.slices[ANSWERS[1]].columns == {n("public"), n("core"), n("onSite")}


ROWS, THINGS = PEOPLE[:3], PEOPLE[3:]
TABLE = [*(Column(name, literal=True) for name in DATA), Column(SIMPLE[0], many=True), Column(SIMPLE[1])]
TABLE_LINKS = [Column(COMPOSITE[0], many=True), Column(SIMPLE[3])]
ROW_CLASS = CLASSES[1]


@st.composite
def tables(draw: Callable) -> tuple[dict, list[Triple]]:
    """Draw cells by row and column, and facts about the things that rows share."""
    cells: dict = {}
    for row in ROWS:
        for column in (*TABLE, *TABLE_LINKS):
            options = VALUES.get(column.property) or (ROWS if column in TABLE_LINKS else THINGS)
            most = 2 if column.many else 1
            cells[row, column.property] = draw(st.lists(st.sampled_from(options), max_size=most, unique=True))
    facts: list[Triple] = []
    for _ in range(draw(st.integers(0, 4))):
        thing = draw(st.sampled_from(THINGS))
        facts.append((thing, RDF_TYPE, draw(st.sampled_from(CLASSES))))
        facts.append((thing, draw(st.sampled_from(SIMPLE + COMPOSITE)), draw(st.sampled_from(THINGS))))
    return cells, facts


def types(ontology: Ontology, facts: list[Triple], row: ox.NamedNode) -> set | None:
    dataset = Dataset()
    dataset.add(ontology.declarations()[:-6] + ontology.tbox() + facts, f"{ASSERTED}/table")
    closure = Closure(dataset)
    closure.run()
    return {o for _, _, o in closure.triples(row, RDF_TYPE)} if closure.consistent else None


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(ontologies(without=("same", "different", "all_different"), least=2, most=9), tables())
def test_a_local_answer_needs_its_slice_and_nothing_else(ontology: Ontology, table: tuple) -> None:
    """Whatever the axioms, an answer called local is the same with the row's slice alone as with the whole table."""
    cells, shared = table
    rules = compile_rules(ontology.tbox() + ontology.declarations())
    answers = [(RDF_TYPE, name) for name in CLASSES]
    found = analyse(
        rules, TABLE, TABLE_LINKS, answers, universal=[ROW_CLASS], shared=shared, is_row=lambda term: term in ROWS
    )
    base = [*shared, *((row, RDF_TYPE, ROW_CLASS) for row in ROWS)]
    whole = base + [(row, prop, value) for (row, prop), values in cells.items() for value in values]
    row = ROWS[0]
    expected = types(ontology, whole, row)
    for answer, one in found.slices.items():
        if expected is None or not one.local:
            continue
        own = [(row, prop, value) for prop in one.columns for value in cells[row, prop]]
        alone = types(ontology, base + own, row)
        assert alone is not None
        assert (answer[1] in alone) == (answer[1] in expected)
