"""What the server does for a content that reasons and has pages: derived graphs follow, pages run in workers."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from running_server import RunningServer

from bpo_kg.vocabulary import ASSERTED, BPO, INFERRED, PROC

COMMAND = [sys.executable, str(Path(__file__).with_name("office_server.py"))]
FRONT = f"<{BPO}FrontOfficeProcess>"
CONTACT = f"<{BPO}publicContact>"


@pytest.fixture
def office(start: Callable[..., RunningServer]) -> RunningServer:
    """A server of a small graph with one rule."""
    return start(command=COMMAND)


@pytest.fixture(scope="module")
def pages() -> Iterator[RunningServer]:
    """The same, for tests that only read."""
    with RunningServer(command=COMMAND) as running:
        yield running


def fronts(server: RunningServer) -> set[str]:
    """The front-office processes."""
    return {row["p"].removeprefix(PROC) for row in server.query(f"SELECT ?p WHERE {{ ?p a {FRONT} }}").rows}


def test_what_follows_is_in_the_default_graph_with_what_was_said(office: RunningServer) -> None:
    """A query without GRAPH sees asserted and inferred triples as one graph."""
    assert fronts(office) == {"callCenter"}
    assert office.count(f"?p {CONTACT} true ; a {FRONT}") == 1
    assert office.count(f"GRAPH <{INFERRED}> {{ ?p a {FRONT} }}") == 1


def test_a_write_and_what_follows_from_it_appear_together(office: RunningServer) -> None:
    """When a write is acknowledged, its inferences are there, and those it took away are gone."""
    office.update(f"INSERT DATA {{ <{PROC}chat> {CONTACT} true }}")
    assert fronts(office) == {"callCenter", "chat"}
    office.update(f"DELETE {{ ?p {CONTACT} true }} INSERT {{ ?p {CONTACT} false }} WHERE {{ ?p a {FRONT} }}")
    assert fronts(office) == set()


def test_writes_without_a_graph_go_to_the_asserted_one(office: RunningServer) -> None:
    """INSERT, PUT and POST of the default graph land in the asserted graph; deletes reach every asserted source."""
    office.update(f"INSERT DATA {{ <{PROC}chat> {CONTACT} true }}")
    assert office.count(f"GRAPH <{ASSERTED}> {{ ?p ?q ?o }}") == 1
    office.update(f"INSERT DATA {{ <{PROC}payroll> {CONTACT} false }}")
    assert office.count(f"GRAPH <{ASSERTED}> {{ ?p ?q ?o }}") == 1, "a source says so already"
    office.update(f"DELETE DATA {{ <{PROC}callCenter> {CONTACT} true }}")
    assert fronts(office) == {"chat"}
    assert office.put(None, f"<{PROC}email> {CONTACT} true .").status == 204
    assert fronts(office) == {"email"}
    assert office.count(f"?p {CONTACT} ?o") == 1


def test_other_graphs_are_kept_as_sent(office: RunningServer) -> None:
    """A graph of the user's own is stored and seen, and nothing is concluded from how it is named."""
    office.put("urn:memo", f"<{PROC}memo> <urn:says> 1 .")
    assert office.count("<urn:none> ?p ?o") == 0
    assert office.count(f"GRAPH <urn:memo> {{ <{PROC}memo> <urn:says> 1 }}") == 1
    assert office.count(f"<{PROC}memo> <urn:says> 1") == 1
    assert office.query("SELECT * FROM <urn:memo> WHERE { ?s ?p ?o }").rows == [
        {"s": f"{PROC}memo", "p": "urn:says", "o": "1"}
    ]


def test_a_fault_in_what_follows_refuses_the_write(office: RunningServer) -> None:
    """A write whose consequences meet a fault is not in force, is answered with 500, and the fault is logged."""
    reply = office.update(f"INSERT DATA {{ <{PROC}p> {CONTACT} true ; <{BPO}faultyToReason> true }}")
    assert reply.status == 500
    assert fronts(office) == {"callCenter"}
    assert office.settled(lambda: any("a rule with a mistake" in str(entry) for entry in office.log))


def test_where_nothing_can_follow_the_derived_graphs_are_empty(office: RunningServer) -> None:
    """A dataset that has lost what it was judged by is kept as written, with nothing derived from it."""
    assert office.put(None, "<urn:a> <urn:b> 1 .").status == 204
    assert office.count() == 1
    assert office.settled(lambda: any(entry["event"] == "nothing_follows" for entry in office.log))


@pytest.mark.parametrize(
    "text",
    [
        f"INSERT DATA {{ GRAPH <{INFERRED}> {{ <urn:x> a {FRONT} }} }}",
        f"DELETE WHERE {{ GRAPH <{INFERRED}> {{ ?s ?p ?o }} }}",
        f"INSERT {{ GRAPH ?g {{ <urn:x> a {FRONT} }} }} WHERE {{ GRAPH ?g {{ ?s a {FRONT} }} }}",
        f"WITH <{INFERRED}> INSERT {{ <urn:x> a {FRONT} }} WHERE {{}}",
        f"CLEAR GRAPH <{INFERRED}>",
        f"DROP SILENT GRAPH <{INFERRED}>",
        f"COPY DEFAULT TO <{INFERRED}>",
        f"MOVE <{INFERRED}> TO <urn:mine>",
    ],
)
def test_what_follows_cannot_be_written(office: RunningServer, text: str) -> None:
    """Each way to write to a derived graph is refused, and it stays as it was."""
    assert office.update(text).status == 403
    assert fronts(office) == {"callCenter"}
    for method in ("PUT", "POST", "DELETE"):
        reply = office.request(
            method, f"/data?graph={INFERRED}", "<urn:x> a <urn:y> .", token=True, content_type="text/turtle"
        )
        assert reply.status == 403


def test_drop_all_empties_all_three(office: RunningServer) -> None:
    """Nothing asserted, nothing inferred, and the rule goes on to work afterwards."""
    assert office.update("DROP ALL").status == 204
    assert office.count() == 0
    office.update(f"INSERT DATA {{ <{PROC}chat> {CONTACT} true }}")
    assert fronts(office) == {"chat"}


def test_a_write_that_cannot_be_reasoned_over_is_refused_whole(office: RunningServer) -> None:
    """If the worker dies over the consequences, the write is not in force, and those beside it are."""
    texts = [f"INSERT DATA {{ <{PROC}p{i}> {CONTACT} true }}" for i in range(8)]
    texts[3] = f"INSERT DATA {{ <{PROC}p3> {CONTACT} true ; <{BPO}slowToReason> true }}"
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda text: office.update(text).status, texts))
    assert statuses == [204, 204, 204, 503, 204, 204, 204, 204]
    assert fronts(office) == {"callCenter", *(f"p{i}" for i in range(8) if i != 3)}


def test_the_service_describes_its_union(pages: RunningServer) -> None:
    """The description names the union default graph, and update where there is a token."""
    text = pages.request("GET", "/sparql", accept="application/n-triples").body.decode()
    assert "sparql-service-description#UnionDefaultGraph" in text
    assert "SPARQL11Update" in text
    with RunningServer("--write-token", "") as bare:
        other = bare.request("GET", "/sparql", accept="application/n-triples").body.decode()
    assert "UnionDefaultGraph" not in other
    assert "SPARQL11Update" not in other


def test_the_service_says_what_is_inferred_and_when(pages: RunningServer) -> None:
    """Queries themselves infer nothing: what follows lies in graphs that the description names, in both languages."""
    text = pages.request("GET", "/sparql", accept="application/n-triples").body.decode()
    assert "<http://www.w3.org/ns/entailment/Simple>" in text
    assert f"service-description#name> <{INFERRED}>" in text
    assert "no query draws further conclusions" in text
    assert "kueri tidak menarik simpulan lebih lanjut" in text
    with RunningServer() as bare:
        other = bare.request("GET", "/sparql", accept="application/n-triples").body.decode()
    assert "<http://www.w3.org/ns/entailment/Simple>" in other
    assert "nothing is inferred" in other
    assert "tidak ada yang disimpulkan" in other


@pytest.mark.parametrize(
    ("variable", "code", "message"),
    [("OFFICE_UNREADABLE", 2, "offices.csv: no such file"), ("OFFICE_FAULTY", 1, "a mistake in the program")],
)
def test_a_server_that_cannot_start_says_why_and_exits(variable: str, code: int, message: str) -> None:
    """Unreadable data exit with 2, a fault with 1; the port never opens."""
    command = [*COMMAND, "--port", "0"]
    run = subprocess.run(
        command, env={**os.environ, variable: "1"}, capture_output=True, text=True, timeout=30, check=False
    )
    assert run.returncode == code
    assert message in run.stderr
    assert "listening" not in run.stderr
    assert all(json.loads(line) for line in run.stderr.splitlines())


# --- pages ----------------------------------------------------------------------------------------
def test_a_page_runs_in_a_worker_over_the_graph(pages: RunningServer) -> None:
    """Placeholders are decoded once; a page may load the server's own scripts; HEAD and ETag work as elsewhere."""
    reply = pages.request("GET", "/processes/callCenter")
    assert (reply.status, b"front office" in reply.body) == (200, True)
    assert "script-src 'self'" in reply.headers["content-security-policy"]
    assert pages.request("GET", "/processes/callCenter", if_none_match=reply.headers["etag"]).status == 304
    assert pages.request("HEAD", "/processes/payroll").headers["content-length"] == str(len(reply.body) - 1)
    assert pages.request("GET", "/files/a%2Fb%2525").body == b"a/b%25"


@pytest.mark.parametrize(
    ("method", "path", "status", "detail"),
    [
        ("GET", "/processes/nothing", 404, "no process 'nothing'"),
        ("GET", "/processes/a/b", 404, "nothing at this path"),
        ("GET", "/processes/payroll?lang=fr", 400, "lang must be en or id"),
        ("GET", "/processes/payroll?lang=en&lang=id", 400, "given twice"),
        ("GET", "/processes/%ff", 400, "not UTF-8"),
        ("POST", "/processes/payroll", 405, "POST is not possible here"),
        ("GET", "/inventory", 405, "GET is not possible here"),
        ("GET", "/endless", 503, "took longer than 0.3 seconds"),
        ("GET", "/broken", 500, "it has been logged"),
    ],
)
def test_a_page_that_fails_is_refused_in_the_common_shape(
    pages: RunningServer, method: str, path: str, status: int, detail: str
) -> None:
    """Errors of the library keep their status; a fault gives nothing away."""
    reply = pages.request(method, path)
    assert reply.status == status
    assert detail in reply.json()["detail"]
    assert "/home" not in reply.body.decode()


def test_a_fault_is_logged_on_one_line(pages: RunningServer) -> None:
    """The log has the error's name and message, and stays one JSON object per line."""
    pages.request("GET", "/broken")
    assert pages.settled(lambda: any(entry["event"] == "fault" for entry in pages.log))
    (fault, *_) = [entry for entry in pages.log if entry["event"] == "fault"]
    assert "ZeroDivisionError" in fault["detail"]
    assert pages.noise == []


def test_a_route_says_how_long_a_body_may_be(pages: RunningServer) -> None:
    """The limit of the route holds before and after decompression."""
    assert pages.request("POST", "/inventory", "x" * 150_000).body == b"150000"
    assert pages.request("POST", "/inventory", "x" * 250_000).status == 413
