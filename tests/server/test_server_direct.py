"""A connection that asks one light query after the other is served directly, and nobody can tell but by the speed."""

import os
import re
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from running_server import JSON, TIMEOUT, TOKEN, RunningServer

HEAVY = "SELECT (COUNT(*) AS ?n) WHERE { " + " ".join(f"?s{i} ?p{i} ?o{i} ." for i in range(4)) + " }"


class Visitor:
    """A keep-alive connection that takes answers apart by itself."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.sock = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        self.buffer = b""
        self.number = 0

    def close(self) -> None:
        self.sock.close()

    def request(self, text: str, accept: str = JSON) -> bytes:
        """Return the bytes of a GET."""
        target = f"/sparql?query={quote(text, safe='')}"
        return f"GET {target} HTTP/1.1\r\nhost: localhost\r\naccept: {accept}\r\n\r\n".encode()

    def fresh(self, text: str) -> str:
        """Return a text that has not been asked before and means the same."""
        self.number += 1
        return f"{text} #{self.number}"

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Read one answer: status, headers, body."""
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = int(headers.get("content-length", "0"))
        while len(self.buffer) < length:
            self._more()
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return int(first.split()[1]), headers, body

    def _more(self) -> None:
        data = self.sock.recv(1 << 16)
        if not data:
            raise ConnectionResetError("the server closed the connection")
        self.buffer += data

    def get(self, text: str, accept: str = JSON) -> tuple[int, dict[str, str], bytes]:
        """Ask once."""
        self.sock.sendall(self.request(text, accept))
        return self.answer()

    def become_lent(self) -> None:
        """Ask light queries until a direct worker gets the connection; nobody else must ask meanwhile."""
        before = counted(self.server, "bpo_kg_loans_total")

        def asked() -> bool:
            for _ in range(20):
                assert self.get(self.fresh("ASK {}"))[0] == 200
            return counted(self.server, "bpo_kg_loans_total") > before

        assert self.server.settled(asked, 60), "never lent"


def counted(server: RunningServer, name: str) -> float:
    """What the metrics say."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", server.request("GET", "/metrics").body.decode(), re.MULTILINE)
    return float(found.group(1)) if found is not None else 0.0


def sleeping(pid: int) -> bool:
    """Whether a process waits for something to do."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"


@pytest.fixture(scope="module")
def busy() -> Iterator[RunningServer]:
    """A server with a few hundred triples."""
    with RunningServer("--timeout", str(TIMEOUT), "--memory", "128") as running:
        lines = [f'<urn:x:s{i}> <urn:x:p> "{i}" .\n' for i in range(300)]
        assert running.put(None, "".join(lines)).status == 204
        yield running


@pytest.fixture
def visitor(busy: RunningServer) -> Iterator[Visitor]:
    """A connection that was lent a moment ago."""
    with closing(Visitor(busy)) as connection:
        connection.become_lent()
        yield connection


def test_a_direct_answer_is_the_same_to_the_byte(busy: RunningServer, visitor: Visitor) -> None:
    """Status, headers and body are those of the ordinary way, entity tag included."""
    for text in ("SELECT ?o { <urn:x:s7> <urn:x:p> ?o }", "ASK { <urn:x:s8> ?p ?o }", "CONSTRUCT WHERE { ?s ?p '3' }"):
        for accept in (JSON, "*/*"):
            with closing(Visitor(busy)) as other:
                usual = other.get(visitor.fresh(text), accept)
            direct = visitor.get(f"{text} #{visitor.number}", accept)
            assert usual[0] == direct[0]
            assert usual[2] == direct[2]
            assert {**usual[1], "date": ""} == {**direct[1], "date": ""}


def test_whoever_reads_an_acknowledged_write_directly_sees_it(busy: RunningServer) -> None:
    """No answer that is asked after a write was acknowledged comes from older data, on however many connections."""
    visitors = [Visitor(busy) for _ in range(3)]
    for number in range(8):
        for one in visitors:
            one.become_lent()
        written = busy.update(f"INSERT DATA {{ <urn:x:written> <urn:x:n> {number} }}")
        assert written.status == 204
        for one in visitors:
            status, _, body = one.get(one.fresh(f"ASK {{ <urn:x:written> <urn:x:n> {number} }}"))
            assert (status, b"true" in body) == (200, True)
        for one in visitors:
            one.close()
        visitors = [Visitor(busy) for _ in range(3)]
    for one in visitors:
        one.close()


ACCEPT = f"accept: {JSON}\r\n\r\n".encode()
OTHERS = {
    "another format": (b"GET /sparql?query=ASK%20%7B%7D HTTP/1.1\r\nhost: localhost\r\naccept: text/csv\r\n\r\n", 200),
    "a bad query": (
        b"GET /sparql?query=ASK HTTP/1.1\r\nhost: localhost\r\n" + ACCEPT,
        400,
    ),
    "another path": (b"GET /nowhere HTTP/1.1\r\nhost: localhost\r\n\r\n", 404),
    "a foreign host": (b"GET /sparql?query=ASK%20%7B%7D HTTP/1.1\r\nhost: evil.example\r\n\r\n", 421),
    "no host": (b"GET /sparql?query=ASK%20%7B%7D HTTP/1.1\r\n\r\n", 400),
    "a form": (
        b"POST /sparql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\n"
        b"content-length: 18\r\n\r\nquery=ASK%20%7B%7D",
        200,
    ),
    "a write without the token": (
        b"POST /sparql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/sparql-update\r\n"
        b"content-length: 5\r\n\r\nCLEAR",
        401,
    ),
    "an update by GET": (b"GET /sparql?update=CLEAR%20ALL HTTP/1.1\r\nhost: localhost\r\n\r\n", 400),
    "a call to the outside": (
        b"GET /sparql?query=ASK%7BSERVICE%3Curn%3Ax%3E%7B%7D%7D HTTP/1.1\r\nhost: localhost\r\n" + ACCEPT,
        403,
    ),
    "two graphs": (
        b"GET /sparql?query=ASK%20%7B%7D&default-graph-uri=nowhere HTTP/1.1\r\nhost: localhost\r\n" + ACCEPT,
        400,
    ),
    "no percent-encoding of UTF-8": (
        b"GET /sparql?query=ASK%20%7B%7D%20%23%FF HTTP/1.1\r\nhost: localhost\r\n" + ACCEPT,
        400,
    ),
    "no request at all": (b"what is this?\r\n\r\n", 400),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_not_another_light_query_is_treated_as_ever(visitor: Visitor, kind: str) -> None:
    """A request unlike those before it goes back to the front, whose checks all hold."""
    request, status = OTHERS[kind]
    visitor.sock.sendall(request)
    assert visitor.answer()[0] == status


def test_a_write_on_a_connection_that_was_lent_is_carried_out(busy: RunningServer, visitor: Visitor) -> None:
    """The connection that wrote reads its write at once."""
    text = b"INSERT DATA { <urn:x:lent> <urn:x:p> 1 }"
    head = f"POST /sparql HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {TOKEN}\r\n"
    head += f"content-type: application/sparql-update\r\ncontent-length: {len(text)}\r\n\r\n"
    visitor.sock.sendall(head.encode() + text)
    assert visitor.answer()[0] == 204
    assert b"true" in visitor.get("ASK { <urn:x:lent> <urn:x:p> 1 }")[2]


def test_requests_that_come_together_or_in_pieces_are_answered_in_order(visitor: Visitor) -> None:
    """Neither many requests in one packet nor one in many lose their place."""
    texts = [f"SELECT ?o {{ <urn:x:s{i}> <urn:x:p> ?o }}" for i in range(40)]
    visitor.sock.sendall(b"".join(map(visitor.request, texts)))
    for i in range(40):
        assert f'"value":"{i}"'.encode() in visitor.answer()[2]
    whole = visitor.request("SELECT ?o { <urn:x:s41> <urn:x:p> ?o }")
    for start in range(0, len(whole), 20):
        visitor.sock.sendall(whole[start : start + 20])
        time.sleep(0.001)
    assert b'"value":"41"' in visitor.answer()[2]


def test_a_visitor_who_reads_late_gets_every_answer_whole(visitor: Visitor) -> None:
    """What does not fit into the visitor's window is sent on by the front."""
    visitor.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
    text = "SELECT * { VALUES ?x { " + " ".join(f'"{"x" * 200}{i}"' for i in range(200)) + " } }"
    for i in range(150):
        visitor.sock.sendall(visitor.request(f"{text} #late {i}"))
        time.sleep(0.001)
    for _ in range(150):
        status, _, body = visitor.answer()
        assert status == 200
        assert body.count(b'"value"') == 200


def test_a_heavy_query_on_a_lent_connection_meets_its_time_limit(visitor: Visitor) -> None:
    """It is ended with a 503 as everywhere, and the connection lives on."""
    assert visitor.get(HEAVY)[0] == 503
    assert visitor.get(visitor.fresh("ASK {}"))[0] == 200


def test_nobody_who_is_served_directly_waits_for_a_heavy_query(start: Callable[..., RunningServer]) -> None:
    """Those lent to the same worker are answered while it runs elsewhere."""
    server = start("--timeout", "60", "--workers", "1")
    lines = [f'<urn:x:s{i}> <urn:x:p> "{i}" .\n' for i in range(300)]
    assert server.put(None, "".join(lines)).status == 204
    with closing(Visitor(server)) as heavy, closing(Visitor(server)) as light:
        heavy.become_lent()
        light.become_lent()
        heavy.sock.sendall(heavy.request(HEAVY))
        for _ in range(50):
            assert light.get(light.fresh("ASK {}"))[0] == 200
        assert not select.select([heavy.sock], [], [], 0)[0], "the heavy query was answered"


def test_a_direct_worker_that_dies_takes_no_connection_with_it(start: Callable[..., RunningServer]) -> None:
    """Its visitors are served on, and there is a new one for the next light connection."""
    server = start("--timeout", "5")
    with closing(Visitor(server)) as visitor:
        assert server.settled(lambda: len(server.members()) == 4)
        before = set(server.members())
        for _ in range(3):
            visitor.become_lent()
            direct = set(server.members()) - before
            assert direct
            assert server.settled(lambda those=direct: all(map(sleeping, those)))  # killed in the act, it would hang up
            for pid in direct:
                os.kill(pid, signal.SIGKILL)
            assert server.settled(lambda gone=direct: not gone & set(server.members()))
            assert visitor.get(visitor.fresh("ASK {}"))[0] == 200


def test_a_visitor_who_leaves_is_forgotten(busy: RunningServer, visitor: Visitor) -> None:
    """A lent connection that its visitor closes is not held open."""
    visitor.close()
    assert busy.settled(lambda: counted(busy, "bpo_kg_lent_connections") == 0, 30)
    assert busy.settled(lambda: counted(busy, "bpo_kg_connections") == 1, 30)  # the one that asks


def test_a_text_that_comes_again_is_answered_from_memory(busy: RunningServer, visitor: Visitor) -> None:
    """Asking the same again and again ends the loan, so that the answer is worked out no more than three times."""
    before = counted(busy, "bpo_kg_cache_hits")
    answers = {visitor.get("SELECT ?o { <urn:x:s9> <urn:x:p> ?o } #again")[2] for _ in range(10)}
    assert len(answers) == 1
    assert counted(busy, "bpo_kg_cache_hits") - before >= 6


def test_direct_answers_are_counted(busy: RunningServer, visitor: Visitor) -> None:
    """The metrics know of every answer, whoever gave it."""

    name = 'bpo_kg_answers_total{route="/sparql",status="200"}'
    before = counted(busy, name)
    for _ in range(100):
        visitor.get(visitor.fresh("ASK {}"))
    assert busy.settled(lambda: counted(busy, name) >= before + 100, 30)


def test_a_server_that_logs_every_request_serves_none_directly(start: Callable[..., RunningServer]) -> None:
    """With the access log on, each query has its line."""
    server = start("--access-log")
    with closing(Visitor(server)) as visitor:
        for _ in range(100):
            assert visitor.get(visitor.fresh("ASK {}"))[0] == 200
    assert counted(server, "bpo_kg_loans_total") == 0

    def logged() -> int:
        return sum(entry["event"] == "request" and entry["target"].startswith("/sparql") for entry in server.log)

    assert server.settled(lambda: logged() == 100)


def test_a_server_with_lent_connections_stops_at_once(start: Callable[..., RunningServer]) -> None:
    """Told to stop, it takes them back, closes them and ends without an error."""
    server = start()
    with closing(Visitor(server)) as visitor:
        visitor.become_lent()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) == 0


def test_connections_are_lent_without_uvloop_as_well() -> None:
    """The loop of the standard library serves the same."""
    command = [
        sys.executable,
        "-c",
        "import sys; sys.modules['uvloop'] = None; from bpo_kg.shells.server.__main__ import main; sys.exit(main())",
        "--empty",
    ]
    with RunningServer(command=command) as server, closing(Visitor(server)) as visitor:
        visitor.become_lent()
        assert visitor.get(visitor.fresh("ASK {}"))[2] == b'{"head":{},"boolean":true}'
