"""Nothing that a visitor sends makes the server call out or read a file of its machine."""

import socket
import threading
from collections.abc import Iterator

import pytest
from running_server import RunningServer


class Listener:
    """Counts who connects to a port of this machine, and answers like a page with triples."""

    def __init__(self) -> None:
        self.calls = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self._socket.accept()
            except OSError:
                return
            self.calls += 1
            body = b"<urn:stolen> <urn:p> <urn:o> ."
            caller.sendall(
                b"HTTP/1.1 200 OK\r\ncontent-type: text/turtle\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s"
                % (len(body), body)
            )
            caller.close()

    def close(self) -> None:
        """Stop listening."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    """A page that nobody may call."""
    page = Listener()
    yield page
    page.close()


CALLS = [
    ("query", "SELECT * WHERE { SERVICE <URL> { ?s ?p ?o } }", 403),
    ("query", "SELECT * WHERE { SERVICE SILENT <URL> { ?s ?p ?o } }", 200),
    ("query", "SELECT * WHERE { BIND(<URL> AS ?where) SERVICE ?where { ?s ?p ?o } }", 403),
    ("query", "SELECT * WHERE { BIND(<URL> AS ?where) SERVICE SILENT ?where { ?s ?p ?o } }", 200),
    ("query", "SELECT * WHERE { sErViCe <URL> { ?s ?p ?o } }", 403),
    ("query", "PREFIX p: <URL> SELECT * WHERE { SERVICE p: { ?s ?p ?o } }", 403),
    ("query", "BASE <URL> SELECT * WHERE { SERVICE <> { ?s ?p ?o } }", 403),
    ("query", "SELECT * WHERE { SERVICE#\n<URL> { ?s ?p ?o } }", 403),
    ("query", "ASK { FILTER EXISTS { SERVICE <URL> { ?s ?p ?o } } }", 403),
    ("query", "SELECT * FROM <URL> WHERE { ?s ?p ?o }", 200),
    ("query", "SELECT * FROM NAMED <URL> WHERE { GRAPH ?g { ?s ?p ?o } }", 200),
    ("query", "SELECT * FROM <file:///etc/passwd> WHERE { ?s ?p ?o }", 200),
    ("query", "DESCRIBE <URL>", 200),
    ("update", "LOAD <URL>", 403),
    ("update", "LOAD SILENT <URL>", 204),
    ("update", "LOAD <URL> INTO GRAPH <urn:g>", 403),
    ("update", "LOAD <file:///etc/passwd>", 403),
    ("update", "LOAD SILENT <file:///etc/hostname> INTO GRAPH <urn:g>", 204),
    ("update", "INSERT { ?s ?p ?o } WHERE { SERVICE <URL> { ?s ?p ?o } }", 403),
    ("update", "INSERT { ?s ?p ?o } WHERE { SERVICE SILENT <URL> { ?s ?p ?o } }", 204),
    ("update", "INSERT { ?s ?p ?o } USING <URL> WHERE { ?s ?p ?o }", 204),
    ("update", "COPY <URL> TO <urn:g>", 404),
]


@pytest.mark.parametrize(("kind", "text", "status"), CALLS)
def test_no_sparql_text_makes_the_server_call_out(
    server: RunningServer, listener: Listener, kind: str, text: str, status: int
) -> None:
    """SERVICE and LOAD are refused, do nothing where they are silent, and graph IRIs are only names."""
    asked = text.replace("URL", f"http://127.0.0.1:{listener.port}/")
    reply = server.query(asked, accept="*/*") if kind == "query" else server.update(asked)
    assert (reply.status, listener.calls) == (status, 0)


# The engine reads `?a<?b#>` as a comparison and a comment, any tokenizer by the book as an IRI. What follows hides
# a call from a check of the text, so only a worker that cannot open a connection stops it.
HIDDEN = [
    'SELECT * WHERE { BIND(1 AS ?a) BIND(2 AS ?b) FILTER(?a<?b#>"""\n) SERVICE SILENT <URL> { ?s ?p ?o } #"""\n }',
    'SELECT * WHERE { BIND(1 AS ?a) BIND(2 AS ?b) FILTER(?a<?b#>"""\n) SERVICE <URL> { ?s ?p ?o } #"""\n }',
]


@pytest.mark.parametrize("text", HIDDEN)
def test_a_call_that_is_hidden_from_the_tokenizer_finds_no_way_out(
    server: RunningServer, listener: Listener, text: str
) -> None:
    """The kernel refuses a worker any further descriptor, whatever the text looked like."""
    reply = server.query(text.replace("URL", f"http://127.0.0.1:{listener.port}/"))
    assert listener.calls == 0
    assert reply.status in {200, 400}
    assert b"stolen" not in reply.body


def test_the_listener_notices_a_call(listener: Listener) -> None:
    """The tests above can fail: an IRI that the operator allows is called."""
    with RunningServer("--allow-remote", f"http://127.0.0.1:{listener.port}/") as allowing:
        before = listener.calls
        assert allowing.update(f"LOAD <http://127.0.0.1:{listener.port}/>").status == 204
        assert allowing.ask("ASK { <urn:stolen> ?p ?o }")
        assert listener.calls == before + 1
        assert allowing.update("LOAD <http://127.0.0.1:9/>").status == 403
        mixed = (
            f"SELECT * WHERE {{ SERVICE <http://127.0.0.1:{listener.port}/> {{}} SERVICE <http://127.0.0.1:9/> {{}} }}"
        )
        assert allowing.query(mixed).status == 403
    listener.calls = 0


@pytest.mark.parametrize("parameter", ["default-graph-uri", "named-graph-uri"])
def test_graphs_of_the_protocol_are_only_names(server: RunningServer, listener: Listener, parameter: str) -> None:
    """default-graph-uri and named-graph-uri pick graphs of the store; an unknown one is empty."""
    path = f"/sparql?query=SELECT%20*%20WHERE%20%7B%3Fs%20%3Fp%20%3Fo%7D&{parameter}=http://127.0.0.1:{listener.port}/"
    assert server.request("GET", path).rows == []
    assert listener.calls == 0


DOCUMENTS = [
    ("application/ld+json", '{"@context": "http://127.0.0.1:PORT/c.jsonld", "@id": "urn:a", "urn:p": "x"}'),
    (
        "application/ld+json",
        '{"@context": {"@import": "http://127.0.0.1:PORT/c.jsonld"}, "@id": "urn:a", "urn:p": "x"}',
    ),
    ("application/ld+json", '[{"@context": "file:///etc/passwd", "@id": "urn:a"}]'),
    ("application/rdf+xml", '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>'),
    (
        "application/rdf+xml",
        '<?xml version="1.0"?>\n<!-- a - b -->\n<!DOCTYPE r SYSTEM "http://127.0.0.1:PORT/d.dtd"><r/>',
    ),
    ("application/xml", '\ufeff<!doctype r [<!ENTITY x "y">]><r>&x;</r>'),
]


@pytest.mark.parametrize(("media", "text"), DOCUMENTS)
def test_documents_bring_nothing_from_elsewhere(
    server: RunningServer, listener: Listener, media: str, text: str
) -> None:
    """A remote JSON-LD context and every DOCTYPE are refused, and the graph is not there afterwards."""
    reply = server.request(
        "PUT", "/data?graph=urn:elsewhere", text.replace("PORT", str(listener.port)), token=True, content_type=media
    )
    assert reply.status == 400
    assert listener.calls == 0
    assert server.request("GET", "/data?graph=urn:elsewhere").status == 404


def test_a_doctype_in_a_comment_or_a_literal_is_only_text(server: RunningServer) -> None:
    """Only a DOCTYPE before the first element declares anything."""
    xml = (
        '<?xml version="1.0"?><!-- <!DOCTYPE --><r:RDF xmlns:b="urn:b:" '
        'xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<r:Description r:about="urn:memo"><b:note><![CDATA[<!DOCTYPE html>]]></b:note></r:Description></r:RDF>'
    )
    assert server.request(
        "PUT", "/data?graph=urn:memo", xml, token=True, content_type="application/rdf+xml"
    ).status in {201, 204}
    assert server.count('GRAPH <urn:memo> { ?s ?p "<!DOCTYPE html>" }') == 1
