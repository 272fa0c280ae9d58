"""Describe the data set in VoID: how many triples, which classes and properties, where to query, what to try first.

Counts are those of the merged graph, a triple of two sources once, and follow every write.
"""

from collections.abc import Iterator

import pyoxigraph as ox

from bpo_kg.questions import catalogue
from bpo_kg.shells.pages.examples import example_triples, iri_of
from bpo_kg.shells.pages.operation import Operation, Visit
from bpo_kg.shells.pages.served import Served
from bpo_kg.shells.server import Response
from bpo_kg.shells.server.negotiation import GRAPHS
from bpo_kg.vocabulary import BASE, BPO, DCTERMS, PREFIXES, RDF, SH, SKOS, XSD

VOID = "http://rdfs.org/ns/void#"
_SECONDS = 15.0
"""Wall time for counting every class and property once; the answer is remembered until the next write."""
FOAF = "http://xmlns.com/foaf/0.1/"
_CLASSES = "SELECT ?class (COUNT(DISTINCT ?s) AS ?n) WHERE { ?s a ?class } GROUP BY ?class ORDER BY ?class"
_PROPERTIES = """SELECT ?p (COUNT(*) AS ?n) (COUNT(DISTINCT ?s) AS ?subjects) (COUNT(DISTINCT ?o) AS ?objects)
WHERE { SELECT DISTINCT ?s ?p ?o WHERE { ?s ?p ?o } } GROUP BY ?p ORDER BY ?p"""
_OF_CLASSES = """SELECT ?class ?p (COUNT(*) AS ?n) WHERE { { SELECT DISTINCT ?s ?class WHERE { ?s a ?class } }
{ SELECT DISTINCT ?s ?p ?o WHERE { ?s ?p ?o } } } GROUP BY ?class ?p ORDER BY ?class ?p"""
_SUBJECTS = "SELECT (COUNT(DISTINCT ?s) AS ?n) WHERE { ?s ?p ?o }"


def operations(served: Served) -> list[Operation]:
    """Return the operations below `/.well-known/`."""
    return [
        Operation(
            "/.well-known/void",
            "void",
            "graph",
            {"en": "Describe the data set (VoID), example queries included", "id": "Uraikan kumpulan data (VoID)"},
            lambda visit: _written(visit, [*description(served, visit), *_examples(visit)]),
            offers=GRAPHS,
            lang=served.lang,
            timeout=_SECONDS,
        ),
        Operation(
            "/.well-known/sparql-examples",
            "sparqlExamples",
            "graph",
            {"en": "The questions as example queries (SHACL)", "id": "Pertanyaan sebagai contoh kueri (SHACL)"},
            lambda visit: _written(visit, _examples(visit)),
            offers=GRAPHS,
            lang=served.lang,
        ),
    ]


def _examples(visit: Visit) -> list[ox.Triple]:
    return example_triples(visit.request.origin + "/sparql")


def _written(visit: Visit, triples: list[ox.Triple]) -> Response:
    rdf = visit.offer.rdf
    prefixes = {**PREFIXES, "void": VOID, "foaf": FOAF, "sh": SH, "schema": "https://schema.org/"}
    plain = rdf == ox.RdfFormat.N_TRIPLES
    return visit.answer(ox.serialize(triples, format=rdf, prefixes=None if plain else prefixes) or b"")


def description(served: Served, visit: Visit) -> list[ox.Triple]:
    """Return the description of the served graph, at the address that the visitor used."""
    origin = visit.request.origin
    dataset = ox.NamedNode(origin + "/.well-known/void#dataset")
    found = [
        _iri(dataset, RDF + "type", VOID + "Dataset"),
        _text(dataset, DCTERMS + "title", "BPO knowledge graph", "en"),
        _text(dataset, DCTERMS + "title", "Graf pengetahuan BPO", "id"),
        _iri(dataset, DCTERMS + "license", "https://creativecommons.org/licenses/by/4.0/"),
        _iri(dataset, FOAF + "homepage", origin + "/"),
        _iri(dataset, VOID + "sparqlEndpoint", origin + "/sparql"),
        _iri(dataset, VOID + "dataDump", origin + "/data"),
        _iri(dataset, VOID + "exampleResource", BASE + "process/payroll"),
        ox.Triple(dataset, ox.NamedNode(VOID + "uriSpace"), ox.Literal(BASE)),
        *(_iri(dataset, VOID + "vocabulary", name) for name in (BPO, SKOS, DCTERMS)),
        *(_iri(dataset, VOID + "feature", f"http://www.w3.org/ns/formats/{f}") for f in ("Turtle", "JSON-LD")),
    ]
    for question in catalogue().values():
        found.append(_iri(dataset, DCTERMS + "hasPart", iri_of(question).value))
    found += _counted(served, dataset)
    return found


def _counted(served: Served, dataset: ox.NamedNode) -> Iterator[ox.Triple]:
    query = served.kg.dataset.query
    total = 0
    classes: dict[str, ox.NamedNode] = {}
    for row in query(_PROPERTIES):
        part = ox.NamedNode(f"{dataset.value}-property-{total}")
        total += int(row["n"].value)
        yield _iri(dataset, VOID + "propertyPartition", part.value)
        yield ox.Triple(part, ox.NamedNode(VOID + "property"), row["p"])
        for name, variable in (("triples", "n"), ("distinctSubjects", "subjects"), ("distinctObjects", "objects")):
            yield _number(part, VOID + name, int(row[variable].value))
    for row in query(_CLASSES):
        cls = row["class"]
        if not isinstance(cls, ox.NamedNode):
            continue
        part = classes[cls.value] = ox.NamedNode(f"{dataset.value}-class-{len(classes)}")
        yield _iri(dataset, VOID + "classPartition", part.value)
        yield ox.Triple(part, ox.NamedNode(VOID + "class"), cls)
        yield _number(part, VOID + "entities", int(row["n"].value))
    for number, row in enumerate(query(_OF_CLASSES)):
        if not isinstance(row["class"], ox.NamedNode):
            continue
        inner = ox.NamedNode(f"{dataset.value}-class-property-{number}")
        yield _iri(classes[row["class"].value], VOID + "propertyPartition", inner.value)
        yield ox.Triple(inner, ox.NamedNode(VOID + "property"), row["p"])
        yield _number(inner, VOID + "triples", int(row["n"].value))
    yield _number(dataset, VOID + "triples", total)
    yield _number(dataset, VOID + "classes", len(classes))
    yield _number(dataset, VOID + "distinctSubjects", int(next(iter(query(_SUBJECTS)))["n"].value))


def _iri(subject: ox.NamedNode, predicate: str, value: str) -> ox.Triple:
    return ox.Triple(subject, ox.NamedNode(predicate), ox.NamedNode(value))


def _text(subject: ox.NamedNode, predicate: str, value: str, lang: str) -> ox.Triple:
    return ox.Triple(subject, ox.NamedNode(predicate), ox.Literal(value, language=lang))


def _number(subject: ox.NamedNode, predicate: str, value: int) -> ox.Triple:
    return ox.Triple(subject, ox.NamedNode(predicate), ox.Literal(str(value), datatype=ox.NamedNode(XSD + "integer")))
