"""No request takes the server down or holds others up, however much it would need."""

import contextlib
import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from running_server import TIMEOUT, TOKEN, RunningServer

DIGITS = " ".join(map(str, range(10)))
PRODUCT = " ".join(f"VALUES ?d{i} {{ {DIGITS} }}" for i in range(9))
ROWS = 3000
OWL = "http://www.w3.org/2002/07/owl#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"


@pytest.fixture(scope="module")
def loaded() -> Iterator[RunningServer]:
    """A server with a few thousand triples, a ring of classes and a ring of sameAs."""
    with RunningServer("--timeout", str(TIMEOUT), "--memory", "128", "--workers", "4") as running:
        text = f"@prefix : <urn:x:> . @prefix owl: <{OWL}> . @prefix rdfs: <{RDFS}> .\n"
        text += "".join(f":s{i} :p :s{(i * 7 + 1) % ROWS} ; :q {i} ; :r :s{i % 50} .\n" for i in range(ROWS))
        text += "".join(
            f":k{i} owl:sameAs :k{(i + 1) % 300} ; rdfs:subClassOf :k{(i + 1) % 300} .\n" for i in range(300)
        )
        assert running.put(None, text).status == 204
        yield running


def nested(opening: str, closing_: str, depth: int, inside: str = "") -> str:
    """Nest one construct."""
    return opening * depth + inside + closing_ * depth


DEEP = {
    "groups": "SELECT * WHERE " + nested("{", "}", 3000),
    "optionals": "SELECT * WHERE { " + nested("OPTIONAL { ", "}", 3000) + " }",
    "subqueries": "SELECT * WHERE { " + nested("{ SELECT * WHERE { ", "} }", 1500) + " }",
    "unions": "SELECT * WHERE { " + nested("{ {} UNION ", "}", 1500, "{}") + " }",
    "exists": "SELECT * WHERE { " + nested("FILTER EXISTS { ", "}", 2000) + " }",
    "minus": "SELECT * WHERE { " + nested("MINUS { ", "}", 2000) + " }",
    "graphs": "SELECT * WHERE { " + nested("GRAPH ?g { ", "}", 2000) + " }",
    "parentheses": "SELECT (" + nested("(", ")", 20000, "1") + " AS ?x) {}",
    "functions": "SELECT (" + nested("STR(", ")", 5000, "1") + " AS ?x) {}",
    "conditions": "SELECT (" + nested("IF(true, 1, ", ")", 5000, "2") + " AS ?x) {}",
    "blank nodes": "SELECT * WHERE { ?s ?p " + nested("[ ?p ", "]", 5000, "1") + " }",
    "lists": "SELECT * WHERE { ?s ?p " + nested("(", ")", 5000, "1") + " }",
    "paths": "SELECT * WHERE { ?s " + nested("(", ")*", 3000, "<urn:p>") + " ?o }",
    "negations": "SELECT (" + "!" * 50000 + "true AS ?x) {}",
    "minuses": "SELECT (" + "- " * 50000 + "1 AS ?x) {}",
    "sums": "SELECT (1" + " + 1" * 50000 + " AS ?x) {}",
    "signed sums": "SELECT (1" + "+1" * 50000 + " AS ?x) {}",
    "alternatives": "ASK { FILTER(?a = 1" + " || ?a = 1" * 30000 + ") }",
    "sequences": "SELECT * WHERE { ?s <urn:p>" + "/<urn:p>" * 20000 + " ?o }",
    "many minus": "SELECT * WHERE { ?s ?p ?o " + "MINUS { ?s ?p ?o } " * 20000 + " }",
    "many unions": "SELECT * WHERE { {}" + " UNION {}" * 50000 + " }",
    "quoted triples": "SELECT * WHERE { " + nested("<< ", " <urn:p> 1 >>", 3000, "<urn:s>") + " <urn:p> 1 }",
    "unclosed": "SELECT * WHERE " + "{" * 100_000,
    "long word": "a" * 1_000_000,
    "dotted word": "a." * 400_000,
    "unclosed string": '"""' + "x" * 900_000,
    "quotes": "'\"" * 400_000,
}


@pytest.mark.parametrize("construct", DEEP)
def test_deep_or_endless_text_is_refused_at_once(loaded: RunningServer, construct: str) -> None:
    """Nesting, chains and endless tokens get 400 well before the time limit, and never end the server."""
    begin = time.monotonic()
    reply = loaded.query(DEEP[construct])
    assert reply.status in {400, 503}, reply
    assert time.monotonic() - begin < TIMEOUT + 1
    assert loaded.ask("ASK { <urn:x:s1> <urn:x:q> 1 }")


def test_two_hundred_levels_are_enough_for_anybody(loaded: RunningServer) -> None:
    """The limit is 200 brackets open at once, strings and comments not counted."""
    assert loaded.query("SELECT * WHERE " + nested("{", "}", 200)).status == 200
    reply = loaded.query("SELECT * WHERE " + nested("{", "}", 201))
    assert (reply.status, "200 is the limit" in reply.json()["detail"]) == (400, True)
    smiles = ":( " * 1000
    assert loaded.query(f'SELECT * WHERE {{ ?s ?p "{smiles}" }} # {smiles}').status == 200


BOMBS = {
    "product": f"SELECT (COUNT(*) AS ?n) WHERE {{ {PRODUCT} }}",
    "distinct": f"SELECT (COUNT(DISTINCT ?x) AS ?n) WHERE {{ {PRODUCT} BIND(STR(?d8 + 10 * ?d0) AS ?x) }}",
    "order": f"SELECT * WHERE {{ {PRODUCT} }} ORDER BY DESC(?d8) ?d3",
    "stars": "SELECT (COUNT(*) AS ?n) WHERE { ?a (<urn:x:p>|<urn:x:r>|^<urn:x:p>)* ?b. ?b (<urn:x:p>|^<urn:x:r>)+ ?c }",
    "anything star": "SELECT (COUNT(*) AS ?n) WHERE { ?a (!<urn:none>|^!<urn:none>)* ?b }",
    "sameAs ring": f"SELECT (COUNT(*) AS ?n) WHERE {{ ?a (<{OWL}sameAs>|^<{OWL}sameAs>)* ?b . "
    f"?b <{RDFS}subClassOf>* ?c . ?c <{OWL}sameAs>* ?d }}",
    "triples cubed": "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "doubling": 'SELECT (STRLEN(?z) AS ?n) WHERE { BIND("xxxxxxxxxxxxxxxx" AS ?a0) '
    + " ".join(f"BIND(CONCAT({', '.join([f'?a{i}'] * 8)}) AS ?a{i + 1})" for i in range(9))
    + " BIND(?a9 AS ?z) }",
    "concatenation": f'SELECT (GROUP_CONCAT(?x; separator="") AS ?all) WHERE {{ {PRODUCT} BIND("{"y" * 200}" AS ?x) }}',
    "many values": "SELECT (COUNT(*) AS ?n) WHERE { VALUES ?a { N } VALUES ?b { N } }".replace("N", "1 " * 200_000),
    "expression": "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o . ?t ?q ?r "
    'FILTER(REGEX(CONCAT(STR(?s), STR(?r)), "^(.*a){20}$")) }',
    "replacing": 'SELECT (STRLEN(REPLACE(?y, ".", "' + "z" * 1000 + '")) AS ?n) WHERE { '
    + 'BIND(REPLACE("' + "x" * 1000 + '", ".", "' + "y" * 1000 + '") AS ?y) }',
    "construct": f"CONSTRUCT {{ ?d0 <urn:p> ?d1 . [] <urn:q> ?d2 }} WHERE {{ {PRODUCT} }}",
    "rows": f"SELECT * WHERE {{ {PRODUCT} }}",
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_never_a_success(loaded: RunningServer, bomb: str) -> None:
    """Over the limits of time, memory or length the answer is 503 or 413, and the server goes on."""
    begin = time.monotonic()
    reply = loaded.query(BOMBS[bomb], accept="*/*")
    assert reply.status in {400, 413, 503}, (reply.status, reply.body[:200])
    assert reply.json()["status"] == reply.status
    if reply.status == 503:
        assert int(reply.headers["retry-after"]) > 0
    assert time.monotonic() - begin < TIMEOUT + 2
    assert loaded.ask("ASK { <urn:x:s1> <urn:x:q> 1 }")
    assert loaded.noise == [], "the last words of a worker reached the log"


@pytest.mark.parametrize("bomb", ["product", "doubling", "concatenation", "stars"])
def test_a_bomb_in_an_update_changes_nothing(loaded: RunningServer, bomb: str) -> None:
    """An update is bounded as a query is, and one that is ended has done nothing."""
    text = BOMBS[bomb].replace("SELECT", "INSERT { <urn:bomb> <urn:p> ?n } WHERE { SELECT", 1) + " }"
    assert loaded.update(text).status in {400, 503}
    assert not loaded.ask("ASK { <urn:bomb> ?p ?o }")
    assert (
        loaded.update(
            "INSERT DATA { <urn:after> <urn:the> <urn:bomb> } ; DELETE DATA { <urn:after> <urn:the> <urn:bomb> }"
        ).status
        == 204
    )


def test_four_bombs_leave_light_queries_alone(loaded: RunningServer) -> None:
    """Light queries are answered while bombs fill the processors; only the bombs run into their limit."""
    bombs: list[int] = []
    texts = [BOMBS["product"] + f" # {i}" for i in range(4)]
    threads = [threading.Thread(target=lambda text=text: bombs.append(loaded.query(text).status)) for text in texts]
    for thread in threads:
        thread.start()
    times = []
    end = time.monotonic() + TIMEOUT * 0.9
    number = 0
    while time.monotonic() < end:
        number += 1
        begin = time.monotonic()
        assert loaded.query(f"SELECT ?o WHERE {{ <urn:x:s{number % ROWS}> <urn:x:q> ?o }}").status == 200
        times.append(time.monotonic() - begin)
    for thread in threads:
        thread.join()
    assert bombs == [503] * 4
    assert len(times) >= 20
    assert sorted(times)[len(times) // 2] < 0.2


def test_a_crowd_of_bombs_is_turned_away_and_forgotten(loaded: RunningServer) -> None:
    """Thirty bombs at once are all refused, and afterwards there are no more workers than before."""
    statuses: list[int] = []
    texts = [BOMBS["product"] + f" # crowd {i}" for i in range(30)]
    threads = [threading.Thread(target=lambda text=text: statuses.append(loaded.query(text).status)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) == {503}
    assert loaded.settled(lambda: len(loaded.members()) <= 2 + 2 * 4), loaded.members()
    assert loaded.ask("ASK {}")


def test_a_visitor_who_leaves_stops_the_work(start: Callable[..., RunningServer]) -> None:
    """A query whose visitor has gone is ended long before its time limit."""
    server = start("--timeout", "60")
    with closing(socket.create_connection(("127.0.0.1", server.port))) as sock:
        body = BOMBS["product"].encode()
        first = b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\n"
        sock.sendall(first + b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        assert server.settled(lambda: busy(server) == 1, 5)
    assert server.settled(lambda: busy(server) == 0, 5)


def busy(server: RunningServer) -> int:
    """How many processes of a server are computing."""
    count = 0
    for member in server.members()[2:]:
        with contextlib.suppress(OSError):
            count += Path(f"/proc/{member}/stat").read_text().rsplit(")", 1)[1].split()[0] == "R"
    return count


def test_three_hundred_slow_visitors_leave_room_for_others(start: Callable[..., RunningServer]) -> None:
    """Connections that send little cost nothing, and a head that takes ten seconds is answered with 408."""
    server = start("--max-connections", "400")
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(300)]
    try:
        for number, sock in enumerate(slow):
            sock.sendall(
                (
                    b"GET /sparql?query=ASK",
                    b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nx",
                )[number % 2]
            )
        begin = time.monotonic()
        assert server.ask("ASK {}")
        assert time.monotonic() - begin < 1
        slow[0].settimeout(15)
        assert slow[0].recv(100).startswith(b"HTTP/1.1 408")
    finally:
        for sock in slow:
            sock.close()


def test_too_many_connections_are_turned_away(start: Callable[..., RunningServer]) -> None:
    """Over the limit a connection gets 503 and is closed; those within go on."""
    server = start("--max-connections", "5")
    held = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(5)]
    try:
        held[0].sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert held[0].recv(1000).startswith(b"HTTP/1.1 200")
        with closing(socket.create_connection(("127.0.0.1", server.port), timeout=5)) as extra:
            assert extra.recv(1000).startswith(b"HTTP/1.1 503")
            assert extra.recv(1000) == b""
    finally:
        for sock in held:
            sock.close()


def test_an_endless_body_is_cut_off_at_its_limit(server: RunningServer) -> None:
    """A body without a length is refused with 413 as soon as it is too long, however it is sent."""
    head = b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\n"
    with closing(socket.create_connection(("127.0.0.1", server.port), timeout=10)) as sock:
        sock.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
        sent = 0
        with contextlib.suppress(OSError):
            while sent < 2000:
                sock.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
                sent += 1
    assert sent < 2000
    assert server.ask("ASK {}")


@pytest.mark.parametrize(("length", "path"), [(10**9, "/sparql"), (10**9, "/data?default"), (10**6, "/nowhere")])
def test_a_long_body_is_refused_before_it_is_sent(server: RunningServer, length: int, path: str) -> None:
    """The announced length is enough for a 413."""
    answer = server.raw(
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
        f"Content-Length: {length}\r\n\r\n".encode()
    )
    assert answer.startswith(b"HTTP/1.1 413")


def test_long_text_and_long_heads_are_refused(server: RunningServer) -> None:
    """A query over 1 MB gets 413, a head over 64 kB gets 431."""
    assert server.query("ASK {} #" + "x" * (1 << 20)).status == 413
    assert server.raw(b"GET /sparql HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 70_000 + b"\r\n\r\n").startswith(
        b"HTTP/1.1 431"
    )


def test_a_compressed_body_counts_decompressed(server: RunningServer) -> None:
    """65 MB of spaces compress to 64 kB, and are refused with 413; damaged and doubled streams with 400."""
    bomb = gzip.compress(b" " * (65 << 20))
    headers = {"content_type": "text/turtle", "content_encoding": "gzip"}
    assert server.request("PUT", "/data?graph=urn:z", bomb, token=True, **headers).status == 413
    good = gzip.compress(b"<urn:a> <urn:b> <urn:c> .")
    assert server.request("PUT", "/data?graph=urn:z", good[:-9], token=True, **headers).status == 400
    assert server.request("PUT", "/data?graph=urn:z", good + good, token=True, **headers).status == 400
    assert server.request("GET", "/data?graph=urn:z").status == 404
    assert server.request("PUT", "/data?graph=urn:z", good, token=True, **headers).status == 201
    assert (
        server.request(
            "PUT", "/data?graph=urn:z", good, token=True, content_type="text/turtle", content_encoding="br"
        ).status
        == 415
    )


def test_a_worker_that_has_grown_leaves_without_taking_a_request_along(start: Callable[..., RunningServer]) -> None:
    """A query that needs more than half of what one may use is answered, and so is whatever comes right after it."""
    server = start("--memory", "96", "--timeout", "30")
    assert server.settled(lambda: len(server.members()) == 4)
    first = set(server.members())
    five = " ".join(f"VALUES ?d{i} {{ {DIGITS} }}" for i in range(5))
    text = "CONCAT(" + ", ".join(f"STR(?d{i})" for i in range(5)) + f', "{"y" * 400}")'
    fat = f"SELECT (COUNT(DISTINCT ?u) AS ?n) {{ {five} BIND({text} AS ?u) }}"
    found: list[int] = []

    def ask(query: str, times: int) -> None:
        found.extend(server.query(f"{query} #{i}").status for i in range(times))

    threads = [threading.Thread(target=ask, args=(fat + f" #{n}", 4)) for n in range(2)]
    threads += [threading.Thread(target=ask, args=("ASK {}", 200))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [200] * 208
    assert not first <= set(server.members()), "no worker has left"


DOCUMENT_BOMBS = {
    "entities": (
        "application/rdf+xml",
        "<!DOCTYPE r [<!ENTITY a0 'lol'>"
        + "".join(f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 12))
        + "]><r>&a11;</r>",
    ),
    "deep json": ("application/ld+json", nested('{"urn:p":', "}", 100_000, '"x"')),
    "deep arrays": ("application/ld+json", nested("[", "]", 500_000)),
    "deep turtle": ("text/turtle", "<urn:s> <urn:p> " + nested("[ <urn:p> ", " ]", 30_000, "1") + " ."),
    "deep lists": ("text/turtle", "<urn:s> <urn:p> " + nested("( ", " )", 30_000, "1") + " ."),
    "deep xml": ("application/rdf+xml", nested("<a>", "</a>", 200_000)),
}


REFUSED_DOCUMENTS = {
    "a DOCTYPE": ("application/rdf+xml", '<!DOCTYPE r SYSTEM "x"><r/>', "DOCTYPE"),
    "half a document": ("text/xml", "<r><a></r>", "not well-formed"),
    "deep XML": ("application/rdf+xml", nested("<a>", "</a>", 3000), "nested deeper than 2000"),
    "deep objects": ("application/ld+json", nested('{"urn:p":', "}", 300, "1"), "nested deeper than 200"),
    "deep arrays": ("application/json", nested("[", "]", 300), "nested deeper than 200"),
    "deep triple terms": (
        "text/turtle",
        "<urn:s> <urn:p> " + nested("<<( <urn:s> <urn:p> ", " )>>", 100, "1") + " .",
        "nested deeper than 50",
    ),
    "a remote context": ("application/ld+json", '{"@context": "http://example.org/c", "urn:p": 1}', "context"),
}


@pytest.mark.parametrize("document", REFUSED_DOCUMENTS)
def test_a_document_that_would_end_its_parser_is_refused_with_the_reason(server: RunningServer, document: str) -> None:
    """Depth, DOCTYPE and remote contexts are refused before any parser runs, as in files."""
    media, text, reason = REFUSED_DOCUMENTS[document]
    reply = server.request("PUT", "/data?graph=urn:refused", text, token=True, content_type=media)
    assert reply.status == 400
    assert reason in reply.json()["detail"]
    assert server.request("GET", "/data?graph=urn:refused").status == 404


@pytest.mark.parametrize("document", DOCUMENT_BOMBS)
def test_a_document_bomb_leaves_the_server_and_its_data_as_they_were(server: RunningServer, document: str) -> None:
    """A document that is too deep is refused, or stored whole if the parser can do without recursion."""
    media, text = DOCUMENT_BOMBS[document]
    reply = server.request("PUT", "/data?graph=urn:bomb", text, token=True, content_type=media)
    assert reply.status in {201, 204, 400, 503}
    stored = server.request("GET", "/data?graph=urn:bomb").status
    assert (stored == 200) == (reply.status in {201, 204})
    server.request("DELETE", "/data?graph=urn:bomb", token=True)
    assert server.ask("ASK {}")
