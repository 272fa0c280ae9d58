"""Compare the query server with `oxigraph serve` on the same data and queries, turn by turn in one run.

    python tests/benchmarks/bench_server.py [--smoke] [--seconds 1.0] [--rounds 3]

Both serve 80,000 triples from memory. A query is either *fresh* (a comment makes every text differ, so no answer
can be remembered) or *repeated*. What counts is the ratio of requests per second, ours over theirs, as the
median of the rounds; absolute numbers depend on the machine and on the load generator, which shares it.
`--smoke` runs every code path in a few seconds and holds only that all answers agree.
"""

import argparse
import contextlib
import http.client
import itertools
import json
import selectors
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "server"))

from running_server import RunningServer  # lies beside the tests, not in a package

BPO = "https://w3id.org/bpo-kg/ontology#"
PREFIXES = f"""
PREFIX bpo: <{BPO}> PREFIX row: <https://w3id.org/bpo-kg/row/bench/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""
SMALL = {
    "one process": "SELECT ?p ?o WHERE { row:%d ?p ?o }",
    "parts of a whole": "SELECT ?part ?label WHERE { ?part bpo:directPartOf row:%d ; rdfs:label ?label }",
    "label and country": "SELECT ?label ?country WHERE { row:%d rdfs:label ?label ; bpo:clientCountry ?country }",
    "is it core": "ASK { row:%d bpo:core true }",
}
HEAVY = {
    "count by kind": "SELECT ?kind (COUNT(*) AS ?n) (SUM(?fte) AS ?sum) "
    "WHERE { ?x bpo:specialises ?kind ; bpo:fte ?fte } GROUP BY ?kind #%d",
    "wholes and parts": "SELECT (COUNT(*) AS ?n) "
    "WHERE { ?x bpo:directPartOf ?y . ?y bpo:clientCountry ?c . ?x bpo:usesChannel ?h } #%d",
    "search labels": 'SELECT (COUNT(*) AS ?n) WHERE { ?x rdfs:label ?l FILTER(REGEX(?l, "office 1.*7$", "i")) } #%d',
    "largest": "SELECT ?x ?fte WHERE { ?x bpo:fte ?fte ; bpo:core false } ORDER BY DESC(?fte) ?x LIMIT 2000 #%d",
}
_NUMBERS = itertools.count(1)  # one for the whole run, so that no text is ever asked twice
GOALS = {("small", 1): 0.5, ("small", 8): 0.6, ("heavy", 1): 1.0, ("heavy", 8): 1.0, ("repeated heavy", 8): 3.0}


def inventory(rows: int) -> str:
    """Return an inventory of `rows` processes, ten triples each, as N-Triples."""
    countries, channels, kinds = (
        ("GB", "DE", "US", "ID", "PH"),
        ("phone", "email", "chat"),
        ("payroll", "callCenter", "dataEntry"),
    )
    lines = []
    for i in range(rows):
        row = f"<https://w3id.org/bpo-kg/row/bench/{i}>"
        facts = [
            ("http://www.w3.org/1999/02/22-rdf-syntax-ns#type", f"<{BPO}ClientProcess>"),
            ("http://www.w3.org/2000/01/rdf-schema#label", f'"process of office {i}"@en'),
            ("http://purl.org/dc/terms/identifier", f'"p-{i}"'),
            ("http://www.w3.org/2004/02/skos/core#note", f'"note {i % 97}"'),
            (BPO + "specialises", f"<https://w3id.org/bpo-kg/process/{kinds[i % 3]}>"),
            (BPO + "clientCountry", f"<https://w3id.org/bpo-kg/country/{countries[i % 5]}>"),
            (BPO + "usesChannel", f"<https://w3id.org/bpo-kg/channel/{channels[i % 3]}>"),
            (BPO + "directPartOf", f"<https://w3id.org/bpo-kg/row/bench/{i // 10}>"),
            (BPO + "core", f'"{"true" if i % 11 == 0 else "false"}"^^<http://www.w3.org/2001/XMLSchema#boolean>'),
            (BPO + "fte", f'"{i * 7919 % 1000}.5"^^<http://www.w3.org/2001/XMLSchema#decimal>'),
        ]
        lines += [f"{row} <{predicate}> {value} .\n" for predicate, value in facts]
    return "".join(lines)


@contextlib.contextmanager
def oxigraph(data: str) -> Iterator[tuple[int, str]]:
    """Run `oxigraph serve` in memory; yield its port and the path of its endpoint."""
    program = shutil.which("oxigraph") or str(Path(sys.executable).with_name("oxigraph"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [program, "serve", "--bind", f"127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            time.sleep(0.05)
        put(port, "/store?default", data)
        yield port, "/query"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(10)


@contextlib.contextmanager
def ours(data: str) -> Iterator[tuple[int, str]]:
    """Run the query server in memory; yield its port and the path of its endpoint."""
    with RunningServer("--timeout", "30") as server:
        put(server.port, "/data?default", data, authorization="Bearer a-token-for-tests")
        yield server.port, "/sparql"


def put(port: int, path: str, data: str, **headers: str) -> None:
    """Load data over the Graph Store Protocol."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("PUT", path, data.encode(), {"content-type": "application/n-triples", **headers})
    status = connection.getresponse().status
    connection.close()
    if status not in {201, 204}:
        raise RuntimeError(f"loading the data was answered with {status}")


def requests(path: str, query: str, *, fresh: bool) -> Iterator[bytes]:
    """Yield requests without end, each text different if they are to be fresh."""
    while True:
        number = next(_NUMBERS) if fresh else 7
        text = quote(PREFIXES + query % (number % 8000) + (f" #{number}" if fresh else ""), safe="")
        head = f"GET {path}?query={text} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: application/sparql-results+json\r\n\r\n"
        yield head.encode()


class Visitor:
    """One keep-alive connection that asks again as soon as it is answered."""

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.left = -1
        self.chunked = False
        self.sent = 0.0

    def ask(self, request: bytes) -> None:
        """Send a request."""
        self.buffer, self.left = b"", -1
        self.sent = time.perf_counter()
        self.sock.sendall(request)

    def answered(self) -> bool:
        """Read what is there; return whether the answer is whole.

        Raises:
            RuntimeError: the answer is not a 200.
        """
        self.buffer += self.sock.recv(1 << 20)
        if self.left < 0:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return False
            head = self.buffer[:end].lower()
            if not head.startswith(b"http/1.1 200"):
                raise RuntimeError(self.buffer[:300].decode(errors="replace"))
            self.chunked = b"transfer-encoding: chunked" in head
            start = head.find(b"content-length:")
            self.left = end + 4 + (0 if self.chunked else int(head[start + 15 :].split(b"\r", 1)[0]))
        return self.buffer.endswith(b"0\r\n\r\n") if self.chunked else len(self.buffer) >= self.left


def measure(port: int, path: str, query: str, *, visitors: int, seconds: float, fresh: bool) -> tuple[float, float]:
    """Ask for `seconds`; return answers per second and the 99th percentile of their times in milliseconds."""
    stream = requests(path, query, fresh=fresh)
    times = []
    with selectors.DefaultSelector() as selector:
        connections = [Visitor(port) for _ in range(visitors)]
        for visitor in connections:
            selector.register(visitor.sock, selectors.EVENT_READ, visitor)
            visitor.ask(next(stream))
        start = time.perf_counter()
        end = start + seconds
        while (now := time.perf_counter()) < end or not times:
            for key, _ in selector.select(5):
                if key.data.answered():
                    times.append(time.perf_counter() - key.data.sent)
                    key.data.ask(next(stream))
        elapsed = now - start
        for visitor in connections:
            visitor.sock.close()
    return len(times) / elapsed, 1000 * sorted(times)[int(0.99 * (len(times) - 1))]


def answer(port: int, path: str, query: str) -> object:
    """Return one answer as JSON, rows in an order of their own."""
    visitor = Visitor(port)
    visitor.ask(next(requests(path, query, fresh=False)))
    while not visitor.answered():
        pass
    visitor.sock.close()
    body = visitor.buffer.split(b"\r\n\r\n", 1)[1]
    if visitor.chunked:
        text, body = body, b""
        while text:
            size, _, text = text.partition(b"\r\n")
            body, text = body + text[: int(size, 16)], text[int(size, 16) + 2 :]
    found = json.loads(body)
    return (
        found["boolean"]
        if "boolean" in found
        else sorted(map(str, (sorted(r.items()) for r in found["results"]["bindings"])))
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the comparison and print a table of ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="a few seconds: only that everything runs and agrees")
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args(arguments)
    rows = 500 if given.smoke else 8000
    rounds, seconds = (1, 0.05) if given.smoke else (given.rounds, given.seconds)
    data = inventory(rows)
    plans = [("small", name, query, True) for name, query in SMALL.items()]
    plans += [("heavy", name, query, True) for name, query in HEAVY.items()]
    plans += [("repeated small", name, query, False) for name, query in SMALL.items()]
    plans += [("repeated heavy", name, query, False) for name, query in HEAVY.items()]
    ratios: dict[tuple[str, int], list[float]] = {}
    with ours(data) as mine, oxigraph(data) as theirs:
        for _, name, query, _ in plans:
            if answer(*mine, query) != answer(*theirs, query):
                print(f"{name}: the answers differ")
                return 1
        print(f"{10 * rows} triples; requests per second, ours / oxigraph serve; median of {rounds} rounds")
        for kind, name, query, fresh in plans:
            for visitors in (1, 8):
                found = []
                for turn in range(rounds):
                    order = [mine, theirs] if turn % 2 == 0 else [theirs, mine]
                    pair = {
                        place: measure(*place, query, visitors=visitors, seconds=seconds, fresh=fresh)
                        for place in order
                    }
                    found.append((pair[mine], pair[theirs]))
                ratio = statistics.median(a[0] / b[0] for a, b in found)
                ratios.setdefault((kind, visitors), []).append(ratio)
                (us, slow), (them, slow_them) = sorted(found)[len(found) // 2]
                rate = f"{us:8.0f} / {them:8.0f} = {ratio:6.2f}"
                print(f"{kind:15} {name:18} {visitors} visitors: {rate}   p99 {slow:6.1f} / {slow_them:6.1f} ms")
    print()
    missed = 0
    for (kind, visitors), values in ratios.items():
        goal = GOALS.get((kind, visitors))
        mean = statistics.geometric_mean(values)
        print(
            f"{kind:15} {visitors} visitors: {mean:5.2f} (lowest {min(values):.2f})"
            + (f", goal {goal}" if goal else "")
        )
        missed += goal is not None and mean < goal
    return 0 if given.smoke else int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
