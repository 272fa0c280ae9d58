"""Linked data: each thing at its address in the formats of the web, the ontology, VoID and the example queries."""

import json

import pyoxigraph as ox
import pytest
from visitor import EXAMPLES, Site

from bpo_kg.questions import catalogue
from bpo_kg.shells.pages.served import address

FORMATS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
}
BASE = "https://w3id.org/bpo-kg/"
CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
SH, VOID = "http://www.w3.org/ns/shacl#", "http://rdfs.org/ns/void#"


def triples(body: bytes, media: str) -> set[ox.Triple]:
    """Return the triples of a document, blank nodes named by what is said of them."""
    parsed = ox.Dataset(ox.Quad(q.subject, q.predicate, q.object) for q in ox.parse(body, format=FORMATS[media]))
    parsed.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return {quad.triple for quad in parsed}


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, "text/turtle"),
        ("*/*", "text/turtle"),
        (CHROME, "text/html"),
        ("text/turtle", "text/turtle"),
        ("application/ld+json", "application/ld+json"),
        ("application/json", "application/ld+json"),
        ("application/rdf+xml", "application/rdf+xml"),
        ("application/n-triples", "application/n-triples"),
        ("text/turtle;q=0.5, application/ld+json;q=0.9", "application/ld+json"),
        ("image/png, */*;q=0.1", "text/turtle"),
        ("text/*", "text/turtle"),
        ("image/png", None),
        ("text/turtle;q=0", None),
    ],
)
def test_the_accept_header_decides_the_format(site: Site, accept: str | None, media: str | None) -> None:
    """A thing and the ontology are negotiated alike; what cannot be had is 406 with the list of what can."""
    for path in ("/id/process/payroll", "/ontology"):
        reply = site.get(path, accept=accept)
        if media is None:
            assert reply.status == 406
            assert "text/turtle" in reply.json()["detail"]
        else:
            assert reply.headers["content-type"].partition(";")[0] == media


@pytest.mark.parametrize(
    "path",
    ["/id/process/payroll", "/id/ontology/BackOfficeProcess", "/id/row/ten-cases/C3", "/id/rule/p3", "/ontology"],
)
def test_every_format_says_the_same(site: Site, path: str) -> None:
    """Turtle, JSON-LD, RDF/XML and N-Triples hold the same triples, in both languages whatever the reader's."""
    found = {media: triples(site.get(path, accept=media).body, media) for media in FORMATS}
    assert len(found["text/turtle"]) > 5
    for media, other in found.items():
        assert other == found["text/turtle"], media
    languages = {t.object.language for t in found["text/turtle"] if isinstance(t.object, ox.Literal)}
    assert path == "/id/row/ten-cases/C3" or {"en", "id"} <= languages


def test_every_thing_of_the_graph_has_a_page(site: Site) -> None:
    """Rows, assessments, countries, classes, and things of other namespaces are all found at their address."""
    query = "SELECT DISTINCT ?s WHERE { ?s ?p ?o FILTER(ISIRI(?s)) } ORDER BY ?s"
    iris = [row["s"] for row in site.get("/sparql", query=query).rows]
    assert len(iris) > 2000
    sample = [*iris[:: len(iris) // 40], BASE + "row/ten-cases/C1a", "https://example.org/sourcing/merapiYogyakarta"]
    for iri in sample:
        reply = site.get(address(iri), accept="text/html")
        assert reply.status == 200, (iri, address(iri))


def test_the_page_of_a_thing_speaks_the_readers_language(site: Site) -> None:
    """Label and definition follow Accept-Language and ?lang, which wins; RDF keeps both languages."""
    spoken = {
        (None, None): "payroll",
        ("id", None): "penggajian",
        ("in;q=0.9, en;q=0.1", None): "penggajian",
        ("fr, en;q=0.2", None): "payroll",
        ("id", "en"): "payroll",
        ("en", "id"): "penggajian",
        ("zz", None): "payroll",
    }
    for (accepted, lang), name in spoken.items():
        values = {"lang": lang} if lang else {}
        reply = site.get("/id/process/payroll", accept="text/html", accept_language=accepted, **values)
        assert f"<h1>{name}</h1>" in reply.body.decode(), (accepted, lang)


@pytest.mark.parametrize("path", ["/id/process/nothing", "/id/", "/id/row/x/%ff", "/id/%00", "/id?iri=urn:nothing"])
def test_what_the_graph_does_not_know_is_not_found(site: Site, path: str) -> None:
    """An address without triples is 404 or a refusal, never an empty document."""
    assert site.server.request("GET", path).status in (400, 404)


def test_void_counts_what_is_there(site: Site) -> None:
    """VoID gives the merged graph's size, and each class and property with its count; example queries stand with it."""
    graph = ox.Store()
    graph.bulk_load(site.get("/.well-known/void", accept="text/turtle").body, format=ox.RdfFormat.TURTLE)

    def one(query: str) -> int:
        return int(next(iter(graph.query(f"PREFIX void: <{VOID}> {query}")))["n"].value)

    served = site.get("/sparql", query="SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?s ?p ?o { ?s ?p ?o } }").rows[0]["n"]
    assert one("SELECT ?n { ?d a void:Dataset ; void:triples ?n }") == int(served)
    ask = "SELECT (COUNT(DISTINCT ?c) AS ?n) { ?x a ?c FILTER(ISIRI(?c)) }"
    classes = site.get("/sparql", query=ask).rows[0]["n"]
    assert one("SELECT (COUNT(*) AS ?n) { ?d void:classPartition ?p }") == int(classes)
    assert one("SELECT (SUM(?t) AS ?n) { ?d a void:Dataset ; void:propertyPartition/void:triples ?t }") == int(served)
    entities = "SELECT ?n { ?p void:class <https://w3id.org/bpo-kg/ontology#GenericProcess> ; void:entities ?n }"
    kinds = site.get("/sparql", query="SELECT ?k { ?k a <https://w3id.org/bpo-kg/ontology#GenericProcess> }").rows
    assert one(entities) == len(kinds)
    assert one(f"SELECT (COUNT(*) AS ?n) {{ ?q a <{SH}SPARQLExecutable> }}") == len(catalogue())


def test_query_editors_find_examples_in_the_endpoint(site: Site) -> None:
    """The query that editors send for examples gives every question, and each example runs and has rows."""
    ask = f"""PREFIX sh: <{SH}> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
    SELECT DISTINCT ?sq ?comment ?query WHERE {{
        ?sq a sh:SPARQLExecutable ; rdfs:comment ?comment ; sh:select|sh:ask|sh:construct ?query
    }} ORDER BY ?sq"""
    rows = site.get("/sparql", query=ask).rows
    assert {row["sq"].rpartition("/")[2] for row in rows} == set(catalogue())
    assert len(rows) == 2 * len(catalogue())
    with_rows = [bool(site.get("/sparql", query=query).rows) for query in sorted({row["query"] for row in rows})]
    assert sum(with_rows) > 0.7 * len(with_rows)
    examples = site.get("/.well-known/sparql-examples", accept="application/n-triples").body
    assert examples.count(b"SPARQLSelectExecutable") == len(catalogue())


def test_json_ld_names_no_context_to_fetch(site: Site) -> None:
    """JSON-LD carries its prefixes itself, so no reader has to go to the network."""
    found = json.loads(site.get("/id/process/payroll", accept="application/ld+json").body)
    context = found.get("@context", {}) if isinstance(found, dict) else {}
    assert not isinstance(context, str)
    assert EXAMPLES.is_dir()
