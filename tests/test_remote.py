"""A remote endpoint that is not ours gives the same answers, and its refusals are told in its own words."""

import http.server
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from example_files import EXAMPLES

import bpo_kg
from bpo_kg.errors import QueryError, RemoteError
from bpo_kg.questions import Question, catalogue, remote_values
from bpo_kg.store.remote import Endpoint

FILES = [EXAMPLES / name for name in ("inventory.csv", "ten-cases.csv", "engagements.ttl")]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def server_program() -> str:
    """Return the server that the test extra brings, beside this Python or on the path."""
    beside = Path(sys.executable).with_name("oxigraph")
    found = str(beside) if beside.exists() else shutil.which("oxigraph")
    assert found, "the test extra brings oxigraph"
    return found


@pytest.fixture(scope="module")
def local() -> bpo_kg.KnowledgeGraph:
    return bpo_kg.load(*FILES, client="GB", to=["PH"])


@pytest.fixture(scope="module")
def remote(local: bpo_kg.KnowledgeGraph, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """`oxigraph serve`, loaded with our export."""
    folder = tmp_path_factory.mktemp("remote")
    export = folder / "all.nt"
    export.write_bytes(local.export("all", "nt"))
    port = free_port()
    command = [server_program(), "serve", "--location", str(folder / "store"), "--bind", f"127.0.0.1:{port}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            for _ in range(150):
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.1)
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/store?default",
                data=export.read_bytes(),
                headers={"Content-Type": "application/n-triples"},
                method="PUT",
            )
            with urllib.request.urlopen(request, timeout=60) as done:
                assert done.status in (200, 201, 204)
            yield Endpoint(f"http://127.0.0.1:{port}/query")
        finally:
            running.terminate()


def asked(question: Question) -> dict[str, str]:
    """Return parameters for a question: those of its first expectation, or none."""
    first = question.expects[0] if question.expects else {}
    return {name: value for name, value in first.items() if isinstance(value, str)}


def in_the_export(question: Question) -> bool:
    """Tell whether the verdicts that a question reads are in the export, which holds those for the Philippines."""
    given = {**{p.name: p.default or "" for p in question.parameters}, **asked(question)}
    return all(given.get(place, place) in ("PH", "country:PH", "") for place in question.assess)


NAMES = [name for name, question in catalogue().items() if in_the_export(question)]


def test_most_questions_can_be_asked_of_a_remote_store() -> None:
    """The comparison below covers the catalogue, not a corner of it."""
    assert len(NAMES) > 25


def rows(solutions: object) -> list[tuple[str, ...]]:
    assert isinstance(solutions, ox.QuerySolutions)
    names = solutions.variables
    return [
        tuple("" if s[n] is None or isinstance(s[n], ox.BlankNode) else str(s[n]) for n in names) for s in solutions
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_question_gets_the_same_answers_from_a_server_that_is_not_ours(
    local: bpo_kg.KnowledgeGraph, remote: Endpoint, name: str
) -> None:
    """The same file, bound the same way, over the same triples."""
    question = catalogue()[name]
    parameters = asked(question)
    text = question.bind(remote_values(question, parameters))
    assert sorted(rows(remote.query(text))) == sorted(rows(local.select(text)))


def test_a_remote_syntax_error_is_told_in_the_servers_words(remote: Endpoint) -> None:
    """The server knows best what it did not understand."""
    with pytest.raises(QueryError, match=r"refuses the query: .*(SPARQL|expected|error)"):
        remote.query("SELECT ?s WHERE { ?s ?p ")


def test_nobody_there_is_said_with_the_address() -> None:
    """An endpoint that cannot be reached is named."""
    address = f"http://127.0.0.1:{free_port()}/query"
    with pytest.raises(RemoteError, match=address):
        Endpoint(address, timeout=2).query("ASK {}")


class Busy(http.server.BaseHTTPRequestHandler):
    """Says it is busy twice, then answers."""

    refusals = 2

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        if type(self).refusals:
            type(self).refusals -= 1
            self.send_response(503)
            self.send_header("Retry-After", "3")
            self.end_headers()
            return
        body = b'{"head": {}, "boolean": true}'
        self.send_response(200)
        self.send_header("Content-Type", "application/sparql-results+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        """Keep the test's output clean."""


def test_a_busy_server_is_asked_again_after_the_time_it_names() -> None:
    """503 with Retry-After is waited for, and a server that stays busy is an error."""
    Busy.refusals = 2
    waited: list[float] = []
    with http.server.HTTPServer(("127.0.0.1", 0), Busy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        endpoint = Endpoint(f"http://127.0.0.1:{server.server_port}/sparql", sleep=waited.append)
        assert bool(endpoint.query("ASK {}")) is True
        assert waited == [3.0, 3.0]
        Busy.refusals = 99
        with pytest.raises(RemoteError, match="503"):
            endpoint.query("ASK {}")
        server.shutdown()
