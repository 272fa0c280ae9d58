"""Who may do what: writes need the token, other sites and other host names get no leave."""

import contextlib
import random
import re
import socket
from collections.abc import Callable

import pytest
from running_server import TOKEN, RunningServer

INSERT = "INSERT DATA { <urn:intruder> <urn:was> <urn:here> }"
WRITES = [
    ("POST", "/sparql", INSERT, "application/sparql-update"),
    ("POST", "/sparql", "update=" + INSERT.replace(" ", "%20"), "application/x-www-form-urlencoded"),
    ("POST", "/sparql", "%75pdate=" + INSERT.replace(" ", "%20"), "application/x-www-form-urlencoded"),
    ("POST", "/sparql/", INSERT, "application/sparql-update; charset=utf-8"),
    ("PUT", "/data?default", "<urn:intruder> <urn:was> <urn:here> .", "text/turtle"),
    ("POST", "/data?graph=urn:g", "<urn:intruder> <urn:was> <urn:here> .", "text/turtle"),
    ("POST", "/data", "<urn:intruder> <urn:was> <urn:here> .", "text/turtle"),
    ("PUT", "/data/intruder", "<urn:intruder> <urn:was> <urn:here> .", "text/turtle"),
    ("DELETE", "/data?default", None, ""),
]


@pytest.mark.parametrize(("method", "path", "body", "media"), WRITES)
@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}"]
)
def test_no_write_without_the_token(
    server: RunningServer, method: str, path: str, body: str | None, media: str, authorization: str
) -> None:
    """Each way to write answers 401 and names the scheme, and nothing is written."""
    headers = {"authorization": authorization} if authorization else {}
    if media:
        headers["content_type"] = media
    reply = server.request(method, path, body, **headers)
    assert reply.status == 401
    assert reply.headers["www-authenticate"].startswith("Bearer")
    assert not server.ask("ASK { { <urn:intruder> ?p ?o } UNION { GRAPH ?g { <urn:intruder> ?p ?o } } }")


def test_without_a_token_nobody_writes(start: Callable[..., RunningServer]) -> None:
    """A server that was given no token refuses every write with 403, an empty bearer included."""
    server = start("--write-token", "")
    for method, path, body, media in WRITES:
        for authorization in ("", "Bearer ", f"Bearer {TOKEN}"):
            headers = {"content_type": media} if media else {}
            if authorization:
                headers["authorization"] = authorization
            assert server.request(method, path, body, **headers).status == 403
    assert server.count() == 0


def test_a_get_never_writes(server: RunningServer) -> None:
    """An update in an address is refused even with the token, so no link can write."""
    reply = server.request("GET", "/sparql?update=" + INSERT.replace(" ", "%20"), token=True)
    assert reply.status == 400
    assert server.query(INSERT).status == 400


@pytest.mark.parametrize("path", ["/sparql", "/data?default", "/data/graph", "/healthz"])
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_no_preflight_is_granted(server: RunningServer, path: str, method: str) -> None:
    """A browser that asks for another site whether it may send a token or a PUT gets no leave."""
    reply = server.request(
        "OPTIONS", path, origin="https://evil.example", access_control_request_method=method,
        access_control_request_headers="authorization",
    )  # fmt: skip
    assert reply.status == 204
    assert not [name for name in reply.headers if name.startswith("access-control-")]
    assert "GET" in reply.headers["allow"]


def test_any_site_may_read_without_credentials(server: RunningServer) -> None:
    """Answers to GET and to simple POST are open to scripts of every site; credentials are never allowed."""
    for reply in (
        server.get("ASK {}", origin="https://other.example"),
        server.query("ASK {}", origin="https://other.example"),
    ):
        assert reply.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in reply.headers


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("localhost:80", 200),
        ("LOCALHOST", 200),
        ("[::1]:8080", 200),
        ("10.0.0.7:7878", 200),
        ("evil.example", 421),
        ("evil.example:7878", 421),
        ("localhost.evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("127.0.0.1@evil.example", 421),
    ],
)
def test_the_server_answers_to_its_own_names_only(server: RunningServer, host: str, status: int) -> None:
    """A page that rebinds its name to this address gets 421; addresses and localhost are right."""
    assert server.request("GET", "/sparql?query=ASK%7B%7D", host=host).status == status


def test_an_allowed_host_name_is_answered(start: Callable[..., RunningServer]) -> None:
    """The operator adds the name that the server is known by."""
    server = start("--allow-host", "kg.example.org")
    assert server.request("GET", "/sparql?query=ASK%7B%7D", host="KG.example.org").status == 200
    assert server.request("GET", "/sparql?query=ASK%7B%7D", host="kg.example.com").status == 421


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nASK{}",
        b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0x10\r\n\r\n",
        b"GET / HTTP/1.1\nHost: localhost\n\nGET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n X-Folded: yes\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /\xc3\xa9 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/2.0\r\nHost: localhost\r\n\r\n",
        b"get / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n" + b"x" * 300,
        b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nASKxx\r\n0\r\n\r\n",
    ],
)
def test_a_request_that_can_be_read_in_two_ways_is_refused(server: RunningServer, request_bytes: bytes) -> None:
    """A doubtful head ends the connection after one refusal, so nothing can be smuggled behind it."""
    answer = server.raw(request_bytes, timeout=3)
    assert answer[:12] in {b"HTTP/1.1 400", b"HTTP/1.1 501"}
    assert answer.count(b"\r\ndate: ") == 1
    assert b"connection: close" in answer


def test_broken_requests_of_every_kind_leave_the_server_well(server: RunningServer) -> None:
    """Bytes changed, cut, doubled and mixed at random get a refusal or an answer, and no fault is logged."""
    chance = random.Random(41)
    body = b"ASK { ?s ?p 'x' }"
    whole = [
        b"GET /sparql?query=ASK%20%7B%7D HTTP/1.1\r\nHost: localhost\r\nAccept: text/csv;q=0.5, */*\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\n"
        b"Content-Length: 17\r\n\r\n" + body,
        b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n16\r\nquery=ASK%20%7B%7D&x=y\r\n0\r\n\r\n",
        b"PUT /data?graph=urn:fuzz HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + TOKEN.encode()
        + b"\r\nContent-Type: text/turtle\r\nContent-Length: 17\r\n\r\n<urn:a> <urn:b> 1 .",
        b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET http://localhost/healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    ]  # fmt: skip
    for _ in range(150):
        request = bytearray(chance.choice(whole))
        for _ in range(chance.randint(0, 4)):
            place = chance.randrange(len(request) + 1)
            kind = chance.randrange(4)
            if kind == 0 and place < len(request):
                request[place] = chance.randrange(256)
            elif kind == 1:
                request[place:place] = bytes(chance.choices(b"\r\n :%/?&=\x00\xff0Aa", k=chance.randint(1, 3)))
            elif kind == 2:
                del request[place : place + chance.randint(1, 8)]
            else:
                request += chance.choice(whole)
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as sock:
            sock.sendall(request)
            sock.settimeout(0.05)  # what is cut short waits for its rest
            with contextlib.suppress(ConnectionResetError, TimeoutError):
                answer = sock.recv(200)
                assert not answer or re.match(rb"HTTP/1\.1 (100|200|201|204|4\d\d|501|503) ", answer), request
    assert server.ask("ASK {}")
    assert server.noise == []
    assert not [entry for entry in server.log if entry["event"] == "fault"]
