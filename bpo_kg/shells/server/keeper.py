"""Own the store: build it, fork workers from it, and be the only one to change it.

The keeper runs no text that a visitor sent. It applies steps that a worker worked out, after they are in the
journal, and forks workers between two writes, so that each of them sees a whole version.
"""

import gc
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any, NoReturn

import pyoxigraph as ox

from bpo_kg.errors import BpoKgError
from bpo_kg.shells.server import limits, wire
from bpo_kg.shells.server.changes import apply, decode, encode
from bpo_kg.shells.server.content import Content
from bpo_kg.shells.server.direct import Direct
from bpo_kg.shells.server.journal import DiskFull, Journal, picture
from bpo_kg.shells.server.log import Log
from bpo_kg.shells.server.options import ServerOptions
from bpo_kg.shells.server.slip import SIZE, Slip
from bpo_kg.shells.server.worker import Worker

Build = Callable[[ox.Store, bool], Content]
FORK, FORK_DIRECT, APPLY, QUIT = b"f", b"d", b"a", b"q"
# The store chains what was removed to what replaced it and never lets go, so it is copied now and then.
_DEAD_AT_LEAST, _DEAD_SHARE = 2000, 0.25


class Keeper:
    """The process that owns the store, seen from inside."""

    def __init__(self, front: socket.socket, options: ServerOptions, build: Build) -> None:
        self._front, self._options = front, options
        self._journal = Journal(options.location) if options.location is not None else None
        store = ox.Store()
        restored = False
        if self._journal is not None and self._journal.restored:
            self._journal.restore(store)
            restored = True
        self._content = build(store, restored)
        self._boot = f"{time.time_ns():x}"
        self._changes = self._dead = 0
        self._triples = len(self._content.store)
        self._snapshot: tuple[int, int] | None = None
        if self._journal is not None and not (restored and self._content.as_restored):
            self._keep_all(self._journal, restored)

    def _keep_all(self, journal: Journal, restored: bool) -> None:
        """Keep what was built; a store that was restored is kept anew where there is room, else as it was."""
        if not restored:
            journal.append(encode(picture(self._content.store)))
            return
        try:
            journal.write_snapshot(journal.turn(), picture(self._content.store))
        except OSError as error:
            self._tell(event="warning", detail=f"the loaded data could not be kept: {error.strerror}")

    def run(self) -> NoReturn:
        """Say that the store is ready, then do what the front asks until it goes away."""
        limits.deepen_stack()
        signal.signal(signal.SIGCHLD, lambda *_: self._reap())
        gc.collect()
        gc.freeze()  # a collection in a fork would copy every page that holds a Python object
        routes = [[route.path, list(route.methods), route.max_body, route.timeout] for route in self._content.routes]
        self._tell(event="ready", routes=routes, **self._state())
        self._compact()
        while True:
            packet, fds = wire.receive(self._front)
            if packet in {FORK, FORK_DIRECT}:
                self._fork(direct=packet == FORK_DIRECT)
            elif packet == APPLY:
                self._apply(wire.whole_file(fds[0]))
            else:
                if self._journal is not None:
                    self._journal.close()
                os._exit(0)

    def _state(self) -> dict[str, Any]:
        return {"version": f"{self._boot}.{self._changes}", "triples": self._triples}

    def _tell(self, fds: list[int] | None = None, **message: Any) -> None:
        wire.send(self._front, [json.dumps(message).encode()], fds or [])

    def _fork(self, *, direct: bool) -> None:
        ours, theirs = wire.channel()
        slip = os.memfd_create("bpo-kg-slip") if direct else -1
        if direct:
            os.ftruncate(slip, SIZE)
        parent = os.getpid()
        # A worker that died at once must not be reaped before there is a handle on it.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        pid = os.fork()
        if pid == 0:
            try:
                limits.die_with(parent)
                self._leave(ours)
                signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
                Log.keep_to_itself()
                limits.offer_to_oom_killer()
                limits.cap_memory(self._options.memory)
                worker = Worker(theirs, self._content, self._options, self._state()["version"])
                if direct:
                    Direct(theirs, Slip(slip), worker, self._options).run()
                worker.run()
            except Exception as error:
                Log().fault(error, path="(a worker)")
            finally:
                os._exit(1)
        theirs.close()
        handle = os.pidfd_open(pid)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        fds = [ours.fileno(), handle, *([slip] if direct else [])]
        self._tell(fds, event="direct" if direct else "worker", pid=pid, version=self._state()["version"])
        for fd in fds[1:]:
            os.close(fd)
        ours.close()

    def _leave(self, *sockets: socket.socket) -> None:
        """Let go, in a fork, of what belongs to the keeper."""
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._front.close()
        for sock in sockets:
            sock.close()
        if self._journal is not None:
            self._journal.close()

    def _apply(self, steps: bytes) -> None:
        try:
            if self._journal is not None:
                self._journal.append(steps)
        except DiskFull as full:
            self._tell(event="refused", detail=str(full))
            return
        changes = list(decode(steps))
        added, removed = apply(self._content.store, changes)
        self._dead += removed
        self._changes += 1
        # Counting takes as long as reading everything, so it is done only where the steps do not tell.
        exact = not any(step.verb == "document" for step in changes)
        self._triples = self._triples + added - removed if exact else len(self._content.store)
        if self._dead > max(_DEAD_AT_LEAST, _DEAD_SHARE * self._triples):
            self._renew()
        elif self._content.settled is not None:
            self._content.settled()
        self._tell(event="applied", **self._state())
        self._compact()

    def _renew(self) -> None:
        """Move the quads to a new store, which has nothing to remember."""
        old, new = self._content.store, ox.Store()
        for graph in old.named_graphs():
            new.add_graph(graph)
        new.bulk_extend(old)
        self._content.store = new
        if self._content.adopt is not None:
            self._content.adopt(new)
        self._dead = 0

    def _compact(self) -> None:
        """Let a fork write a snapshot where the journal has grown long."""
        if self._journal is None or not self._journal.bulky or self._snapshot is not None:
            return
        journal = self._journal
        try:
            number = journal.turn()
        except OSError:
            return  # the journal goes on as it is
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                limits.die_with(parent)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                self._front.close()
                os.nice(10)
                journal.write_snapshot(number, picture(self._content.store))
            finally:
                os._exit(0)
        self._snapshot = (pid, number)

    def _reap(self) -> None:
        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if self._snapshot is not None and pid == self._snapshot[0]:
                if self._journal is not None:
                    self._journal.snapshot_written(self._snapshot[1])
                self._snapshot = None


def start_keeper(options: ServerOptions, build: Build, keep_out: list[socket.socket]) -> tuple[int, socket.socket]:
    """Fork the keeper; return its process id and the socket to talk to it.

    Args:
        keep_out: sockets of this process that the keeper and its workers must not hold open.
    """
    ours, theirs = wire.channel()
    parent = os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        theirs.close()
        return pid, ours
    try:
        limits.die_with(parent)
        for sock in [ours, *keep_out]:
            sock.close()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # the front decides when to stop
        Keeper(theirs, options, build).run()
    except (BpoKgError, OSError, DiskFull) as error:
        detail = getattr(error, "strerror", None) or str(error)
        wire.send(theirs, [json.dumps({"event": "failed", "detail": detail}).encode()])
    except Exception as error:
        Log().fault(error, path="(the keeper of the store)")
    finally:
        os._exit(1)
