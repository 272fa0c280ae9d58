"""Listen, check who may ask, pass requests to workers and answers back: the one process that faces visitors.

The front parses no RDF and no SPARQL, so nothing a visitor sends can hold it up. It knows the cache, the crew
of workers and the queue of writes, and it ends when the keeper of the store does.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import time
from email.utils import formatdate
from http import HTTPStatus

from bpo_kg.shells.server import wire
from bpo_kg.shells.server.cache import Answer, Cache, key_of
from bpo_kg.shells.server.commits import Commits, Write
from bpo_kg.shells.server.connection import Connection
from bpo_kg.shells.server.crew import Crew
from bpo_kg.shells.server.drafting import REFRESH_SECONDS
from bpo_kg.shells.server.gate import OWN, Gate, is_write
from bpo_kg.shells.server.http import Head, Problem
from bpo_kg.shells.server.loans import Loans
from bpo_kg.shells.server.log import Log
from bpo_kg.shells.server.metrics import CONTENT_TYPE, Metrics
from bpo_kg.shells.server.options import ServerOptions
from bpo_kg.shells.server.reading import Reading
from bpo_kg.shells.server.responses import Response, Spool, head_bytes, problem_response

_GRACE = 1.0


class Front:
    """One running server, seen from outside."""

    def __init__(self, listening: socket.socket, control: socket.socket, options: ServerOptions) -> None:
        self._listening, self.control, self.options = listening, control, options
        self._loop = asyncio.get_running_loop()
        self.now, self.soon = time.monotonic, self._loop.call_soon
        self.log, self.metrics, self.cache = Log(every=options.access_log), Metrics(), Cache()
        self.crew = Crew(control, light=options.workers, metrics=self.metrics)
        self.loans = Loans(control, most=0 if options.access_log else self.crew.light, metrics=self.metrics)
        self.commits = Commits(self, options.timeout, REFRESH_SECONDS)
        self.readings: dict[object, Reading] = {}
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self._stopped: asyncio.Future[int] = self._loop.create_future()
        self.stopping = False
        self.triples = 0
        self.gate = Gate(options)
        self.date = b""
        self.full = head_bytes(
            Response(status=503, media="", headers=(("retry-after", "5"), ("connection", "close"))), length=0
        )
        self.metrics.gauges = {
            "bpo_kg_workers": ("Workers.", lambda: self.crew.size),
            "bpo_kg_waiting_requests": ("Requests that wait for a worker.", lambda: self.crew.waiting),
            "bpo_kg_connections": ("Open connections.", lambda: len(self._connections)),
            "bpo_kg_lent_connections": ("Connections that a worker serves directly.", lambda: self.loans.count),
            "bpo_kg_triples": ("Triples in the store.", lambda: self.triples),
            "bpo_kg_cache_hits": ("Answers given from the cache.", lambda: self.cache.hits),
        }

    async def run(self) -> int:
        """Serve until told to stop; return the exit code."""
        self._loop.add_reader(self.control.fileno(), self._told)
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self.stop)
        self._tick()
        try:
            return await self._stopped
        finally:
            self.crew.close()

    # --- the keeper ------------------------------------------------------------------------------
    def _told(self) -> None:
        try:
            packet, fds = wire.receive(self.control)
        except OSError:
            packet, fds = b"", []
        if not packet:
            self._end(1, "the keeper of the store ended")
            return
        message = json.loads(packet)
        event = message["event"]
        if event == "worker":
            self.crew.joined(socket.socket(fileno=fds[0]), fds[1], message["pid"], message["version"])
        elif event == "direct":
            self.loans.joined(socket.socket(fileno=fds[0]), fds[1], fds[2], message["version"])
        elif event == "applied":
            self.triples = message["triples"]
            self.cache.forget()
            self.readings.clear()
            self._advance(message["version"])
            self.commits.applied()
        elif event == "refused":
            self.log.write("write_refused", detail=message["detail"])
            self.commits.refused("the disk is full" if "space" in message["detail"] else "the disk refused it")
        elif event == "ready":
            self.triples = message["triples"]
            self.gate.learn(message["routes"])
            self._advance(message["version"])
            self._loop.create_task(self._open())
        elif event == "failed":
            self._end(2, message["detail"])
        else:
            self.log.write(event, detail=message.get("detail"))

    def _advance(self, version: str) -> None:
        self.loans.advance(version)
        self.crew.advance(version)

    async def _open(self) -> None:
        """Open the port, now that there is something to answer with."""
        self._server = await self._loop.create_server(lambda: Connection(self), sock=self._listening, backlog=1024)
        host, port = self._listening.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        self.log.write("listening", url=f"http://{shown}:{port}/", triples=self.triples, pid=os.getpid())

    def stop(self) -> None:
        """Stop listening, finish what is being answered, then end."""
        if self.stopping:
            self._end(0, "")
            return
        self.stopping = True
        self.log.write("stopping")
        if self._server is not None:
            self._server.close()
        self.loans.close()
        for connection in list(self._connections):
            connection.stop()
        self._loop.create_task(self._finish())

    async def _finish(self) -> None:
        last = self.now() + self.options.timeout + _GRACE
        while (self._connections or self.commits.busy) and self.now() < last:
            await asyncio.sleep(0.02)
        self._end(0, "")

    def _end(self, code: int, detail: str) -> None:
        if not self._stopped.done():
            if detail:
                self.log.write("failed", detail=detail)
            self._stopped.set_result(code)

    def _tick(self) -> None:
        self.date = f"date: {formatdate(usegmt=True)}\r\n".encode()
        now = self.now()
        for connection in list(self._connections):
            connection.lose_patience(now)
        self._loop.call_later(1.0, self._tick)

    # --- connections -----------------------------------------------------------------------------
    def welcome(self, connection: Connection) -> bool:
        """Take in a new connection; return False where there are too many."""
        if len(self._connections) >= self.options.max_connections:
            return False
        self._connections.add(connection)
        return True

    def left(self, connection: Connection) -> None:
        """Forget a connection, and what only it was waiting for."""
        self._connections.discard(connection)
        self.loans.left(connection)
        if isinstance(connection.job, Reading):
            connection.job.leave(connection)

    # --- one request -----------------------------------------------------------------------------
    def framed(self, connection: Connection) -> None:
        """Take a whole request."""
        head = connection.head
        assert head is not None
        path = head.target.partition(b"?")[0]
        if head.method == "OPTIONS":
            self._options_asked(connection, path)
        elif path in OWN:
            self._own(connection, path)
        elif is_write(head, path):
            self.commits.add(Write(connection))
        else:
            self._read(connection, head)

    def _read(self, connection: Connection, head: Head) -> None:
        body = connection.body.content
        if isinstance(body, Spool):
            Reading(self, None, connection).submit()
            return
        key = key_of(head, bytes(body))
        known = self.cache.find(key)
        if known is not None:
            self.remembered(connection, known)
            return
        running = self.readings.get(key)
        if running is not None:
            running.join(connection)
            return
        self.readings[key] = reading = Reading(self, key, connection)
        reading.submit()

    def write_after_all(self, connection: Connection) -> None:
        """Take a form that turned out to hold an update."""
        try:
            assert connection.head is not None
            self.gate.check_token(connection.head)
        except Problem as problem:
            connection.refuse(problem)
            return
        self.commits.add(Write(connection))

    def _options_asked(self, connection: Connection, path: bytes) -> None:
        """Say what is possible, and grant no preflight."""
        methods = self.gate.methods(path)
        allow = ", ".join([*methods, "OPTIONS"])
        head = head_bytes(Response(status=204, media="", headers=(("allow", allow),)), length=0)
        # A browser asks here before it sends a token or a PUT from another site; it gets no leave.
        head = head.replace(b"access-control-allow-origin: *\r\n", b"")
        self.answered(connection, Answer(head))

    def _own(self, connection: Connection, path: bytes) -> None:
        assert connection.head is not None
        if connection.head.method not in {"GET", "HEAD"}:
            connection.refuse(Problem(405, "GET and HEAD are possible here", Allow="GET, HEAD, OPTIONS"))
            return
        if path == b"/metrics":
            body, media = self.metrics.text(), CONTENT_TYPE
        else:
            facts = {"status": "ok", "triples": self.triples}
            if path == b"/readyz":
                facts |= {"workers": self.crew.size, "waiting": self.crew.waiting, "version": self.crew.version}
            body, media = json.dumps(facts).encode() + b"\n", "application/json"
        head = head_bytes(Response(media=media, headers=(("cache-control", "no-store"),)), length=len(body))
        self.answered(connection, Answer(head if connection.head.method == "HEAD" else head + body))

    # --- answers ---------------------------------------------------------------------------------
    def remembered(self, connection: Connection, answer: Answer) -> None:
        """Answer from the cache."""
        connection.count(light=False)  # a direct worker would have to work it out again
        if answer.fd < 0 and connection.raw and connection.head is not None and not connection.head.length:
            self.cache.keep(connection.raw, Answer(answer.head))
        self.answered(connection, answer.duplicate())

    def answered(self, connection: Connection, answer: Answer) -> None:
        """Send an answer and count it."""
        status = int(answer.head[9:12])
        self._count(connection, status)
        connection.send(answer)

    def refused(self, connection: Connection, problem: Problem) -> None:
        """Send a refusal."""
        response = problem_response(problem)
        assert isinstance(response.body, bytes)
        head = head_bytes(response, length=len(response.body))
        bodiless = connection.head is not None and connection.head.method == "HEAD"
        self.answered(connection, Answer(head if bodiless else head + response.body))

    def unanswered(self, connection: Connection, reason: str) -> None:
        """Say why a request has no answer."""
        wait = {"Retry_After": "5"}
        if reason == "timeout":
            connection.refuse(
                Problem(503, f"the request took longer than {connection.admission.seconds:g} seconds", **wait)
            )
        elif reason in {"overload", "queue"}:
            connection.refuse(Problem(503, "the server is busy", **wait))
        else:
            detail = f"the request needs more than {self.options.memory} MB, or nests deeper than one request may"
            connection.refuse(Problem(503, detail, **wait))

    def written(self, connection: Connection, answer: Answer) -> None:
        """Answer a write, and note who wrote."""
        head = connection.head
        target = head.target.decode("ascii") if head is not None else ""
        self.log.write(
            "write", peer=connection.peer, target=target[:300], status=int(answer.head[9:12]), version=self.crew.version
        )
        self.answered(connection, answer)

    def _count(self, connection: Connection, status: int) -> None:
        seconds = self.now() - connection.started
        head = connection.head
        self.metrics.observe("cached" if head is None else connection.admission.route, status, seconds)
        if status >= 500 or self.log.every:
            method, target = (head.method, head.target.decode("ascii", "replace")[:300]) if head else ("", "")
            with contextlib.suppress(ValueError):
                self.log.write(
                    "request",
                    peer=connection.peer,
                    method=method,
                    target=target,
                    status=HTTPStatus(status).value,
                    seconds=round(seconds, 4),
                )
