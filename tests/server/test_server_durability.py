"""With --location no acknowledged write is ever lost, whenever the server is killed and however full the disk is."""

import contextlib
import os
import random
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
from running_server import RunningServer

from bpo_kg.errors import SourceError
from bpo_kg.shells.server.changes import Step, encode
from bpo_kg.shells.server.journal import Journal, picture

CRASHES = int(os.environ.get("BPO_KG_TEST_CRASHES", "4"))
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
from bpo_kg.shells.server.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def write_until_killed(server: RunningServer, number: int, acknowledged: list[str]) -> None:
    """Write three triples at a time until the server is gone."""
    for turn in range(100_000):
        name = f"urn:w:{os.getpid()}:{number}:{time.monotonic_ns()}"
        text = f"INSERT DATA {{ <{name}> <urn:a> {turn} ; <urn:b> {turn} . "
        text += f"GRAPH <urn:copies> {{ <{name}> <urn:c> {turn} }} }}"
        try:
            if server.update(text, timeout=5).status != 204:
                return
        except OSError:
            return
        acknowledged.append(name)


def written(server: RunningServer) -> dict[str, set[str]]:
    """Which parts of each write are there."""
    rows = server.query("SELECT ?s ?p WHERE { { ?s ?p ?o } UNION { GRAPH <urn:copies> { ?s ?p ?o } } }").rows
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["s"], set()).add(row["p"])
    return found


def test_a_kill_at_any_moment_loses_nothing_and_halves_nothing(tmp_path: Path) -> None:
    """After each random kill under load: every acknowledged write is whole, no other is half, all within a second."""
    chance = random.Random(20)
    acknowledged: list[str] = []
    for _ in range(CRASHES):
        server = RunningServer("--location", str(tmp_path / "kg"))
        writers = [threading.Thread(target=write_until_killed, args=(server, n, acknowledged)) for n in range(3)]
        for writer in writers:
            writer.start()
        time.sleep(chance.uniform(0.02, 0.5))
        members = server.members()
        server.process.send_signal(signal.SIGKILL)
        begin = time.monotonic()
        while any(alive(member) for member in members) and time.monotonic() < begin + 5:
            time.sleep(0.005)
        assert time.monotonic() - begin < 1
        for writer in writers:
            writer.join()
        server.close()
        with RunningServer("--location", str(tmp_path / "kg")) as again:
            found = written(again)
            assert [name for name in acknowledged if len(found.get(name, ())) != 3] == []
            assert [name for name, parts in found.items() if len(parts) != 3] == []
    assert acknowledged


def alive(member: int) -> bool:
    """Whether a process is there and not only waiting to be buried."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{member}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def test_port_and_store_are_free_at_once_after_a_kill(tmp_path: Path, start: Callable[..., RunningServer]) -> None:
    """Not even a query that runs at that moment keeps the port or the folder."""
    server = start("--location", str(tmp_path), "--timeout", "60")
    digits = " ".join(f"VALUES ?d{i} {{ 0 1 2 3 4 5 6 7 8 9 }}" for i in range(12))
    bomb = threading.Thread(target=attempt, args=(server, digits))
    bomb.start()
    time.sleep(0.3)
    port = server.port
    server.process.send_signal(signal.SIGKILL)
    begin = time.monotonic()
    again = start("--location", str(tmp_path), "--port", str(port))
    assert again.port == port
    assert time.monotonic() - begin < 5
    bomb.join()


def attempt(server: RunningServer, digits: str) -> None:
    """Send a query that will not be answered."""
    with contextlib.suppress(OSError):
        server.query(f"SELECT (COUNT(*) AS ?n) WHERE {{ {digits} }}")


def test_everything_survives_a_restart(tmp_path: Path) -> None:
    """Triples, graphs without triples, blank nodes and language tags are the same after a stop and after a kill."""
    document = '_:a <urn:p> _:b , "hai"@id , "x\\u0001y" , 1.50 . _:b <urn:q> _:a .'
    ask = "SELECT ?x ?y ?o WHERE { ?x <urn:p> ?y , ?o . ?y <urn:q> ?x }"
    seen = []
    for stop in (signal.SIGTERM, signal.SIGKILL, signal.SIGTERM):
        with RunningServer("--location", str(tmp_path)) as server:
            if not seen:
                server.put(None, document)
                server.update("CREATE GRAPH <urn:empty> ; INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> 1 } }")
                server.update("DELETE DATA { GRAPH <urn:g> { <urn:a> <urn:b> 1 } }")
            seen.append(sorted(map(str, server.query(ask).rows)))
            for graph, status in (("urn:empty", 200), ("urn:g", 200), ("urn:none", 404)):
                assert server.request("GET", f"/data?graph={graph}").status == status
            server.process.send_signal(stop)
            assert server.process.wait(10) == (0 if stop == signal.SIGTERM else -9)
    assert len(seen[0]) == 4
    assert seen[0] == seen[1] == seen[2]


def test_a_stop_finishes_what_is_being_answered(start: Callable[..., RunningServer]) -> None:
    """SIGTERM closes the port at once, lets a running query finish and exits with 0."""
    server = start("--timeout", "20")
    digits = " ".join(f"VALUES ?d{i} {{ 0 1 2 3 4 5 6 7 8 9 }}" for i in range(6))
    statuses: list[int] = []
    running = threading.Thread(
        target=lambda: statuses.append(server.query(f"SELECT (COUNT(*) AS ?n) WHERE {{ {digits} }}").status)
    )
    running.start()
    time.sleep(0.1)
    server.process.send_signal(signal.SIGTERM)
    running.join()
    assert statuses == [200]
    assert server.process.wait(10) == 0
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", server.port), timeout=1)


def test_a_second_server_cannot_use_the_same_folder(tmp_path: Path, start: Callable[..., RunningServer]) -> None:
    """It says so and exits with 2; the first goes on."""
    first = start("--location", str(tmp_path))
    with pytest.raises(RuntimeError, match="another server keeps its store here"):
        start("--location", str(tmp_path))
    assert first.ask("ASK {}")


def test_a_full_disk_refuses_writes_cleanly_and_the_server_starts_again(
    tmp_path: Path, start: Callable[..., RunningServer]
) -> None:
    """Writes get 507 and leave nothing behind, reads go on; the server starts on a full disk and recovers with it."""
    command = [sys.executable, "-c", LIMITED, "--empty"]
    server = start("--location", str(tmp_path), command=command)
    kept, statuses = [], set()
    for number in range(40):
        padding = "x" * 4000
        status = server.update(f'INSERT DATA {{ <urn:n:{number}> <urn:is> "{padding}" ; <urn:and> {number} }}').status
        statuses.add(status)
        if status == 204:
            kept.append(number)
    assert statuses == {204, 507}
    assert server.count("?s <urn:and> ?n") == len(kept)
    server.close()
    again = start("--location", str(tmp_path), command=command)
    assert {int(row["n"]) for row in again.query("SELECT ?n WHERE { ?s <urn:and> ?n }").rows} == set(kept)
    assert again.update('INSERT DATA { <urn:late> <urn:is> "' + "x" * 4000 + '" }').status == 507
    again.close()
    roomy = start("--location", str(tmp_path))
    assert roomy.update("INSERT DATA { <urn:later> <urn:is> 1 }").status == 204
    assert roomy.count("?s <urn:and> ?n") == len(kept)


def test_a_worker_that_is_killed_is_replaced(start: Callable[..., RunningServer]) -> None:
    """Whoever was being answered gets 503 or an answer, nobody else notices, and soon there are as many as before."""
    server = start("--workers", "2")
    assert server.settled(lambda: len(server.members()) == 4)
    for _ in range(5):
        # The first two are the front and the keeper of the store; for a moment there may be no worker at all.
        assert server.settled(lambda: len(server.members()) > 2)
        for worker in server.members()[2:]:
            os.kill(worker, signal.SIGKILL)
        assert server.query("ASK {}").status in {200, 503}
    assert server.settled(lambda: len(server.members()) == 4)
    assert server.ask("ASK {}")


def test_a_server_without_its_store_ends(start: Callable[..., RunningServer]) -> None:
    """If the keeper of the store is killed, everything ends at once with exit code 1, to be started anew."""
    server = start()
    members = server.members()
    os.kill(members[1], signal.SIGKILL)
    assert server.process.wait(5) == 1
    assert server.settled(lambda: not any(alive(member) for member in members), 1)
    assert server.log[-1]["event"] == "failed"


# --- the journal by itself ------------------------------------------------------------------------
def quad(number: int) -> ox.Quad:
    """A quad like those of an inventory."""
    return ox.Quad(ox.NamedNode(f"urn:row:{number}"), ox.NamedNode("urn:fte"), ox.Literal(number))


def added(*numbers: int) -> bytes:
    """Steps that add quads."""
    return encode([Step("add", ox.serialize(map(quad, numbers), format=ox.RdfFormat.N_QUADS))])


def restored(folder: Path) -> ox.Store:
    """What a folder holds."""
    journal = Journal(folder)
    store = ox.Store()
    journal.restore(store)
    journal.close()
    return store


def journal_with(folder: Path, *writes: bytes) -> Path:
    """Write a journal; return its file."""
    journal = Journal(folder)
    for write in writes:
        journal.append(write)
    journal.close()
    (file,) = folder.glob("journal-*")
    return file


def test_a_record_that_was_cut_anywhere_is_forgotten_whole(tmp_path: Path) -> None:
    """Whatever the last record was cut down to, everything before it is there and nothing of it."""
    file = journal_with(tmp_path, added(1, 2), added(3, 4))
    whole = file.read_bytes()
    first = len(journal_with(tmp_path / "one", added(1, 2)).read_bytes())
    for cut in range(first, len(whole)):
        file.write_bytes(whole[:cut])
        assert set(restored(tmp_path)) == {quad(1), quad(2)}
        assert file.stat().st_size == first


def test_zeros_at_the_end_are_a_torn_record(tmp_path: Path) -> None:
    """A machine that lost power may leave a file longer than what was written."""
    file = journal_with(tmp_path, added(1))
    with file.open("ab") as out:
        out.write(bytes(500))
    assert set(restored(tmp_path)) == {quad(1)}


def test_damage_in_the_middle_is_reported_and_not_repaired(tmp_path: Path) -> None:
    """A flipped bit before other records means that acknowledged writes are at stake: the server does not start."""
    file = journal_with(tmp_path, added(1), added(2), added(3))
    data = bytearray(file.read_bytes())
    data[40] ^= 1
    file.write_bytes(data)
    with pytest.raises(SourceError, match="damaged"):
        restored(tmp_path)


def test_a_snapshot_replaces_what_came_before_it(tmp_path: Path) -> None:
    """Snapshot and later writes together give the store; older files are gone; a half-written snapshot is ignored."""
    journal = Journal(tmp_path)
    journal.append(added(1, 2))
    number = journal.turn()
    journal.append(added(3))
    store = ox.Store()
    store.extend([quad(1), quad(2)])
    store.add_graph(ox.NamedNode("urn:empty"))
    journal.write_snapshot(number, picture(store))
    journal.close()
    (tmp_path / "snapshot.draft").write_bytes(struct.pack("<8sQI", b"bpo-kg-1", 10_000, 0) + b"half")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"journal-{number:08d}", f"snapshot-{number:08d}", "snapshot.draft",
    ]  # fmt: skip
    again = restored(tmp_path)
    assert set(again) == {quad(1), quad(2), quad(3)}
    assert again.contains_named_graph(ox.NamedNode("urn:empty"))
