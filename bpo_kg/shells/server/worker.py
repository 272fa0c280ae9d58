"""Answer requests in a fork of the keeper: parse, evaluate, negotiate and write the whole response.

A worker sees the store as it was when it was forked. It may be killed at any moment, by its own alarm, by the
kernel or by the front, and nobody but the one visitor it works for notices. A worker that ran an update has
spoiled its copy of the store and ends.
"""

import os
import socket
import time
from typing import NoReturn
from zlib import crc32

from bpo_kg.errors import BpoKgError
from bpo_kg.shells.server import graphs, limits, protocol, wire
from bpo_kg.shells.server.content import Content, Route, pattern_of
from bpo_kg.shells.server.drafting import Drafting
from bpo_kg.shells.server.http import Problem, Request, request_from
from bpo_kg.shells.server.log import Log
from bpo_kg.shells.server.options import ServerOptions
from bpo_kg.shells.server.responses import Response, Spool, head_bytes, problem_response


class IsUpdate(Exception):
    """The request turned out to be an update, which a worker for reading must not run."""


Packed = tuple[int, int, list[bytes], list[int]]
"""Flags, size of the body in a file, head and body, and that file."""
_NUL = b"\0"
_LIGHT = 0.002  # seconds
_REVALIDATE = ("cache-control", "no-cache")
_CORE = (("vary", "accept"), _REVALIDATE)


class Worker:
    """Serves the requests that come through one socket until it closes."""

    def __init__(self, sock: socket.socket, content: Content, options: ServerOptions, version: str) -> None:
        self._sock, self._content, self._options, self._version = sock, content, options, version
        seal = limits.Seal()
        self._sparql = protocol.SparqlEndpoint(content, options, seal)
        self._graphs = graphs.GraphStore(content, options, seal)
        self._routes = [(pattern_of(route.path), route) for route in content.routes]

    def run(self) -> NoReturn:
        """Answer until the front closes the socket or this worker has grown too far."""
        self._fattest = limits.resident() + (self._options.memory << 19)
        while True:
            packet, fds = wire.receive(self._sock)
            if not packet:
                os._exit(0)
            requests = wire.unpack_requests(packet)
            if fds:
                requests = [(*requests[0][:4], wire.whole_file(fds[0]))]
            if packet[:1] == b"W":
                Drafting(self._content, self._options, self._sparql, self._graphs).run(self._sock, requests)
                os._exit(0)
            self._read(requests[0])

    # --- reading ---------------------------------------------------------------------------------
    def _read(self, framed: wire.Framed) -> None:
        begin = time.monotonic()
        kind, flags, size = wire.ANSWER, 0, 0
        parts: list[bytes] = []
        fds: list[int] = []
        try:
            request = request_from(framed, self._version)
            flags, size, parts, fds = self._packed(request, self._answer(request))
        except IsUpdate:
            kind = wire.UPDATE
        except Problem as problem:
            flags, size, parts, fds = self._packed(None, problem_response(problem))
            if framed[0] == "HEAD":
                parts = parts[:1]  # the head tells the length of a body that is not sent
        if time.monotonic() - begin < _LIGHT:
            flags |= wire.LIGHT
        leaves = limits.resident() > self._fattest
        if leaves:
            flags |= wire.LEAVING
        wire.send(self._sock, [wire.pack_answer(kind, flags, size), *parts], fds)
        if leaves:
            os._exit(0)  # a fresh fork has its whole allowance again
        for fd in fds:
            os.close(fd)

    def _answer(self, request: Request) -> Response:
        method = request.method
        if method == "HEAD":
            request.head.method = "GET"
        try:
            response = self._routed(request)
        except (Problem, IsUpdate):
            raise
        except BpoKgError as error:
            raise Problem(error.http_status, str(error)) from None
        except MemoryError:
            raise Problem(503, "the request needs more memory than one request may use", Retry_After="5") from None
        except Exception as error:
            Log().fault(error, path=request.path)
            raise Problem(500, "the request met a fault of the server; it has been logged") from None
        request.head.method = method
        return response

    def _routed(self, request: Request) -> Response:
        path = request.path.rstrip("/") or "/"
        if path == "/sparql":
            _allow(request, protocol.METHODS)
            asked = protocol.operation(request, self._options.max_query)
            if asked is not None and asked.update:
                raise IsUpdate
            if asked is not None:
                return self.told(asked, protocol.Manner.of(request.head.headers))
            response = self._sparql.describe(request)
            response.headers = _CORE
            return response
        if path == "/data" or path.startswith("/data/"):
            _allow(request, graphs.METHODS)
            if request.method != "GET":
                raise IsUpdate
            response = self._graphs.read(request)
            response.headers = _CORE
            return response
        for pattern, route in self._routes:
            found = pattern.fullmatch(request.path)
            if found is not None:
                return self._routed_to(route, request, found.groupdict())
        raise Problem(404, "there is nothing at this path")

    def told(self, asked: protocol.Operation, manner: protocol.Manner) -> Response:
        """Return the answer to a query.

        Raises:
            Problem: as `SparqlEndpoint.query`.
        """
        response = self._sparql.query(asked, manner)
        response.headers = _CORE
        hook = self._content.when_empty
        if hook is not None and not (asked.default or asked.named) and _has_no_rows(response):
            response.headers += hook(asked.text, manner.language)
        return response

    def _routed_to(self, route: Route, request: Request, variables: dict[str, str]) -> Response:
        _allow(request, route.methods)
        request.variables = variables
        request.body = graphs.inflated(request.body, request.header("content-encoding"), route.max_body)
        return route.handler(request)

    def _packed(self, request: Request | None, response: Response) -> Packed:
        """Return a response as it travels."""
        body, flags = response.body, 0
        if request is not None and response.cache and response.status == 200:
            flags |= wire.CACHEABLE
            response.tag = tag = self.tag(request.head.target, request.head.headers, request.body)
            if _REVALIDATE not in response.headers:
                response.headers = (*response.headers, _REVALIDATE)
            if request.method in {"GET", "HEAD"} and _matches(request.header("if-none-match"), tag):
                response.status, response.media, body = 304, "", b""
        size = body.size if isinstance(body, Spool) else len(body)
        head = head_bytes(response, length=size)
        if request is not None and request.method == "HEAD":
            body = b""
        if isinstance(body, bytes) and len(body) > wire.INLINE:
            spool = Spool()
            spool.write(body)
            body = spool
        if isinstance(body, Spool):
            return flags | wire.IN_FILE, size, [head], [body.fd]
        return flags, 0, [head, body], []

    def tag(self, target: bytes, headers: dict[bytes, bytes], body: bytes = b"") -> str:
        """Return the entity tag of the answer to a request: the data version and all that the answer depends on."""
        get = headers.get
        seen = (target, get(b"accept", b""), get(b"accept-language", b""), get(b"host", b""), body)
        return f'"{self._version}-{crc32(_NUL.join(seen)):08x}"'


def _has_no_rows(response: Response) -> bool:
    """Tell whether an answer is a table without rows or a graph without triples; ASK always says something."""
    body = response.body
    if not isinstance(body, bytes) or len(body) > 4096:
        return False
    if response.media.startswith(("text/csv", "text/tab-separated-values")):
        return body.count(b"\n") <= 1
    return body in {b"", b"[]"} or body.endswith((b'"bindings":[]}}', b"<results></results></sparql>"))


def _allow(request: Request, methods: tuple[str, ...]) -> None:
    if request.method not in methods:
        known = [*methods, "HEAD"] if "GET" in methods else list(methods)
        offered = ", ".join(dict.fromkeys([*known, "OPTIONS"]))
        raise Problem(405, f"{request.method} is not possible here; {offered} are", Allow=offered)


def _matches(condition: str, tag: str) -> bool:
    return bool(condition) and tag in {part.strip().removeprefix("W/") for part in condition.split(",")}
