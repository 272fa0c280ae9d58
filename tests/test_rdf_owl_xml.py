"""OWL/XML by the W3C mapping: each axiom as the triples it stands for, and an error for what has no mapping."""

from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import Graph
from rdflib.compare import isomorphic, to_canonical_graph

from bpo_kg.errors import SourceError
from bpo_kg.sources.rdf import read_rdf

DOCUMENT = """<?xml version="1.0"?>
<Ontology xmlns="http://www.w3.org/2002/07/owl#" xml:base="https://example.org/bank" ontologyIRI="https://example.org/bank">
  <Prefix name="" IRI="https://example.org/bank#"/>
  <Prefix name="xsd" IRI="http://www.w3.org/2001/XMLSchema#"/>
  {}
</Ontology>
"""
TURTLE = """@prefix : <https://example.org/bank#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<https://example.org/bank> a owl:Ontology .
"""
A, B, C = ('<Class IRI="#A"/>', '<Class abbreviatedIRI=":B"/>', '<Class IRI="https://example.org/bank#C"/>')
P, Q = '<ObjectProperty IRI="#p"/>', '<ObjectProperty IRI="#q"/>'
D = '<DataProperty IRI="#d"/>'
X, Y, Z = ('<NamedIndividual IRI="#x"/>', '<NamedIndividual IRI="#y"/>', '<NamedIndividual IRI="#z"/>')
INT = '<Datatype abbreviatedIRI="xsd:integer"/>'
FIVE = '<Literal datatypeIRI="http://www.w3.org/2001/XMLSchema#integer">5</Literal>'
COMMENT = '<AnnotationProperty abbreviatedIRI="rdfs:comment"/>'
NOTE = f'<Annotation>{COMMENT}<Literal xml:lang="id">catatan</Literal></Annotation>'


def read(folder: Path, axioms: str) -> Graph:
    path = folder / "bank.owx"
    path.write_text(DOCUMENT.format(axioms), encoding="utf-8")
    quads = read_rdf(path).quads
    text = ox.serialize([ox.Triple(q.subject, q.predicate, q.object) for q in quads], format=ox.RdfFormat.N_TRIPLES)
    assert text is not None
    return Graph().parse(data=text, format="nt")


@pytest.mark.parametrize(
    ("axiom", "turtle"),
    [
        (f"<Declaration>{A}</Declaration>", ":A a owl:Class ."),
        (f"<Declaration>{INT}</Declaration>", "xsd:integer a rdfs:Datatype ."),
        (f"<Declaration>{D}</Declaration>", ":d a owl:DatatypeProperty ."),
        (f"<Declaration>{X}</Declaration>", ":x a owl:NamedIndividual ."),
        (
            "<Import>https://example.org/other/</Import>",
            "<https://example.org/bank> owl:imports <https://example.org/other/> .",
        ),
        (NOTE, '<https://example.org/bank> rdfs:comment "catatan"@id .'),
        (f"<SubClassOf>{A}{B}</SubClassOf>", ":A rdfs:subClassOf :B ."),
        (
            f"<EquivalentClasses>{A}{B}{C}</EquivalentClasses>",
            ":A owl:equivalentClass :B . :B owl:equivalentClass :C .",
        ),
        (f"<DisjointClasses>{A}{B}</DisjointClasses>", ":A owl:disjointWith :B ."),
        (f"<DisjointClasses>{A}{B}{C}</DisjointClasses>", "[] a owl:AllDisjointClasses ; owl:members ( :A :B :C ) ."),
        (f"<DisjointUnion>{A}{B}{C}</DisjointUnion>", ":A owl:disjointUnionOf ( :B :C ) ."),
        (
            f"<SubClassOf>{A}<ObjectSomeValuesFrom>{P}{B}</ObjectSomeValuesFrom></SubClassOf>",
            ":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :B ] .",
        ),
        (
            f"<SubClassOf>{A}<ObjectAllValuesFrom><ObjectInverseOf>{P}</ObjectInverseOf>{B}</ObjectAllValuesFrom></SubClassOf>",
            ":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty [ owl:inverseOf :p ] ; owl:allValuesFrom :B ] .",
        ),
        (
            f"<SubClassOf>{A}<ObjectHasValue>{P}{X}</ObjectHasValue></SubClassOf>",
            ":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:hasValue :x ] .",
        ),
        (
            f"<SubClassOf>{A}<DataHasValue>{D}{FIVE}</DataHasValue></SubClassOf>",
            ":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :d ; owl:hasValue 5 ] .",
        ),
        (
            f"<SubClassOf>{A}<ObjectHasSelf>{P}</ObjectHasSelf></SubClassOf>",
            ":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:hasSelf true ] .",
        ),
        (
            f'<SubClassOf>{A}<ObjectMinCardinality cardinality="2">{P}</ObjectMinCardinality></SubClassOf>',
            ":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ;"
            ' owl:minCardinality "2"^^xsd:nonNegativeInteger ] .',
        ),
        (
            f'<SubClassOf>{A}<ObjectMaxCardinality cardinality="1">{P}{B}</ObjectMaxCardinality></SubClassOf>',
            ":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :p ; owl:onClass :B ;"
            ' owl:maxQualifiedCardinality "1"^^xsd:nonNegativeInteger ] .',
        ),
        (
            f'<SubClassOf>{A}<DataExactCardinality cardinality="1">{D}{INT}</DataExactCardinality></SubClassOf>',
            ":A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :d ; owl:onDataRange xsd:integer ;"
            ' owl:qualifiedCardinality "1"^^xsd:nonNegativeInteger ] .',
        ),
        (
            f"<EquivalentClasses>{A}<ObjectIntersectionOf>{B}<ObjectComplementOf>{C}</ObjectComplementOf>"
            "</ObjectIntersectionOf></EquivalentClasses>",
            ":A owl:equivalentClass [ a owl:Class ;"
            " owl:intersectionOf ( :B [ a owl:Class ; owl:complementOf :C ] ) ] .",
        ),
        (
            f"<SubClassOf><ObjectUnionOf>{A}{B}</ObjectUnionOf><ObjectOneOf>{X}{Y}</ObjectOneOf></SubClassOf>",
            "[ a owl:Class ; owl:unionOf ( :A :B ) ] rdfs:subClassOf [ a owl:Class ; owl:oneOf ( :x :y ) ] .",
        ),
        (
            f"<DataPropertyRange>{D}<DatatypeRestriction>{INT}"
            f'<FacetRestriction facet="http://www.w3.org/2001/XMLSchema#minInclusive">{FIVE}</FacetRestriction>'
            "</DatatypeRestriction></DataPropertyRange>",
            ":d rdfs:range [ a rdfs:Datatype ; owl:onDatatype xsd:integer ;"
            " owl:withRestrictions ( [ xsd:minInclusive 5 ] ) ] .",
        ),
        (
            f"<DataPropertyRange>{D}<DataUnionOf>{INT}<DataComplementOf>{INT}</DataComplementOf><DataOneOf>{FIVE}</DataOneOf>"
            "</DataUnionOf></DataPropertyRange>",
            ":d rdfs:range [ a rdfs:Datatype ; owl:unionOf ( xsd:integer"
            " [ a rdfs:Datatype ; owl:datatypeComplementOf xsd:integer ] [ a rdfs:Datatype ; owl:oneOf ( 5 ) ] ) ] .",
        ),
        (f"<SubObjectPropertyOf>{P}{Q}</SubObjectPropertyOf>", ":p rdfs:subPropertyOf :q ."),
        (
            f"<SubObjectPropertyOf><ObjectPropertyChain>{P}{Q}</ObjectPropertyChain>{P}</SubObjectPropertyOf>",
            ":p owl:propertyChainAxiom ( :p :q ) .",
        ),
        (f"<InverseObjectProperties>{P}{Q}</InverseObjectProperties>", ":p owl:inverseOf :q ."),
        (f"<EquivalentObjectProperties>{P}{Q}</EquivalentObjectProperties>", ":p owl:equivalentProperty :q ."),
        (f"<DisjointObjectProperties>{P}{Q}</DisjointObjectProperties>", ":p owl:propertyDisjointWith :q ."),
        (f"<ObjectPropertyDomain>{P}{A}</ObjectPropertyDomain>", ":p rdfs:domain :A ."),
        (f"<FunctionalDataProperty>{D}</FunctionalDataProperty>", ":d a owl:FunctionalProperty ."),
        (f"<TransitiveObjectProperty>{P}</TransitiveObjectProperty>", ":p a owl:TransitiveProperty ."),
        (
            f"<InverseFunctionalObjectProperty>{P}</InverseFunctionalObjectProperty>",
            ":p a owl:InverseFunctionalProperty .",
        ),
        (f"<HasKey>{A}{P}{D}</HasKey>", ":A owl:hasKey ( :p :d ) ."),
        (f"<ClassAssertion>{A}{X}</ClassAssertion>", ":x a :A ."),
        (f"<ObjectPropertyAssertion>{P}{X}{Y}</ObjectPropertyAssertion>", ":x :p :y ."),
        (
            f"<ObjectPropertyAssertion><ObjectInverseOf>{P}</ObjectInverseOf>{X}{Y}</ObjectPropertyAssertion>",
            ":y :p :x .",
        ),
        (
            f'<ObjectPropertyAssertion>{P}{X}<AnonymousIndividual nodeID="_:n"/></ObjectPropertyAssertion>'
            f'<ClassAssertion>{A}<AnonymousIndividual nodeID="_:n"/></ClassAssertion>',
            ":x :p [ a :A ] .",
        ),
        (f"<DataPropertyAssertion>{D}{X}<Literal>a b</Literal></DataPropertyAssertion>", ':x :d "a b" .'),
        (
            f"<NegativeObjectPropertyAssertion>{P}{X}{Y}</NegativeObjectPropertyAssertion>",
            "[] a owl:NegativePropertyAssertion ; owl:sourceIndividual :x ; owl:assertionProperty :p ;"
            " owl:targetIndividual :y .",
        ),
        (
            f"<NegativeDataPropertyAssertion>{D}{X}{FIVE}</NegativeDataPropertyAssertion>",
            "[] a owl:NegativePropertyAssertion ; owl:sourceIndividual :x ; owl:assertionProperty :d ;"
            " owl:targetValue 5 .",
        ),
        (f"<SameIndividual>{X}{Y}{Z}</SameIndividual>", ":x owl:sameAs :y . :y owl:sameAs :z ."),
        (f"<DifferentIndividuals>{X}{Y}</DifferentIndividuals>", ":x owl:differentFrom :y ."),
        (
            f"<DifferentIndividuals>{X}{Y}{Z}</DifferentIndividuals>",
            "[] a owl:AllDifferent ; owl:distinctMembers ( :x :y :z ) .",
        ),
        (
            '<AnnotationAssertion><AnnotationProperty abbreviatedIRI="rdfs:label"/><IRI>#A</IRI>'
            '<Literal xml:lang="en">desk</Literal></AnnotationAssertion>',
            ':A rdfs:label "desk"@en .',
        ),
        (
            f"<SubClassOf>{NOTE}{A}{B}</SubClassOf>",
            ":A rdfs:subClassOf :B . [] a owl:Axiom ; owl:annotatedSource :A ; owl:annotatedProperty rdfs:subClassOf ;"
            ' owl:annotatedTarget :B ; rdfs:comment "catatan"@id .',
        ),
        (
            f"<DisjointClasses>{NOTE}{A}{B}{C}</DisjointClasses>",
            '[] a owl:AllDisjointClasses ; owl:members ( :A :B :C ) ; rdfs:comment "catatan"@id .',
        ),
    ],
)
def test_each_axiom_is_mapped(tmp_path: Path, axiom: str, turtle: str) -> None:
    """The same graph as in Turtle, blank nodes aside."""
    expected = Graph().parse(data=TURTLE + turtle, format="turtle")
    found = read(tmp_path, axiom)
    assert isomorphic(found, expected), to_canonical_graph(found).serialize(format="nt")


@pytest.mark.parametrize(
    ("axiom", "message"),
    [
        ("<DLSafeRule><Body/><Head/></DLSafeRule>", "DLSafeRule has no mapping"),
        (f"<SubClassOf>{A}<ObjectMystery/></SubClassOf>", "ObjectMystery has no mapping"),
        (f"<SubClassOf>{A}</SubClassOf>", "SubClassOf has 1 parts where 2 would be right"),
        ('<ClassAssertion><Class abbreviatedIRI="no:A"/></ClassAssertion>', "prefix 'no', which is not declared"),
        ("<Declaration><Class/></Declaration>", "neither IRI nor abbreviatedIRI"),
        ("<Declaration><Literal>5</Literal></Declaration>", "Literal cannot be declared"),
        (
            f'<SubClassOf>{A}<ObjectMinCardinality cardinality="-1">{P}</ObjectMinCardinality></SubClassOf>',
            "cardinality",
        ),
        (f"<ObjectPropertyAssertion>{FIVE}{X}{Y}</ObjectPropertyAssertion>", "no triple"),
        ('<Declaration><Class IRI="a b"/></Declaration>', "no valid IRI"),
    ],
)
def test_no_axiom_is_lost_without_a_word(tmp_path: Path, axiom: str, message: str) -> None:
    """What cannot be mapped is named with its line and column."""
    with pytest.raises(SourceError, match=message) as raised:
        read(tmp_path, axiom)
    assert "bank.owx" in str(raised.value)
