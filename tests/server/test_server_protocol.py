"""SPARQL 1.1 Protocol and Graph Store Protocol, as the W3C's tests ask for them, over every way to ask."""

from collections.abc import Callable
from urllib.parse import quote, urlencode

import pytest
from running_server import JSON, RunningServer

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"


@pytest.fixture(scope="module")
def data(server: RunningServer) -> RunningServer:
    """The server with three graphs of one triple each."""
    for number in (1, 2, 3):
        assert server.put(f"urn:data:{number}", f"<urn:thing:{number}> a <urn:Document> .").status in {201, 204}
    return server


# Each is the name that a reader would give the literal and what a form has to send for it.
TEXTS = ["plain", "a+b c", "100%25", "%", "&=;?#/", "ünïcödé ✓", "line\nbreak", "%41", "'\"\\", "\U0001f4de"]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_decoded_exactly_once_however_it_is_sent(server: RunningServer, text: str) -> None:
    """GET, both forms of POST and QUERY see the same characters."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    query = f'SELECT ("{escaped}" AS ?x) WHERE {{}}'
    replies = [
        server.request("GET", "/sparql?" + urlencode({"query": query})),
        server.request("GET", "/sparql?query=" + quote(query, safe="")),
        server.request("POST", "/sparql", urlencode({"query": query}), content_type=FORM),
        server.request("POST", "/sparql/", query, content_type=QUERY),
        server.request("POST", "/sparql", query, content_type=QUERY + "; charset=UTF-8"),
        server.request("QUERY", "/sparql", query, content_type=QUERY),
    ]
    assert [(reply.status, reply.rows) for reply in replies] == [(200, [{"x": text}])] * len(replies)


def graphs(names: dict[str, list[int]]) -> str:
    """Parameters that name graphs."""
    return urlencode([(name, f"urn:data:{number}") for name, numbers in names.items() for number in numbers])


@pytest.mark.parametrize(
    ("names", "default", "named"),
    [
        ({"default-graph-uri": [1]}, {1}, set()),
        ({"default-graph-uri": [1, 2]}, {1, 2}, set()),
        ({"named-graph-uri": [1, 2]}, set(), {1, 2}),
        ({"default-graph-uri": [3], "named-graph-uri": [1]}, {3}, {1}),
        ({}, set(), {1, 2, 3}),
    ],
)
@pytest.mark.parametrize("way", ["GET", "form", "form and address", "direct"])
def test_the_request_chooses_the_dataset(
    data: RunningServer, way: str, names: dict[str, list[int]], default: set[int], named: set[int]
) -> None:
    """default-graph-uri and named-graph-uri replace the dataset and FROM of the text, in every way to ask."""
    for text, expected in (
        ("SELECT ?s FROM <urn:data:2> WHERE { ?s a <urn:Document> }", default or {2}),
        ("SELECT ?s WHERE { GRAPH ?g { ?s a <urn:Document> } }", named),
    ):
        if names and "FROM" in text and not default:
            expected = set()
        parameters = graphs(names)
        if way == "GET":
            reply = data.request("GET", f"/sparql?query={quote(text, safe='')}&{parameters}")
        elif way == "form":
            reply = data.request("POST", "/sparql", f"query={quote(text, safe='')}&{parameters}", content_type=FORM)
        elif way == "form and address":
            reply = data.request("POST", f"/sparql?{parameters}", f"query={quote(text, safe='')}", content_type=FORM)
        else:
            reply = data.request("POST", f"/sparql?{parameters}", text, content_type=QUERY)
        assert {row["s"] for row in reply.rows} == {f"urn:thing:{number}" for number in expected}


def test_an_update_can_be_given_its_dataset(data: RunningServer) -> None:
    """using-graph-uri and using-named-graph-uri decide what WHERE sees, and exclude USING and WITH in the text."""
    insert = "INSERT {{ GRAPH <urn:used> {{ ?s a <urn:{}> }} }} WHERE {{ ?s a <urn:Document> }}"
    path = "/sparql?" + graphs({"using-graph-uri": [1, 2]})
    assert data.request("POST", path, insert.format("A"), token=True, content_type=UPDATE).status == 204
    assert data.count("GRAPH <urn:used> { ?s a <urn:A> }") == 2
    named = "INSERT { GRAPH <urn:used> { ?s a <urn:B> } } WHERE { GRAPH ?g { ?s a <urn:Document> } }"
    body = urlencode({"update": named}) + "&" + graphs({"using-named-graph-uri": [3]})
    assert data.request("POST", "/sparql", body, token=True, content_type=FORM).status == 204
    assert data.count("GRAPH <urn:used> { ?s a <urn:B> }") == 1
    for clause in ("USING <urn:data:1>", "USING NAMED <urn:data:1>"):
        text = f"INSERT {{ ?s a <urn:C> }} {clause} WHERE {{ ?s a ?t }}"
        assert data.request("POST", path, text, token=True, content_type=UPDATE).status == 400
    text = "WITH <urn:data:1> INSERT { ?s a <urn:C> } WHERE { ?s a ?t }"
    assert data.request("POST", path, text, token=True, content_type=UPDATE).status == 400
    data.update("DROP SILENT GRAPH <urn:used>")


def test_relative_iris_are_resolved_against_the_endpoint(start: Callable[..., RunningServer]) -> None:
    """An update without BASE has one."""
    server = start()
    assert server.update("INSERT DATA { <a> <b> <#c> }").status == 204
    assert server.query("SELECT ?s ?o WHERE { ?s ?p ?o }").rows == [
        {"s": f"{server.url}/a", "o": f"{server.url}/sparql#c"}
    ]


@pytest.mark.parametrize(
    ("method", "path", "body", "media", "status"),
    [
        ("GET", "/sparql?query=ASK%20%7B%7D&query=SELECT%20%2A%20%7B%7D", None, "", 400),
        ("GET", "/sparql?query=ASK%20%7B%7D%20ASK%20%7B%7D", None, "", 400),
        ("GET", "/sparql?query=", None, "", 400),
        ("GET", "/sparql?query=%FF", None, "", 400),
        ("GET", "/sparql?update=CLEAR%20ALL", None, "", 400),
        ("PUT", "/sparql?query=ASK%20%7B%7D", "", "", 405),
        ("DELETE", "/sparql", None, "", 405),
        ("POST", "/sparql", "ASK {}", "text/plain", 415),
        ("POST", "/sparql", "ASK {}", "", 415),
        ("POST", "/sparql", "query=ASK%20%7B%7D", QUERY, 400),
        ("POST", "/sparql", "ASK {}", FORM, 400),
        ("POST", "/sparql", "query=ASK%7B%7D&query=ASK%7B%7D", FORM, 400),
        ("POST", "/sparql", "query=ASK%7B%7D&update=CLEAR%20ALL", FORM, 400),
        ("POST", "/sparql", "ASK {}".encode("utf-16"), QUERY, 400),
        ("POST", "/sparql", "ASK {}".encode("utf-16"), QUERY + "; charset=utf-16", 400),
        ("POST", "/sparql", "CLEAR ALL".encode("utf-16"), UPDATE, 400),
        ("POST", "/sparql", "CLEAR NAMED ; CLEAR ALL ; ;", UPDATE, 400),
        ("POST", "/sparql", "update=CLEAR%20ALL&update=CLEAR%20ALL", FORM, 400),
        ("POST", "/sparql", "INSERT DATA { <urn:a> <urn:b> ?c }", UPDATE, 400),
        ("POST", "/sparql?query=ASK%7B%7D", "ASK {}", QUERY, 400),
        ("QUERY", "/sparql", "ASK {}", FORM, 415),
        ("QUERY", "/sparql", "CLEAR ALL", UPDATE, 415),
    ],
)
def test_a_bad_request_is_refused_by_its_number(
    server: RunningServer, method: str, path: str, body: str | bytes | None, media: str, status: int
) -> None:
    """The numbers are those of the protocol, and nothing is written."""
    headers = {"content_type": media} if media else {}
    assert server.request(method, path, body, token=True, **headers).status == status


def test_without_a_query_the_service_describes_itself(server: RunningServer) -> None:
    """The description is RDF in the format asked for and names this endpoint and its limits."""
    for media in ("text/turtle", "application/rdf+xml", "application/n-triples", "application/ld+json"):
        reply = server.request("GET", "/sparql", accept=media)
        assert (reply.status, reply.headers["content-type"].partition(";")[0]) == (200, media)
        assert f"{server.url}/sparql".encode() in reply.body
        assert b"timeoutSeconds" in reply.body


# --- graph store ----------------------------------------------------------------------------------
def test_put_get_post_delete_of_one_graph_named_in_two_ways(server: RunningServer) -> None:
    """A graph below /data is the same by its address and by its name, and each change shows in the other."""
    direct, indirect = "/data/person/1", "/data?graph=" + quote(f"{server.url}/data/person/1", safe="")
    for one, other in ((direct, indirect), (indirect, direct)):
        assert server.request("GET", one).status == 404
        assert server.request("PUT", one, "<> a <#Person> .", token=True, content_type="text/turtle").status == 201
        assert server.request("PUT", other, "<#me> a <#Person> .", token=True, content_type="text/turtle").status == 204
        assert server.request("POST", one, "<#you> a <#Person> .", token=True, content_type="text/turtle").status == 204
        reply = server.request("GET", other, accept="application/n-triples")
        assert reply.body.count(b"\n") == 2
        assert f"<{server.url}/data/person/1#me>".encode() in reply.body
        head = server.request("HEAD", one, accept="application/n-triples")
        assert (head.status, head.headers["content-length"], head.body) == (200, str(len(reply.body)), b"")
        assert server.request("DELETE", other, token=True).status == 204
        assert server.request("GET", one).status == 404
        assert server.request("DELETE", one, token=True).status == 404


def test_a_graph_name_is_decoded_once(server: RunningServer) -> None:
    """A name with a percent sign in it is not decoded a second time."""
    server.put("urn:a%20b", "<urn:x> <urn:p> 1 .")
    assert server.count("GRAPH <urn:a%20b> { ?s ?p ?o }") == 1
    assert server.request("GET", "/data?graph=urn:a%2520b").status == 200
    assert server.request("GET", "/data?graph=urn:a%2525b").status == 404
    server.request("DELETE", "/data?graph=urn:a%2520b", token=True)


def test_a_document_without_a_name_becomes_a_new_graph(server: RunningServer) -> None:
    """POST to /data answers 201 and where the graph is."""
    reply = server.request("POST", "/data", "<urn:x> <urn:p> 1 .", token=True, content_type="text/turtle")
    assert reply.status == 201
    where = reply.headers["location"]
    assert server.request("GET", where.removeprefix(server.url)).status == 200
    assert server.request("DELETE", where.removeprefix(server.url), token=True).status == 204


def test_the_default_graph_and_the_whole_dataset_can_be_read(start: Callable[..., RunningServer]) -> None:
    """?default is the default graph; /data alone is everything, with graphs."""
    server = start()
    server.put(None, "<urn:a> <urn:p> 1 .")
    server.put("urn:g", "<urn:b> <urn:p> 2 .")
    assert b"urn:b" not in server.request("GET", "/data?default", accept="application/n-triples").body
    quads = server.request("GET", "/data", accept="application/n-quads").body
    assert quads.count(b"\n") == 2
    assert b"<urn:g>" in quads
    assert server.request("GET", "/data", accept="text/turtle").status == 406
    assert server.request("DELETE", "/data?default", token=True).status == 204
    assert server.count() == 0


FORMATS = {
    "text/turtle": "<urn:s> <urn:p> 1 .",
    "application/n-triples": '<urn:s> <urn:p> "1"^^<http://www.w3.org/2001/XMLSchema#integer> .',
    "application/ld+json": '{"@id": "urn:s", "urn:p": 1}',
    "application/rdf+xml": '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:u="urn:">'
    '<r:Description r:about="urn:s"><u:p r:datatype="http://www.w3.org/2001/XMLSchema#integer">1</u:p>'
    "</r:Description></r:RDF>",
    "application/n-quads": '<urn:s> <urn:p> "1"^^<http://www.w3.org/2001/XMLSchema#integer> <urn:elsewhere> .',
}  # fmt: skip


@pytest.mark.parametrize("media", FORMATS)
def test_a_graph_can_be_sent_in_every_format(server: RunningServer, media: str) -> None:
    """Whatever the format, all of the document goes to the graph that was named."""
    reply = server.request("PUT", "/data?graph=urn:sent", FORMATS[media], token=True, content_type=media)
    assert reply.status in {201, 204}
    assert server.count("GRAPH <urn:sent> { <urn:s> <urn:p> 1 }") == 1
    assert server.count("GRAPH <urn:elsewhere> { ?s ?p ?o }") == 0


def test_a_form_with_files_adds_each_of_them(server: RunningServer) -> None:
    """multipart/form-data puts the documents together, each by its own type."""
    parts = [("text/turtle", FORMATS["text/turtle"]), ("application/ld+json", '{"@id": "urn:t", "urn:p": 2}')]
    body = "".join(
        f'--edge\r\nContent-Disposition: form-data; name="f{i}"\r\nContent-Type: {media}\r\n\r\n{text}\r\n'
        for i, (media, text) in enumerate(parts)
    )  # fmt: skip
    media = "multipart/form-data; boundary=edge"
    reply = server.request("POST", "/data?graph=urn:form", body + "--edge--\r\n", token=True, content_type=media)
    assert reply.status in {201, 204}
    assert server.count("GRAPH <urn:form> { ?s <urn:p> ?o }") == 2
    assert (
        server.request("POST", "/data?graph=urn:form", body, token=True, content_type="multipart/form-data").status
        == 400
    )


def test_an_unknown_format_is_refused_with_those_that_are_known(server: RunningServer) -> None:
    """415 lists what can be sent."""
    reply = server.request("PUT", "/data?graph=urn:x", "a,b", token=True, content_type="text/csv")
    assert reply.status == 415
    assert "text/turtle" in reply.headers["accept-post"]


# --- http -----------------------------------------------------------------------------------------
def test_requests_on_one_connection_are_answered_in_order(server: RunningServer) -> None:
    """Pipelined requests, chunked bodies and 100-continue all work, and close ends it."""
    chunked = b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\n"
    answer = server.raw(
        b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: localhost\r\n\r\n"
        + chunked
        + b"Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
        + b"3\r\nASK\r\n3;x=y\r\n {}\r\n0\r\nX-Trailer: 1\r\n\r\n"
        + b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n"
        + b"GET /healthz HTTP/1.0\r\n\r\n"
    )
    statuses = [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"200", b"404", b"200"]


def test_no_answer_to_head_has_a_body(server: RunningServer) -> None:
    """Refusals, too, tell a length and send nothing, so that the next answer starts where it should."""
    paths = [
        b"/sparql?query=ASK",
        b"/nowhere",
        b"/data?graph=urn:none",
        b"/sparql?query=ASK%7B%7D",
        b"/healthz",
        b"/metrics",
    ]
    wish = b"".join(b"HEAD %s HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n" % path for path in paths)
    answer = server.raw(wish + b"HEAD /data HTTP/1.1\r\nHost: evil.example\r\n\r\n")
    heads = answer.split(b"\r\n\r\n")
    assert [head[9:12] for head in heads] == [b"400", b"404", b"404", b"200", b"200", b"200", b"421", b""]


def test_a_large_answer_reaches_a_slow_reader_whole(server: RunningServer) -> None:
    """Megabytes are sent as fast as they are read, and remembered for the next who asks."""
    numbers = " ".join(map(str, range(300)))
    text = f"SELECT * WHERE {{ VALUES ?x {{ {numbers} }} VALUES ?y {{ {numbers} }} }}"
    for _ in range(2):
        reply = server.get(text, accept=JSON)
        assert len(reply.rows) == 90_000
        assert len(reply.body) == int(reply.headers["content-length"])
