"""Questions over HTTP: the answers of the library, in pages that lose nothing, for values that are only ever terms."""

import csv
import io
import json
from typing import Any

import pytest
from visitor import Site

import bpo_kg
from bpo_kg.errors import BpoKgError
from bpo_kg.questions import catalogue
from bpo_kg.shells.pages.answering import in_total_order
from bpo_kg.shells.pages.question_forms import examples

HOSTILE = (
    '" } UNION { ?s ?p ?o } #',
    "'; DROP ALL; #",
    "} } SELECT * WHERE { ?s ?p ?o",
    "scale:frontOffice> ) } INSERT DATA { <urn:a> <urn:b> <urn:c> } #",
    "\\u0022 ?x \n\r\t \\",
)


def by_library(graph: bpo_kg.KnowledgeGraph, name: str, given: dict[str, str]) -> list[dict[str, Any]] | int:
    """Return the rows that the library gives, or the status that its refusal stands for."""
    try:
        rows = graph.ask(name, **given)
    except BpoKgError as error:
        return error.http_status
    except ValueError:
        return 400
    assert not isinstance(rows, bool)
    return [{name: None if row[name] is None else str(row[name]) for name in row} for row in rows]


def by_site(site: Site, name: str, given: dict[str, str]) -> list[dict[str, Any]] | int:
    """Return the rows that the server gives, or the status of its refusal."""
    reply = site.get(f"/questions/{name}", accept="application/sparql-results+json", limit=10_000, **given)
    if reply.status != 200:
        return reply.status
    found = reply.json()
    names = found["head"]["vars"]
    return [
        {name: row[name]["value"] if name in row else None for name in names} for row in found["results"]["bindings"]
    ]


def in_order(rows: list[dict[str, Any]] | int) -> Any:
    """Return rows so that two orders of the same rows are equal."""
    return rows if isinstance(rows, int) else sorted(map(str, rows))


def test_every_question_is_served_with_its_examples(site: Site, graph: bpo_kg.KnowledgeGraph) -> None:
    """Each question gives, for the first example of its own file, the rows that the library gives."""
    assert len(catalogue()) > 30
    assert [q["name"] for q in site.json("/questions")] == list(catalogue())
    for question in catalogue().values():
        for case in examples(question)[:1]:
            given = {**case, "lang": "en"} if any(p.name == "lang" for p in question.parameters) else case
            served = by_site(site, question.name, given)
            assert isinstance(served, list), (question.name, given)
            assert in_order(served) == in_order(by_library(graph, question.name, given)), question.name


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_is_only_ever_a_term(site: Site, graph: bpo_kg.KnowledgeGraph, value: str) -> None:
    """In each parameter of each question, an injection gets what the bound term gets: the same rows or a refusal."""
    asked = 0
    for question in catalogue().values():
        valid = examples(question)[0]
        for parameter in question.parameters:
            if parameter.name == "lang":
                continue
            given = {**valid, parameter.name: value}
            expected = by_library(graph, question.name, given)
            found = by_site(site, question.name, given)
            if isinstance(expected, int):
                assert found in (400, 404), (question.name, parameter.name, found)
            else:
                assert in_order(found) == in_order(expected), (question.name, parameter.name)
            asked += 1
    assert asked > 50
    assert site.get("/questions/suits", place="PH", lang=value).status == 400


def test_nothing_that_was_asked_has_changed_the_graph(site: Site) -> None:
    """A question about another country judges it aside: afterwards every worker still knows only the served places."""
    query = "SELECT (COUNT(DISTINCT ?c) AS ?n) WHERE { ?a <https://w3id.org/bpo-kg/ontology#toCountry> ?c }"
    counts = set()
    for country in ("VN", "MX"):
        assert site.json("/questions/suits", place=country)["total"] > 50
        counts |= {site.get("/sparql", query=query + " " * n).rows[0]["n"] for n in range(4)}
    assert counts == {"10"}


def test_pages_neither_lose_nor_repeat_a_row(site: Site) -> None:
    """Following `next` from page to page gives the rows of one long page, in the same order."""
    for name, given in (("find-term", {"text": "o"}), ("suits", {"place": "PH"}), ("missing-fact", {"place": "PH"})):
        whole = site.json(f"/questions/{name}", limit=10_000, **given)
        assert whole["next"] is None
        assert whole["total"] == len(whole["rows"]) > 40
        rows, following, step = [], "", max(7, whole["total"] // 9)
        page = site.json(f"/questions/{name}", limit=step, **given)
        while True:
            rows += page["rows"]
            following = page["next"]
            if following is None:
                break
            assert page["total"] == whole["total"]
            reply = site.server.request("GET", following)
            assert reply.headers["total-count"] == str(whole["total"])
            page = reply.json()
        assert rows == whole["rows"], name


def test_the_next_page_is_linked_in_a_header(site: Site) -> None:
    """CSV has no room for `next`, so the Link header names it too; past the last row there is none."""
    reply = site.get("/questions/suits", accept="text/csv", place="PH", limit=5)
    assert reply.headers["link"].endswith('>; rel="next"')
    assert len(list(csv.reader(io.StringIO(reply.body.decode())))) == 6
    assert "link" not in site.get("/questions/suits", place="PH", offset=10_000).headers


def test_ties_of_a_question_are_broken_by_all_it_returns() -> None:
    """Every catalogued query gets a total order, and stays a query."""
    import pyoxigraph as ox

    store = ox.Store()
    for question in catalogue().values():
        text = in_total_order(question.sparql)
        names = [variable.value for variable in store.query(text).variables]
        assert text.endswith(" ".join(f"?{name}" for name in names)), question.name


def test_a_form_offers_what_the_graph_holds(site: Site) -> None:
    """Drop-down values carry labels in the reader's language, and each is a value that the question takes."""
    english = site.json("/questions/suits/form", lang="en")
    fields = {field["name"]: field for field in english["parameters"]}
    assert {"value": "PH", "label": "Philippines"} in fields["place"]["values"]
    assert {"value": "row:ten-cases/C1a", "label": "C1a · Complaints by phone"} in fields["process"]["values"]
    indonesian = site.json("/questions/suits/form", lang="id")
    grades = {choice["value"]: choice["label"] for choice in indonesian["parameters"][2]["values"]}
    assert grades["scale:excluded"] != "excluded"
    for grade in grades:
        assert site.get("/questions/suits", place="PH", grade=grade).status == 200


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "parameter place is missing"),
        ({"place": "PH", "procces": "C1a"}, "did you mean 'process'?"),
        ({"place": ["PH", "ID"]}, "given twice"),
        ({"place": ""}, "place is empty"),
        ({"place": "PH", "limit": "0"}, "limit=0 is below 1"),
        ({"place": "PH", "limit": "many"}, "is no integer"),
        ({"place": "PH", "format": "docx"}, "is none of json, srj, csv, html"),
        ({"place": "Atlantis"}, "no country 'Atlantis'"),
        ({"place": "PH", "process": "Complants by phone"}, "did you mean 'Complaints by phone'?"),
    ],
)
def test_a_slip_is_answered_with_what_would_be_right(site: Site, values: dict[str, Any], said: str) -> None:
    """A parameter that is missing, unknown, repeated, empty or of the wrong type is refused in one sentence."""
    reply = site.get("/questions/suits", **values)
    assert reply.status in (400, 404)
    assert reply.headers["content-type"] == "application/problem+json"
    assert said in json.loads(reply.body)["detail"]


def test_an_empty_answer_says_why(site: Site) -> None:
    """The body and a header name the pattern that leaves nothing, in the reader's language."""
    reply = site.get("/questions/suits", process="C1a", place="PH", grade="excluded")
    assert reply.json()["total"] == 0
    assert "bpo:verdict scale:excluded" in reply.json()["why_empty"][0]
    assert "bpo:verdict scale:excluded" in reply.headers["why-empty"]
    assert "why-empty" not in site.get("/questions/suits", process="C1a", place="PH").headers
    page = site.get("/questions/suits", accept="text/html", process="C1a", place="PH", grade="excluded", lang="id")
    assert "tidak ada jawaban" in page.body.decode()
