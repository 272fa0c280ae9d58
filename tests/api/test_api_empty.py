"""Queries without rows: which pattern leaves nothing, and what is near it, in a header and at /why-empty."""

import pytest
from visitor import Site

PREFIXES = "".join(
    f"PREFIX {prefix}: <{space}>\n"
    for prefix, space in (
        ("bpo", "https://w3id.org/bpo-kg/ontology#"),
        ("proc", "https://w3id.org/bpo-kg/process/"),
        ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
        ("skos", "http://www.w3.org/2004/02/skos/core#"),
    )
)


@pytest.mark.parametrize(
    ("query", "pattern", "near"),
    [
        ("SELECT * { ?p a bpo:BackOfficeProces ; rdfs:label ?name }", "?p rdf:type bpo:BackOfficeProces",
         ("bpo:BackOfficeProces", "bpo:BackOfficeProcess")),
        ("SELECT * { ?p a bpo:Process ; rdfs:label 'payroll' }", "?p rdfs:label \"payroll\"",
         ('"payroll"', '"payroll"@en')),
        ("SELECT * { ?p bpo:publicContat true }", "?p bpo:publicContat", ("bpo:publicContat", "bpo:publicContact")),
        ("SELECT * { ?p bpo:specialises ?kind } VALUES ?kind { proc:payrol }", "?p bpo:specialises proc:payrol",
         ("proc:payrol", "proc:payroll")),
        ("SELECT * { proc:payroll bpo:publicContact true }", "", None),
    ],
)  # fmt: skip
def test_the_pattern_that_leaves_nothing_is_named(
    site: Site, query: str, pattern: str, near: tuple[str, str] | None
) -> None:
    """Misspelt classes, properties and values; a text without its language; facts that exclude each other."""
    told = site.json("/why-empty", query=PREFIXES + query)
    assert told["empty"]
    assert pattern in told["pattern"]
    unused = [(item["term"], item["near"]) for item in told["unused"]]
    assert unused == ([near] if near else [])
    assert told["text"]


def test_sparql_answers_without_rows_point_there(site: Site) -> None:
    """The answer itself stays what the protocol says; headers carry the reason and where to read more."""
    query = PREFIXES + "SELECT * { ?p a bpo:BackOfficeProces }"
    for accept, body in (("application/sparql-results+json", b'"bindings":[]'), ("text/csv", b"p\r\n")):
        reply = site.get("/sparql", accept=accept, query=query)
        assert reply.status == 200
        assert body in reply.body
        assert "near it there is bpo:BackOfficeProcess" in reply.headers["why-empty"]
        target = reply.headers["link"].partition(">")[0].removeprefix("<")
        assert site.server.request("GET", target).json()["empty"]
    indonesian = site.get("/sparql", accept_language="id", query=query)
    assert "tidak dipakai" in indonesian.headers["why-empty"]
    graph = site.get("/sparql", query=PREFIXES + "CONSTRUCT { ?p a ?p } WHERE { ?p a bpo:BackOfficeProces }")
    assert "why-empty" in graph.headers


@pytest.mark.parametrize("query", ["SELECT * { ?p a bpo:Process }", "ASK { ?p a bpo:Process }", "SELECT (1 AS ?n) {}"])
def test_an_answer_with_rows_has_no_reason(site: Site, query: str) -> None:
    """Neither a table with rows nor a yes or no is called empty."""
    assert "why-empty" not in site.get("/sparql", query=PREFIXES + query).headers
    assert not site.json("/why-empty", query=PREFIXES + query)["empty"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("SELECT nonsense", 400),
        ("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", 403),
        ("{" * 500, 400),
        ("INSERT DATA { <urn:a> <urn:b> <urn:c> }", 400),
    ],
)
def test_a_query_that_cannot_be_looked_into_is_refused(site: Site, query: str, status: int) -> None:
    """A broken text, a call to elsewhere, deep nesting and an update are refused, not tried."""
    assert site.get("/why-empty", query=query).status == status
