"""Writes are whole or not at all, one after the other, and readers see before or after."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from running_server import RunningServer

COUNTER = """
DELETE { <urn:counter> <urn:is> ?n } INSERT { <urn:counter> <urn:is> ?m }
WHERE { <urn:counter> <urn:is> ?n BIND(?n + 1 AS ?m) }
"""


def test_four_hundred_concurrent_increments_count_to_four_hundred(server: RunningServer) -> None:
    """No increment is lost, and each is in force when it is acknowledged."""
    server.update("DELETE WHERE { <urn:counter> <urn:is> ?n } ; INSERT DATA { <urn:counter> <urn:is> 0 }")
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: server.update(COUNTER).status, range(400)))
    assert set(statuses) == {204}
    assert server.query("SELECT ?n WHERE { <urn:counter> <urn:is> ?n }").rows == [{"n": "400"}]


def test_readers_see_before_or_after_never_between(server: RunningServer) -> None:
    """A graph that is replaced again and again is always seen with all of its triples of one version."""
    stop = threading.Event()
    seen: set[tuple[str, str]] = set()

    def read() -> None:
        while not stop.is_set():
            reply = server.query(
                "SELECT (COUNT(*) AS ?n) (COUNT(DISTINCT ?v) AS ?versions) WHERE { GRAPH <urn:pages> { ?s ?p ?v } }"
            )
            seen.update((row["n"], row["versions"]) for row in reply.rows)

    def document(version: int) -> str:
        return "".join(f"<urn:page:{i}> <urn:v> {version} .\n" for i in range(300))

    server.put("urn:pages", document(0))
    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for version in range(1, 15):
        assert server.put("urn:pages", document(version)).status == 204
        acknowledged = server.query("SELECT DISTINCT ?v WHERE { GRAPH <urn:pages> { ?s <urn:v> ?v } }")
        assert acknowledged.rows == [{"v": str(version)}]
    stop.set()
    for reader in readers:
        reader.join()
    assert seen == {("300", "1")}


BROKEN = [
    ("text/turtle", "<urn:a> <urn:b> <urn:c> . <urn:a> <urn:b> "),
    ("text/turtle", "<urn:a> <urn:b> <urn:c> .\n\n<urn:a> <urn:b> <relative path> ."),
    ("application/n-triples", "<urn:a> <urn:b> <urn:c> .\n<urn:a> <urn:b> .\n"),
    ("application/ld+json", '[{"@id": "urn:a", "urn:b": {"@id": "urn:c"}}, {'),
    (
        "application/rdf+xml",
        '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description r:about="urn:a">',
    ),
    ("application/trig", "<urn:a> <urn:b> <urn:c> . <urn:g> {"),
    ("text/turtle", b'<urn:a> <urn:b> "\xff\xfe" .'),
]


@pytest.mark.parametrize(("media", "text"), BROKEN)
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_malformed_document_changes_nothing(
    server: RunningServer, method: str, media: str, text: str | bytes
) -> None:
    """The graph keeps what it had; a graph that was not there does not appear."""
    server.put("urn:kept", "<urn:kept> <urn:since> 1999 .")
    for graph, there in (("urn:kept", 200), ("urn:never", 404)):
        reply = server.request(method, f"/data?graph={graph}", text, token=True, content_type=media)
        assert reply.status == 400
        assert server.request("GET", f"/data?graph={graph}").status == there
    assert server.count("GRAPH <urn:kept> { ?s ?p ?o }") == 1


def test_a_request_of_several_operations_happens_whole_or_not_at_all(server: RunningServer) -> None:
    """When a later operation fails, what earlier ones did is not in force."""
    before = server.count("GRAPH ?g { ?s ?p ?o }")
    for last in (
        "DROP GRAPH <urn:missing>",
        "CREATE GRAPH <urn:half>",
        "COPY <urn:missing> TO DEFAULT",
        "LOAD <urn:x>",
    ):
        reply = server.update(f"INSERT DATA {{ GRAPH <urn:half> {{ <urn:half> <urn:p> 1 }} }} ; {last}")
        assert reply.status in {400, 403, 404}
        assert server.count("GRAPH ?g { ?s ?p ?o }") == before
    assert server.request("GET", "/data?graph=urn:half").status == 404


def test_a_failing_write_does_not_spoil_those_beside_it(server: RunningServer) -> None:
    """Writes that wait together succeed or fail each for itself."""
    good = [f"INSERT DATA {{ <urn:beside> <urn:n> {i} }}" for i in range(20)]
    bad = ["INSERT DATA { <urn:beside> <urn:n> -1 } ; DROP GRAPH <urn:missing>"] * 20
    with ThreadPoolExecutor(16) as pool:
        statuses = list(
            pool.map(
                lambda text: server.update(text).status, [text for pair in zip(good, bad, strict=True) for text in pair]
            )
        )
    assert statuses == [204, 404] * 20
    assert server.count("<urn:beside> <urn:n> ?n") == 20
    assert server.count("<urn:beside> <urn:n> -1") == 0


def test_drop_all_empties_everything(start: Callable[..., RunningServer]) -> None:
    """Afterwards there are no triples and no graphs."""
    server = start()
    server.put(None, "<urn:a> <urn:b> 1 .")
    server.put("urn:g", "<urn:a> <urn:b> 2 .")
    assert server.update("DROP ALL").status == 204
    assert server.count("{ ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } }") == 0
    assert server.request("GET", "/data?graph=urn:g").status == 404


def test_blank_nodes_of_different_documents_stay_different(server: RunningServer) -> None:
    """The same label in two documents names two things; within a document it names one."""
    server.put("urn:bnodes", "_:x <urn:p> 1 . _:x <urn:q> 2 .")
    server.request("POST", "/data?graph=urn:bnodes", "_:x <urn:p> 3 .", token=True, content_type="text/turtle")
    assert server.count("GRAPH <urn:bnodes> { ?x <urn:p> 1 ; <urn:q> 2 }") == 1
    assert server.count("GRAPH <urn:bnodes> { ?x <urn:p> 1, 3 }") == 0


def test_what_was_removed_costs_nothing_later(start: Callable[..., RunningServer]) -> None:
    """Thousands of changes of one value lose none of them: the store is renewed now and then, and nobody notices."""
    server = start()
    server.put(None, "<urn:counter> <urn:is> 0 .")
    step = " ; ".join([COUNTER] * 100)
    for _ in range(25):
        assert server.update(step).status == 204
    assert server.query("SELECT ?n WHERE { <urn:counter> <urn:is> ?n }").rows == [{"n": "2500"}]
    assert server.count() == 1


def test_a_long_document_may_take_longer_and_more_room_than_a_query(start: Callable[..., RunningServer]) -> None:
    """Twelve megabytes are stored under limits that no query could do that much in, and can be taken out again."""
    server = start("--timeout", "1", "--memory", "16")
    line = '<urn:row:{0}> <urn:note> "{0} of a long inventory, with enough text to fill a line of it" .\n'
    document = "".join(line.format(number) for number in range(120_000))
    assert server.put("urn:long", document, content_type="application/n-triples").status == 201
    assert server.count("GRAPH <urn:long> { ?s ?p ?o }") == 120_000
    assert server.request("GET", "/readyz").json()["triples"] == 120_000
    assert server.request("DELETE", "/data?graph=urn:long", token=True).status == 204
    assert server.request("GET", "/readyz").json()["triples"] == 0
