"""What comes out is well-formed, says what it is, gives nothing away, and cannot be turned into something else."""

import csv
import io
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from urllib.parse import quote

import pytest
from running_server import RunningServer

NASTY = "a\x01b\x0bc\r\nd\te<script>alert(1)</script>&amp;\"'\u2028\ufffe]]>\x7f\U0001f4de"
TABLES = ["application/sparql-results+json", "application/sparql-results+xml", "text/csv", "text/tab-separated-values"]
GRAPHS = ["text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json"]


@pytest.fixture(scope="module")
def nasty(server: RunningServer) -> RunningServer:
    """The server with a literal that has everything in it that a format could stumble over."""
    escaped = "".join(c if c.isascii() and c.isalnum() else f"\\U{ord(c):08X}" for c in NASTY)
    assert server.put("urn:nasty", f'<urn:s> <urn:p:x> "{escaped}" .').status in {201, 204}
    return server


@pytest.mark.parametrize("media", TABLES)
def test_every_table_format_survives_any_character(nasty: RunningServer, media: str) -> None:
    """JSON, CSV and TSV keep the value; XML, which cannot write some characters, stays well-formed."""
    reply = nasty.query("SELECT ?o WHERE { GRAPH <urn:nasty> { ?s ?p ?o } }", accept=media)
    assert reply.headers["content-type"].startswith(media)
    if media.endswith("json"):
        assert reply.rows == [{"o": NASTY}]
    elif media.endswith("xml"):
        literal = ET.fromstring(reply.body).find(".//{*}literal")
        assert literal is not None
        shown = literal.text or ""
        assert shown == NASTY.translate({1: "\ufffd", 0xB: "\ufffd", 0xFFFE: "\ufffd"})
    elif media == "text/csv":
        rows = list(csv.reader(io.StringIO(reply.body.decode(), newline="")))
        assert rows == [["o"], [NASTY]]
    else:
        assert reply.body.count(b"\n") == 2


@pytest.mark.parametrize("media", GRAPHS)
def test_every_graph_format_survives_any_character(nasty: RunningServer, media: str) -> None:
    """A graph with control characters comes out so that it can be put in again."""
    reply = nasty.query("CONSTRUCT { ?s ?p ?o } WHERE { GRAPH <urn:nasty> { ?s ?p ?o } }", accept=media)
    assert reply.status == 200
    again = nasty.request("PUT", "/data?graph=urn:again", reply.body, token=True, content_type=media)
    assert again.status in {201, 204}
    same = nasty.query("SELECT ?o WHERE { GRAPH <urn:again> { ?s ?p ?o } }").rows
    assert same == [
        {"o": NASTY if media != "application/rdf+xml" else NASTY.translate(dict.fromkeys((1, 0xB, 0xFFFE), "\ufffd"))}
    ]


def test_a_graph_that_rdf_xml_cannot_write_is_not_written_wrongly(server: RunningServer) -> None:
    """A predicate without a local name gets 406 in RDF/XML, and Turtle otherwise."""
    text = "CONSTRUCT { <urn:s> <http://example.org/1> 2 } WHERE {}"
    assert server.query(text, accept="application/rdf+xml").status == 406
    assert server.query(text, accept="*/*").status == 200


@pytest.mark.parametrize(
    ("accept", "table", "graph"),
    [
        ("*/*", TABLES[0], GRAPHS[0]),
        ("", TABLES[0], GRAPHS[0]),
        ("text/*", "text/csv", "text/turtle"),
        ("application/xml", TABLES[1], GRAPHS[2]),
        ("application/json", TABLES[0], GRAPHS[3]),
        ("text/csv;q=0.5, application/sparql-results+xml;q=0.9, text/turtle;q=0.2", TABLES[1], GRAPHS[0]),
        ("text/html, application/xhtml+xml, */*;q=0.1", TABLES[0], GRAPHS[0]),
        ("application/sparql-results+json;q=0, text/turtle;q=0, */*", TABLES[1], GRAPHS[1]),
        ("TEXT/CSV , APPLICATION/N-TRIPLES", "text/csv", "application/n-triples"),
        ("text/html", None, None),
        ("*/*;q=0", None, None),
        ("application/x-nothing;q=1", None, None),
    ],
)
def test_the_format_is_the_one_liked_best(
    server: RunningServer, accept: str, table: str | None, graph: str | None
) -> None:
    """Weights and wildcards are honoured; where nothing fits, 406 lists what can be had."""
    for text, media, offers in (("ASK {}", table, TABLES), ("CONSTRUCT WHERE { ?s <urn:none> ?o }", graph, GRAPHS)):
        reply = server.query(text, accept=accept)
        if media is None:
            assert reply.status == 406
            assert all(offer in reply.json()["detail"] for offer in offers)
        else:
            assert (reply.status, reply.headers["content-type"].partition(";")[0]) == (200, media)
            assert "accept" in reply.headers["vary"]


def test_answers_carry_the_headers_that_keep_a_browser_safe(server: RunningServer) -> None:
    """Good answers and refusals alike are not sniffed, not framed, not executed."""
    for reply in (
        server.query("ASK {}"),
        server.query("ASK {"),
        server.request("GET", "/nowhere"),
        server.request("GET", "/healthz"),
    ):
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in reply.headers["content-security-policy"]
        assert reply.headers["referrer-policy"] == "no-referrer"


REFUSALS = [
    ("GET", "/sparql?query=<script>alert(1)</script>", 400),
    ("GET", "/sparql?query=ASK%20%7B%7D&query=ASK%20%7B%7D", 400),
    ("GET", "/sparql?query=%ff%fe", 400),
    ("GET", "/data?graph=<script>", 400),
    ("GET", "/data?graph=urn:a&default", 400),
    ("GET", "/data/%3Cscript%3E", 400),
    ("GET", "/%3Cscript%3Ealert(1)%3C/script%3E", 404),
    ("GET", "/..%2f..%2fetc/passwd", 404),
    ("GET", "/data?graph=urn:missing", 404),
    ("DELETE", "/sparql", 405),
    ("PATCH", "/data?default", 405),
    ("BREW", "/healthz", 405),
    ("POST", "/sparql", 415),
]


@pytest.mark.parametrize(("method", "path", "status"), REFUSALS)
def test_every_refusal_has_one_shape(server: RunningServer, method: str, path: str, status: int) -> None:
    """A refusal is JSON with a status and a sentence, and shows neither a path of the machine nor a trace."""
    reply = server.request(method, path)
    assert reply.status == status
    assert reply.headers["content-type"] == "application/problem+json"
    told = reply.json()
    assert (set(told), told["status"]) == ({"type", "title", "status", "detail"}, status)
    for secret in ("Traceback", ".py", "/home", "/work", "site-packages", "/tmp"):
        assert secret not in told["detail"]
    if status == 405:
        assert "GET" in reply.headers["allow"]


def test_a_syntax_error_says_where(server: RunningServer) -> None:
    """The message of a bad query holds line and column."""
    assert "1:" in server.query("SELECT ?x WHERE { ?x }").json()["detail"]
    assert "not a SPARQL update" in server.update("INSERT DATA { ?x <urn:p> 1 }").json()["detail"]


def test_no_header_can_be_made_to_hold_another(server: RunningServer) -> None:
    """Line ends in addresses, graph names and queries never reach a header."""
    for path in (
        "/data?graph=urn:a%0d%0aset-cookie:%20x=1",
        "/%0d%0aset-cookie:%20x=1",
        "/sparql?query=%0d%0aset-cookie:1",
    ):
        reply = server.request("GET", path)
        assert reply.status in {400, 404}
        assert "set-cookie" not in reply.headers
    created = server.request(
        "POST", "/data", "<urn:a> <urn:b> 1 .", token=True, content_type="text/turtle", host="localhost"
    )
    assert created.headers["location"].startswith("http://localhost/data/")


def test_nothing_that_is_sent_can_forge_a_line_of_the_log(start: Callable[..., RunningServer]) -> None:
    """Every line of the log is one JSON object, whatever the request held."""
    server = start("--access-log")
    forged = '\n{"event": "write", "peer": "forged"}\n'
    server.get(f"ASK {{}} # {forged}")
    server.request("GET", "/" + quote(forged), user_agent="x")
    server.raw(b"GET /\x1b[31m\x85\xe2\x80\xa8 HTTP/1.1\r\nHost: localhost\r\n\r\n", timeout=1)
    server.update(f'INSERT DATA {{ GRAPH <urn:log> {{ <urn:a> <urn:b> """{forged}""" }} }}')
    assert server.settled(lambda: sum(entry["event"] == "write" for entry in server.log) >= 1)
    assert server.noise == []
    assert not [entry for entry in server.log if entry.get("peer") == "forged"]
    assert {entry["status"] for entry in server.log if entry["event"] == "request"} >= {204, 404, 400}


def test_a_long_answer_is_whole_or_refused(server: RunningServer) -> None:
    """Just under the limit of rows every row comes; one over it, 413 and no row."""
    names = " ".join(f"VALUES ?d{i} {{ {' '.join(map(str, range(20)))} }}" for i in range(4))
    whole = server.query(f"SELECT * WHERE {{ {names} VALUES ?e {{ 1 }} }}", accept="text/csv")
    assert (whole.status, whole.body.count(b"\r\n")) == (200, 160_001)
    for media in TABLES:
        over = server.query(f"SELECT * WHERE {{ {names} VALUES ?e {{ 1 2 }} }}", accept=media)
        assert over.status in {413, 503}
        assert over.headers["content-type"] == "application/problem+json"


def test_rows_are_counted_and_not_what_looks_like_rows(start: Callable[..., RunningServer]) -> None:
    """A literal full of JSON and XML punctuation is one row."""
    server = start("--max-rows", "3")
    text = '}},{"},{},{"a":{ <result> \\n' * 50
    for media in TABLES:
        assert (
            server.query(f'SELECT * WHERE {{ BIND("""{text}""" AS ?x) VALUES ?y {{ 1 2 3 }} }}', accept=media).status
            == 200
        )
        assert (
            server.query(
                f'SELECT * WHERE {{ BIND("""{text}""" AS ?x) VALUES ?y {{ 1 2 3 4 5 }} }}', accept=media
            ).status
            == 413
        )
    for media in GRAPHS:
        construct = "CONSTRUCT {{ ?y <urn:p:y> ?y }} WHERE {{ VALUES ?y {{ {} }} }}"
        assert server.query(construct.format("<urn:1> <urn:2> <urn:3>"), accept=media).status == 200
        assert server.query(construct.format("<urn:1> <urn:2> <urn:3> <urn:4>"), accept=media).status == 413


def test_head_is_get_without_a_body(server: RunningServer) -> None:
    """HEAD tells the same type and length and sends nothing."""
    path = "/sparql?query=" + quote("SELECT ?x WHERE { VALUES ?x { 1 2 3 } }")
    get, head = server.request("GET", path), server.request("HEAD", path)
    assert head.body == b""
    for name in ("content-type", "content-length", "etag", "vary"):
        assert head.headers[name] == get.headers[name]


def test_an_etag_holds_until_the_data_changes(server: RunningServer) -> None:
    """If-None-Match gets 304 while nothing was written, a whole answer afterwards; each format has its own tag."""
    path = "/sparql?query=" + quote("SELECT ?o WHERE { <urn:etag> <urn:p> ?o }")
    tag = server.request("GET", path).headers["etag"]
    assert server.request("GET", path, if_none_match=tag).status == 304
    assert server.request("GET", path, accept="text/csv").headers["etag"] != tag
    assert server.request("GET", path, if_none_match=tag, accept="text/csv").status == 200
    server.update("INSERT DATA { <urn:etag> <urn:p> 1 }")
    changed = server.request("GET", path, if_none_match=tag)
    assert (changed.status, changed.headers["etag"] != tag, changed.rows) == (200, True, [{"o": "1"}])


@pytest.mark.parametrize("function", ["NOW()", "RAND()", "UUID()", "STRUUID()"])
def test_what_differs_every_time_is_never_remembered(server: RunningServer, function: str) -> None:
    """Answers that depend on time or chance have no ETag and come out new each time."""
    replies = [server.get(f"SELECT ({function} AS ?x) WHERE {{}}") for _ in range(4)]
    assert len({reply.body for reply in replies}) == 4
    assert not [reply for reply in replies if "etag" in reply.headers]


def test_metrics_and_health_tell_how_the_server_is(server: RunningServer) -> None:
    """Both are plain, uncached and without secrets."""
    assert json.loads(server.request("GET", "/healthz").body)["status"] == "ok"
    ready = server.request("GET", "/readyz").json()
    assert ready["workers"] > 0
    text = server.request("GET", "/metrics").body.decode()
    for name in ("bpo_kg_request_seconds_bucket", "bpo_kg_workers", "bpo_kg_killed_requests_total", "bpo_kg_triples"):
        assert name in text
